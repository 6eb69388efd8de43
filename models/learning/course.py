"""A course: what is taught to whom. Its sessions are rows of their own, and so are the slots that make them.

While it is a draft nobody sees it. Published, it is seen by the members of its group or circle, or by everybody; its
audience is the gate that stands in front of a seat. It ends when nothing more comes, and is archived for good.

Whoever makes, moves or calls off sessions, or takes seats, holds the course's row first, and a session's after it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import DomainError, Invalid, bounded_text
from models.groups.circle import Circle
from models.groups.group import Group
from models.idempotency import Once, perform_once
from models.learning.course_terms import CourseKind, CourseTerms, Medium
from models.learning.teacher import Teacher
from models.members.audience import Audience
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow, Facts, columns_of
from store.database import fetch_value, transaction


class CourseStatus(StrEnum):
    """What has become of a course."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ENDED = "ended"
    ARCHIVED = "archived"


class CourseChanged(DomainError):
    code = "COURSE_CHANGED"
    zh = "该课程刚被他人修改，请刷新后重试"
    en = "Somebody changed this course meanwhile; read it again."
    field = "expectedVersion"


class CoursePublished(DomainError):
    code = "COURSE_PUBLISHED"
    zh = "该课程已发布"
    en = "This course was published before."


class CourseOver(DomainError):
    code = "COURSE_OVER"
    zh = "该课程已结束"
    en = "This course is over."


class SessionsToCome(DomainError):
    code = "SESSIONS_TO_COME"
    zh = "还有 {count} 次课未上，请先取消"
    en = "{count} of its sessions are still to come; call them off first."


class SeatsBelowEnrolled(DomainError):
    code = "SEATS_BELOW_ENROLLED"
    zh = "名额不能少于已报名的 {enrolled} 人"
    en = "The seats cannot be fewer than the {enrolled} who are enrolled."
    field = "seats"


