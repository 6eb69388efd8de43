"""A tag: a word that staff put on members, with a colour, in a group. Staff see all tags, members the public ones.

An archived tag is put on nobody any more; those who bear it keep it until it is taken off or expires.
"""

import re
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, Invalid, bounded_text
from models.members.tag_group import TagGroup
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from store.database import transaction, violates

NAME_MOST = 20
DEFAULT_COLOUR = "#8c8c8c"
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_CHANGEABLE = ("name", "colour", "sort", "is_public", "archived_at")


class TagNameTaken(DomainError):
    code = "TAG_NAME_TAKEN"
    zh = "该组中已有同名标签"
    en = "There is a tag of this name in the group."
    field = "name"


class Tag(Record):
    group: fields.ForeignKeyRelation[TagGroup] = fields.ForeignKeyField(
        "models.TagGroup", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    group_id: UUID
    name = fields.CharField(max_length=40)
    colour = fields.CharField(max_length=7, default=DEFAULT_COLOUR)
    sort = fields.IntField(default=0)
    is_public = fields.BooleanField(default=False, description="Whether members see it too.")
    created_at: datetime = fields.DatetimeField()
    archived_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "tag"
        constraints = (UniqueConstraint(fields=("group_id", "name"), name="tag_name_once"),)
        indexes = (Index(fields=("group_id", "sort", "id"), name="tag_by_sort"),)

    @classmethod
    async def make(
        cls,
        group_id: UUID,
        *,
        name: str,
        colour: str = DEFAULT_COLOUR,
        sort: int = 0,
        is_public: bool = False,
        staff_id: UUID,
        at: datetime,
    ) -> Self:
        """Make a tag in a group. Raises `TagNameTaken`, `Invalid`, `NotFound`."""
        group = await TagGroup.existing(group_id, field="groupId")
        tag = cls(group_id=group.id, name=_name(name), colour=_colour(colour), sort=sort, is_public=is_public)
        tag.created_at = at
        try:
            async with transaction():
                await tag.save(force_create=True)
                await tag._told("make_tag", None, None, staff_id=staff_id, at=at)
        except IntegrityError as error:
            raise _named(error) from None
        return tag

    @classmethod
    async def change(
        cls,
        id: UUID,
        *,
        name: str | None = None,
        colour: str | None = None,
        sort: int | None = None,
        is_public: bool | None = None,
        is_archived: bool | None = None,
        reason: str | None = None,
        staff_id: UUID,
        at: datetime,
    ) -> Self:
        """Change a tag; what is absent stays. Raises `TagNameTaken`, `Invalid`, `NotFound`."""
        try:
            async with transaction():
                tag = await cls.existing(id, field="tagId")
                before = columns_of(tag, *_CHANGEABLE)
                tag.name = tag.name if name is None else _name(name)
                tag.colour = tag.colour if colour is None else _colour(colour)
                tag.sort = tag.sort if sort is None else sort
                tag.is_public = tag.is_public if is_public is None else is_public
                if is_archived is not None:
                    tag.archived_at = (tag.archived_at or at) if is_archived else None
                await tag.save(update_fields=list(_CHANGEABLE))
                await tag._told("change_tag", before, reason, staff_id=staff_id, at=at)
        except IntegrityError as error:
            raise _named(error) from None
        return tag

    async def _told(
        self, action: str, before: dict[str, object] | None, reason: str | None, *, staff_id: UUID, at: datetime
    ) -> None:
        after = columns_of(self, "group_id", *_CHANGEABLE)
        await AuditRow.write(
            staff_id=staff_id, action=action, subject=self, before=before, after=after, reason=reason, at=at
        )


def _name(name: str) -> str:
    return bounded_text(name, "name", least=1, most=NAME_MOST) or ""


def _colour(colour: str) -> str:
    text = colour.strip().lower()
    if not _COLOUR.fullmatch(text):
        raise Invalid("colour", zh="应为 #rrggbb", en="write it as #rrggbb")
    return text


def _named(error: IntegrityError) -> Exception:
    return TagNameTaken() if violates(error, Tag, "tag_name_once") else error
