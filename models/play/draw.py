"""A draw (抽奖): who may draw, when, at which price and how often; its prizes are rows of their own.

While it is a draft everything may change. Publishing commits to its seeds and closes a first version of its rules;
from then on the odds change only as a new version, and each result keeps the version it was rolled under. Whoever draws
shares the draw, whoever changes, ends or voids it has it alone: so nothing is drawn under rules, or after an end, that
it could not see.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import DomainError, NotFound
from models.members.audience import Audience
from models.play.draw_terms import ChanceRule, ChanceSource, DrawKind, Segment
from models.points.budget import Budget
from models.record import Record
from store.brand_day import Windows
from store.database import dialect, fetch


class DrawState(StrEnum):
    """What has become of a draw."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ENDED = "ended"
    VOIDED = "voided"


class DrawNotOpen(DomainError):
    code = "DRAW_NOT_OPEN"
    zh = "抽奖尚未开始"
    en = "This draw has not begun."


class DrawOver(DomainError):
    code = "DRAW_OVER"
    zh = "抽奖已结束"
    en = "This draw is over."


class DrawVoided(DomainError):
    code = "DRAW_VOIDED"
    zh = "该抽奖已作废"
    en = "This draw was voided."


class WrongDrawKind(DomainError):
    code = "WRONG_DRAW_KIND"
    zh = "该抽奖不支持此操作"
    en = "This kind of draw does not work that way."


class DrawLimitReached(DomainError):
    code = "DRAW_LIMIT_REACHED"
    zh = "已达到抽奖次数上限（{most} 次）"
    en = "You have drawn as often as one may, {most} times."


class Draw(Record):
    title = fields.CharField(max_length=60)
    description = fields.TextField(null=True)
    kind = fields.CharEnumField(DrawKind, max_length=10)
    state = fields.CharEnumField(DrawState, max_length=10, default=DrawState.DRAFT)
    version = fields.IntField(default=0, description="Rises with each change of its rules.")
    starts_at: datetime = fields.DatetimeField()
    ends_at: datetime = fields.DatetimeField(description="The instant after its last one.")
    audience: dict[str, Any] = fields.JSONField(default=dict)
    free_per_day = fields.IntField(default=0)
    price: int | None = fields.IntField(null=True, description="Points for a chance; absent: not sold.")
    day_most: int | None = fields.IntField(null=True, description="Most draws of a member a day.")
    total_most: int | None = fields.IntField(null=True, description="Most draws of a member in all.")
    budget: fields.ForeignKeyNullableRelation[Budget] = fields.ForeignKeyField(
        "models.Budget", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True
    )
    budget_id: UUID | None
    claim_days: int | None = fields.IntField(null=True, description="Days to claim a prize; absent: no deadline.")
    pity_tier: int | None = fields.SmallIntField(null=True)
    pity_after: int | None = fields.IntField(null=True, description="Draws without the tier before one with it.")
    segments: list[dict[str, Any]] = fields.JSONField(default=list)
    chance_rules: dict[str, dict[str, int]] = fields.JSONField(default=dict)
    seed_hours: int | None = fields.IntField(null=True, description="How long a seed is used; absent: all the time.")
    counts_tickets = fields.BooleanField(default=True, description="Scheduled: every entry counts, or every entrant.")
    alternates = fields.SmallIntField(default=0, description="Scheduled: how many are picked to move up.")
    published_at: datetime | None = fields.DatetimeField(null=True)
    ended_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "draw"
        constraints = (
            CheckConstraint(check="starts_at < ends_at", name="draw_has_a_window"),
            CheckConstraint(check="price IS NULL OR price > 0", name="draw_price_above_zero"),
        )
        indexes = (Index(fields=("state", "ends_at"), name="draw_by_state"),)

    @classmethod
    async def shared(cls, id: UUID) -> Self:
        """The draw for an act of a member, which lets others act beside it and nobody change it; or `NotFound`."""
        await _take_turn(id, "pg_advisory_xact_lock_shared")
        return await cls.seen(id)

    @classmethod
    async def held(cls, id: UUID) -> Self:
        """The draw for a change, once all acts on it have ended; or `NotFound`."""
        await _take_turn(id, "pg_advisory_xact_lock")
        found = await cls.select_for_update().get_or_none(id=id)
        if found is None:
            raise NotFound(field="drawId")
        return found

    @classmethod
    async def seen(cls, id: UUID) -> Self:
        """The draw as a member sees it, or `NotFound`."""
        return cls._published(await fetch("SELECT * FROM draw WHERE id = $1", id))

    @classmethod
    def _published(cls, rows: list[Any]) -> Self:
        found = cls.from_row(rows[0]) if rows else None
        if found is None or found.state is DrawState.DRAFT:
            raise NotFound(field="drawId")
        return found

    @property
    def is_scheduled(self) -> bool:
        return self.kind is DrawKind.SCHEDULED

    @property
    def for_whom(self) -> Audience:
        return Audience.from_json(self.audience)

    def rule_of(self, source: ChanceSource) -> ChanceRule | None:
        """What a behaviour gives; None where nothing."""
        stored = self.chance_rules.get(source)
        return ChanceRule(**stored) if stored else None

    async def segment_of(self, member_id: UUID, *, at: datetime) -> str | None:
        """The first segment that the member belongs to."""
        for segment in (Segment.from_json(one) for one in self.segments):
            if not await segment.audience.refusals(member_id, at=at):
                return segment.name
        return None

    def closing(self, *, at: datetime) -> DomainError | None:
        """Why nobody can draw or enter at `at`; None where the draw is open."""
        if self.state is DrawState.VOIDED:
            return DrawVoided()
        if self.state is DrawState.ENDED or at >= self.ends_at:
            return DrawOver()
        return DrawNotOpen(retry_at=self.starts_at) if at < self.starts_at else None

    def limits_reached(self, drawn: int, today: int, *, at: datetime) -> list[DomainError]:
        """The limits that a member has reached who has drawn, or entered, so often in all and in the brand's day."""
        found: list[DomainError] = []
        total_most = 1 if self.is_scheduled and not self.counts_tickets else self.total_most
        if total_most is not None and drawn >= total_most:
            found.append(DrawLimitReached(most=total_most))
        if self.day_most is not None and today >= self.day_most:
            tomorrow = Windows.at(at).day_until
            found.append(DrawLimitReached(most=self.day_most, retry_at=tomorrow if tomorrow < self.ends_at else None))
        return found

    def refuse_closed(self, *, at: datetime) -> None:
        if refusal := self.closing(at=at):
            raise refusal

    def seed_number(self, at: datetime) -> int:
        """Which of its seeds is used at an instant within its window, from 0."""
        return (at - self.starts_at) // timedelta(hours=self.seed_hours) if self.seed_hours else 0


async def _take_turn(id: UUID, lock: str) -> None:
    """Wait for those who were there first, in a statement of its own, so that the next one sees what they did.

    PostgreSQL's locks on rows would let a stream of those who share pass by one who waits to change; these queue. On
    SQLite a transaction is alone from its first statement.
    """
    if dialect() == "postgres":
        await fetch(f"SELECT {lock}($1)", int.from_bytes(id.bytes[8:], "big", signed=True))
