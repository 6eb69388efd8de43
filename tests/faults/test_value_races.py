"""R1, R4, R5, R6 for orders, draws and gifts over real connections, asserted by SQL."""

from collections import Counter
from collections.abc import AsyncIterator
from time import perf_counter
from typing import Any

import pytest

from models.mall.sku import Sku
from models.play.draw import Draw
from models.points.account import of_member
from models.points.reconciliation import reconcile
from store.database import fetch, fetch_value
from tests.build import public_id
from tests.faults.community import Community
from tests.faults.conftest import ServerFor
from tests.faults.load import Act, Answer
from tests.faults.server import Server
from tests.faults.test_races import REPEATS, a_running_server, at_once
from tests.faults.truth import broken_promises
from tests.mall.build import a_good
from tests.play.draws import a_wheel

BUYERS = 200
R1_SECONDS = 5.0
ORDER, RESULT, GIFT = "order { id number points }", "result { id points }", "gift { id amount }"
ENOUGH = 100_000
LIMIT, DRAWERS, TRIES = 3, 100, 5


@pytest.fixture
async def server(server_for: ServerFor, database: str, redis_settings: dict[str, str]) -> AsyncIterator[Server]:
    async with a_running_server(server_for, redis_settings) as running:
        yield running


async def test_of_two_hundred_buyers_as_many_win_as_there_are_pieces(server: Server) -> None:
    community = await Community.born(members=BUYERS, plans=1)
    await community.endowed(ENOUGH, at=server.clock.now())
    tokens = await community.member_tokens(at=server.clock.now())
    for number, stock in enumerate([1, 10] * REPEATS):
        sku = await a_good(price=100, stock=stock)
        began = perf_counter()

        answers = await at_once(server, [order(token, sku, f"last-{number}-{n:04}") for n, token in enumerate(tokens)])

        seconds = perf_counter() - began
        assert codes(answers) == {"OUT_OF_STOCK": BUYERS - stock}
        assert sum(answer.payload["order"] is not None for answer in answers) == stock
        assert await left(sku) == (0, 0, stock)
        paid = "SELECT CAST(sum(points) AS BIGINT) FROM mall_order WHERE sku_id = $1 AND debit_entry_id IS NOT NULL"
        assert await fetch_value(paid, sku.id) == 100 * stock
        assert seconds < R1_SECONDS, seconds
    spent = await fetch_value("SELECT CAST(sum(amount) AS BIGINT) FROM point_entry WHERE bucket = 'spent'")
    assert spent == 11 * 100 * REPEATS
    await all_is_exact()


async def test_points_for_one_order_buy_one_of_twenty(server: Server) -> None:
    community, sku = await Community.born(members=REPEATS, plans=1), await a_good(price=100, stock=None)
    await community.endowed(100, at=server.clock.now())
    for whose, token in zip(community.member_ids, await community.member_tokens(at=server.clock.now()), strict=True):
        answers = await at_once(server, [order(token, sku, f"twenty-{n:04}") for n in range(20)])

        assert codes(answers) == {"INSUFFICIENT_POINTS": 19}
        assert await fetch_value("SELECT balance FROM account WHERE id = $1", of_member(whose).id) == 0
        assert await fetch_value("SELECT count(*) FROM mall_order WHERE member_id = $1", whose) == 1
    await all_is_exact()


async def test_one_key_sent_a_hundred_times_orders_draws_and_gives_once(server: Server) -> None:
    community = await Community.born(members=2 * REPEATS, plans=1)
    await community.endowed(ENOUGH, at=server.clock.now())
    await community.gifts_open(at=server.clock.now())
    sku, draw = await a_good(price=100, stock=50), await a_wheel(at=server.clock.now(), day_most=LIMIT)
    tokens = await community.member_tokens(at=server.clock.now())
    for token, other in zip(tokens[:REPEATS], community.public_ids[REPEATS:], strict=True):
        await once(server, order(token, sku, "the-same-key"), "order", {"quantity": 2})
        await once(server, turn(token, draw, "the-same-key"), "result", {"clientText": "changed"})
        given = {"idempotencyKey": "the-same-key", "receiverId": other, "amount": "7"}
        await once(server, Act(token, "givePoints", given, GIFT), "gift", {"amount": "8"})
    for table in ("mall_order", "draw_result", "point_gift"):
        assert await fetch_value(f"SELECT count(DISTINCT id) FROM {table}") == REPEATS
    assert await fetch_value("SELECT CAST(sum(quantity) AS INTEGER) FROM mall_order") == (await left(sku))[2]
    await all_is_exact()


