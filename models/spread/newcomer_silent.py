"""A newcomer who has not spoken, taken by those who look after it: to remind it, note something, give it time.

Its days are settled first, so that what is done finds it as it stands by now.
"""

from datetime import datetime
from uuid import UUID

from models.actor import Actor
from models.errors import DomainError
from models.groups.group import Group
from models.groups.role import Right, authorize
from models.spread.newcomer import Newcomer, NewcomerState

SILENT = (NewcomerState.UNDERWAY, NewcomerState.ZOMBIE)


class NewcomerHasSpoken(DomainError):
    code = "NEWCOMER_HAS_SPOKEN"
    zh = "这位成员已经在群里发过言"
    en = "This member has spoken in the group."


class NewcomerSpared(DomainError):
    code = "NEWCOMER_SPARED"
    zh = "这位成员无需提醒"
    en = "This member need not be looked after."


async def silent_newcomer(group_id: UUID, member_id: UUID, *, actor: Actor, at: datetime) -> Newcomer:
    """The row of one, taken until the caller's transaction ends.

    Raises `NotAllowed`, `NotFound`, `GroupArchived`, `NewcomerHasSpoken`, `NewcomerSpared`.
    """
    await authorize(actor, group_id, Right.WELCOME)
    (await Group.existing(group_id, field="groupId")).refuse_archived()
    found = await Newcomer.existing_present(member_id, group_id)
    await found.settle(at=at)
    if found.spoke_at is not None:
        raise NewcomerHasSpoken(field="memberId")
    if found.state not in SILENT:
        raise NewcomerSpared(field="memberId")
    return found
