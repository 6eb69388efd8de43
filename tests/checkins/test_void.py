"""A void takes back everything a check-in led to, in one visible chain, and cannot be got round."""

from datetime import date, timedelta

import pytest

from models.checkins.card import CardKind, CheckInCard
from models.checkins.check_in import CheckIn
from models.checkins.streak import Streak
from models.groups.membership import Membership
from models.points.account import Account, Bucket, of_member, of_platform
from models.points.entry import Move, PointEntry
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.clock import FixedClock
from store.database import transaction
from store.ids import new_id
from tests.build import a_member, a_plan, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON

DAY = timedelta(days=1)
CHAIN = "void { reason checkIn { voidedAt } reversals { amount reason note state } } isReplay"


async def balance_of(check_in: CheckIn) -> int:
    return int((await Account.get(id=of_member(check_in.member_id).id)).balance)


def voiding(check_in: CheckIn, reason: str = "照片与主题无关") -> dict[str, str]:
    return {"idempotencyKey": new_key(), "checkInId": public_id(check_in), "reason": reason}


async def test_the_third_of_seven_days_takes_the_bonus_with_it(callers: Callers, clock: FixedClock) -> None:
    member, plan = await a_member(), await a_plan(base_growth=0)
    made = [await CheckIn.record(member.id, plan, at=NOON + DAY * day) for day in range(7)]
    staff, given = await callers.staff(await a_staff("checkins.void", "checkins.read", "points.read")), voiding(made[2])

    payload = await staff.do("voidCheckIn", given, CHAIN)
    again = await staff.do("voidCheckIn", given, CHAIN)

    assert sorted(line["amount"] for line in payload["void"]["reversals"]) == ["-10", "-30"]
    assert {(line["note"], line["state"]) for line in payload["void"]["reversals"]} == {("照片与主题无关", "REVERSED")}
    assert payload["void"]["checkIn"] == {"voidedAt": "2026-11-23T04:00:00Z"}
    assert again == {**payload, "isReplay": True}
    streak = await Streak.get(member_id=member.id)
    assert (streak.current_days, streak.longest_days, streak.total_days) == (4, 4, 6)
    assert await balance_of(made[0]) == 60
    row = await AuditRow.get(action="void_check_in")
    assert row.before is not None
    assert row.after is not None
    assert (row.before["points"], row.after["points"], row.reason) == (100, 60, "照片与主题无关")
    assert await reconcile() == []


async def test_a_second_void_is_refused(callers: Callers) -> None:
    member, plan = await a_member(), await a_plan()
    check_in = await CheckIn.record(member.id, plan, at=NOON)
    staff = await callers.staff(await a_staff("checkins.void"))
    await staff.do("voidCheckIn", voiding(check_in))

    assert await staff.refusal("voidCheckIn", voiding(check_in)) == "ALREADY_VOIDED"
    assert await AuditRow.filter(action="void_check_in").count() == 1


async def test_a_voided_day_is_not_done_and_cannot_be_done_again(callers: Callers) -> None:
    member, plan = await a_member(), await a_plan()
    check_in = await CheckIn.record(member.id, plan, at=NOON)
    await (await callers.staff(await a_staff("checkins.void"))).do("voidCheckIn", voiding(check_in))
    caller = await callers.member(member)

    seen = await caller.data("{ viewer { hasCheckedIn streakDays } checkInEligibility { reasons { code } } }")

    assert seen["viewer"] == {"hasCheckedIn": False, "streakDays": 0}
    assert seen["checkInEligibility"] == {"reasons": [{"code": "CHECK_IN_VOIDED"}]}
    assert await caller.refusal("checkIn", {"idempotencyKey": new_key()}) == "CHECK_IN_VOIDED"
    assert await balance_of(check_in) == 0


async def test_spent_points_stand_against_a_void_and_nothing_is_changed(callers: Callers) -> None:
    member, plan = await a_member(), await a_plan()
    check_in = await CheckIn.record(member.id, plan, at=NOON)
    async with transaction():
        spend = Move(of_member(member.id), of_platform(Bucket.SPENT), 4, "order", f"test:{new_id()}")
        await PointEntry.post([spend], at=NOON)
    staff = await callers.staff(await a_staff("checkins.void"))

    assert await staff.refusal("voidCheckIn", voiding(check_in)) == "INSUFFICIENT_POINTS"
    assert (await CheckIn.get(id=check_in.id)).voided_at is None
    assert (await Streak.get(member_id=member.id)).current_days == 1
    assert await AuditRow.all().count() == 0


async def test_the_card_of_a_voided_make_up_goes_back(callers: Callers, clock: FixedClock) -> None:
    member, plan = await a_member(), await a_plan()
    card = await CheckInCard.create(
        member_id=member.id, plan_id=plan.id, kind=CardKind.MAKE_UP, source="granted", acquired_at=NOON
    )
    mended = await CheckIn.make_up(member.id, plan, date(2026, 11, 22), at=NOON, once=None)

    await (await callers.staff(await a_staff("checkins.void"))).do("voidCheckIn", voiding(mended))

    assert (await CheckInCard.get(id=card.id)).used_for is None
    assert await balance_of(mended) == 0


async def test_what_was_paid_under_old_rules_is_taken_back_by_old_rules(callers: Callers) -> None:
    member, plan = await a_member(), await a_plan(cycle_days=3, finish_bonus=30)
    made = [await CheckIn.record(member.id, plan, at=NOON + DAY * day) for day in range(3)]
    staff = await callers.staff(await a_staff("checkins.void", "checkins.write"))
    rules = {"finishBonus": 0, "basePoints": 99, "cycleDays": 2}
    changed = await staff.do("updateCheckInPlan", {"planId": public_id(plan), "rules": rules}, "plan { version }")

    await staff.do("voidCheckIn", voiding(made[0]))

    assert changed["plan"] == {"version": 2}
    assert await balance_of(made[0]) == 20
    assert await reconcile() == []


@pytest.mark.parametrize(("reason", "code"), [("", "INVALID_INPUT"), ("长" * 201, "INVALID_INPUT")])
async def test_a_void_needs_a_reason(callers: Callers, reason: str, code: str) -> None:
    member, plan = await a_member(), await a_plan()
    check_in = await CheckIn.record(member.id, plan, at=NOON)

    assert await (await callers.staff(await a_staff())).refusal("voidCheckIn", voiding(check_in, reason)) == code


async def test_a_check_in_outside_the_scope_is_not_there(callers: Callers) -> None:
    member, plan = await a_member(), await a_plan()
    check_in = await CheckIn.record(member.id, plan, at=NOON)
    staff = await callers.staff(await a_staff("checkins.void", scope=DataScope.REGION, region="华东"))

    assert await staff.refusal("voidCheckIn", voiding(check_in)) == "NOT_FOUND"
    assert await Membership.all().count() == 0


async def test_members_do_not_void(callers: Callers) -> None:
    caller = await callers.member(await a_member())
    query = 'mutation { voidCheckIn(input: {idempotencyKey: "12345678", checkInId: "x", reason: "x"}) { isReplay } }'

    assert await caller.error(query) == "FORBIDDEN"
