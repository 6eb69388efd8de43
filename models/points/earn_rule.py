"""Earn rules: what a behaviour pays, how often, and from when to when.

A behaviour may have several rules beside each other, each with a code of its own: the everyday one and that of a
festival, one for newcomers. A rule is never changed: a new version takes its place, and what was paid keeps the rule's
id and version. How often a member was paid is counted over all versions of a rule.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError, Invalid, bounded_text
from models.points.behaviour import Behaviour
from models.points.earn_amount import AmountKind
from models.points.earn_decision import RuleVersion
from models.points.earn_terms import Combining, EarnTerms
from models.versioned import Versioned

__all__ = ["Behaviour", "EarnRule", "EarnRuleChanged", "EarnTerms"]

EVERYDAY = "everyday"
"""The code of a behaviour's ordinary rule."""

TITLE_MOST = 60
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class EarnRuleChanged(DomainError):
    code = "EARN_RULE_CHANGED"
    zh = "该规则刚被他人修改，请刷新后重试"
    en = "Somebody changed this rule meanwhile; read it again."
    field = "expectedVersion"


class EarnRule(Versioned):
    behaviour = fields.CharEnumField(Behaviour, max_length=40)
    code = fields.CharField(max_length=40, default=EVERYDAY, description="Its name among those of its behaviour.")
    title = fields.CharField(max_length=TITLE_MOST, null=True, description="What members are told it is.")
    version = fields.IntField()
    is_active = fields.BooleanField(default=True, description="Whether it is the version that pays.")
    is_paused = fields.BooleanField(default=False, description="Whether the rule pays nothing at present.")
    amount = fields.BigIntField()
    amount_kind = fields.CharEnumField(AmountKind, max_length=10, default=AmountKind.FIXED)
    formula: dict[str, Any] | None = fields.JSONField(null=True)
    tiers: dict[str, Any] | None = fields.JSONField(null=True)
    growth = fields.BigIntField(default=0)
    growth_percent = fields.IntField(default=0, description="Growth beside it, in percent of the points.")
    level_percents: dict[str, int] = fields.JSONField(default=dict, description="By position of the level.")
    peaks: list[dict[str, Any]] = fields.JSONField(default=list)
    combining = fields.CharEnumField(Combining, max_length=10, default=Combining.BEST)
    day_most: int | None = fields.IntField(null=True)
    week_most: int | None = fields.IntField(null=True)
    month_most: int | None = fields.IntField(null=True)
    lifetime_most: int | None = fields.IntField(null=True)
    day_points_most: int | None = fields.BigIntField(null=True)
    week_points_most: int | None = fields.BigIntField(null=True)
    month_points_most: int | None = fields.BigIntField(null=True)
    lifetime_points_most: int | None = fields.BigIntField(null=True)
    target_day_most: int | None = fields.IntField(null=True)
    target_most: int | None = fields.IntField(null=True)
    pair_day_most: int | None = fields.IntField(null=True)
    pair_most: int | None = fields.IntField(null=True)
    cooldown_minutes = fields.IntField(default=0)
    requires: list[str] = fields.JSONField(default=list, description="Behaviours that must have been paid before.")
    audience: dict[str, Any] = fields.JSONField(default=dict)
    starts_at: datetime | None = fields.DatetimeField(null=True)
    ends_at: datetime | None = fields.DatetimeField(null=True)
    release_days: int | None = fields.IntField(null=True, description="Days that its points wait; None: none.")
    needs_review = fields.BooleanField(default=False, description="Whether its points wait for staff.")
    budget_name = fields.CharField(max_length=40, null=True, description="The budget that it is paid from.")
    created_at: datetime = fields.DatetimeField()

    changed = EarnRuleChanged

    class Meta:
        table = "earn_rule"
        constraints = (
            UniqueConstraint(fields=("behaviour", "code", "version"), name="earn_rule_version_once"),
            UniqueConstraint(fields=("behaviour", "code"), condition="is_active", name="earn_rule_one_active"),
            CheckConstraint(
                check="amount >= 0 AND growth >= 0 AND (amount + growth > 0 OR amount_kind <> 'fixed')",
                name="earn_rule_pays",
            ),
        )

    @classmethod
    async def current(cls, behaviour: Behaviour, code: str = EVERYDAY) -> Self | None:
        """The version of a rule that pays now; None where there is none."""
        return await cls.get_or_none(behaviour=behaviour, code=code, is_active=True)

    @classmethod
    async def in_force(cls, behaviour: Behaviour | None = None) -> Sequence[RuleVersion]:
        """The versions that pay now, of a behaviour or of all, by behaviour and code."""
        found = cls.filter(is_active=True, **({"behaviour": behaviour} if behaviour else {}))
        return [rule.as_decided for rule in await found.order_by("behaviour", "code")]

    @classmethod
    async def put(
        cls,
        behaviour: Behaviour,
        terms: EarnTerms,
        *,
        at: datetime,
        code: str = EVERYDAY,
        title: str | None = None,
        is_paused: bool = False,
        staff_id: UUID | None = None,
        expected_version: int | None = None,
        reason: str | None = None,
    ) -> Self:
        """Make a new version of a rule pay from now on.

        Raises `Invalid`, and `EarnRuleChanged` where the current version is not the expected one (0: there is none).
        """
        terms.checked()
        if not _CODE.fullmatch(code):
            raise Invalid("code", zh="应为小写字母、数字与连字符", en="use small letters, digits and hyphens")
        told_as = bounded_text(title, "title", most=TITLE_MOST) or None
        return await cls.succeed(
            {"title": told_as, "is_paused": is_paused, **terms.columns()},
            staff_id=staff_id,
            expected_version=expected_version,
            reason=reason,
            at=at,
            behaviour=behaviour,
            code=code,
        )

    @cached_property
    def as_decided(self) -> RuleVersion:
        """The version as a decision takes it."""
        terms = EarnTerms.of_columns(self)
        return RuleVersion(self.behaviour, self.code, terms, self.is_paused, self.id, self.version, self.title)

    def told(self) -> dict[str, object]:
        names = ("behaviour", "code", "title", "version", "is_paused", *EarnTerms.__dataclass_fields__)
        return {name: getattr(self, name) for name in names}


def paying(rule: str, at: str) -> str:
    """That a row of rules may pay at an instant, in SQL: it holds, has begun, and is not `RuleVersion.is_over`."""
    return (
        f"{rule}.is_active AND NOT {rule}.is_paused AND ({rule}.starts_at IS NULL OR {rule}.starts_at <= {at}) "
        f"AND ({rule}.ends_at IS NULL OR {rule}.ends_at > {at})"
    )
