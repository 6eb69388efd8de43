"""Ways to earn: every behaviour that pays at present, what it pays a member now, and what stands against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from models.eligibility import Eligibility
from models.points.behaviour import Behaviour
from models.points.earn_decision import Candidate, Cause, Standing
from models.points.earn_preview import weighed
from models.points.earn_rule import EarnRule
from models.points.earn_standing import EarnCase


@dataclass(frozen=True)
class EarnWay:
    """One behaviour for one member: `candidates` are its rules, with what each has paid the member."""

    behaviour: Behaviour
    eligibility: Eligibility
    candidates: Sequence[Candidate]
    standing: Standing


async def ways_to_earn(member_id: UUID, *, at: datetime) -> list[EarnWay]:
    """What pays a member at `at`: one for each behaviour that has a rule in force which is not paused or over."""
    rules = [rule for rule in await EarnRule.in_force() if not rule.is_over(at)]
    case = await EarnCase.of(member_id, rules, at=at)
    ways = []
    for behaviour, some in groupby(case.candidates, key=lambda one: one.rule.behaviour):
        candidates = list(some)
        of_behaviour = EarnCase(case.standing, candidates, case.budgets)
        ways.append(EarnWay(behaviour, weighed(of_behaviour, Cause(behaviour, at)), candidates, case.standing))
    return ways
