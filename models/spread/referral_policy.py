"""The policy of referrals: when a member may still name who brought it, how far up is paid, and what looks odd.

It is never changed: a new version takes its place, and says so in the audit. How much is paid, how often and when it is
released stands in earn rules; this says to how many levels, which the database holds to.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError, Invalid, bounded_text, within
from models.spread.invite_stage_name import InviteStage
from models.versioned import Versioned

TIERS_MOST = 20
PEOPLE_MOST = 10_000
DAYS_MOST = 3_660


class BindMode(StrEnum):
    """Until when, and how often, a member may say by itself who brought it."""

    FIRST_EVER = "first_ever"
    AT_REGISTRATION = "at_registration"
    PROTECT_DAYS = "protect_days"
    UNTIL_FIRST_VALUE = "until_first_value"
    OVERWRITE = "overwrite"


class ReferralPolicyChanged(DomainError):
    code = "REFERRAL_POLICY_CHANGED"
    zh = "邀请设置刚被他人修改，请刷新后重试"
    en = "Somebody changed the policy of referrals meanwhile; read it again."
    field = "expectedVersion"


@dataclass(frozen=True, order=True)
class Tier:
    """So many of a member's own invitees who reached a stage; then something extra is due to it, once."""

    people: int
    stage: InviteStage = InviteStage.FIRST_CHECK_IN

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(stored["people"], InviteStage(stored["stage"]))

    def to_json(self) -> dict[str, object]:
        return {"people": self.people, "stage": str(self.stage)}


@dataclass(frozen=True)
class ReferralRules:
    """What a version says."""

    bind_mode: BindMode = BindMode.FIRST_EVER
    protect_days: int = 30
    levels_paid: int = 1
    tiers: tuple[Tier, ...] = ()
    lost_voids_assist: bool = False
    burst_count: int = 20
    burst_minutes: int = 10
    silent_days: int = 7
    silent_chain: int = 4

    def checked(self) -> Self:
        """These rules, or `Invalid`."""
        within("protectDays", self.protect_days, 1, DAYS_MOST)
        within("levelsPaid", self.levels_paid, 0, 2)
        within("burstCount", self.burst_count, 2, 1_000)
        within("burstMinutes", self.burst_minutes, 1, 24 * 60)
        within("silentDays", self.silent_days, 1, 365)
        within("silentChain", self.silent_chain, 2, 20)
        for tier in self.tiers:
            within("tiers.people", tier.people, 1, PEOPLE_MOST)
        if len(set(self.tiers)) < len(self.tiers) or len(self.tiers) > TIERS_MOST:
            zh, en = f"不得重复，且最多 {TIERS_MOST} 个", f"name each once, and at most {TIERS_MOST}"
            raise Invalid("tiers", zh=zh, en=en)
        return self


class ReferralPolicy(Versioned):
    version = fields.IntField()
    is_active = fields.BooleanField(default=True, description="Whether it is the version that holds.")
    bind_mode = fields.CharEnumField(BindMode, max_length=20)
    protect_days = fields.IntField(description="How long a bond may not be replaced where the mode protects it.")
    levels_paid = fields.SmallIntField(description="0: nobody is paid, 1: who brought, 2: who brought that one too.")
    tiers: list[dict[str, Any]] = fields.JSONField(default=list)
    lost_voids_assist = fields.BooleanField(description="Whether an invitee that is lost counts for no tier any more.")
    burst_count = fields.IntField(description="So many of one inviter within `burst_minutes` are looked at.")
    burst_minutes = fields.IntField()
    silent_days = fields.IntField(description="Days after which somebody without a check-in counts as silent.")
    silent_chain = fields.IntField(description="So many silent ones in a row are looked at.")
    created_at: datetime = fields.DatetimeField()

    changed = ReferralPolicyChanged

    class Meta:
        table = "referral_policy"
        constraints = (
            UniqueConstraint(fields=("version",), name="referral_policy_version_once"),
            UniqueConstraint(fields=("is_active",), condition="is_active", name="referral_policy_one_active"),
            CheckConstraint(check="levels_paid BETWEEN 0 AND 2", name="referral_policy_two_levels_at_most"),
        )

    @classmethod
    async def current(cls) -> Self:
        """The version that holds; the default rules, unsaved, where staff never decided."""
        return await cls.get_or_none(is_active=True) or cls(version=0, **_columns(ReferralRules()))

    @classmethod
    async def put(
        cls, rules: ReferralRules, *, expected_version: int, staff_id: UUID, reason: str, at: datetime
    ) -> Self:
        """Make new rules hold from now on.

        Raises `Invalid`, and `ReferralPolicyChanged` where the version that holds is not the expected one (0: none).
        """
        why = bounded_text(reason, "reason", least=1, most=200)
        return await cls.succeed(
            _columns(rules.checked()), staff_id=staff_id, expected_version=expected_version, reason=why, at=at
        )

    def told(self) -> dict[str, object]:
        return _columns(self.rules)

    @property
    def rules(self) -> ReferralRules:
        given: dict[str, Any] = {name: getattr(self, name) for name in ReferralRules.__dataclass_fields__}
        return ReferralRules(**{**given, "tiers": tuple(Tier.from_json(one) for one in self.tiers)})


def _columns(rules: ReferralRules) -> dict[str, Any]:
    return {**asdict(rules), "tiers": [tier.to_json() for tier in sorted(rules.tiers)]}
