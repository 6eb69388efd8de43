"""A condition on members: a tree of `all`, `any` and `not` over what is known about them.

It is kept as JSON, each node an object of one key: `{"all": [{"gender_in": ["female"]}, {"not": {"level_least": 3}}]}`.
Whatever comes in is read by `Condition.parsed`, which knows every kind of leaf and its bounds; what it has let through
is compiled to SQL in one place, `condition_sql`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from pydantic.alias_generators import to_camel

from models.errors import Invalid, bounded_text
from models.groups.role import Role
from models.members.ladder import LadderStep
from models.members.member import MAY_LOG_IN, Gender
from models.points.posting import POINTS_LIMIT

DEPTH_MOST, NODES_MOST = 8, 100
NAMED_MOST = 100
DAYS_MOST = 3_660
REGION_MOST = 80
COUNT_MOST = 1_000_000

Json = Any
ALL, ANY, NOT = "all", "any", "not"


@dataclass(frozen=True)
class Condition:
    """A node: a leaf of a `kind` with its value, or `all`, `any` (of `parts`) or `not` (of one)."""

    kind: str
    value: Any = None
    parts: tuple["Condition", ...] = ()

    @classmethod
    def parsed(cls, given: Json, field: str = "condition") -> Self:
        """The tree in plain JSON, or `Invalid` under the path of what is wrong with it."""
        found = cls._read(given, field, depth=1)
        if sum(1 for _ in found.nodes()) > NODES_MOST:
            raise Invalid(field, zh=f"条件最多 {NODES_MOST} 项", en=f"at most {NODES_MOST} conditions")
        return found

    @classmethod
    def _read(cls, given: Json, field: str, *, depth: int) -> Self:
        if depth > DEPTH_MOST:
            raise Invalid(field, zh=f"最多嵌套 {DEPTH_MOST} 层", en=f"at most {DEPTH_MOST} levels deep")
        if not isinstance(given, Mapping) or len(given) != 1:
            raise Invalid(field, zh="每个条件应恰好填写一项", en="a condition says exactly one thing")
        [(kind, value)] = given.items()
        path = f"{field}.{to_camel(kind)}"
        if kind in (ALL, ANY):
            if not isinstance(value, Sequence) or isinstance(value, str) or not value:
                raise Invalid(path, zh="至少填写一个条件", en="name at least one condition")
            parts = [cls._read(one, f"{path}.{n}", depth=depth + 1) for n, one in enumerate(value)]
            return cls(kind, parts=tuple(parts))
        if kind == NOT:
            return cls(NOT, parts=(cls._read(value, path, depth=depth + 1),))
        read = LEAVES.get(kind)
        if read is None:
            raise Invalid(field, zh="没有这种条件", en="there is no such condition")
        return cls(kind, read(value, path))

    @property
    def told(self) -> dict[str, Json]:
        """The same as plain JSON."""
        if self.kind == NOT:
            return {NOT: self.parts[0].told}
        if self.parts:
            return {self.kind: [part.told for part in self.parts]}
        return {self.kind: _plain(self.value)}

    def nodes(self) -> Iterator["Condition"]:
        """Itself and all below it."""
        yield self
        for part in self.parts:
            yield from part.nodes()

    def named(self, kind: str) -> set[UUID]:
        """The ids that leaves of a kind name."""
        found: set[UUID] = set()
        for node in self.nodes():
            if node.kind == kind:
                found |= {node.value} if isinstance(node.value, UUID) else set(node.value)
        return found

    @property
    def segment_ids(self) -> set[UUID]:
        return self.named("segment")


@dataclass(frozen=True)
class Place:
    """A membership of a group in use: in one of these groups or circles (any where none is named), in such a role."""

    circle_ids: tuple[UUID, ...] = ()
    group_ids: tuple[UUID, ...] = ()
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True)
class Bounds:
    """A number from `least` to `most`; one of them may be absent."""

    least: int | None = None
    most: int | None = None


def _texts(value: Json, field: str) -> tuple[str, ...]:
    texts = [bounded_text(str(one), field, least=1, most=REGION_MOST) or "" for one in _list(value, field)]
    return tuple(dict.fromkeys(texts))


def _among(choices: Sequence[StrEnum]) -> Callable[[Json, str], tuple[StrEnum, ...]]:
    known = {str(one): one for one in choices}

    def read(value: Json, field: str) -> tuple[StrEnum, ...]:
        names = [str(one) for one in _list(value, field)]
        if unknown := [name for name in names if name not in known]:
            raise Invalid(field, zh=f"没有「{unknown[0]}」", en=f"there is no {unknown[0]}")
        return tuple(dict.fromkeys(known[name] for name in names))

    return read


def _number(least: int, most: int) -> Callable[[Json, str], int]:
    def read(value: Json, field: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Invalid(field, zh=f"应为 {least}–{most}", en=f"it must be {least} to {most}")
        return value

    return read


def _numbers(least: int, most: int) -> Callable[[Json, str], tuple[int, ...]]:
    read = _number(least, most)
    return lambda value, field: tuple(dict.fromkeys(read(one, field) for one in _list(value, field)))


def _id(value: Json, field: str) -> UUID:
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise Invalid(field, zh="不是有效的编号", en="it is no id") from None


def _ids(value: Json, field: str) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(_id(one, field) for one in _list(value, field)))


def _place(value: Json, field: str) -> Place:
    given = _object(value, field, ("circle_ids", "group_ids", "roles"))
    circles, groups = (
        _ids(given[name], f"{field}.{to_camel(name)}") if given.get(name) else ()
        for name in ("circle_ids", "group_ids")
    )
    roles = _among(list(Role))(given["roles"], f"{field}.roles") if given.get("roles") else ()
    return Place(circles, groups, tuple(Role(one) for one in roles))


def _bounds(value: Json, field: str) -> Bounds:
    given = _object(value, field, ("least", "most"))
    read = _number(0, POINTS_LIMIT)
    least, most = (
        None if given.get(name) is None else read(given[name], f"{field}.{name}") for name in ("least", "most")
    )
    if least is None and most is None:
        raise Invalid(field, zh="至少填写一个界限", en="say a bound")
    return Bounds(least, most)


def _list(value: Json, field: str) -> Sequence[Json]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not 1 <= len(value) <= NAMED_MOST:
        raise Invalid(field, zh=f"应填写 1–{NAMED_MOST} 项", en=f"name 1 to {NAMED_MOST}")
    return value


def _object(value: Json, field: str, names: Sequence[str]) -> Mapping[str, Json]:
    if not isinstance(value, Mapping) or set(value) - set(names):
        raise Invalid(field, zh="格式不正确", en="it has another form")
    return value


def _plain(value: Any) -> Json:
    if isinstance(value, Place | Bounds):
        return {name: _plain(one) for name, one in vars(value).items() if one not in (None, ())}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, UUID | StrEnum) else value


LEAVES: dict[str, Callable[[Json, str], Any]] = {
    "region_in": _texts,
    "gender_in": _among(list(Gender)),
    "status_in": _among(MAY_LOG_IN),
    "birthday_month_in": _numbers(1, 12),
    "joined_within_days": _number(1, DAYS_MOST),
    "joined_before_days": _number(1, DAYS_MOST),
    "tag_in": _ids,
    "ladder_in": _among(list(LadderStep)),
    "level_least": _number(1, COUNT_MOST),
    "level_most": _number(0, COUNT_MOST),
    "place": _place,
    "zombie_in": _place,
    "checked_in_within_days": _number(1, DAYS_MOST),
    "streak_least": _number(1, COUNT_MOST),
    "check_ins_least": _number(1, COUNT_MOST),
    "points_earned": _bounds,
    "points_balance": _bounds,
    "segment": _id,
}
"""Every kind of leaf: how its value is read from JSON, within its bounds."""
