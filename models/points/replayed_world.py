"""What a replay reads: the causes of a period, and where the members stand whose they are; a few statements in all.

There may be hundreds of thousands of rows, so a thread makes of them what the replay takes, and whoever asks for
something else meanwhile has its turn.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from models.members.audience import EVERYBODY, Audience
from models.members.member import ACTIVE
from models.points.behaviour import Behaviour
from models.points.earn_decision import Cause, Purse, RuleVersion, Standing
from models.points.level_statement import position_of, speed_of
from models.points.replay import PastCause, PastPayment, Replay
from store.brand_day import Windows, brand_day
from store.clock import as_instant
from store.database import among, fetch, fetch_rows, fetch_value
from store.ids import as_id

CAUSES_MOST = 300_000

_BEHAVIOURS = {str(one): one for one in Behaviour}
_IN_SETS = {"level_least", "circle_ids", "group_ids", "new_within_days"}
"""The conditions of an audience that are asked of everybody at once; others are asked member by member."""

_CHECK_INS = "FROM check_in c WHERE c.created_at >= $1 AND c.created_at < $2 AND c.voided_at IS NULL"
_CAUSES = "FROM earn_cause e WHERE e.created_at >= $1 AND e.created_at < $2 AND e.behaviour <> 'checked_in'"
_MEMBERS = f"(SELECT e.member_id {_CAUSES} UNION SELECT c.member_id {_CHECK_INS})"


@dataclass(frozen=True)
class Period:
    """From one instant up to another; the check-ins of it are causes, whether or not a rule was asked about them."""

    begins_at: datetime
    ends_at: datetime

    async def count(self) -> int:
        counts = f"SELECT (SELECT COUNT(*) {_CAUSES}) + (SELECT COUNT(*) {_CHECK_INS})"
        return int(await fetch_value(counts, self.begins_at, self.ends_at))

    async def causes(self, circles: Mapping[UUID, Sequence[UUID]]) -> list[PastCause]:
        """All of them in the order of their instants."""
        ends = self.begins_at, self.ends_at
        rows, check_ins = await fetch_rows(_READ_CAUSES, *ends), await fetch_rows(_READ_CHECK_INS, *ends)
        return await asyncio.to_thread(_past, rows, check_ins, circles)


@dataclass(frozen=True)
class World:
    """What a replay begins with: where members stand, what budgets hold, what was paid before the period."""

    standings: Mapping[UUID, Standing]
    circles: Mapping[UUID, Sequence[UUID]]
    audiences: Mapping[Audience, frozenset[UUID]]
    budgets: Mapping[tuple[str, UUID | None], Purse]
    before: Sequence[PastPayment]

    @classmethod
    async def read(cls, rules: Sequence[RuleVersion], period: Period, *, at: datetime) -> "World":
        standings = await _standings(period)
        wanted = {rule.terms.audience for rule in rules} - {EVERYBODY}
        audiences = {one: await _members_of(one, standings, at=at) for one in sorted(wanted, key=repr)}
        names = {rule.terms.budget_name for rule in rules if rule.terms.budget_name}
        circles = await _circles(period) if names else {}
        budgets = await _budgets(names, period) if names else {}
        return cls(standings, circles, audiences, budgets, await _paid_before(rules, period))

    async def replay(self, rules: Sequence[RuleVersion]) -> Replay:
        return await asyncio.to_thread(self._replay, rules)

    def _replay(self, rules: Sequence[RuleVersion]) -> Replay:
        purses = {key: Purse(purse.budget_id, purse.left) for key, purse in self.budgets.items()}
        return Replay(rules, self.standings, audiences=self.audiences, purses=purses, before=self.before)


_READ_CAUSES = (
    f"SELECT e.member_id, e.behaviour, e.created_at, e.facts, e.target, e.pair_id, e.circle_id {_CAUSES} "
    "ORDER BY e.created_at, e.id"
)
_READ_CHECK_INS = (
    f"SELECT c.member_id, c.created_at, c.streak_days, c.day_index {_CHECK_INS} AND c.kind = 'daily' "
    "ORDER BY c.created_at, c.id"
)
_READ_STANDINGS = (
    f"SELECT m.id, m.status, m.is_returning, {position_of('m.id')} AS level, {speed_of('m.id')} AS speed_percent "  # noqa: S608 - own text
    f"FROM member m WHERE m.id IN {_MEMBERS}"
)
_READ_CIRCLES = (
    "SELECT m.member_id, g.circle_id FROM membership m JOIN chat_group g ON g.id = m.group_id "  # noqa: S608 - own text
    f"WHERE g.status = 'active' AND m.member_id IN {_MEMBERS} ORDER BY m.joined_at, m.id"
)
_READ_LATELY = (
    "SELECT e.member_id, e.behaviour, e.rule_code, e.created_at, e.amount, 1 AS times, e.target, e.pair_id "  # noqa: S608 - own text
    "FROM earning e WHERE e.created_at >= $3 AND e.created_at < $1 AND e.reversed_at IS NULL "
    f"AND e.member_id IN {_MEMBERS}"
)
_READ_LONG_AGO = (
    "SELECT e.member_id, e.behaviour, e.rule_code, MAX(e.created_at) AS created_at, "  # noqa: S608 - own text
    "CAST(SUM(e.amount) AS BIGINT) AS amount, COUNT(*) AS times, e.target, e.pair_id FROM earning e "
    f"WHERE e.created_at < $3 AND e.reversed_at IS NULL AND e.member_id IN {_MEMBERS} "
    "GROUP BY e.member_id, e.behaviour, e.rule_code, e.target, e.pair_id"
)


def _past(rows: Sequence[Any], check_ins: Sequence[Any], circles: Mapping[UUID, Sequence[UUID]]) -> list[PastCause]:
    # Ids of members come again and again, and as text from SQLite.
    as_known = lru_cache(maxsize=CAUSES_MOST)(as_id)
    found = [_past_cause(row, circles, as_known) for row in rows]
    found += [_past_check_in(row, circles) for row in check_ins]
    return sorted(found, key=lambda past: past.cause.at)


def _past_cause(row: Any, circles: Mapping[UUID, Sequence[UUID]], as_id: Callable[[object], UUID]) -> PastCause:
    member_id, behaviour, created_at, facts, target, pair_id, circle_id = tuple(row)
    of_member, found = as_id(member_id), orjson.loads(facts) if isinstance(facts, str) else facts
    cause = Cause(_BEHAVIOURS[behaviour], as_instant(created_at), found, target, as_id(pair_id) if pair_id else None)
    return PastCause(of_member, cause, (as_id(circle_id),) if circle_id else circles.get(of_member, ()))


def _past_check_in(row: Any, circles: Mapping[UUID, Sequence[UUID]]) -> PastCause:
    member_id, created_at, streak_days, day_index = tuple(row)
    facts = {"streak_days": streak_days, "cycle_day": day_index}
    of_member = as_id(member_id)
    return PastCause(of_member, Cause(Behaviour.CHECKED_IN, as_instant(created_at), facts), circles.get(of_member, ()))


async def _standings(period: Period) -> dict[UUID, Standing]:
    rows = await fetch_rows(_READ_STANDINGS, period.begins_at, period.ends_at)
    return await asyncio.to_thread(lambda: dict(map(_standing, rows)))


def _standing(row: Any) -> tuple[UUID, Standing]:
    member_id, status, is_returning, level, speed_percent = tuple(row)
    return as_id(member_id), Standing(status in ACTIVE, bool(is_returning), level, speed_percent=speed_percent)


async def _circles(period: Period) -> dict[UUID, list[UUID]]:
    """The circles of each member, the earliest joined first."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for row in await fetch(_READ_CIRCLES, period.begins_at, period.ends_at):
        found[as_id(row["member_id"])].append(as_id(row["circle_id"]))
    return found


