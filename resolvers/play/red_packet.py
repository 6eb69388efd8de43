"""Red packets: found, sent by members, issued by staff, ended."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Info

from auth.context import Context
from auth.permissions import IsMember, IsMemberOrStaff, StaffCan
from auth.scope import demand_group, demand_whole_brand
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import Condition, all_of
from models.actor import Actor
from models.errors import Invalid, NotAllowed
from models.play.red_packet import PacketState
from models.play.red_packet import RedPacket as RedPacketRecord
from models.play.red_packet_sender import Sender, SenderKind
from models.play.red_packet_sending import explain_sending
from models.play.red_packet_welcome import Welcome
from models.staff.right import StaffRight
from schema.eligibility import Eligibility
from schema.ids import id_of, optional_id_of
from schema.payload import mutation, query
from schema.play.red_packet import RedPacket
from schema.play.red_packet_sending import (
    IssueRedPacketInput,
    IssueRedPacketPayload,
    RedPacketSending,
    SendRedPacketInput,
    SendRedPacketPayload,
    WelcomeNewcomerInput,
    WelcomeNewcomerPayload,
    WithdrawRedPacketInput,
    WithdrawRedPacketPayload,
)

SENDING = StaffCan(StaffRight.PACKETS_SEND)

PacketId = Annotated[strawberry.ID, strawberry.argument(description="The red packet.")]
GroupAsked = Annotated[strawberry.ID | None, strawberry.argument(description="Only those of this group.")]
IntoGroup = Annotated[strawberry.ID, strawberry.argument(description="The group into which it would be sent.")]
StateAsked = Annotated[PacketState | None, strawberry.argument(description="Only those in this state.")]
SenderAsked = Annotated[SenderKind, strawberry.argument(description="MEMBER, or GROUP for the group's points.")]
NewcomerId = Annotated[strawberry.ID, strawberry.argument(description="The member whom the caller brought.")]


@strawberry.type
class RedPacketQueries:
    @query(allow=IsMemberOrStaff(), description="A red packet; nothing where it is absent or not for the caller.")
    async def red_packet(self, info: Info, id: PacketId) -> RedPacket | None:
        found: RedPacket | None = await info.context.loads.by_id(RedPacketRecord, id_of("RedPacket", id, field="id"))
        return found

    @query(allow=IsMemberOrStaff(), description="The red packets that the caller may see, newest first.")
    async def red_packets(
        self,
        info: Info,
        group_id: GroupAsked = None,
        state: StateAsked = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[RedPacket]:
        where = _where(info.context, optional_id_of("Group", group_id, field="groupId"), state)
        found = listing(RedPacketRecord, order=("-created_at", "-id"), where=where)
        page: Connection[RedPacket] = await info.context.loads.list_page(
            found, PageArguments(first, after, last, before)
        )
        return page

    @query(allow=IsMember(), description="Whether the caller may send into a group now, how much, and within what.")
    async def red_packet_sending(
        self, info: Info, group_id: IntoGroup, sender: SenderAsked = SenderKind.MEMBER
    ) -> RedPacketSending:
        group, context = id_of("Group", group_id, field="groupId"), info.context
        found = await explain_sending(
            own_sender(context, sender, group), Actor.member(context.member_id), group, at=context.at
        )
        return RedPacketSending.of(found, context.locale)

    @query(allow=IsMember(), description="Whether the caller may welcome a newcomer with a red packet now.")
    async def welcome_eligibility(self, info: Info, newcomer_id: NewcomerId) -> Eligibility:
        welcome = Welcome(info.context.member_id, id_of("Member", newcomer_id, field="newcomerId"))
        return Eligibility.of(await welcome.eligibility(at=info.context.at), info.context.locale)


@strawberry.type
class RedPacketMutations:
    @mutation(allow=IsMember(), single=True, description="Send a red packet into a group.")
    async def send_red_packet(self, info: Info, input: SendRedPacketInput) -> SendRedPacketPayload:
        context, once, terms = info.context, info.context.once(input), await input.packet.terms()
        packet = await RedPacketRecord.send(
            own_sender(context, input.sender, terms.group_id),
            terms,
            actor=Actor.member(context.member_id),
            at=context.at,
            once=once,
        )
        return SendRedPacketPayload(red_packet=mirrored(packet), is_replay=once.replayed)

    @mutation(allow=SENDING, description="Send a red packet for the brand or a group.")
    async def issue_red_packet(self, info: Info, input: IssueRedPacketInput) -> IssueRedPacketPayload:
        context, once, terms = info.context, info.context.once(input), await input.packet.terms()
        packet = await RedPacketRecord.send(
            await brand_sender(context, input.sender, input.budget_id, terms.group_id),
            terms,
            actor=Actor.staff(context.staff_id),
            reason=input.reason,
            at=context.at,
            once=once,
        )
        return IssueRedPacketPayload(red_packet=mirrored(packet), is_replay=once.replayed)

    @mutation(
        allow=IsMember(),
        single=True,
        description="Welcome a newcomer who introduced itself with a red packet of its own.",
    )
    async def welcome_newcomer(self, info: Info, input: WelcomeNewcomerInput) -> WelcomeNewcomerPayload:
        context, once = info.context, info.context.once(input)
        welcome = Welcome(context.member_id, id_of("Member", input.newcomer_id, field="newcomerId"))
        packet = await welcome.send(input.points, greeting=input.greeting, at=context.at, once=once)
        return WelcomeNewcomerPayload(red_packet=mirrored(packet), is_replay=once.replayed)

    @mutation(allow=SENDING, description="End a red packet; what is left of it goes back.")
    async def withdraw_red_packet(self, info: Info, input: WithdrawRedPacketInput) -> WithdrawRedPacketPayload:
        context, packet_id = info.context, id_of("RedPacket", input.red_packet_id, field="redPacketId")
        known = await RedPacketRecord.existing(packet_id, field="redPacketId")
        await demand_place(context, known.group_id, field="redPacketId")
        packet = await RedPacketRecord.withdraw(
            packet_id, reason=input.reason, staff_id=context.staff_id, at=context.at
        )
        return WithdrawRedPacketPayload(red_packet=mirrored(packet))


def own_sender(context: Context, kind: SenderKind, group_id: UUID | None) -> Sender:
    """The calling member, or the group into which it sends; raises `NotAllowed` for anybody else."""
    if kind is SenderKind.MEMBER:
        return Sender.member(context.member_id)
    if kind is SenderKind.GROUP and group_id is not None:
        return Sender.group(group_id)
    raise NotAllowed(field="sender")


async def brand_sender(context: Context, kind: SenderKind, budget: str | None, group_id: UUID | None) -> Sender:
    """The platform, a budget or a group, within the staff caller's scope."""
    await demand_place(context, group_id)
    budget_id = optional_id_of("Budget", budget, field="budgetId")
    if (kind is SenderKind.BUDGET) != (budget_id is not None):
        raise Invalid("budgetId", zh="请选择预算", en="a budget goes with the sender of that name")
    if kind is SenderKind.GROUP and group_id is not None:
        return Sender.group(group_id)
    if not kind.is_brand:
        raise NotAllowed(field="sender")
    return Sender.brand(budget_id)


async def demand_place(context: Context, group_id: UUID | None, *, field: str = "groupId") -> None:
    """Raise `NotFound` where the group, or what is for everybody, is outside the staff caller's scope."""
    if group_id is None:
        demand_whole_brand(context)
    else:
        await demand_group(context, group_id, field=field)


def _where(context: Context, group_id: UUID | None, state: PacketState | None) -> Condition:
    parts = []
    if group_id is not None:
        parts.append(Condition("{row}.group_id = ?", (group_id,)))
    if state is PacketState.OPEN:
        parts.append(Condition("{row}.state = 'open' AND {row}.closes_at > ?", (context.at,)))
    elif state is PacketState.EXPIRED:
        lapsed = "{row}.state = 'expired' OR {row}.state = 'open' AND {row}.closes_at <= ?"
        parts.append(Condition(lapsed, (context.at,)))
    elif state is not None:
        parts.append(Condition("{row}.state = ?", (state.value,)))
    return all_of(parts)
