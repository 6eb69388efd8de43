"""F1 for forwarding: the server is killed while members claim. Each claim is paid once, and none beyond the quota."""

from typing import Any

from models.points.account import of_budget
from models.points.reconciliation import reconcile
from models.spread.forward_claim import ForwardClaim
from models.spread.forward_reward import ForwardReward
from models.spread.forward_task import ForwardTask
from tests.build import public_id
from tests.faults.community import Community, database_open
from tests.faults.conftest import ServerFor
from tests.faults.load import Act, stream
from tests.faults.test_kill import acknowledged_until_killed, build_boards, replayed
from tests.faults.truth import effects
from tests.play.build import a_budget, balance
from tests.spread.forwarding import DAY, a_task

MEMBERS, TASKS, POINTS = 6, 6, 20
CLAIM = "claim { id state claimedAt rewards { id amount } }"


async def test_a_kill_amid_claims_pays_each_once(
    server_for: ServerFor, database_url: str, redis_settings: dict[str, str]
) -> None:
    server = server_for(**redis_settings)
    async with database_open(database_url):
        community, now = await Community.born(members=MEMBERS, plans=1), server.clock.now()
        budget = await a_budget(POINTS * MEMBERS * TASKS)
        rules: dict[str, Any] = {
            "starts_at": now - DAY,
            "ends_at": now + 30 * DAY,
            "total_most": MEMBERS,
            "hold_hours": 24,
        }
        tasks = [await a_task(budget_id=budget.id, points=POINTS, **rules) for _ in range(TASKS)]
        tokens = await community.member_tokens(at=now)
        for task in tasks:
            for member_id in community.member_ids:
                await ForwardClaim.take(member_id, task.id, at=now)
    acts = [
        Act(
            token,
            "claimForwardTask",
            {"idempotencyKey": f"转发-{which:02}-{who:03}", "forwardTaskId": public_id(task)},
            CLAIM,
        )
        for which, task in enumerate(tasks)
        for who, token in enumerate(tokens)
    ]
    await build_boards(server, database_url, redis_settings)
    await server.start()

    acknowledged = await acknowledged_until_killed(server, acts, after=len(acts) // 3)
    await server.start()
    again = (await stream(server, acts)).payloads()
    once_more = (await stream(server, acts)).payloads()
    await server.stop()

    assert all(payload["userErrors"] == [] for payload in again.values())
    assert {key: again[key] for key in acknowledged} == {key: replayed(one) for key, one in acknowledged.items()}
    assert once_more == {key: replayed(payload) for key, payload in again.items()}
    async with database_open(database_url):
        keys = [act.key for act in acts]
        assert await effects(keys) == dict.fromkeys(keys, 1)
        assert {one.claimed for one in await ForwardTask.all()} == {MEMBERS}
        assert await ForwardReward.all().count() == MEMBERS * TASKS
        assert await balance(of_budget(budget.id)) == 0
        assert await reconcile() == []
    assert server.bugs() == []
