"""Tags: a member bears each once, and of a group of single choice one; members see the public ones."""

import asyncio
from datetime import timedelta

import pytest

from models.errors import Invalid, NotFound
from models.members.erasure import erase
from models.members.member import Member, MemberErased
from models.members.member_tag import MemberTag, TagArchived, TagSource
from models.members.tag import Tag, TagNameTaken
from models.members.tag_group import TagChoice, TagGroup, TagGroupNameTaken
from models.staff.api_key import ApiKey
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.clock import FixedClock
from store.ids import new_id
from tests.build import a_member, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.members.build import STAFF, a_tag, a_tag_group
from tests.statements import WITH_PLANS, statements

MANUAL = TagSource.MANUAL


async def put(tag: Tag, *members: Member, **more: object) -> list[str | None]:
    """Put a tag on members; the code of what stands against each."""
    given = {"source": MANUAL, "actor": STAFF, "at": NOON, **more}
    outcomes = await MemberTag.put_on(tag.id, [one.id for one in members], **given)  # type: ignore[arg-type]  # by name
    return [one.refusal.code if one.refusal else None for one in outcomes]


async def tags_of(member: Member) -> list[str]:
    rows = await MemberTag.filter(member_id=member.id).select_related("tag").order_by("created_at", "id")
    return [row.tag.name for row in rows]


async def test_a_tag_is_put_on_once_and_told_to_the_audit(database: str) -> None:
    tag, first, second = await a_tag(name="高净值"), await a_member(), await a_member()

    outcomes = await put(tag, first, second, first)
    await put(tag, first, expires_at=NOON + timedelta(days=3), reason="活动期间")

    assert outcomes == [None, None]
    assert await MemberTag.all().count() == 2
    assert (await MemberTag.get(member_id=first.id)).expires_at == NOON + timedelta(days=3)
    row = await AuditRow.filter(action="put_tag_on").order_by("id").first()
    assert row
    assert (row.after or {})["members"] == [str(first.id), str(second.id)]


async def test_of_a_group_of_single_choice_the_latest_stays(database: str) -> None:
    group, member = await a_tag_group(TagChoice.SINGLE), await a_member()
    low, high = await a_tag(group, name="低消费"), await a_tag(group, name="高消费")

    await put(low, member)
    await put(high, member)

    assert await tags_of(member) == ["高消费"]


async def test_many_at_once_leave_one_tag_of_a_single_choice(database: str) -> None:
    group, member = await a_tag_group(TagChoice.SINGLE), await a_member()
    tags = [await a_tag(group) for _ in range(8)]

    await asyncio.gather(*(put(tag, member) for tag in tags))

    assert len(await tags_of(member)) == 1


async def test_crossing_bulks_do_not_wait_for_each_other(database: str) -> None:
    members, tags = [await a_member() for _ in range(10)], [await a_tag() for _ in range(4)]

    await asyncio.gather(*(put(tag, *(members if n % 2 else members[::-1])) for n, tag in enumerate(tags)))

    assert await MemberTag.all().count() == 40


async def test_each_member_of_a_bulk_is_answered_by_itself(database: str) -> None:
    tag, member, erased = await a_tag(), await a_member(), await a_member(status="erased")
    nobody = Member(id=new_id(), nickname="无", joined_at=NOON)

    assert await put(tag, member, nobody, erased) == [None, NotFound.code, MemberErased.code]
    assert await MemberTag.all().count() == 1


async def test_a_bulk_is_bounded(database: str) -> None:
    tag = await a_tag()

    with pytest.raises(Invalid):
        await MemberTag.put_on(tag.id, [new_id() for _ in range(251)], source=MANUAL, actor=STAFF, at=NOON)


async def test_an_archived_tag_is_put_on_nobody_and_stays_where_it_is(database: str) -> None:
    tag, member, other = await a_tag(), await a_member(), await a_member()
    await put(tag, member)
    await Tag.change(tag.id, is_archived=True, staff_id=new_id(), at=NOON)

    with pytest.raises(TagArchived):
        await put(tag, other)

    assert await tags_of(member) == [tag.name]
    assert await tags_of(other) == []


