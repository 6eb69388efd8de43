"""Many members enrolled at once by staff: a segment or a group, worked off one by one, however many they are.

Members come in the order of their ids, and the batch remembers the last one in the transaction that enrols it; so it
goes on where it stood, and whoever was enrolled is counted once. What its members are told is what they would be told
by hand: a full course takes nobody, or puts them on the waiting list.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.actor import Actor
from models.errors import DomainError, Invalid, bounded_text
from models.groups.group import Group
from models.idempotency import Once, perform_once
from models.learning.course import Course
from models.learning.enrolling_by_staff import seat
from models.learning.enrollment import Enrollment, EnrollmentWay
from models.learning.enrollment_change import EnrollmentState
from models.members.condition import Condition
from models.members.member import Member
from models.members.segment import Segment, members_of
from models.one_by_one import OneByOne
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow, columns_of
from store.database import execute, fetch, transaction
from store.ids import as_id

MEMBERS_AT_ONCE = 100


class EnrollmentBatch(Record):
    course: fields.ForeignKeyRelation[Course] = fields.ForeignKeyField(
        "models.Course", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    course_id: UUID
    segment_id: UUID | None = fields.UUIDField(null=True)
    group_id: UUID | None = fields.UUIDField(null=True)
    waits = fields.BooleanField(description="Whether those who get no seat are put on the waiting list.")
    reason = fields.CharField(max_length=REASON_MOST, null=True)
    staff_id: UUID = fields.UUIDField()
    behind_id: UUID = fields.UUIDField(default=UUID(int=0), description="Of the member that was looked at last.")
    enrolled = fields.IntField(default=0)
    waiting = fields.IntField(default=0)
    refused = fields.IntField(default=0)
    created_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "enrollment_batch"
        constraints = (
            CheckConstraint(check="(segment_id IS NULL) <> (group_id IS NULL)", name="enrollment_batch_of_one_kind"),
        )
        indexes = (
            Index(fields=("course_id", "created_at", "id"), name="enrollment_batch_by_course"),
            Index(fields=("ended_at", "created_at", "id"), name="enrollment_batch_by_end"),
        )

    @classmethod
    async def begin(
        cls,
        course_id: UUID,
        *,
        segment_id: UUID | None = None,
        group_id: UUID | None = None,
        waits: bool = False,
        reason: str | None = None,
        staff_id: UUID,
        at: datetime,
        once: Once | None,
    ) -> Self:
        """Have a segment or a group enrolled, from now on. Raises `Invalid`, `CourseOver`, `NotFound`."""
        why = bounded_text(reason, "reason", most=REASON_MOST) or None
        if (segment_id is None) is (group_id is None):
            raise Invalid("segmentId", zh="人群与社群须选其一", en="name a segment or a group")

        async def write(id: UUID) -> Self:
            (await Course.existing(course_id, field="courseId")).refuse_over()
            if segment_id:
                await Segment.existing(segment_id, field="segmentId")
            if group_id:
                await Group.existing(group_id, field="groupId")
            batch = await cls.create(
                id=id,
                course_id=course_id,
                segment_id=segment_id,
                group_id=group_id,
                waits=waits,
                reason=why,
                staff_id=staff_id,
                created_at=at,
            )
            after = columns_of(batch, "course_id", "segment_id", "group_id", "waits")
            await AuditRow.write(
                staff_id=staff_id, action="enrol_many", subject=batch, before=None, after=after, reason=why, at=at
            )
            return batch

        return await perform_once(once, cls, write, at=at)

    async def work_off(self, *, at: datetime) -> int:
        """Enrol those who are left; returns how many were looked at."""
        looked_at = 0
        while member_ids := await self._next(at=at):
            for member_id in member_ids:
                await self._enrol(member_id, at=at)
            looked_at += len(member_ids)
        await type(self).filter(id=self.id).update(ended_at=at)
        return looked_at

    async def _next(self, *, at: datetime) -> list[UUID]:
        """The members behind the last one, in the order of their ids."""
        if self.group_id:
            sql = "SELECT member_id AS id FROM membership WHERE group_id = $1 AND member_id > $2 ORDER BY 1 LIMIT $3"
            rows = await fetch(sql, self.group_id, self.behind_id, MEMBERS_AT_ONCE)
        else:
            clause = await members_of(Condition("segment", self.segment_id), at=at)
            sql = f"SELECT m.id FROM member m WHERE m.id > $1 AND {clause.of('m', first=3)} ORDER BY m.id LIMIT $2"  # noqa: S608 - own text
            rows = await fetch(sql, self.behind_id, MEMBERS_AT_ONCE, *clause.values)
        return [as_id(row["id"]) for row in rows]

    async def _enrol(self, member_id: UUID, *, at: datetime) -> None:
        try:
            async with transaction():
                await Member.hold(member_id)
                place = Enrollment(course_id=self.course_id, member_id=member_id, way=EnrollmentWay.STAFF, points=0)
                await seat(place, Actor.staff(self.staff_id), waits=self.waits, at=at)
                is_seated = place.state is EnrollmentState.ENROLLED
                await self._count("enrolled" if is_seated else "waiting", member_id)
        except DomainError:
            await self._count("refused", member_id)
        self.behind_id = member_id

    async def _count(self, what: str, member_id: UUID) -> None:
        """Count one in the column `what` and remember it."""
        sql = f"UPDATE enrollment_batch SET {what} = {what} + 1, behind_id = $1 WHERE id = $2"  # noqa: S608 - own text
        await execute(sql, member_id, self.id)


async def work_batches_off(*, at: datetime) -> int:
    """Go on with every batch that has not ended, the oldest first; returns how many members were looked at."""
    looked_at, run = 0, OneByOne("enrol many")
    for batch in await EnrollmentBatch.filter(ended_at__isnull=True).order_by("created_at", "id"):
        looked_at += await run.do(batch.id, batch.work_off(at=at)) or 0
    return looked_at
