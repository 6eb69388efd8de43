"""Which challenges a colleague may change: those of the groups in its scope; others need the whole brand."""

from uuid import UUID

from auth.context import Context
from auth.permissions import IsMemberOr, StaffCan
from auth.scope import demand_group, demand_whole_brand
from models.checkins.squad_challenge import SquadChallenge as SquadChallengeRecord
from models.staff.right import StaffRight

READING = IsMemberOr(StaffRight.CHECKINS_READ)
WRITING = StaffCan(StaffRight.CHECKINS_WRITE)
LEADING = IsMemberOr(StaffRight.CHECKINS_WRITE)


async def demand_challenge(context: Context, challenge_id: UUID, *, field: str = "challengeId") -> None:
    """Raise `NotFound` for a challenge that is absent or not the caller's to change."""
    challenge = await SquadChallengeRecord.existing(challenge_id, field=field)
    await demand_home(context, challenge.group_id, field=field)


async def demand_home(context: Context, group_id: UUID | None, *, field: str = "groupId") -> None:
    """Raise `NotFound` for challenges of a group out of scope; for those of more than one it takes the whole brand."""
    if group_id:
        await demand_group(context, group_id, field=field)
    else:
        demand_whole_brand(context)
