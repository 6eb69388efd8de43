"""Whom a member brought, as the API shows it: three levels of its own team, and to nobody else."""

from datetime import timedelta
from typing import Any

import pytest

from models.members.member import Member
from models.spread.referral import Referral
from models.staff.colleague import DataScope
from tests.build import LONG_AGO, a_member, a_staff, public_id
from tests.callers import Callers
from tests.groups.build import a_group, a_place
from tests.statements import statements

DAY = timedelta(days=1)
NODE = "query($id: ID!) { node(id: $id) { __typename ... on Referral { member { nickname } } } }"
LEVEL = "referrals(first: 5) { edges { node { createdAt member { nickname } %s } } }"
BELOW = LEVEL % (LEVEL % "")
TEAM = f"{{ viewer {{ {BELOW} }} }}"
ON = f"query($id: ID!) {{ node(id: $id) {{ ... on Referral {{ member {{ nickname }} {BELOW} }} }} }}"


async def brought(inviter: Member, nickname: str, *, after: timedelta = timedelta()) -> tuple[Member, Referral]:
    member = await a_member(nickname=nickname)
    return member, await Referral.record(inviter.id, member.id, at=LONG_AGO + after)


async def a_chain(length: int) -> list[tuple[Member, Referral]]:
    """Each brought by the one before; the first by somebody who is not of the chain."""
    members, inviter = [], await a_member(nickname="上家")
    for n in range(length):
        members.append(await brought(inviter, f"第{n}层"))
        inviter = members[-1][0]
    return members


def names(found: dict[str, Any]) -> list[str]:
    """The nicknames down a tree of one child each."""
    edges, names = found["referrals"]["edges"], []
    while edges:
        [edge] = edges
        names.append(edge["node"]["member"]["nickname"])
        edges = edge["node"].get("referrals", {"edges": []})["edges"]
    return names


async def test_a_member_sees_whom_it_brought_newest_first(callers: Callers) -> None:
    member = await a_member()
    for n in range(3):
        await brought(member, f"朋友{n}", after=n * DAY)

    found = await (await callers.member(member)).data(
        "{ viewer { referrals(first: 2) { totalCount edges { node { createdAt member { nickname } } } } } }"
    )

    assert found["viewer"]["referrals"] == {
        "totalCount": 3,
        "edges": [
            {"node": {"createdAt": "2026-10-03T02:00:00Z", "member": {"nickname": "朋友2"}}},
            {"node": {"createdAt": "2026-10-02T02:00:00Z", "member": {"nickname": "朋友1"}}},
        ],
    }


async def test_those_of_one_instant_are_paged_without_gap_or_double(callers: Callers) -> None:
    member = await a_member()
    ids = {public_id((await brought(member, "朋友"))[1]) for _ in range(5)}
    caller = await callers.member(member)
    query = """query($after: String) { viewer { referrals(first: 2, after: $after) {
        edges { node { id } } pageInfo { hasNextPage endCursor } } } }"""
    seen: list[str] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        found = (await caller.data(query, after=page["endCursor"]))["viewer"]["referrals"]
        seen += [edge["node"]["id"] for edge in found["edges"]]
        page = found["pageInfo"]

    assert len(seen) == 5
    assert set(seen) == ids


async def test_a_team_ends_three_levels_below(callers: Callers) -> None:
    chain = await a_chain(6)
    caller = await callers.member(chain[0][0])

    assert names((await caller.data(TEAM))["viewer"]) == ["第1层", "第2层"]
    assert names((await caller.data(ON, id=public_id(chain[1][1])))["node"]) == ["第2层", "第3层"]
    assert names((await caller.data(ON, id=public_id(chain[2][1])))["node"]) == ["第3层"]
    assert names((await caller.data(ON, id=public_id(chain[3][1])))["node"]) == []
    for (_, referral), is_seen in zip(chain, [False, True, True, True, False, False], strict=True):
        found = await caller.data(NODE, id=public_id(referral))
        assert (found["node"] is not None) == is_seen


async def test_strangers_and_nobody_see_nothing(callers: Callers) -> None:
    (member, _), (_, referral) = await a_chain(2)
    cousin, _ = await brought(member, "另一支")

    for other in (await a_member(), cousin):
        caller = await callers.member(other)
        assert (await caller.data(TEAM))["viewer"] == {"referrals": {"edges": []}}
        assert await caller.data(NODE, id=public_id(referral)) == {"node": None}
    assert await callers.nobody().error(NODE, id=public_id(referral)) == "UNAUTHENTICATED"
    assert await callers.nobody().error(TEAM) == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("right", "region", "is_seen"),
    [("members.read", "华东", True), ("members.read", "华南", False), ("points.read", "华东", False)],
)
async def test_staff_see_who_came_into_their_scope(callers: Callers, right: str, region: str, is_seen: bool) -> None:
    member, referral = (await a_chain(1))[0]
    await a_place(await a_group(region="华东"), member=member)
    caller = await callers.staff(await a_staff(right, scope=DataScope.REGION, region=region))

    found = await caller.data(NODE, id=public_id(referral))

    assert found["node"] == ({"__typename": "Referral", "member": {"nickname": "第0层"}} if is_seen else None)


async def test_a_team_costs_few_statements(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    member = await a_member()
    for n in range(3):
        first, _ = await brought(member, "一层", after=n * DAY)
        for m in range(3):
            await brought(first, "二层", after=m * DAY)
    caller = await callers.member(member)
    await caller.data(TEAM)

    with statements(monkeypatch) as seen:
        found = await caller.data(TEAM)

    assert [len(edge["node"]["referrals"]["edges"]) for edge in found["viewer"]["referrals"]["edges"]] == [3, 3, 3]
    # The token and the viewer; then referrals and their members, level by level.
    assert len(seen) <= 6, seen
