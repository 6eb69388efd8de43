"""An audience in the contract: what an input says is kept, unknown ids are told by field, and a type shows it."""

from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from auth.caller import Caller, CallerKind
from auth.context import Context
from engine.cursor import encode_id
from models.errors import DomainError, Invalid
from models.groups.role import Role
from models.members.audience import Audience as AudienceValue
from models.members.ladder import LadderStep, MemberLadder
from models.members.member import Gender, Member
from models.members.member_tag import MemberTag, TagSource
from models.points.level import Level
from models.points.member_level import MemberLevel
from models.staff.right import EVERYTHING
from schema.members.audience import Audience, AudienceInput, audience_field
from schema.scalars import SCALARS
from store.clock import FixedClock
from store.ids import new_id
from tests.build import LONG_AGO, a_member, public_id
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.members.build import STAFF, a_segment, a_tag
from tests.statements import statements


async def an_input() -> tuple[AudienceInput, AudienceValue]:
    """An input with every condition, and the audience it says."""
    await Level.plant_default(at=LONG_AGO)
    group, tag, segment = await a_group(), await a_tag(), await a_segment({"gender_in": ["female"]})
    given = AudienceInput(
        level_least=2,
        circle_ids=[strawberry.ID(public_id(await group.circle))] * 2,
        group_ids=[strawberry.ID(public_id(group))],
        new_within_days=30,
        level_most=4,
        roles=[Role.MEMBER],
        tag_ids=[strawberry.ID(public_id(tag))],
        ladder_steps=[LadderStep.CUSTOMER],
        segment_id=strawberry.ID(public_id(segment)),
    )
    return given, AudienceValue(
        2, (group.circle_id,), (group.id,), 30, 4, (Role.MEMBER,), (tag.id,), (LadderStep.CUSTOMER,), segment.id
    )


async def test_an_input_says_an_audience(database: str) -> None:
    given, wanted = await an_input()

    assert await AudienceInput.read(given) == wanted
    assert await AudienceInput.read(None) == AudienceValue()
    assert AudienceValue.from_json(wanted.to_json()) == wanted


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"circle_ids": ["x"]}, "NOT_FOUND", "audience.circleIds"),
        ({"tag_ids": [encode_id("Tag", new_id())]}, "NOT_FOUND", "audience.tagIds"),
        ({"segment_id": "x"}, "NOT_FOUND", "audience.segmentId"),
        ({"level_least": 7, "level_most": None}, "NOT_FOUND", "audience.levelLeast"),
        ({"level_least": 4, "level_most": 2}, "INVALID_INPUT", "audience"),
        ({"new_within_days": 0}, "INVALID_INPUT", "audience"),
    ],
)
async def test_what_an_input_gets_wrong_is_told_by_field(
    database: str, wrong: dict[str, Any], code: str, field: str
) -> None:
    given, _ = await an_input()
    for name, value in wrong.items():
        setattr(given, name, value)

    with pytest.raises(DomainError) as refused:
        await AudienceInput.read(given)

    assert (refused.value.code, refused.value.field) == (code, field)


SHOWN = (
    "{ offer { audience { levelLeast { name } levelMost { name } circles { id } groups { id } newWithinDays roles "
    "tags { name } ladderSteps segment { id } } } free { audience { newWithinDays } } }"
)


