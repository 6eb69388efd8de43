"""Challenges for squads in the contract."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import strawberry

from auth.caller import CallerKind
from engine.declare import Connection, Node, batch, computed, connection, one, record_type
from models.checkins.plan import CheckInPlan as CheckInPlanRecord
from models.checkins.squad import Squad as SquadRecord
from models.checkins.squad_challenge import ChallengeStatus
from models.checkins.squad_challenge import SquadChallenge as SquadChallengeRecord
from models.checkins.squad_place import SquadPlace as SquadPlaceRecord
from models.checkins.squad_place import SquadPlaceState
from models.checkins.squad_terms import STEPS_MOST, SquadMode, StakeSplit
from models.groups.circle import Circle as CircleRecord
from models.groups.group import Group as GroupRecord
from schema.checkins.plan import CheckInPlan
from schema.checkins.squad import SET_OUT, TAKING_PART, Squad, SquadPlace
from schema.checkins.squad_sight import challenges_seen
from schema.enums import publish
from schema.groups.circle import Circle
from schema.groups.group import Group
from schema.members.audience import Audience, audience_field

if TYPE_CHECKING:
    from auth.context import Context

publish(
    ChallengeStatus,
    "What has become of a challenge.",
    named="SquadChallengeStatus",
    draft="Being written; no member sees it.",
    published="Squads form, or are on their way.",
    ended="It is over.",
    cancelled="It was called off; stakes are given back.",
)
publish(
    SquadMode,
    "What a squad has to bring about together.",
    all_survive="Everybody checks in every day; with a miss more than allowed all have failed.",
    total_days="So many check-ins in all; who misses more than allowed drops out.",
    relay="They take turns, one a day; so many of the days have to be done.",
)
publish(
    StakeSplit,
    "How lost stakes are shared out among the finishers of the squad.",
    equal="In equal parts.",
    by_days="By the days that each has done.",
)


@strawberry.type(description="What everybody is paid who is there when the squad has come through so many days.")
class SquadMilestone:
    day: int = strawberry.field(description="So many days.")
    points: int = strawberry.field(description="Points for each.")


@strawberry.type(description="What a finish pays with so many days done; the highest that is reached counts.")
class SquadTier:
    title: str = strawberry.field(description="What it is called.")
    least_days: int = strawberry.field(description="So many days done.")
    points: int = strawberry.field(description="Points.")


async def viewer_places(
    challenges: Sequence[SquadChallengeRecord], context: "Context"
) -> list[SquadPlaceRecord | None]:
    """The calling member's own places."""
    if context.caller.kind is not CallerKind.MEMBER:
        return [None] * len(challenges)
    mine = SquadPlaceRecord.filter(member_id=context.member_id, challenge_id__in=[one.id for one in challenges])
    found = {place.challenge_id: place for place in await mine.exclude(state=SquadPlaceState.LEFT)}
    return [found.get(one.id) for one in challenges]


@record_type(
    SquadChallengeRecord, description="A challenge that squads go through by check-ins.", visible=challenges_seen
)
class SquadChallenge(Node):
    title: str = strawberry.field(description="What it is called.")
    summary: str | None = strawberry.field(description="What it is about.")
    status: ChallengeStatus = strawberry.field(description="What has become of it.")
    version: int = strawberry.field(description="Rises with every change.")
    plan: CheckInPlan = one(CheckInPlanRecord, "plan_id", description="The plan whose check-ins count.")
    mode: SquadMode = strawberry.field(description="What a squad has to bring about.")
    days: int = strawberry.field(description="How many days it has.")
    starts_on: date = strawberry.field(description="Its first day.")
    zone: str = strawberry.field(description="The IANA zone of its days.")
    day_start_hour: int = strawberry.field(description="The hour of the clock at which a day begins.")
    starts_at: datetime = strawberry.field(description="When its first day begins.")
    ends_at: datetime = strawberry.field(description="When its last day is settled.")
    circle: Circle | None = one(CircleRecord, "circle_id", description="The circle whose members it is for.")
    group: Group | None = one(GroupRecord, "group_id", description="The group whose members it is for.")
    audience: Audience | None = audience_field()
    size_least: int = strawberry.field(description="The smallest a squad sets out with.")
    size_most: int = strawberry.field(description="The largest.")
    forms_from: datetime | None = strawberry.field(description="From when squads form.")
    forms_until: datetime = strawberry.field(description="Until when.")
    has_matching: bool = strawberry.field(description="Whether one may ask to be matched.")
    waiting_count: int = strawberry.field(description="How many ask for that.")
    misses_allowed: int = strawberry.field(description="How many days a member may miss.")
    team_misses_allowed: int | None = strawberry.field(description="How many all together; absent: any number.")
    goal_percent: int = strawberry.field(description="How much of what a squad owes it has to do; not for ALL_SURVIVE.")
    substitutes_until_day: int = strawberry.field(description="The last day on which a substitute comes in; 0: none.")
    make_up_hours: int = strawberry.field(description="How many hours after its end a day may be made up.")
    stake: int = strawberry.field(description="Points set aside for taking part; 0: none.")
    stake_split: StakeSplit = strawberry.field(description="How lost stakes are shared out.")
    quit_penalty: int = strawberry.field(description="Points that quitting costs, as far as there are some.")
    every_finish_points: int = strawberry.field(description="Points more for each where every member finishes.")
    gives_diploma: bool = strawberry.field(description="Whether a finish brings a diploma.")
    published_at: datetime | None = strawberry.field(description="When it was published.")
    matched_at: datetime | None = strawberry.field(description="When who asked for it was matched.")
    closed_at: datetime | None = strawberry.field(description="When it ended or was called off.")

    @computed(needs=("milestones",), bound=STEPS_MOST, description="What is paid on the way.")
    def milestones(self: Any) -> list[SquadMilestone]:
        return [SquadMilestone(**one) for one in self.milestones]

    @computed(needs=("tiers",), bound=STEPS_MOST, description="What a finish pays, the lowest in front.")
    def tiers(self: Any) -> list[SquadTier]:
        return [SquadTier(**one) for one in self.tiers]

    board: Connection[Squad] = connection(
        SquadRecord,
        "challenge_id",
        order=("-done_days", "-id"),
        where=SET_OUT,
        description="Squads by days done; for those who take part and staff.",
    )
    member_board: Connection[SquadPlace] = connection(
        SquadPlaceRecord,
        "challenge_id",
        order=("-done_days", "-id"),
        where=TAKING_PART,
        description="Members by days done; for those who take part and staff.",
    )
    squads: Connection[Squad] = connection(
        SquadRecord, "challenge_id", order=("id",), description="All squads; for those who take part and staff."
    )
    viewer_place: SquadPlace | None = batch(viewer_places, needs=("id",), description="The calling member's place.")
