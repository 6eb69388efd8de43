"""Segments: kept under a version, never in a ring, frozen for a campaign; staff see those in their scope."""

import asyncio
from typing import Any

import pytest

from models.errors import NotFound
from models.mall.good import GoodStatus
from models.mall.shelf import shelve
from models.members.audience import Audience
from models.members.condition import Condition
from models.members.erasure import erase
from models.members.member import Gender, Member
from models.members.segment import Segment, SegmentChanged, SegmentInUse, SegmentNameTaken, SegmentRing, size_of
from models.members.segment_snapshot import SegmentSnapshot, SegmentSnapshotMember
from models.play.draw_terms import Segment as DrawSegment
from models.play.draw_void import DrawVoid
from models.play.red_packet import RedPacket
from models.play.red_packet_share import RedPacketShare
from models.points.earn_rule import Behaviour, EarnRule, EarnTerms
from models.points.level import Level
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.ids import new_id
from tests.build import LONG_AGO, a_member, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.mall.build import a_good
from tests.members.build import a_segment
from tests.play.build import a_packet
from tests.play.draws import a_draw
from tests.statements import statements

FEMALE = {"gender_in": ["female"]}


async def test_a_member_is_in_a_segment_where_the_list_says_so(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    woman, man = await a_member(gender=Gender.FEMALE), await a_member(gender=Gender.MALE)
    segment = await a_segment({"all": [FEMALE, {"joined_before_days": 1}]})

    with statements(monkeypatch) as seen:
        held = await segment.holds(woman.id, at=NOON)

    assert (held, await segment.holds(man.id, at=NOON)) == (True, False)
    assert await segment.size(at=NOON) == 1
    assert len(seen) == 1


async def test_who_left_or_was_erased_is_in_no_segment(database: str) -> None:
    await a_member(status="left")
    erased, here = await a_member(), await a_member()
    await erase(erased.id, at=NOON)

    for condition in ({"joined_before_days": 1}, {"not": FEMALE}):
        assert await size_of(Condition.parsed(condition), at=NOON) == 1
        assert await (await a_segment(condition)).holds(here.id, at=NOON)


async def test_segments_never_name_each_other_in_a_ring(database: str) -> None:
    first = await a_segment(FEMALE)
    second = await a_segment({"segment": str(first.id)})
    third = await a_segment({"any": [FEMALE, {"segment": str(second.id)}]})

    for named in (first, second, third):
        with pytest.raises(SegmentRing):
            await Segment.change(
                first.id,
                expected_version=1,
                condition=Condition("segment", named.id),
                staff_id=new_id(),
                at=NOON,
            )

    assert (await Segment.get(id=first.id)).version == 1


async def test_two_changes_at_once_close_no_ring(database: str) -> None:
    for _ in range(5):
        first, second = await a_segment(FEMALE), await a_segment(FEMALE)

        outcomes = await asyncio.gather(
            *(
                Segment.change(
                    one.id, expected_version=1, condition=Condition("segment", other.id), staff_id=new_id(), at=NOON
                )
                for one, other in ((first, second), (second, first))
            ),
            return_exceptions=True,
        )

        assert sorted(type(one).__name__ for one in outcomes) == ["Segment", "SegmentRing"]


async def test_a_segment_is_changed_under_its_version(database: str) -> None:
    segment = await a_segment(FEMALE, name="女性")
    other = await a_segment(FEMALE)

    changed = await Segment.change(segment.id, expected_version=1, name="她们", staff_id=new_id(), at=NOON)
    with pytest.raises(SegmentChanged):
        await Segment.change(segment.id, expected_version=1, name="她", staff_id=new_id(), at=NOON)
    with pytest.raises(SegmentNameTaken):
        await Segment.change(other.id, expected_version=1, name="她们", staff_id=new_id(), at=NOON)

    assert (changed.name, changed.version) == ("她们", 2)
    row = await AuditRow.get(action="change_segment")
    assert (row.before or {})["condition"] == FEMALE


async def test_a_segment_that_is_used_is_not_archived(database: str) -> None:
    used = await a_segment(FEMALE)
    user = await a_segment({"not": {"segment": str(used.id)}})

    with pytest.raises(SegmentInUse):
        await Segment.archive(used.id, staff_id=new_id(), at=NOON)
    uses = await used.uses()
    archived = await Segment.archive(user.id, staff_id=new_id(), at=NOON)

    assert [(use.kind, use.id) for use in uses] == [("Segment", user.id)]
    assert archived.archived_at == NOON
    assert (await Segment.get(id=used.id)).archived_at is None


async def test_what_is_replaced_or_over_uses_a_segment_no_more(database: str, empty_redis: str) -> None:
    used, only = await a_segment(FEMALE), await a_member(gender=Gender.FEMALE)
    audience = Audience(segment_id=used.id)
    await EarnRule.put(Behaviour.POSTED, EarnTerms(5, audience=audience), at=LONG_AGO)
    sku = await a_good(audience=audience)
    draw = await a_draw(audience=audience)
    open_packet, packet = await a_packet(audience=audience), await a_packet(10, 1, audience=audience)
    naming = await a_segment({"segment": str(used.id)})

    rule = await EarnRule.put(Behaviour.POSTED, EarnTerms(6), at=NOON)
    await shelve(sku.good_id, GoodStatus.ARCHIVED, staff_id=new_id(), at=NOON)
    await Segment.archive(naming.id, staff_id=new_id(), at=NOON)
    await RedPacketShare.grab(only.id, packet.id, at=NOON, once=None)
    still = {use.id for use in await used.uses()}
    with pytest.raises(SegmentInUse):
        await Segment.archive(used.id, staff_id=new_id(), at=NOON)
    await DrawVoid.record(draw.id, reason="活动取消", staff_id=new_id(), at=NOON, once=None)
    await RedPacket.withdraw(open_packet.id, reason="活动取消", staff_id=new_id(), at=NOON)

    assert still == {draw.id, open_packet.id}
    assert (rule.version, await used.uses()) == (2, [])
    assert (await Segment.archive(used.id, staff_id=new_id(), at=NOON)).archived_at == NOON


async def test_a_draw_uses_a_segment_once_also_for_its_weights(database: str) -> None:
    used = await a_segment(FEMALE)
    audience = Audience(segment_id=used.id)

    draw = await a_draw(segments=(DrawSegment("她们", audience),))
    both = await a_draw(audience=audience, segments=(DrawSegment("她们", audience),))

    assert [(use.kind, use.id) for use in await used.uses()] == [("Draw", draw.id), ("Draw", both.id)]


async def test_unknown_ids_are_refused(database: str) -> None:
    gone = str(new_id())
    for condition in ({"tag_in": [gone]}, {"segment": gone}, {"place": {"group_ids": [gone]}}):
        with pytest.raises(NotFound):
            await a_segment(condition)

    assert await Segment.all().count() == 0


async def test_a_snapshot_stays_as_it_was(database: str) -> None:
    women = [await a_member(gender=Gender.FEMALE) for _ in range(3)]
    segment = await a_segment(FEMALE)

    snapshot = await SegmentSnapshot.take(segment.id, note="双十一", staff_id=new_id(), at=NOON)
    await a_member(gender=Gender.FEMALE)
    await Member.filter(id=women[0].id).update(gender=Gender.MALE)

    frozen = await SegmentSnapshotMember.filter(snapshot_id=snapshot.id)
    assert (snapshot.member_count, {one.member_id for one in frozen}) == (3, {one.id for one in women})
    assert len({one.id for one in frozen}) == 3
    assert await segment.size(at=NOON) == 3


# Over HTTP.

CONDITION = {
    "all": [
        {"genderIn": ["FEMALE"]},
        {"not": {"regionIn": ["上海"]}},
        {"any": [{"levelLeast": 1}, {"pointsEarned": {"least": "100"}}]},
    ]
}
SEGMENT = "segment { id name version memberCount condition uses { kind } }"


async def test_a_segment_is_made_looked_into_and_frozen(callers: Callers) -> None:
    await Level.plant_default(at=LONG_AGO)
    member, man = await a_member(gender=Gender.FEMALE, region="四川"), await a_member(gender=Gender.MALE)
    staff = await callers.staff(await a_staff("segments.read", "segments.write"))

    made = (await staff.do("makeSegment", {"name": "川渝女性", "condition": CONDITION}, SEGMENT))["segment"]
    again = await staff.do(
        "changeSegment", {"segmentId": made["id"], "expectedVersion": 1, "summary": "春季"}, "segment { version }"
    )
    seen = await staff.data(
        "query($id: ID!, $condition: MemberConditionInput!, $who: ID!, $man: ID!) {"
        " segmentMembers(segmentId: $id, first: 10) { totalCount edges { node { id } } }"
        " membersMeeting(condition: $condition, first: 10) { totalCount }"
        " yes: isInSegment(segmentId: $id, memberId: $who) no: isInSegment(segmentId: $id, memberId: $man)"
        " segments(first: 5) { edges { node { name memberCount } } } }",
        id=made["id"],
        condition={"not": {"segment": made["id"]}},
        who=public_id(member),
        man=public_id(man),
    )
    frozen = await staff.do(
        "takeSegmentSnapshot",
        {"segmentId": made["id"], "note": "春季招募"},
        "snapshot { memberCount note members(first: 5) { edges { node { member { id } } } } }",
    )

    assert made["condition"] == (
        '{"all":[{"genderIn":["FEMALE"]},{"not":{"regionIn":["上海"]}},'
        '{"any":[{"levelLeast":1},{"pointsEarned":{"least":100}}]}]}'
    )
    assert (made["memberCount"], made["uses"], again["segment"]["version"]) == (1, [], 2)
    assert seen["segmentMembers"] == {"totalCount": 1, "edges": [{"node": {"id": public_id(member)}}]}
    assert seen["membersMeeting"] == {"totalCount": 1}
    assert (seen["yes"], seen["no"]) == (True, False)
    assert seen["segments"]["edges"] == [{"node": {"name": "川渝女性", "memberCount": 1}}]
    assert frozen["snapshot"] == {
        "memberCount": 1,
        "note": "春季招募",
        "members": {"edges": [{"node": {"member": {"id": public_id(member)}}}]},
    }
    assert (await staff.do("archiveSegment", {"segmentId": made["id"]}, "segment { archivedAt }"))["segment"]


@pytest.mark.parametrize(
    ("condition", "code", "path"),
    [
        ({}, "INVALID_INPUT", "condition"),
        ({"levelLeast": 1, "levelMost": 2}, "INVALID_INPUT", "condition"),
        ({"all": [{"not": {"tagIn": ["x"]}}]}, "NOT_FOUND", "condition.all.not.tagIn"),
        ({"segment": "x"}, "NOT_FOUND", "condition.segment"),
    ],
)
async def test_what_is_wrong_with_a_condition_is_told(
    callers: Callers, condition: dict[str, Any], code: str, path: str
) -> None:
    staff = await callers.staff(await a_staff("segments.write"))

    [error] = (await staff.do("makeSegment", {"name": "某人群", "condition": condition}))["userErrors"]

    assert (error["code"], error["field"]) == (code, path)
    assert await Segment.all().count() == 0


async def test_staff_of_a_region_see_and_freeze_their_own(callers: Callers) -> None:
    here = await a_place(await a_group(region="四川"), member=await a_member(gender=Gender.FEMALE))
    await a_place(await a_group(name="外地群", region="上海"), member=await a_member(gender=Gender.FEMALE))
    segment = await a_segment(FEMALE)
    staff = await callers.staff(await a_staff("segments.read", "segments.write", scope=DataScope.REGION, region="四川"))

    seen = await staff.data(
        "query($id: ID!) { segmentMembers(segmentId: $id, first: 10) { totalCount edges { node { id } } } }",
        id=public_id(segment),
    )
    frozen = await staff.do("takeSegmentSnapshot", {"segmentId": public_id(segment)}, "snapshot { memberCount }")

    assert seen["segmentMembers"] == {"totalCount": 1, "edges": [{"node": {"id": public_id(here)}}]}
    assert frozen["snapshot"] == {"memberCount": 1}
    # What a segment says holds for the whole brand.
    assert await staff.refusal("archiveSegment", {"segmentId": public_id(segment)}) == "NOT_FOUND"
    assert await segment.size(at=NOON) == 2


WRITES: dict[str, dict[str, Any]] = {
    "makeSegment": {"name": "某人群", "condition": {"levelLeast": 1}},
    "changeSegment": {"segmentId": "x", "expectedVersion": 1},
    "archiveSegment": {"segmentId": "x"},
    "takeSegmentSnapshot": {"segmentId": "x"},
}


@pytest.mark.parametrize("mutation", WRITES)
async def test_segments_are_not_written_without_the_right(callers: Callers, mutation: str) -> None:
    kind = mutation[0].upper() + mutation[1:]
    query = f"mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"

    assert await callers.nobody().error(query, input=WRITES[mutation]) == "UNAUTHENTICATED"
    assert await (await callers.member(await a_member())).error(query, input=WRITES[mutation]) == "FORBIDDEN"
    reader = await callers.staff(await a_staff("segments.read"))
    assert await reader.error(query, input=WRITES[mutation]) == "FORBIDDEN"
    assert await Segment.all().count() == 0 == await AuditRow.all().count()


async def test_members_do_not_see_segments(callers: Callers) -> None:
    segment, member = await a_segment(FEMALE), await callers.member(await a_member())

    assert await member.error("{ segments(first: 1) { totalCount } }") == "FORBIDDEN"
    assert await member.data("query($id: ID!) { node(id: $id) { id } }", id=public_id(segment)) == {"node": None}
