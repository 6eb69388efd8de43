"""Segments: whom a condition holds for is what a plain reading of it says, on either database."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.checkins.check_in import CheckIn
from models.checkins.streak import Streak
from models.errors import DomainError, Invalid, NotFound
from models.groups.role import Role
from models.members.audience import Audience
from models.members.condition import DEPTH_MOST, Condition
from models.members.erasure import erase
from models.members.ladder import LadderStep, MemberLadder
from models.members.member import ACTIVE, Gender, Member, MemberStatus
from models.members.member_tag import MemberTag, TagSource
from models.members.segment import Segment, SegmentChanged, SegmentInUse, SegmentNameTaken, SegmentRing, members_of
from models.members.segment_snapshot import SegmentSnapshot, SegmentSnapshotMember
from models.members.tag import Tag
from models.points.account import Account, of_member
from models.points.level import Level
from models.points.member_level import MemberLevel
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.database import fetch
from store.ids import as_id, new_id
from tests.build import LONG_AGO, a_member, a_plan, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.members.build import STAFF, a_segment, a_tag
from tests.statements import statements

DAY = timedelta(days=1)
TODAY = date(2026, 11, 23)
EXAMPLES = 150
REGIONS = ("四川成都", "四川绵阳", "上海浦东", "Śląsk", "100%_真")
FEMALE = {"gender_in": ["female"]}


async def found(condition: dict[str, Any]) -> set[UUID]:
    """The members whom the database finds for a condition."""
    clause = await members_of(Condition.parsed(condition), at=NOON)
    rows = await fetch(f"SELECT m.id FROM member m WHERE {clause.of('m', first=1)}", *clause.values)
    return {as_id(row["id"]) for row in rows}


@dataclass
class Known:
    """What a plain reading needs to know of a member."""

    member: Member
    tags: dict[UUID, bool] = field(default_factory=dict)
    step: LadderStep = LadderStep.PROSPECT
    level: int = 1
    place: tuple[UUID, UUID, Role] | None = None
    days: tuple[int, ...] = ()
    streak: int = 0
    total: int = 0
    missed: int = 0
    earned: int = 0
    balance: int = 0


class World:
    """Members of all kinds, made at random, and a plain reading of conditions on them."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.known: list[Known] = []
        self.tags: list[Tag] = []
        self.segments: dict[UUID, dict[str, Any]] = {}

    async def settle(self, size: int = 24) -> None:
        await Level.plant_default(at=LONG_AGO)
        self.plan = await a_plan(grace_days=1)
        self.tags = [await a_tag() for _ in range(3)]
        self.groups = [await a_group(name=name) for name in ("早茶", "夜读")]
        for _ in range(size):
            self.known.append(await self._somebody())
        for condition in ({"any": [FEMALE, {"level_least": 4}]}, {"not": {"region_in": ["四川"]}}):
            self.segments[(await a_segment(condition)).id] = condition

    async def _somebody(self) -> Known:
        pick = self.chance.choice
        member = await a_member(
            gender=pick([None, *Gender]),
            region=pick([None, *REGIONS]),
            birthday=pick([None, date(1990, 2, 28), date(1985, 11, 23), date(2000, 12, 31)]),
            status=pick([MemberStatus.NORMAL] * 5 + [MemberStatus.MUTED, MemberStatus.FROZEN, MemberStatus.LEFT]),
            joined_at=NOON - pick([0, 1, 7, 30, 400]) * DAY - timedelta(seconds=pick([0, 1])),
        )
        known = Known(member)
        await self._tag(known)
        if pick([True, False]):
            known.step = pick(list(LadderStep))
            await MemberLadder.create(member_id=member.id, step=known.step, since=NOON)
        if pick([True, False]):
            known.level = self.chance.randrange(1, 7)
            await MemberLevel.create(member_id=member.id, position=known.level, since=NOON, growth_before=0)
        if member.status in ACTIVE and pick([True, False]):
            group, role = pick(self.groups), pick([Role.MEMBER, Role.GUIDE])
            await a_place(group, member=member, role=role)
            known.place = (group.id, group.circle_id, role)
        await self._check_in(known)
        known.earned, known.balance = self.chance.randrange(0, 500), self.chance.randrange(0, 200)
        await Account.filter(id=of_member(member.id).id).update(earned_total=known.earned, balance=known.balance)
        return known

    async def _tag(self, known: Known) -> None:
        for tag in self.tags:
            ends = self.chance.choice(["absent", None, -1, 0, 1])
            if ends != "absent":
                expires_at = None if ends is None else NOON + int(ends) * DAY
                known.tags[tag.id] = expires_at is None or expires_at > NOON
                await MemberTag.create(
                    member_id=known.member.id,
                    tag_id=tag.id,
                    source=TagSource.MANUAL,
                    created_at=LONG_AGO,
                    expires_at=expires_at,
                )

    async def _check_in(self, known: Known) -> None:
        ago = self.chance.choice([None, 0, 1, 2, 3, 10])
        if ago is None:
            return
        is_voided = self.chance.random() < 0.2
        known.days = () if is_voided else (ago,)
        known.streak, known.total, known.missed = self.chance.randrange(1, 9), 9, max(ago - 1, 0)
        facts: dict[str, Any] = {"day_index": 1, "streak_days": 1, "points_paid": 0, "plan_version": 1}
        day = TODAY - ago * DAY
        await CheckIn.create(
            member_id=known.member.id,
            plan_id=self.plan.id,
            business_day=day,
            voided_at=NOON if is_voided else None,
            created_at=NOON,
            **facts,
        )
        await Streak.create(
            member_id=known.member.id,
            plan_id=self.plan.id,
            current_days=known.streak,
            longest_days=known.streak,
            total_days=known.total,
            last_day=day,
            updated_at=NOON,
        )

    def read(self, condition: dict[str, Any]) -> set[UUID]:
        """Whom a plain reading of a condition finds."""
        able = (one for one in self.known if one.member.status is not MemberStatus.LEFT)
        return {one.member.id for one in able if self.holds(one, condition)}

    def holds(self, one: Known, condition: dict[str, Any]) -> bool:
        [(kind, value)] = condition.items()
        if kind == "all":
            return all(self.holds(one, part) for part in value)
        if kind == "any":
            return any(self.holds(one, part) for part in value)
        if kind == "not":
            return not self.holds(one, value)
        if kind == "segment":
            return self.holds(one, self.segments[UUID(value)])
        return PLAIN[kind](one, value)


