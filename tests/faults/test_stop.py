"""F10: a server that is told to stop under load answers what it was asked before, and ends in time."""

import random
import signal
from time import monotonic, perf_counter

import pytest

from models.checkins.check_in import CheckIn
from tests.build import public_id
from tests.faults.community import Community
from tests.faults.conftest import ServerFor
from tests.faults.load import Act, stream
from tests.faults.truth import broken_promises, effects

END_SECONDS = 10.0


@pytest.mark.usefixtures("database")
async def test_a_stop_under_load_lets_what_was_sent_end_and_resets_nobody(
    server_for: ServerFor, redis_settings: dict[str, str]
) -> None:
    server, community = server_for(**redis_settings), await Community.born(members=40, plans=6)
    acts = [
        Act(
            token,
            "checkIn",
            {"idempotencyKey": f"stop-{who:03}-{which:03}", "planId": public_id(plan)},
            "checkIn { id }",
        )
        for who, token in enumerate(await community.member_tokens(at=server.clock.now()))
        for which, plan in enumerate(community.plans)
    ]
    random.Random("stop").shuffle(acts)
    await server.start()
    told_at: list[float] = []

    def tell(answers: int) -> None:
        if answers == 80:
            told_at.append(perf_counter())
            server.process.send_signal(signal.SIGTERM)

    heard = await stream(server, acts, on_answer=tell)
    began = monotonic()
    assert await server.ended() == 0
    assert monotonic() - began < END_SECONDS

    assert [key for key, sent_at in heard.unanswered.items() if sent_at < told_at[0]] == []
    assert all(payload["userErrors"] == [] for payload in heard.payloads().values())
    done = await effects([act.key for act in acts])
    assert {key for key, count in done.items() if count} >= heard.answers.keys()
    assert await CheckIn.all().count() == sum(done.values()) < len(acts)
    assert await broken_promises() == {}
    assert server.bugs() == []
