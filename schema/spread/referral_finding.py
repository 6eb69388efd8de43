"""Findings and owed rewards in the contract, for staff."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from engine.cursor import encode_id
from engine.declare import Node, computed, one, record_type
from models.members.member import Member as MemberRecord
from models.spread.referral_finding import NAMED_MOST, FindingKind, FindingState
from models.spread.referral_finding import ReferralFinding as ReferralFindingRecord
from models.spread.referral_reward import ReferralReward as ReferralRewardRecord
from models.spread.referral_reward import RewardState
from schema.enums import publish
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.scalars import BigInt
from schema.spread.invite_stage import InviteStage
from schema.spread.referral_sight import read_by_staff

publish(
    FindingKind,
    "What looks odd.",
    burst="So many came by one member within minutes.",
    same_device="Accounts came from one device as their inviter or each other.",
    silent_chain="Accounts that were brought one by another and never did anything.",
)
publish(
    FindingState,
    "What staff made of a finding.",
    open="Nobody has looked at it.",
    cleared="It was nothing.",
    voided="What was paid was taken back.",
)
publish(
    RewardState,
    "What has become of a reward.",
    paid="It was paid.",
    taken_back="It was taken back.",
    owed="It is to come back, but the member has spent it.",
    waived="It was to come back, and staff let it be.",
)


@record_type(ReferralFindingRecord, description="Referrals that look odd.", visible=read_by_staff)
class ReferralFinding(Node):
    kind: FindingKind = strawberry.field(description="What looks odd.")
    inviter: Member = one(MemberRecord, "member_id", description="Under whom it was found.")
    state: FindingState = strawberry.field(description="What staff made of it.")
    reason: str | None = strawberry.field(description="Why staff decided so.")
    found_at: datetime = strawberry.field(description="When it was found.")
    decided_at: datetime | None = strawberry.field(description="When staff decided.")

    @computed(needs=("named",), bound=NAMED_MOST, description="The members it is about.")
    def member_ids(self: Any) -> list[strawberry.ID]:
        return [strawberry.ID(encode_id("Member", UUID(one))) for one in self.named]


@record_type(ReferralRewardRecord, description="What was paid for a stage of an invitee.", visible=read_by_staff)
class ReferralReward(Node):
    member: Member = one(MemberRecord, "member_id", description="Who was paid.")
    invitee: Member = one(MemberRecord, "invitee_id", description="For whom.")
    stage: InviteStage = strawberry.field(description="For which stage.")
    level: int = strawberry.field(description="Steps above the invitee: 0 itself, 1 its inviter, 2 the one above.")
    amount: BigInt = strawberry.field(description="Points.")
    state: RewardState = strawberry.field(description="What has become of it.")
    note: str | None = strawberry.field(description="Why it was taken back.")
    created_at: datetime = strawberry.field(description="When it was paid.")
    changed_at: datetime = strawberry.field(description="When its state last changed.")


@strawberry.input(description="What staff make of a finding.")
class DecideReferralFindingInput:
    finding_id: strawberry.ID = strawberry.field(description="The finding.")
    is_void: bool = strawberry.field(description="Whether what was paid for its members is taken back.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")


@strawberry.type(description="A finding that was decided on.")
class DecideReferralFindingPayload(Payload):
    finding: ReferralFinding | None = changed("The finding.")


@strawberry.input(description="A reward that is owed and need not come back.")
class WaiveReferralRewardInput:
    reward_id: strawberry.ID = strawberry.field(description="The reward.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")


@strawberry.type(description="A reward that was waived.")
class WaiveReferralRewardPayload(Payload):
    reward: ReferralReward | None = changed("The reward.")
