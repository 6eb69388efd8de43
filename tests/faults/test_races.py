"""R3, R4, R8 through real connections: on PostgreSQL against two worker processes, embedded against one.

Each is repeated a few times, with another member each time: `FAULTS_REPEATS=20` repeats all races of this folder so
often, and `FAULTS_CROSSED=500` has five hundred gifts cross. The races of the verb itself are repeated twenty times in
`tests/checkins/test_check_in.py`.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from models.points.account import of_member
from store.database import fetch, fetch_value
from tests.faults.community import Community
from tests.faults.conftest import ServerFor
from tests.faults.load import Act, Answer, stream
from tests.faults.server import Server
from tests.faults.truth import broken_promises
from tests.faults.wire import Wire

REPEATS = int(os.environ.get("FAULTS_REPEATS", "3"))
CROSSED = int(os.environ.get("FAULTS_CROSSED", "100"))
"""Gifts each way at once; 500 in the whole of it."""
GIFT = "gift { id amount }"
ANSWER = "checkIn { id businessDay dayIndex streakDays pointsPaid }"


@asynccontextmanager
async def a_running_server(server_for: ServerFor, redis_settings: dict[str, str]) -> AsyncIterator[Server]:
    """Two workers on PostgreSQL, one process embedded; it must have logged no mistake of its own."""
    workers = 2 if os.environ.get("TEST_DATABASE_URL") else 1
    made = server_for(WORKERS=str(workers), **redis_settings)
    await made.start()
    if workers > 1:
        assert len(worker_processes(made)) == workers
    yield made
    assert made.bugs() == []
    await made.stop()


@pytest.fixture
async def server(server_for: ServerFor, database: str, redis_settings: dict[str, str]) -> AsyncIterator[Server]:
    async with a_running_server(server_for, redis_settings) as running:
        yield running


def worker_processes(server: Server) -> list[int]:
    """Without them the races would be races within one process."""
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


async def at_once(server: Server, acts: Sequence[Act]) -> list[Answer]:
    """The answers to requests that are sent together, each over a connection that is open before."""
    wires = [await Wire.to(server.port) for _ in acts]
    try:
        return await asyncio.gather(*(wire.ask(act) for wire, act in zip(wires, acts, strict=True)))
    finally:
        await asyncio.gather(*(wire.close() for wire in wires))


async def test_fifty_check_ins_of_one_member_at_one_instant_make_one(server: Server) -> None:
    community = await Community.born(members=REPEATS, plans=1)
    for number, token in enumerate(await community.member_tokens(at=server.clock.now())):
        acts = [Act(token, "checkIn", {"idempotencyKey": f"race-{number}-{n:04}"}, ANSWER) for n in range(50)]

        answers = await at_once(server, acts)

        codes = Counter(error["code"] for answer in answers for error in answer.payload["userErrors"])
        assert codes == {"ALREADY_CHECKED_IN": 49}
        whose = community.member_ids[number]
        assert await fetch_value("SELECT count(*) FROM check_in WHERE member_id = $1", whose) == 1
        assert await fetch_value("SELECT total_days FROM streak WHERE member_id = $1", whose) == 1
        assert await fetch_value("SELECT count(*) FROM idempotency_key WHERE principal = $1", f"member:{whose}") == 1
        balances = await fetch("SELECT balance FROM account WHERE holder_id = $1 AND currency = 'points'", whose)
        assert [row["balance"] for row in balances] == [10]
    assert await broken_promises() == {}


async def test_one_key_sent_a_hundred_times_at_once_has_one_effect_and_one_answer(server: Server) -> None:
    community = await Community.born(members=REPEATS, plans=1)
    for number, token in enumerate(await community.member_tokens(at=server.clock.now())):
        given = {"idempotencyKey": "the-same-key", "content": "早安"}
        same, other = Act(token, "checkIn", given, ANSWER), Act(token, "checkIn", given | {"content": "晚安"}, ANSWER)

        answers = await at_once(server, [same] * 99 + [other])

        *payloads, odd = [answer.payload for answer in answers]
        [refusal] = [*odd["userErrors"], *payloads[0]["userErrors"]][:1]
        assert refusal == {"code": "IDEMPOTENCY_MISMATCH"}
        told = payloads if odd["userErrors"] else [odd]
        assert all(payload["userErrors"] == [] for payload in told)
        assert len({payload["checkIn"]["id"] for payload in told}) == 1
        assert Counter(payload["isReplay"] for payload in told)[False] == 1
        whose = community.member_ids[number]
        assert await fetch_value("SELECT count(*) FROM check_in WHERE member_id = $1", whose) == 1
    assert await broken_promises() == {}


async def test_members_who_give_each_other_points_all_at_once_wait_for_nobody_for_ever(server: Server) -> None:
    community = await Community.born(members=2, plans=1)
    await community.endowed(10_000, at=server.clock.now())
    await community.gifts_open(at=server.clock.now())
    here, there = await community.member_tokens(at=server.clock.now())
    one, other = community.public_ids
    acts = [
        Act(token, "givePoints", {"idempotencyKey": f"gift-{amount}-{n:04}", "receiverId": to, "amount": amount}, GIFT)
        for n in range(CROSSED)
        for token, to, amount in ((here, other, "3"), (there, one, "2"))
    ]

    payloads = (await stream(server, acts, clients=40)).payloads()

    assert len(payloads) == 2 * CROSSED
    assert all(payload["userErrors"] == [] for payload in payloads.values())
    balances = [
        await fetch_value("SELECT balance FROM account WHERE id = $1", of_member(member_id).id)
        for member_id in community.member_ids
    ]
    assert balances == [10_000 - CROSSED, 10_000 + CROSSED]
    assert await broken_promises() == {}
