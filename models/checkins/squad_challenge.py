"""A challenge for squads (小组挑战): teams of members check in for so many days, and stand or fall together.

A day of a challenge is a business day of its own zone, so what counts for it follows from instants alone. Squads form
until a deadline; at that instant whoever asked for it is matched, squads that are too small are dissolved, and the
others are on their way. Each of these happens once, whenever the job comes by (`squad_forming`).

Locks: the challenge's row, then a squad's, then those of members in the order of their ids, then accounts. Whose rows
are needed is known only once the squad is held, and nothing that holds a member's row ever asks for a squad's.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.checkins.plan import CheckInPlan
from models.checkins.squad_terms import SUMMARY_MOST, TITLE_MOST, Milestone, SquadMode, SquadTerms, StakeSplit, Tier
from models.day_by_day import DayByDay
from models.errors import DomainError, NotFound
from models.groups.circle import Circle
from models.groups.group import Group
from models.staff.audit import AuditRow


class ChallengeStatus(StrEnum):
    """What has become of a challenge."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ENDED = "ended"
    CANCELLED = "cancelled"


class ChallengeOver(DomainError):
    code = "CHALLENGE_OVER"
    zh = "该挑战已结束或已取消"
    en = "This challenge is over."


class SquadChallenge(DayByDay):
    status = fields.CharEnumField(ChallengeStatus, max_length=10, default=ChallengeStatus.DRAFT)
    title = fields.CharField(max_length=TITLE_MOST)
    summary = fields.CharField(max_length=SUMMARY_MOST, null=True)
    plan: fields.ForeignKeyRelation[CheckInPlan] = fields.ForeignKeyField(
        "models.CheckInPlan", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    plan_id: UUID
    days = fields.SmallIntField()
    starts_on: date = fields.DateField()
    zone = fields.CharField(max_length=40)
    day_start_hour = fields.SmallIntField()
    starts_at: datetime = fields.DatetimeField(description="When its first day begins.")
    ends_at: datetime = fields.DatetimeField(description="When its last day is settled.")
    circle: fields.ForeignKeyNullableRelation[Circle] = fields.ForeignKeyField(
        "models.Circle", null=True, related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    circle_id: UUID | None
    group: fields.ForeignKeyNullableRelation[Group] = fields.ForeignKeyField(
        "models.Group", null=True, related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    group_id: UUID | None
    audience: dict[str, Any] = fields.JSONField(default=dict)
    size_least = fields.SmallIntField()
    size_most = fields.SmallIntField()
    forms_from: datetime | None = fields.DatetimeField(null=True)
    forms_until: datetime = fields.DatetimeField(description="The first instant at which no squad forms any more.")
    has_matching = fields.BooleanField(default=True)
    mode = fields.CharEnumField(SquadMode, max_length=12)
    misses_allowed = fields.SmallIntField(default=0)
    team_misses_allowed: int | None = fields.SmallIntField(null=True)
    goal_percent = fields.SmallIntField(default=80)
    substitutes_until_day = fields.SmallIntField(default=0)
    make_up_hours = fields.SmallIntField(default=0)
    stake = fields.IntField(default=0)
    stake_split = fields.CharEnumField(StakeSplit, max_length=10, default=StakeSplit.EQUAL)
    quit_penalty = fields.IntField(default=0)
    milestones: list[dict[str, Any]] = fields.JSONField(default=list)
    tiers: list[dict[str, Any]] = fields.JSONField(default=list)
    every_finish_points = fields.IntField(default=0)
    gives_diploma = fields.BooleanField(default=True)
    waiting_count = fields.IntField(default=0, description="How many ask to be matched.")
    version = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()
    published_at: datetime | None = fields.DatetimeField(null=True)
    matched_at: datetime | None = fields.DatetimeField(null=True, description="When those who asked were matched.")
    closed_at: datetime | None = fields.DatetimeField(null=True, description="When it ended or was cancelled.")
    unwound_at: datetime | None = fields.DatetimeField(
        null=True, description="When the last squad of a cancelled one had its points back."
    )

    class Meta:
        table = "squad_challenge"
        constraints = (
            CheckConstraint(check="days BETWEEN 1 AND 100", name="squad_challenge_length"),
            CheckConstraint(check="size_least BETWEEN 2 AND size_most", name="squad_challenge_sizes"),
            CheckConstraint(
                check="stake >= 0 AND quit_penalty >= 0 AND every_finish_points >= 0 AND waiting_count >= 0",
                name="squad_challenge_bounds",
            ),
            CheckConstraint(check="forms_until <= starts_at", name="squad_challenge_forms_before"),
            CheckConstraint(check="circle_id IS NULL OR group_id IS NULL", name="squad_challenge_of_one_place"),
        )
        indexes = (
            Index(fields=("starts_at", "id"), name="squad_challenge_by_start"),
            Index(fields=("status", "forms_until"), name="squad_challenge_by_status"),
        )

    @classmethod
    async def held(cls, id: UUID) -> Self:
        """The challenge with its row taken until the caller's transaction ends."""
        return await cls.locked(id, field="challengeId")

    @classmethod
    async def shown(cls, id: UUID) -> Self:
        """A challenge that members may know of; raises `NotFound`."""
        challenge = await cls.existing(id, field="challengeId")
        if challenge.status is ChallengeStatus.DRAFT:
            raise NotFound(field="challengeId")
        return challenge

    @property
    def is_published(self) -> bool:
        return self.status is ChallengeStatus.PUBLISHED

    @property
    def milestones_due(self) -> dict[int, int]:
        """Points by day."""
        return {one["day"]: one["points"] for one in self.milestones}

    def tier_of(self, days_done: int) -> Tier | None:
        """The highest tier that so many days reach."""
        reached = [Tier(**one) for one in self.tiers if one["least_days"] <= days_done]
        return max(reached, key=lambda tier: tier.least_days, default=None)

    def as_until(self, at: datetime) -> datetime:
        """The instant up to which days count: of a cancelled challenge that of its cancellation."""
        return min(at, self.closed_at) if self.status is ChallengeStatus.CANCELLED and self.closed_at else at

    def settles_at(self, day: int) -> datetime:
        """When a day is settled: at its end, or as much later as it may be made up."""
        return self.day_ends(day) + timedelta(hours=self.make_up_hours)

    async def audit(
        self, action: str, before: dict[str, object] | None, *, staff_id: UUID, reason: str | None, at: datetime
    ) -> None:
        await AuditRow.write(
            staff_id=staff_id,
            action=action,
            subject=self,
            before=before,
            after=self.told() if before is None else {name: getattr(self, name) for name in before},
            reason=reason,
            at=at,
        )

    def told(self) -> dict[str, object]:
        """What the audit keeps of a challenge's terms."""
        return {name: getattr(self, name) for name in SquadTerms.__dataclass_fields__}


def milestones_of(challenge: SquadChallenge) -> list[Milestone]:
    return [Milestone(**one) for one in challenge.milestones]


def tiers_of(challenge: SquadChallenge) -> list[Tier]:
    return [Tier(**one) for one in challenge.tiers]
