"""Whether members may give each other points, whom, and how many; closed until staff open it.

A policy is never changed: a new version takes its place.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError, within
from models.points.posting import POINTS_LIMIT
from models.versioned import Versioned


class GiftReach(StrEnum):
    """Whom a member may give points."""

    SHARED_GROUP = "shared_group"
    EVERYBODY = "everybody"


class GiftPolicyChanged(DomainError):
    code = "GIFT_POLICY_CHANGED"
    zh = "积分转赠规则刚被他人修改，请刷新后重试"
    en = "Somebody changed the rules of gifts meanwhile; read them again."
    field = "expectedVersion"


@dataclass(frozen=True)
class GiftTerms:
    """What a version says. Limits are points; one that is None does not hold, one of 0 lets nothing through."""

    is_open: bool = False
    reach: GiftReach = GiftReach.SHARED_GROUP
    amount_least: int = 1
    amount_most: int = 1_000
    sent_day_most: int | None = 1_000
    sent_month_most: int | None = 5_000
    received_day_most: int | None = 1_000
    received_month_most: int | None = 5_000

    def checked(self) -> Self:
        """These terms, or `Invalid`."""
        within("amountLeast", self.amount_least, 1, POINTS_LIMIT)
        within("amountMost", self.amount_most, self.amount_least, POINTS_LIMIT)
        for field, most in (
            ("sentDayMost", self.sent_day_most),
            ("sentMonthMost", self.sent_month_most),
            ("receivedDayMost", self.received_day_most),
            ("receivedMonthMost", self.received_month_most),
        ):
            if most is not None:
                within(field, most, 0, POINTS_LIMIT)
        return self


class GiftPolicy(Versioned):
    version = fields.IntField()
    is_active = fields.BooleanField(default=True, description="Whether it is the version that holds.")
    is_open = fields.BooleanField(default=False)
    reach = fields.CharEnumField(GiftReach, max_length=20)
    amount_least = fields.BigIntField()
    amount_most = fields.BigIntField()
    sent_day_most: int | None = fields.BigIntField(null=True)
    sent_month_most: int | None = fields.BigIntField(null=True)
    received_day_most: int | None = fields.BigIntField(null=True)
    received_month_most: int | None = fields.BigIntField(null=True)
    created_at: datetime = fields.DatetimeField()

    changed = GiftPolicyChanged

    class Meta:
        table = "gift_policy"
        constraints = (
            UniqueConstraint(fields=("version",), name="gift_policy_version_once"),
            UniqueConstraint(fields=("is_active",), condition="is_active", name="gift_policy_one_active"),
            CheckConstraint(check="amount_least >= 1 AND amount_most >= amount_least", name="gift_policy_amounts"),
        )

    @classmethod
    async def current(cls) -> Self | None:
        """The version that holds; None before the first, while nothing can be given."""
        return await cls.get_or_none(is_active=True)

    @classmethod
    async def in_force(cls) -> GiftTerms:
        policy = await cls.current()
        return policy.terms if policy else GiftTerms()

    @classmethod
    async def put(
        cls,
        terms: GiftTerms,
        *,
        staff_id: UUID,
        at: datetime,
        expected_version: int | None = None,
        reason: str | None = None,
    ) -> Self:
        """Make a new version hold from now on.

        Raises `Invalid`, and `GiftPolicyChanged` where the version that holds is not the expected one (0: none).
        """
        terms.checked()
        return await cls.succeed(
            vars(terms), staff_id=staff_id, expected_version=expected_version, reason=reason, at=at
        )

    @property
    def terms(self) -> GiftTerms:
        return GiftTerms(**{name: getattr(self, name) for name in GiftTerms.__dataclass_fields__})

    def told(self) -> dict[str, object]:
        return {"version": self.version, **vars(self.terms)}
