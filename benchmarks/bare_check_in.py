"""A check-in written by hand: the statements that the rules need, on one connection, and the answer from what they say.

Nothing is read again that is known already. The rules of streaks and rewards are the project's own pure functions, and
so is the way a standing is brought to the boards after the commit, which is shared by all check-ins of a moment.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import orjson

from models.checkins.plan import CheckInPlan
from models.checkins.streak import Progress, rewards_due
from models.eligibility import Due
from models.insight.standing import TOPIC
from models.points.account import Bucket, Currency, of_member, of_platform
from models.points.lot import NEVER
from store.ids import new_id
from store.outbox import RELAY_AFTER

PLAN = "SELECT * FROM check_in_plan WHERE is_default AND is_active ORDER BY id DESC LIMIT 1"
GROUP = (
    "SELECT m.group_id FROM membership m JOIN chat_group g ON g.id = m.group_id "
    "WHERE m.member_id = $1 AND g.status = 'active' ORDER BY m.joined_at, m.id LIMIT 1"
)
STREAK = (
    "SELECT current_days, longest_days, total_days, cycle_done, run_started_on, last_day, cycle_started_on "
    "FROM streak WHERE member_id = $1 AND plan_id = $2"
)
CLAIM = (
    "INSERT INTO idempotency_key (id, principal, operation, key, input_hash, result_id, created_at) "
    "VALUES ($1, $2, 'CheckIn', $3, $4, $5, $6)"
)
TOUCH = (
    "UPDATE member SET version = version + 1, last_active_at = $1 "
    "WHERE id = $2 AND status IN ('normal', 'muted') RETURNING version"
)
CHECK_IN = (
    "INSERT INTO check_in (id, member_id, plan_id, plan_version, group_id, business_day, kind, day_index, streak_days, "
    "points_paid, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'daily', $7, $8, $9, $10)"
)
KEEP = (
    "INSERT INTO streak (id, member_id, plan_id, current_days, longest_days, total_days, cycle_done, run_started_on, "
    "last_day, cycle_started_on, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
    "ON CONFLICT (member_id, plan_id) DO UPDATE SET current_days = excluded.current_days, "
    "longest_days = excluded.longest_days, total_days = excluded.total_days, cycle_done = excluded.cycle_done, "
    "run_started_on = excluded.run_started_on, last_day = excluded.last_day, "
    "cycle_started_on = excluded.cycle_started_on, updated_at = excluded.updated_at"
)
PAY = (
    "UPDATE account SET balance = balance + $1, earned_total = earned_total + $1 "
    "WHERE id = $2 AND balance + $1 >= 0 RETURNING balance"
)
ENTRIES = (
    "INSERT INTO point_entry (id, transfer_id, account_id, member_id, currency, bucket, amount, balance_after, reason, "
    "source, rule_id, rule_version, earned_at, posted_at) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], "
    "$4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::uuid[], $12::int[], "
    "$13::timestamptz[], $14::timestamptz[])"
)
LOT = (
    "INSERT INTO point_lot (id, account_id, member_id, expires_at, remaining) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (account_id, expires_at) DO UPDATE SET remaining = point_lot.remaining + excluded.remaining"
)
OUTBOX = "INSERT INTO outbox (id, topic, payload, attempts, created_at, due_at) VALUES ($1, $2, $3, 0, $4, $5)"

Answer = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """A check-in that is committed: its answer, what the boards have to be told, and the outbox row that says so."""

    answer: Answer
    payload: dict[str, object]
    effect_id: UUID


async def check_in(connection: asyncpg.Connection, member_id: UUID, given: Mapping[str, Any], *, at: datetime) -> Made:
    plan = CheckInPlan._init_from_db(**await connection.fetchrow(PLAN))
    day, check_in_id = plan.day_of(at), new_id()
    async with connection.transaction():
        key = given["idempotencyKey"]
        print_of = hashlib.sha256(orjson.dumps(given, option=orjson.OPT_SORT_KEYS)).hexdigest()
        await connection.execute(CLAIM, new_id(), f"member:{member_id}", key, print_of, check_in_id, at)
        await connection.fetchval(TOUCH, at, member_id)
        group_id = await connection.fetchval(GROUP, member_id)
        before = await connection.fetchrow(STREAK, member_id, plan.id)
        after = (Progress(*before) if before else Progress()).advance(day, plan)
        due = rewards_due(after, plan)
        paid = sum(one.points for one in due)
        await connection.execute(
            CHECK_IN,
            check_in_id,
            member_id,
            plan.id,
            plan.version,
            group_id,
            day,
            after.cycle_done,
            after.current_days,
            paid,
            at,
        )
        await connection.execute(KEEP, new_id(), member_id, plan.id, *vars(after).values(), at)
        balance = await _pay(connection, member_id, plan, due, f"check_in:{check_in_id}", at=at)
        payload: dict[str, object] = {"member_ids": [str(member_id)], "at": at.isoformat()}
        effect = new_id()
        await connection.execute(OUTBOX, effect, TOPIC, orjson.dumps(payload).decode(), at, at + RELAY_AFTER)
    made = {
        "businessDay": day,
        "dayIndex": after.cycle_done,
        "streakDays": after.current_days,
        "pointsPaid": paid,
    }
    viewer = {"account": {"available": str(balance)}, "streakDays": after.current_days}
    next_at = plan.opens_at(day + timedelta(days=1))
    told = {"checkIn": made, "viewer": viewer, "nextAt": next_at, "userErrors": []}
    return Made({"checkIn": told}, payload, effect)


async def _pay(
    connection: asyncpg.Connection, member_id: UUID, plan: CheckInPlan, due: list[Due], source: str, *, at: datetime
) -> int:
    """Post what is due, pair by pair; returns what can be spent now."""
    points = sum(one.points for one in due)
    balances = {}
    amounts = {Currency.POINTS: points, Currency.GROWTH: sum(one.growth for one in due)}
    for account, currency in sorted((of_member(member_id, currency).id, currency) for currency in Currency):
        balances[currency] = await connection.fetchval(PAY, amounts[currency], account) - amounts[currency]
    rows: list[tuple[object, ...]] = []
    for one in due:
        for currency, amount in ((Currency.POINTS, one.points), (Currency.GROWTH, one.growth)):
            if not amount:
                continue
            balances[currency] += amount
            pool, own, transfer = of_platform(Bucket.ISSUED, currency).id, of_member(member_id, currency).id, new_id()
            shared = (one.reason, source, plan.id, plan.version)
            rows.append((new_id(), transfer, pool, None, currency, "issued", -amount, None, *shared, None, at))
            rows.append(
                (new_id(), transfer, own, member_id, currency, "available", amount, balances[currency], *shared, at, at)
            )
    await connection.execute(ENTRIES, *(list(column) for column in zip(*rows, strict=True)))
    if points:
        await connection.execute(LOT, new_id(), of_member(member_id).id, member_id, NEVER, points)
    return int(balances[Currency.POINTS])
