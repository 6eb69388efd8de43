"""What only those who look after a group are shown of its newcomers: where each stands, and when it last came by.

Other members are not told who counts as a zombie: the mark is there to be helped with, not to be pointed at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.actor import Actor, ActorKind
from models.groups.role import RIGHTS, Right
from models.spread.newcomer import Newcomer, NewcomerState
from models.spread.newcomer_notice import nudge_key
from store.clock import as_instant
from store.database import among, fetch
from store.ids import as_id

WELCOMING = tuple(role for role, rights in RIGHTS.items() if Right.WELCOME in rights)
"""The roles that look after newcomers."""

_ROLES = ", ".join(f"'{role}'" for role in WELCOMING)
_LED = f"SELECT group_id FROM membership WHERE member_id = $2 AND role IN ({_ROLES}) AND {{among}}"  # noqa: S608 - own text
_SEEN = "SELECT n.id, m.last_active_at FROM newcomer n JOIN member m ON m.id = n.member_id WHERE {among}"
_NUDGED = "SELECT newcomer_id, key FROM newcomer_notice WHERE kind = 'nudged' AND {newcomers} AND {keys}"


@dataclass(frozen=True)
class NewcomerCare:
    """Where a newcomer stands, and whether whoever looks after it may remind it now."""

    state: NewcomerState
    marked_at: datetime | None
    lifted_at: datetime | None
    left_at: datetime | None
    last_seen_at: datetime | None
    may_nudge: bool


async def cares_of(newcomers: Sequence[Newcomer], actor: Actor, *, at: datetime) -> list[NewcomerCare | None]:
    """What an actor is shown of newcomers, in their order; nothing of groups that it does not look after.

    Staff's data scope is checked before. A fixed number of statements, however many newcomers.
    """
    led = await _led(newcomers, actor)
    ours = [one for one in newcomers if one.group_id in led]
    if not ours:
        return [None] * len(newcomers)
    rows = await fetch(_SEEN.format(among=among("n.id", 1, "uuid")), [one.id for one in ours])
    seen = {as_id(row["id"]): row["last_active_at"] for row in rows}
    nudged = await _nudged(ours, actor, at=at)
    return [_care(one, seen[one.id], is_nudged=one.id in nudged) if one.id in seen else None for one in newcomers]


async def _led(newcomers: Sequence[Newcomer], actor: Actor) -> set[UUID]:
    groups = {one.group_id for one in newcomers}
    if actor.kind is not ActorKind.MEMBER:
        return groups if actor.kind is ActorKind.STAFF else set()
    rows = await fetch(_LED.format(among=among("group_id", 1, "uuid")), list(groups), actor.id)
    return {as_id(row["group_id"]) for row in rows}


async def _nudged(newcomers: Sequence[Newcomer], actor: Actor, *, at: datetime) -> set[UUID]:
    """Whom the actor has reminded on the present day of the group."""
    keys = {one.id: nudge_key(actor, one, at=at) for one in newcomers}
    wanted = _NUDGED.format(newcomers=among("newcomer_id", 1, "uuid"), keys=among("key", 2, "text"))
    rows = await fetch(wanted, list(keys), sorted(set(keys.values())))
    return {as_id(row["newcomer_id"]) for row in rows if keys[as_id(row["newcomer_id"])] == row["key"]}


def _care(one: Newcomer, seen_at: datetime | str | None, *, is_nudged: bool) -> NewcomerCare:
    silent = one.state in (NewcomerState.UNDERWAY, NewcomerState.ZOMBIE)
    last_seen_at = as_instant(seen_at) if seen_at else None
    return NewcomerCare(
        one.state, one.marked_at, one.lifted_at, one.left_at, last_seen_at, may_nudge=silent and not is_nudged
    )
