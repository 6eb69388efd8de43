"""How close the members are to the brand: some bought, some belong, a few work with it, and one fell back."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from models.members.ladder import LadderChange, LadderStep
from seeds.community import Act, Community, Deed
from seeds.personas import Habit, Persona

_REASONS = {
    LadderStep.MEMBER: "累计消费达标，邀请加入会员",
    LadderStep.PARTNER: "带动身边十余人入群，签约成为合伙人",
    LadderStep.CUSTOMER: "合作到期未续约，退回客户",
}


def acts(community: Community) -> Iterator[Act]:
    """A purchase makes a customer by rule; what follows is decided by hand, some time later each."""
    for persona in community.personas:
        for wait, deed in _moves(community, persona):
            at = persona.joined_at + wait
            if at < community.calendar.now:
                yield Act(at, deed)


def _moves(community: Community, persona: Persona) -> Iterator[tuple[timedelta, Deed]]:
    kind = persona.number % 10
    if persona.habit is Habit.SILENT or kind >= 6:
        return
    wait = timedelta(days=3 + persona.number % 9, hours=5)
    yield wait, partial(_buy, community, persona)
    if kind < 3:
        yield wait + timedelta(days=12), partial(_move, community, persona, LadderStep.CUSTOMER, LadderStep.MEMBER)
    if kind == 0 and persona.habit is Habit.ACTIVE:
        yield wait + timedelta(days=30), partial(_move, community, persona, LadderStep.MEMBER, LadderStep.PARTNER)
    if persona.number == 60:
        yield wait + timedelta(days=60), partial(_move, community, persona, LadderStep.PARTNER, LadderStep.CUSTOMER)


async def _buy(community: Community, persona: Persona, *, at: datetime) -> None:
    order = f"门店订单 {at:%Y%m%d}{persona.number:04d}"
    await LadderChange.climb(
        community.member_of(persona).id, LadderStep.CUSTOMER, cause="purchase", evidence=[order], at=at
    )


async def _move(community: Community, persona: Persona, before: LadderStep, step: LadderStep, *, at: datetime) -> None:
    hold_until = at + timedelta(days=90) if step is LadderStep.CUSTOMER else None
    await LadderChange.by_staff(
        community.member_of(persona).id,
        step,
        expected_step=before,
        reason=_REASONS[step],
        evidence=["消费记录", "运营访谈纪要"],
        hold_until=hold_until,
        staff_id=community.owner.id,
        at=at,
    )
