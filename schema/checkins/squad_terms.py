"""The terms of a challenge as staff write them, and what they do with it."""

from datetime import date, datetime

import strawberry

from models.checkins.squad_terms import Milestone, SquadMode, SquadTerms, StakeSplit, Tier
from schema.checkins.squad_challenge import SquadChallenge
from schema.ids import id_of, optional_id_of
from schema.members.audience import AudienceInput
from schema.payload import Payload, changed


@strawberry.input(description="What is paid when the squad has come through so many days.")
class SquadMilestoneInput:
    day: int = strawberry.field(description="So many days.")
    points: int = strawberry.field(description="Points for each who is there.")


@strawberry.input(description="What a finish pays with so many days done.")
class SquadTierInput:
    title: str = strawberry.field(description="What it is called, 1 to 20 characters.")
    least_days: int = strawberry.field(description="So many days done.")
    points: int = strawberry.field(description="Points.")


@strawberry.input(description="The terms of a challenge, as a whole.")
class SquadTermsInput:
    title: str = strawberry.field(description="What it is called, 1 to 60 characters.")
    plan_id: strawberry.ID = strawberry.field(description="The plan whose check-ins count.")
    days: int = strawberry.field(description="How many days it has, 1 to 100.")
    starts_on: date = strawberry.field(description="Its first day.")
    summary: str | None = strawberry.field(default=None, description="What it is about, up to 500 characters.")
    zone: str | None = strawberry.field(default=None, description="The IANA zone of its days; null: the plan's.")
    day_start_hour: int | None = strawberry.field(
        default=None, description="The hour at which a day begins; null: the plan's."
    )
    circle_id: strawberry.ID | None = strawberry.field(default=None, description="The circle that it is for.")
    group_id: strawberry.ID | None = strawberry.field(
        default=None, description="The group that it is for; with neither it is for the whole brand."
    )
    audience: AudienceInput | None = strawberry.field(default=None, description="Whom it is for; absent: all.")
    size_least: int = strawberry.field(default=3, description="The smallest a squad sets out with, from 2.")
    size_most: int = strawberry.field(default=5, description="The largest, up to 50.")
    forms_from: datetime | None = strawberry.field(default=None, description="From when squads form; null: at once.")
    forms_until: datetime | None = strawberry.field(default=None, description="Until when; null: until it begins.")
    has_matching: bool = strawberry.field(default=True, description="Whether one may ask to be matched.")
    mode: SquadMode = strawberry.field(default=SquadMode.ALL_SURVIVE, description="What a squad has to bring about.")
    misses_allowed: int = strawberry.field(default=0, description="How many days a member may miss.")
    team_misses_allowed: int | None = strawberry.field(
        default=None, description="How many all together; null: any number."
    )
    goal_percent: int = strawberry.field(default=80, description="How much of what it owes a squad has to do.")
    substitutes_until_day: int = strawberry.field(default=0, description="Until which day substitutes come in.")
    make_up_hours: int = strawberry.field(
        default=0, description="How many hours after its end a day may be made up, up to 72; it is settled then."
    )
    stake: int = strawberry.field(default=0, description="Points set aside for taking part.")
    stake_split: StakeSplit = strawberry.field(default=StakeSplit.EQUAL, description="How lost stakes are shared out.")
    quit_penalty: int = strawberry.field(default=0, description="Points that quitting costs.")
    milestones: list[SquadMilestoneInput] = strawberry.field(default_factory=list, description="Up to 20.")
    tiers: list[SquadTierInput] = strawberry.field(default_factory=list, description="Up to 20.")
    every_finish_points: int = strawberry.field(default=0, description="Points more where every member finishes.")
    gives_diploma: bool = strawberry.field(default=True, description="Whether a finish brings a diploma.")

    async def terms(self) -> SquadTerms:
        """The terms that were said; `NotFound` and `Invalid` name what of them is wrong."""
        given = {name: getattr(self, name) for name in SquadTerms.__dataclass_fields__}
        found = {
            "plan_id": id_of("CheckInPlan", self.plan_id, field="planId"),
            "milestones": tuple(Milestone(one.day, one.points) for one in self.milestones),
            "tiers": tuple(Tier(one.title, one.least_days, one.points) for one in self.tiers),
            "audience": await AudienceInput.read(self.audience),
            "circle_id": optional_id_of("Circle", self.circle_id, field="circleId"),
            "group_id": optional_id_of("Group", self.group_id, field="groupId"),
        }
        return SquadTerms(**{**given, **found})


@strawberry.input(description="A challenge to write down.")
class CreateSquadChallengeInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never creates two.")
    terms: SquadTermsInput = strawberry.field(description="Its terms.")


@strawberry.input(description="Other terms for a challenge; once it is published, what members count on has to stay.")
class ChangeSquadChallengeInput:
    challenge_id: strawberry.ID = strawberry.field(description="The challenge.")
    expected_version: int = strawberry.field(description="The version that was read; refused where another came.")
    terms: SquadTermsInput = strawberry.field(description="All its terms.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.input(description="A draft to publish.")
class PublishSquadChallengeInput:
    challenge_id: strawberry.ID = strawberry.field(description="The challenge.")
    expected_version: int = strawberry.field(description="The version that was read; refused where another came.")


@strawberry.input(description="A challenge to call off.")
class CancelSquadChallengeInput:
    challenge_id: strawberry.ID = strawberry.field(description="The challenge.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")


@strawberry.type
class SquadChallengePayload(Payload):
    challenge: SquadChallenge | None = changed("The challenge.")


@strawberry.type(description="A challenge that was written down.")
class CreateSquadChallengePayload(SquadChallengePayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A challenge whose terms were changed.")
class ChangeSquadChallengePayload(SquadChallengePayload):
    pass


@strawberry.type(description="A challenge that was published.")
class PublishSquadChallengePayload(SquadChallengePayload):
    pass


@strawberry.type(description="A challenge that was called off; stakes are back within the minute.")
class CancelSquadChallengePayload(SquadChallengePayload):
    pass
