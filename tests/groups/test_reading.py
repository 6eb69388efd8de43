"""What can be read of groups, by whom, and in how many statements."""

from datetime import timedelta
from typing import Any

import pytest

from models.actor import Actor
from models.checkins.check_in import CheckIn
from models.groups.announcement import Announcement
from models.groups.group import Group
from models.groups.join_request import JoinRequest
from models.groups.membership import Membership
from models.groups.moderation import kick
from models.groups.role import Role
from models.groups.rules import GroupRules
from models.groups.settings import GroupSettings, JoinMode
from models.groups.waitlist import WaitlistEntry
from models.members.member import Member
from models.staff.colleague import DataScope
from tests.build import LONG_AGO, a_member, a_plan, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import STAFF, a_circle, a_group, a_place
from tests.statements import statements

EDGES = "edges { role nickname joinedAt node { nickname } }"


async def test_a_groups_members_bear_their_facts_on_the_edge(callers: Callers) -> None:
    group = await a_group()
    owner = await a_place(group, role=Role.OWNER, member=await a_member(nickname="王小明"))
    member = await a_place(group, member=await a_member(nickname="李思远"), at=LONG_AGO + timedelta(days=1))
    await Membership.set_nickname(member.id, group.id, "老司机", at=NOON)

    found = await (await callers.member(owner)).data(
        f"query($id: ID!) {{ group(id: $id) {{ title memberCount owner {{ nickname }} members(first: 10) "
        f"{{ totalCount {EDGES} }} }} }}",
        id=public_id(group),
    )

    assert found["group"] == {
        "title": "车友会 1群",
        "memberCount": 2,
        "owner": {"nickname": "王小明"},
        "members": {
            "totalCount": 2,
            "edges": [
                {
                    "role": "OWNER",
                    "nickname": None,
                    "joinedAt": "2026-10-01T02:00:00Z",
                    "node": {"nickname": "王小明"},
                },
                {
                    "role": "MEMBER",
                    "nickname": "老司机",
                    "joinedAt": "2026-10-02T02:00:00Z",
                    "node": {"nickname": "李思远"},
                },
            ],
        },
    }


async def test_members_are_paged_both_ways(callers: Callers) -> None:
    group = await a_group()
    members = [await a_place(group, at=LONG_AGO + timedelta(days=day)) for day in range(5)]
    caller, query = (
        await callers.member(members[0]),
        "query($id: ID!, $after: String, $before: String, $first: Int, $last: Int) { group(id: $id) { members"
        "(first: $first, after: $after, last: $last, before: $before) "
        "{ pageInfo { hasNextPage hasPreviousPage endCursor startCursor } edges { joinedAt } } } }",
    )

    first = (await caller.data(query, id=public_id(group), first=2))["group"]["members"]
    following = (await caller.data(query, id=public_id(group), first=2, after=first["pageInfo"]["endCursor"]))["group"][
        "members"
    ]
    back = (await caller.data(query, id=public_id(group), last=2, before=following["pageInfo"]["startCursor"]))[
        "group"
    ]["members"]

    assert [edge["joinedAt"][:10] for edge in first["edges"]] == ["2026-10-01", "2026-10-02"]
    assert [edge["joinedAt"][:10] for edge in following["edges"]] == ["2026-10-03", "2026-10-04"]
    assert back["edges"] == first["edges"]
    assert (first["pageInfo"]["hasNextPage"], following["pageInfo"]["hasPreviousPage"]) == (True, True)


PRIVATE = """query($id: ID!) { group(id: $id) {
  members(first: 10) { totalCount edges { node { nickname } } }
  checkIns(first: 10) { totalCount }
  announcements(first: 10) { totalCount }
  pinnedAnnouncements { title }
  joinRequests(first: 10) { totalCount }
  invitations(first: 10) { totalCount }
  waitlist(first: 10) { totalCount }
  changes(first: 10) { totalCount }
  blocks(first: 10) { totalCount }
} }"""


