"""The policy of referrals, and what looks odd by it: decided by staff."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import IsMemberOrStaff, StaffCan
from auth.scope import demand_member, demand_whole_brand
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import EVERY_ROW, Condition
from models.spread.referral_finding import FindingState
from models.spread.referral_finding import ReferralFinding as ReferralFindingRecord
from models.spread.referral_policy import ReferralPolicy as ReferralPolicyRecord
from models.spread.referral_reward import ReferralReward as ReferralRewardRecord
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.payload import listed, mutation, query
from schema.spread.referral_finding import (
    DecideReferralFindingInput,
    DecideReferralFindingPayload,
    ReferralFinding,
    ReferralReward,
    WaiveReferralRewardInput,
    WaiveReferralRewardPayload,
)
from schema.spread.referral_policy import PutReferralPolicyInput, PutReferralPolicyPayload, ReferralPolicy

READ, WRITE = StaffCan(StaffRight.SPREAD_READ), StaffCan(StaffRight.SPREAD_WRITE)
State = Annotated[FindingState | None, strawberry.argument(description="In which state; in any if absent.")]


@strawberry.type
class ReferralPolicyQueries:
    @query(allow=IsMemberOrStaff(), description="The policy of referrals that holds; nothing before staff decided.")
    async def referral_policy(self, info: Info) -> ReferralPolicy | None:
        found: ReferralPolicy | None = mirrored(await ReferralPolicyRecord.get_or_none(is_active=True))
        return found

    @query(allow=READ, description="What looks odd among referrals, the latest first.")
    async def referral_findings(
        self,
        info: Info,
        state: State = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ReferralFinding]:
        where = Condition("{row}.state = ?", (state,)) if state else EVERY_ROW
        every = listing(ReferralFindingRecord, order=("-found_at", "-id"), where=where)
        arguments = PageArguments(first, after, last, before)
        page: Connection[ReferralFinding] = await info.context.loads.list_page(every, arguments)
        return page

    owed_referral_rewards: Connection[ReferralReward] = listed(
        ReferralRewardRecord,
        order=("changed_at", "id"),
        where=Condition("{row}.state = 'owed'"),
        allow=READ,
        description="Rewards that are to come back but were spent, the longest owed first.",
    )


@strawberry.type
class ReferralPolicyMutations:
    @mutation(allow=WRITE, description="Decide until when bonds may change, and to how many levels is paid.")
    async def put_referral_policy(self, info: Info, input: PutReferralPolicyInput) -> PutReferralPolicyPayload:
        demand_whole_brand(info.context)
        policy = await ReferralPolicyRecord.put(
            input.rules(),
            expected_version=input.expected_version,
            staff_id=info.context.staff_id,
            reason=input.reason,
            at=info.context.at,
        )
        return PutReferralPolicyPayload(policy=mirrored(policy))

    @mutation(allow=WRITE, description="Clear a finding, or take back all that was paid for its members.")
    async def decide_referral_finding(
        self, info: Info, input: DecideReferralFindingInput
    ) -> DecideReferralFindingPayload:
        finding_id = id_of("ReferralFinding", input.finding_id, field="findingId")
        known = await ReferralFindingRecord.existing(finding_id, field="findingId")
        await demand_member(info.context, known.member_id, field="findingId")
        found = await ReferralFindingRecord.decide(
            finding_id,
            is_void=input.is_void,
            reason=input.reason,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return DecideReferralFindingPayload(finding=mirrored(found))

    @mutation(allow=WRITE, description="Let a member keep a reward that it owes.")
    async def waive_referral_reward(self, info: Info, input: WaiveReferralRewardInput) -> WaiveReferralRewardPayload:
        reward_id = id_of("ReferralReward", input.reward_id, field="rewardId")
        known = await ReferralRewardRecord.existing(reward_id, field="rewardId")
        await demand_member(info.context, known.member_id, field="rewardId")
        reward = await ReferralRewardRecord.waive(
            reward_id, reason=input.reason, staff_id=info.context.staff_id, at=info.context.at
        )
        return WaiveReferralRewardPayload(reward=mirrored(reward))
