"""What must hold in SQL after every fault, asked of the tables themselves and not of what the server says."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from models.checkins.card import CheckInCard
from models.checkins.check_in import CheckIn
from models.checkins.plan import CheckInPlan
from models.checkins.streak import Progress, Streak
from store.database import fetch, fetch_value

_LEDGER = {
    "a currency's entries do not sum to zero": (
        "SELECT currency, sum(amount) AS total FROM point_entry GROUP BY currency HAVING sum(amount) <> 0"
    ),
    "a movement is not two entries of sum zero": (
        "SELECT transfer_id FROM point_entry GROUP BY transfer_id HAVING count(*) <> 2 OR sum(amount) <> 0"
    ),
    "a holder's balance is not the sum of its entries": (
        "SELECT a.id, a.balance FROM account a LEFT JOIN point_entry e ON e.account_id = a.id "
        "WHERE a.holder <> 'platform' GROUP BY a.id, a.balance HAVING a.balance <> coalesce(sum(e.amount), 0)"
    ),
    "a balance is below zero": "SELECT id FROM account WHERE balance < 0",
    "a member's lots are not its balance": (
        "SELECT a.id, a.balance FROM account a LEFT JOIN point_lot l ON l.account_id = a.id "
        "WHERE a.holder = 'member' AND a.currency = 'points' AND a.bucket = 'available' "
        "GROUP BY a.id, a.balance HAVING a.balance <> coalesce(sum(l.remaining), 0)"
    ),
    "a line took other than its lots gave": (
        "SELECT e.id FROM point_entry e JOIN account a ON a.id = e.account_id AND a.holder = 'member' "
        "LEFT JOIN point_lot_use u ON u.entry_id = e.id WHERE e.amount < 0 AND e.currency = 'points' "
        "AND e.bucket = 'available' GROUP BY e.id, e.amount HAVING -e.amount <> coalesce(sum(u.amount), 0)"
    ),
    "a cause paid twice": ("SELECT source FROM point_entry GROUP BY account_id, reason, source HAVING count(*) > 1"),
    "a check-in without what it says it paid": (
        "SELECT c.id FROM check_in c LEFT JOIN point_entry e ON e.source = 'check_in:' || c.id "
        "AND e.member_id = c.member_id AND e.currency = 'points' "
        "GROUP BY c.id, c.points_paid HAVING c.points_paid <> coalesce(sum(e.amount), 0)"
    ),
    "a bought card that was not paid once": (
        "SELECT c.id FROM check_in_card c LEFT JOIN point_entry e ON e.source = 'card:' || c.id "
        "AND e.member_id = c.member_id WHERE c.source = 'bought' GROUP BY c.id "
        "HAVING count(e.id) <> 1 OR sum(e.amount) >= 0"
    ),
    "a grant that was not posted once": (
        "SELECT a.id FROM point_adjustment a LEFT JOIN point_entry e ON e.source = 'adjustment:' || a.id "
        "AND e.member_id = a.member_id WHERE a.kind <> 'reverse' GROUP BY a.id, a.amount "
        "HAVING count(e.id) <> 1 OR sum(e.amount) <> a.amount"
    ),
    "a gift that was not posted once to each": (
        "SELECT g.id FROM point_gift g LEFT JOIN point_entry e ON e.source = 'gift:' || g.id "
        "GROUP BY g.id, g.amount HAVING count(e.id) <> 2 OR max(e.amount) <> g.amount"
    ),
    "pieces reserved or sold are not those of orders": (
        "SELECT s.id FROM sku s LEFT JOIN (SELECT sku_id, "
        "sum(CASE WHEN status = 'awaiting_cash' THEN quantity ELSE 0 END) AS reserved, "
        "sum(CASE WHEN confirmed_at IS NOT NULL THEN quantity - returned_quantity ELSE 0 END) AS sold "
        "FROM mall_order GROUP BY sku_id) o ON o.sku_id = s.id "
        "WHERE s.reserved <> coalesce(o.reserved, 0) OR s.sold <> coalesce(o.sold, 0) OR s.stock < 0"
    ),
    "an order that did not take its points once": (
        "SELECT o.id FROM mall_order o LEFT JOIN point_entry e ON e.id = o.debit_entry_id "
        "WHERE o.points <> coalesce(-e.amount, 0)"
    ),
    "a share that was not paid once": (
        "SELECT s.id FROM red_packet_share s LEFT JOIN point_entry e ON e.source = 'red_packet_share:' || s.id "
        "AND e.member_id = s.member_id GROUP BY s.id, s.amount HAVING count(e.id) <> 1 OR sum(e.amount) <> s.amount"
    ),
    "a result that was not paid once": (
        "SELECT r.id FROM draw_result r LEFT JOIN point_entry e ON e.source = 'draw_result:' || r.id "
        "AND e.member_id = r.member_id AND e.amount > 0 GROUP BY r.id, r.points "
        "HAVING coalesce(sum(e.amount), 0) <> r.points"
    ),
    "chances used are not the results": (
        "SELECT c.id FROM draw_chance c LEFT JOIN draw_result r ON r.chance_id = c.id "
        "GROUP BY c.id, c.used HAVING c.used <> count(r.id)"
    ),
    "a key without what it stands for": (
        "SELECT k.operation, k.key FROM idempotency_key k "
        "WHERE k.operation = 'CheckIn' AND NOT EXISTS (SELECT 1 FROM check_in r WHERE r.id = k.result_id) "
        "OR k.operation = 'BuyCheckInCard' AND NOT EXISTS (SELECT 1 FROM check_in_card r WHERE r.id = k.result_id) "
        "OR k.operation = 'GivePoints' AND NOT EXISTS (SELECT 1 FROM point_gift r WHERE r.id = k.result_id) "
        "OR k.operation = 'PlaceOrder' AND NOT EXISTS (SELECT 1 FROM mall_order r WHERE r.id = k.result_id) "
        "OR k.operation = 'GrabRedPacket' AND NOT EXISTS (SELECT 1 FROM red_packet_share r WHERE r.id = k.result_id) "
        "OR k.operation = 'Draw' AND NOT EXISTS (SELECT 1 FROM draw_result r WHERE r.id = k.result_id) "
        "OR k.operation = 'GrantPoints' AND NOT EXISTS (SELECT 1 FROM point_adjustment r WHERE r.id = k.result_id)"
    ),
}


async def broken_promises() -> dict[str, list[Any]]:
    """Every promise that does not hold, with the rows that break it."""
    found = {sentence: [dict(row) for row in await fetch(sql)] for sentence, sql in _LEDGER.items()}
    found["a streak is not what its days make"] = await _wrong_streaks()
    return {sentence: rows for sentence, rows in found.items() if rows}


async def effects(keys: Sequence[str]) -> dict[str, int]:
    """How many results each key has: 1 where the act happened once, 0 where it never did."""
    counted = dict.fromkeys(keys, 0)
    for row in await fetch("SELECT key, count(*) AS results FROM idempotency_key GROUP BY key"):
        if row["key"] in counted:
            counted[row["key"]] = int(row["results"])
    return counted


async def outbox_size() -> int:
    return int(await fetch_value("SELECT count(*) FROM outbox"))


async def _wrong_streaks() -> list[Any]:
    """The streaks that differ from a replay of the days; also days without a streak, and a streak without days."""
    plans = {plan.id: plan for plan in await CheckInPlan.all()}
    days: dict[tuple[UUID, UUID], list[date]] = defaultdict(list)
    for made in await CheckIn.filter(voided_at__isnull=True).order_by("business_day"):
        days[made.member_id, made.plan_id].append(made.business_day)
    kept = {(one.member_id, one.plan_id): one.progress for one in await Streak.all()}
    wrong = []
    for whose in days.keys() | kept.keys():
        replayed = Progress()
        covered = await CheckInCard.covered_days(*whose)
        for day in days[whose]:
            replayed = replayed.advance(day, plans[whose[1]], covered)
        if kept.get(whose) != replayed:
            wrong.append((whose, kept.get(whose), replayed))
    return wrong