async def a_lively_group() -> tuple[Group, Member, Member, Member]:
    """A group with something of everything, its owner, a member and an applicant."""
    group = await a_group(member_cap=3, region="华东")
    owner, member = await a_place(group, role=Role.OWNER), await a_place(group)
    kicked = await a_place(group)
    await kick(group.id, kicked.id, reason="发布广告", actor=STAFF, at=NOON)
    await a_place(group)
    await WaitlistEntry.enter((await a_member()).id, group.id, at=NOON)
    await Announcement.publish(
        group.id, title="周六自驾", body="八点集合。", is_pinned=True, actor=Actor.member(owner.id), at=NOON
    )
    await CheckIn.record(member.id, await a_plan(), at=NOON, group_id=group.id)
    await Group.change(group.id, GroupSettings(join_mode=JoinMode.APPROVAL), actor=STAFF, at=NOON)
    applicant = await a_member()
    await JoinRequest.apply(applicant.id, group.id, at=NOON)
    return group, owner, member, applicant


def counts(group: dict[str, Any]) -> dict[str, int]:
    return {name: len(found) if isinstance(found, list) else found["totalCount"] for name, found in group.items()}


async def test_each_sees_of_a_group_what_is_for_it(callers: Callers) -> None:
    group, owner, member, applicant = await a_lively_group()
    here = await a_staff("groups.read", "checkins.read", scope=DataScope.REGION, region="华东")

    async def seen(caller: Any) -> dict[str, int]:
        return counts((await caller.data(PRIVATE, id=public_id(group)))["group"])

    to_owner = {
        "members": 3,
        "checkIns": 1,
        "announcements": 1,
        "pinnedAnnouncements": 1,
        "joinRequests": 1,
        "invitations": 0,
        "waitlist": 1,
        "changes": 6,
        "blocks": 1,
    }
    nothing = dict.fromkeys(to_owner, 0)
    to_all = {"members": 3, "checkIns": 1, "announcements": 1, "pinnedAnnouncements": 1}
    assert await seen(await callers.member(owner)) == to_owner
    assert await seen(await callers.member(member)) == nothing | to_all | {"changes": 1}
    assert await seen(await callers.member(applicant)) == nothing | {"joinRequests": 1}
    assert await seen(await callers.member(await a_member())) == nothing
    assert await seen(await callers.staff(here)) == to_owner


async def test_a_group_out_of_scope_is_not_there(callers: Callers) -> None:
    group, *_ = await a_lively_group()
    elsewhere = await a_staff("groups.read", scope=DataScope.REGION, region="华南")
    blind = await a_staff("members.read")

    for staff in (elsewhere, blind):
        caller = await callers.staff(staff)
        found = await caller.data("query($id: ID!) { group(id: $id) { name } }", id=public_id(group))
        listed = await caller.data("{ groups(first: 10) { totalCount edges { node { name } } } }")
        assert found["group"] is None
        assert listed["groups"] == {"totalCount": 0, "edges": []}


async def test_private_rows_are_not_found_by_node_either(callers: Callers) -> None:
    group, owner, member, applicant = await a_lively_group()
    request = await JoinRequest.get(member_id=applicant.id)
    place = await Membership.of(member.id, group.id)
    announcement = await Announcement.get(group_id=group.id)
    query = "query($id: ID!) { node(id: $id) { id } }"

    async def found(caller: Member, record: Any) -> bool:
        return (await (await callers.member(caller)).data(query, id=public_id(record)))["node"] is not None

    outsider = await a_member()
    assert [await found(outsider, one) for one in (group, request, place, announcement)] == [True, False, False, False]
    assert [await found(member, one) for one in (request, place, announcement)] == [False, True, True]
    assert [await found(owner, one) for one in (request, place, announcement)] == [True, True, True]


