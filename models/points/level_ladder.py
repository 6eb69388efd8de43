"""The ladder of levels: changed as a whole, under a version, and then taken to every member.

A position keeps its meaning for whatever is gated by it, so levels are renamed and moved in place, and the ladder grows
and shrinks at its top. Nobody falls because a threshold was raised, and nobody is given a gift twice because one was
lowered: who stands where is fitted by a sweep over the members (`fit_members`), which the job takes on where it was
left until it has seen all of them.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, Invalid
from models.points.level import Level, LevelTerms
from models.record import Record
from models.staff.audit import AuditRow
from store.database import execute, transaction, violates

LEVELS_MOST = 30


class LevelsChanged(DomainError):
    code = "LEVELS_CHANGED"
    zh = "等级刚被他人修改，请刷新后重试"
    en = "Somebody changed the levels meanwhile; read them again."
    field = "expectedVersion"


class LevelLadder(Record):
    """There is one row, once the levels have been changed for the first time."""

    is_the_one = fields.BooleanField(default=True)
    version = fields.IntField()
    is_fitted = fields.BooleanField(default=False, description="Whether every member stands where it says.")
    fitted_to: UUID | None = fields.UUIDField(null=True, description="The members up to this one do.")
    changed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "level_ladder"
        constraints = (UniqueConstraint(fields=("is_the_one",), name="level_ladder_one"),)

    @classmethod
    async def current_version(cls) -> int:
        """0 while the levels are those of the beginning."""
        found = await cls.all().first()
        return found.version if found else 0

    @classmethod
    async def put(
        cls, terms: Sequence[LevelTerms], *, expected_version: int, reason: str | None, staff_id: UUID, at: datetime
    ) -> Self:
        """Make these the levels, the lowest first. Raises `Invalid`, and `LevelsChanged` for another version."""
        checked = _checked(terms)
        try:
            async with transaction():
                ladder = await cls._taken(expected_version, at=at)
                before = await Level.ladder()
                await _written(checked, before, at=at)
                await AuditRow.write(
                    staff_id=staff_id,
                    action="put_levels",
                    subject=ladder,
                    before={"levels": [vars(level.terms) for level in before]},
                    after={"levels": [vars(one) for one in checked]},
                    reason=reason,
                    at=at,
                )
        except IntegrityError as error:
            if violates(error, cls, "level_ladder_one"):
                raise LevelsChanged() from None
            raise
        return ladder

    @classmethod
    async def _taken(cls, expected_version: int, *, at: datetime) -> Self:
        """The row, under the next version."""
        if expected_version == 0:
            return await cls.create(version=1, changed_at=at)
        sql = (
            "UPDATE level_ladder SET version = version + 1, is_fitted = $1, fitted_to = NULL, changed_at = $2 "
            "WHERE version = $3"
        )
        if not await execute(sql, False, at, expected_version):
            raise LevelsChanged()
        return await cls.get(is_the_one=True)


async def _written(terms: Sequence[LevelTerms], before: Sequence[Level], *, at: datetime) -> None:
    """Write the levels anew; a position keeps its id."""
    ids = {level.position: (level.id, level.created_at) for level in before}
    levels = []
    for position, one in enumerate(terms, start=1):
        level = Level(position=position, created_at=at, **{**vars(one), "benefits": list(one.benefits)})
        level.id, level.created_at = ids.get(position, (level.id, at))
        levels.append(level)
    await Level.all().delete()
    await Level.bulk_create(levels)


def _checked(terms: Sequence[LevelTerms]) -> Sequence[LevelTerms]:
    if not 1 <= len(terms) <= LEVELS_MOST:
        raise Invalid("levels", zh=f"应有 1–{LEVELS_MOST} 个等级", en=f"there must be 1 to {LEVELS_MOST} levels")
    for number, one in enumerate(terms):
        one.checked(f"levels.{number}")
    for number, (lower, higher) in enumerate(pairwise(terms), start=1):
        if lower.threshold >= higher.threshold:
            raise Invalid(f"levels.{number}.threshold", zh="应高于前一等级", en="it must be above the one before")
    if len({one.name for one in terms}) < len(terms):
        raise Invalid("levels", zh="等级名称不能重复", en="two levels have the same name")
    if terms[0].valid_days is not None:
        raise Invalid("levels.0.validDays", zh="最低等级没有有效期", en="the lowest level cannot be lost")
    if terms[0].threshold == 0 and terms[0].gift_points:
        raise Invalid("levels.0.giftPoints", zh="人人都有的等级没有礼包", en="nobody enters a level that all have")
    return terms
