"""Newcomers in the contract: the path of each, how its welcome stands, and what only those who look after it see."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from engine.declare import Connection, Node, batch, computed, connection, one, record_type
from models.actor import Actor
from models.groups.group import Group as GroupRecord
from models.members.member import Member as MemberRecord
from models.play.red_packet import RedPacket as RedPacketRecord
from models.spread.introduction_reply import IntroductionReply as IntroductionReplyRecord
from models.spread.newcomer import Newcomer as NewcomerRecord
from models.spread.newcomer import NewcomerState
from models.spread.newcomer_care import NewcomerCare as NewcomerCareFound
from models.spread.newcomer_care import cares_of, groups_led
from models.spread.newcomer_change import NewcomerChange as NewcomerChangeRecord
from models.spread.newcomer_change import NewcomerChangeKind
from models.spread.newcomer_note import NewcomerNote as NewcomerNoteRecord
from models.spread.newcomer_path import NewcomerPath as NewcomerPathFound
from models.spread.newcomer_path import paths_of
from models.spread.newcomer_policy import NewcomerRules
from models.spread.newcomer_step import NewcomerStep
from models.spread.newcomer_welcome import WelcomeState, welcomes_of
from schema.actor import ActorKind
from schema.enums import publish
from schema.members.member import Member
from schema.play.red_packet import RedPacket
from schema.spread.introduction_reply import IntroductionReply
from schema.spread.newcomer_sight import for_those_who_welcome, newcomers_seen

if TYPE_CHECKING:
    from auth.context import Context
    from schema.groups.group import Group

publish(
    NewcomerStep,
    "What a newcomer does in its first days, and what is done for it.",
    rules_accepted="It has accepted the group's rules.",
    introduced="It has introduced itself.",
    inviter_replied="Whoever brought it has replied to that.",
    owner_commented="The owner or somebody else who looks after the group has commented on it.",
    spoke="It has said its first word in the group.",
    checked_in="It has checked in for the first time.",
)
publish(
    NewcomerState,
    "Where a newcomer stands, by the days that are settled.",
    underway="It has not spoken, and its days are not over.",
    spoke="It has spoken.",
    zombie="Its days were over without a word.",
    spared="It was silent, but has an office, works for the brand, or the group was archived.",
    left="It is no longer in the group.",
)
publish(
    NewcomerChangeKind,
    "What became of a newcomer.",
    marked="It counts as a zombie from then on.",
    spared="It was silent to the end and does not count as a zombie.",
    postponed="Its days end later: it might not speak, or was given time.",
    lifted="It is no zombie any more.",
    annulled="It never was one: a word became known that it had said before.",
)
publish(
    WelcomeState,
    "How a newcomer's welcome red packet stands.",
    no_inviter="Nobody brought it, so nobody sends one.",
    waiting="It has not introduced itself yet.",
    open="Whoever brought it may send one now.",
    sent="It was sent.",
    over="The days in which it could be sent are over.",
)


@strawberry.type(description="A step of a newcomer.")
class NewcomerStepStanding:
    step: NewcomerStep = strawberry.field(description="Which step.")
    is_wanted: bool = strawberry.field(description="Whether it is asked of this newcomer.")
    is_done: bool = strawberry.field(description="Whether it was done.")
    done_at: datetime | None = strawberry.field(description="When, for those who look after the group and staff.")


@strawberry.type(description="How far a newcomer has come.")
class NewcomerPath:
    steps: list[NewcomerStepStanding] = strawberry.field(description="Every step, in order.")
    following: NewcomerStep | None = strawberry.field(description="The first that is missing; absent once none is.")
    inviter: Member | None = strawberry.field(description="Who brought it.")


@strawberry.type(description="The red packet by which whoever brought a newcomer welcomes it.")
class NewcomerWelcome:
    state: WelcomeState = strawberry.field(description="How it stands.")
    viewer_may_send: bool = strawberry.field(
        description="Whether the caller is who may send it now, by `welcomeNewcomer`."
    )
    red_packet: RedPacket | None = strawberry.field(description="The packet, for those who may see it.")


@strawberry.type(description="What those who look after a newcomer know of it.")
class NewcomerCare:
    state: NewcomerState = strawberry.field(description="Where it stands.")
    due_at: datetime = strawberry.field(description="When its days end, with time that it was given.")
    days_left: int = strawberry.field(description="How many days follow today; 0 on the last one and after it.")
    is_over: bool = strawberry.field(description="Whether its days are over.")
    spoke_at: datetime | None = strawberry.field(description="When it said its first word in the group.")
    spoke_day: int | None = strawberry.field(description="On which day that was, 0 being that of joining.")
    marked_at: datetime | None = strawberry.field(description="Since when it counted as a zombie, the last time.")
    lifted_at: datetime | None = strawberry.field(description="When that was over.")
    left_at: datetime | None = strawberry.field(description="When it left.")
    last_seen_at: datetime | None = strawberry.field(description="When it was last active in the community.")
    viewer_may_nudge: bool = strawberry.field(description="Whether the caller may remind it now.")


async def paths(newcomers: Sequence[NewcomerRecord], context: "Context") -> list[NewcomerPath | None]:
    found, led = await paths_of(newcomers), await groups_led(newcomers, _actor(context))
    ids = {one.inviter_id for one in found if one.inviter_id}
    inviters: dict[Any, Any] = dict(
        zip(ids, await asyncio.gather(*(context.loads.by_id(MemberRecord, one) for one in ids)), strict=True)
    )
    return [
        _path(path, inviters.get(path.inviter_id), with_times=one.group_id in led)
        # Who sees the newcomer still, but has only brought it, could tell the mark by the step that is missing.
        if one.group_id in led or one.member_id == context.caller.id or one.ends_at > context.at
        else None
        for one, path in zip(newcomers, found, strict=True)
    ]


def _path(found: NewcomerPathFound, inviter: Any, *, with_times: bool) -> NewcomerPath:
    return NewcomerPath(
        steps=[
            NewcomerStepStanding(
                step=one.step,
                is_wanted=one.is_wanted,
                is_done=one.done_at is not None,
                done_at=one.done_at if with_times else None,
            )
            for one in found.steps
        ],
        following=found.following.step if found.following else None,
        inviter=inviter,
    )


async def welcomes(newcomers: Sequence[NewcomerRecord], context: "Context") -> list[NewcomerWelcome]:
    found = await welcomes_of(newcomers, at=context.at)
    ids = {one.packet_id for one in found if one.packet_id}
    packets: dict[Any, Any] = dict(
        zip(ids, await asyncio.gather(*(context.loads.by_id(RedPacketRecord, one) for one in ids)), strict=True)
    )
    return [
        NewcomerWelcome(
            state=one.state,
            viewer_may_send=one.may_be_sent_by(context.caller.id),
            red_packet=packets.get(one.packet_id),
        )
        for one in found
    ]


async def cares(newcomers: Sequence[NewcomerRecord], context: "Context") -> list[NewcomerCare | None]:
    actor = _actor(context)
    if actor is None:
        return [None] * len(newcomers)
    return [_care(one) if one else None for one in await cares_of(newcomers, actor, at=context.at)]


def _actor(context: "Context") -> Actor | None:
    if context.caller.kind is CallerKind.MEMBER:
        return Actor.member(context.member_id)
    return Actor.staff(context.staff_id) if context.caller.kind is CallerKind.STAFF else None


def _care(found: NewcomerCareFound) -> NewcomerCare:
    return NewcomerCare(
        state=found.state,
        due_at=found.due_at,
        days_left=found.days_left,
        is_over=found.is_over,
        spoke_at=found.spoke_at,
        spoke_day=found.spoke_day,
        marked_at=found.marked_at,
        lifted_at=found.lifted_at,
        left_at=found.left_at,
        last_seen_at=found.last_seen_at,
        viewer_may_nudge=found.may_nudge,
    )


async def viewer_replies(newcomers: Sequence[NewcomerRecord], context: "Context") -> list[bool]:
    """Whether the caller has replied to each."""
    ids = [one.id for one in newcomers]
    mine = IntroductionReplyRecord.filter(author_id=context.caller.id, newcomer_id__in=ids, deleted_at__isnull=True)
    found = set(await mine.values_list("newcomer_id", flat=True))
    return [one in found for one in ids]


@record_type(
    NewcomerChangeRecord, description="What became of a newcomer, and on whose word.", visible=for_those_who_welcome
)
class NewcomerChange(Node):
    kind: NewcomerChangeKind = strawberry.field(description="What became of it.")
    until: datetime | None = strawberry.field(description="When its days end, where they were postponed.")
    reason: str | None = strawberry.field(description="Why.")
    by_kind: ActorKind = strawberry.field(description="On whose word.")
    happened_at: datetime = strawberry.field(description="From when it holds.")


@record_type(NewcomerNoteRecord, description="A note on a newcomer.", visible=for_those_who_welcome)
class NewcomerNote(Node):
    text: str | None = strawberry.field(description="What was noted; absent once somebody had it erased.")
    by_kind: ActorKind = strawberry.field(description="Whether a member or staff wrote it.")
    created_at: datetime = strawberry.field(description="When.")


@record_type(NewcomerRecord, description="A member in its first days in a group.", visible=newcomers_seen)
class Newcomer(Node):
    group: Annotated["Group", strawberry.lazy("schema.groups.group")] = one(
        GroupRecord, "group_id", description="The group."
    )
    member: Member = one(MemberRecord, "member_id", description="Who it is.")
    joined_at: datetime = strawberry.field(description="When it joined the group.")
    joined_on: date = strawberry.field(description="The business day of the group on which it joined: its day 0.")
    days: int = strawberry.field(description="The number of its last day, before any time that it was given.")
    path: NewcomerPath | None = batch(
        paths,
        needs=("id", "group_id", "member_id", "ends_at", "steps"),
        description="How far it has come. After so many days only for itself, those who look after it, and staff.",
    )
    welcome: NewcomerWelcome = batch(welcomes, needs=("id",), description="Its welcome red packet.")
    viewer_has_replied: bool = batch(
        viewer_replies, needs=("id",), description="Whether the caller has replied to its introduction in this group."
    )
    care: NewcomerCare | None = batch(
        cares, description="Where it stands, for those who look after the group and staff; absent for others."
    )
    replies: Connection[IntroductionReply] = connection(
        IntroductionReplyRecord,
        "newcomer_id",
        order=("created_at", "id"),
        description="Replies to its introduction in this group, the first in front.",
    )
    notes: Connection[NewcomerNote] = connection(
        NewcomerNoteRecord,
        "newcomer_id",
        order=("-created_at", "-id"),
        description="What those who look after the group noted, newest first; for them and staff.",
    )
    changes: Connection[NewcomerChange] = connection(
        NewcomerChangeRecord,
        "newcomer_id",
        order=("-happened_at", "-id"),
        description="What became of it, newest first; for those who look after the group and staff.",
    )

    @computed(
        needs=("joined_on", "zone", "day_start_hour"), description="The number of today; the day of joining is 0."
    )
    def day(self: Any, info: Info) -> int:
        today = NewcomerRules(self.zone, self.day_start_hour).day_of(info.context.at)
        return int((today - self.joined_on).days)
