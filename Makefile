# Two commands: `make run` and `make test`. Each makes or renews the environment first (see bootstrap.py).

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11 python,$(shell command -v $(name))))
WHO ?= member
SCALE ?=
ARGS ?=

RUNTIME := $(PYTHON) bootstrap.py
DEVELOPMENT := $(PYTHON) bootstrap.py --dev
PACKAGES := $(wildcard api resolvers schema auth engine models store platforms jobs seeds tests benchmarks)

TEST_DATABASE_URL ?= postgresql://postgres@127.0.0.1:5432/postgres
TEST_REDIS_URL ?= redis://127.0.0.1:6379

.DEFAULT_GOAL := help
.PHONY: help run test test-services check format token seed migrate owner rebuild-boards drift reconcile levels reseal sdl bench bench-peers pins

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Serve the API on 127.0.0.1:8000 with a demo community; Ctrl-C ends it
	@$(RUNTIME) -m api run

test: ## Run the whole suite on the embedded database and Redis
	@env -u TEST_DATABASE_URL -u TEST_REDIS_URL $(DEVELOPMENT) -m pytest -n 2 $(ARGS)

test-services: export TEST_DATABASE_URL := $(TEST_DATABASE_URL)
test-services: export TEST_REDIS_URL := $(TEST_REDIS_URL)
test-services: ## Run the same suite on PostgreSQL and Redis (TEST_DATABASE_URL, TEST_REDIS_URL)
	@$(DEVELOPMENT) -m pytest -n 2 $(ARGS)

check: ## Lint, types, import directions, committed SDL, migrations against models
	@$(DEVELOPMENT) -m ruff check .
	@$(DEVELOPMENT) -m ruff format --check .
	@$(DEVELOPMENT) -m mypy bootstrap.py $(PACKAGES)
	@$(DEVELOPMENT) -m pytest -q tests/house
	@$(DEVELOPMENT) -m api sdl --check
	@$(DEVELOPMENT) -m store.migrations.check

format: ## Format the code and mend what the linter can mend
	@$(DEVELOPMENT) -m ruff check --fix .
	@$(DEVELOPMENT) -m ruff format .

token: ## Print a bearer token of the demo: WHO=member, staff or partner
	@$(RUNTIME) -m api token $(WHO)

seed: ## Plant the demo community, or a large set with SCALE=100000 members
	@$(RUNTIME) -m api seed $(if $(SCALE),--scale $(SCALE))

migrate: ## Bring the database to the current schema
	@$(RUNTIME) -m api migrate

owner: ## Take in a first staff member with every right: NAME=li; prints the password once
	@$(RUNTIME) -m api owner $(NAME)

rebuild-boards: ## Compute boards and streak counters in Redis anew from SQL
	@$(RUNTIME) -m api rebuild-boards

drift: ## Report where Redis differs from SQL; exits non-zero if it does
	@$(RUNTIME) -m api drift

reconcile: ## Audit the ledger of points; exits non-zero on drift
	@$(RUNTIME) -m api reconcile

levels: ## Compare members' levels with their growth; exits non-zero if they differ (ARGS=--mend settles them)
	@$(RUNTIME) -m api levels $(ARGS)

reseal: ## Encrypt anew what the previous SECRET_KEY sealed
	@$(RUNTIME) -m api reseal

sdl: ## Write schema.graphql anew
	@$(RUNTIME) -m api sdl --write

bench: ## Run the benchmarks (ARGS=--help says which)
	@$(DEVELOPMENT) -m benchmarks $(ARGS)

bench-peers: ## Run them beside PostGraphile and Mercurius too (needs node and npm)
	@$(DEVELOPMENT) -m benchmarks --peers $(ARGS)

# Resolves pyproject.toml into the two lists that are installed; what is pinned already stays, unless ARGS=--upgrade.
RESOLVE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make pins" pyproject.toml

pins: ## Resolve the versions to install anew (needs uv)
	@$(RESOLVE) $(ARGS) -o requirements.txt
	@$(RESOLVE) $(ARGS) --group dev -c requirements.txt -o requirements-dev.txt
