"""A circle's share of a good: how many pieces its members have taken of those that are for each circle.

One row for each good and circle counts them; it changes by one conditional statement, so members of one circle who
order at one instant get no more than their circle may.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError
from models.groups.circle import Circle
from models.mall.good import Good
from models.record import Record
from store.database import execute


class CircleLimitReached(DomainError):
    code = "CIRCLE_LIMIT_REACHED"
    zh = "您所在圈层的名额已兑完"
    en = "Your circle has had its share of this."
    field = "circleId"


class NoCircle(DomainError):
    code = "NO_CIRCLE"
    zh = "该商品按圈层限量，请先加入圈层内的社群"
    en = "Each circle has a share of this; join a group of one first."
    field = "circleId"


class CircleShare(Record):
    good: fields.ForeignKeyRelation[Good] = fields.ForeignKeyField(
        "models.Good", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    good_id: UUID
    circle: fields.ForeignKeyRelation[Circle] = fields.ForeignKeyField(
        "models.Circle", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    circle_id: UUID
    taken = fields.IntField(default=0)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "circle_share"
        constraints = (
            UniqueConstraint(fields=("good_id", "circle_id"), name="circle_share_once"),
            CheckConstraint(check="taken >= 0", name="circle_share_from_zero"),
        )

    @classmethod
    async def take(cls, good: Good, circle_id: UUID, quantity: int, *, at: datetime) -> None:
        """Take pieces of a circle's share, inside the caller's transaction. Raises `CircleLimitReached`."""
        if not await cls.exists(good_id=good.id, circle_id=circle_id):
            opened = cls(good_id=good.id, circle_id=circle_id, created_at=at)
            await cls.bulk_create([opened], ignore_conflicts=True)
        taken = await execute(
            "UPDATE circle_share SET taken = taken + $1 WHERE good_id = $2 AND circle_id = $3 AND taken + $1 <= $4",
            quantity,
            good.id,
            circle_id,
            good.circle_most,
        )
        if not taken:
            raise CircleLimitReached()

    @classmethod
    async def put_back(cls, good_id: UUID, circle_id: UUID, quantity: int) -> None:
        await execute(
            "UPDATE circle_share SET taken = taken - $1 WHERE good_id = $2 AND circle_id = $3",
            quantity,
            good_id,
            circle_id,
        )

    @classmethod
    async def of(cls, good_ids: list[UUID]) -> dict[tuple[UUID, UUID], Self]:
        """By good and circle."""
        return {(one.good_id, one.circle_id): one for one in await cls.filter(good_id__in=good_ids)}