async def test_a_tag_is_taken_off_and_only_that_is_told(database: str) -> None:
    tag, member, other = await a_tag(), await a_member(), await a_member()
    await put(tag, member)

    outcomes = await MemberTag.take_off(tag.id, [member.id, other.id], actor=STAFF, at=NOON)
    await MemberTag.take_off(tag.id, [member.id], actor=STAFF, at=NOON)

    assert [one.refusal for one in outcomes] == [None, None]
    assert await tags_of(member) == []
    [row] = await AuditRow.filter(action="take_tag_off")
    assert row.after == {"members": [str(member.id)]}


async def test_what_has_expired_is_not_seen_and_is_swept(callers: Callers, clock: FixedClock) -> None:
    tag, member = await a_tag(is_public=True), await a_member()
    await put(tag, member, expires_at=NOON + timedelta(hours=1), at=NOON - timedelta(days=1))
    caller, query = await callers.member(member), "{ viewer { member { tags { tag { name } } } } }"

    before = await caller.data(query)
    clock.advance(hours=1)
    after = await caller.data(query)
    swept = await MemberTag.sweep(at=NOON + timedelta(hours=1))

    assert before["viewer"]["member"]["tags"] == [{"tag": {"name": tag.name}}]
    assert after["viewer"]["member"]["tags"] == []
    assert (swept, await MemberTag.all().count()) == (1, 0)


async def test_names_are_taken_once(database: str) -> None:
    group = await a_tag_group(name="消费力")
    await a_tag(group, name="高")

    with pytest.raises(TagGroupNameTaken):
        await a_tag_group(name=" 消费力 ")
    with pytest.raises(TagNameTaken):
        await a_tag(group, name="高")
    with pytest.raises(Invalid):
        await Tag.make(group.id, name="低", colour="red", staff_id=new_id(), at=NOON)

    assert (await TagGroup.all().count(), await Tag.all().count()) == (1, 1)


async def test_an_erased_member_bears_no_tags(database: str) -> None:
    tag, member = await a_tag(), await a_member()
    await put(tag, member)

    await erase(member.id, at=NOON)

    assert await MemberTag.all().count() == 0


TAGS = "{ viewer { member { tags { tag { name group { name } memberCount } } } } }"


async def test_members_see_public_tags_only(callers: Callers) -> None:
    member = await a_member()
    secret, public = await a_tag(name="价格敏感"), await a_tag(name="创始会员", is_public=True)
    for tag in (secret, public):
        await put(tag, member)

    found = await (await callers.member(member)).data(TAGS)
    hidden = await (await callers.member(member)).data("query($id: ID!) { node(id: $id) { id } }", id=public_id(secret))

    [tag_seen] = found["viewer"]["member"]["tags"]
    assert (tag_seen["tag"]["name"], tag_seen["tag"]["memberCount"]) == ("创始会员", None)
    assert hidden == {"node": None}


PAGE = (
    "{ members(first: 20) { edges { node { ladderStep member { nickname tags { source tag { name colour group "
    "{ name } } } } } } } }"
)


