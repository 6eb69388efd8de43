"""The preview of a payment: what a member may expect of the rules, or all that stands against each of them."""

from collections.abc import Sequence

from models.eligibility import Due, Eligibility
from models.points.earn_decision import Cause, NothingToEarn, RuleVersion, offered, refusals
from models.points.earn_standing import EarnCase
from models.points.earn_terms import Combining


def weighed(case: EarnCase, cause: Cause) -> Eligibility:
    """What a member may expect of its rules: what is paid now, or all that stands against each of them."""
    against = [list(refusals(one, cause, case.standing, is_asked=True)) for one in case.candidates]
    offers = [
        (one.rule, *offered(one, cause, case.standing))
        for one, found in zip(case.candidates, against, strict=True)
        if not found
    ]
    if offers:
        return Eligibility((), _preview(offers))
    told = {(refusal.code, refusal.retry_at): refusal for found in against for refusal in found}
    rest = [(one.rule, *case.standing.due(one.rule.terms, cause.facts, at=cause.at)) for one in case.candidates]
    return Eligibility(list(told.values()) or [NothingToEarn()], _preview(rest))


def _preview(offers: Sequence[tuple[RuleVersion, int, int]]) -> list[Due]:
    """The best of those of which one pays, and those that add."""
    adding = [one for one in offers if one[0].terms.combining is Combining.ADDS]
    best = max((one for one in offers if one not in adding), key=lambda one: one[1:], default=None)
    return [Due(rule.behaviour, points, growth) for rule, points, growth in ([best] if best else []) + adding]
