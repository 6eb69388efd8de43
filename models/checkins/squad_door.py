"""The door of a challenge: everything that stands against taking part at an instant, but for room and points."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from models.checkins.squad_challenge import ChallengeOver, SquadChallenge
from models.errors import DomainError
from models.groups.membership import Membership


class SquadsNotForming(DomainError):
    code = "SQUADS_NOT_FORMING"
    zh = "组队尚未开始"
    en = "Squads do not form yet."


class SquadsClosed(DomainError):
    code = "SQUADS_CLOSED"
    zh = "组队已截止"
    en = "Squads form no more."


class NotInChallengeGroup(DomainError):
    code = "NOT_IN_CHALLENGE_GROUP"
    zh = "加入对应的社群后才能参加"
    en = "This challenge is for members of its group or circle."


async def door_refusals(challenge: SquadChallenge, member_id: UUID, *, at: datetime) -> list[DomainError]:
    """All that stands against taking part at all; the first is what it is refused with."""
    found: list[DomainError] = [] if challenge.is_published else [ChallengeOver()]
    if challenge.circle_id or challenge.group_id:
        places = await Membership.active_groups(member_id)
        if not any(challenge.group_id == one.group_id or challenge.circle_id == one.circle_id for one in places):
            found.append(NotInChallengeGroup())
    return found + await challenge.for_whom.refusals(member_id, at=at)


def forming_refusals(challenge: SquadChallenge, *, at: datetime) -> Iterator[DomainError]:
    """Whether squads form at an instant."""
    if at >= challenge.forms_until:
        yield SquadsClosed()
    elif challenge.forms_from and at < challenge.forms_from:
        yield SquadsNotForming(retry_at=challenge.forms_from)
