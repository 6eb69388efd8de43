"""Whether a member may join groups now (or, by approval, apply): everything that stands against it, and when next."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from models.eligibility import Eligibility
from models.errors import DomainError
from models.groups.block import BlockedFromGroup, GroupBlock
from models.groups.group import Group
from models.groups.join_request import JoinRequest, refuse_applicant
from models.groups.membership import Membership
from models.groups.seat import GroupFull
from models.groups.settings import JoinMode
from models.groups.waitlist import AlreadyMember
from models.members.member import ACTIVE, Member, MemberNotActive


async def join_eligibilities(member_id: UUID, groups: Sequence[Group], *, at: datetime) -> list[Eligibility]:
    """One answer for each group, in four queries however many there are."""
    ids = [group.id for group in groups]
    member = await Member.existing(member_id)
    mine = set(await Membership.filter(member_id=member_id, group_id__in=ids).values_list("group_id", flat=True))
    barred = set(await GroupBlock.filter(member_id=member_id, group_id__in=ids).values_list("group_id", flat=True))
    asked = await JoinRequest.last_of(member_id, ids)
    return [
        Eligibility(
            [
                *([] if member.status in ACTIVE else [MemberNotActive()]),
                *([AlreadyMember()] if group.id in mine else []),
                *([BlockedFromGroup()] if group.id in barred else []),
                *_at_the_door(group, asked.get(group.id), at=at),
            ]
        )
        for group in groups
    ]


def _at_the_door(group: Group, last: JoinRequest | None, *, at: datetime) -> list[DomainError]:
    try:
        if group.join_mode is JoinMode.APPROVAL:
            refuse_applicant(group)
        else:
            group.refuse_walk_in()
    except DomainError as refusal:
        return [refusal]
    if group.join_mode is JoinMode.APPROVAL:
        again = last.refusal(group, at=at) if last else None
        return [again] if again else []
    is_full = group.member_count >= group.member_cap or group.waiting_count > 0
    return [GroupFull()] if is_full and not group.opens_next else []