async def test_what_the_viewer_may_do(callers: Callers) -> None:
    group = await a_group(join_mode=JoinMode.APPROVAL)
    guide, outsider = await a_place(group, role=Role.GUIDE), await a_member()
    await GroupRules.publish(group.id, "文明发言。", actor=STAFF, at=NOON)
    query = """query($id: ID!) { group(id: $id) { viewerMembership { role } viewerRights viewerHasAcceptedRules
      viewerCanJoin { isAllowed nextAt reasons { code } } viewerJoinRequest { status } isShortOfAdmins
      rules { version body byKind } viewerWaitlistEntry { position } } }"""
    await JoinRequest.apply(outsider.id, group.id, at=NOON, accepted_rules_version=1)

    inside = (await (await callers.member(guide)).data(query, id=public_id(group)))["group"]
    outside = (await (await callers.member(outsider)).data(query, id=public_id(group)))["group"]
    staff = (await (await callers.staff(await a_staff())).data(query, id=public_id(group)))["group"]

    shared = {"isShortOfAdmins": True, "rules": {"version": 1, "body": "文明发言。", "byKind": "STAFF"}}
    assert inside == shared | {
        "viewerMembership": {"role": "GUIDE"},
        "viewerRights": ["ANNOUNCE", "INVITE", "MUTE", "WELCOME"],
        "viewerHasAcceptedRules": False,
        "viewerCanJoin": {"isAllowed": False, "nextAt": None, "reasons": [{"code": "ALREADY_MEMBER"}]},
        "viewerJoinRequest": None,
        "viewerWaitlistEntry": None,
    }
    assert outside == shared | {
        "viewerMembership": None,
        "viewerRights": [],
        "viewerHasAcceptedRules": True,
        "viewerCanJoin": {
            "isAllowed": False,
            "nextAt": "2026-11-30T04:00:00Z",
            "reasons": [{"code": "ALREADY_APPLIED"}],
        },
        "viewerJoinRequest": {"status": "PENDING"},
        "viewerWaitlistEntry": None,
    }
    assert (staff["viewerCanJoin"], staff["viewerRights"], staff["viewerMembership"]) == (None, [], None)


async def test_circles_and_groups_are_listed(callers: Callers) -> None:
    auto = await a_circle()
    official = await a_circle(is_official=True)
    first, second = await a_group(circle=auto), await a_group(circle=auto)
    await a_group(circle=official, name="会员之家")
    await Group.archive(first.id, reason="合并", actor=STAFF, at=NOON)
    caller = await callers.member(await a_member())

    circles = await caller.data("{ circles(first: 10) { totalCount edges { node { isOfficial } } } }")
    of_circle = await caller.data(
        "query($id: ID!) { groups(circleId: $id, first: 10) { edges { node { id number } } } }", id=public_id(auto)
    )
    archived = await caller.data("{ groups(status: ARCHIVED, first: 10) { edges { node { id } } } }")

    assert circles["circles"]["totalCount"] == 2
    assert of_circle["groups"]["edges"] == [{"node": {"id": public_id(second), "number": 2}}]
    assert archived["groups"]["edges"] == [{"node": {"id": public_id(first)}}]


async def test_the_viewers_groups_with_their_last_check_ins_cost_few_statements(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer, plan = await a_member(), await a_plan()
    for name in ("车友会", "自驾群", "品酒会", "羽毛球群", "旅行群"):
        group = await a_group(name=name)
        await a_place(group, member=viewer)
        for _ in range(4):
            await CheckIn.record((await a_place(group)).id, plan, at=NOON, group_id=group.id)
    caller = await callers.member(viewer)
    query = """{ viewer { groups(first: 5) { edges { role node { title memberCount isShortOfAdmins viewerRights
      checkIns(first: 3) { edges { node { content member { nickname } } } } } } } } }"""
    await caller.data(query)

    with statements(monkeypatch) as seen:
        found = await caller.data(query)

    groups = found["viewer"]["groups"]["edges"]
    assert [edge["node"]["memberCount"] for edge in groups] == [5] * 5
    assert [len(edge["node"]["checkIns"]["edges"]) for edge in groups] == [3] * 5
    # The token, the viewer, its places, their groups, admins, rights, check-ins, and who made them.
    assert len(seen) <= 8, seen


async def test_eligibility_of_many_groups_costs_few_statements(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("车友会", "自驾群", "品酒会", "羽毛球群", "旅行群"):
        await GroupRules.publish((await a_group(name=name)).id, "文明发言。", actor=STAFF, at=NOON)
    caller = await callers.member(await a_member())
    query = """{ groups(first: 50) { edges { node { owner { nickname } rules { version } viewerHasAcceptedRules
      viewerCanJoin { isAllowed } } } } }"""
    await caller.data(query)

    with statements(monkeypatch) as seen:
        found = await caller.data(query)

    assert [edge["node"]["viewerCanJoin"] for edge in found["groups"]["edges"]] == [{"isAllowed": True}] * 5
    # The token, the groups, owners, rules twice, acceptances, and four for eligibility.
    assert len(seen) == 10, seen
