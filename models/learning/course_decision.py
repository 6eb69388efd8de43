"""Go or no-go: whether a temporary course takes place, decided once, at its instant by its target or by staff by hand.

A no-go calls off every session that is still to come and ends the course; those who had a seat are told after the
commit, and then get back what their seats cost.
"""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, bounded_text
from models.learning.course import Course, CourseStatus
from models.learning.course_session import CourseSession, SessionState
from models.learning.course_terms import CourseKind
from models.learning.session_cancel import called_off
from models.learning.warm_up import OnlyTemporaryCourses
from models.one_by_one import OneByOne
from models.record import Record
from models.staff.audit import REASON_MOST
from store.database import transaction, violates
from store.outbox import Outbox

TOPIC = "course_no_go"
NOT_ENOUGH = "报名人数未达到开课目标"


class DecisionOutcome(StrEnum):
    """Whether a course takes place."""

    GO = "go"
    NO_GO = "no_go"


class CourseDecided(DomainError):
    code = "COURSE_DECIDED"
    zh = "该课程已决定是否开课"
    en = "Whether this course takes place was decided before."


class CourseDecision(Record):
    course: fields.ForeignKeyRelation[Course] = fields.ForeignKeyField(
        "models.Course", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    course_id: UUID
    outcome = fields.CharEnumField(DecisionOutcome, max_length=10)
    sign_ups = fields.IntField(description="How many had a seat then.")
    target: int | None = fields.IntField(null=True)
    reason = fields.CharField(max_length=200, null=True)
    staff_id: UUID | None = fields.UUIDField(null=True, description="Absent where the target decided.")
    decided_at: datetime = fields.DatetimeField()

    class Meta:
        table = "course_decision"
        constraints = (UniqueConstraint(fields=("course_id",), name="course_decision_once"),)
        indexes = (Index(fields=("decided_at", "id"), name="course_decision_by_time"),)

    @classmethod
    async def make(
        cls,
        course_id: UUID,
        outcome: DecisionOutcome,
        *,
        reason: str,
        expected_version: int,
        staff_id: UUID,
        at: datetime,
    ) -> Self:
        """Decide by hand. Raises `OnlyTemporaryCourses`, `CourseDecided`, `CourseChanged`, `CourseOver`, `Invalid`."""
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        try:
            async with transaction():
                course = await Course.held(course_id, expected_version=expected_version)
                if await cls.exists(course_id=course_id):
                    raise CourseDecided()
                course.refuse_over()
                if course.kind is not CourseKind.TEMPORARY:
                    raise OnlyTemporaryCourses()
                return await cls._decided(course, outcome, why, staff_id=staff_id, at=at)
        except IntegrityError as error:
            if violates(error, cls, "course_decision_once"):
                raise CourseDecided() from None
            raise

    @classmethod
    async def decide_due(cls, *, at: datetime) -> int:
        """Decide on the courses whose instant has come, by their target; returns how many."""
        decided, run = 0, OneByOne("decide on course")
        undecided = Course.filter(status=CourseStatus.PUBLISHED, decides_at__lte=at).order_by("decides_at", "id")
        while courses := await undecided.exclude(id__in=[*run.failed, *await cls._known(at)]).limit(100):
            for one in courses:
                decided += bool(await run.do(one.id, cls._decide(one.id, at=at)))
        return decided

    @classmethod
    async def _known(cls, at: datetime) -> list[UUID]:
        """Published courses that were decided on; the others of them have ended."""
        found = await cls.filter(course__status=CourseStatus.PUBLISHED, course__decides_at__lte=at)
        return [one.course_id for one in found]

    @classmethod
    async def _decide(cls, course_id: UUID, *, at: datetime) -> bool:
        async with transaction():
            course = await Course.held(course_id)
            if course.status is not CourseStatus.PUBLISHED or await cls.exists(course_id=course_id):
                return False
            is_reached = course.enrolled_count >= (course.sign_up_target or 0)
            outcome = DecisionOutcome.GO if is_reached else DecisionOutcome.NO_GO
            await cls._decided(course, outcome, None if is_reached else NOT_ENOUGH, staff_id=None, at=at)
        return True

    @classmethod
    async def _decided(
        cls, course: Course, outcome: DecisionOutcome, why: str | None, *, staff_id: UUID | None, at: datetime
    ) -> Self:
        decision = await cls.create(
            course_id=course.id,
            outcome=outcome,
            sign_ups=course.enrolled_count,
            target=course.sign_up_target,
            reason=why,
            staff_id=staff_id,
            decided_at=at,
        )
        if outcome is DecisionOutcome.NO_GO:
            await _end(course, why, staff_id=staff_id, at=at)
        if staff_id:
            after = {"outcome": outcome, "sign_ups": decision.sign_ups, "target": decision.target}
            await course.audit("decide_on_course", None, after, why, staff_id=staff_id, at=at)
        return decision


async def _end(course: Course, why: str | None, *, staff_id: UUID | None, at: datetime) -> None:
    """Call off what is still to come, and end the held course; its members are told once, of the course."""
    for session in await CourseSession.filter(
        course_id=course.id, state=SessionState.SCHEDULED, starts_at__gt=at
    ).order_by("starts_at", "id"):
        change = await called_off(course, session, why, staff_id=staff_id, at=at)
        await change.save(force_create=True)
    course.status, course.ended_at = CourseStatus.ENDED, at
    await course.turned(at=at)
    told = {"course_id": str(course.id), "staff_id": str(staff_id) if staff_id else None, "reason": why}
    await Outbox.put(TOPIC, {**told, "at": at.isoformat()}, at=at)
