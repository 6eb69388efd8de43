"""What becomes of members' levels beside their own growth: by time, by a changed ladder, by hand of staff.

Each member is settled in a transaction of its own, which takes its row first, so these jobs can be stopped anywhere,
run twice and run late: what was settled is not due any more, and what is due is decided as of when it was.
"""

from datetime import datetime
from uuid import UUID

from models.errors import Invalid, bounded_text
from models.insight.standing import standing_changed
from models.members.member import Member
from models.one_by_one import OneByOne
from models.points.entry import PointEntry, gift_of
from models.points.level import Level
from models.points.level_gift import LevelGift
from models.points.level_ladder import LevelLadder
from models.points.level_statement import unsettled
from models.points.member_level import MemberLevel, growth_of
from models.staff.audit import REASON_MOST, AuditRow
from store.database import execute, fetch, transaction
from store.ids import as_id

AT_ONCE = 200
"""Members in one go of a job; it goes on until nobody is due, `GOES_MOST` times a run."""
GOES_MOST = 25

# Who has no growth has no row yet and stands where that leads.
_ACCOUNTS = (
    "FROM account a WHERE a.holder = 'member' AND a.currency = 'growth' AND a.bucket = 'available' "
    "AND (a.balance > 0 OR EXISTS (SELECT 1 FROM member_level ml WHERE ml.member_id = a.holder_id))"
)
_DIFFERS = unsettled("a", "a.balance")
_UNSETTLED = f"SELECT a.holder_id {_ACCOUNTS} AND a.holder_id > $1 AND {_DIFFERS} ORDER BY a.holder_id LIMIT {AT_ONCE}"
_DRIFT = f"SELECT a.holder_id {_ACCOUNTS} AND {_DIFFERS} ORDER BY a.holder_id LIMIT 100"
_UNTOLD = (
    "SELECT ml.member_id FROM member_level ml WHERE ml.position <> COALESCE((SELECT c.position FROM level_change c "
    "WHERE c.member_id = ml.member_id ORDER BY c.changed_at DESC, c.id DESC LIMIT 1), ml.position) "
    "ORDER BY ml.member_id LIMIT 100"
)
_NOBODY = UUID(int=0)


async def lower_due(*, at: datetime) -> int:
    """Decide who keeps a level whose time has come and who falls, the longest due first; returns how many."""
    settled, run = 0, OneByOne("lower levels")
    for _ in range(GOES_MOST):
        rows = MemberLevel.filter(due_at__lte=at).exclude(id__in=run.failed).order_by("due_at", "id")
        due = await rows.limit(AT_ONCE).only("id", "member_id")
        settled += sum([bool(await run.do(row.id, _settle(row.member_id, at=at))) for row in due])
        if len(due) < AT_ONCE:
            break
    return settled


async def fit_members(*, at: datetime) -> int:
    """Take a changed ladder to the members, from where the last run left off; returns how many changed.

    Whom it fails for is passed over, and told by `level_drift` until `rebuild_levels` has gone well.
    """
    changed, run = 0, OneByOne("fit levels")
    for _ in range(GOES_MOST):
        ladder = await LevelLadder.all().first()
        if ladder is None or ladder.is_fitted:
            break
        found = [as_id(row["holder_id"]) for row in await fetch(_UNSETTLED, ladder.fitted_to or _NOBODY)]
        fitted = [await run.do(member_id, _settle(member_id, at=at, is_fitting=True)) for member_id in found]
        changed += sum(map(bool, fitted))
        # Another ladder may have come meanwhile, which begins its own sweep.
        is_done, reached = len(found) < AT_ONCE, found[-1] if found else ladder.fitted_to
        sql = "UPDATE level_ladder SET is_fitted = $1, fitted_to = $2 WHERE version = $3"
        await execute(sql, is_done, reached, ladder.version)
    return changed


async def move_level(member_id: UUID, position: int, *, reason: str, staff_id: UUID, at: datetime) -> MemberLevel:
    """Staff put a member on a level for a stated reason. Raises `Invalid`, `NotFound`, `MemberErased`."""
    why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
    level = await Level.at(position)
    async with transaction():
        await Member.hold(member_id)
        before = await Level.position_of(member_id)
        if before == position:
            raise Invalid("position", zh="该成员已是此等级", en="the member has this level")
        await _pay(member_id, await MemberLevel.move(member_id, position, staff_id=staff_id, at=at), at=at)
        await AuditRow.write(
            staff_id=staff_id,
            action="move_level",
            subject=await Member.get(id=member_id),
            before={"level": before},
            after={"level": level.position},
            reason=why,
            at=at,
        )
        return await MemberLevel.get(member_id=member_id)


async def level_drift() -> list[str]:
    """A sentence for each member whose level is not what growth and history say, at most a hundred of a kind.

    While a changed ladder is on its way to the members, those it has not reached differ.
    """
    faults = [f"Member {as_id(row['holder_id'])} has growth of another level." for row in await fetch(_DRIFT)]
    return faults + [f"Member {as_id(row['member_id'])} has another history." for row in await fetch(_UNTOLD)]


async def rebuild_levels(*, at: datetime) -> int:
    """Settle everybody whose growth reaches another level than is written down; returns how many changed."""
    changed, last = 0, _NOBODY
    while found := [as_id(row["holder_id"]) for row in await fetch(_UNSETTLED, last)]:
        for member_id in found:
            await _settle(member_id, at=at, is_fitting=True)
        changed, last = changed + len(found), found[-1]
    return changed


async def _settle(member_id: UUID, *, at: datetime, is_fitting: bool = False) -> bool:
    async with transaction():
        await Member.bump(member_id)
        gifts = await MemberLevel.settle(member_id, await growth_of(member_id), at=at, is_fitting=is_fitting)
        await _pay(member_id, gifts, at=at)
        return True


async def _pay(member_id: UUID, gifts: list[LevelGift], *, at: datetime) -> None:
    if gifts:
        await PointEntry.post([gift_of(gift) for gift in gifts], at=at)
        await standing_changed([member_id], at=at)
