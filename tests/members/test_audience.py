"""An audience in the contract: what an input says is kept, unknown ids are told by field, and a type shows it."""

from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from auth.caller import Caller, CallerKind
from auth.context import Context
from engine.cursor import encode_id
from models.errors import DomainError
from models.groups.role import Role
from models.members.audience import Audience as AudienceValue
from models.members.ladder import LadderStep
from models.points.level import Level
from models.staff.right import EVERYTHING
from schema.members.audience import Audience, AudienceInput, audience_field
from schema.scalars import SCALARS
from store.clock import FixedClock
from store.ids import new_id
from tests.build import LONG_AGO, public_id
from tests.conftest import NOON
from tests.groups.build import a_group
from tests.members.build import a_segment, a_tag


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
