"""The commands behind the Makefile: `python -m api <command>`.

Each opens what it needs, calls one verb and says what came of it. Verbs are imported where they are called, so that a
command starts without what the others need.
"""

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer

from models.errors import DomainError
from store.clock import SystemClock
from store.data_dir import DataDirInUse
from store.redis_process import RedisDidNotStart
from store.settings import SettingsError, settings

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Shequn.")


class Who(StrEnum):
    """The callers of the demo."""

    MEMBER = "member"
    STAFF = "staff"
    PARTNER = "partner"


@app.command()
def run() -> None:
    """Serve the API, with all it needs and the demo community, until Ctrl-C or SIGTERM."""
    from api.serve import CannotStart, serve

    try:
        serve(settings())
    except CannotStart as error:
        _refuse(error)


@app.command()
def migrate() -> None:
    """Bring the database to the current schema; two at once migrate once."""
    from models.foundation import lay_foundation

    print("\n".join(f"Applied {name}." for name in _migrated()) or "The schema is current.")
    _with_stores(lambda: lay_foundation(at=SystemClock().now()), needs_redis=False)


@app.command()
def owner(name: Annotated[str, typer.Argument(help="The name to log in by.")]) -> None:
    """Take in a staff member with every right, and print the password once; for the first one of a deployment."""
    from models.staff.role import StaffRole
    from models.staff.staff import Staff

    password = secrets.token_urlsafe(16)

    async def take_in() -> None:
        role = await StaffRole.named("owner")
        await Staff.born(name=name, display_name=name, password=password, role=role, at=SystemClock().now())

    _with_stores(take_in, needs_redis=False)
    print(password)


@app.command()
def seed(
    scale: Annotated[int | None, typer.Option(min=1, help="Members of a large set for benchmarks.")] = None,
) -> None:
    """Plant the demo community, or a large set."""
    import seeds

    _migrated()
    try:
        _with_stores(lambda: seeds.plant(scale))
    except (seeds.AlreadyPlanted, seeds.NotHere) as error:
        _refuse(error)


@app.command()
def token(who: Annotated[Who, typer.Argument(help="Whose token.")] = Who.MEMBER) -> None:
    """Print a bearer token of the demo, and nothing else."""
    from auth import demo

    print(_with_stores(lambda: demo.token(who.value), needs_redis=False))


@app.command()
def rebuild_boards() -> None:
    """Compute boards and streak counters in Redis anew from SQL."""
    from models.insight.board_rebuild import rebuild

    built = _with_stores(lambda: rebuild(at=SystemClock().now()))
    print("\n".join(f"{name}: {members} members" for name, members in sorted(built.items())))


@app.command()
def drift() -> None:
    """Report where Redis differs from SQL; exit 1 if it does."""
    from models.insight.board_drift import drift

    found = _with_stores(lambda: drift(at=SystemClock().now()))
    _report([str(difference) for difference in found], good="The boards equal SQL.")


@app.command()
def reconcile() -> None:
    """Audit the ledger (sums, balances, nothing negative) and the referral trees (no ring, true places)."""
    from models.points.reconciliation import reconcile
    from models.spread.referral_audit import audit_referrals

    async def audit() -> list[str]:
        return [*await reconcile(), *await audit_referrals()]

    _report(_with_stores(audit, needs_redis=False), good="The ledger is balanced.")


@app.command()
def levels(mend: Annotated[bool, typer.Option(help="Settle whoever differs.")] = False) -> None:
    """Compare members' levels with their growth and history; exit 1 if they differ."""
    from models.points.level_upkeep import level_drift, rebuild_levels

    if mend:
        print(f"Settled {_with_stores(lambda: rebuild_levels(at=SystemClock().now()))} members.")
    _report(_with_stores(level_drift, needs_redis=False), good="Levels are what growth and history say.")


@app.command()
def reseal() -> None:
    """Encrypt anew what the previous SECRET_KEY sealed; to be run once after a rotation."""
    from models.mall.reseal import reseal_mall
    from models.members.identity import reseal
    from models.play.draw_seed import reseal_seeds

    async def reseal_all() -> tuple[int, int, int]:
        return await reseal(), await reseal_mall(), await reseal_seeds()

    identities, of_the_mall, seeds = _with_stores(reseal_all, needs_redis=False)
    print(f"Resealed {identities} identities, {of_the_mall} addresses and codes, {seeds} seeds of draws.")


