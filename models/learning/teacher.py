"""A teacher: who gives courses. It may be a colleague, a member (达人), or somebody from outside with a name alone."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import DomainError, bounded_text, picture_address
from models.members.member import Member
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from models.staff.staff import Staff
from store.database import transaction

NAME_MOST = 40
TITLE_MOST = 60
BIO_MOST = 1_000


class TeacherChanged(DomainError):
    code = "TEACHER_CHANGED"
    zh = "该讲师资料刚被他人修改，请刷新后重试"
    en = "Somebody changed this teacher meanwhile; read it again."
    field = "expectedVersion"


@dataclass(frozen=True)
class TeacherTerms:
    """All that staff say of a teacher."""

    name: str
    title: str | None = None
    bio: str | None = None
    picture: str | None = None
    staff_id: UUID | None = None
    member_id: UUID | None = None
    is_active: bool = True

    async def columns(self) -> dict[str, Any]:
        """What the columns hold. Raises `Invalid`, and `NotFound` for a colleague or member that is not there."""
        if self.staff_id:
            await Staff.existing(self.staff_id, field="staffId")
        if self.member_id:
            await Member.existing(self.member_id, field="memberId")
        return asdict(self) | {
            "name": bounded_text(self.name, "name", least=1, most=NAME_MOST),
            "title": bounded_text(self.title, "title", most=TITLE_MOST) or None,
            "bio": bounded_text(self.bio, "bio", most=BIO_MOST) or None,
            "picture": picture_address(self.picture, "picture"),
        }


class Teacher(Record):
    name = fields.CharField(max_length=NAME_MOST)
    title = fields.CharField(max_length=TITLE_MOST, null=True, description="What the teacher is: 资深茶艺师.")
    bio = fields.CharField(max_length=BIO_MOST, null=True)
    picture = fields.CharField(max_length=500, null=True)
    staff_id: UUID | None = fields.UUIDField(null=True)
    member_id: UUID | None = fields.UUIDField(null=True)
    is_active = fields.BooleanField(default=True, description="Whether new sessions may be given to the teacher.")
    version = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "teacher"
        constraints = (CheckConstraint(check="staff_id IS NULL OR member_id IS NULL", name="teacher_is_one_person"),)
        indexes = (Index(fields=("created_at", "id"), name="teacher_by_created"),)

    @classmethod
    async def add(cls, terms: TeacherTerms, *, staff_id: UUID, at: datetime) -> Self:
        """Take a teacher in. Raises `Invalid`, `NotFound`."""
        async with transaction():
            teacher = await cls.create(**await terms.columns(), created_at=at)
            await teacher._audit("add_teacher", None, staff_id=staff_id, at=at)
        return teacher

    @classmethod
    async def change(
        cls, id: UUID, terms: TeacherTerms, *, expected_version: int, staff_id: UUID, at: datetime
    ) -> Self:
        """Say all of a teacher anew. Raises `TeacherChanged`, `Invalid`, `NotFound`."""
        async with transaction():
            columns = await terms.columns()
            known = await cls.existing(id, field="teacherId")
            if not await cls.filter(id=id, version=expected_version).update(**columns, version=expected_version + 1):
                raise TeacherChanged()
            teacher = await cls.get(id=id)
            await teacher._audit("change_teacher", columns_of(known, *_TOLD), staff_id=staff_id, at=at)
        return teacher

    async def _audit(self, action: str, before: dict[str, object] | None, *, staff_id: UUID, at: datetime) -> None:
        after = columns_of(self, *_TOLD)
        await AuditRow.write(
            staff_id=staff_id, action=action, subject=self, before=before, after=after, reason=None, at=at
        )


_TOLD = tuple(name for name in TeacherTerms.__dataclass_fields__ if name != "bio")
