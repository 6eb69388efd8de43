"""The issuance report counts what came into members' hands, by day and reason, and agrees with the accounts."""

from datetime import date, timedelta

import pytest

from models.checkins.check_in import CheckIn
from models.errors import Invalid
from models.points.adjustment import PointAdjustment
from models.points.behaviour import Behaviour
from models.points.budget import Budget, BudgetPlan
from models.points.earn_rule import EarnRule
from models.points.earn_terms import EarnTerms
from models.points.earning import Earning
from models.points.entry import PointEntry
from models.points.issuance import FlowKind, flows, outstanding
from models.staff.colleague import DataScope
from store.ids import new_id
from tests.build import LONG_AGO, a_member, a_plan, a_staff
from tests.callers import Callers
from tests.conftest import NOON

MONDAY = date(2026, 11, 23)
REPORT = """{ issuanceReport(firstDay: "2026-11-22", lastDay: "2026-11-24") {
    flows { day kind reason points movements } outstanding { available pending held setAside } } }"""


async def a_history() -> None:
    """Two check-ins of two days, a post out of a budget, one more that waits, a deduction, a reversal."""
    member, plan, staff_id = await a_member(), await a_plan(base_growth=0), new_id()
    await Budget.open(BudgetPlan("daily", 100), at=NOON, staff_id=staff_id)
    await EarnRule.put(Behaviour.POSTED, EarnTerms(7, budget_name="daily"), at=LONG_AGO)
    await EarnRule.put(Behaviour.PLAYED, EarnTerms(3, needs_review=True), at=LONG_AGO)
    # 23:30 and 00:30 in Shanghai.
    for hours in (11.5, 12.5):
        await CheckIn.record(member.id, plan, at=NOON + timedelta(hours=hours))
    await Earning.pay(member.id, Behaviour.POSTED, "post:1", at=NOON)
    await Earning.pay(member.id, Behaviour.PLAYED, "game:1", at=NOON)
    await PointAdjustment.deduct(member.id, 4, reason="扣回", staff_id=staff_id, at=NOON, once=None)
    line = await PointEntry.get(member_id=member.id, reason="posted")
    await PointAdjustment.reverse(line.id, reason="违规", staff_id=staff_id, at=NOON, once=None)


async def test_points_are_told_by_day_kind_and_reason(database: str) -> None:
    await a_history()

    found = await flows(MONDAY, MONDAY + timedelta(days=1))

    assert [(one.day, one.kind, one.reason, one.points, one.movements) for one in found] == [
        (MONDAY, FlowKind.ISSUED, "check_in", 10, 1),
        (MONDAY, FlowKind.ISSUED, "played", 3, 1),
        (MONDAY, FlowKind.ISSUED, "posted", 7, 1),
        (MONDAY, FlowKind.SPENT, "staff_deduct", 4, 1),
        (MONDAY, FlowKind.TAKEN_BACK, "reversal", 7, 1),
        (MONDAY + timedelta(days=1), FlowKind.ISSUED, "check_in", 10, 1),
    ]


async def test_what_is_owed_is_what_was_issued_less_what_went(database: str) -> None:
    await a_history()

    owed, found = await outstanding(), await flows(MONDAY, MONDAY + timedelta(days=1))

    issued = sum(one.points if one.kind is FlowKind.ISSUED else -one.points for one in found)
    assert (owed.available, owed.pending, owed.held, owed.set_aside) == (16, 3, 0, 100)
    assert owed.of_members == issued


@pytest.mark.parametrize("days", [0, 93])
async def test_a_report_has_bounds(database: str, days: int) -> None:
    with pytest.raises(Invalid):
        await flows(MONDAY, MONDAY + timedelta(days=days - 1))


async def test_a_report_of_the_longest_period_is_read(database: str) -> None:
    await a_history()

    assert sum(one.points for one in await flows(MONDAY - timedelta(days=90), MONDAY + timedelta(days=1))) == 41


async def test_the_report_over_http(callers: Callers) -> None:
    await a_history()
    staff = await callers.staff(await a_staff("points.read"))
    part = await callers.staff(await a_staff("points.read", scope=DataScope.OWN_GROUPS))

    report = (await staff.data(REPORT))["issuanceReport"]

    assert report["flows"][0] == {
        "day": "2026-11-23",
        "kind": "ISSUED",
        "reason": "check_in",
        "points": "10",
        "movements": 1,
    }
    assert report["outstanding"] == {"available": "16", "pending": "3", "held": "0", "setAside": "100"}
    assert await callers.nobody().error(REPORT) == "UNAUTHENTICATED"
    assert await (await callers.member(await a_member())).error(REPORT) == "FORBIDDEN"
    assert await part.error(REPORT) == "NOT_FOUND"


@pytest.mark.parametrize("day", ["0001-01-01", "1799-12-31", "9000-01-01", "9999-12-31", "2026-02-29", "", "1"])
async def test_a_day_that_no_calendar_reaches_is_no_day(callers: Callers, day: str) -> None:
    """Days and zones are added to what comes in; at the ends of time that would fail inside."""
    staff = await callers.staff(await a_staff("points.read"))
    query = "query($day: Date!) { issuanceReport(firstDay: $day, lastDay: $day) { firstDay } }"

    assert await staff.error(query, day=day) == "BAD_USER_INPUT"
