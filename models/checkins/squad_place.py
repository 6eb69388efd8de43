"""A place: a member in a challenge, from asking for a squad to what became of it.

A member has one place in a challenge, but for those given up before squads were closed. With a stake, points are set
aside with the place, in a hold without an end, which the place ends itself: by giving them back, or by losing them.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.checkins.squad import Squad
from models.checkins.squad_challenge import SquadChallenge
from models.checkins.squad_tally import Holder, Tally
from models.checkins.squad_terms import TIER_TITLE_MOST
from models.errors import DomainError, NotFound
from models.members.member import Member
from models.points.hold import PointHold
from models.record import Record


class SquadPlaceState(StrEnum):
    """Where a member stands in a challenge."""

    WAITING = "waiting"
    JOINED = "joined"
    LEFT = "left"
    QUIT = "quit"
    RELIEVED = "relieved"
    OUT = "out"
    FINISHED = "finished"
    FAILED = "failed"
    DISSOLVED = "dissolved"
    CANCELLED = "cancelled"


class AlreadyInChallenge(DomainError):
    code = "ALREADY_IN_CHALLENGE"
    zh = "您已参加该挑战"
    en = "You take part in this challenge already."


class SquadPlace(Record):
    challenge: fields.ForeignKeyRelation[SquadChallenge] = fields.ForeignKeyField(
        "models.SquadChallenge", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    challenge_id: UUID
    squad: fields.ForeignKeyNullableRelation[Squad] = fields.ForeignKeyField(
        "models.Squad", null=True, related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    squad_id: UUID | None
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    state = fields.CharEnumField(SquadPlaceState, max_length=10)
    is_substitute = fields.BooleanField(default=False)
    seat: int | None = fields.SmallIntField(null=True, description="Which seat of the squad, from its start.")
    first_day = fields.SmallIntField(default=1, description="The first day that the member owes.")
    last_day: int | None = fields.SmallIntField(null=True, description="The last day, where it did not stay.")
    done_days = fields.SmallIntField(default=0)
    missed_days = fields.SmallIntField(default=0)
    stake = fields.IntField(default=0, description="What is set aside for it, or was.")
    tier = fields.CharField(max_length=TIER_TITLE_MOST, null=True, description="What the finish came to.")
    points_paid = fields.IntField(default=0, description="What the challenge has paid the member.")
    created_at: datetime = fields.DatetimeField()
    joined_at: datetime | None = fields.DatetimeField(null=True, description="When it came into its squad.")
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "squad_place"
        constraints = (
            UniqueConstraint(
                fields=("challenge_id", "member_id"), condition="state <> 'left'", name="squad_place_once"
            ),
            UniqueConstraint(fields=("squad_id", "seat"), condition="state = 'joined'", name="squad_place_one_holder"),
            CheckConstraint(check="done_days >= 0 AND missed_days >= 0 AND stake >= 0", name="squad_place_counts"),
        )
        indexes = (
            Index(fields=("challenge_id", "done_days", "id"), name="squad_place_by_done"),
            Index(fields=("challenge_id", "state", "id"), name="squad_place_by_state"),
            Index(fields=("squad_id", "created_at", "id"), name="squad_place_by_squad"),
            Index(fields=("member_id", "created_at", "id"), name="squad_place_by_member"),
        )

    @classmethod
    async def standing(cls, member_id: UUID, challenge_id: UUID) -> Self | None:
        """The member's place in a challenge, whatever became of it, but for one that was given up."""
        places = cls.filter(member_id=member_id, challenge_id=challenge_id)
        return await places.exclude(state=SquadPlaceState.LEFT).first()

    @classmethod
    async def in_squad(cls, squad_id: UUID, member_id: UUID, *, field: str = "memberId") -> Self:
        """The place of somebody who is in a squad now, or `NOT_FOUND`."""
        place = await cls.get_or_none(squad_id=squad_id, member_id=member_id, state=SquadPlaceState.JOINED)
        if place is None:
            raise NotFound(field=field)
        return place

    @classmethod
    async def of_squad(cls, squad_id: UUID) -> list[Self]:
        """All who are or were in a squad since it set out, or are in it while it forms; the first to come in front."""
        places = cls.filter(squad_id=squad_id).exclude(state=SquadPlaceState.LEFT)
        return await places.order_by("joined_at", "id")

    @property
    def source(self) -> str:
        """The cause of its lines in the ledger."""
        return f"squad_place:{self.id}"

    @property
    def is_joined(self) -> bool:
        return self.state is SquadPlaceState.JOINED

    @property
    def holder(self) -> Holder:
        return Holder(
            self.id,
            self.seat or 0,
            self.first_day,
            self.last_day,
            self.done_days,
            self.missed_days,
            is_out=self.state is SquadPlaceState.OUT,
        )

    async def set_aside(self, challenge: SquadChallenge, *, at: datetime) -> None:
        """Set the stake aside, where there is one; raises `InsufficientPoints`."""
        self.stake = challenge.stake
        if self.stake:
            await PointHold.authorise(self.member_id, self.stake, source=self.source, until=None, at=at)

    async def give_back(self, *, at: datetime) -> None:
        """Give the stake back to the lots that it came from."""
        if self.stake:
            await (await PointHold.of(self.source)).release(at=at)

    async def lose(self, *, at: datetime) -> None:
        """Take the stake for good."""
        if self.stake:
            await (await PointHold.of(self.source)).capture(at=at)

    async def end(self, state: SquadPlaceState, *, at: datetime, last_day: int | None = None) -> None:
        """Write down how it ended."""
        self.state, self.ended_at, self.last_day = state, at, last_day
        await self.save(update_fields=["state", "ended_at", "last_day"])


def tally_of(squad: Squad, places: Iterable[SquadPlace]) -> Tally:
    """Where a squad that is on its way stands, by the days that are settled."""
    holders = {place.id: place.holder for place in places if place.seat is not None}
    return Tally(squad.settled_through, holders, squad.done_days, squad.missed_days, squad.state)