async def _budgets(names: set[str], period: Period) -> dict[tuple[str, UUID | None], Purse]:
    """The latest budget of each name and circle, with all that it was given; a month's for each month of the period."""
    first, last = brand_day(period.begins_at), brand_day(period.ends_at)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    found = {}
    wanted = among("b.name", 1, "text")
    for row in await fetch(f"SELECT b.* FROM budget b WHERE {wanted} ORDER BY b.opened_at, b.id", sorted(names)):  # noqa: S608 - own text
        amount = row["amount"] * (months if row["month"] else 1)
        circle_id = as_id(row["circle_id"]) if row["circle_id"] else None
        found[row["name"], circle_id] = Purse(as_id(row["id"]), amount if row["stops"] else None)
    return found


async def _paid_before(rules: Sequence[RuleVersion], period: Period) -> list[PastPayment]:
    """What the limits still count of the time before: line by line since the month began, in sums from before that."""
    windows = Windows.at(period.begins_at)
    cooldown = timedelta(minutes=max((rule.terms.cooldown_minutes for rule in rules), default=0))
    since = min(windows.month_from, windows.week_from, period.begins_at - cooldown)
    rows = [*await fetch(_READ_LATELY, period.begins_at, period.ends_at, since)]
    if any(rule.terms.looks_back for rule in rules):
        rows += await fetch(_READ_LONG_AGO, period.begins_at, period.ends_at, since)
    return await asyncio.to_thread(lambda: list(map(_past_payment, rows)))


def _past_payment(row: Mapping[str, Any]) -> PastPayment:
    return PastPayment(
        as_id(row["member_id"]),
        Behaviour(row["behaviour"]),
        row["rule_code"],
        as_instant(row["created_at"]),
        row["amount"],
        row["times"],
        row["target"],
        as_id(row["pair_id"]) if row["pair_id"] else None,
    )


async def _members_of(audience: Audience, standings: Mapping[UUID, Standing], *, at: datetime) -> frozenset[UUID]:
    """Those of the members who belong to an audience today."""
    if audience.to_json().keys() - _IN_SETS:
        return frozenset([one for one in standings if not await audience.refusals(one, at=at)])
    found = set(standings)
    if audience.level_least is not None:
        found &= {one for one, standing in standings.items() if standing.level >= audience.level_least}
    if audience.new_within_days is not None:
        since = at - timedelta(days=audience.new_within_days)
        found &= {as_id(row["id"]) for row in await fetch("SELECT id FROM member WHERE joined_at > $1", since)}
    if audience.circle_ids or audience.group_ids:
        places = (
            "SELECT DISTINCT m.member_id FROM membership m JOIN chat_group g ON g.id = m.group_id WHERE "  # noqa: S608 - own text
            f"g.status = 'active' AND ({among('g.circle_id', 1, 'uuid')} OR {among('g.id', 2, 'uuid')})"
        )
        rows = await fetch(places, list(audience.circle_ids), list(audience.group_ids))
        found &= {as_id(row["member_id"]) for row in rows}
    return frozenset(found)
