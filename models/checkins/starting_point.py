"""Where a member stands before a check-in: its own row, its streak and its groups.

Who changes a streak or a place in a group takes the member's row first, and raises its version. So what is read once
the row is taken stays true until the commit. PostgreSQL takes the row and reads in one statement. Such a statement sees
what was there when it began; if it had to wait for the row, the version tells, and the rest is read anew.

Without taking the row, the version that was seen vouches for the rest: an act that is written as one statement changes
nothing where the row has another one by then.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from models.checkins.streak import PROGRESS_COLUMNS, Progress, progress_of
from models.groups.membership import GroupPlace
from models.members.member import TOUCH, Member
from models.points.account import Balance, Currency, of_member
from models.points.earn_rule import paying
from store.database import dialect, fetch, fetch_short
from store.ids import as_id
from store.together import Write, write

_PROGRESS = ", ".join(f"s.{name}" for name in PROGRESS_COLUMNS)


def _columns(member_id: str, at: str) -> str:
    """The row's own, and what hangs on a check-in beside its plan: a bonus, and somebody waiting for the first one."""
    return (
        f"{_PROGRESS}, g.id AS group_id, g.circle_id, m.muted_until AS group_muted_until, "  # noqa: S608 - own text
        f"EXISTS (SELECT 1 FROM earn_rule r WHERE r.behaviour = 'checked_in' AND {paying('r', at)}) "
        "AS has_bonus, s.member_id IS NULL AND EXISTS (SELECT 1 FROM referral b "
        f"WHERE b.invitee_id = {member_id}) AS has_waiting_inviter"
    )


def _joins(member_id: str, plan_id: str) -> str:
    return (
        f"LEFT JOIN streak s ON s.member_id = {member_id} AND s.plan_id = {plan_id} "
        f"LEFT JOIN membership m ON m.member_id = {member_id} "
        "LEFT JOIN chat_group g ON g.id = m.group_id AND g.status = 'active' ORDER BY m.joined_at, m.id"
    )


_READ = f"SELECT {_columns('$1', '$3')} FROM (SELECT 1 AS row) one {_joins('$1', '$2')}"  # noqa: S608 - SQL of the program
_TAKE = (
    f"WITH taken AS ({TOUCH}) SELECT taken.*, seen.version AS seen_version, {_columns('taken.id', '$1')} "  # noqa: S608 - SQL of the program
    f"FROM taken JOIN member seen ON seen.id = taken.id {_joins('taken.id', '$3')}"
)
_LOOK = (
    f"SELECT taken.*, {_columns('taken.id', '$5')}, "  # noqa: S608 - SQL of the program
    "p.balance AS points, p.earned_total AS points_earned, w.balance AS growth, w.earned_total AS growth_earned "
    "FROM (SELECT * FROM member WHERE id = $1 AND status IN ('normal', 'muted')) taken "
    f"LEFT JOIN account p ON p.id = $3 LEFT JOIN account w ON w.id = $4 {_joins('taken.id', '$2')}"
)


@dataclass(frozen=True)
class StartingPoint:
    """`member_row` is the member's, already touched; `places` are the groups in use, the earliest joined first.

    In those of `muted_group_ids` the member is or was muted. `has_bonus` says whether an earn rule may pay beside the
    plan, `has_waiting_inviter` that somebody brought the member, who has no check-in under the plan yet.
    """

    member_row: Mapping[str, Any]
    progress: Progress
    places: Sequence[GroupPlace]
    muted_group_ids: Set[UUID]
    has_bonus: bool
    has_waiting_inviter: bool

    @classmethod
    async def take(
        cls, member_id: UUID, plan_id: UUID, *, at: datetime, speaks: bool, beside: Sequence[Write] = ()
    ) -> Self:
        """Take the member's row for an act, as `Member.touch` does and with its refusals, and see where it stands."""
        if dialect() == "sqlite":
            row = await Member.touch(member_id, at=at, speaks=speaks, beside=beside)
            return cls._of(row, await fetch(_READ, member_id, plan_id, at))
        rows = await write(*beside, Write(_TAKE, (at, member_id, plan_id)))
        row = Member.taken(rows, speaks=speaks)
        if row["version"] != row["seen_version"] + 1:
            rows = await fetch(_READ, member_id, plan_id, at)
        return cls._of(row, rows)

    @classmethod
    async def look(
        cls, member_id: UUID, plan_id: UUID, *, at: datetime, speaks: bool
    ) -> tuple[Self, dict[UUID, Balance]]:
        """Where a member stands and what it holds, by account, with no row taken; refusals as those of `take`."""
        points, growth = of_member(member_id).id, of_member(member_id, Currency.GROWTH).id
        rows = [dict(row) for row in await fetch_short(_LOOK, member_id, plan_id, points, growth, at)]
        row = Member.taken(rows, speaks=speaks)
        held = ((points, row["points"], row["points_earned"]), (growth, row["growth"], row["growth_earned"]))
        return cls._of(row, rows), {
            account_id: Balance(balance, earned) for account_id, balance, earned in held if balance is not None
        }

    @classmethod
    def _of(cls, member_row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Self:
        """From rows that each bear the streak and one of the groups."""
        of_groups = [row for row in rows if row["group_id"] is not None]
        places = [GroupPlace(as_id(row["group_id"]), as_id(row["circle_id"])) for row in of_groups]
        muted = {as_id(row["group_id"]) for row in of_groups if row["group_muted_until"]}
        beside = bool(rows[0]["has_bonus"]), bool(rows[0]["has_waiting_inviter"])
        return cls(member_row, progress_of(rows[0]), places, muted, *beside)
