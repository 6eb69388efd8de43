"""An audience: whom something is for, said as conditions that a member must all meet.

It is a value, kept as JSON on the record that it opens or closes (a good, a red packet, a draw, an earn rule), and
asked in one place, so that a gate means the same everywhere. A condition that is empty does not hold. All of them are
asked in one statement, since a gate stands in front of every order, grab and draw; a segment is read before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from models.errors import DomainError, Invalid, NotFound, within
from models.groups.circle import Circle
from models.groups.group import Group
from models.groups.role import Role
from models.members.condition import DAYS_MOST, NAMED_MOST, Condition, Place
from models.members.condition_sql import Clause, Compiler
from models.members.ladder import LadderStep
from models.members.segment import Segment, both, reached
from models.members.tag import Tag
from models.points.level import Level
from models.record import Record
from store.database import fetch

EVERY_MEMBER = Clause("1 = 1")

Row = Mapping[str, Any]
Gate = tuple[Condition, Callable[[Row], DomainError]]


class NotInAudience(DomainError):
    code = "NOT_IN_AUDIENCE"
    zh = "当前活动不面向您"
    en = "This is not for you."


class LevelTooLow(DomainError):
    code = "LEVEL_TOO_LOW"
    zh = "需要达到等级「{level}」"
    en = "This needs the level {level}."


class NewMembersOnly(DomainError):
    code = "NEW_MEMBERS_ONLY"
    zh = "仅限加入 {days} 天以内的新成员"
    en = "This is for members of at most {days} days."


@dataclass(frozen=True)
class Audience:
    """`level_least` and `level_most` are positions of levels; of the ids of circles and of groups, one is enough.

    `roles` are those in such a group, in any group where none is named; of tags and of steps of the ladder, one is
    enough.
    """

    level_least: int | None = None
    circle_ids: tuple[UUID, ...] = ()
    group_ids: tuple[UUID, ...] = ()
    new_within_days: int | None = None
    level_most: int | None = None
    roles: tuple[Role, ...] = ()
    tag_ids: tuple[UUID, ...] = ()
    ladder_steps: tuple[LadderStep, ...] = ()
    segment_id: UUID | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The audience of a column; of an empty one, everybody."""
        return cls(**{name: _READ[name](value) if name in _READ else value for name, value in stored.items()})

    def to_json(self) -> dict[str, Any]:
        return {name: _plain(value) for name, value in asdict(self).items() if value not in (None, ())}

    def checked(self, field: str = "audience") -> Self:
        """This audience, or `Invalid`."""
        if max(len(named) for named in (self.circle_ids, self.group_ids, self.tag_ids)) > NAMED_MOST:
            raise Invalid(field, zh=f"最多 {NAMED_MOST} 个", en=f"at most {NAMED_MOST} of a kind")
        within(field, self.new_within_days, 1, DAYS_MOST)
        if self.level_least is not None and self.level_most is not None and self.level_least > self.level_most:
            raise Invalid(field, zh="最低等级不能高于最高等级", en="the lowest level is above the highest")
        return self

    async def known(self, field: str = "audience") -> Self:
        """This audience, or `NotFound` where it names what does not exist."""
        for part, position in (("levelLeast", self.level_least), ("levelMost", self.level_most)):
            if position is not None and not await Level.exists(position=position):
                raise NotFound(field=f"{field}.{part}")
        named: Sequence[tuple[str, type[Record], Sequence[UUID]]] = (
            ("circleIds", Circle, self.circle_ids),
            ("groupIds", Group, self.group_ids),
            ("tagIds", Tag, self.tag_ids),
            ("segmentId", Segment, (self.segment_id,) if self.segment_id else ()),
        )
        for part, record, ids in named:
            await record.refuse_unknown(ids, field=f"{field}.{part}")
        return self

    async def refusals(self, member_id: UUID, *, at: datetime) -> list[DomainError]:
        """Every condition that the member does not meet; nothing where it belongs to the audience."""
        gates = list(self._gates())
        if not gates:
            return []
        segments = await reached(Condition("segment", self.segment_id)) if self.segment_id else {}
        asked = ["(SELECT lv.name FROM level lv WHERE lv.position = $2) AS level_name"]
        values: list[object] = [member_id, self.level_least or 0]
        for number, (condition, _) in enumerate(gates):
            clause = Compiler(at=at, segments=segments).compile(condition)
            asked.append(f"({clause.of('m', first=len(values) + 1)}) AS gate_{number}")
            values += clause.values
        rows = await fetch(f"SELECT {', '.join(asked)} FROM member m WHERE m.id = $1", *values)  # noqa: S608 - own text, values are bound
        if not rows:
            raise NotFound(field="memberId")
        found = [refuse(rows[0]) for number, (_, refuse) in enumerate(gates) if not rows[0][f"gate_{number}"]]
        return list({type(one): one for one in found}.values())

    async def demand(self, member_id: UUID, *, at: datetime) -> None:
        """Raise the first of the refusals."""
        for refusal in await self.refusals(member_id, at=at):
            raise refusal

    async def clause(self, *, at: datetime) -> Clause:
        """Those whom it is for, as a clause over a member's row."""
        segments = await reached(Condition("segment", self.segment_id)) if self.segment_id else {}
        return both(EVERY_MEMBER, *(Compiler(at=at, segments=segments).compile(one) for one, _ in self._gates()))

    def _gates(self) -> Sequence[Gate]:
        """Each condition that holds, and what is told to a member who does not meet it."""
        place = Place(self.circle_ids, self.group_ids, self.roles)
        gates: Sequence[tuple[object, Condition, Callable[[Row], DomainError]]] = (
            (
                self.level_least,
                Condition("level_least", self.level_least),
                lambda row: LevelTooLow(level=row["level_name"] or self.level_least),
            ),
            (self.level_most, Condition("level_most", self.level_most), _not_for_you),
            (
                self.new_within_days,
                Condition("joined_within_days", self.new_within_days),
                lambda row: NewMembersOnly(days=self.new_within_days),
            ),
            (None if place == Place() else place, Condition("place", place), _not_for_you),
            (self.tag_ids or None, Condition("tag_in", self.tag_ids), _not_for_you),
            (self.ladder_steps or None, Condition("ladder_in", self.ladder_steps), _not_for_you),
            (self.segment_id, Condition("segment", self.segment_id), _not_for_you),
        )
        return [(condition, refuse) for held, condition, refuse in gates if held is not None]


EVERYBODY = Audience()


def _not_for_you(row: Row) -> DomainError:
    return NotInAudience()


def _uuids(values: Sequence[str]) -> tuple[UUID, ...]:
    return tuple(UUID(one) for one in values)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return str(value) if isinstance(value, UUID) else value


_READ: Mapping[str, Callable[[Any], Any]] = {
    "circle_ids": _uuids,
    "group_ids": _uuids,
    "tag_ids": _uuids,
    "segment_id": UUID,
    "roles": lambda values: tuple(Role(one) for one in values),
    "ladder_steps": lambda values: tuple(LadderStep(one) for one in values),
}
