"""The policy of referrals in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from auth.caller import CallerKind
from engine.declare import Node, computed, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.spread.referral_policy import TIERS_MOST, BindMode, ReferralRules, Tier
from models.spread.referral_policy import ReferralPolicy as ReferralPolicyRecord
from schema.enums import publish
from schema.payload import Payload, changed
from schema.spread.invite_stage import InviteStage

if TYPE_CHECKING:
    from auth.context import Context

publish(
    BindMode,
    "Until when a member may say by itself who brought it.",
    first_ever="At any time, once; the first one stays.",
    at_registration="Only when it registers.",
    protect_days="At any time; the inviter can be replaced once some days are over.",
    until_first_value="Until its first check-in or purchase, as often as it likes.",
    overwrite="At any time; the latest one counts.",
)


def _known(context: "Context") -> Condition:
    return EVERY_ROW if context.caller.kind in (CallerKind.MEMBER, CallerKind.STAFF) else NO_ROW


@strawberry.type(description="So many invitees who reached a stage; then something extra is due, once.")
class ReferralTier:
    people: int = strawberry.field(description="How many.")
    stage: InviteStage = strawberry.field(description="Which stage.")


@record_type(ReferralPolicyRecord, description="The rules of referrals, in one version.", visible=_known)
class ReferralPolicy(Node):
    version: int = strawberry.field(description="Rises with every change.")
    bind_mode: BindMode = strawberry.field(description="Until when a member may say who brought it.")
    protect_days: int = strawberry.field(description="For how long the mode PROTECT_DAYS protects a bond.")
    levels_paid: int = strawberry.field(description="0: no inviter is paid; 1: the inviter; 2: also the one above.")
    lost_voids_assist: bool = strawberry.field(description="Whether a lost invitee counts for no tier any more.")
    burst_count: int = strawberry.field(description="So many of one inviter within minutes are looked at.")
    burst_minutes: int = strawberry.field(description="Within how many minutes.")
    silent_days: int = strawberry.field(description="Days until somebody without a check-in counts as silent.")
    silent_chain: int = strawberry.field(description="So many silent ones in a row are looked at.")
    created_at: datetime = strawberry.field(description="From when it holds.")

    @computed(needs=("tiers",), bound=TIERS_MOST, description="What pays something extra, the smallest first.")
    def tiers(self: Any) -> list[ReferralTier]:
        found = [Tier.from_json(one) for one in self.tiers]
        return [ReferralTier(people=tier.people, stage=tier.stage) for tier in found]


@strawberry.input(description="So many invitees who reached a stage.")
class ReferralTierInput:
    people: int = strawberry.field(description="How many, 1 to 10000.")
    stage: InviteStage = strawberry.field(default=InviteStage.FIRST_CHECK_IN, description="Which stage.")


@strawberry.input(description="The whole policy, as a new version from now on.")
class PutReferralPolicyInput:
    expected_version: int = strawberry.field(description="The version that was read; 0 where there was none.")
    reason: str = strawberry.field(description="Why, for the audit.")
    bind_mode: BindMode = strawberry.field(description="Until when a member may say who brought it.")
    protect_days: int = strawberry.field(default=30, description="For the mode PROTECT_DAYS, 1 to 3660.")
    levels_paid: int = strawberry.field(default=1, description="0 to 2; no more than two levels are ever paid.")
    tiers: list[ReferralTierInput] = strawberry.field(default_factory=list, description="At most 20, each once.")
    lost_voids_assist: bool = strawberry.field(default=False, description="Whether lost invitees take tiers back.")
    burst_count: int = strawberry.field(default=20, description="2 to 1000.")
    burst_minutes: int = strawberry.field(default=10, description="1 to 1440.")
    silent_days: int = strawberry.field(default=7, description="1 to 365.")
    silent_chain: int = strawberry.field(default=4, description="2 to 20.")

    def rules(self) -> ReferralRules:
        given = {name: getattr(self, name) for name in ReferralRules.__dataclass_fields__}
        return ReferralRules(**{**given, "tiers": tuple(Tier(one.people, one.stage) for one in self.tiers)})


@strawberry.type(description="What came of putting a policy.")
class PutReferralPolicyPayload(Payload):
    policy: ReferralPolicy | None = changed("The version that holds now.")
