"""What a member was paid always equals what its days are worth, whatever is made up, voided or frozen.

Random histories run against a small model of its own that knows only the sentences of the product: a day pays its
base, every seventh check-in of an unbroken run pays the bonus, a freeze keeps a run across a missed day.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from models.checkins.card import CardKind, CheckInCard
from models.checkins.check_in import CheckIn, settled_days
from models.checkins.plan import CheckInPlan
from models.checkins.settlement import outcomes
from models.checkins.streak import Streak
from models.checkins.void import CheckInVoid
from models.errors import DomainError
from models.points.account import Account, of_member
from models.points.entry import PointEntry
from models.points.reconciliation import reconcile
from store.ids import new_id
from tests.build import a_member, a_plan
from tests.conftest import NOON

GAP_MOST = 3
FIRST = date(2026, 11, 23)
STAFF_ID = new_id()


@dataclass
class Model:
    """Days by number; what stands, what was voided, what freezes cover."""

    grace: int
    length: int
    done: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    covered: set[int] = field(default_factory=set)
    freezes: list[int] = field(default_factory=list)

    def check_in(self, today: int) -> None:
        """Freezes close the whole gap before today, or none of it; each covers days from the one it was got on."""
        earlier = [day for day in self.done if day < today]
        missed = list(range(max(earlier) + 1, today)) if earlier else []
        left, closed = list(self.freezes), set[int]()
        for day in [day for day in missed if day not in self.covered][self.grace :]:
            if fitting := [got for got in left if got <= day]:
                left.remove(fitting[0])
                closed.add(day)
            else:
                left, closed = list(self.freezes), set()
                break
        if len(missed) <= GAP_MOST + self.grace:
            self.freezes, self.covered = left, self.covered | closed
        self.done.add(today)

    def worth(self) -> tuple[int, int, int]:
        """Points, the streak at the last check-in, and the longest one."""
        points = run = longest = 0
        last: int | None = None
        for day in sorted(self.done):
            missed = 0 if last is None else len(set(range(last + 1, day)) - self.covered)
            run = 1 if last is None or missed > self.grace else run + 1
            points += 10 + (30 if run % self.length == 0 else 0)
            longest, last = max(longest, run), day
        return points, run, longest


steps = st.lists(
    st.one_of(
        st.tuples(st.just("check_in"), st.integers(0, 3)),
        st.tuples(st.just("make_up"), st.integers(1, 6)),
        st.tuples(st.just("void"), st.integers(0, 30)),
        st.tuples(st.just("freeze"), st.just(0)),
        st.tuples(st.just("again"), st.just(0)),
    ),
    min_size=4,
    max_size=16,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@example(  # a void of the check-in behind a frozen day, and then one more day that a second freeze covers
    steps=[("check_in", 0), ("freeze", 0), ("freeze", 0), ("check_in", 2), ("void", 1), ("check_in", 1)],
    grace=0,
    length=3,
)
@example(  # a bonus that moves to another day when the past is mended, and back when the mending is voided
    steps=[("check_in", 0), ("check_in", 2), ("check_in", 1), ("check_in", 1), ("make_up", 3), ("void", 1)],
    grace=0,
    length=3,
)
@given(steps=steps, grace=st.integers(0, 1), length=st.sampled_from([2, 3, 7]))
async def test_paid_equals_due_after_every_step(
    database: str, empty_redis: str, steps: list[tuple[str, int]], grace: int, length: int
) -> None:
    member = await a_member()
    plan = await a_plan(
        cycle_days=length, grace_days=grace, make_up_per_cycle=9, base_growth=0, freeze_gap_most=GAP_MOST
    )
    model, today = Model(grace, length), 0
    for act, amount in steps:
        if act == "check_in":
            today += amount
        await _do(act, amount, member.id, plan, model, today)
        await _compare(member.id, plan, model)
    assert await reconcile() == []


async def _do(act: str, amount: int, member_id: UUID, plan: CheckInPlan, model: Model, today: int) -> None:
    at = NOON + timedelta(days=today)
    if act in ("check_in", "again"):
        if today in model.done | model.gone:
            with pytest.raises(DomainError) as refused:
                await CheckIn.record(member_id, plan, at=at)
            assert refused.value.code == ("ALREADY_CHECKED_IN" if today in model.done else "CHECK_IN_VOIDED")
            return
        await CheckIn.record(member_id, plan, at=at)
        model.check_in(today)
    elif act == "make_up" and (day := today - amount) >= 0 and day not in model.done | model.gone:
        await _a_card(member_id, plan, CardKind.MAKE_UP, today)
        await CheckIn.make_up(member_id, plan, FIRST + timedelta(days=day), at=at, once=None)
        model.done.add(day)
    elif act == "void" and model.done:
        day = sorted(model.done)[amount % len(model.done)]
        check_in = await CheckIn.get(member_id=member_id, plan_id=plan.id, business_day=FIRST + timedelta(days=day))
        await CheckInVoid.record(check_in.id, staff_id=STAFF_ID, reason="照片不符", at=at, once=None)
        model.done.remove(day)
        model.gone.add(day)
    elif act == "freeze":
        await _a_card(member_id, plan, CardKind.FREEZE, today)
        model.freezes.append(today)


async def _a_card(member_id: UUID, plan: CheckInPlan, kind: CardKind, today: int) -> None:
    await CheckInCard.grant(
        member_id, plan, kind, reason="活动奖励", staff_id=STAFF_ID, at=NOON + timedelta(days=today), once=None
    )


async def _compare(member_id: UUID, plan: CheckInPlan, model: Model) -> None:
    points, run, longest = model.worth()
    account = await Account.get(id=of_member(member_id).id)
    streak = await Streak.of(member_id, plan.id)
    standing = await CheckIn.standing_days(member_id, plan.id)
    used = await CheckInCard.covered_days(member_id, plan.id)
    assert {(day - FIRST).days for day in used} == model.covered
    assert {(one.business_day - FIRST).days for one in standing} == model.done
    assert (account.balance, account.earned_total) == (points, points)
    if streak:
        assert (streak.current_days, streak.longest_days, streak.total_days) == (run, longest, len(model.done))
    days = await settled_days(plan, standing)
    for check_in_id, outcome in outcomes(days, used).items():
        paid = await PointEntry.standing_of(member_id, f"check_in:{check_in_id}")
        assert sorted((one.reason, one.amount) for one in paid) == sorted((d.reason, d.points) for d in outcome.due)
