"""Data scope: who answers for a region or for some groups sees their members and nobody else's."""

import pytest

from models.groups.circle import Circle
from models.groups.group import Group
from models.groups.membership import Membership
from models.mall.address import Address
from models.members.member import Member
from models.points.account import Bucket, of_member, of_platform
from models.points.entry import Move, PointEntry
from models.staff.api_key import ApiKey
from models.staff.colleague import DataScope
from models.staff.staff import Staff
from store.database import transaction
from store.ids import new_id
from tests.build import LONG_AGO, a_member, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.mall.build import HOME

NODE = "query($id: ID!) { node(id: $id) { __typename } }"


async def a_member_of(region: str, manager: Staff | None = None) -> Member:
    circle = await Circle.create(slug=f"c-{new_id()}"[:40], name="汽车", created_at=LONG_AGO)
    group = Group(circle_id=circle.id, name="车友会", number=1, region=region, created_at=LONG_AGO, member_count=1)
    group.manager_staff_id = manager.id if manager else None
    await group.save(force_create=True)
    member = await a_member()
    await Membership.create(member_id=member.id, group_id=group.id, joined_at=LONG_AGO)
    return member


async def a_line_of(member: Member) -> PointEntry:
    async with transaction():
        move = Move(of_platform(Bucket.ISSUED), of_member(member.id), 5, "gift", f"test:{new_id()}")
        _, credit = await PointEntry.post([move], at=NOON)
    return credit


@pytest.mark.parametrize("scope", DataScope)
async def test_rows_of_members_are_seen_by_scope(callers: Callers, scope: DataScope) -> None:
    region = "华东" if scope is DataScope.REGION else None
    staff = await a_staff("points.read", scope=scope, region=region)
    caller = await callers.staff(staff)
    mine, others = await a_member_of("华东", manager=staff), await a_member_of("华北")

    seen = [await caller.data(NODE, id=public_id(await a_line_of(member))) for member in (mine, others)]

    assert seen[0] == {"node": {"__typename": "PointEntry"}}
    assert seen[1] == {"node": {"__typename": "PointEntry"} if scope is DataScope.ALL else None}


async def test_what_a_member_owns_is_seen_by_it_and_in_scope(callers: Callers) -> None:
    staff, region = await a_staff("members.read", scope=DataScope.REGION, region="华东"), "华东"
    owner, stranger = await a_member_of(region), await a_member_of(region)
    address = await Address.put(owner.id, HOME, at=NOON)
    _, key = await ApiKey.issue(name="商城", scopes=["members.read"], days=1, staff_id=None, at=NOON)
    asking = {
        "owner": await callers.member(owner),
        "another member": await callers.member(stranger),
        "staff in scope": await callers.staff(staff),
        "staff elsewhere": await callers.staff(await a_staff("members.read", scope=DataScope.REGION, region="华北")),
        "staff without the right": await callers.staff(await a_staff("points.read")),
        "partner": callers.with_token(key),
    }

    seen = {who: (await one.data(NODE, id=public_id(address)))["node"] for who, one in asking.items()}

    assert [who for who, found in seen.items() if found] == ["owner", "staff in scope"]


async def test_where_a_member_says_it_lives_puts_it_in_no_scope(callers: Callers) -> None:
    caller = await callers.staff(await a_staff("points.read", scope=DataScope.REGION, region="华东"))
    loner = await a_member(region="华东")

    assert await caller.data(NODE, id=public_id(await a_line_of(loner))) == {"node": None}


async def test_the_audit_is_for_those_who_see_the_whole_brand(callers: Callers) -> None:
    query = "{ auditRows(first: 5) { edges { cursor } } }"
    part = await callers.staff(await a_staff("audit.read", scope=DataScope.REGION, region="华东"))

    assert await part.error(query) == "NOT_FOUND"
    assert await (await callers.staff(await a_staff("points.read"))).error(query) == "FORBIDDEN"


async def test_the_audit_is_read_by_subject_and_by_actor(callers: Callers) -> None:
    boss_staff, member = await a_staff(), await a_member()
    boss, other = await callers.staff(boss_staff), await callers.staff(await a_staff())
    for n, caller in enumerate((boss, other)):
        given = {"idempotencyKey": f"12345678-{n}", "memberId": public_id(member), "amount": "5", "reason": f"补发{n}"}
        await caller.do("grantPoints", given)
    query = """query($subject: ID, $actor: ID) { auditRows(first: 5, subjectId: $subject, actorId: $actor) {
        totalCount edges { node { action reason actorId subjectId changes { name before after } } } } }"""

    by_actor = await boss.data(query, actor=public_id(boss_staff), subject=public_id(member))
    every = await boss.data(query)

    assert by_actor["auditRows"] == {
        "totalCount": 1,
        "edges": [
            {
                "node": {
                    "action": "grant_points",
                    "reason": "补发0",
                    "actorId": public_id(boss_staff),
                    "subjectId": public_id(member),
                    "changes": [{"name": "available_points", "before": None, "after": "5"}],
                }
            }
        ],
    }
    assert every["auditRows"]["totalCount"] == 2
    assert await boss.error(query, subject="forged") == "NOT_FOUND"
