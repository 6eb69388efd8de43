"""Referrals: members say who brought them; staff read trees and figures, and change bonds."""

from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import Info

from auth.permissions import IsMember, StaffCan
from auth.scope import demand_member, demand_whole_brand
from engine.cursor import bad_input, decode_cursor
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.load import Page
from engine.read import PageArguments
from engine.relation import EVERY_ROW, Condition, Order
from models.members.member import Member as MemberRecord
from models.record import Record
from models.spread.referral import Referral as ReferralRecord
from models.spread.referral_change import ReferralChange as ReferralChangeRecord
from models.spread.referral_place import ancestors_of
from models.spread.referral_statistics import growth, staying
from models.spread.referral_subtree import Subtree
from models.spread.referral_team import ReferralTeam as ReferralTeamRecord
from models.staff.right import StaffRight
from schema.ids import id_of, optional_id_of
from schema.members.member import Member
from schema.payload import mutation, query
from schema.spread.referral import Referral
from schema.spread.referral_change import (
    ChangeReferralInput,
    ChangeReferralPayload,
    NameInviterInput,
    NameInviterPayload,
    ReferralChange,
)
from schema.spread.referral_team import (
    ReferralGeneration,
    ReferralGrowth,
    ReferralPeriod,
    ReferralStaying,
    generations_below,
)

READ, WRITE = StaffCan(StaffRight.SPREAD_READ), StaffCan(StaffRight.SPREAD_WRITE)
PAGE_MOST = 100
MemberId = Annotated[strawberry.ID, strawberry.argument(description="Which member.")]
OfMember = Annotated[strawberry.ID | None, strawberry.argument(description="Of which member; of all if absent.")]
Period = Annotated[ReferralPeriod, strawberry.argument(description="Which period.")]
Count = Annotated[int, strawberry.argument(description="How many to read, 1 to 100.")]
_BY_ID = Order.by("id")


@strawberry.type
class ReferralQueries:
    @query(allow=READ, description="Who brought a member, who brought that one, and so on up to the root.")
    async def referral_path(
        self, info: Info, member_id: MemberId, first: Count = 20, after: After = None
    ) -> Connection[Member]:
        behind = _behind(first, after, MemberRecord)
        ids = await ancestors_of(await _seen(info, member_id))
        start = ids.index(behind) + 1 if behind in ids else 0
        wanted = ids[start : start + first]
        found = {one.id: one for one in await MemberRecord.filter(id__in=wanted)}

        async def count() -> int:
            return len(ids)

        has_more = start + first < len(ids)
        page: Any = Page([found[one] for one in wanted], _BY_ID, has_more, start > 0, count)
        path: Connection[Member] = page
        return path

    @query(allow=READ, description="How many came through a member, generation by generation.")
    async def referral_generations(self, info: Info, member_id: MemberId) -> list[ReferralGeneration]:
        return await generations_below(await MemberRecord.existing(await _seen(info, member_id), field="memberId"))

    @query(allow=READ, description="Everybody below a member, as an outline: each followed by those whom it brought.")
    async def referral_subtree(
        self, info: Info, member_id: MemberId, first: Count = 20, after: After = None
    ) -> Connection[Referral]:
        behind = _behind(first, after, ReferralRecord)
        found_id = await _seen(info, member_id)
        rows = await (await Subtree.of(found_id)).page(first + 1, after=behind)

        async def count() -> int:
            return sum(one.members for one in await ReferralTeamRecord.of(found_id))

        page: Any = Page(rows[:first], _BY_ID, len(rows) > first, after is not None, count)
        found: Connection[Referral] = page
        return found

    @query(allow=READ, description="Changes of who brought whom, newest first.")
    async def referral_changes(
        self,
        info: Info,
        member_id: OfMember = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ReferralChange]:
        wanted = optional_id_of("Member", member_id, field="memberId")
        where = Condition("{row}.member_id = ?", (wanted,)) if wanted else EVERY_ROW
        every = listing(ReferralChangeRecord, order=("-changed_at", "-id"), where=where)
        arguments = PageArguments(first, after, last, before)
        page: Connection[ReferralChange] = await info.context.loads.list_page(every, arguments)
        return page

    @query(allow=READ, description="How many the members who came in a period brought (the K-factor).")
    async def referral_growth(self, info: Info, period: Period) -> ReferralGrowth:
        demand_whole_brand(info.context)
        found = await growth(period.since, period.until, at=info.context.at)
        return ReferralGrowth(members=found.members, invitees=found.invitees, k=found.k)

    @query(allow=READ, description="Who stayed of those brought in a period, by generation below the root.")
    async def referral_staying(self, info: Info, period: Period) -> list[ReferralStaying]:
        demand_whole_brand(info.context)
        found = await staying(period.since, period.until, at=info.context.at)
        return [ReferralStaying(**vars(one)) for one in found]


@strawberry.type
class ReferralMutations:
    @mutation(allow=IsMember(), description="Say who brought the caller, as far as the policy lets it.")
    async def name_inviter(self, info: Info, input: NameInviterInput) -> NameInviterPayload:
        context, once = info.context, info.context.once(input)
        change = await ReferralChangeRecord.by_member(context.member_id, input.invite_code, at=context.at, once=once)
        inviter = await context.loads.by_id(MemberRecord, change.inviter_after_id)
        return NameInviterPayload(inviter=inviter, is_replay=once.replayed)

    @mutation(allow=WRITE, description="Say who brought a member, or that nobody did; all below go with it.")
    async def change_referral(self, info: Info, input: ChangeReferralInput) -> ChangeReferralPayload:
        context, once = info.context, info.context.once(input)
        inviter_id = optional_id_of("Member", input.inviter_id, field="inviterId")
        member_id = id_of("Member", input.member_id, field="memberId")
        await demand_member(context, member_id)
        if inviter_id:
            await demand_member(context, inviter_id, field="inviterId")
        change = await ReferralChangeRecord.by_staff(
            member_id,
            inviter_id,
            reason=input.reason,
            proof=input.proof,
            takes_back=input.takes_back,
            staff_id=context.staff_id,
            at=context.at,
            once=once,
        )
        return ChangeReferralPayload(change=mirrored(change), is_replay=once.replayed)


async def _seen(info: Info, member_id: strawberry.ID) -> UUID:
    """A tree reaches over the scopes of staff, so only those read it who see the whole brand."""
    demand_whole_brand(info.context)
    found_id = id_of("Member", member_id, field="memberId")
    await demand_member(info.context, found_id)
    return found_id


def _behind(first: int, after: str | None, record: type[Record]) -> UUID | None:
    """Behind which row a page begins; refuses a page too long, and a cursor that is not ours."""
    if not 1 <= first <= PAGE_MOST:
        raise bad_input(f"Read 1 to {PAGE_MOST} at once.")
    if after is None:
        return None
    [found] = decode_cursor(after, _BY_ID, record)
    return found if isinstance(found, UUID) else None
