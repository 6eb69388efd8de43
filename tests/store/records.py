"""Records for the tests of the store: a member, what they earn, and what they write."""

from datetime import datetime
from uuid import UUID

from tortoise import Model, fields
from tortoise.fields import OnDelete
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from store.engines.guards import AppendOnly
from store.ids import new_id


class Entry(Model):
    """Stands before the member it refers to, so that the DDL must put them in order."""

    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    member: fields.ForeignKeyRelation["Reader"] = fields.ForeignKeyField(
        "models.Reader", db_index=True, on_delete=OnDelete.RESTRICT
    )
    member_id: UUID
    reason = fields.CharField(max_length=40)
    points = fields.BigIntField()
    is_final = fields.BooleanField(default=True)

    class Meta:
        table = "entry"
        constraints = (
            UniqueConstraint(fields=("member", "reason"), name="entry_once", condition="is_final"),
            CheckConstraint(check="points <> 0", name="entry_moves_something"),
        )
        guards = (AppendOnly("entry"),)


class Reader(Model):
    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    name = fields.CharField(max_length=40, description="昵称")
    points = fields.BigIntField(default=0, db_default=0)
    seen_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "reader"
        constraints = (
            UniqueConstraint(fields=("name",), name="reader_name_is_taken"),
            CheckConstraint(check="points >= 0", name="reader_owes_nothing"),
        )


class Note(Model):
    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    author: fields.ForeignKeyRelation[Reader] = fields.ForeignKeyField("models.Reader", on_delete=OnDelete.CASCADE)
    author_id: UUID
    text = fields.TextField()
    created_at: datetime = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "note"
        indexes = (Index(fields=("author_id", "created_at"), name="note_by_author"),)
