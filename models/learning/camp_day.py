"""A day of a member in a camp that has been settled: done, missed, or made up later. There is one row for each."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.learning.camp_place import CampPlace
from models.learning.camp_tally import DayOutcome
from models.record import Record


class CampDay(Record):
    place: fields.ForeignKeyRelation[CampPlace] = fields.ForeignKeyField(
        "models.CampPlace", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    place_id: UUID
    camp_id: UUID = fields.UUIDField()
    member_id: UUID = fields.UUIDField()
    day = fields.SmallIntField()
    outcome = fields.CharEnumField(DayOutcome, max_length=10)
    settled_at: datetime = fields.DatetimeField(description="When the day had ended.")
    made_up_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "camp_day"
        constraints = (UniqueConstraint(fields=("place_id", "day"), name="camp_day_once"),)
