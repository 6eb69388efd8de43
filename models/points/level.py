"""Levels: names for how much growth a member has. Growth is never spent, so a level is lost only by a reversal."""

from datetime import datetime
from typing import Self

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import NotFound
from models.record import Record

DEFAULT_LEVELS = (("新芽", 0), ("青铜", 100), ("白银", 500), ("黄金", 2_000), ("铂金", 6_000), ("钻石", 20_000))


class Level(Record):
    position = fields.SmallIntField(description="From 1, by threshold.")
    name = fields.CharField(max_length=40)
    threshold = fields.BigIntField(description="Growth from which one has the level.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "level"
        constraints = (
            UniqueConstraint(fields=("position",), name="level_position_once"),
            UniqueConstraint(fields=("threshold",), name="level_threshold_once"),
            CheckConstraint(check="threshold >= 0", name="level_threshold_from_zero"),
        )

    @classmethod
    async def plant_default(cls, *, at: datetime) -> None:
        """Put the default levels where there are none; safe to call at every start."""
        if await cls.exists():
            return
        levels = [
            cls(position=position, name=name, threshold=threshold, created_at=at)
            for position, (name, threshold) in enumerate(DEFAULT_LEVELS, start=1)
        ]
        await cls.bulk_create(levels, ignore_conflicts=True)

    @classmethod
    async def at(cls, position: int) -> Self:
        """The level of a position, or the refusal `NOT_FOUND`."""
        found = await cls.get_or_none(position=position)
        if found is None:
            raise NotFound(field="level")
        return found

    @classmethod
    async def ladder(cls) -> list[Self]:
        """All levels, the lowest first."""
        return await cls.all().order_by("threshold")
