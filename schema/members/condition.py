"""Conditions on members in the contract: one input in which each node says exactly one thing."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

import strawberry
from pydantic.alias_generators import to_camel

from engine.cursor import encode_id
from models.members.condition import Condition
from models.members.member import Gender, MemberStatus
from schema.groups.role import Role
from schema.ids import id_of
from schema.members.ladder_step import LadderStep
from schema.scalars import BigInt

_TYPES = {"tag_in": "Tag", "segment": "Segment", "circle_ids": "Circle", "group_ids": "Group"}
"""The types of the ids in a condition, by the key under which they stand."""


def _one(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="A membership of a group in use; of the circles and groups one is enough.")
class PlaceInput:
    circle_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="Circles of the group.")
    group_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="The group.")
    roles: list[Role] = strawberry.field(default_factory=list, description="The member's role in it; any where empty.")


@strawberry.input(description="Bounds of a number, both included; one may be absent.")
class BoundsInput:
    least: BigInt | None = strawberry.field(default=None, description="From this on.")
    most: BigInt | None = strawberry.field(default=None, description="Up to this.")


@strawberry.input(description="A condition on members: exactly one field is given.")
class MemberConditionInput:
    all: list["MemberConditionInput"] | None = _one("All of these hold.")
    any: list["MemberConditionInput"] | None = _one("One of these holds.")
    not_: "MemberConditionInput | None" = strawberry.field(
        name="not", default=strawberry.UNSET, description="This does not hold."
    )
    region_in: list[str] | None = _one("The region begins with one of these.")
    gender_in: list[Gender] | None = _one("The gender is one of these.")
    status_in: list[MemberStatus] | None = _one("The status is one of normal, muted and frozen that are named.")
    birthday_month_in: list[int] | None = _one("The birthday is in one of these months, 1 to 12.")
    joined_within_days: int | None = _one("Came less than so many days ago.")
    joined_before_days: int | None = _one("Came at least so many days ago.")
    tag_in: list[strawberry.ID] | None = _one("Bears one of these tags.")
    ladder_in: list[LadderStep] | None = _one("Stands on one of these steps of the ladder.")
    level_least: int | None = _one("Has the level of this position or one above.")
    level_most: int | None = _one("Has the level of this position or one below; 0: none.")
    place: PlaceInput | None = _one("Belongs to such a group.")
    zombie_in: PlaceInput | None = _one("Belongs to such a group and was silent there through its first days.")
    checked_in_within_days: int | None = _one("Checked in on one of the last so many days, today included.")
    streak_least: int | None = _one("Has checked in so many days in a row, under the default plan.")
    check_ins_least: int | None = _one("Has checked in so many times, under the default plan.")
    points_earned: BoundsInput | None = _one("Has ever earned so many points.")
    points_balance: BoundsInput | None = _one("Can spend so many points.")
    segment: strawberry.ID | None = _one("Is in this segment.")

    def read(self, *, field: str = "condition") -> Condition:
        """The condition. Raises `Invalid` and `NotFound` under the path of what is wrong."""
        return Condition.parsed(_read(self, field), field)


def shown(told: Mapping[str, Any]) -> dict[str, Any]:
    """A condition in plain JSON as the input takes it: names in camel case, public ids, names of enum values."""
    return _shown(Condition.parsed(told))


def _read(given: Any, field: str) -> Any:
    """What was given as plain JSON, by the names of the record."""
    found = {}
    for name, value in vars(given).items():
        if value is strawberry.UNSET or value is None:
            continue
        key = name.rstrip("_")
        found[key] = _value(key, value, f"{field}.{to_camel(key)}")
    return found


def _value(key: str, value: Any, field: str) -> Any:
    if isinstance(value, list):
        return [_value(key, one, field) for one in value]
    if hasattr(value, "__strawberry_definition__") and not isinstance(value, StrEnum):
        return _read(value, field)
    return id_of(_TYPES[key], value, field=field) if key in _TYPES else value


def _shown(node: Condition) -> dict[str, Any]:
    if node.kind == "not":
        return {"not": _shown(node.parts[0])}
    if node.parts:
        return {node.kind: [_shown(part) for part in node.parts]}
    return {to_camel(node.kind): _leaf(node.kind, node.value)}


def _leaf(key: str, value: Any) -> Any:
    if isinstance(value, tuple):
        return [_leaf(key, one) for one in value]
    if isinstance(value, StrEnum):
        return value.name
    if isinstance(value, UUID):
        return encode_id(_TYPES[key], value)
    if hasattr(value, "__dataclass_fields__"):
        return {to_camel(name): _leaf(name, one) for name, one in vars(value).items() if one not in (None, ())}
    return value