@pytest.mark.parametrize("kind", [CallerKind.STAFF, CallerKind.MEMBER])
async def test_a_type_shows_the_audience_of_its_record(database: str, kind: CallerKind) -> None:
    given, value = await an_input()

    class Stored:
        audience: dict[str, Any]

        def __init__(self, audience: dict[str, Any]) -> None:
            self.audience = audience

    @strawberry.type
    class Offer:
        audience: Audience | None = audience_field()

    @strawberry.type
    class Query:
        @strawberry.field
        def offer(self) -> Offer:
            return Stored(value.to_json())  # type: ignore[return-value]  # as a record answers for its type

        @strawberry.field
        def free(self) -> Offer:
            return Stored({})  # type: ignore[return-value]

    rights = frozenset({EVERYTHING}) if kind is CallerKind.STAFF else frozenset[str]()
    context = Context(Caller(kind, new_id(), permissions=rights), "zh-CN", None, "test", FixedClock(NOON))
    toy = strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map=SCALARS))

    answer = await toy.execute(SHOWN, context_value=context)

    assert answer.errors is None
    assert answer.data
    shown = answer.data["offer"]["audience"]
    assert answer.data["free"] == {"audience": None}
    assert (shown["levelLeast"], shown["levelMost"]) == ({"name": "青铜"}, {"name": "黄金"})
    assert shown["circles"] == [{"id": given.circle_ids[0]}]
    assert (shown["newWithinDays"], shown["roles"], shown["ladderSteps"]) == (30, ["MEMBER"], ["CUSTOMER"])
    # Tags that are not public, and segments, are for staff.
    is_staff = kind is CallerKind.STAFF
    assert (len(shown["tags"]), shown["segment"] is not None) == ((1, True) if is_staff else (0, False))


async def codes(audience: AudienceValue, member: Member) -> list[str]:
    return [refusal.code for refusal in await audience.checked().refusals(member.id, at=NOON)]


async def test_an_audience_asks_everything_in_one_statement(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await Level.plant_default(at=LONG_AGO)
    group, tag = await a_group(), await a_tag()
    member, stranger = await a_place(group), await a_member(joined_at=LONG_AGO)
    await Member.filter(id=member.id).update(joined_at=NOON)
    await MemberTag.put_on(tag.id, [member.id], source=TagSource.MANUAL, actor=STAFF, at=NOON)
    await MemberLevel.create(member_id=member.id, position=3, since=NOON, growth_before=0)
    await MemberLadder.create(member_id=member.id, step=LadderStep.CUSTOMER, since=NOON)
    audience = AudienceValue(
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
    assert AudienceValue.from_json(audience.to_json()) == audience


@pytest.mark.parametrize("kind", ["tag_ids", "ladder_steps", "segment_id", "level_most", "roles", "group_ids"])
async def test_each_condition_of_an_audience_shuts_out_who_does_not_meet_it(database: str, kind: str) -> None:
    member = await a_member(gender=Gender.MALE)
    await MemberLevel.create(member_id=member.id, position=3, since=NOON, growth_before=0)
    values: dict[str, Any] = {
        "tag_ids": ((await a_tag()).id,),
        "ladder_steps": (LadderStep.PARTNER,),
        "segment_id": (await a_segment({"gender_in": ["female"]})).id,
        "level_most": 2,
        "roles": (Role.OWNER,),
        "group_ids": ((await a_group()).id,),
    }
    audience = AudienceValue(**{kind: values[kind]})

    assert await codes(audience, member) == ["NOT_IN_AUDIENCE"]
    assert AudienceValue.from_json(audience.to_json()) == audience


async def test_an_empty_audience_is_everybody_and_asks_nothing(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with statements(monkeypatch) as seen:
        assert await AudienceValue.from_json({}).refusals(new_id(), at=NOON) == []

    assert seen == []


async def test_an_audience_names_what_exists(database: str) -> None:
    for audience, path in (
        (AudienceValue(tag_ids=(new_id(),)), "audience.tagIds"),
        (AudienceValue(segment_id=new_id()), "audience.segmentId"),
        (AudienceValue(level_least=9), "audience.levelLeast"),
        (AudienceValue(group_ids=(new_id(),)), "audience.groupIds"),
    ):
        with pytest.raises(DomainError) as refused:
            await audience.known()
        assert (refused.value.code, refused.value.field) == ("NOT_FOUND", path)
    with pytest.raises(Invalid):
        AudienceValue(level_least=4, level_most=3).checked()
