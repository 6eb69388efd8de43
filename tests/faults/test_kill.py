"""F1, F2: the server is killed at any moment. What it acknowledged is there, once; what it did not can be sent again.

The suite runs a few rounds. `FAULTS_ROUNDS=20 FAULTS_MUTATIONS=1000` runs the whole of it, in some ten minutes.

A start may take three seconds. They are counted on the processor, since on the wall a busy machine counts as well; the
suite grants a slow machine twice as many.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import orjson
import pytest

from models.checkins.card import CheckInCard
from models.checkins.check_in import CheckIn
from models.insight.board_drift import drift
from models.insight.board_lapse import lapse_streaks
from models.insight.board_rebuild import rebuild_missing
from models.mall.order import Order
from models.play.draw_result import DrawResult
from models.play.red_packet_share import RedPacketShare
from models.points.adjustment import PointAdjustment
from models.points.gift import PointGift
from models.points.reconciliation import reconcile
from store.embedded_redis import running_url
from store.outbox import relay
from store.redis import close_redis, open_redis
from tests.build import public_id
from tests.faults.community import ENDOWMENT, Community, database_open
from tests.faults.conftest import ServerFor
from tests.faults.load import Act, stream
from tests.faults.served import ANSWERED, COMMITTED, UNCOMMITTED
from tests.faults.server import Server
from tests.faults.truth import broken_promises, effects, outbox_size
from tests.mall.build import a_good
from tests.play.build import a_packet
from tests.play.draws import a_wheel

IS_WHOLE = "FAULTS_ROUNDS" in os.environ
ROUNDS = int(os.environ.get("FAULTS_ROUNDS", "3"))
MUTATIONS = int(os.environ.get("FAULTS_MUTATIONS", "240"))
PLANS = 8
ACTS_OF_A_MEMBER = PLANS + 6
START_SECONDS = 3.0
"""Of the processor, for a start after a kill: asked on a machine of its own, where the whole number of rounds is run.

