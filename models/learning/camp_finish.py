"""A finish: a member came to the end of a camp with no more misses than allowed. It is recorded and paid once.

The points have a reason and a source of their own in the ledger, so not even a finish that is written twice could be
paid twice. What it says does not depend on when it was written: it happened when the last day had ended.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.insight.standing import standing_changed
from models.learning.camp import Camp
from models.learning.camp_certificate import CampCertificate
from models.learning.camp_place import CampPlace
from models.points.account import Currency
from models.points.entry import PointEntry, reward
from models.record import Record

BONUS = "camp_finish"


class CampFinish(Record):
    place: fields.ForeignKeyRelation[CampPlace] = fields.ForeignKeyField(
        "models.CampPlace", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    place_id: UUID
    camp_id: UUID = fields.UUIDField()
    member_id: UUID = fields.UUIDField()
    points = fields.IntField(description="What it paid.")
    finished_at: datetime = fields.DatetimeField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "camp_finish"
        constraints = (UniqueConstraint(fields=("place_id",), name="camp_finish_once"),)
        indexes = (
            Index(fields=("camp_id", "finished_at", "id"), name="camp_finish_by_camp"),
            Index(fields=("member_id", "finished_at", "id"), name="camp_finish_by_member"),
        )

    @classmethod
    async def record(cls, place: CampPlace, camp: Camp, *, at: datetime) -> Self:
        """Put a finish on record inside the caller's transaction, which holds the member's row, and pay it."""
        member_id, points = place.member_id, camp.finish_points
        finish = await cls.create(
            place_id=place.id,
            camp_id=camp.id,
            member_id=member_id,
            points=points,
            finished_at=camp.ends_at,
            created_at=at,
        )
        if camp.gives_certificate:
            await CampCertificate.issue(place, camp, at=camp.ends_at)
        if points:
            bonus = reward(member_id, points, reason=BONUS, source=place.source, currency=Currency.POINTS)
            await PointEntry.post([bonus], at=at)
        await standing_changed([member_id], at=at)
        return finish