async def test_five_hundred_draws_give_no_more_than_there_is(server: Server) -> None:
    community = await Community.born(members=DRAWERS, plans=1)
    tokens = await community.member_tokens(at=server.clock.now())
    for number in range(REPEATS):
        draw = await a_wheel(at=server.clock.now(), day_most=LIMIT)
        acts = [turn(token, draw, f"draw-{number}-{n}") for n in range(TRIES) for token in tokens]

        answers = await at_once(server, acts)

        assert codes(answers) == {"DRAW_LIMIT_REACHED": (TRIES - LIMIT) * DRAWERS}
        await draws_are_exact(draw, members=DRAWERS)
    await all_is_exact()


async def test_fifty_draws_of_a_member_at_one_instant_are_as_many_as_it_may(server: Server) -> None:
    community = await Community.born(members=REPEATS, plans=1)
    draw = await a_wheel(at=server.clock.now(), day_most=LIMIT)
    for token in await community.member_tokens(at=server.clock.now()):
        answers = await at_once(server, [turn(token, draw, f"fifty-{n:04}") for n in range(50)])

        assert codes(answers) == {"DRAW_LIMIT_REACHED": 50 - LIMIT}
    await draws_are_exact(draw, members=REPEATS)
    await all_is_exact()


def order(token: str, sku: Sku, key: str) -> Act:
    return Act(token, "placeOrder", {"idempotencyKey": key, "skuId": public_id(sku)}, ORDER)


def turn(token: str, draw: Draw, key: str) -> Act:
    return Act(token, "draw", {"idempotencyKey": key, "drawId": public_id(draw)}, RESULT)


def codes(answers: list[Answer]) -> Counter[str]:
    return Counter(error["code"] for answer in answers for error in answer.payload["userErrors"])


async def once(server: Server, act: Act, name: str, changed: dict[str, Any]) -> None:
    """Send it 99 times at once, and once with another body under the same key."""
    odd = Act(act.token, act.mutation, act.input | changed, act.fields)

    *payloads, other = [answer.payload for answer in await at_once(server, [act] * 99 + [odd])]

    refused, told = ([other], payloads) if other["userErrors"] else (payloads, [other])
    assert {error["code"] for payload in refused for error in payload["userErrors"]} == {"IDEMPOTENCY_MISMATCH"}
    assert len({payload[name]["id"] for payload in told}) == 1
    assert Counter(payload["isReplay"] for payload in told)[False] == 1


async def left(sku: Sku) -> tuple[int | None, int, int]:
    found = await Sku.get(id=sku.id)
    return found.stock, found.reserved, found.sold


async def draws_are_exact(draw: Draw, *, members: int) -> None:
    """Each has drawn as often as it may, pieces are numbered and within their stock, points are those of results."""
    drawn = await fetch("SELECT count(*) AS n FROM draw_result WHERE draw_id = $1 GROUP BY member_id", draw.id)
    assert [row["n"] for row in drawn] == [LIMIT] * members
    pieces = await fetch(
        "SELECT p.stock, p.taken, count(r.id) AS won, count(DISTINCT r.prize_number) AS numbers FROM draw_prize p "
        "LEFT JOIN draw_result r ON r.prize_id = p.id WHERE p.draw_id = $1 AND p.stock IS NOT NULL "
        "GROUP BY p.id, p.stock, p.taken",
        draw.id,
    )
    assert all(row["taken"] == row["won"] == row["numbers"] <= row["stock"] for row in pieces)
    if members == DRAWERS:
        assert sorted(row["won"] for row in pieces) == [20, 30]
    unpaid = await fetch(
        "SELECT r.id FROM draw_result r LEFT JOIN point_entry e ON e.source = 'draw_result:' || r.id AND e.amount > 0 "
        "WHERE r.draw_id = $1 GROUP BY r.id, r.points HAVING coalesce(sum(e.amount), 0) <> r.points",
        draw.id,
    )
    assert unpaid == []


async def all_is_exact() -> None:
    assert await broken_promises() == {}
    assert await reconcile() == []
