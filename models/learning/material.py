"""A material: a file or a link that staff put beside a course or one of its sessions.

A file lies in the storage under a key of ours, and has no address of its own: who may read it is asked when an address
is handed out, and again when it is used. Those with a seat read what their session has unlocked; a preview everybody
who sees the course. What was taken away stays as a row, so the audit still knows what it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import DomainError, Invalid, NotFound, bounded_text, picture_address
from models.learning.course import Course, CourseStatus
from models.learning.course_session import CourseSession
from models.learning.material_ticket import ReaderKind
from models.learning.session_access import Door
from models.members.member import MAY_LOG_IN, Member
from models.record import Record
from models.staff.audit import columns_of
from models.staff.staff import Staff
from store.database import transaction
from store.ids import new_id

NAME_MOST = 120
MATERIALS_MOST = 50
"""Beside each session, and beside a course itself."""

_BARRED = frozenset('\\/:*?"<>|')


class MaterialKind(StrEnum):
    """Where a material lies."""

    FILE = "file"
    LINK = "link"


class TooManyMaterials(DomainError):
    code = "TOO_MANY_MATERIALS"
    zh = "一门课程或一节课最多 {most} 份资料"
    en = "At most {most} materials stand beside a course, or beside a session."


@dataclass(frozen=True)
class MaterialTerms:
    """What staff say of a material; without a session it is the whole course's."""

    name: str
    session_id: UUID | None = None
    is_preview: bool = False


@dataclass(frozen=True)
class StoredFile:
    """A file that the storage holds."""

    key: str
    content_type: str
    size: int
    sha256: str


class Material(Record):
    course: fields.ForeignKeyRelation[Course] = fields.ForeignKeyField(
        "models.Course", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    course_id: UUID
    session_id: UUID | None = fields.UUIDField(null=True)
    kind = fields.CharEnumField(MaterialKind, max_length=10)
    name = fields.CharField(max_length=NAME_MOST, description="What it is called, and saved as.")
    is_preview = fields.BooleanField()
    url = fields.CharField(max_length=500, null=True)
    storage_key = fields.CharField(max_length=200, null=True)
    content_type = fields.CharField(max_length=100, null=True)
    size: int | None = fields.BigIntField(null=True, description="In bytes.")
    sha256 = fields.CharField(max_length=64, null=True)
    staff_id: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()
    removed_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "material"
        constraints = (
            CheckConstraint(check="(kind = 'link') = (url IS NOT NULL)", name="material_link_has_address"),
            CheckConstraint(check="(kind = 'file') = (storage_key IS NOT NULL)", name="material_file_has_key"),
        )
        indexes = (Index(fields=("course_id", "created_at", "id"), name="material_by_course"),)

    @classmethod
    async def add_link(cls, course_id: UUID, terms: MaterialTerms, url: str, *, staff_id: UUID, at: datetime) -> Self:
        """Put a link beside a course. Raises `TooManyMaterials`, `Invalid`, `NotFound`."""
        address = picture_address(url, "url")
        if not address or not urlsplit(address).hostname:
            raise Invalid("url", zh="应为 https 地址", en="use an https address")
        made = cls(id=new_id(), kind=MaterialKind.LINK, url=address)
        return await made._added(course_id, terms, staff_id=staff_id, at=at)

    @classmethod
    async def add_file(
        cls, id: UUID, course_id: UUID, terms: MaterialTerms, file: StoredFile, *, staff_id: UUID, at: datetime
    ) -> Self:
        """Put a file beside a course that the storage holds. Raises `TooManyMaterials`, `Invalid`, `NotFound`."""
        made = cls(
            id=id,
            kind=MaterialKind.FILE,
            storage_key=file.key,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
        )
        return await made._added(course_id, terms, staff_id=staff_id, at=at)

    async def _added(self, course_id: UUID, terms: MaterialTerms, *, staff_id: UUID, at: datetime) -> Self:
        name = known_name(terms.name)
        async with transaction():
            course = await Course.held(course_id)
            course.refuse_over()
            if terms.session_id and not await CourseSession.exists(id=terms.session_id, course_id=course_id):
                raise NotFound(field="sessionId")
            beside = {"session_id": terms.session_id} if terms.session_id else {"session_id__isnull": True}
            if await Material.filter(course_id=course_id, removed_at__isnull=True, **beside).count() >= MATERIALS_MOST:
                raise TooManyMaterials(most=MATERIALS_MOST)
            self.update_from_dict(
                {
                    "course_id": course_id,
                    "session_id": terms.session_id,
                    "name": name,
                    "is_preview": terms.is_preview,
                    "staff_id": staff_id,
                    "created_at": at,
                }
            )
            await self.save(force_create=True)
            after = {"material_id": self.id, **columns_of(self, *TOLD)}
            await course.audit("add_material", None, after, None, staff_id=staff_id, at=at)
        return self

    @classmethod
    async def remove(cls, id: UUID, *, reason: str | None = None, staff_id: UUID, at: datetime) -> Self:
        """Take a material away; addresses that were handed out lead nowhere from now on. Raises `NotFound`."""
        async with transaction():
            known = await cls.existing(id, field="materialId")
            course = await Course.held(known.course_id)
            if not await cls.filter(id=id, removed_at__isnull=True).update(removed_at=at):
                raise NotFound(field="materialId")
            before = {"material_id": id, **columns_of(known, *TOLD)}
            await course.audit("remove_material", before, None, reason, staff_id=staff_id, at=at)
        return await cls.get(id=id)


TOLD = ("kind", "name", "session_id", "is_preview", "url", "content_type", "size", "sha256")


def known_name(name: str) -> str:
    """A name that a file can be saved under anywhere, or `Invalid`."""
    text = bounded_text(name, "name", least=1, most=NAME_MOST) or ""
    if not text.isprintable() or _BARRED & set(text) or text.startswith("."):
        raise Invalid("name", zh="不能含有特殊字符", en="it must be the plain name of a file")
    return text


async def readable(member_id: UUID, materials: Sequence[Material], *, at: datetime) -> list[bool]:
    """Whether a member may read each of some materials now, in a fixed number of statements."""
    session_ids = {one.session_id for one in materials if one.session_id}
    sessions = {one.id: one for one in await CourseSession.filter(id__in=list(session_ids))}
    course_ids = list({one.course_id for one in materials})
    courses = {one.id: one for one in await Course.filter(id__in=course_ids)}
    whole = [CourseSession(course_id=one, is_preview=False) for one in course_ids]
    door = await Door.of(member_id, [*sessions.values(), *whole], at=at)

    def is_open(material: Material) -> bool:
        if material.removed_at is not None:
            return False
        if material.is_preview and courses[material.course_id].status is CourseStatus.PUBLISHED:
            return True
        if material.session_id is None:
            return material.course_id in door.seats
        return not door.refusals(sessions[material.session_id])

    return [is_open(one) for one in materials]


async def is_open_to(kind: ReaderKind, reader_id: UUID, material: Material, *, at: datetime) -> bool:
    """Whether who was given an address may still read what it leads to."""
    if kind is ReaderKind.STAFF:
        return material.removed_at is None and await Staff.exists(id=reader_id, is_active=True)
    is_member = await Member.exists(id=reader_id, status__in=MAY_LOG_IN)
    return is_member and (await readable(reader_id, [material], at=at))[0]
