"""One answer, whichever way it is executed: by graphql-core, level by level, or by one statement of finished JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import pytest
from graphql import ExecutionResult, execute

from api.schema import schema
from auth.caller import Caller, CallerKind
from auth.context import Context
from engine import relation
from engine.documents import Documents
from engine.execute import Engine
from engine.limits import Limits
from models.checkins.check_in import CheckIn
from models.groups.group import Group
from models.groups.role import Role
from models.members.introduction import Introduction, Lines
from models.members.member import Member
from models.staff.colleague import DataScope
from models.staff.right import EVERYTHING
from schema.scalars import SQL_FORMS
from store.clock import FixedClock
from store.ids import new_id
from tests.build import a_member, a_plan, a_staff, public_id
from tests.conftest import NOON
from tests.groups.build import a_group, a_place

built = schema._schema
documents = Documents(built, Limits(depth=20))
plain, lowered = Engine(built), Engine(built, forms=SQL_FORMS)


@dataclass(frozen=True)
class Community:
    """A small one: who looks on, and two groups of which the viewer belongs to the first alone."""

    viewer: Member
    stranger: Member
    staff_id: Any
    own: Group
    other: Group


@pytest.fixture
async def community(database: str, empty_redis: None) -> Community:
    plan, own, other = await a_plan(), await a_group(name='车友"会"\\'), await a_group(name="品酒会", circle=None)
    viewer = await a_place(own, member=await a_member(nickname="林小满\n😀"), role=Role.OWNER)
    for number in range(5):
        member = await a_place(own, at=NOON - timedelta(days=9, microseconds=number * 10))
        await Introduction.publish(member.id, Lines(likes='喝茶 "龙井"', good_at=None), at=NOON)
        await CheckIn.record(member.id, plan, at=NOON, group_id=own.id, content=f"第{number}天\t<b>\u2028")
    hidden = await a_place(own, member=await a_member(is_hidden_from_boards=True, avatar_url="https://a.example/头像"))
    await CheckIn.record(hidden.id, plan, at=NOON + timedelta(microseconds=120), group_id=own.id)
    await CheckIn.record(viewer.id, plan, at=NOON, group_id=own.id)
    stranger = await a_place(other)
    await CheckIn.record(stranger.id, plan, at=NOON, group_id=other.id)
    staff = await a_staff(EVERYTHING, scope=DataScope.ALL)
    return Community(viewer, stranger, staff.id, own, other)


GROUP = """
  id title name number summary status joinMode memberCount memberCap opensNext createdAt archivedAt
  circle { id name slug isOfficial }
  owner { nickname }
"""
MEMBERS = """
  members(first: 3) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor role joinedAt nickname node { __typename id nickname avatarUrl joinedAt pointsEarned
      introduction { likes goodAt publishedAt } } }
  }
