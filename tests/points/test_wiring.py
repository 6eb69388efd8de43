"""What members do today pays by the rules: check-ins beside their plan, introductions, archives, invitations."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from models.checkins.check_in import CheckIn
from models.checkins.void import CheckInVoid
from models.members.archive import ArchiveChanges, update_archive
from models.members.introduction import Introduction, Lines
from models.members.member import Gender
from models.points.account import Account, of_member
from models.points.adjustment import PointAdjustment
from models.points.behaviour import Behaviour
from models.points.earn_rule import EarnRule
from models.points.earn_terms import EarnTerms
from models.points.earning import Earning
from models.points.entry import InsufficientPoints
from models.points.reconciliation import reconcile
from models.spread.invite_stage import pay_inviters
from models.spread.referral import Referral
from store.ids import new_id
from tests.build import LONG_AGO, a_member, a_plan, new_key
from tests.callers import Callers
from tests.conftest import NOON

FULL = ArchiveChanges(
    avatar_url="/avatars/01.png",
    gender=Gender.FEMALE,
    birthday=date(1990, 5, 1),
    region="上海",
    occupation="设计师",
    interests=["茶"],
)


async def a_rule(behaviour: Behaviour, amount: int = 7, **terms: object) -> EarnRule:
    return await EarnRule.put(behaviour, EarnTerms(amount, **terms), at=LONG_AGO)  # type: ignore[arg-type]  # what a test is about


async def balance_of(member_id: UUID) -> int:
    return int((await Account.get(id=of_member(member_id).id)).balance)


async def test_a_check_in_pays_a_bonus_beside_its_plan_and_the_answer_knows(callers: Callers) -> None:
    member, _, _ = await a_member(), await a_plan(base_growth=0), await a_rule(Behaviour.CHECKED_IN)
    caller = await callers.member(member)

    done = await caller.do(
        "checkIn", {"idempotencyKey": new_key()}, "checkIn { pointsPaid } viewer { account { available } }"
    )

    assert done["checkIn"] == {"pointsPaid": 10}
    assert done["viewer"] == {"account": {"available": "17"}}
    earning = await Earning.get()
    assert (earning.behaviour, earning.facts) == (Behaviour.CHECKED_IN, {"streak_days": 1, "cycle_day": 1})


async def test_a_void_takes_the_bonus_back_as_well(database: str) -> None:
    member, plan, _ = await a_member(), await a_plan(), await a_rule(Behaviour.CHECKED_IN)
    made = await CheckIn.record(member.id, plan, at=NOON)

    await CheckInVoid.record(made.id, reason="作弊", staff_id=new_id(), at=NOON, once=None)

    assert await balance_of(member.id) == 0
    assert (await Earning.get()).reversed_at == NOON
    assert await reconcile() == []


async def test_a_paused_bonus_pays_nothing(database: str) -> None:
    member, plan = await a_member(), await a_plan()
    await EarnRule.put(Behaviour.CHECKED_IN, EarnTerms(7), is_paused=True, at=LONG_AGO)

    await CheckIn.record(member.id, plan, at=NOON)

    assert await balance_of(member.id) == 10
    assert await Earning.all().count() == 0


async def test_introducing_oneself_pays_once_however_often_it_is_rewritten(database: str) -> None:
    inviter, member = await a_member(), await a_member()
    await Referral.record(inviter.id, member.id, at=NOON)
    await a_rule(Behaviour.INTRODUCED, 20)
    await a_rule(Behaviour.INVITE_INTRODUCED, 10)

    for number in range(3):
        await Introduction.publish(member.id, Lines(name=f"小雨{number}"), at=NOON)
    await pay_inviters([{"invitee_id": str(member.id), "behaviour": "invite_introduced", "at": NOON.isoformat()}])

    assert (await balance_of(member.id), await balance_of(inviter.id)) == (20, 10)
    assert (await Earning.get(member_id=inviter.id)).pair_id == member.id


async def test_a_whole_archive_pays_once(database: str) -> None:
    member, _ = await a_member(), await a_rule(Behaviour.PROFILE_COMPLETED, 20)
    partly: ArchiveChanges = {"region": "上海"}

    await update_archive(member.id, partly, at=NOON)
    before = await balance_of(member.id)
    await update_archive(member.id, FULL, at=NOON)
    await update_archive(member.id, FULL, at=NOON)

    assert (before, await balance_of(member.id)) == (0, 20)


async def test_who_closed_an_account_is_not_paid_for_introducing_itself_again(database: str) -> None:
    member, _ = await a_member(is_returning=True), await a_rule(Behaviour.INTRODUCED, 20)

    await Introduction.publish(member.id, Lines(name="小雨"), at=NOON)

    assert await balance_of(member.id) == 0
    found = await Earning.eligibility(member.id, Behaviour.INTRODUCED, at=NOON)
    assert [refusal.code for refusal in found.refusals] == ["EARN_NOT_FOR_RETURNING"]


async def test_bringing_somebody_pays_on_registering_and_on_the_first_check_in(callers: Callers) -> None:
    inviter, member, plan = await a_member(), await a_member(), await a_plan()
    await a_rule(Behaviour.INVITE_REGISTERED, 5)
    await a_rule(Behaviour.INVITE_FIRST_CHECK_IN, 50)

    await Referral.record(inviter.id, member.id, at=NOON)
    registered = await balance_of(inviter.id)
    for day in range(3):
        await CheckIn.record(member.id, plan, at=NOON + timedelta(days=day))

    assert (registered, await balance_of(inviter.id)) == (5, 55)


async def test_a_void_whose_bonus_was_spent_is_refused_and_changes_nothing(database: str) -> None:
    member, plan, _ = await a_member(), await a_plan(), await a_rule(Behaviour.CHECKED_IN)
    made = await CheckIn.record(member.id, plan, at=NOON)
    await PointAdjustment.deduct(member.id, 15, reason="兑换", staff_id=new_id(), at=NOON, once=None)

    with pytest.raises(InsufficientPoints):
        await CheckInVoid.record(made.id, reason="作弊", staff_id=new_id(), at=NOON, once=None)

    assert (await CheckIn.get(id=made.id)).voided_at is None
    assert (await Earning.get()).reversed_at is None
