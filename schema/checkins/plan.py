"""Check-in plans in the contract."""

from datetime import date
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from engine.declare import Node, computed, record_type
from models.checkins.plan import CheckInPlan as CheckInPlanRecord
from models.checkins.plan import ContentRule, CycleKind, LadderMode, PlanScope
from schema.enums import publish
from schema.payload import Payload, changed

publish(
    PlanScope,
    "Whose members may use a plan.",
    all="Every member.",
    circle="The members of a circle's groups.",
    group="The members of a group.",
)
publish(
    CycleKind,
    "What a full cycle is.",
    rolling="A number of days running, from the first check-in.",
    iso_week="Monday to Sunday.",
    month="A calendar month.",
)
publish(
    LadderMode,
    "Whether a rung pays beside the base or in its place.",
    add="Beside the base.",
    replace="In the base's place.",
)
publish(
    ContentRule,
    "Whether words or a photo belong to a check-in.",
    optional="They may be left out.",
    required="One of them is needed.",
)


@strawberry.type(description="One rung of a ladder.")
class LadderRung:
    days: int = strawberry.field(description="Reaching so many days…")
    points: int = strawberry.field(description="…pays so many points.")


@record_type(CheckInPlanRecord, description="When members may check in, and what it pays.")
class CheckInPlan(Node):
    name: str = strawberry.field(description="Its name.")
    scope: PlanScope = strawberry.field(description="Whose members may use it.")
    is_default: bool = strawberry.field(description="Whether it is used where a caller names no plan.")
    is_active: bool = strawberry.field(description="Whether one may check in under it.")
    version: int = strawberry.field(description="Rises with every change of its rules.")
    starts_on: date | None = strawberry.field(description="The first day.")
    ends_on: date | None = strawberry.field(description="The last day.")
    zone: str = strawberry.field(description="IANA zone that its days are counted in.")
    day_start_hour: int = strawberry.field(description="Hour at which its days begin.")
    opens_minute: int = strawberry.field(description="Minutes after the day's start at which it opens.")
    closes_minute: int = strawberry.field(description="Minutes after the day's start at which it closes.")
    cycle: CycleKind = strawberry.field(description="What a full cycle is.")
    cycle_days: int = strawberry.field(description="Length of a rolling cycle.")
    base_points: int = strawberry.field(description="Points for each check-in.")
    base_growth: int = strawberry.field(description="Growth for each check-in.")
    finish_bonus: int = strawberry.field(description="Points more for a full cycle.")
    ladder_mode: LadderMode = strawberry.field(description="Whether a rung pays beside the base or in its place.")
    content_rule: ContentRule = strawberry.field(description="Whether words or a photo are needed.")
    grace_days: int = strawberry.field(description="Missed days in a row that break no streak.")
    make_up_price: int | None = strawberry.field(description="Points for a make-up card; absent where none is sold.")
    make_up_held_most: int = strawberry.field(description="Most make-up cards held at once.")
    make_up_per_cycle: int = strawberry.field(description="Most make-ups in a cycle.")
    make_up_look_back_days: int = strawberry.field(description="How far back a missed day can be made up.")
    make_up_pays_percent: int = strawberry.field(description="How much of the base a made-up day pays.")
    make_up_restores_streak: bool = strawberry.field(description="Whether a made-up day joins the streak.")
    freeze_price: int | None = strawberry.field(description="Points for a freeze; absent where none is sold.")
    freeze_held_most: int = strawberry.field(description="Most freezes held at once.")
    freeze_gap_most: int = strawberry.field(description="Most missed days in a row that freezes cover.")

    @computed(description="What reaching a streak pays.")
    def consecutive_ladder(self: Any) -> list[LadderRung]:
        return [LadderRung(**rung) for rung in self.consecutive_ladder]

    @computed(description="What reaching a total of days pays.")
    def cumulative_ladder(self: Any) -> list[LadderRung]:
        return [LadderRung(**rung) for rung in self.cumulative_ladder]


async def chosen_plan(info: strawberry.Info, id: UUID | None = None) -> CheckInPlanRecord:
    """The plan of an id, or the default plan, which is read once however many fields of a request need it."""
    if id is not None:
        return await CheckInPlanRecord.chosen(id)
    plan: CheckInPlanRecord = await info.context.loads.batch("default plan", _default_plan, None)
    info.context.loads.know(plan)
    return plan


