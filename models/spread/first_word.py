"""A member's first word in a group: when it was said, how it became known, and on whose word.

There is one for each member and group, also after leaving and coming again: who has spoken once has spoken. Words may
be reported late and in any order; the earliest one known is kept.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.actor import Actor, ActorKind
from models.groups.group import Group
from models.members.member import Member
from models.record import Record
from store.database import fetch
from store.ids import new_id
from store.together import insertion

_COLUMNS = ("id", "group_id", "member_id", "said_at", "way", "by_kind", "by_id", "reported_at")
_KEEP = (
    insertion("first_word", _COLUMNS)
    + " ON CONFLICT (group_id, member_id) DO UPDATE SET said_at = excluded.said_at, way = excluded.way, "
    "by_kind = excluded.by_kind, by_id = excluded.by_id, reported_at = excluded.reported_at "
    "WHERE excluded.said_at < first_word.said_at RETURNING id"
)


class WordWay(StrEnum):
    """How a word became known."""

    REPLY = "reply"
    POST = "post"
    PARTNER = "partner"
    STAFF = "staff"


@dataclass(frozen=True)
class Word:
    """Something that a member said in a group."""

    said_at: datetime
    way: WordWay
    by: Actor


class FirstWord(Record):
    group: fields.ForeignKeyRelation[Group] = fields.ForeignKeyField(
        "models.Group", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    group_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    member_id: UUID
    said_at: datetime = fields.DatetimeField()
    way = fields.CharEnumField(WordWay, max_length=10)
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    reported_at: datetime = fields.DatetimeField()

    class Meta:
        table = "first_word"
        constraints = (UniqueConstraint(fields=("group_id", "member_id"), name="first_word_once"),)

    @classmethod
    async def keep(cls, member_id: UUID, group_id: UUID, word: Word, *, at: datetime) -> bool:
        """Keep a word if none as early is known, inside the caller's transaction; whether anything changed."""
        by = (word.by.kind, word.by.id)
        return bool(await fetch(_KEEP, new_id(), group_id, member_id, word.said_at, word.way, *by, at))
