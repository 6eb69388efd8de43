"""A forwarding task (转发任务): what members are given to spread, for whom, until when, and what shows that they did.

While it is a draft everything may change. Publishing closes its first version, a change afterwards another, and a claim
keeps the version that it was taken under. Places are counted on the task's own row: one statement asks whether the task
is open, whether the quotas of all and of the day leave one, and takes it, so no place is given twice and none after the
task was stopped. Whoever pays shares the task's row, whoever stops or voids it has it alone.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import DomainError, NotFound
from models.members.audience import Audience
from models.points.account import AccountKey, Bucket, of_budget, of_platform
from models.points.budget import Budget
from models.record import Record
from models.spread.forward_terms import ForwardProofMode, ForwardTerms, SharingProfile
from store.brand_day import Windows, brand_day
from store.database import dialect, execute, fetch

CAMPAIGN = "forward_task:"


class ForwardTaskState(StrEnum):
    """What has become of a task."""

    DRAFT = "draft"
    PUBLISHED = "published"
    STOPPED = "stopped"
    ENDED = "ended"
    VOIDED = "voided"


class PendingFate(StrEnum):
    """What becomes of the points that are pending when a task is stopped."""

    WAIT = "wait"
    RELEASE = "release"
    TAKE_BACK = "take_back"


class ForwardTaskNotOpen(DomainError):
    code = "FORWARD_TASK_NOT_OPEN"
    zh = "转发任务尚未开始"
    en = "This task has not begun."


class ForwardTaskOver(DomainError):
    code = "FORWARD_TASK_OVER"
    zh = "转发任务已结束"
    en = "This task is over."


class ForwardTaskStopped(DomainError):
    code = "FORWARD_TASK_STOPPED"
    zh = "转发任务已停止"
    en = "This task was stopped."


class ForwardQuotaReached(DomainError):
    code = "FORWARD_QUOTA_REACHED"
    zh = "名额已领完"
    en = "All places are taken."


class ForwardTask(Record):
    title = fields.CharField(max_length=60)
    description = fields.TextField(null=True)
    mode = fields.CharEnumField(ForwardProofMode, max_length=20)
    state = fields.CharEnumField(ForwardTaskState, max_length=10, default=ForwardTaskState.DRAFT)
    version = fields.IntField(default=0, description="Rises with each change of its terms.")
    starts_at: datetime = fields.DatetimeField()
    ends_at: datetime = fields.DatetimeField(description="The instant after its last one.")
    materials: list[dict[str, Any]] = fields.JSONField(default=list)
    targets: list[dict[str, Any]] = fields.JSONField(default=list)
    audience: dict[str, Any] = fields.JSONField(default=dict)
    total_most: int | None = fields.IntField(null=True, description="Places in all.")
    day_most: int | None = fields.IntField(null=True, description="Places of one day of the brand.")
    budget: fields.ForeignKeyNullableRelation[Budget] = fields.ForeignKeyField(
        "models.Budget", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True
    )
    budget_id: UUID | None
    points = fields.IntField(default=0, description="For a claim of honour or with a screenshot.")
    milestones: list[dict[str, Any]] = fields.JSONField(default=list)
    hold_hours = fields.IntField(description="How long points are pending.")
    sample_percent = fields.SmallIntField(description="How many of a hundred claims of honour are looked at.")
    proof_hours = fields.IntField(description="Within how long a proof that was asked for is due.")
    bar_days = fields.IntField(description="How long who failed a sample takes no task of honour.")
    exclusions: list[str] = fields.JSONField(default=list)
    profile = fields.CharEnumField(SharingProfile, max_length=10)
    in_mini_program = fields.BooleanField()
    promotes_virtual = fields.BooleanField()
    is_required = fields.BooleanField()
    gives_chance = fields.BooleanField()
    page = fields.CharField(max_length=100, null=True, description="Where codes lead; absent: the usual page.")
    broken: list[str] = fields.JSONField(default=list, description="Clauses that it breaks by now and nobody accepted.")
    looked_at_on: date | None = fields.DateField(null=True, description="The day of the last look at these.")
    claimed = fields.IntField(default=0, description="Places that were taken.")
    claimed_on: date | None = fields.DateField(null=True, description="The last day of which places were taken.")
    claimed_that_day = fields.IntField(default=0)
    pending: PendingFate | None = fields.CharEnumField(PendingFate, max_length=10, null=True)  # type: ignore[assignment]  # Tortoise types it as never null
    unwound_at: datetime | None = fields.DatetimeField(null=True, description="When all that was due came back.")
    published_at: datetime | None = fields.DatetimeField(null=True)
    ended_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "forward_task"
        constraints = (
            CheckConstraint(check="starts_at < ends_at", name="forward_task_has_a_window"),
            CheckConstraint(
                check="claimed >= 0 AND (total_most IS NULL OR claimed <= total_most)",
                name="forward_task_within_quota",
            ),
        )
        indexes = (
            Index(fields=("state", "ends_at"), name="forward_task_by_state"),
            Index(fields=("starts_at", "id"), name="forward_task_by_start"),
        )

    @classmethod
    async def seen(cls, id: UUID) -> Self:
        """The task as a member sees it, or `NotFound`."""
        return cls._published(await fetch(_SEEN, id))

    @classmethod
    async def shared(cls, id: UUID) -> Self:
        """The task for a payment, beside others, while nobody stops or voids it; or `NotFound`."""
        is_locking = dialect() == "postgres"
        return cls._published(await fetch(_SHARED if is_locking else _SEEN, id))

    @classmethod
    async def held(cls, id: UUID) -> Self:
        """The task for a change, which nobody else makes meanwhile; or `NotFound`."""
        found = await cls.select_for_update().get_or_none(id=id)
        if found is None:
            raise NotFound(field="forwardTaskId")
        return found

    @classmethod
    def _published(cls, rows: list[Any]) -> Self:
        found = cls.from_row(rows[0]) if rows else None
        if found is None or found.state is ForwardTaskState.DRAFT:
            raise NotFound(field="forwardTaskId")
        return found

    async def take_place(self, *, at: datetime) -> None:
        """Take one of its places in the caller's transaction, which holds the member's row.

        Raises `ForwardQuotaReached`, and whatever closes the task by now.
        """
        if await execute(_TAKE_PLACE, at, self.id, brand_day(at)):
            return
        now = await ForwardTask.seen(self.id)
        now.refuse_closed(at=at)
        raise now.quota_reached(at=at) or ForwardQuotaReached()

    def quota_reached(self, *, at: datetime) -> DomainError | None:
        """That no place is left at `at`; None where one is."""
        if self.total_most is not None and self.claimed >= self.total_most:
            return ForwardQuotaReached()
        today = brand_day(at)
        is_of_today = self.claimed_on is not None and self.claimed_on >= today
        if self.day_most is not None and is_of_today and self.claimed_that_day >= self.day_most:
            tomorrow = Windows.at(at).day_until
            return ForwardQuotaReached(retry_at=tomorrow if tomorrow < self.ends_at else None)
        return None

    def closing(self, *, at: datetime) -> DomainError | None:
        """Why nobody can take or claim it at `at`; None where it is open."""
        if self.state in (ForwardTaskState.STOPPED, ForwardTaskState.VOIDED):
            return ForwardTaskStopped()
        if self.state is ForwardTaskState.ENDED or at >= self.ends_at:
            return ForwardTaskOver()
        return ForwardTaskNotOpen(retry_at=self.starts_at) if at < self.starts_at else None

    def refuse_closed(self, *, at: datetime) -> None:
        if refusal := self.closing(at=at):
            raise refusal

    @property
    def is_taken_back(self) -> bool:
        """Whether what it set pending comes back, so that nothing of it is to be decided any more."""
        if self.state is ForwardTaskState.VOIDED:
            return True
        return self.state is ForwardTaskState.STOPPED and self.pending is PendingFate.TAKE_BACK

    @property
    def terms(self) -> ForwardTerms:
        return ForwardTerms.of(self)

    @property
    def for_whom(self) -> Audience:
        return Audience.from_json(self.audience)

    @property
    def campaign(self) -> str:
        """What the codes of its members are known by."""
        return f"{CAMPAIGN}{self.id}"

    @property
    def payer(self) -> AccountKey:
        return of_budget(self.budget_id) if self.budget_id else of_platform(Bucket.ISSUED)


_SEEN = "SELECT * FROM forward_task WHERE id = $1"
_SHARED = f"{_SEEN} FOR SHARE"

# A request that began before midnight may come after one of the new day; it counts as of that one.
_TAKE_PLACE = """
UPDATE forward_task SET claimed = claimed + 1,
claimed_that_day = CASE WHEN claimed_on IS NULL OR claimed_on < $3 THEN 1 ELSE claimed_that_day + 1 END,
claimed_on = CASE WHEN claimed_on IS NULL OR claimed_on < $3 THEN $3 ELSE claimed_on END
WHERE id = $2 AND state = 'published' AND starts_at <= $1 AND ends_at > $1
AND (total_most IS NULL OR claimed < total_most)
AND (day_most IS NULL OR claimed_on IS NULL OR claimed_on < $3 OR claimed_that_day < day_most)
"""
