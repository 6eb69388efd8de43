"""F5: PostgreSQL drops every connection, or lends none. Callers are told to come back, and nothing is half written."""

import asyncio
import os
from collections.abc import Sequence
from time import monotonic

import pytest

from models.checkins.check_in import CheckIn
from store.database import fetch, fetch_value, transaction
from tests.build import public_id
from tests.faults.community import Community
from tests.faults.conftest import ServerFor
from tests.faults.load import Act, Answer, ask, stream, under_load
from tests.faults.server import Server
from tests.faults.truth import broken_promises, effects
from tests.faults.waiting import until

pytestmark = [
    pytest.mark.skipif(not os.environ.get("TEST_DATABASE_URL"), reason="It is about PostgreSQL."),
    pytest.mark.usefixtures("database"),
]

HEALTHY_AGAIN_SECONDS = 5.0
REFUSED_SECONDS_MOST = 13.0
HOME = {"query": "{ viewer { member { nickname } streakDays } }"}


async def test_terminated_connections_are_a_coded_refusal_at_most(
    server_for: ServerFor, database_url: str, redis_settings: dict[str, str]
) -> None:
    server = server_for(**redis_settings, DATABASE_URL=f"{database_url}?application_name=faults")
    community = await Community.born(members=40, plans=8)
    acts = await check_ins(community, server)
    await server.start()
    bodies = [(act.token, body) for act in acts for body in (act.body, HOME)]
    async with under_load(server, bodies, clients=8) as answers:
        for _ in range(5):
            served = len(answers)
            await until(lambda: len(answers) > served + 40, seconds=30, what="forty answers")  # noqa: B023
            assert await fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'faults' "
                "AND datname = current_database()"
            )
        assert await server.until_ready(seconds=HEALTHY_AGAIN_SECONDS) < HEALTHY_AGAIN_SECONDS
        healthy_from = len(answers)
        await until(lambda: len(answers) > healthy_from + 40, seconds=30, what="forty answers")

    refused = [one for one in answers if one.status != 200 or one.code]
    assert_told_to_come_back(refused)
    assert len(refused) < len(answers) / 2
    await everything_happens_once(server, acts)


async def test_an_exhausted_pool_refuses_in_time_and_recovers_at_once(
    server_for: ServerFor, redis_settings: dict[str, str]
) -> None:
    server = server_for(**redis_settings, DATABASE_POOL_SIZE="3")
    community = await Community.born(members=12, plans=1)
    acts = await check_ins(community, server)
    await server.start()
    async with transaction():
        await fetch("SELECT id FROM member FOR UPDATE")
        async with server.http() as http:
            asked = [ask(http, act.token, body) for act in acts for body in (act.body, HOME)]
            answers = await asyncio.gather(*asked)
        refused = [one for one in answers if one.status != 200 or one.code]
        assert len(refused) >= len(acts)
        assert_told_to_come_back(refused)
        assert max(one.seconds for one in answers) < REFUSED_SECONDS_MOST
        assert await fetch_value("SELECT count(*) FROM check_in") == 0
    began = monotonic()
    await server.until_ready(seconds=HEALTHY_AGAIN_SECONDS)
    await everything_happens_once(server, acts)
    assert monotonic() - began < HEALTHY_AGAIN_SECONDS + 2


async def check_ins(community: Community, server: Server) -> list[Act]:
    tokens = await community.member_tokens(at=server.clock.now())
    return [
        Act(
            token, "checkIn", {"idempotencyKey": f"pg-{who:03}-{which:03}", "planId": public_id(plan)}, "checkIn { id }"
        )
        for which, plan in enumerate(community.plans)
        for who, token in enumerate(tokens)
    ]


def assert_told_to_come_back(refused: Sequence[Answer]) -> None:
    """Where anything could be answered the error stands beside it, else the whole answer is a 503."""
    whole = [one for one in refused if one.body.get("data") is None]
    assert {one.code for one in refused} <= {"SERVICE_UNAVAILABLE", "TIMEOUT"}
    assert [one for one in whole if one.status != 503 or int(one.retry_after or 0) < 1] == []


async def everything_happens_once(server: Server, acts: Sequence[Act]) -> None:
    """Each act that is sent again ends well, and none has happened twice or by half."""
    payloads = (await stream(server, acts)).payloads()
    assert [payload["userErrors"] for payload in payloads.values() if payload["userErrors"]] == []
    keys = [act.key for act in acts]
    assert await effects(keys) == dict.fromkeys(keys, 1)
    assert await CheckIn.all().count() == len(acts)
    assert await broken_promises() == {}
    assert [bug for bug in server.bugs() if bug["event"].startswith("bug")] == []