async def _default_plan(keys: list[None]) -> list[CheckInPlanRecord]:
    return [await CheckInPlanRecord.chosen(None)] * len(keys)


def rule(description: str) -> Any:
    """A rule that a client may leave out, which differs from null."""
    return strawberry.field(default=UNSET, description=description)


@strawberry.input(description="One rung of a ladder.")
class LadderRungInput:
    days: int = strawberry.field(description="Reaching so many days…")
    points: int = strawberry.field(description="…pays so many points.")


@strawberry.input(description="The rules of a plan; what is left out stays, or is as in the default.")
class CheckInPlanRulesInput:
    name: str | None = rule("Its name.")
    is_active: bool | None = rule("Whether one may check in under it.")
    starts_on: date | None = rule("The first day; null for none.")
    ends_on: date | None = rule("The last day; null for none.")
    zone: str | None = rule("IANA zone that its days are counted in.")
    day_start_hour: int | None = rule("Hour at which its days begin, 0 to 23.")
    opens_minute: int | None = rule("Minutes after the day's start at which it opens.")
    closes_minute: int | None = rule("Minutes after the day's start at which it closes, up to 1440.")
    cycle: CycleKind | None = rule("What a full cycle is.")
    cycle_days: int | None = rule("Length of a rolling cycle.")
    base_points: int | None = rule("Points for each check-in.")
    base_growth: int | None = rule("Growth for each check-in.")
    finish_bonus: int | None = rule("Points more for a full cycle.")
    ladder_mode: LadderMode | None = rule("Whether a rung pays beside the base or in its place.")
    consecutive_ladder: list[LadderRungInput] | None = rule("What reaching a streak pays.")
    cumulative_ladder: list[LadderRungInput] | None = rule("What reaching a total of days pays.")
    content_rule: ContentRule | None = rule("Whether words or a photo are needed.")
    content_least: int | None = rule("Least characters where words are required.")
    grace_days: int | None = rule("Missed days in a row that break no streak.")
    make_up_price: int | None = rule("Points for a make-up card; null sells none.")
    make_up_held_most: int | None = rule("Most make-up cards held by buying.")
    make_up_per_cycle: int | None = rule("Most make-ups in a cycle.")
    make_up_look_back_days: int | None = rule("How far back a missed day can be made up.")
    make_up_pays_percent: int | None = rule("How much of the base a made-up day pays, 0 to 100.")
    make_up_restores_streak: bool | None = rule("Whether a made-up day joins the streak.")
    freeze_price: int | None = rule("Points for a freeze; null sells none.")
    freeze_held_most: int | None = rule("Most freezes held by buying.")
    freeze_gap_most: int | None = rule("Most missed days in a row that freezes cover.")

    def given(self) -> dict[str, object]:
        """What the client gave, by column."""
        return {name: _plain(value) for name, value in vars(self).items() if value is not UNSET}


def _plain(value: object) -> object:
    return [{"days": rung.days, "points": rung.points} for rung in value] if isinstance(value, list) else value


@strawberry.input(description="A new check-in plan.")
class CreateCheckInPlanInput:
    name: str = strawberry.field(description="Its name.")
    scope: PlanScope = strawberry.field(default=PlanScope.ALL, description="Whose members may use it.")
    scope_id: strawberry.ID | None = strawberry.field(default=None, description="The circle or the group of the scope.")
    is_default: bool = strawberry.field(
        default=False, description="Whether it is used where a caller names no plan; the earlier default steps back."
    )
    rules: CheckInPlanRulesInput | None = strawberry.field(default=None, description="Its rules.")


@strawberry.input(description="Other rules for a plan, as a new version from now on.")
class UpdateCheckInPlanInput:
    plan_id: strawberry.ID = strawberry.field(description="The plan.")
    rules: CheckInPlanRulesInput = strawberry.field(description="What changes.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read; the change is refused where another one came between."
    )
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.type(description="A new plan.")
class CreateCheckInPlanPayload(Payload):
    plan: CheckInPlan | None = changed("The plan.")


@strawberry.type(description="A plan after a change.")
class UpdateCheckInPlanPayload(Payload):
    plan: CheckInPlan | None = changed("The plan.")
