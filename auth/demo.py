"""Tokens of the demo community, for `make token` and the first words of `make run`."""

from collections.abc import Awaitable, Callable

from models.members.member import Member
from models.members.session import Session, SubjectKind
from models.staff.api_key import ApiKey
from models.staff.staff import Staff
from store.clock import SystemClock

DEMO_STAFF = "demo-owner"
DEMO_COLLEAGUES = (DEMO_STAFF, "demo-operator", "demo-auditor")
DEMO_PASSWORD = "shequn-demo"  # noqa: S105 - printed at every start; the demo is planted in development only
DEMO_KEY = "demo-partner"

_FIRST_CHECK_IN = (
    'mutation { checkIn(input: {idempotencyKey: \\"my-first-check-in\\"}) '
    "{ checkIn { businessDay dayIndex streakDays pointsPaid } nextAt userErrors { code message retryAt } } }"
)


class NoDemo(Exception):
    """There is no demo community in this database."""


def logins() -> list[str]:
    """Who can log in, one line each."""
    return [
        "member   make -s token WHO=member; in a mini-program the codes demo:member-001, demo:member-002, ...",
        f"staff    {', '.join(DEMO_COLLEAGUES)} with the password {DEMO_PASSWORD}; make -s token WHO=staff",
        "partner  make -s token WHO=partner",
    ]


def first_curl(address: str) -> str:
    """A command for a shell that checks the demo's member in."""
    return (
        f"curl {address}/graphql -H 'Content-Type: application/json' "
        f'-H "Authorization: Bearer $(make -s token)" -d \'{{"query": "{_FIRST_CHECK_IN}"}}\''
    )


async def token(who: str) -> str:
    """A new bearer token of the demo's `member`, `staff` or `partner`; raises `NoDemo`."""
    tokens: dict[str, Callable[[], Awaitable[str]]] = {"member": _member, "staff": _staff, "partner": _partner}
    return await tokens[who]()


async def _member() -> str:
    member = await Member.filter(status="normal").order_by("joined_at", "id").first()
    if member is None:
        raise NoDemo("There is no member yet; run `make seed` first.")
    return (await Session.start(SubjectKind.MEMBER, member.id, at=SystemClock().now())).access


async def _staff() -> str:
    staff = await Staff.get_or_none(name=DEMO_STAFF, is_active=True)
    if staff is None:
        raise NoDemo(f"There is no staff member {DEMO_STAFF}; run `make seed` first.")
    return (await Session.start(SubjectKind.STAFF, staff.id, at=SystemClock().now())).access


async def _partner() -> str:
    """A key cannot be read again, so each call issues one more, good for a day, with the scopes of the demo's."""
    known = await ApiKey.filter(name=DEMO_KEY, revoked_at__isnull=True).order_by("created_at", "id").first()
    if known is None:
        raise NoDemo(f"There is no key {DEMO_KEY}; run `make seed` first.")
    _, text = await ApiKey.issue(name=DEMO_KEY, scopes=known.scopes, days=1, staff_id=None, at=SystemClock().now())
    return text
