"""Diplomas of squads in the contract: for who earned them, and for whoever wants to know whether one holds."""

from datetime import date, datetime
from typing import Any, Self

import strawberry

from engine.declare import Node, computed, record_type
from models.certificate_number import shown_number
from models.checkins.squad import Squad as SquadRecord
from models.checkins.squad_challenge import SquadChallenge as SquadChallengeRecord
from models.checkins.squad_diploma import SquadDiploma as SquadDiplomaRecord
from models.checkins.squad_place import SquadPlace as SquadPlaceRecord
from models.members.member import Member as MemberRecord
from schema.checkins.squad_sight import own
from schema.payload import Payload, changed


@record_type(SquadDiplomaRecord, description="A diploma of a finish.", visible=own)
class SquadDiploma(Node):
    issued_at: datetime = strawberry.field(description="When it was issued.")
    withdrawn_at: datetime | None = strawberry.field(description="When it was withdrawn.")
    reason: str | None = strawberry.field(description="Why it was withdrawn.")

    @computed(needs=("number",), description="The number that anybody may look it up by, as people read it.")
    def number(self: Any) -> str:
        return shown_number(self.number)

    @computed(needs=("withdrawn_at",), description="Whether it holds.")
    def is_valid(self: Any) -> bool:
        return self.withdrawn_at is None


@strawberry.type(description="What the world is told of a diploma.")
class PublicSquadDiploma:
    number: str = strawberry.field(description="Its number.")
    masked_name: str = strawberry.field(description="Whose it is, by the first letter alone.")
    challenge_title: str = strawberry.field(description="What the challenge is called.")
    squad_name: str = strawberry.field(description="What the squad calls itself.")
    starts_on: date = strawberry.field(description="The first day of the challenge.")
    ends_on: date = strawberry.field(description="Its last day.")
    days: int = strawberry.field(description="How many days it has.")
    done_days: int = strawberry.field(description="How many of them the member did.")
    tier: str | None = strawberry.field(description="What the finish came to.")
    issued_at: datetime = strawberry.field(description="When it was issued.")
    is_valid: bool = strawberry.field(description="Whether it holds.")

    @classmethod
    async def of(cls, found: SquadDiplomaRecord) -> Self:
        challenge = await SquadChallengeRecord.get(id=found.challenge_id)
        place = await SquadPlaceRecord.get(id=found.place_id)
        member = await MemberRecord.get(id=found.member_id)
        squad = await SquadRecord.get(id=found.squad_id)
        return cls(
            number=shown_number(found.number),
            masked_name=f"{(member.real_name or member.nickname)[:1]}**",
            challenge_title=challenge.title,
            squad_name=squad.name,
            starts_on=challenge.starts_on,
            ends_on=challenge.date_of(challenge.days),
            days=challenge.days,
            done_days=place.done_days,
            tier=place.tier,
            issued_at=found.issued_at,
            is_valid=found.withdrawn_at is None,
        )


@strawberry.input(description="A diploma to withdraw.")
class WithdrawSquadDiplomaInput:
    diploma_id: strawberry.ID = strawberry.field(description="The diploma.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; the member reads it.")


@strawberry.type(description="A diploma that holds no more.")
class WithdrawSquadDiplomaPayload(Payload):
    diploma: SquadDiploma | None = changed("The diploma.")
