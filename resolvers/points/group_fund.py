"""A group's points: how many there are, and what staff give or take back."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from auth.context import Context
from auth.permissions import IsMemberOrStaff, StaffCan
from auth.scope import demand_group, demand_whole_brand
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import Condition
from models.actor import Actor
from models.errors import NotFound
from models.groups.role import Right, authorize
from models.points.group_fund import FundingKind, fund_of
from models.points.group_fund import GroupFunding as GroupFundingRecord
from models.staff.right import StaffRight
from schema.ids import id_of, optional_id_of
from schema.payload import mutation, query
from schema.points.group_fund import (
    FundGroupInput,
    FundGroupPayload,
    GroupFund,
    GroupFunding,
    TakeBackGroupFundInput,
    TakeBackGroupFundPayload,
)
from schema.scalars import BigInt

GroupId = Annotated[strawberry.ID, strawberry.argument(description="The group.")]
FUNDING = StaffCan(StaffRight.POINTS_GRANT)


@strawberry.type
class GroupFundQueries:
    @query(allow=IsMemberOrStaff(), description="The points that a group can spend; for those who may spend them.")
    async def group_fund(self, info: Info, group_id: GroupId) -> GroupFund:
        asked = id_of("Group", group_id, field="groupId")
        await _demand_sight(info.context, asked)
        return GroupFund(points=BigInt(await fund_of(asked)))

    @query(allow=StaffCan(StaffRight.POINTS_READ), description="What staff gave a group or took back, newest first.")
    async def group_fundings(
        self,
        info: Info,
        group_id: GroupId,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[GroupFunding]:
        where = Condition("{row}.group_id = ?", (id_of("Group", group_id, field="groupId"),))
        found = listing(GroupFundingRecord, order=("-created_at", "-id"), where=where)
        page: Connection[GroupFunding] = await info.context.loads.list_page(
            found, PageArguments(first, after, last, before)
        )
        return page


@strawberry.type
class GroupFundMutations:
    @mutation(allow=FUNDING, description="Give a group points to spend.")
    async def fund_group(self, info: Info, input: FundGroupInput) -> FundGroupPayload:
        funding, is_replay = await _recorded(info.context, input, FundingKind.GIVE)
        return FundGroupPayload(funding=mirrored(funding), is_replay=is_replay)

    @mutation(allow=FUNDING, description="Take points back that a group has not spent.")
    async def take_back_group_fund(self, info: Info, input: TakeBackGroupFundInput) -> TakeBackGroupFundPayload:
        funding, is_replay = await _recorded(info.context, input, FundingKind.TAKE_BACK)
        return TakeBackGroupFundPayload(funding=mirrored(funding), is_replay=is_replay)


async def _recorded(
    context: Context, input: FundGroupInput | TakeBackGroupFundInput, kind: FundingKind
) -> tuple[GroupFundingRecord, bool]:
    once, group_id = context.once(input), id_of("Group", input.group_id, field="groupId")
    await demand_group(context, group_id)
    if input.budget_id:
        demand_whole_brand(context)
    funding = await GroupFundingRecord.record(
        group_id,
        kind,
        input.amount,
        budget_id=optional_id_of("Budget", input.budget_id, field="budgetId"),
        reason=input.reason,
        staff_id=context.staff_id,
        at=context.at,
        once=once,
    )
    return funding, once.replayed


async def _demand_sight(context: Context, group_id: UUID) -> None:
    """Raise a refusal for members who may not spend a group's points, and for staff who may not see them."""
    if context.caller.kind is CallerKind.MEMBER:
        await authorize(Actor.member(context.member_id), group_id, Right.SPEND_FUND)
    elif not context.caller.may(StaffRight.POINTS_READ):
        raise NotFound(field="groupId")
    else:
        await demand_group(context, group_id)