def _in_place(one: Known, value: dict[str, Any]) -> bool:
    if one.place is None:
        return False
    group_id, circle_id, role = one.place
    named = {*value.get("circle_ids", ()), *value.get("group_ids", ())}
    roles = value.get("roles")
    return (not named or bool(named & {str(group_id), str(circle_id)})) and (not roles or role in roles)


def _within(number: int, bounds: dict[str, int]) -> bool:
    return bounds.get("least", 0) <= number <= bounds.get("most", 10**9)


PLAIN: dict[str, Callable[[Known, Any], bool]] = {
    "region_in": lambda one, value: any((one.member.region or "").startswith(begin) for begin in value),
    "gender_in": lambda one, value: one.member.gender in value,
    "status_in": lambda one, value: one.member.status in value,
    "birthday_month_in": lambda one, value: one.member.birthday is not None and one.member.birthday.month in value,
    "joined_within_days": lambda one, value: one.member.joined_at > NOON - value * DAY,
    "joined_before_days": lambda one, value: one.member.joined_at <= NOON - value * DAY,
    "tag_in": lambda one, value: any(one.tags.get(UUID(tag_id)) for tag_id in value),
    "ladder_in": lambda one, value: one.step in value,
    "level_least": lambda one, value: one.level >= value,
    "level_most": lambda one, value: one.level <= value,
    "place": _in_place,
    "checked_in_within_days": lambda one, value: any(ago < value for ago in one.days),
    "streak_least": lambda one, value: one.missed <= 1 and one.streak >= value,
    "check_ins_least": lambda one, value: one.total >= value,
    "points_earned": lambda one, value: _within(one.earned, value),
    "points_balance": lambda one, value: _within(one.balance, value),
}


