"""The rules that staff give a plan, checked before they are written."""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfoNotFoundError

from pydantic.alias_generators import to_camel

from models.checkins.plan import RULES, CheckInPlan
from models.errors import Invalid, bounded_text, within
from store.clock import zone_named

BOUNDS = {
    "day_start_hour": (0, 23),
    "opens_minute": (0, 1439),
    "closes_minute": (1, 1440),
    "cycle_days": (2, 366),
    "base_points": (0, 1_000_000),
    "base_growth": (0, 1_000_000),
    "finish_bonus": (0, 1_000_000),
    "content_least": (0, 500),
    "grace_days": (0, 30),
    "make_up_price": (0, 1_000_000),
    "make_up_held_most": (0, 100),
    "make_up_per_cycle": (0, 366),
    "make_up_look_back_days": (0, 366),
    "make_up_pays_percent": (0, 100),
    "freeze_price": (0, 1_000_000),
    "freeze_held_most": (0, 100),
    "freeze_gap_most": (0, 30),
}
NULLABLE = {"starts_on", "ends_on", "make_up_price", "freeze_price"}
RUNGS_MOST = 100
RUNG_POINTS_MOST = 1_000_000
RUNG_DAYS_MOST = 100_000


def checked(given: Mapping[str, object]) -> dict[str, object]:
    """The given rules by column, or `Invalid`; what is not among `RULES` is a bug."""
    rules = dict(given)
    for name, value in rules.items():
        if name not in RULES:
            raise KeyError(name)
        if value is None and name not in NULLABLE:
            raise Invalid(to_camel(name), zh="不能为空", en="it cannot be left empty")
        if name in BOUNDS and isinstance(value, int):
            within(to_camel(name), value, *BOUNDS[name])
    if isinstance(title := rules.get("name"), str):
        rules["name"] = bounded_text(title, "name", least=1, most=60)
    if isinstance(zone := rules.get("zone"), str):
        _known_zone(zone)
    for ladder in ("consecutive_ladder", "cumulative_ladder"):
        if ladder in rules:
            rules[ladder] = _ladder(ladder, rules[ladder])
    return rules


def refuse_crossed(plan: CheckInPlan) -> None:
    """Raise `Invalid` where two rules of a plan do not fit each other."""
    if plan.opens_minute >= plan.closes_minute:
        raise Invalid("closesMinute", zh="应晚于开始时间", en="it must be after the opening")
    starts_on, ends_on = plan.starts_on, plan.ends_on
    if isinstance(starts_on, date) and isinstance(ends_on, date) and starts_on > ends_on:
        raise Invalid("endsOn", zh="不能早于开始日期", en="it cannot be before the start")


def _known_zone(zone: str) -> None:
    try:
        zone_named(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("zone", zh="不是有效的时区", en="it is no IANA zone") from None


def _ladder(name: str, rungs: object) -> object:
    if not isinstance(rungs, list) or len(rungs) > RUNGS_MOST:
        raise Invalid(to_camel(name), zh=f"最多 {RUNGS_MOST} 级", en=f"a ladder has at most {RUNGS_MOST} rungs")
    days = [rung["days"] for rung in rungs]
    if len(set(days)) < len(days):
        raise Invalid(to_camel(name), zh="天数不能重复", en="a number of days stands in it twice")
    for rung in rungs:
        within(to_camel(name), rung["days"], 1, RUNG_DAYS_MOST)
        within(to_camel(name), rung["points"], 0, RUNG_POINTS_MOST)
    return sorted(rungs, key=lambda rung: int(rung["days"]))
