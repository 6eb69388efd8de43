"""Points in believable hands: builders for the tests of the ledger."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from models.members.member import Member
from models.points.account import Account, AccountKey, Bucket, of_member, of_platform
from models.points.entry import Move, PointEntry
from models.points.expiry_policy import ExpiryKind, ExpiryPolicy, ExpiryTerms
from models.points.lot import NEVER
from store.database import fetch, transaction
from store.ids import new_id
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON

DAY = timedelta(days=1)
ISSUED, SPENT = of_platform(Bucket.ISSUED), of_platform(Bucket.SPENT)


async def moved(*moves: Move, at: datetime = NOON) -> list[PointEntry]:
    async with transaction():
        return await PointEntry.post(moves, at=at)


def a_move(debit: AccountKey, credit: AccountKey, amount: int, reason: str = "gift", **about: object) -> Move:
    return Move(debit, credit, amount, reason, f"test:{new_id()}", **about)  # type: ignore[arg-type]  # what a test is about


async def a_holder(*lots: tuple[int, int | None], **archive: object) -> Member:
    """A member with points: how many, and in how many days from noon they lapse (None: never)."""
    member = await a_member(**archive)  # type: ignore[arg-type]  # what a test is about
    for points, days in lots:
        until = NEVER if days is None else NOON + DAY * days
        await moved(a_move(ISSUED, of_member(member.id), points, expires_at=until), at=LONG_AGO)
    return member


async def spent(member_id: UUID, amount: int, *, at: datetime = NOON) -> PointEntry:
    """The line that took it."""
    [debit, _] = await moved(a_move(of_member(member_id), SPENT, amount, "order"), at=at)
    return debit


async def lots_of(member_id: UUID) -> list[tuple[int, int | None]]:
    """What is left, as `a_holder` takes it; days are rounded up."""
    rows = await fetch(
        "SELECT remaining, expires_at FROM point_lot WHERE account_id = $1 AND remaining > 0 ORDER BY expires_at",
        of_member(member_id).id,
    )
    return [(row["remaining"], _days(row["expires_at"])) for row in rows]


def _days(expires_at: datetime | str) -> int | None:
    found = datetime.fromisoformat(expires_at) if isinstance(expires_at, str) else expires_at
    return None if found == NEVER else -((NOON - found.astimezone(UTC)) // DAY)


async def balance_of(member_id: UUID, bucket: Bucket = Bucket.AVAILABLE) -> int:
    account = await Account.get_or_none(id=of_member(member_id, bucket=bucket).id)
    return int(account.balance) if account else 0


async def a_policy(kind: ExpiryKind, *, at: datetime = LONG_AGO, **terms: object) -> ExpiryPolicy:
    return await ExpiryPolicy.put(ExpiryTerms(kind, **terms), staff_id=new_id(), at=at)  # type: ignore[arg-type]  # what a test is about


async def lines_of(member_id: UUID) -> Sequence[tuple[str, int]]:
    return [(line.reason, line.amount) for line in await PointEntry.filter(member_id=member_id).order_by("id")]