def leaves(world: World) -> st.SearchStrategy[dict[str, Any]]:
    """Leaves of every kind, about what there is in the world."""

    def some(values: Any) -> st.SearchStrategy[list[Any]]:
        return st.lists(st.sampled_from(list(values)), min_size=1, max_size=3, unique=True)

    bounds = st.one_of(
        st.fixed_dictionaries({"least": st.integers(0, 500)}),
        st.fixed_dictionaries({"least": st.integers(0, 100), "most": st.integers(0, 400)}),
    )
    places = st.fixed_dictionaries(
        {},
        optional={
            "circle_ids": some([str(group.circle_id) for group in world.groups]),
            "group_ids": some([str(group.id) for group in world.groups]),
            "roles": some([Role.MEMBER, Role.GUIDE]),
        },
    )
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "region_in": some(["四川", "四川成", "上海", "śląsk", "Śl", "100%_", "1__%"]),
        "gender_in": some([str(one) for one in Gender]),
        "status_in": some(["normal", "muted", "frozen"]),
        "birthday_month_in": some([2, 11, 12, 6]),
        "joined_within_days": st.sampled_from([1, 7, 30, 400]),
        "joined_before_days": st.sampled_from([1, 7, 30, 400]),
        "tag_in": some([str(tag.id) for tag in world.tags]),
        "ladder_in": some([str(one) for one in LadderStep]),
        "level_least": st.integers(1, 7),
        "level_most": st.integers(0, 6),
        "place": places,
        "checked_in_within_days": st.sampled_from([1, 2, 3, 11]),
        "streak_least": st.integers(1, 9),
        "check_ins_least": st.integers(8, 10),
        "points_earned": bounds,
        "points_balance": bounds,
        "segment": st.sampled_from([str(one) for one in world.segments]),
    }
    assert set(kinds) == {*PLAIN, "segment"}
    return st.one_of(*(st.fixed_dictionaries({kind: value}) for kind, value in kinds.items()))


