"""Replies to introductions in the contract, and whom to mention in them."""

from datetime import datetime

import strawberry

from engine.declare import Node, many, one, record_type
from models.members.member import Member as MemberRecord
from models.spread.introduction_mention import IntroductionMention as IntroductionMentionRecord
from models.spread.introduction_reply import MENTIONS_MOST, ReplyKind
from models.spread.introduction_reply import IntroductionReply as IntroductionReplyRecord
from schema.enums import publish
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.spread.newcomer_sight import mentions_seen, replies_seen

publish(
    ReplyKind,
    "Who replied to an introduction.",
    named="IntroductionReplyKind",
    inviter="Whoever brought the newcomer.",
    owner="The owner, or somebody else who looks after the group.",
    newcomer="The newcomer itself.",
    member="Another member.",
)


@record_type(IntroductionMentionRecord, description="A member who is mentioned to a newcomer.", visible=mentions_seen)
class IntroductionMention(Node):
    member: Member = one(MemberRecord, "member_id", description="Who is mentioned.")


@record_type(
    IntroductionReplyRecord, description="A reply to a newcomer's introduction in a group.", visible=replies_seen
)
class IntroductionReply(Node):
    author: Member = one(MemberRecord, "author_id", description="Who replied.")
    member: Member = one(MemberRecord, "member_id", description="The newcomer.")
    kind: ReplyKind = strawberry.field(description="As what.")
    text: str | None = strawberry.field(description="What was said; absent once somebody had it erased.")
    created_at: datetime = strawberry.field(description="When.")
    deleted_at: datetime | None = strawberry.field(description="When it was taken back; members see those that stand.")
    mentions: list[IntroductionMention] = many(
        IntroductionMentionRecord,
        "reply_id",
        order=("position", "id"),
        bound=MENTIONS_MOST,
        description="Whom it points out to the newcomer, in order.",
    )


@strawberry.type(description="A member whom one might mention to another one of the group.")
class MentionSuggestion:
    member: Member = strawberry.field(description="Who.")
    score: int | None = strawberry.field(
        description="How alike: two for each interest they share, one for each public tag; "
        "as what follows, for those who look after the group and staff."
    )
    interests: list[str] | None = strawberry.field(description="The interests that they share.")
    tags_shared: int | None = strawberry.field(description="How many public tags they share.")


@strawberry.input(description="A reply to a newcomer's introduction.")
class ReplyToIntroductionInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    group_id: strawberry.ID = strawberry.field(description="The group in which the newcomer is new.")
    member_id: strawberry.ID = strawberry.field(description="The newcomer; oneself, to answer those who replied.")
    text: str = strawberry.field(description="What to say, 1 to 300 characters.")
    mention_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Members of the group to point out, at most 10; they are told."
    )


@strawberry.input(description="A reply to take back.")
class DeleteIntroductionReplyInput:
    reply_id: strawberry.ID = strawberry.field(description="The reply.")
    reason: str | None = strawberry.field(default=None, description="Why, up to 200 characters; needed from staff.")


@strawberry.input(description="Whether the caller may be suggested.")
class SetMentionSuggestionsInput:
    is_suggested: bool = strawberry.field(description="Whether it may be suggested to be mentioned to newcomers.")


@strawberry.type(description="What came of replying.")
class ReplyToIntroductionPayload(Payload):
    reply: IntroductionReply | None = changed("The reply.")
    is_replay: bool = strawberry.field(default=False, description="Whether the key was used before.")


@strawberry.type(description="What came of taking a reply back.")
class DeleteIntroductionReplyPayload(Payload):
    reply_id: strawberry.ID | None = changed("The reply that is not shown any more.")


@strawberry.type(description="What came of the choice.")
class SetMentionSuggestionsPayload(Payload):
    is_suggested: bool | None = changed("Whether the caller may be suggested.")
