"""A group of tags: of one such as "purchasing power" a member bears a single tag, of another as many as fit."""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, bounded_text
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from store.database import transaction, violates

NAME_MOST = 20


class TagChoice(StrEnum):
    """How many tags of a group a member may bear."""

    SINGLE = "single"
    MULTIPLE = "multiple"


class TagGroupNameTaken(DomainError):
    code = "TAG_GROUP_NAME_TAKEN"
    zh = "已有同名的标签组"
    en = "There is a group of tags of this name."
    field = "name"


class TagGroup(Record):
    name = fields.CharField(max_length=40)
    choice = fields.CharEnumField(TagChoice, max_length=10, description="Decided for good when it is made.")
    sort = fields.IntField(default=0)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "tag_group"
        constraints = (UniqueConstraint(fields=("name",), name="tag_group_name_once"),)
        indexes = (Index(fields=("sort", "id"), name="tag_group_by_sort"),)

    @classmethod
    async def make(cls, *, name: str, choice: TagChoice, sort: int = 0, staff_id: UUID, at: datetime) -> Self:
        """Make a group of tags. Raises `TagGroupNameTaken`, `Invalid`."""
        text = bounded_text(name, "name", least=1, most=NAME_MOST)
        try:
            async with transaction():
                group = await cls.create(name=text, choice=choice, sort=sort, created_at=at)
                await group._told("make_tag_group", None, staff_id=staff_id, at=at)
        except IntegrityError as error:
            raise _named(error) from None
        return group

    @classmethod
    async def change(
        cls, id: UUID, *, name: str | None = None, sort: int | None = None, staff_id: UUID, at: datetime
    ) -> Self:
        """Rename or move a group. Raises `TagGroupNameTaken`, `Invalid`, `NotFound`."""
        try:
            async with transaction():
                group = await cls.existing(id, field="groupId")
                before = columns_of(group, "name", "sort")
                group.name = bounded_text(name, "name", least=1, most=NAME_MOST) or group.name
                group.sort = group.sort if sort is None else sort
                await group.save(update_fields=["name", "sort"])
                await group._told("change_tag_group", before, staff_id=staff_id, at=at)
        except IntegrityError as error:
            raise _named(error) from None
        return group

    async def _told(self, action: str, before: dict[str, object] | None, *, staff_id: UUID, at: datetime) -> None:
        after = columns_of(self, *(before or ("name", "choice", "sort")))
        await AuditRow.write(
            staff_id=staff_id, action=action, subject=self, before=before, after=after, reason=None, at=at
        )


def _named(error: IntegrityError) -> Exception:
    return TagGroupNameTaken() if violates(error, TagGroup, "tag_group_name_once") else error
