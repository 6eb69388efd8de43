"""The base of every record: an id that is known before the row is written."""

from collections.abc import Collection, Mapping
from typing import Any, Self
from uuid import UUID

from tortoise import Model, fields, models

from models.errors import NotFound
from store.ids import new_id

# Tortoise reads the source of every record for comments on its columns, which was a fifth of the time that a start
# takes; ours say what they are by `description`.
models._get_comments = lambda cls: {}


class Record(Model):
    id: UUID = fields.UUIDField(primary_key=True, default=new_id)

    class Meta:
        abstract = True

    @classmethod
    async def existing(cls, id: UUID | None, *, field: str | None = None) -> Self:
        """The record of an id, or the refusal `NOT_FOUND`."""
        found = await cls.get_or_none(id=id) if id is not None else None
        if found is None:
            raise NotFound(field=field)
        return found

    @classmethod
    async def locked(cls, id: UUID, *, field: str) -> Self:
        """The record with its row taken until the caller's transaction ends, or `NotFound` naming the input's field."""
        found = await cls.select_for_update(no_key=True).get_or_none(id=id)
        if found is None:
            raise NotFound(field=field)
        return found

    @classmethod
    async def refuse_unknown(cls, ids: Collection[UUID], *, field: str) -> None:
        """Raise `NotFound` where one of the ids is of no record."""
        if ids and await cls.filter(id__in=list(ids)).count() < len(set(ids)):
            raise NotFound(field=field)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """The record of a whole row that `fetch` brought: for reads so frequent that composing their SQL shows."""
        return cls._init_from_db(**row)
