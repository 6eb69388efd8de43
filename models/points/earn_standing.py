"""Where a member stands towards rules: read for a payment or a preview, in a bounded number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from models.errors import NotFound
from models.members.member import ACTIVE
from models.points.budget_balance import BudgetBalance
from models.points.earn_decision import Candidate, Cause, Purse, RuleVersion, Standing, Tally
from models.points.earn_tally import paid_behaviours, tallies_of
from models.points.level_statement import position_of, speed_of
from store.database import fetch

_STANDING = (
    f"SELECT m.status, m.is_returning, {position_of('m.id')} AS level, {speed_of('m.id')} AS speed_percent "  # noqa: S608 - own text
    "FROM member m WHERE m.id = $1"
)


@dataclass(frozen=True)
class EarnCase:
    """Rules as candidates for one member, in their order; `budgets` are those that would pay, by id."""

    standing: Standing
    candidates: Sequence[Candidate]
    budgets: dict[UUID, BudgetBalance] = field(default_factory=dict)

    @classmethod
    async def of(
        cls,
        member_id: UUID,
        rules: Sequence[RuleVersion],
        *,
        at: datetime,
        cause: Cause | None = None,
        circle_id: UUID | None = None,
    ) -> "EarnCase":
        """The case of a member for rules of one behaviour and its cause, or of all behaviours without any."""
        standing = await _standing(member_id, rules)
        tallies = await tallies_of(member_id, rules, at=at, cause=cause) if rules else {}
        budgets = await _budgets(member_id, rules, at=at, circle_id=circle_id)
        purses = {name: found.purse if found else Purse(None, 0) for name, found in budgets.items()}
        # Rules of one behaviour are often for the same members.
        audiences = dict.fromkeys(rule.terms.audience for rule in rules)
        outside = {one: await one.refusals(member_id, at=at) for one in audiences}
        candidates = [
            Candidate(
                rule,
                tallies.get((rule.behaviour, rule.code)) or Tally(),
                outside[rule.terms.audience],
                purses.get(rule.terms.budget_name) if rule.terms.budget_name else None,
            )
            for rule in rules
        ]
        return cls(standing, candidates, {found.id: found for found in budgets.values() if found})


async def _standing(member_id: UUID, rules: Sequence[RuleVersion]) -> Standing:
    """Where a member stands, its level and all, in one statement beside what rules require."""
    rows = await fetch(_STANDING, member_id)
    if not rows:
        raise NotFound()
    [row] = rows
    return Standing(
        is_active=row["status"] in ACTIVE,
        is_returning=bool(row["is_returning"]),
        level=int(row["level"]),
        paid=await paid_behaviours(member_id, rules),
        speed_percent=int(row["speed_percent"]),
    )


async def _budgets(
    member_id: UUID, rules: Sequence[RuleVersion], *, at: datetime, circle_id: UUID | None
) -> dict[str, BudgetBalance | None]:
    """The budgets that the rules name, by name; None where there is none at present."""
    names = sorted({rule.terms.budget_name for rule in rules if rule.terms.budget_name})
    return {name: await BudgetBalance.that_pays(name, member_id, at=at, circle_id=circle_id) for name in names}
