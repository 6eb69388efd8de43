"""A level's entrance gift: paid once to each member and level, whatever the thresholds become."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.members.member import Member
from models.points.level import Level
from models.record import Record
from store.database import fetch
from store.ids import new_id
from store.together import insertion

_COLUMNS = ("id", "member_id", "position", "points", "given_at")
_INSERT = insertion("level_gift", _COLUMNS) + " ON CONFLICT (member_id, position) DO NOTHING RETURNING id"


class LevelGift(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    position = fields.SmallIntField()
    points = fields.BigIntField()
    given_at: datetime = fields.DatetimeField()

    class Meta:
        table = "level_gift"
        constraints = (
            UniqueConstraint(fields=("member_id", "position"), name="level_gift_once"),
            CheckConstraint(check="points > 0", name="level_gift_is_something"),
        )

    @classmethod
    async def give(cls, member_id: UUID, levels: Sequence[Level], *, at: datetime) -> list[Self]:
        """Note the gifts of these levels that the member has not had; whoever calls it pays them at once."""
        given = []
        for level in levels:
            if level.gift_points:
                gift = cls(
                    id=new_id(), member_id=member_id, position=level.position, points=level.gift_points, given_at=at
                )
                if await fetch(_INSERT, *(getattr(gift, column) for column in _COLUMNS)):
                    given.append(gift)
        return given
