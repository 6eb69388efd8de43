"""Boards over the API: pages, the caller's place, results, changes, and who may look."""

import asyncio
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import pytest

from api.app import execution
from api.request import GraphQLRequest
from auth.context import open_context, renewed
from models.errors import NotFound
from models.groups.membership import Membership
from models.insight.board_rebuild import rebuild_missing
from models.insight.board_result import freeze_due
from models.members.member import Member
from models.members.session import Session, SubjectKind
from store.clock import FixedClock
from store.redis import redis
from tests.build import a_member, a_plan, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.insight.build import check_in

PLACES = "edges { cursor rank score rankChange node { nickname } } pageInfo { hasNextPage hasPreviousPage endCursor }"
TOP = f"""
query($after: String) {{
  board {{ periodName scope entries(first: 2, after: $after) {{ {PLACES} totalCount }} }}
}}
"""


def shown(connection: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(edge["rank"], edge["node"]["nickname"], edge["score"]) for edge in connection["edges"]]


async def test_a_board_is_paged_by_rank_and_shows_the_caller(callers: Callers) -> None:
    await rebuild_missing(at=NOON)
    plan = await a_plan()
    members = [await a_member(nickname=name) for name in ("王小明", "李思远", "陈雨桐")]
    for days, member in enumerate(members, start=1):
        await check_in(member, plan, days=days)
    caller = await callers.member(members[0])

    first = (await caller.data(TOP))["board"]
    second = (await caller.data(TOP, after=first["entries"]["pageInfo"]["endCursor"]))["board"]
    mine = await caller.data(
        "{ board { viewerEntry { rank score } viewerNeighbours(reach: 1) { rank node { nickname } } } }"
    )

    assert (first["periodName"], first["scope"], first["entries"]["totalCount"]) == ("2026-11", "GLOBAL", 3)
    assert shown(first["entries"]) == [(1, "陈雨桐", "30"), (2, "李思远", "20")]
    assert shown(second["entries"]) == [(3, "王小明", "10")]
    assert (first["entries"]["pageInfo"]["hasNextPage"], second["entries"]["pageInfo"]["hasNextPage"]) == (True, False)
    assert mine["board"]["viewerEntry"] == {"rank": 3, "score": "10"}
    assert [one["rank"] for one in mine["board"]["viewerNeighbours"]] == [2, 3]


async def test_a_groups_board_is_for_its_members(callers: Callers) -> None:
    await rebuild_missing(at=NOON)
    plan, group = await a_plan(), await a_group()
    insider, outsider = await a_place(group), await a_member()
    for member in (insider, outsider):
        await check_in(member, plan)
    query = "query($id: ID!) { board(groupId: $id) { scope entries(first: 10) { totalCount } } }"

    seen = await (await callers.member(insider)).data(query, id=public_id(group))

    assert seen["board"] == {"scope": "GROUP", "entries": {"totalCount": 1}}
    assert await (await callers.member(outsider)).error(query, id=public_id(group)) == "NOT_FOUND"
    assert await callers.nobody().error(query, id=public_id(group)) == "UNAUTHENTICATED"


async def test_a_lost_board_is_a_coded_refusal_with_a_time(callers: Callers) -> None:
    await rebuild_missing(at=NOON)
    await a_plan()
    caller = await callers.member(await a_member())
    await redis().call(lambda client: client.flushdb())

    answer = await caller.ask("{ board { entries(first: 10) { totalCount } } viewer { streakDays } }")

    assert answer["data"] == {"board": None, "viewer": {"streakDays": 0}}
    assert [error["extensions"] for error in answer["errors"]] == [
        {"code": "BOARD_UNAVAILABLE", "retryAt": "2026-11-23T04:00:05Z"}
    ]


async def test_bad_questions_are_coded(callers: Callers) -> None:
    await rebuild_missing(at=NOON)
    caller = await callers.member(await a_member())

    assert await caller.error("{ board(metric: STREAK, window: DAY) { scope } }") == "BOARD_WINDOW_NOT_OFFERED"
    assert await caller.error('{ board(day: "2020-01-01") { scope } }') == "BOARD_PERIOD_NOT_LIVE"
    assert await caller.error('{ board { entries(first: 10, after: "x") { totalCount } } }') == "BAD_USER_INPUT"
    assert await caller.error('{ board(circleId: "x") { scope } }') == "NOT_FOUND"
    assert await caller.error('{ board(window: WEEK, day: "8999-12-31") { scope } }') == "BOARD_PERIOD_NOT_LIVE"


async def test_an_ended_month_is_read_from_its_results(callers: Callers, clock: FixedClock) -> None:
    await rebuild_missing(at=NOON)
    plan, member = await a_plan(), await a_member(nickname="周嘉怡")
    await check_in(member, plan, days=3)
    clock.advance(days=9)
    await freeze_due(at=clock.now())

    found = await (await callers.member(member)).data(
        "{ boardResults(first: 10) { totalCount edges { node { period rank score member { nickname } } } } }"
    )

    assert found["boardResults"] == {
        "totalCount": 1,
        "edges": [{"node": {"period": "2026-11", "rank": 1, "score": "30", "member": {"nickname": "周嘉怡"}}}],
    }


async def watched(member: Member, subscription: str, **variables: object) -> Any:
    """The stream of a subscription's results, as its socket reads it."""
    tokens = await Session.start(SubjectKind.MEMBER, member.id, at=NOON)
    context = await open_context({"authorization": f"Bearer {tokens.access}"}, None, "test")
    prepared = execution.prepare(GraphQLRequest(subscription, variables=variables), context)
    return aclosing(await execution.stream(prepared, context, renewed))


async def test_a_watched_board_is_told_at_once_and_when_it_changes(callers: Callers) -> None:
    await rebuild_missing(at=NOON)
    plan, member = await a_plan(), await a_member(nickname="孙浩然")

    async with await watched(
        member, "subscription { boardChanged { entries(first: 5) { edges { rank score } } } }"
    ) as stream:
        first = await asyncio.wait_for(anext(stream), 5)
        await check_in(member, plan, at=NOON + timedelta(seconds=1))
        second = await asyncio.wait_for(anext(stream), 5)

    assert first.data == {"boardChanged": {"entries": {"edges": []}}}
    assert second.data == {"boardChanged": {"entries": {"edges": [{"rank": 1, "score": "10"}]}}}


async def test_whoever_leaves_a_group_hears_no_more_of_its_board(callers: Callers) -> None:
    await rebuild_missing(at=NOON)
    group = await a_group()
    member = await a_place(group)
    subscription = "subscription($id: ID!) { boardChanged(groupId: $id) { entries(first: 5) { totalCount } } }"

    async with await watched(member, subscription, id=public_id(group)) as stream:
        first = await asyncio.wait_for(anext(stream), 5)
        await Membership.leave(member.id, group.id, at=NOON)
        with pytest.raises(NotFound):
            await asyncio.wait_for(anext(stream), 5)

    assert first.data == {"boardChanged": {"entries": {"totalCount": 0}}}
