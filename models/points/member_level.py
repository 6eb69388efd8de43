"""A member's level: which it is, since when, until when, and what keeps it.

It is written in the transaction of the posting that reaches or leaves a threshold: the statement that changes the
account of growth says whether another level is reached (`unsettled`), so an act that reaches none costs nothing more.
What is due by time is decided by a job, however late, by the growth as it was at each due (`Walk`).

Whoever changes growth holds the member's account of growth, so two of them settle one after the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.members.member import Member
from models.points.level import Level
from models.points.level_change import LevelChange
from models.points.level_gift import LevelGift
from models.points.level_standing import GrowthLine, Standing, Walk
from models.points.level_statement import position_of
from models.record import Record
from store.clock import as_instant
from store.database import among, fetch, fetch_value
from store.ids import as_id

_GROWTH = (
    "SELECT balance FROM account WHERE holder_id = $1 AND holder = 'member' AND currency = 'growth' "
    "AND bucket = 'available'"
)
_LINES = (
    "SELECT amount, posted_at FROM point_entry WHERE member_id = $1 AND currency = 'growth' "
    "AND bucket = 'available' AND posted_at >= $2 ORDER BY posted_at, id"
)


class MemberLevel(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    position = fields.SmallIntField()
    since: datetime = fields.DatetimeField(description="When its period began.")
    growth_before = fields.BigIntField(description="The growth with which the period began.")
    growth_offset = fields.BigIntField(default=0, description="Growth that counts for no threshold any more.")
    valid_until: datetime | None = fields.DatetimeField(null=True, description="Absent: it stands without end.")
    due_at: datetime | None = fields.DatetimeField(null=True, description="When keeping it is asked next.")
    keep_growth: int | None = fields.BigIntField(null=True, description="As the level asked when the period began.")
    grace_days = fields.IntField(default=0, description="As the level gave when the period began.")

    class Meta:
        table = "member_level"
        constraints = (
            UniqueConstraint(fields=("member_id",), name="member_level_one"),
            CheckConstraint(check="position >= 0", name="member_level_position"),
        )
        indexes = (
            Index(fields=("due_at", "id"), name="member_level_by_due"),
            Index(fields=("position", "member_id"), name="member_level_by_position"),
        )

    @property
    def standing(self) -> Standing:
        return Standing(**{name: getattr(self, name) for name in Standing.__dataclass_fields__})

    @classmethod
    async def settle(
        cls, member_id: UUID, growth: int, *, at: datetime, change: int = 0, is_fitting: bool = False
    ) -> list[LevelGift]:
        """Bring a member's level to what its growth and the time say; returns the gifts to be paid for it.

        `growth` is what the member has after `change`, which the ledger does not show yet. `is_fitting` fits the level
        to a ladder that was changed. The caller's transaction holds the member's row or its account of growth.
        """
        row = await cls.get_or_none(member_id=member_id)
        ladder = await Level.ladder()
        if not ladder:
            return []
        standing = row.standing if row else Standing(0, since=at)
        lines = await _lines_since(member_id, standing.due_at, at=at)
        walk = Walk(standing, [level.terms for level in ladder], growth - change - sum(one.amount for one in lines))
        walk.go([*lines, *([GrowthLine(at, change)] if change else [])], until=at)
        if is_fitting:
            walk.fit(at=at)
        return await cls._keep(row, member_id, walk, ladder)

    @classmethod
    async def move(cls, member_id: UUID, position: int, *, staff_id: UUID, at: datetime) -> list[LevelGift]:
        """Put a member, whose row the caller's transaction holds, on a level by hand; returns the gifts to be paid."""
        row, ladder = await cls.get_or_none(member_id=member_id), await Level.ladder()
        walk = Walk(
            row.standing if row else Standing(0, since=at), [one.terms for one in ladder], await growth_of(member_id)
        )
        walk.move(position, at=at)
        return await cls._keep(row, member_id, walk, ladder, staff_id=staff_id)

    @classmethod
    async def _keep(
        cls, row: Self | None, member_id: UUID, walk: Walk, ladder: Sequence[Level], *, staff_id: UUID | None = None
    ) -> list[LevelGift]:
        """Write what a walk came to."""
        kept: dict[str, Any] = asdict(walk.standing)
        if row is None:
            await cls.create(member_id=member_id, **kept)
        elif walk.standing != row.standing:
            await cls.filter(id=row.id).update(**kept)
        gifts: list[LevelGift] = []
        for step in walk.steps:
            await LevelChange.create(
                member_id=member_id,
                position_before=step.position_before,
                position=step.position,
                cause=step.cause,
                growth=step.growth,
                by_staff_id=staff_id,
                changed_at=step.at,
            )
            gifts += await LevelGift.give(member_id, ladder[step.position_before : step.position], at=step.at)
        return gifts


@dataclass(frozen=True)
class LevelView:
    """A member's growth and standing; for whom nothing is written yet, the level that needs no growth."""

    growth: int
    standing: Standing
    is_written: bool = True

    @property
    def counted(self) -> int:
        """The growth that counts for thresholds."""
        return self.growth - self.standing.growth_offset


async def level_views(member_ids: Sequence[UUID], *, at: datetime) -> list[LevelView]:
    """Where members stand, in their order, in one statement."""
    names = ", ".join(f"ml.{name}" for name in Standing.__dataclass_fields__ if name != "position")
    rows = await fetch(
        f"SELECT m.id, a.balance, {position_of('m.id')} AS position, {names} FROM member m "  # noqa: S608 - own text
        "LEFT JOIN member_level ml ON ml.member_id = m.id LEFT JOIN account a ON a.holder_id = m.id "
        "AND a.holder = 'member' AND a.currency = 'growth' AND a.bucket = 'available' "
        f"WHERE {among('m.id', 1, 'uuid')}",
        list(member_ids),
    )
    found = {as_id(row["id"]): _view(row, at) for row in rows}
    return [found.get(one) or LevelView(0, Standing(0, since=at), is_written=False) for one in member_ids]


def _view(row: Mapping[str, Any], at: datetime) -> LevelView:
    growth, position = int(row["balance"] or 0), int(row["position"])
    if row["since"] is None:
        return LevelView(growth, Standing(position, since=at), is_written=False)
    instants = {name: as_instant(row[name]) if row[name] else None for name in ("since", "valid_until", "due_at")}
    kept = {name: row[name] for name in Standing.__dataclass_fields__} | instants
    return LevelView(growth, Standing(**{**kept, "position": position}))


async def growth_of(member_id: UUID) -> int:
    return int(await fetch_value(_GROWTH, member_id) or 0)


async def _lines_since(member_id: UUID, due_at: datetime | None, *, at: datetime) -> list[GrowthLine]:
    """Growth that came and went from a due on, which has to be decided first; nothing where none is due."""
    if due_at is None or due_at > at:
        return []
    rows = await fetch(_LINES, member_id, due_at)
    return [GrowthLine(as_instant(row["posted_at"]), int(row["amount"])) for row in rows]