class Course(Record):
    kind = fields.CharEnumField(CourseKind, max_length=10)
    status = fields.CharEnumField(CourseStatus, max_length=10, default=CourseStatus.DRAFT)
    title = fields.CharField(max_length=60)
    summary = fields.TextField(null=True)
    picture = fields.CharField(max_length=500, null=True)
    group: fields.ForeignKeyNullableRelation[Group] = fields.ForeignKeyField(
        "models.Group", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True, db_index=True
    )
    group_id: UUID | None
    circle: fields.ForeignKeyNullableRelation[Circle] = fields.ForeignKeyField(
        "models.Circle", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True, db_index=True
    )
    circle_id: UUID | None
    teacher: fields.ForeignKeyNullableRelation[Teacher] = fields.ForeignKeyField(
        "models.Teacher", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True
    )
    teacher_id: UUID | None
    medium = fields.CharEnumField(Medium, max_length=10, default=Medium.ONLINE)
    minutes = fields.IntField(default=40, description="How long a session is where nothing else is said of it.")
    zone = fields.CharField(max_length=60, description="The IANA zone in which its local times and days are meant.")
    seats: int | None = fields.IntField(null=True, description="Absent: unlimited.")
    enrolled_count = fields.IntField(default=0, description="Who has a seat; changed by one conditional statement.")
    waiting_count = fields.IntField(default=0)
    price: int | None = fields.IntField(null=True, description="Points for a seat; absent: nothing.")
    audience: dict[str, Any] = fields.JSONField(default=dict)
    live_url = fields.CharField(max_length=500, null=True)
    location = fields.CharField(max_length=200, null=True)
    reminders: list[int] = fields.JSONField(default=list, description="Minutes before a session, the longest first.")
    purpose = fields.CharField(max_length=200, null=True)
    theme = fields.CharField(max_length=200, null=True)
    sign_up_target: int | None = fields.IntField(null=True)
    decides_at: datetime | None = fields.DatetimeField(null=True, description="The go / no-go instant.")
    version = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()
    published_at: datetime | None = fields.DatetimeField(null=True)
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "course"
        constraints = (
            CheckConstraint(check="group_id IS NULL OR circle_id IS NULL", name="course_of_one_place"),
            CheckConstraint(
                check="enrolled_count >= 0 AND (seats IS NULL OR enrolled_count <= seats)", name="course_within_seats"
            ),
            CheckConstraint(check="waiting_count >= 0", name="course_waiting_never_negative"),
            CheckConstraint(check="price IS NULL OR price > 0", name="course_price_above_zero"),
        )
        indexes = (
            Index(fields=("created_at", "id"), name="course_by_created"),
            Index(fields=("status", "decides_at"), name="course_by_decision"),
        )

    @classmethod
    async def draft(
        cls, kind: CourseKind, terms: CourseTerms, *, staff_id: UUID, at: datetime, once: Once | None = None
    ) -> Self:
        """A new course, which nobody sees before it is published. Raises `Invalid`, `NotFound`."""

        async def write(id: UUID) -> Self:
            columns = await terms.columns(kind)
            course = await cls.create(id=id, kind=kind, created_at=at, updated_at=at, **columns)
            await course.audit("draft_course", None, columns_of(course, "kind", *TOLD), None, staff_id=staff_id, at=at)
            return course

        return await perform_once(once, cls, write, at=at)

    @classmethod
    async def change(
        cls,
        id: UUID,
        terms: CourseTerms,
        *,
        expected_version: int,
        staff_id: UUID,
        at: datetime,
        reason: str | None = None,
    ) -> Self:
        """Say all of a course anew; sessions that are there keep what was said of them.

        Raises `CourseChanged`, `CourseOver`, `SeatsBelowEnrolled`, `Invalid`, `NotFound`.
        """
        async with transaction():
            course = await cls.held(id, expected_version=expected_version)
            if course.is_over:
                raise CourseOver()
            before = columns_of(course, *TOLD)
            course.update_from_dict(await terms.columns(course.kind))
            course._refuse_below_enrolled()
            await course.turned(at=at)
            await course.audit("change_course", before, columns_of(course, *TOLD), reason, staff_id=staff_id, at=at)
        return course

    @classmethod
    async def publish(cls, id: UUID, *, expected_version: int, staff_id: UUID, at: datetime) -> Self:
        """Let members see it. Raises `CoursePublished`, `CourseChanged`, `NotFound`, `Invalid`."""
        async with transaction():
            course = await cls.held(id, expected_version=expected_version)
            if course.status is not CourseStatus.DRAFT:
                raise CoursePublished()
            if course.decides_at and course.decides_at <= at:
                raise Invalid("decidesAt", zh="开课决定时间已过", en="it lies in the past")
            course.status, course.published_at = CourseStatus.PUBLISHED, at
            await course.turned(at=at)
            await course.audit("publish_course", {"status": CourseStatus.DRAFT}, None, None, staff_id=staff_id, at=at)
        return course

    @classmethod
    async def close(
        cls, id: UUID, status: CourseStatus, *, expected_version: int, reason: str, staff_id: UUID, at: datetime
    ) -> Self:
        """End a published course, or archive one that nobody needs to see any more.

        Raises `CourseChanged`, `CourseOver`, `SessionsToCome`, `Invalid`, `NotFound`.
        """
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        async with transaction():
            course = await cls.held(id, expected_version=expected_version)
            before = columns_of(course, "status")
            if status not in _CLOSES.get(course.status, ()):
                raise CourseOver()
            if status is CourseStatus.ENDED:
                await course._refuse_sessions_to_come(at=at)
            course.status, course.ended_at = status, course.ended_at or at
            await course.turned(at=at)
            await course.audit("close_course", before, columns_of(course, "status"), why, staff_id=staff_id, at=at)
        return course

    @classmethod
    async def held(cls, id: UUID, *, expected_version: int | None = None) -> Self:
        """The course with its row taken until the caller's transaction ends. Raises `NotFound`, `CourseChanged`."""
        course = await cls.locked(id, field="courseId")
        if expected_version not in (None, course.version):
            raise CourseChanged()
        return course

    async def turned(self, *, at: datetime) -> None:
        """Write the held row down as the next version."""
        self.version, self.updated_at = self.version + 1, at
        await self.save()

    async def audit(
        self,
        action: str,
        before: Facts | None,
        after: Facts | None,
        reason: str | None,
        *,
        staff_id: UUID,
        at: datetime,
    ) -> None:
        """Write what a staff member did with the course or with what hangs on it."""
        await AuditRow.write(
            staff_id=staff_id, action=action, subject=self, before=before, after=after, reason=reason, at=at
        )

    @property
    def for_whom(self) -> Audience:
        return Audience.from_json(self.audience)

    @property
    def is_over(self) -> bool:
        return self.status in (CourseStatus.ENDED, CourseStatus.ARCHIVED)

    def refuse_over(self) -> None:
        if self.is_over:
            raise CourseOver()

    async def _refuse_sessions_to_come(self, *, at: datetime) -> None:
        """Whoever has a seat is to be told of each; that is done where sessions are called off."""
        count = await fetch_value(
            "SELECT COUNT(*) FROM course_session WHERE course_id = $1 AND state = 'scheduled' AND ends_at > $2",
            self.id,
            at,
        )
        if count:
            raise SessionsToCome(count=int(count))

    def _refuse_below_enrolled(self) -> None:
        if self.seats is not None and self.seats < self.enrolled_count:
            raise SeatsBelowEnrolled(enrolled=self.enrolled_count)


TOLD = tuple(name for name in CourseTerms.__dataclass_fields__ if name != "summary")
"""What the audit keeps of a course; its long text is kept where it stands."""

_CLOSES = {
    CourseStatus.DRAFT: (CourseStatus.ARCHIVED,),
    CourseStatus.PUBLISHED: (CourseStatus.ENDED,),
    CourseStatus.ENDED: (CourseStatus.ARCHIVED,),
}
"""What each status may be closed into."""
