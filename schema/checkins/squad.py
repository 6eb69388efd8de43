"""Squads and places in them, in the contract: who goes through a challenge together, and how it stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.caller import CallerKind
from engine.declare import Connection, Node, batch, connection, derived, one, one_by, record_type
from engine.relation import Condition
from models.checkins.squad import Squad as SquadRecord
from models.checkins.squad_challenge import SquadChallenge as SquadChallengeRecord
from models.checkins.squad_day import SquadDay as SquadDayRecord
from models.checkins.squad_day import SquadMark as SquadMarkRecord
from models.checkins.squad_diploma import SquadDiploma as SquadDiplomaRecord
from models.checkins.squad_notice import SquadNotice as SquadNoticeRecord
from models.checkins.squad_notice import SquadNoticeKind
from models.checkins.squad_place import SquadPlace as SquadPlaceRecord
from models.checkins.squad_place import SquadPlaceState
from models.checkins.squad_tally import SquadState
from models.members.member import Member as MemberRecord
from schema.checkins.squad_diploma import SquadDiploma
from schema.checkins.squad_sight import days_seen, marks_seen, own, places_seen, squads_seen
from schema.enums import publish
from schema.members.member import Member

if TYPE_CHECKING:
    from auth.context import Context
    from schema.checkins.squad_challenge import SquadChallenge

publish(
    SquadState,
    "What has become of a squad.",
    forming="It takes members in.",
    running="It is on its way.",
    finished="It has come through.",
    failed="It did not come through.",
    dissolved="It was too small when squads were closed.",
    cancelled="The challenge was called off.",
)
publish(
    SquadPlaceState,
    "Where a member stands in a challenge.",
    waiting="Asks to be matched.",
    joined="In a squad that forms or is on its way.",
    left="Given up while squads formed.",
    quit="Quit on the way.",
    relieved="Let go by the captain on the way.",
    out="Dropped out: too many days were missed.",
    finished="Finished.",
    failed="Was there when the squad failed.",
    dissolved="No squad was found, or it was too small.",
    cancelled="The challenge was called off.",
)
publish(
    SquadNoticeKind,
    "What a member is told of a challenge.",
    nudged="A mate reminds it of today's check-in.",
    matched="Matching has found a squad.",
    unmatched="Matching has found none; the stake is back.",
    started="The squad has set out.",
    dissolved="The squad was too small; the stake is back.",
    seat_empty="A mate is gone, and a substitute may take the seat.",
    substituted="A substitute has come.",
    relieved="The captain has let the member go; the stake is back.",
    captain="The member leads the squad now.",
    milestone="The squad has come through so many days.",
    out="The member has dropped out.",
    finished="The squad has finished.",
    failed="The squad has failed.",
    cancelled="The challenge was called off; the stake is back.",
)
TAKING_PART = Condition("{row}.state NOT IN ('waiting', 'left')")
SET_OUT = Condition("{row}.state IN ('running', 'finished', 'failed')")
_RANK = (
    "(SELECT COUNT(*) + 1 FROM {table} r WHERE r.challenge_id = {{row}}.challenge_id "
    "AND r.done_days > {{row}}.done_days AND r.state {states})"
)
_SQUAD_RANK = _RANK.format(table="squad", states="IN ('running', 'finished', 'failed')")
_PLACE_RANK = _RANK.format(table="squad_place", states="NOT IN ('waiting', 'left')")


@record_type(SquadDayRecord, description="A day of a squad that is settled.", visible=days_seen)
class SquadDay(Node):
    day: int = strawberry.field(description="Its number, from 1.")
    done: int = strawberry.field(description="How many checked in of those who owed it.")
    missed: int = strawberry.field(description="How many did not, empty seats among them.")
    settled_at: datetime = strawberry.field(description="When it was settled.")


@record_type(SquadMarkRecord, description="What a settled day came to for a member who owed it.", visible=marks_seen)
class SquadMark(Node):
    day: int = strawberry.field(description="Its number, from 1.")
    is_done: bool = strawberry.field(description="Whether the member checked in.")


@record_type(SquadPlaceRecord, description="A member in a challenge.", visible=places_seen)
class SquadPlace(Node):
    challenge: Annotated["SquadChallenge", strawberry.lazy("schema.checkins.squad_challenge")] = one(
        SquadChallengeRecord, "challenge_id", description="The challenge."
    )
    squad: Annotated["Squad", strawberry.lazy("schema.checkins.squad")] | None = one(
        SquadRecord, "squad_id", description="The squad; absent while the member asks to be matched."
    )
    member: Member = one(MemberRecord, "member_id", description="Who it is.")
    state: SquadPlaceState = strawberry.field(description="Where the member stands, by the days that are settled.")
    is_substitute: bool = strawberry.field(description="Whether it took a seat over on the way.")
    seat: int | None = strawberry.field(description="Which seat of the squad; in a relay they take turns by it.")
    first_day: int = strawberry.field(description="The first day that the member owes.")
    last_day: int | None = strawberry.field(description="The last one, where it did not stay.")
    done_days: int = strawberry.field(description="Settled days that were done.")
    missed_days: int = strawberry.field(description="Settled days that were missed.")
    tier: str | None = strawberry.field(description="What the finish came to.")
    joined_at: datetime | None = strawberry.field(description="When it came into the squad.")
    ended_at: datetime | None = strawberry.field(description="When it was over for the member.")
    rank: int = derived(_PLACE_RANK, description="Its place by days done, from 1; equal ones share it.")
    marks: Connection[SquadMark] = connection(
        SquadMarkRecord, "place_id", order=("day", "id"), description="The settled days that the member owed."
    )
    diploma: SquadDiploma | None = one_by(
        SquadDiplomaRecord, "place_id", description="Its diploma; for the member and staff."
    )


async def codes(squads: Sequence[SquadRecord], context: "Context") -> list[str | None]:
    """What lets others in, for those who are in it and for staff."""
    if context.caller.kind is not CallerKind.MEMBER:
        return [squad.code for squad in squads]
    mine = SquadPlaceRecord.filter(member_id=context.member_id, state=SquadPlaceState.JOINED)
    found = set(await mine.filter(squad_id__in=[one.id for one in squads]).values_list("squad_id", flat=True))
    return [squad.code if squad.id in found else None for squad in squads]


@record_type(SquadRecord, description="A few members who go through a challenge together.", visible=squads_seen)
class Squad(Node):
    challenge: Annotated["SquadChallenge", strawberry.lazy("schema.checkins.squad_challenge")] = one(
        SquadChallengeRecord, "challenge_id", description="The challenge."
    )
    name: str = strawberry.field(description="What it calls itself.")
    captain: Member = one(MemberRecord, "captain_id", description="Who leads it.")
    state: SquadState = strawberry.field(description="What has become of it.")
    is_open: bool = strawberry.field(description="Whether matching may fill it.")
    is_matched: bool = strawberry.field(description="Whether matching made it.")
    taken: int = strawberry.field(description="How many were in it when squads were closed, or are by now.")
    size_most: int = strawberry.field(description="How many there is room for.")
    seats: int = strawberry.field(description="How many it set out with.")
    vacant: int = strawberry.field(description="Of these, how many nobody holds.")
    settled_through: int = strawberry.field(description="The last day that is settled.")
    done_days: int = strawberry.field(description="Check-ins of all seats that count.")
    missed_days: int = strawberry.field(description="Those that were missed.")
    is_whole: bool = strawberry.field(description="Whether every member has finished.")
    started_at: datetime | None = strawberry.field(description="When it set out.")
    ended_at: datetime | None = strawberry.field(description="When it was over.")
    code: str | None = batch(
        codes, needs=("id", "code"), description="What lets others in; for those who are in it and staff."
    )
    rank: int = derived(_SQUAD_RANK, description="Its place by days done, from 1; equal ones share it.")
    places: Connection[SquadPlace] = connection(
        SquadPlaceRecord,
        "squad_id",
        order=("created_at", "id"),
        where=TAKING_PART,
        description="Who is or was in it, the first to come in front.",
    )
    days: Connection[SquadDay] = connection(
        SquadDayRecord, "squad_id", order=("day", "id"), description="Its settled days."
    )


@record_type(SquadNoticeRecord, description="What a member was told of a challenge.", visible=own)
class SquadNotice(Node):
    challenge: Annotated["SquadChallenge", strawberry.lazy("schema.checkins.squad_challenge")] = one(
        SquadChallengeRecord, "challenge_id", description="The challenge."
    )
    squad: Squad | None = one(SquadRecord, "squad_id", description="The squad, where it is about one.")
    sender: Member | None = one(MemberRecord, "sender_id", description="The mate whose nudge it is.")
    kind: SquadNoticeKind = strawberry.field(description="What it was told.")
    day: int = strawberry.field(description="The day that it is about; 0 where it is about none.")
    created_at: datetime = strawberry.field(description="When.")