def trees(world: World) -> list[dict[str, Any]]:
    """Conditions at random, from single leaves to deep trees."""
    parts = st.recursive(
        leaves(world),
        lambda below: st.one_of(
            st.lists(below, min_size=1, max_size=3).map(lambda some: {"all": some}),
            st.lists(below, min_size=1, max_size=3).map(lambda some: {"any": some}),
            below.map(lambda one: {"not": one}),
        ),
        max_leaves=8,
    ).filter(lambda tree: depth(tree) <= DEPTH_MOST)
    made: list[dict[str, Any]] = []

    @settings(max_examples=EXAMPLES, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(parts)
    def collect(tree: dict[str, Any]) -> None:
        made.append(tree)

    collect()
    return made


def depth(tree: dict[str, Any]) -> int:
    [(kind, value)] = tree.items()
    if kind in ("all", "any"):
        return 1 + max(depth(one) for one in value)
    return 1 + depth(value) if kind == "not" else 1


@pytest.mark.parametrize("seed", range(2))
async def test_a_condition_finds_whom_a_plain_reading_finds(database: str, seed: int) -> None:
    world = World(Random(seed))
    await world.settle()

    for tree in trees(world):
        assert await found(tree) == world.read(tree), tree


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

    assert await found({"joined_before_days": 1}) == {here.id}
    assert await found({"not": FEMALE}) == {here.id}


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        ({}, "condition"),
        ({"all": []}, "condition.all"),
        ({"all": [{"level_least": 1, "level_most": 2}]}, "condition.all.0"),
        ({"gender_in": ["robot"]}, "condition.genderIn"),
        ({"birthday_month_in": [13]}, "condition.birthdayMonthIn"),
        ({"region_in": []}, "condition.regionIn"),
        ({"tag_in": ["drop table"]}, "condition.tagIn"),
        ({"place": {"sql": "1"}}, "condition.place"),
        ({"points_earned": {}}, "condition.pointsEarned"),
        ({"points_earned": {"least": -1}}, "condition.pointsEarned.least"),
        ({"status_in": ["erased"]}, "condition.statusIn"),
        ({"name); --": 1}, "condition"),
        ({"level_least": True}, "condition.levelLeast"),
        ("all", "condition"),
    ],
)
def test_a_condition_outside_its_bounds_names_where(condition: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Condition.parsed(condition)

    assert refused.value.field == field


def test_conditions_are_bounded_in_depth_and_size() -> None:
    deep: dict[str, Any] = FEMALE
    for _ in range(DEPTH_MOST):
        deep = {"not": deep}

    for wrong in (deep, {"all": [FEMALE] * 100}):
        with pytest.raises(Invalid):
            Condition.parsed(wrong)


async def test_a_condition_keeps_its_shape(database: str) -> None:
    world = World(Random(7))
    await world.settle(size=1)

    for tree in trees(world)[:60]:
        told = Condition.parsed(tree).told
        assert Condition.parsed(told).told == told


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
    archived = await Segment.archive(user.id, staff_id=new_id(), at=NOON)

    assert [(use.kind, use.id) for use in await used.uses()] == [("Segment", user.id)]
    assert archived.archived_at == NOON
    assert (await Segment.get(id=used.id)).archived_at is None


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


# Audiences ask the same conditions of one member.


async def codes(audience: Audience, member: Member) -> list[str]:
    return [refusal.code for refusal in await audience.checked().refusals(member.id, at=NOON)]


async def test_an_audience_asks_everything_in_one_statement(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await Level.plant_default(at=LONG_AGO)
    group, tag = await a_group(), await a_tag()
    member, stranger = await a_place(group), await a_member(joined_at=LONG_AGO)
    await Member.filter(id=member.id).update(joined_at=NOON)
    await MemberTag.put_on(tag.id, [member.id], source=TagSource.MANUAL, actor=STAFF, at=NOON)
    await MemberLevel.create(member_id=member.id, position=3, since=NOON, growth_before=0)
    await MemberLadder.create(member_id=member.id, step=LadderStep.CUSTOMER, since=NOON)
    audience = Audience(
        level_least=3,
        level_most=4,
        circle_ids=(group.circle_id,),
        roles=(Role.MEMBER,),
        new_within_days=7,
        tag_ids=(tag.id,),
        ladder_steps=(LadderStep.CUSTOMER,),
    )

    with statements(monkeypatch) as seen:
        own = await codes(audience, member)

    assert own == []
    assert len(seen) == 1
    assert await codes(audience, stranger) == ["LEVEL_TOO_LOW", "NEW_MEMBERS_ONLY", "NOT_IN_AUDIENCE"]
    [refusal, *_] = await audience.refusals(stranger.id, at=NOON)
    assert refusal.sentence("zh-CN") == "需要达到等级「白银」"
    assert Audience.from_json(audience.to_json()) == audience


@pytest.mark.parametrize("kind", ["tag_ids", "ladder_steps", "segment_id", "level_most", "roles", "group_ids"])
async def test_each_condition_of_an_audience_shuts_out_who_does_not_meet_it(database: str, kind: str) -> None:
    member = await a_member(gender=Gender.MALE)
    await MemberLevel.create(member_id=member.id, position=3, since=NOON, growth_before=0)
    values: dict[str, Any] = {
        "tag_ids": ((await a_tag()).id,),
        "ladder_steps": (LadderStep.PARTNER,),
        "segment_id": (await a_segment(FEMALE)).id,
        "level_most": 2,
        "roles": (Role.OWNER,),
        "group_ids": ((await a_group()).id,),
    }
    audience = Audience(**{kind: values[kind]})

    assert await codes(audience, member) == ["NOT_IN_AUDIENCE"]
    assert Audience.from_json(audience.to_json()) == audience


async def test_an_empty_audience_is_everybody_and_asks_nothing(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with statements(monkeypatch) as seen:
        assert await Audience.from_json({}).refusals(new_id(), at=NOON) == []

    assert seen == []


async def test_an_audience_names_what_exists(database: str) -> None:
    for audience, path in (
        (Audience(tag_ids=(new_id(),)), "audience.tagIds"),
        (Audience(segment_id=new_id()), "audience.segmentId"),
        (Audience(level_least=9), "audience.levelLeast"),
        (Audience(group_ids=(new_id(),)), "audience.groupIds"),
    ):
        with pytest.raises(DomainError) as refused:
            await audience.known()
        assert (refused.value.code, refused.value.field) == ("NOT_FOUND", path)
    with pytest.raises(Invalid):
        Audience(level_least=4, level_most=3).checked()
