"""Who may welcome a newcomer of a group: members of it, and whoever brought the newcomer, while it is still new.

Whoever brought it need not be in the group. One who was kicked out of it, or left it while it was muted there, has no
say in it from outside either.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.errors import DomainError, NotFound
from models.groups.group import Group
from models.groups.membership import Membership
from models.spread.newcomer import Newcomer
from models.spread.referral import Referral

WELCOMED_FOR = timedelta(days=30)
"""How long after its days a newcomer may still be replied to."""


class NewcomerDaysOver(DomainError):
    code = "NEWCOMER_DAYS_OVER"
    zh = "这位成员入群已久，不再接受欢迎回复"
    en = "This member is no newcomer any more, so its introduction is not replied to."
    field = "memberId"


@dataclass(frozen=True)
class Welcomer:
    """Somebody who may welcome a newcomer: its place in the group, if it has one, and whether it brought it."""

    place: Membership | None
    is_inviter: bool

    @classmethod
    async def of(cls, author_id: UUID, group_id: UUID, member_id: UUID, *, at: datetime) -> "Welcomer":
        """Raises `NotFound` for a stranger, `BlockedFromGroup` and `MutedInGroup` for an inviter outside the group."""
        place = await Membership.get_or_none(member_id=author_id, group_id=group_id)
        is_inviter = await Referral.exists(inviter_id=author_id, invitee_id=member_id)
        if place is None:
            if not is_inviter:
                raise NotFound(field="groupId")
            await Membership.refuse_outsider(author_id, group_id, at=at)
        return cls(place, is_inviter)


async def newcomer_to_welcome(group_id: UUID, member_id: UUID, *, at: datetime) -> Newcomer:
    """The newcomer. Raises `GroupArchived`, `NotFound`, and `NewcomerDaysOver` some time after its days."""
    (await Group.existing(group_id, field="groupId")).refuse_archived()
    found = await Newcomer.get_or_none(group_id=group_id, member_id=member_id, left_at__isnull=True)
    if found is None:
        raise NotFound(field="memberId")
    if at >= found.due_at + WELCOMED_FOR:
        raise NewcomerDaysOver()
    return found
