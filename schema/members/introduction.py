"""Introductions in the contract: five lines about a member, and the draft an inviter makes for a friend."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from auth.caller import CallerKind
from engine.declare import Node, record_type
from engine.relation import NO_ROW, Condition
from models.members.introduction import Introduction as IntroductionRecord
from models.members.introduction import Lines
from models.members.introduction_draft import IntroductionDraft as IntroductionDraftRecord
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context

LATEST = Condition("{row}.is_latest")


@strawberry.type
class FiveLines:
    name: str | None = strawberry.field(description="What to call the member.")
    age: str | None = strawberry.field(description="How old, in whatever words.")
    likes: str | None = strawberry.field(description="What it likes.")
    good_at: str | None = strawberry.field(description="What it is good at.")
    hopes: str | None = strawberry.field(description="What it hopes for from the community.")


def _published(context: "Context") -> Condition:
    """Everybody sees what is shown now; earlier versions are the member's own."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition("{row}.is_latest OR {row}.member_id = ?", (context.caller.id,))
    return LATEST


def _between_friends(context: "Context") -> Condition:
    """A draft is seen by whoever wrote it and by whom it was written for."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition("{row}.inviter_id = ? OR {row}.invitee_id = ?", (context.caller.id, context.caller.id))
    return NO_ROW


@record_type(IntroductionRecord, description="A member's introduction in five lines.", visible=_published)
class Introduction(FiveLines, Node):
    version: int = strawberry.field(description="Counts the member's introductions, from 1.")
    published_at: datetime = strawberry.field(description="When the member published it.")


@record_type(
    IntroductionDraftRecord,
    description="An introduction drafted for a friend to come.",
    visible=_between_friends,
)
class IntroductionDraft(FiveLines, Node):
    invite_code: str = strawberry.field(description="The code with which the friend registers and finds the draft.")
    drafted_at: datetime = strawberry.field(description="When it was drafted.")
    claimed_at: datetime | None = strawberry.field(description="When the friend came.")


@strawberry.input(description="Five lines for a friend who has not joined yet.")
class DraftIntroductionInput:
    name: str | None = strawberry.field(default=None, description="What to call the friend, up to 40 characters.")
    age: str | None = strawberry.field(default=None, description="How old, up to 20 characters.")
    likes: str | None = strawberry.field(default=None, description="What it likes, up to 100 characters.")
    good_at: str | None = strawberry.field(default=None, description="What it is good at, up to 100 characters.")
    hopes: str | None = strawberry.field(default=None, description="What it hopes for, up to 100 characters.")


@strawberry.input(description="Five lines about oneself; at least one.")
class PublishIntroductionInput:
    name: str | None = strawberry.field(default=None, description="What to call oneself, up to 40 characters.")
    age: str | None = strawberry.field(default=None, description="How old, up to 20 characters.")
    likes: str | None = strawberry.field(default=None, description="What one likes, up to 100 characters.")
    good_at: str | None = strawberry.field(default=None, description="What one is good at, up to 100 characters.")
    hopes: str | None = strawberry.field(default=None, description="What one hopes for, up to 100 characters.")


def lines_of(input: DraftIntroductionInput | PublishIntroductionInput) -> Lines:
    return Lines(input.name, input.age, input.likes, input.good_at, input.hopes)


@strawberry.type(description="What came of drafting an introduction.")
class DraftIntroductionPayload(Payload):
    draft: IntroductionDraft | None = changed("The draft, with the code to send to the friend.")


@strawberry.type(description="What came of publishing an introduction.")
class PublishIntroductionPayload(Payload):
    introduction: Introduction | None = changed("The introduction as it is shown from now on.")
