"""Earn rules in the contract."""

from datetime import datetime
from typing import Any

import strawberry

from auth.caller import CallerKind
from auth.context import Context
from engine.declare import Node, computed, mirrored, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.points.behaviour import Behaviour
from models.points.earn_amount import AmountKind, Formula, Peak, Tiers
from models.points.earn_rule import EVERYDAY
from models.points.earn_rule import EarnRule as EarnRuleRecord
from models.points.earn_terms import Combining
from schema.members.audience import Audience, audience_field
from schema.payload import Payload, changed
from schema.points.earn_terms import EarnFormula, EarnLevelPercent, EarnPeak, EarnTermsInput, EarnTiers
from schema.scalars import BigInt


def _known(context: Context) -> Condition:
    """Members and staff may know what pays."""
    return EVERY_ROW if context.caller.kind in (CallerKind.MEMBER, CallerKind.STAFF) else NO_ROW


@record_type(EarnRuleRecord, description="What a behaviour pays, in one version of one rule.", visible=_known)
class EarnRule(Node):
    behaviour: Behaviour = strawberry.field(description="What is paid for.")
    code: str = strawberry.field(description="Its name among the rules of its behaviour.")
    title: str | None = strawberry.field(description="What it is, for members to read.")
    version: int = strawberry.field(description="Rises with every change.")
    is_active: bool = strawberry.field(description="Whether it is the version that pays.")
    is_paused: bool = strawberry.field(description="Whether the rule pays nothing at present.")
    combining: Combining = strawberry.field(description="How it goes with the behaviour's other rules.")
    amount: BigInt = strawberry.field(description="Points each time, where they are fixed.")
    amount_kind: AmountKind = strawberry.field(description="What the points follow from.")
    growth: BigInt = strawberry.field(description="Growth each time.")
    growth_percent: int = strawberry.field(description="Growth beside it, in percent of the points.")
    day_most: int | None = strawberry.field(description="Most times a day.")
    week_most: int | None = strawberry.field(description="Most times an ISO week.")
    month_most: int | None = strawberry.field(description="Most times a month.")
    lifetime_most: int | None = strawberry.field(description="Most times ever.")
    day_points_most: BigInt | None = strawberry.field(description="Most points a day.")
    week_points_most: BigInt | None = strawberry.field(description="Most points an ISO week.")
    month_points_most: BigInt | None = strawberry.field(description="Most points a month.")
    lifetime_points_most: BigInt | None = strawberry.field(description="Most points ever.")
    target_day_most: int | None = strawberry.field(description="Most times a day for the same thing.")
    target_most: int | None = strawberry.field(description="Most times ever for the same thing.")
    pair_day_most: int | None = strawberry.field(description="Most times a day with the same member.")
    pair_most: int | None = strawberry.field(description="Most times ever with the same member.")
    cooldown_minutes: int = strawberry.field(description="Least minutes between two times.")
    starts_at: datetime | None = strawberry.field(description="From when it pays.")
    ends_at: datetime | None = strawberry.field(description="Until when it pays.")
    release_days: int | None = strawberry.field(description="Days that the points wait for a review.")
    needs_review: bool = strawberry.field(description="Whether the points wait until staff approve them.")
    budget_name: str | None = strawberry.field(description="The name of the budget that pays.")
    audience: Audience | None = audience_field()

    @computed(needs=("formula",), description="The formula, where the amount goes by one.")
    def formula(self: Any) -> EarnFormula | None:
        found: EarnFormula | None = mirrored(Formula.from_json(self.formula)) if self.formula else None
        return found

    @computed(needs=("tiers",), description="The steps, where the amount goes by them.")
    def tiers(self: Any) -> EarnTiers | None:
        found: EarnTiers | None = mirrored(Tiers.from_json(self.tiers)) if self.tiers else None
        return found

    @computed(needs=("peaks",), bound=20, description="Periods in which it pays more, or less.")
    def peaks(self: Any) -> list[EarnPeak]:
        return [mirrored(Peak.from_json(one)) for one in self.peaks]

    @computed(needs=("level_percents",), bound=50, description="Levels that it pays more, or less.")
    def level_percents(self: Any) -> list[EarnLevelPercent]:
        found = sorted((int(level), percent) for level, percent in self.level_percents.items())
        return [EarnLevelPercent(level=level, percent=percent) for level, percent in found]

    @computed(needs=("requires",), bound=20, description="Behaviours that must all have been paid before.")
    def requires(self: Any) -> list[Behaviour]:
        return [Behaviour(one) for one in self.requires]


@strawberry.input(description="A rule for a behaviour, as a new version from now on.")
class PutEarnRuleInput(EarnTermsInput):
    behaviour: Behaviour = strawberry.field(description="What is paid for.")
    code: str = strawberry.field(
        default=EVERYDAY, description="Its name among the behaviour's rules: small letters, digits and hyphens."
    )
    title: str | None = strawberry.field(default=None, description="What it is, for members to read.")
    is_paused: bool = strawberry.field(default=False, description="Whether it pays nothing at present.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read, 0 for none; refused where another one came between."
    )
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.type(description="The rule that pays from now on.")
class PutEarnRulePayload(Payload):
    rule: EarnRule | None = changed("The new version.")
