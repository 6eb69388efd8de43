"""What stands against making a missed day up."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from models.checkins.opening import AlreadyCheckedIn, CheckInVoided, PlanEnded
from models.checkins.plan import CheckInPlan
from models.errors import DomainError

if TYPE_CHECKING:
    from models.checkins.check_in import CheckIn


class NoMakeUpCard(DomainError):
    code = "NO_MAKE_UP_CARD"
    zh = "没有可用的补签卡"
    en = "You hold no make-up card."


class MakeUpLimitReached(DomainError):
    code = "MAKE_UP_LIMIT_REACHED"
    zh = "本周期最多补签 {most} 次"
    en = "At most {most} make-ups in a cycle."


class DayCannotBeMadeUp(DomainError):
    code = "DAY_CANNOT_BE_MADE_UP"
    zh = "只能补签最近 {days} 天内漏签的日子"
    en = "Only missed days of the last {days} days can be made up."
    field = "day"


def make_up_refusals(
    plan: CheckInPlan, day: date, check_ins: "Sequence[CheckIn]", *, joined_on: date, at: datetime
) -> list[DomainError]:
    """What stands against making a day up, cards aside; `check_ins` are all of the member under the plan."""
    today, refusals = plan.day_of(at), list[DomainError]()
    if not plan.is_active:
        refusals.append(PlanEnded())
    is_in_reach = timedelta(0) < today - day <= timedelta(days=plan.make_up_look_back_days)
    is_in_plan = (plan.starts_on is None or day >= plan.starts_on) and (plan.ends_on is None or day <= plan.ends_on)
    if not is_in_reach or not is_in_plan or day < joined_on:
        refusals.append(DayCannotBeMadeUp(days=plan.make_up_look_back_days))
    earlier = next((one for one in check_ins if one.business_day == day), None)
    if earlier:
        refusals.append(CheckInVoided() if earlier.voided_at else AlreadyCheckedIn())
    mended = [one.business_day for one in check_ins if one.is_made_up and not one.voided_at]
    if len(_of_cycle(mended, plan, day)) >= plan.make_up_per_cycle:
        refusals.append(MakeUpLimitReached(most=plan.make_up_per_cycle))
    return refusals


def _of_cycle(days: Sequence[date], plan: CheckInPlan, day: date) -> list[date]:
    """Those of the days that share a cycle with `day`; a rolling one reaches as far to either side."""
    cycle, reach = plan.cycle_start(day), timedelta(days=plan.cycle_days)
    return [one for one in days if (plan.cycle_start(one) == cycle if cycle else abs(one - day) < reach)]
