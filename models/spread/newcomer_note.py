"""A note on a newcomer, by which those who look after a group tell each other what they know.

Members do not see it in the group. It is about a person all the same: whom it is about finds it in the copy of its
data, as does its author, and it is blanked when either has itself erased.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.actor import Actor, ActorKind
from models.errors import DomainError, bounded_text
from models.idempotency import Once, perform_once
from models.record import Record
from models.spread.newcomer_silent import silent_newcomer
from models.staff.audit import columns_of

TEXT_MOST = 200
NOTES_MOST = 50
"""Notes on one newcomer."""


class TooManyNotes(DomainError):
    code = "TOO_MANY_NOTES"
    zh = "每位新成员最多 {most} 条备注"
    en = "At most {most} notes on one newcomer."


class NewcomerNote(Record):
    newcomer_id: UUID = fields.UUIDField()
    group_id: UUID = fields.UUIDField()
    member_id: UUID = fields.UUIDField()
    text = fields.CharField(max_length=TEXT_MOST, null=True, description="Absent once somebody had it erased.")
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "newcomer_note"
        indexes = (
            Index(fields=("newcomer_id", "created_at", "id"), name="newcomer_note_by_newcomer"),
            Index(fields=("member_id",), name="newcomer_note_by_member"),
            Index(fields=("by_id",), name="newcomer_note_by_author"),
        )

    @classmethod
    async def write(
        cls, group_id: UUID, member_id: UUID, text: str, *, actor: Actor, at: datetime, once: Once | None
    ) -> Self:
        """Note something about a newcomer. Raises `TooManyNotes`, `Invalid`, and what `silent_newcomer` does."""
        checked = bounded_text(text, "text", least=1, most=TEXT_MOST)

        async def act(id: UUID) -> Self:
            newcomer = await silent_newcomer(group_id, member_id, actor=actor, at=at)
            if await cls.filter(newcomer_id=newcomer.id).count() >= NOTES_MOST:
                raise TooManyNotes(most=NOTES_MOST)
            note = await cls.create(
                id=id,
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

        return await perform_once(once, cls, act, at=at)