"""
DOCUMENTS = {
    "home": """{ viewer { id member { id nickname } account { id available growth } streakDays interests gender
        groups(first: 5) { edges { role node { id name memberCount
          checkIns(first: 3) { edges { cursor node { id createdAt businessDay kind content photoUrl
            member { id nickname } plan { name zone cycle } group { name } } } } } } } } }""",
    "group": "query($id: ID!) { node(id: $id) { __typename id ... on Group {" + GROUP + MEMBERS + "} } }",
    "aliases": """query($id: ID!) { node(id: $id) { ... on Group { a: members(first: 2) { edges { node { nickname } } }
        b: members(first: 2) { edges { node { region } } } c: members(first: 4) { totalCount } } } }""",
    "only counted": "query($id: ID!) { node(id: $id) { ... on Group { members(first: 3) { totalCount } } } }",
    "only asked whether there is more": """query($id: ID!) { node(id: $id) { ... on Group {
        members(first: 3) { pageInfo { hasNextPage } }
        checkIns(first: 100) { pageInfo { hasNextPage endCursor } } } } }""",
    "backwards": """query($id: ID!) { node(id: $id) { ... on Group { members(last: 2) { edges { node { nickname } }
        pageInfo { hasNextPage hasPreviousPage endCursor } } } } }""",
    "a bad page below": """query($id: ID!) { node(id: $id) { ... on Group { name
        checkIns(first: 2, after: "bad") { edges { node { content } } } } } }""",
    "a bad page at the root": '{ viewer { streakDays checkIns(first: 2, after: "bad") { totalCount } } }',
    "bounded lists": """{ viewer { streaks { id longestDays plan { name } } waitlistEntries { createdAt }
        groups(first: 1) { edges { node { pinnedAnnouncements { title body publishedAt isPinned } } } } } }""",
    "a directive": """query($id: ID!, $deep: Boolean = true) { node(id: $id) { ... on Group { name
        members(first: 1) @include(if: $deep) { totalCount } circle @skip(if: $deep) { name } } } }""",
    "only ids": """query($id: ID!) { node(id: $id) { ... on Group { circle { id } checkIns(first: 9) {
        edges { node { member { id } plan { __typename id } group { id } } } } } } }""",
    "not ours": '{ viewer { consents { kind } } node(id: "bm90aGluZw") { id } }',
}
"""Some ask what the caller may not see, and some what is wrong; they are answered alike too."""


def context(caller: Caller) -> Context:
    return Context(caller, "zh-CN", None, "test", FixedClock(NOON + timedelta(hours=1)))


async def by_core(text: str, variables: dict[str, Any], caller: Caller) -> ExecutionResult:
    operation = documents.get(text).operation(None)
    found = execute(
        built, operation.document, context_value=context(caller), variable_values=variables, hide_suggestions=True
    )
    return found if isinstance(found, ExecutionResult) else await found


async def by(engine: Engine, text: str, variables: dict[str, Any], caller: Caller) -> ExecutionResult:
    return await engine.execute(documents.get(text).operation(None), variables, context(caller))


def told(result: ExecutionResult) -> tuple[bytes, Sequence[Any]]:
    """The data as it is sent, read and written again, with the order of its keys; and the errors."""
    data = orjson.loads(orjson.dumps(result.data))
    return orjson.dumps(data), [(error.message, error.path, error.locations) for error in result.errors or ()]


@pytest.mark.parametrize("who", ["viewer", "stranger", "staff"])
async def test_every_way_gives_one_answer(community: Community, who: str) -> None:
    caller = _caller(community, who)
    for name, text in DOCUMENTS.items():
        for group in (community.own, community.other) if "$id" in text else (community.own,):
            variables = {"id": public_id(group)} if "$id" in text else {}

            core = told(await by_core(text, variables, caller))

            assert told(await by(plain, text, variables, caller)) == core, name
            assert told(await by(lowered, text, variables, caller)) == core, name


async def test_a_page_goes_on_from_its_own_cursor(community: Community) -> None:
    text = """query($id: ID!, $after: String) { node(id: $id) { ... on Group { members(first: 2, after: $after) {
        edges { node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } } } }"""
    for engine in (plain, lowered):
        seen, after = [], None
        while True:
            variables = {"id": public_id(community.own), "after": after}
            result = await by(engine, text, variables, _caller(community, "viewer"))
            page = orjson.loads(orjson.dumps(result.data))["node"]["members"]
            seen += [edge["node"]["id"] for edge in page["edges"]]
            assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert len(seen) == len(set(seen)) == 7


async def test_null_where_none_may_be_is_told_of_by_the_first_gear(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that must be there is hidden: the answer says where, as it does without statements of JSON."""
    declared = relation.declared_by_record[Member]
    hidden = relation.Declared(
        declared.name, Member, lambda context: relation.Condition("{row}.nickname LIKE ?", ("林%",))
    )
    patched: dict[Any, relation.Declared] = dict(relation.declared_by_record)
    patched[Member] = hidden
    monkeypatch.setattr(relation, "declared_by_record", patched)
    text = """{ viewer { groups(first: 5) { edges { node { name
        checkIns(first: 9) { edges { node { content member { nickname } } } } } } } } }"""
    caller = _caller(community, "viewer")

    core = told(await by_core(text, {}, caller))

    assert core[1], "nothing was hidden"
    assert told(await by(plain, text, {}, caller)) == core
    assert told(await by(lowered, text, {}, caller)) == core


def _caller(community: Community, who: str) -> Caller:
    if who == "staff":
        return Caller(CallerKind.STAFF, community.staff_id, new_id(), frozenset({EVERYTHING}), DataScope.ALL)
    return Caller(CallerKind.MEMBER, getattr(community, who).id, new_id())
