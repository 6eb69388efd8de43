"""The terms of earn rules in the contract: how the amount comes about, limits, whom a rule is for."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

import strawberry

from models.points.behaviour import Behaviour, Fact
from models.points.earn_amount import AmountKind, Formula, Peak, Rounding, Step, Tiers
from models.points.earn_terms import Combining, EarnTerms
from schema.enums import publish
from schema.members.audience import AudienceInput
from schema.scalars import BigInt

publish(
    Behaviour,
    "What a member can be paid for.",
    checked_in="A check-in: a bonus beside what its plan pays.",
    profile_completed="Completing the archive.",
    introduced="Introducing oneself.",
    invite_registered="Somebody invited has registered.",
    invite_introduced="Somebody invited has introduced itself.",
    invite_first_check_in="Somebody invited has checked in for the first time.",
    invite_first_purchase="Somebody invited has bought for the first time.",
    invite_tier="So many of one's invitees have reached a stage; the fact `count` says how many.",
    invited_registered="A member that was invited has registered.",
    invited_introduced="A member that was invited has introduced itself.",
    invited_first_check_in="A member that was invited has checked in for the first time.",
    invited_first_purchase="A member that was invited has bought something for the first time.",
    grand_invite_registered="Somebody invited by an invitee has registered.",
    grand_invite_introduced="Somebody invited by an invitee has introduced itself.",
    grand_invite_first_check_in="Somebody invited by an invitee has checked in for the first time.",
    grand_invite_first_purchase="Somebody invited by an invitee has bought something for the first time.",
    posted="A post.",
    interacted="A comment or a like.",
    played="A game.",
    task_done="A task.",
    purchased="A purchase.",
    course_attended="A course.",
    quiz_passed="A quiz, passed for the first time.",
    event_attended="An event.",
)
publish(
    Fact,
    "A whole number about what a member did, which an amount may go by.",
    spent_minor="Money spent, in minor units.",
    minutes="Minutes that it took.",
    score="The score that was reached.",
    count="How many of something.",
    words="How many characters were written.",
    streak_days="The streak that a check-in made.",
    cycle_day="Which day of its cycle a check-in was.",
)
publish(
    AmountKind,
    "What the points follow from.",
    fixed="They are always the same.",
    formula="So many for each unit of a fact.",
    tier="By the step that a fact reaches.",
)
publish(
    Rounding,
    "What becomes of a part of a unit, or of a point.",
    whole_units="Only whole units are paid for.",
    down="Parts are paid for; part of a point is dropped.",
    nearest="Parts are paid for; half a point becomes a whole one.",
    up="Parts are paid for; part of a point becomes a whole one.",
)
publish(
    Combining,
    "How a rule goes with the others of its behaviour.",
    best="Of the rules of this kind the one pays that pays the most.",
    adds="It pays beside the others.",
)


@strawberry.type(description="So many points for each unit of a fact.")
class EarnFormula:
    fact: Fact = strawberry.field(description="The fact.")
    points: BigInt = strawberry.field(description="Points for a unit.")
    per: BigInt = strawberry.field(description="How much of the fact is a unit; 100 of minor units is one of money.")
    rounding: Rounding = strawberry.field(description="What becomes of parts.")
    least: BigInt = strawberry.field(description="The least that is paid where anything is.")
    most: BigInt | None = strawberry.field(description="The most that is paid for one cause.")


@strawberry.type(description="From a value of a fact on, so many points.")
class EarnStep:
    value: BigInt = strawberry.field(description="From this value on.")
    points: BigInt = strawberry.field(description="Points in all, not beside those of lower steps.")


@strawberry.type(description="Points by the step that a fact reaches.")
class EarnTiers:
    fact: Fact = strawberry.field(description="The fact.")
    steps: list[EarnStep] = strawberry.field(description="By rising value; below the first nothing is paid.")


@strawberry.type(description="A period in which a rule pays more, or less.")
class EarnPeak:
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when.")
    percent: int = strawberry.field(description="Percent of what is paid else; 200 is double.")


@strawberry.type(description="What a rule pays members of a level.")
class EarnLevelPercent:
    level: int = strawberry.field(description="The level's position.")
    percent: int = strawberry.field(description="Percent of what others are paid.")


@strawberry.input(description="So many points for each unit of a fact.")
class EarnFormulaInput:
    fact: Fact = strawberry.field(description="The fact.")
    points: BigInt = strawberry.field(description="Points for a unit, above 0.")
    per: BigInt = strawberry.field(default=BigInt(1), description="How much of the fact is a unit.")
    rounding: Rounding = strawberry.field(default=Rounding.WHOLE_UNITS, description="What becomes of parts.")
    least: BigInt = strawberry.field(default=BigInt(0), description="The least that is paid where anything is.")
    most: BigInt | None = strawberry.field(default=None, description="The most that is paid for one cause.")


@strawberry.input(description="From a value of a fact on, so many points.")
class EarnStepInput:
    value: BigInt = strawberry.field(description="From this value on.")
    points: BigInt = strawberry.field(description="Points in all.")


@strawberry.input(description="Points by the step that a fact reaches.")
class EarnTiersInput:
    fact: Fact = strawberry.field(description="The fact.")
    steps: list[EarnStepInput] = strawberry.field(description="1 to 50, by rising value.")


@strawberry.input(description="A period in which a rule pays more, or less.")
class EarnPeakInput:
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when.")
    percent: int = strawberry.field(description="Percent of what is paid else, 0 to 10000.")


@strawberry.input(description="What a rule pays members of a level.")
class EarnLevelPercentInput:
    level: int = strawberry.field(description="The level's position.")
    percent: int = strawberry.field(description="Percent of what others are paid, 0 to 10000.")


@strawberry.input(description="A fact about what a member would do.")
class FactInput:
    fact: Fact = strawberry.field(description="Which.")
    value: BigInt = strawberry.field(description="How much.")


@strawberry.input(description="What a rule says.")
class EarnTermsInput:
    amount: BigInt = strawberry.field(default=BigInt(0), description="Points each time, where they are fixed.")
    growth: BigInt = strawberry.field(default=BigInt(0), description="Growth each time.")
    growth_percent: int = strawberry.field(default=0, description="Growth beside it, in percent of the points.")
    amount_kind: AmountKind = strawberry.field(default=AmountKind.FIXED, description="What the points follow from.")
    formula: EarnFormulaInput | None = strawberry.field(default=None, description="For an amount by formula.")
    tiers: EarnTiersInput | None = strawberry.field(default=None, description="For an amount by steps.")
    level_percents: list[EarnLevelPercentInput] = strawberry.field(
        default_factory=list, description="Levels that are paid more, or less; at most 50."
    )
    peaks: list[EarnPeakInput] = strawberry.field(
        default_factory=list, description="Periods in which more, or less, is paid; the largest holds; at most 20."
    )
    combining: Combining = strawberry.field(
        default=Combining.BEST, description="How it goes with the behaviour's other rules."
    )
    day_most: int | None = strawberry.field(default=None, description="Most times a day.")
    week_most: int | None = strawberry.field(default=None, description="Most times an ISO week.")
    month_most: int | None = strawberry.field(default=None, description="Most times a month.")
    lifetime_most: int | None = strawberry.field(default=None, description="Most times ever; 1 pays once.")
    day_points_most: BigInt | None = strawberry.field(default=None, description="Most points a day.")
    week_points_most: BigInt | None = strawberry.field(default=None, description="Most points an ISO week.")
    month_points_most: BigInt | None = strawberry.field(default=None, description="Most points a month.")
    lifetime_points_most: BigInt | None = strawberry.field(default=None, description="Most points ever.")
    target_day_most: int | None = strawberry.field(default=None, description="Most times a day for the same thing.")
    target_most: int | None = strawberry.field(default=None, description="Most times ever for the same thing.")
    pair_day_most: int | None = strawberry.field(default=None, description="Most times a day with the same member.")
    pair_most: int | None = strawberry.field(default=None, description="Most times ever with the same member.")
    cooldown_minutes: int = strawberry.field(default=0, description="Least minutes between two times.")
    requires: list[Behaviour] = strawberry.field(
        default_factory=list, description="Behaviours that must all have been paid before."
    )
    audience: AudienceInput | None = strawberry.field(default=None, description="Whom it is for; all if absent.")
    starts_at: datetime | None = strawberry.field(default=None, description="From when it pays.")
    ends_at: datetime | None = strawberry.field(default=None, description="Until when it pays.")
    release_days: int | None = strawberry.field(default=None, description="Days that the points wait.")
    needs_review: bool = strawberry.field(
        default=False, description="Whether the points wait until staff approve them, or the days are over."
    )
    budget_name: str | None = strawberry.field(default=None, description="The name of the budget that pays.")

    async def terms(self) -> EarnTerms:
        """What the record takes; raises `NotFound` and `Invalid` for an audience that cannot be."""
        plain = {one.name: getattr(self, one.name) for one in fields(EarnTerms)}
        steps = tuple(Step(**vars(one)) for one in self.tiers.steps) if self.tiers else ()
        nested = {
            "formula": Formula(**vars(self.formula)) if self.formula else None,
            "tiers": Tiers(self.tiers.fact, steps) if self.tiers else None,
            "level_percents": {one.level: one.percent for one in self.level_percents},
            "peaks": tuple(Peak(**vars(one)) for one in self.peaks),
            "requires": tuple(dict.fromkeys(self.requires)),
            "audience": await AudienceInput.read(self.audience),
        }
        return EarnTerms(**{**plain, **nested})


def facts_of(given: Sequence[FactInput] | None) -> dict[str, int]:
    return {str(one.fact): one.value for one in given or ()}
