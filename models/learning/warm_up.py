"""The warm-up of a temporary course: what is done on which day before it, by whom, through which channel, with which
words; and the proof that it was done. Day 0 is the day of the first session, day −14 two weeks before.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import DomainError, Invalid, bounded_text, picture_address, within
from models.learning.course import Course
from models.learning.course_terms import CourseKind
from models.record import Record
from models.staff.audit import REASON_MOST, columns_of
from models.staff.staff import Staff
from store.database import transaction

DAYS_BEFORE_MOST = 14
TASKS_MOST = 100
WHAT_MOST = 100
COPY_MOST = 1_000
PROOF_MOST = 500


class WarmUpChannel(StrEnum):
    """Where members hear of it."""

    GROUP_CHAT = "group_chat"
    MOMENTS = "moments"
    OFFICIAL_ACCOUNT = "official_account"
    MINI_PROGRAM = "mini_program"
    PRIVATE_CHAT = "private_chat"
    SHORT_VIDEO = "short_video"
    OFFLINE = "offline"
    OTHER = "other"


class WarmUpState(StrEnum):
    """What has become of a task."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


class OnlyTemporaryCourses(DomainError):
    code = "ONLY_TEMPORARY_COURSES"
    zh = "仅临时课程可设置预热计划"
    en = "Only a temporary course is warmed up for and decided on."


class WarmUpTaskClosed(DomainError):
    code = "WARM_UP_TASK_CLOSED"
    zh = "该预热任务已完成或已跳过"
    en = "This task is done or was skipped."


@dataclass(frozen=True)
class WarmUpTerms:
    """What staff say of a task; `by_staff_id` is whose it is."""

    day: int
    what: str
    channel: WarmUpChannel
    by_staff_id: UUID | None = None
    copy: str | None = None

    async def columns(self) -> dict[str, Any]:
        """What the columns hold. Raises `Invalid`, `NotFound`."""
        within("day", self.day, -DAYS_BEFORE_MOST, 0)
        if self.by_staff_id:
            await Staff.existing(self.by_staff_id, field="byStaffId")
        return asdict(self) | {
            "what": bounded_text(self.what, "what", least=1, most=WHAT_MOST),
            "copy": bounded_text(self.copy, "copy", most=COPY_MOST) or None,
        }


class WarmUpTask(Record):
    course: fields.ForeignKeyRelation[Course] = fields.ForeignKeyField(
        "models.Course", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    course_id: UUID
    day = fields.SmallIntField(description="-14 to 0: days before the first session.")
    what = fields.CharField(max_length=WHAT_MOST)
    channel = fields.CharEnumField(WarmUpChannel, max_length=20)
    by_staff_id: UUID | None = fields.UUIDField(null=True)
    copy = fields.CharField(max_length=COPY_MOST, null=True)
    state = fields.CharEnumField(WarmUpState, max_length=10, default=WarmUpState.OPEN)
    proof_text = fields.CharField(max_length=PROOF_MOST, null=True)
    proof_picture = fields.CharField(max_length=500, null=True)
    closed_by: UUID | None = fields.UUIDField(null=True)
    closed_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "warm_up_task"
        constraints = (
            CheckConstraint(check="day BETWEEN -14 AND 0", name="warm_up_task_before_the_course"),
            CheckConstraint(check="(state = 'open') = (closed_at IS NULL)", name="warm_up_task_closed_at_an_instant"),
        )
        indexes = (Index(fields=("course_id", "day", "id"), name="warm_up_task_by_course"),)

    @classmethod
    async def plan(
        cls, course_id: UUID, tasks: list[WarmUpTerms], *, expected_version: int, staff_id: UUID, at: datetime
    ) -> list[Self]:
        """Write the plan anew: what is open gives way to these; what was done or skipped stays.

        Raises `OnlyTemporaryCourses`, `CourseChanged`, `CourseOver`, `Invalid`, `NotFound`.
        """
        if len(tasks) > TASKS_MOST:
            raise Invalid("tasks", zh=f"最多 {TASKS_MOST} 项", en=f"at most {TASKS_MOST} tasks")
        async with transaction():
            course = await Course.held(course_id, expected_version=expected_version)
            course.refuse_over()
            if course.kind is not CourseKind.TEMPORARY:
                raise OnlyTemporaryCourses()
            await cls.filter(course_id=course_id, state=WarmUpState.OPEN).delete()
            made = [cls(course_id=course_id, created_at=at, **await terms.columns()) for terms in tasks]
            await cls.bulk_create(made)
            await course.turned(at=at)
            after = {"tasks": [columns_of(one, "day", "what", "channel", "by_staff_id") for one in made]}
            await course.audit("plan_warm_up", None, after, None, staff_id=staff_id, at=at)
        return await cls.filter(course_id=course_id).order_by("day", "id")

    @classmethod
    async def close(
        cls,
        id: UUID,
        state: WarmUpState,
        *,
        proof_text: str | None = None,
        proof_picture: str | None = None,
        staff_id: UUID,
        at: datetime,
    ) -> Self:
        """Say that a task is done, with a proof, or that it is skipped, with a reason in the same place.

        Raises `WarmUpTaskClosed`, `Invalid`, `NotFound`.
        """
        columns = {
            "state": state,
            "proof_text": bounded_text(proof_text, "proofText", most=PROOF_MOST) or None,
            "proof_picture": picture_address(proof_picture, "proofPicture"),
            "closed_by": staff_id,
            "closed_at": at,
        }
        if state is WarmUpState.OPEN:
            raise Invalid("state", zh="请选择完成或跳过", en="say done or skipped")
        if not columns["proof_text"] and not columns["proof_picture"]:
            raise Invalid("proofText", zh="请填写凭证或原因", en="give a proof, or why it was skipped")
        return await cls._turn(id, WarmUpState.OPEN, columns, "close_warm_up_task", None, staff_id=staff_id, at=at)

    @classmethod
    async def reopen(cls, id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> Self:
        """Take back that a task was done or skipped. Raises `Invalid`, `NotFound`."""
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        known = await cls.existing(id, field="taskId")
        columns = dict.fromkeys(("proof_text", "proof_picture", "closed_by", "closed_at"))
        if known.state is WarmUpState.OPEN:
            return known
        return await cls._turn(
            id,
            known.state,
            {"state": WarmUpState.OPEN, **columns},
            "reopen_warm_up_task",
            why,
            staff_id=staff_id,
            at=at,
        )

    @classmethod
    async def _turn(
        cls,
        id: UUID,
        state: WarmUpState,
        columns: dict[str, Any],
        action: str,
        reason: str | None,
        *,
        staff_id: UUID,
        at: datetime,
    ) -> Self:
        """One statement decides which of two was first."""
        known = await cls.existing(id, field="taskId")
        async with transaction():
            if not await cls.filter(id=id, state=state).update(**columns):
                raise WarmUpTaskClosed()
            task, course = await cls.get(id=id), await Course.get(id=known.course_id)
            before, after = ({"task_id": id, **columns_of(one, "what", *columns)} for one in (known, task))
            await course.audit(action, before, after, reason, staff_id=staff_id, at=at)
        return task