Elsewhere a start is held against the first one of the same server, on the same machine at the same time.
"""

CHECK_IN = "checkIn { id businessDay dayIndex streakDays pointsPaid }"
CARD = "card { id kind source acquiredAt }"
GIFT = "gift { id amount receiver { id } }"
ORDER = "order { id number points quantity }"
SHARE = "share { id position amount }"
RESULT = "result { id sequence points }"
GRANT = "adjustment { id kind amount reason createdAt entries { amount } }"


async def test_no_kill_costs_or_doubles_what_was_acknowledged(
    server_for: ServerFor, database_url: str, redis_settings: dict[str, str]
) -> None:
    server = server_for(**redis_settings)
    async with database_open(database_url):
        community = await Community.born(members=-(-MUTATIONS // ACTS_OF_A_MEMBER), plans=PLANS)
        await community.endowed(10_000, at=server.clock.now())
        await community.gifts_open(at=server.clock.now())
    await build_boards(server, database_url, redis_settings)
    first_start = await server.start()
    chance, acknowledged = random.Random("kill"), dict[str, dict[str, Any]]()
    happened, starts = Counter[str](), list[float]()
    for round_number in range(ROUNDS):
        server.clock.set(days_ahead=round_number)
        async with database_open(database_url):
            acts = await a_day(community, server, round_number, chance)
        acknowledged |= await acknowledged_until_killed(server, acts, after=chance.randrange(len(acts) * 3 // 4))
        starts.append(await server.start())
        happened += Counter(act.mutation for act in acts)
        await replay(server, acts, acknowledged)
        await hold_against_sql(server, database_url, redis_settings, acts, happened)
    await server.stop()
    assert median(starts) < (START_SECONDS if IS_WHOLE else 1.5 * first_start)
    assert server.bugs() == []


@pytest.mark.parametrize("moment", [UNCOMMITTED, COMMITTED, ANSWERED])
async def test_a_kill_between_commit_and_answer_leaves_the_first_result_to_the_retry(
    server_for: ServerFor, database_url: str, redis_settings: dict[str, str], moment: str
) -> None:
    server = server_for(**redis_settings)
    async with database_open(database_url):
        community = await Community.born(members=1, plans=1)
        [act] = await check_ins(community, server, 0)
    await build_boards(server, database_url, redis_settings)
    await server.start()
    server.order.write_text(moment)

    heard = await stream(server, [act], clients=1)

    assert (heard.answers, list(heard.unanswered)) == ({}, [act.key])
    assert await server.ended() == -9
    told = server.order.read_bytes()
    server.order.unlink()
    async with database_open(database_url):
        assert await CheckIn.all().count() == (0 if moment == UNCOMMITTED else 1)
        made = [public_id(one) for one in await CheckIn.all()]
    await server.start()
    payload = (await stream(server, [act], clients=1)).payloads()[act.key]
    assert payload["isReplay"] is (moment != UNCOMMITTED)
    assert payload["userErrors"] == []
    if made:
        assert payload["checkIn"]["id"] == made[0]
    if moment == ANSWERED:
        assert payload == replayed(orjson.loads(told)["data"]["checkIn"])
    await hold_against_sql(server, database_url, redis_settings, [act], Counter([act.mutation]))


async def a_day(community: Community, server: Server, day: int, chance: random.Random) -> list[Act]:
    """What all members do on a day, in any order.

    Each checks in under every plan, buys a card, is granted points and gives another some, orders, draws, and takes a
    share of the day's red packet.

    A member leaves out a day of a plan now and then, so that streaks break or freezes are used.
    """
    operator = await community.operator_token(at=server.clock.now())
    card_plan = public_id(community.plans[day % len(community.plans)])
    acts = await check_ins(community, server, day, left_out=lambda: bool(day) and chance.random() < 0.1)
    tokens = await community.member_tokens(at=server.clock.now())
    acts += await of_value(tokens, day, at=server.clock.now())
    for who, token in enumerate(tokens):
        card = {"kind": chance.choice(["FREEZE", "MAKE_UP"]), "planId": card_plan}
        acts.append(Act(token, "buyCheckInCard", {"idempotencyKey": f"买卡-{day:02}-{who:03}", **card}, CARD))
        other = community.public_ids[(who + 1 + day) % len(community.public_ids)]
        gift = {"receiverId": other, "amount": str(who + 3)}
        if other != community.public_ids[who]:
            acts.append(Act(token, "givePoints", {"idempotencyKey": f"赠送-{day:02}-{who:03}", **gift}, GIFT))
        grant = {"memberId": community.public_ids[who], "amount": str(who + 1), "reason": "活动奖励"}
        acts.append(Act(operator, "grantPoints", {"idempotencyKey": f"奖励-{day:02}-{who:03}", **grant}, GRANT))
    chance.shuffle(acts)
    return acts


async def of_value(tokens: Sequence[str], day: int, *, at: datetime) -> list[Act]:
    """An order, a share and a turn of the wheel for everybody; there is enough for all, and never less than none."""
    sku, wheel = await a_good(price=day + 1, stock=10 * len(tokens)), await a_wheel(at=at)
    packet = await a_packet(100 * len(tokens), 2 * len(tokens), at=at)
    acts = []
    for who, token in enumerate(tokens):
        bought = {"skuId": public_id(sku), "quantity": 1 + who % 3}
        acts += [
            Act(token, "placeOrder", {"idempotencyKey": f"兑换-{day:02}-{who:03}", **bought}, ORDER),
            Act(token, "draw", {"idempotencyKey": f"抽奖-{day:02}-{who:03}", "drawId": public_id(wheel)}, RESULT),
            Act(
                token,
                "grabRedPacket",
                {"idempotencyKey": f"红包-{day:02}-{who:03}", "redPacketId": public_id(packet)},
                SHARE,
            ),
        ]
    return acts


async def check_ins(
    community: Community, server: Server, day: int, *, left_out: Callable[[], bool] = lambda: False
) -> list[Act]:
    tokens = await community.member_tokens(at=server.clock.now())
    return [
        Act(
            token,
            "checkIn",
            {"idempotencyKey": f"签到-{day:02}-{who:03}-{which}", "planId": public_id(plan), "content": "早上好"},
            CHECK_IN,
        )
        for who, token in enumerate(tokens)
        for which, plan in enumerate(community.plans)
        if not left_out()
    ]


async def acknowledged_until_killed(server: Server, acts: Sequence[Act], *, after: int) -> dict[str, dict[str, Any]]:
    """Send the acts and kill the server after so many answers, while others are under way."""

    def kill(answers: int) -> None:
        if answers == after + 1:
            server.kill()

    heard = await stream(server, acts, on_answer=kill)
    assert await server.ended() == -9
    assert heard.unanswered, "the kill met nothing under way"
    payloads = heard.payloads()
    assert all(payload["userErrors"] == [] for payload in payloads.values()), payloads
    return payloads


async def replay(server: Server, acts: Sequence[Act], acknowledged: dict[str, dict[str, Any]]) -> None:
    """Send every act again, twice: those that were acknowledged answer as they did then, the others happen now."""
    again = (await stream(server, acts)).payloads()
    assert again.keys() == {act.key for act in acts}
    for act in acts:
        if act.key in acknowledged:
            assert again[act.key] == replayed(acknowledged[act.key])
        assert again[act.key]["userErrors"] == []
    assert (await stream(server, acts)).payloads() == {key: replayed(payload) for key, payload in again.items()}


async def hold_against_sql(
    server: Server, database_url: str, redis_settings: dict[str, str], acts: Sequence[Act], happened: Mapping[str, int]
) -> None:
    """Each act has one effect, no promise of the ledger is broken, and the boards say what SQL says.

    `acts` are those whose keys are still kept; `happened` says how many there ever were of each mutation.
    """
    open_redis(redis_settings.get("REDIS_URL") or running_url(server.data_dir) or "")
    async with database_open(database_url):
        keys = [act.key for act in acts]
        assert await effects(keys) == dict.fromkeys(keys, 1)
        assert await CheckIn.all().count() == happened["checkIn"]
        assert await CheckInCard.all().count() == happened.get("buyCheckInCard", 0)
        assert await PointGift.all().count() == happened.get("givePoints", 0)
        assert await PointAdjustment.exclude(reason=ENDOWMENT).count() == happened.get("grantPoints", 0)
        assert await Order.all().count() == happened.get("placeOrder", 0)
        assert await RedPacketShare.all().count() == happened.get("grabRedPacket", 0)
        assert await DrawResult.all().count() == happened.get("draw", 0)
        assert await broken_promises() == {}
        assert await reconcile() == []
        now = server.clock.now()
        while await relay(at=now + timedelta(minutes=1)):
            pass
        assert await outbox_size() == 0
        await lapse_streaks(at=now)
        assert await drift(at=now) == []
    await close_redis()


async def build_boards(server: Server, database_url: str, redis_settings: dict[str, str]) -> None:
    """Begin with a Redis that is right: one that is given is emptied and filled here, its own the server fills."""
    if redis_settings:
        store = open_redis(redis_settings["REDIS_URL"])
        async with database_open(database_url):
            await store.call(lambda client: client.flushdb())
            await rebuild_missing(at=server.clock.now())
        await close_redis()


def replayed(payload: dict[str, Any]) -> dict[str, Any]:
    return payload | {"isReplay": True}
