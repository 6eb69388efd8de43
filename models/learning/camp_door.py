"""The door of a camp: everything that stands against signing up at an instant, but for seats and points."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from models.errors import DomainError
from models.groups.membership import Membership
from models.learning.camp import Camp, CampOver


class CampNotOpen(DomainError):
    code = "CAMP_NOT_OPEN"
    zh = "训练营尚未开放报名"
    en = "Signing up for this camp has not begun."


class CampSignUpOver(DomainError):
    code = "CAMP_SIGN_UP_OVER"
    zh = "训练营报名已截止"
    en = "Signing up for this camp is over."


class NotInCampGroup(DomainError):
    code = "NOT_IN_CAMP_GROUP"
    zh = "加入对应的社群后才能报名"
    en = "This camp is for members of its group or circle."


class CampFull(DomainError):
    code = "CAMP_FULL"
    zh = "训练营名额已满"
    en = "All seats of this camp are taken."


async def door_refusals(camp: Camp, member_id: UUID, *, at: datetime) -> list[DomainError]:
    """All of them; the first is what signing up is refused with."""
    found = list(_closed(camp, at))
    if camp.circle_id or camp.group_id:
        places = await Membership.active_groups(member_id)
        if not any(camp.group_id == one.group_id or camp.circle_id == one.circle_id for one in places):
            found.append(NotInCampGroup())
    return found + await camp.for_whom.refusals(member_id, at=at)


def _closed(camp: Camp, at: datetime) -> Iterator[DomainError]:
    if not camp.is_published:
        yield CampOver()
    elif at >= camp.joins_until:
        yield CampSignUpOver()
    elif camp.signs_up_from and at < camp.signs_up_from:
        yield CampNotOpen(retry_at=camp.signs_up_from)
