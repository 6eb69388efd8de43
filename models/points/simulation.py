"""A simulation: a past period replayed against changed rules, before they are published. It writes nothing.

Both sets of rules, those in force and those drafted, are fed with the same causes: those that earn rules were asked
about, paid or not, and the check-ins of the period. Members stand as they stand today (their level, their groups), and
each budget holds its whole amount at the beginning. So the two are compared with each other, and not with what was paid
under rules that have changed since.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from uuid import UUID

from models.errors import DomainError, Invalid
from models.points.behaviour import Behaviour
from models.points.earn_cause import KEPT_FOR
from models.points.earn_decision import RuleVersion
from models.points.earn_rule import EarnRule
from models.points.replay import Paid
from models.points.replayed_world import CAUSES_MOST, Period, World

DAYS_MOST = 92
FED_AT_ONCE = 500
NAMED = 10
RULES_MOST = 60
BANDS = (-1_000, -100, -10, 0, 1, 11, 101, 1_001)
"""Where the bands of a member's change begin; the first one is open below."""


class SimulationTooLarge(DomainError):
    code = "SIMULATION_TOO_LARGE"
    zh = "该时间段有 {causes} 个行为，最多可模拟 {most} 个，请缩短时间段"
    en = "There were {causes} causes in this period, and {most} can be simulated; take a shorter one."
    field = "from"


@dataclass(frozen=True, slots=True)
class MemberChange:
    """What a member would have got before and after."""

    member_id: UUID
    before: int
    after: int

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Band:
    """How many members change by `least` to `most` points; None where it is open."""

    least: int | None
    most: int | None
    members: int


@dataclass(frozen=True)
class Simulation:
    """What the rules in force and the drafted ones would have paid."""

    begins_at: datetime
    ends_at: datetime
    cause_count: int
    causes_of: Counter[Behaviour]
    before: Paid
    after: Paid

    @cached_property
    def changes(self) -> list[MemberChange]:
        """Every member that either set pays, by id."""
        ids = sorted(self.before.of_member.keys() | self.after.of_member.keys())
        return [MemberChange(one, self.before.of_member[one], self.after.of_member[one]) for one in ids]

    def winners(self) -> list[MemberChange]:
        found = [one for one in self.changes if one.change > 0]
        return sorted(found, key=lambda one: -one.change)[:NAMED]

    def losers(self) -> list[MemberChange]:
        found = [one for one in self.changes if one.change < 0]
        return sorted(found, key=lambda one: one.change)[:NAMED]

    def distribution(self) -> list[Band]:
        """How many members gain and lose how much, the largest loss first."""
        edges: list[int | None] = [None, *BANDS, None]
        changes = [one.change for one in self.changes]
        bands = []
        for least, following in pairwise(edges):
            most = following - 1 if following is not None else None
            held = sum((least is None or one >= least) and (most is None or one <= most) for one in changes)
            bands.append(Band(least, most, held))
        return bands


async def simulate(
    drafts: Sequence[RuleVersion], *, begins_at: datetime, ends_at: datetime, at: datetime
) -> Simulation:
    """Replay a period: the drafts take the place of all rules of the behaviours that they name.

    Raises `Invalid` for a period that is empty, too long or no longer known, and `SimulationTooLarge`.
    """
    _check(drafts, begins_at, ends_at, at)
    period = Period(begins_at, ends_at)
    if (count := await period.count()) > CAUSES_MOST:
        raise SimulationTooLarge(causes=count, most=CAUSES_MOST)
    current = await EarnRule.in_force()
    changed = {draft.behaviour for draft in drafts}
    proposed = [*(rule for rule in current if rule.behaviour not in changed), *drafts]
    world = await World.read((*current, *proposed), period, at=at)
    before, after = await world.replay(current), await world.replay(proposed)
    seen = Counter[Behaviour]()
    for fed, past in enumerate(await period.causes(world.circles)):
        seen[past.cause.behaviour] += 1
        before.feed(past)
        after.feed(past)
        if fed % FED_AT_ONCE == 0:
            await asyncio.sleep(0)  # Whoever asks for something else meanwhile has its turn.
    return Simulation(begins_at, ends_at, seen.total(), seen, before.paid, after.paid)


def _check(drafts: Sequence[RuleVersion], begins_at: datetime, ends_at: datetime, at: datetime) -> None:
    if not begins_at < min(ends_at, at):
        raise Invalid("to", zh="结束时间应晚于开始时间", en="it must be after the start, which must be past")
    if ends_at - begins_at > timedelta(days=DAYS_MOST):
        raise Invalid("to", zh=f"最多 {DAYS_MOST} 天", en=f"a period has at most {DAYS_MOST} days")
    if begins_at < at - KEPT_FOR:
        raise Invalid("from", zh=f"仅保留 {KEPT_FOR.days} 天", en=f"causes are kept for {KEPT_FOR.days} days")
    if not 1 <= len(drafts) <= RULES_MOST:
        raise Invalid("rules", zh=f"应为 1–{RULES_MOST} 条", en=f"draft 1 to {RULES_MOST} rules")
    if len({(draft.behaviour, draft.code) for draft in drafts}) < len(drafts):
        raise Invalid("rules", zh="规则重复", en="a rule is drafted twice")
    for draft in drafts:
        draft.terms.checked()