@app.command()
def grant(
    file: Annotated[typer.FileBinaryRead, typer.Argument(help="An .xlsx or CSV file, as `grant-template` prints it.")],
    staff: Annotated[str, typer.Option(help="The login name of whoever draws it up.")],
    name: Annotated[str, typer.Option(help="The batch's name, and what members are told.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Leave it a draft, whatever is in it.")] = False,
) -> None:
    """Draw up a grant to many from a file and hand it in; print what is wrong with its rows, and exit 1 for that."""
    from api.grants import hand_in

    said, is_good = _with_stores(
        lambda: hand_in(file.read(), staff_name=staff, name=name, is_trial=dry_run, at=SystemClock().now()),
        needs_redis=False,
    )
    print(said, end="")
    if not is_good:
        raise typer.Exit(1)


@app.command()
def grant_template() -> None:
    """Print an empty file for `grant`."""
    from models.points.grant_sheet import template

    print(template(), end="")


@app.command()
def sdl(
    check: Annotated[bool, typer.Option(help="Exit 1 if schema.graphql is stale or breaks clients.")] = False,
    write: Annotated[bool, typer.Option(help="Write schema.graphql.")] = False,
) -> None:
    """Print the schema, write it down, or check what was written down."""
    from api.sdl import faults, printed, write_down

    if write:
        write_down()
    elif check:
        _report(faults(), good="schema.graphql is current and breaks no client.")
    else:
        print(printed(), end="")


@app.command()
def operations(
    path: Annotated[Path, typer.Argument(help="A folder of .graphql files, or a JSON file of documents by hash.")],
    manifest: Annotated[bool, typer.Option("--json", help="Print the JSON file that OPERATIONS reads.")] = False,
) -> None:
    """Check a client's operations against the schema and print their hashes and names; exit 1 if one is refused."""
    from api.operations import CannotRegister, listed, manifested, registered

    try:
        found = registered(path)
    except CannotRegister as error:
        _report([str(error)], good="")
    print(manifested(found) if manifest else listed(found))


@app.command()
def explain(
    document: Annotated[typer.FileText, typer.Argument(help="A file with the operation; - for standard input.")],
    variables: Annotated[str, typer.Option(help="Its variables, as JSON.")] = "{}",
    name: Annotated[str | None, typer.Option(help="Which of several operations.")] = None,
    staff: Annotated[bool, typer.Option("--staff", help="As staff see it; by default as a member does.")] = False,
    source: Annotated[bool, typer.Option("--source", help="With the generated functions.")] = False,
) -> None:
    """Print the plan of an operation: what is read by which statement, and what it may cost."""
    import orjson

    from api.explain import DocumentRefused, GraphQLError, explained

    try:
        given = orjson.loads(variables)
        text = document.read()
        print(_with_stores(lambda: explained(text, given, name=name, as_staff=staff, source=source), needs_redis=False))
    except (DocumentRefused, GraphQLError, orjson.JSONDecodeError) as error:
        _refuse(error)


def _migrated() -> list[str]:
    """The versions that were applied to bring the database to the current schema."""
    from store.migrations.runner import migrate

    config = settings()
    if not config.database_url:
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return asyncio.run(migrate(config.database))


def _with_stores(verb: Callable[[], Awaitable[T]], *, needs_redis: bool = True) -> T:
    from api.stores import with_stores

    return asyncio.run(with_stores(settings(), verb, needs_redis=needs_redis))


def _refuse(error: Exception) -> NoReturn:
    print(error, file=sys.stderr)
    sys.exit(2)


def _report(faults: list[str], *, good: str) -> None:
    print("\n".join(faults) or good)
    if faults:
        raise typer.Exit(1)


if __name__ == "__main__":
    try:
        app()
    except (SettingsError, DataDirInUse, RedisDidNotStart, DomainError) as error:
        _refuse(error)
