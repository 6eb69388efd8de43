"""The history of members' levels: from, to, why, when, at how much growth. It is only ever added to."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.members.member import Member
from models.points.level_standing import LevelCause
from models.record import Record
from store.engines.guards import AppendOnly


class LevelChange(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    position_before = fields.SmallIntField(description="0: below the first level.")
    position = fields.SmallIntField(description="The same where the level was kept.")
    cause = fields.CharEnumField(LevelCause, max_length=20)
    growth = fields.BigIntField(description="The member's growth then.")
    by_staff_id: UUID | None = fields.UUIDField(null=True)
    changed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "level_change"
        indexes = (Index(fields=("member_id", "changed_at", "id"), name="level_change_by_member"),)
        guards = (AppendOnly("level_change"),)
