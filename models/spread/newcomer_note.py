"""A note on a newcomer, by which those who look after a group tell each other what they know. Members do not see it."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.actor import Actor, ActorKind
from models.errors import bounded_text
from models.groups.role import Right, authorize
from models.record import Record
from models.spread.newcomer import Newcomer
from models.staff.audit import columns_of
from store.database import transaction

TEXT_MOST = 200


class NewcomerNote(Record):
    newcomer_id: UUID = fields.UUIDField()
    group_id: UUID = fields.UUIDField()
    member_id: UUID = fields.UUIDField()
    text = fields.CharField(max_length=TEXT_MOST)
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "newcomer_note"
        indexes = (
            Index(fields=("newcomer_id", "created_at", "id"), name="newcomer_note_by_newcomer"),
            Index(fields=("member_id",), name="newcomer_note_by_member"),
        )

    @classmethod
    async def write(cls, group_id: UUID, member_id: UUID, text: str, *, actor: Actor, at: datetime) -> Self:
        """Note something about a newcomer. Raises `NotAllowed`, `NotFound`, `Invalid`."""
        checked = bounded_text(text, "text", least=1, most=TEXT_MOST)
        async with transaction():
            await authorize(actor, group_id, Right.WELCOME)
            newcomer = await Newcomer.existing_present(member_id, group_id)
            note = await cls.create(
                newcomer_id=newcomer.id,
                group_id=group_id,
                member_id=member_id,
                text=checked,
                by_kind=actor.kind,
                by_id=actor.id,
                created_at=at,
            )
            after = columns_of(note, "group_id", "member_id")
            await actor.audit("note_newcomer", note, before=None, after=after, reason=None, at=at)
        return note
