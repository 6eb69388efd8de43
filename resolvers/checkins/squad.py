"""Squads: members form them, come in, go out and remind each other; captains lead them."""

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from auth.permissions import IsMember
from auth.scope import demand_member
from engine.declare import mirrored
from models.actor import Actor
from models.checkins.squad import Squad as SquadRecord
from models.checkins.squad_captain import change_squad, hand_squad_over, relieve
from models.checkins.squad_joining import enlist, form_squad, join_squad
from models.checkins.squad_leaving import leave_challenge, quit_squad
from models.checkins.squad_notice import SquadNotice as SquadNoticeRecord
from models.checkins.squad_place import SquadPlace as SquadPlaceRecord
from models.members.member import Member as MemberRecord
from resolvers.checkins.squad_scope import LEADING, demand_challenge
from schema.checkins.squad_acts import (
    ChangeSquadInput,
    ChangeSquadPayload,
    EnlistForSquadInput,
    EnlistForSquadPayload,
    FormSquadInput,
    FormSquadPayload,
    HandSquadOverInput,
    HandSquadOverPayload,
    JoinSquadInput,
    JoinSquadPayload,
    LeaveSquadChallengeInput,
    LeaveSquadChallengePayload,
    NudgeSquadMateInput,
    NudgeSquadMatePayload,
    QuitSquadInput,
    QuitSquadPayload,
    RelieveSquadMateInput,
    RelieveSquadMatePayload,
)
from schema.ids import id_of
from schema.payload import mutation


@strawberry.type
class SquadMutations:
    @mutation(allow=IsMember(), single=True, description="Form a squad, as its captain.")
    async def form_squad(self, info: Info, input: FormSquadInput) -> FormSquadPayload:
        context, once = info.context, info.context.once(input)
        place = await form_squad(
            context.member_id,
            id_of("SquadChallenge", input.challenge_id, field="challengeId"),
            name=input.name,
            is_open=input.is_open,
            at=context.at,
            once=once,
        )
        viewer = await context.loads.by_id(MemberRecord, context.member_id)
        return FormSquadPayload(place=mirrored(place), viewer=viewer, is_replay=once.replayed)

    @mutation(allow=IsMember(), single=True, description="Come into a squad by its code, also as a substitute.")
    async def join_squad(self, info: Info, input: JoinSquadInput) -> JoinSquadPayload:
        context, once = info.context, info.context.once(input)
        place = await join_squad(context.member_id, input.code, at=context.at, once=once)
        viewer = await context.loads.by_id(MemberRecord, context.member_id)
        return JoinSquadPayload(place=mirrored(place), viewer=viewer, is_replay=once.replayed)

    @mutation(allow=IsMember(), single=True, description="Ask to be matched with others when squads are closed.")
    async def enlist_for_squad(self, info: Info, input: EnlistForSquadInput) -> EnlistForSquadPayload:
        context, once = info.context, info.context.once(input)
        challenge_id = id_of("SquadChallenge", input.challenge_id, field="challengeId")
        place = await enlist(context.member_id, challenge_id, at=context.at, once=once)
        viewer = await context.loads.by_id(MemberRecord, context.member_id)
        return EnlistForSquadPayload(place=mirrored(place), viewer=viewer, is_replay=once.replayed)

    @mutation(allow=IsMember(), description="Give a place up while squads form, stake and all.")
    async def leave_squad_challenge(self, info: Info, input: LeaveSquadChallengeInput) -> LeaveSquadChallengePayload:
        context = info.context
        place_id = id_of("SquadPlace", input.squad_place_id, field="squadPlaceId")
        place = await leave_challenge(context.member_id, place_id, at=context.at)
        viewer = await context.loads.by_id(MemberRecord, context.member_id)
        return LeaveSquadChallengePayload(place=mirrored(place), viewer=viewer)

    @mutation(allow=IsMember(), description="Quit a squad on its way: the stake is lost, and a penalty due.")
    async def quit_squad(self, info: Info, input: QuitSquadInput) -> QuitSquadPayload:
        context = info.context
        place = await quit_squad(context.member_id, id_of("Squad", input.squad_id, field="squadId"), at=context.at)
        viewer = await context.loads.by_id(MemberRecord, context.member_id)
        return QuitSquadPayload(place=mirrored(place), viewer=viewer)

    @mutation(allow=IsMember(), description="Remind a mate of today's check-in, once a day.")
    async def nudge_squad_mate(self, info: Info, input: NudgeSquadMateInput) -> NudgeSquadMatePayload:
        context = info.context
        squad_id = id_of("Squad", input.squad_id, field="squadId")
        member_id = id_of("Member", input.member_id, field="memberId")
        await SquadNoticeRecord.nudge(context.member_id, squad_id, member_id, at=context.at)
        mate = await SquadPlaceRecord.in_squad(squad_id, member_id)
        return NudgeSquadMatePayload(mate=mirrored(mate))

    @mutation(allow=IsMember(), description="Name a squad anew, or open or close it to matching; for its captain.")
    async def change_squad(self, info: Info, input: ChangeSquadInput) -> ChangeSquadPayload:
        squad = await change_squad(
            info.context.member_id,
            id_of("Squad", input.squad_id, field="squadId"),
            name=input.name,
            is_open=input.is_open,
            at=info.context.at,
        )
        return ChangeSquadPayload(squad=mirrored(squad))

    @mutation(allow=LEADING, description="Hand a squad over to a mate; for its captain, and staff with a reason.")
    async def hand_squad_over(self, info: Info, input: HandSquadOverInput) -> HandSquadOverPayload:
        context = info.context
        squad_id = id_of("Squad", input.squad_id, field="squadId")
        member_id = id_of("Member", input.member_id, field="memberId")
        if context.caller.kind is CallerKind.MEMBER:
            actor = Actor.member(context.member_id)
        else:
            known = await SquadRecord.existing(squad_id, field="squadId")
            await demand_challenge(context, known.challenge_id, field="squadId")
            await demand_member(context, member_id)
            actor = Actor.staff(context.staff_id)
        squad = await hand_squad_over(squad_id, member_id, actor=actor, reason=input.reason, at=context.at)
        return HandSquadOverPayload(squad=mirrored(squad))

    @mutation(allow=IsMember(), description="Let a mate go, stake and all; for the captain.")
    async def relieve_squad_mate(self, info: Info, input: RelieveSquadMateInput) -> RelieveSquadMatePayload:
        context = info.context
        place = await relieve(
            context.member_id,
            id_of("Squad", input.squad_id, field="squadId"),
            id_of("Member", input.member_id, field="memberId"),
            at=context.at,
        )
        return RelieveSquadMatePayload(place=mirrored(place))
