"""What only those who look after a group are shown of its newcomers: where each stands, and when it last came by.

Other members are not told who counts as a zombie: the mark is there to be helped with, not to be pointed at. So they
are not told either when somebody's days end with what it was given, and whether and when it has spoken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.actor import Actor, ActorKind
from models.groups.role import RIGHTS, Right, may
from models.spread.newcomer import Newcomer, NewcomerState
from models.spread.newcomer_count import days_left
from models.spread.newcomer_notice import nudge_key
from models.spread.newcomer_silent import SILENT
from store.clock import as_instant
from store.database import among, fetch
from store.ids import as_id

WELCOMING_ROLES = ", ".join(f"'{role}'" for role in RIGHTS if may(role, Right.WELCOME))
"""The roles that look after newcomers, as SQL."""

_LED = f"SELECT group_id FROM membership WHERE member_id = $2 AND role IN ({WELCOMING_ROLES}) AND {{among}}"  # noqa: S608 - own text
_SEEN = "SELECT n.id, m.last_active_at FROM newcomer n JOIN member m ON m.id = n.member_id WHERE {among}"
_NUDGED = "SELECT newcomer_id, key FROM newcomer_notice WHERE kind = 'nudged' AND {newcomers} AND {keys}"


@dataclass(frozen=True)
class NewcomerCare:
    """Where a newcomer stands, and whether whoever looks after it may remind it now."""

    state: NewcomerState
    marked_at: datetime | None
    lifted_at: datetime | None
    left_at: datetime | None
    due_at: datetime
    days_left: int
    is_over: bool
    spoke_at: datetime | None
    spoke_day: int | None
    last_seen_at: datetime | None
    may_nudge: bool


async def cares_of(newcomers: Sequence[Newcomer], actor: Actor, *, at: datetime) -> list[NewcomerCare | None]:
    """What an actor is shown of newcomers, in their order; nothing of groups that it does not look after.

    Staff's data scope is checked before. A fixed number of statements, however many newcomers.
    """
    led = await groups_led(newcomers, actor)
    ours = [one for one in newcomers if one.group_id in led]
    if not ours:
        return [None] * len(newcomers)
    rows = await fetch(_SEEN.format(among=among("n.id", 1, "uuid")), [one.id for one in ours])
    seen = {as_id(row["id"]): row["last_active_at"] for row in rows}
    nudged = await _nudged(ours, actor, at=at)
    return [
        _care(one, seen[one.id], is_nudged=one.id in nudged, at=at) if one.id in seen else None for one in newcomers
    ]


async def groups_led(newcomers: Sequence[Newcomer], actor: Actor | None) -> set[UUID]:
    """The groups of newcomers that an actor looks after; staff's data scope is checked before."""
    groups = {one.group_id for one in newcomers}
    if actor is None or actor.kind is not ActorKind.MEMBER:
        return groups if actor and actor.kind is ActorKind.STAFF else set()
    rows = await fetch(_LED.format(among=among("group_id", 1, "uuid")), list(groups), actor.id)
    return {as_id(row["group_id"]) for row in rows}


async def _nudged(newcomers: Sequence[Newcomer], actor: Actor, *, at: datetime) -> set[UUID]:
    """Whom the actor has reminded on the present day of the group."""
    keys = {one.id: nudge_key(actor, one, at=at) for one in newcomers}
    wanted = _NUDGED.format(newcomers=among("newcomer_id", 1, "uuid"), keys=among("key", 2, "text"))
    rows = await fetch(wanted, list(keys), sorted(set(keys.values())))
    return {as_id(row["newcomer_id"]) for row in rows if keys[as_id(row["newcomer_id"])] == row["key"]}


def _care(one: Newcomer, seen_at: datetime | str | None, *, is_nudged: bool, at: datetime) -> NewcomerCare:
    return NewcomerCare(
        state=one.state,
        marked_at=one.marked_at,
        lifted_at=one.lifted_at,
        left_at=one.left_at,
        due_at=one.due_at,
        days_left=days_left(one.due_at, one.zone, one.day_start_hour, at=at),
        is_over=one.due_at <= at,
        spoke_at=one.spoke_at,
        spoke_day=one.spoke_day,
        last_seen_at=as_instant(seen_at) if seen_at else None,
        may_nudge=one.state in SILENT and not is_nudged,
    )
