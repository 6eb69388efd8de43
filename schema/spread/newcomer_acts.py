"""What is done for newcomers, in the contract: nudges, notes, more time, words that are reported."""

from datetime import date, datetime

import strawberry

from models.spread.speaking import REPORTED_AT_ONCE
from schema.errors import UserError
from schema.payload import Payload, changed
from schema.spread.newcomer import Newcomer, NewcomerNote


@strawberry.input(description="A newcomer to remind.")
class NudgeNewcomerInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    member_id: strawberry.ID = strawberry.field(description="The newcomer.")


@strawberry.input(description="A note on a newcomer.")
class NoteNewcomerInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    group_id: strawberry.ID = strawberry.field(description="The group.")
    member_id: strawberry.ID = strawberry.field(description="The newcomer.")
    text: str = strawberry.field(description="What to note, 1 to 200 characters.")


@strawberry.input(description="More time for a newcomer.")
class GiveNewcomerTimeInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    member_id: strawberry.ID = strawberry.field(description="The newcomer.")
    until: date = strawberry.field(
        description="Its last business day, later than it would be, within 90 days from today."
    )
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")


@strawberry.input(description="Something that a member said; the member by id or by openid.")
class ReportedWordInput:
    member_id: strawberry.ID | None = strawberry.field(default=None, description="The member.")
    openid: str | None = strawberry.field(default=None, description="Its openid in the brand's mini-program.")
    said_at: datetime = strawberry.field(description="When it was said: after joining, and not later than now.")


@strawberry.input(description="Words that were said in a group outside this system.")
class ReportWordsInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    words: list[ReportedWordInput] = strawberry.field(
        description=f"What was said, 1 to {REPORTED_AT_ONCE}; what was reported before changes nothing."
    )


@strawberry.type(description="What came of a word that was reported.")
class ReportedWordResult:
    member_id: strawberry.ID | None = strawberry.field(description="The member, where the report named it by its id.")
    is_news: bool = strawberry.field(description="Whether it is the earliest word known of the member in the group.")
    error: UserError | None = strawberry.field(description="Why it was refused.")


@strawberry.type(description="What came of reminding a newcomer.")
class NudgeNewcomerPayload(Payload):
    newcomer: Newcomer | None = changed("The newcomer.")


@strawberry.type(description="What came of noting something.")
class NoteNewcomerPayload(Payload):
    note: NewcomerNote | None = changed("The note.")
    is_replay: bool = strawberry.field(default=False, description="Whether the key was used before.")


@strawberry.type(description="What came of giving a newcomer time.")
class GiveNewcomerTimePayload(Payload):
    newcomer: Newcomer | None = changed("The newcomer.")


@strawberry.type(description="What came of each word.")
class ReportWordsPayload(Payload):
    results: list[ReportedWordResult] | None = changed("What came of each, in the order given.")
