"""A plain reading of conditions on members, and a world of members to read: what the compiled SQL is held against."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.checkins.check_in import CheckIn
from models.checkins.streak import Streak
from models.groups.role import Role
from models.members.condition import DEPTH_MOST
from models.members.ladder import LadderStep, MemberLadder
from models.members.member import ACTIVE, Gender, Member, MemberStatus
from models.members.member_tag import MemberTag, TagSource
from models.members.tag import Tag
from models.points.account import Account, of_member
from models.points.level import Level
from models.points.member_level import MemberLevel
from models.spread.newcomer import Newcomer, NewcomerState
from tests.build import LONG_AGO, a_member, a_plan
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.members.build import a_segment, a_tag

DAY = timedelta(days=1)
TODAY = date(2026, 11, 23)
EXAMPLES = 150
REGIONS = ("四川成都", "四川绵阳", "上海浦东", "Śląsk", "100%_真")
FEMALE = {"gender_in": ["female"]}


@dataclass
class Known:
    """What a plain reading needs to know of a member."""

    member: Member
    tags: dict[UUID, bool] = field(default_factory=dict)
    step: LadderStep = LadderStep.PROSPECT
    level: int = 1
    place: tuple[UUID, UUID, Role] | None = None
    is_zombie: bool = False
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
            if len(self.known) % 2:
                known.is_zombie = True
                marked = Newcomer.filter(member_id=member.id, group_id=group.id)
                await marked.update(state=NewcomerState.ZOMBIE, marked_at=NOON)
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
    "zombie_in": lambda one, value: one.is_zombie and _in_place(one, value),
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
        "zombie_in": places,
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
