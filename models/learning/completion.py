"""A completion: a member has done what the rule of a course asks, at an instant.

It is looked for after everything that can bring it about, while the member's row is held, so there is one at a time. It
stays when sessions are added later; where an attendance is voided and the rule holds no more, it is revoked.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.learning.classroom import Classroom
from models.learning.course import Course
from models.learning.progress import progress_of
from models.learning.quiz_standing import PASSED
from models.members.member import Member
from models.one_by_one import OneByOne
from models.record import Record
from store.database import fetch, transaction
from store.ids import as_id

LOOKED_AT_ONCE = 500


class CourseCompletion(Record):
    course: fields.ForeignKeyRelation[Course] = fields.ForeignKeyField(
        "models.Course", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    course_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    percent = fields.IntField(description="How much of the course's length had been seen.")
    minutes = fields.IntField(description="How many minutes had been attended.")
    completed_at: datetime = fields.DatetimeField()
    revoked_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "course_completion"
        constraints = (
            UniqueConstraint(
                fields=("course_id", "member_id"), condition="revoked_at IS NULL", name="course_completion_once"
            ),
        )
        indexes = (
            Index(fields=("member_id", "completed_at", "id"), name="course_completion_by_member"),
            Index(fields=("course_id", "completed_at", "id"), name="course_completion_by_course"),
        )

    @classmethod
    async def consider(cls, member_id: UUID, course: Course, *, at: datetime) -> Self | None:
        """Write a completion down where the rule holds now and none stands; the caller holds the member's row."""
        if await cls.exists(course_id=course.id, member_id=member_id, revoked_at__isnull=True):
            return None
        progress = (await progress_of(member_id, [course.id]))[course.id]
        if not progress.completes(await Classroom.of(course.id)):
            return None
        return await cls.create(
            course_id=course.id,
            member_id=member_id,
            percent=progress.percent,
            minutes=progress.minutes_attended,
            completed_at=at,
        )

    @classmethod
    async def reconsider(cls, member_id: UUID, course: Course, *, at: datetime) -> None:
        """Revoke the completion where the rule holds no more; the caller holds the member's row."""
        progress = (await progress_of(member_id, [course.id]))[course.id]
        if not progress.completes(await Classroom.of(course.id)):
            standing = cls.filter(course_id=course.id, member_id=member_id, revoked_at__isnull=True)
            await standing.update(revoked_at=at)


_HAS_PASSED = PASSED.format(quiz="c.quiz_id", member="e.member_id", before="$2")
_PASSED = (
    "SELECT e.id, e.member_id, e.course_id FROM enrollment e JOIN classroom c ON c.course_id = e.course_id "  # noqa: S608 - own text, values are bound
    f"WHERE e.state = 'enrolled' AND e.id > $1 AND {_HAS_PASSED} "
    "AND NOT EXISTS (SELECT 1 FROM course_completion d WHERE d.course_id = e.course_id "
    "AND d.member_id = e.member_id AND d.revoked_at IS NULL) ORDER BY e.id LIMIT $3"
)


async def complete_by_quiz(*, at: datetime) -> int:
    """Look at those who have passed the quiz of a course they are enrolled in; returns how many completed it."""
    completed, run, last = 0, OneByOne("complete course"), UUID(int=0)
    while rows := await fetch(_PASSED, last, at, LOOKED_AT_ONCE):
        for row in rows:
            last = as_id(row["id"])
            act = _considered(as_id(row["member_id"]), as_id(row["course_id"]), at=at)
            completed += bool(await run.do(last, act))
    return completed


async def _considered(member_id: UUID, course_id: UUID, *, at: datetime) -> bool:
    """The member's row is taken only where the rule holds: who lacks more than the quiz is looked at in every run."""
    if not (await progress_of(member_id, [course_id]))[course_id].completes(await Classroom.of(course_id)):
        return False
    async with transaction():
        await Member.bump(member_id)
        return bool(await CourseCompletion.consider(member_id, await Course.get(id=course_id), at=at))
