"""Replies to introductions, and whom to mention in them."""

import asyncio
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from auth.context import Context
from auth.permissions import IsMember
from auth.scope import demand_group
from engine.declare import mirrored
from models.groups.role import Right, may, role_of
from models.members.member import Member as MemberRecord
from models.spread.introduction_reply import IntroductionReply as IntroductionReplyRecord
from models.spread.introduction_reply import ReplyText
from models.spread.mention_opt_out import MentionOptOut
from models.spread.mention_suggestion import mention_suggestions
from models.spread.welcomer import Welcomer, newcomer_to_welcome
from resolvers.groups.acting import acting
from resolvers.spread.newcomer_scope import ACTING, READING
from schema.ids import id_of
from schema.payload import mutation, query
from schema.spread.introduction_reply import (
    DeleteIntroductionReplyInput,
    DeleteIntroductionReplyPayload,
    MentionSuggestion,
    ReplyToIntroductionInput,
    ReplyToIntroductionPayload,
    SetMentionSuggestionsInput,
    SetMentionSuggestionsPayload,
)

GroupId = Annotated[strawberry.ID, strawberry.argument(description="The group.")]
ForMember = Annotated[strawberry.ID, strawberry.argument(description="The newcomer to whom others are mentioned.")]
Most = Annotated[int, strawberry.argument(description="How many at most, 1 to 20.")]


@strawberry.type
class IntroductionReplyQueries:
    @query(
        allow=READING,
        description="Members of a group with interests like those of a newcomer, the most alike first; "
        "for members of the group, whoever brought that one, and staff.",
    )
    async def mention_suggestions(
        self, info: Info, group_id: GroupId, member_id: ForMember, most: Most = 5
    ) -> list[MentionSuggestion]:
        context = info.context
        group, member = id_of("Group", group_id, field="groupId"), id_of("Member", member_id, field="memberId")
        looks_after = await _looks_after(context, group, member)
        await newcomer_to_welcome(group, member, at=context.at)
        found = await mention_suggestions(group, member, most=most, at=context.at)
        members = await asyncio.gather(*(context.loads.by_id(MemberRecord, one.member_id) for one in found))
        # In what somebody is like another is told to nobody but those who look after both.
        return [
            MentionSuggestion(
                member=who,
                score=one.score if looks_after else None,
                interests=list(one.interests) if looks_after else None,
                tags_shared=one.tags_shared if looks_after else None,
            )
            for one, who in zip(found, members, strict=True)
        ]


async def _looks_after(context: Context, group_id: UUID, member_id: UUID) -> bool:
    """Whether the caller looks after a group's newcomers; raises a refusal for one who may not welcome this one."""
    if context.caller.kind is CallerKind.STAFF:
        await demand_group(context, group_id)
        return True
    role = await role_of(context.member_id, group_id)
    if role is None:
        await Welcomer.of(context.member_id, group_id, member_id, at=context.at)
    return may(role, Right.WELCOME)


@strawberry.type
class IntroductionReplyMutations:
    @mutation(allow=IsMember(), description="Reply to a newcomer's introduction, and mention members to it.")
    async def reply_to_introduction(self, info: Info, input: ReplyToIntroductionInput) -> ReplyToIntroductionPayload:
        context, once = info.context, info.context.once(input)
        mentioned = [id_of("Member", one, field="mentionIds") for one in input.mention_ids]
        reply = await IntroductionReplyRecord.write(
            context.member_id,
            id_of("Group", input.group_id, field="groupId"),
            id_of("Member", input.member_id, field="memberId"),
            ReplyText(input.text, mentioned),
            at=context.at,
            once=once,
        )
        return ReplyToIntroductionPayload(reply=mirrored(reply), is_replay=once.replayed)

    @mutation(allow=ACTING, description="Take a reply back: its author, whoever keeps order in the group, staff.")
    async def delete_introduction_reply(
        self, info: Info, input: DeleteIntroductionReplyInput
    ) -> DeleteIntroductionReplyPayload:
        context: Context = info.context
        reply_id = id_of("IntroductionReply", input.reply_id, field="replyId")
        known = await IntroductionReplyRecord.existing(reply_id, field="replyId")
        actor = await acting(context, known.group_id, field="replyId")
        await IntroductionReplyRecord.delete_it(reply_id, actor=actor, reason=input.reason, at=context.at)
        return DeleteIntroductionReplyPayload(reply_id=input.reply_id)

    @mutation(allow=IsMember(), description="Choose whether to be suggested to be mentioned to newcomers.")
    async def set_mention_suggestions(
        self, info: Info, input: SetMentionSuggestionsInput
    ) -> SetMentionSuggestionsPayload:
        await MentionOptOut.choose(info.context.member_id, is_suggested=input.is_suggested, at=info.context.at)
        return SetMentionSuggestionsPayload(is_suggested=input.is_suggested)