@WITH_PLANS
async def test_a_page_of_members_with_tags_takes_few_statements(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = [await a_tag() for _ in range(3)]
    members = [await a_member() for _ in range(12)]
    for tag in tags:
        await put(tag, *members)
    staff = await callers.staff(await a_staff("members.read"))

    with statements(monkeypatch) as seen:
        page = await staff.data(PAGE)

    assert [len(edge["node"]["member"]["tags"]) for edge in page["members"]["edges"]] == [3] * 12
    assert page["members"]["edges"][0]["node"]["ladderStep"] == "PROSPECT"
    # One of them finds the caller.
    assert len(seen) <= 4, seen


async def test_a_partner_with_the_scope_sees_tags(callers: Callers) -> None:
    tag, member = await a_tag(), await a_member()
    await put(tag, member)
    _, text = await ApiKey.issue(name="门店系统", scopes=["members.read"], days=1, staff_id=None, at=NOON)
    query = "query($id: ID!) { node(id: $id) { ... on Member { tags { tag { name memberCount } } } } }"

    found = await callers.with_token(text).data(query, id=public_id(member))
    groups = await callers.with_token(text).data("{ tagGroups(first: 5) { edges { node { tags { name } } } } }")

    assert found["node"]["tags"] == [{"tag": {"name": tag.name, "memberCount": 1}}]
    assert groups["tagGroups"]["edges"] == [{"node": {"tags": [{"name": tag.name}]}}]


async def test_staff_tag_the_members_in_their_scope(callers: Callers) -> None:
    here = await a_place(await a_group(region="四川"))
    elsewhere = await a_place(await a_group(name="外地群", region="上海"))
    tag = await a_tag()
    staff = await callers.staff(
        await a_staff("tags.write", "members.read", scope=DataScope.REGION, region="四川"), language="en"
    )
    given = {"tagId": public_id(tag), "memberIds": [public_id(here), public_id(elsewhere), "nonsense"]}
    results = "results { memberId isDone error { code } } tag { memberCount }"

    put_on = await staff.do("putTagOn", given | {"reason": "新品邀约"}, results)
    taken_off = await staff.do("takeTagOff", given, results)

    outcomes = [(one["isDone"], one["error"] and one["error"]["code"]) for one in put_on["results"]]
    assert outcomes == [(True, None), (False, "NOT_FOUND"), (False, "NOT_FOUND")]
    assert [one["memberId"] for one in put_on["results"]] == given["memberIds"]
    assert (put_on["tag"]["memberCount"], taken_off["tag"]["memberCount"]) == (1, 0)
    assert await AuditRow.filter(action__in=["put_tag_on", "take_tag_off"]).count() == 2


async def test_tags_are_made_and_changed_over_http(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("tags.write", "members.read"))

    group = (await staff.do("makeTagGroup", {"name": "兴趣", "choice": "MULTIPLE"}, "group { id name }"))["group"]
    tag = (
        await staff.do("makeTag", {"groupId": group["id"], "name": "露营", "colour": "#00AA55"}, "tag { id colour }")
    )["tag"]
    changed = await staff.do(
        "changeTag", {"tagId": tag["id"], "isPublic": True, "isArchived": True}, "tag { isPublic }"
    )
    renamed = await staff.do("changeTagGroup", {"groupId": group["id"], "name": "爱好"}, "group { name }")

    assert tag["colour"] == "#00aa55"
    assert changed["tag"] == {"isPublic": True}
    assert renamed["group"] == {"name": "爱好"}
    assert await AuditRow.all().count() == 4


WRITES = {
    "makeTagGroup": {"name": "兴趣", "choice": "MULTIPLE"},
    "changeTagGroup": {"groupId": "x"},
    "makeTag": {"groupId": "x", "name": "露营"},
    "changeTag": {"tagId": "x"},
    "putTagOn": {"tagId": "x", "memberIds": []},
    "takeTagOff": {"tagId": "x", "memberIds": []},
}


@pytest.mark.parametrize("mutation", WRITES)
async def test_tags_are_not_written_without_the_right(callers: Callers, mutation: str) -> None:
    kind = mutation[0].upper() + mutation[1:]
    query = f"mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"

    assert await callers.nobody().error(query, input=WRITES[mutation]) == "UNAUTHENTICATED"
    assert await (await callers.member(await a_member())).error(query, input=WRITES[mutation]) == "FORBIDDEN"
    assert await (await callers.staff(await a_staff("members.write"))).error(query, input=WRITES[mutation]) == (
        "FORBIDDEN"
    )
    assert await AuditRow.all().count() == 0
