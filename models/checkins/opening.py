"""When a plan is open for checking in, and why it is not."""

from datetime import date, datetime, timedelta

from models.checkins.plan import CheckInPlan
from models.errors import DomainError


class AlreadyCheckedIn(DomainError):
    code = "ALREADY_CHECKED_IN"
    zh = "今天已经签到过了"
    en = "Already checked in for this day."


class CheckInVoided(DomainError):
    code = "CHECK_IN_VOIDED"
    zh = "这一天的签到已被作废，不能重新签到"
    en = "The check-in of this day was voided and cannot be made again."


class CheckInNotOpen(DomainError):
    code = "CHECK_IN_NOT_OPEN"
    zh = "现在不是签到时间"
    en = "Check-in is not open now."


class PlanEnded(DomainError):
    code = "PLAN_ENDED"
    zh = "该签到计划已结束"
    en = "This check-in plan has ended."


def next_opening(plan: CheckInPlan, at: datetime) -> datetime:
    """When the business day after that of `at` opens."""
    return plan.opens_at(plan.day_of(at) + timedelta(days=1))


def open_day(plan: CheckInPlan, at: datetime) -> date:
    """The business day of `at`, or the refusal where the plan is not open then."""
    day = plan.day_of(at)
    if not plan.is_active or (plan.ends_on and day > plan.ends_on):
        raise PlanEnded()
    if plan.starts_on and day < plan.starts_on:
        raise CheckInNotOpen(retry_at=plan.opens_at(plan.starts_on))
    if at < plan.opens_at(day):
        raise CheckInNotOpen(retry_at=plan.opens_at(day))
    if at >= plan.closes_at(day):
        raise CheckInNotOpen(retry_at=plan.opens_at(day + timedelta(days=1)))
    return day
