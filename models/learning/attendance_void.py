"""The void of an attendance by staff: who took it back, when and why. What it paid comes back, and so does a completion
that no longer holds without it."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, bounded_text
from models.idempotency import Once, perform_once
from models.insight.standing import standing_changed
from models.learning.attendance import Attendance
from models.learning.completion import CourseCompletion
from models.learning.course import Course
from models.members.member import Member
from models.points.behaviour import Behaviour
from models.points.earning import Earning
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.database import violates


class AttendanceVoided(DomainError):
    code = "ATTENDANCE_VOIDED"
    zh = "该签到已作废"
    en = "This attendance was voided before."


class AttendanceVoid(Record):
    attendance: fields.ForeignKeyRelation[Attendance] = fields.ForeignKeyField(
        "models.Attendance", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    attendance_id: UUID
    staff_id: UUID = fields.UUIDField()
    reason = fields.CharField(max_length=REASON_MOST)
    earnings_back = fields.IntField(description="How many payments came back.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "attendance_void"
        constraints = (UniqueConstraint(fields=("attendance_id",), name="attendance_void_once"),)

    @classmethod
    async def record(cls, attendance_id: UUID, *, reason: str, staff_id: UUID, at: datetime, once: Once | None) -> Self:
        """Take an attendance back, with what it paid.

        Raises `AttendanceVoided`, `Invalid`, `NotFound`, and `InsufficientPoints` where the member has spent what must
        come back.
        """
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST) or ""
        attendance = await Attendance.existing(attendance_id, field="attendanceId")

        async def write(id: UUID) -> Self:
            await Member.bump(attendance.member_id)
            if not await Attendance.filter(id=attendance_id, voided_at__isnull=True).update(voided_at=at):
                raise AttendanceVoided()
            behaviour, source = Behaviour.COURSE_ATTENDED, attendance.source
            back = await Earning.take_back(attendance.member_id, behaviour, source, at=at, note=why, staff_id=staff_id)
            await CourseCompletion.reconsider(attendance.member_id, await Course.get(id=attendance.course_id), at=at)
            void = await cls.create(
                id=id, attendance_id=attendance_id, staff_id=staff_id, reason=why, earnings_back=back, created_at=at
            )
            before, after = {"voided_at": None}, {"voided_at": at, "earnings_back": back}
            await AuditRow.write(
                staff_id=staff_id,
                action="void_attendance",
                subject=attendance,
                before=before,
                after=after,
                reason=why,
                at=at,
            )
            await standing_changed([attendance.member_id], at=at)
            return void

        try:
            return await perform_once(once, cls, write, at=at)
        except IntegrityError as error:
            raise (AttendanceVoided() if violates(error, cls, "attendance_void_once") else error) from None
