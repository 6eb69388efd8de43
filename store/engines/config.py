"""From a database URL to what Tortoise wants to be told, and the modules whose records it should know."""

import importlib
import pkgutil
from importlib.util import find_spec
from inspect import isclass
from types import ModuleType
from urllib.parse import parse_qsl, unquote, urlsplit

from tortoise import Model

STATEMENT_MILLISECONDS_MAX = 10_000
IDLE_TRANSACTION_MILLISECONDS_MAX = 60_000
STATEMENTS_KEPT = 400
"""Prepared statements that each connection keeps; more than the program has, so that none is planned twice."""


def engine_config(url: str, *, pool_size: int) -> dict[str, object]:
    """The engine and its credentials for `sqlite:///path/to.db` or `postgresql://user:password@host:port/database`."""
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return {"engine": "store.engines.sqlite", "credentials": {"file_path": sqlite_path(url)}}
    if scheme in ("postgres", "postgresql"):
        return {"engine": "store.engines.postgres", "credentials": _postgres_credentials(url, pool_size=pool_size)}
    raise ValueError(f"A database URL starts with sqlite:// or postgresql://, not with {scheme!r}.")


def sqlite_path(url: str) -> str:
    """The file of a SQLite URL, taken letter by letter; `sqlite://:memory:` lives as long as its connection."""
    return url.removeprefix("sqlite://")


def _postgres_credentials(url: str, *, pool_size: int) -> dict[str, object]:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    credentials: dict[str, object] = {
        "host": options.pop("host", None) or parts.hostname or "localhost",
        "port": parts.port or 5432,
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password is not None else None,
        "database": unquote(parts.path.removeprefix("/")),
        "minsize": 1,
        "maxsize": pool_size,
        "statement_cache_size": STATEMENTS_KEPT,
        "max_cached_statement_lifetime": 0,  # for as long as the connection
        "server_settings": {
            "timezone": "UTC",
            "jit": "off",  # compiling takes longer than any statement of a request
            "plan_cache_mode": "force_generic_plan",  # so does planning, and keys of one kind are all alike
            "statement_timeout": str(STATEMENT_MILLISECONDS_MAX),
            "idle_in_transaction_session_timeout": str(IDLE_TRANSACTION_MILLISECONDS_MAX),
        },
    }
    if mode := options.pop("sslmode", None):
        credentials["ssl"] = mode
    if name := options.pop("application_name", None):
        credentials["application_name"] = name
    if options:
        raise ValueError(f"The database URL has options nobody here understands: {', '.join(sorted(options))}.")
    return credentials


def model_modules() -> list[str]:
    """Every module under `models`, and the outbox, that defines a record; in one order, so that the DDL has one."""
    names = ["store.outbox"] if find_spec("store.outbox") else []
    if find_spec("models"):
        package = importlib.import_module("models")
        names += sorted(found.name for found in pkgutil.walk_packages(package.__path__, "models."))
    modules = [module for name in names if _records(module := importlib.import_module(name))]
    _refuse_twins(modules)
    return [module.__name__ for module in modules]


def _records(module: ModuleType) -> list[type[Model]]:
    return [
        value
        for value in vars(module).values()
        if isclass(value)
        and issubclass(value, Model)
        and value.__module__ == module.__name__
        and not value._meta.abstract
    ]


def _refuse_twins(modules: list[ModuleType]) -> None:
    """Tortoise keeps one record per class name and would drop the other in silence."""
    homes: dict[str, str] = {}
    for module in modules:
        for record in _records(module):
            if (home := homes.setdefault(record.__name__, module.__name__)) != module.__name__:
                raise ValueError(f"{home} and {module.__name__} both define a record named {record.__name__}.")
