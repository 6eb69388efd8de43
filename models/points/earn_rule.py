"""Earn rules: what a behaviour pays, how often, and from when to when.

A rule is never changed: a new version takes its place, and what was paid keeps the rule's id and version. How often a
member was paid is counted over all versions of a behaviour.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError, Invalid
from models.points.account import Bucket
from models.points.entry import Rule
from models.points.posting import POINTS_LIMIT
from models.record import Record
from models.staff.audit import AuditRow
from store.database import transaction, violates

COUNT_MOST = 1_000_000
COOLDOWN_MINUTES_MOST = 366 * 24 * 60
RELEASE_DAYS_MOST = 366


class Behaviour(StrEnum):
    """What a member can be paid for beside checking in, whose plan says what it pays."""

    PROFILE_COMPLETED = "profile_completed"
    INTRODUCED = "introduced"
    INVITE_REGISTERED = "invite_registered"
    INVITE_INTRODUCED = "invite_introduced"
    INVITE_FIRST_CHECK_IN = "invite_first_check_in"
    INVITE_FIRST_PURCHASE = "invite_first_purchase"
    POSTED = "posted"
    INTERACTED = "interacted"
    PLAYED = "played"
    TASK_DONE = "task_done"
    PURCHASED = "purchased"
    COURSE_ATTENDED = "course_attended"
    QUIZ_PASSED = "quiz_passed"


class EarnRuleChanged(DomainError):
    code = "EARN_RULE_CHANGED"
    zh = "该规则刚被他人修改，请刷新后重试"
    en = "Somebody changed this rule meanwhile; read it again."
    field = "expectedVersion"


@dataclass(frozen=True)
class EarnTerms:
    """What a version says. A limit that is None does not hold; `lifetime_most` of 1 pays once."""

    amount: int
    growth: int = 0
    day_most: int | None = None
    week_most: int | None = None
    month_most: int | None = None
    lifetime_most: int | None = None
    cooldown_minutes: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    release_days: int | None = None

    def checked(self) -> Self:
        """These terms, or `Invalid`."""
        _within("amount", self.amount, 0, POINTS_LIMIT)
        _within("growth", self.growth, 0, POINTS_LIMIT)
        for field, most in (
            ("dayMost", self.day_most),
            ("weekMost", self.week_most),
            ("monthMost", self.month_most),
            ("lifetimeMost", self.lifetime_most),
        ):
            if most is not None:
                _within(field, most, 1, COUNT_MOST)
        _within("cooldownMinutes", self.cooldown_minutes, 0, COOLDOWN_MINUTES_MOST)
        _within("releaseDays", self.release_days or 0, 0, RELEASE_DAYS_MOST)
        if not self.amount and not self.growth:
            raise Invalid("amount", zh="积分与成长值至少一项大于 0", en="a rule pays points or growth")
        if self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            raise Invalid("endsAt", zh="结束时间应晚于开始时间", en="it must be after the start")
        return self


class EarnRule(Record):
    behaviour = fields.CharEnumField(Behaviour, max_length=40)
    version = fields.IntField()
    is_active = fields.BooleanField(default=True, description="Whether it is the version that pays.")
    is_paused = fields.BooleanField(default=False, description="Whether the behaviour pays nothing at present.")
    amount = fields.BigIntField()
    growth = fields.BigIntField(default=0)
    day_most: int | None = fields.IntField(null=True)
    week_most: int | None = fields.IntField(null=True)
    month_most: int | None = fields.IntField(null=True)
    lifetime_most: int | None = fields.IntField(null=True)
    cooldown_minutes = fields.IntField(default=0)
    starts_at: datetime | None = fields.DatetimeField(null=True)
    ends_at: datetime | None = fields.DatetimeField(null=True)
    release_days: int | None = fields.IntField(null=True, description="Days that its points wait; None: none.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "earn_rule"
        constraints = (
            UniqueConstraint(fields=("behaviour", "version"), name="earn_rule_version_once"),
            UniqueConstraint(fields=("behaviour",), condition="is_active", name="earn_rule_one_active"),
            CheckConstraint(check="amount >= 0 AND growth >= 0 AND amount + growth > 0", name="earn_rule_pays"),
        )

    @classmethod
    async def current(cls, behaviour: Behaviour) -> Self | None:
        """The version that pays now; None where a behaviour pays nothing."""
        return await cls.get_or_none(behaviour=behaviour, is_active=True)

    @classmethod
    async def put(
        cls,
        behaviour: Behaviour,
        terms: EarnTerms,
        *,
        at: datetime,
        is_paused: bool = False,
        staff_id: UUID | None = None,
        expected_version: int | None = None,
        reason: str | None = None,
    ) -> Self:
        """Make a new version pay from now on.

        Raises `Invalid`, and `EarnRuleChanged` where the current version is not the expected one (0: there is none).
        """
        terms.checked()
        try:
            async with transaction():
                earlier = await cls.current(behaviour)
                if expected_version is not None and expected_version != (earlier.version if earlier else 0):
                    raise EarnRuleChanged()
                await cls.filter(behaviour=behaviour, is_active=True).update(is_active=False)
                rule = await cls.create(
                    behaviour=behaviour,
                    version=earlier.version + 1 if earlier else 1,
                    is_paused=is_paused,
                    created_at=at,
                    **vars(terms),
                )
                if staff_id:
                    before = earlier.told() if earlier else None
                    await AuditRow.write(
                        staff_id=staff_id,
                        action="put_earn_rule",
                        subject=rule,
                        before=before,
                        after=rule.told(),
                        reason=reason,
                        at=at,
                    )
        except IntegrityError as error:
            if violates(error, cls, "earn_rule_version_once") or violates(error, cls, "earn_rule_one_active"):
                raise EarnRuleChanged() from None
            raise
        return rule

    @property
    def as_rule(self) -> Rule:
        return Rule(self.id, self.version)

    @property
    def bucket(self) -> Bucket:
        """Where its points go at first."""
        return Bucket.PENDING if self.release_days else Bucket.AVAILABLE

    def told(self) -> dict[str, object]:
        """What the audit keeps of a version."""
        names = ("behaviour", "version", "is_paused", *EarnTerms.__dataclass_fields__)
        return {name: getattr(self, name) for name in names}


def _within(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise Invalid(field, zh=f"应为 {least}–{most}", en=f"it must be {least} to {most}")
