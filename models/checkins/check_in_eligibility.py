"""Whether a member may check in, told before it tries."""

from datetime import datetime
from uuid import UUID

from models.checkins.card import CheckInCard
from models.checkins.check_in import CheckIn
from models.checkins.feed import feed_group
from models.checkins.opening import open_day
from models.checkins.plan import CheckInPlan
from models.checkins.streak import Progress, Streak, rewards_due
from models.eligibility import Eligibility
from models.errors import DomainError
from models.members.member import ACTIVE, Member, MemberNotActive


async def check_in_eligibility(member_id: UUID, plan: CheckInPlan, *, at: datetime) -> Eligibility:
    """Everything that stands against checking in at `at`, and what it would pay once allowed."""
    day = plan.day_of(at)
    refusals: list[DomainError] = []
    member = await Member.existing(member_id)
    if member.status not in ACTIVE:
        refusals.append(MemberNotActive())
    for check in (feed_group(member_id, plan), CheckIn.refuse_second(member_id, plan, day)):
        try:
            await check
        except DomainError as refusal:
            refusals.append(refusal)
    try:
        open_day(plan, at)
    except DomainError as refusal:
        refusals.append(refusal)
    streak = await Streak.of(member_id, plan.id)
    progress = streak.progress if streak else Progress()
    if progress.last_day is not None and progress.last_day >= day:
        return Eligibility(refusals)
    cover = await CheckInCard.cover(member_id, plan, progress, day)
    return Eligibility(refusals, rewards_due(progress.advance(day, plan, cover.days), plan))
