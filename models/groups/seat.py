"""Seats: how a member gets a place under a group's cap, and how the place is given back.

`member_count` is changed by one conditional statement whose row count decides, so no number of callers at one instant
fills a seat twice. The groups of one name in a circle are a series (车友会 1群, 2群…); where `opens_next` is set, a
full group sends on to the next of its series, which is opened exactly once because its number is unique.
"""

from datetime import datetime
from uuid import UUID

from models.errors import DomainError
from models.groups.group import Group, GroupArchived, last_number
from models.groups.rules import GroupRules
from models.groups.settings import GroupSettings
from models.spread.newcomer_policy import NewcomerPolicy
from store.database import execute, fetch, fetch_value

_HAS_ROOM = "status = 'active' AND member_count < member_cap"
_IS_OPEN = "join_mode = 'free' AND waiting_count = 0"


class GroupFull(DomainError):
    code = "GROUP_FULL"
    zh = "该社群已满员"
    en = "This group is full."


async def take_seat(group: Group, *, is_walk_in: bool, at: datetime) -> Group:
    """Take a seat in the group, or in a later one of its series where it `opens_next`; returns the group of the seat.

    A walk-in gets into groups that are free to join only, and passes nobody who waits. The caller holds the member's
    row. Raises `GroupFull`, `GroupArchived`, and for a walk-in the refusal of the join mode.
    """
    if await _taken(group.id, is_walk_in=is_walk_in):
        return group
    now = await Group.get(id=group.id)
    if is_walk_in:
        now.refuse_walk_in()
    elif not now.is_active:
        raise GroupArchived()
    if not now.opens_next:
        raise GroupFull()
    while True:
        # Read before the search for room: a group that another caller opens in between makes the number taken, so
        # nobody opens one more after it while it has room.
        last = await last_number(now.circle_id, now.name)
        following_id = await _following(now, is_walk_in=is_walk_in) or await _opened(now, last + 1, at=at)
        if following_id and await _taken(following_id, is_walk_in=is_walk_in):
            return await Group.get(id=following_id)


async def give_seat_back(group_id: UUID, *, at: datetime) -> None:
    """One member fewer; whoever waits longest gets the seat after the commit."""
    await execute("UPDATE chat_group SET member_count = member_count - 1 WHERE id = $1", group_id)
    group = await Group.get(id=group_id)
    await group.tell_waiting(at=at)


async def places_in_series(member_id: UUID, group: Group) -> list[UUID]:
    """The active groups of the series that a member belongs to."""
    rows = await fetch(
        "SELECT g.id FROM membership s JOIN chat_group g ON g.id = s.group_id "
        "WHERE s.member_id = $1 AND g.circle_id = $2 AND g.name = $3 AND g.status = 'active'",
        member_id,
        group.circle_id,
        group.name,
    )
    return [UUID(str(row["id"])) for row in rows]


async def _taken(group_id: UUID, *, is_walk_in: bool) -> bool:
    door = f"{_HAS_ROOM} AND {_IS_OPEN}" if is_walk_in else _HAS_ROOM
    sql = f"UPDATE chat_group SET member_count = member_count + 1 WHERE id = $1 AND {door}"  # noqa: S608 - own text
    return await execute(sql, group_id) == 1


async def _following(group: Group, *, is_walk_in: bool) -> UUID | None:
    """The first later group of the series with room."""
    door = f"{_HAS_ROOM} AND {_IS_OPEN}" if is_walk_in else _HAS_ROOM
    found = await fetch_value(
        "SELECT id FROM chat_group WHERE circle_id = $1 AND name = $2 AND number > $3 "  # noqa: S608 - own text
        f"AND {door} ORDER BY number LIMIT 1",
        group.circle_id,
        group.name,
        group.number,
    )
    return UUID(str(found)) if found else None


async def _opened(group: Group, number: int, *, at: datetime) -> UUID | None:
    """Open a number of the series with the settings of this group; None where another caller did."""
    inherited = {name: getattr(group, name) for name in GroupSettings.__dataclass_fields__}
    following = Group(circle_id=group.circle_id, number=number, created_at=at, **inherited)
    await Group.bulk_create([following], ignore_conflicts=True)
    if not await Group.exists(id=following.id):
        return None
    await GroupRules.inherit(following.id, group.id, at=at)
    await NewcomerPolicy.inherit(following.id, group.id, at=at)
    return following.id
