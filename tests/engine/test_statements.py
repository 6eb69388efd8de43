"""How many statements a screen costs: as many for fifty members as for three."""

import pytest

from benchmarks.workloads import WORKLOADS
from models.checkins.check_in import CheckIn
from models.members.introduction import Introduction, Lines
from store.settings import settings
from tests.build import a_member, a_plan, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.statements import statements

MOST = 4

pytestmark = pytest.mark.skipif(not settings().engine, reason="It is the engine that saves them.")


@pytest.mark.parametrize("groups", [1, 5])
async def test_a_home_screen(callers: Callers, monkeypatch: pytest.MonkeyPatch, groups: int) -> None:
    viewer, plan = await a_member(), await a_plan()
    for number in range(groups):
        group = await a_group(name=f"车友会{number}")
        await a_place(group, member=viewer)
        for _ in range(4):
            await CheckIn.record((await a_place(group)).id, plan, at=NOON, group_id=group.id)
    caller, home = await callers.member(viewer), WORKLOADS["home"].document

    with statements(monkeypatch) as seen:
        found = (await caller.data(home))["viewer"]

    assert len(found["groups"]["edges"]) == groups
    assert all(len(edge["node"]["checkIns"]["edges"]) == 3 for edge in found["groups"]["edges"])
    # The token; the viewer with its account, its streak and its groups.
    assert len(seen) == 2 <= MOST, seen


@pytest.mark.parametrize("members", [3, 60])
async def test_a_page_of_members_with_three_relations(
    callers: Callers, monkeypatch: pytest.MonkeyPatch, members: int
) -> None:
    group = await a_group()
    for _ in range(members):
        member = await a_place(group)
        await Introduction.publish(member.id, Lines(likes="喝茶"), at=NOON)
    caller, page = await callers.member(member), WORKLOADS["page"].document

    with statements(monkeypatch) as seen:
        found = (await caller.data(page, group=public_id(group)))["node"]["members"]

    assert len(found["edges"]) == min(members, 50)
    assert {edge["node"]["introduction"]["likes"] for edge in found["edges"]} == {"喝茶"}
    # The token; the group with its members.
    assert len(seen) == 2 <= MOST, seen


async def test_what_is_not_asked_for_is_not_read(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    group = await a_group()
    member = await a_place(group)
    caller = await callers.member(member)
    text = "query($id: ID!) { node(id: $id) { ... on Group { name circle { id } members(first: 2) { totalCount } } } }"

    with statements(monkeypatch) as seen:
        await caller.data(text, id=public_id(group))

    assert len(seen) == 2, seen
    assert "introduction" not in seen[1]
    assert "row_number" not in seen[1]
