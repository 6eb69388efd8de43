"""A place: a member in a camp, from signing up to what became of it.

The price is paid with the seat. Who waits has it set aside in a hold without an end, which the place ends itself: by
getting a seat, which spends it, or by leaving the list. What is given back returns to the lots that it came from.
Every change of a place holds its member's row. Beside the state it keeps the tally of the days settled so far, and when
it is due next.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError
from models.idempotency import Once, perform_claiming
from models.insight.standing import standing_changed
from models.learning import seat_price
from models.learning.camp import Camp
from models.learning.camp_door import CampFull, door_refusals
from models.learning.camp_tally import PlaceState, Rules, Tally
from models.members.member import Member
from models.record import Record
from store.database import execute, violates
from store.together import Write

FEE = "camp_fee"


class AlreadyInCamp(DomainError):
    code = "ALREADY_IN_CAMP"
    zh = "您已报名该训练营"
    en = "You have signed up for this camp already."


class CampPlace(Record):
    camp: fields.ForeignKeyRelation[Camp] = fields.ForeignKeyField(
        "models.Camp", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    camp_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    state = fields.CharEnumField(PlaceState, max_length=10)
    first_day = fields.SmallIntField(default=1, description="The first day that the member owes.")
    settled_through = fields.SmallIntField(default=0, description="The last day that was settled.")
    done_days = fields.SmallIntField(default=0)
    missed_days = fields.SmallIntField(default=0, description="Those that were not made up.")
    made_up_days = fields.SmallIntField(default=0, description="Of those that count as done.")
    is_lost = fields.BooleanField(default=False, description="Whether too many days were missed.")
    points = fields.IntField(default=0, description="What was paid, or is set aside.")
    debit_entry_id: UUID | None = fields.UUIDField(null=True, description="The line that took the member's points.")
    signed_up_at: datetime = fields.DatetimeField()
    joined_at: datetime | None = fields.DatetimeField(null=True, description="When it got its seat.")
    ended_at: datetime | None = fields.DatetimeField(null=True)
    due_at: datetime | None = fields.DatetimeField(null=True, description="When the next day is settled.")

    class Meta:
        table = "camp_place"
        constraints = (
            UniqueConstraint(fields=("camp_id", "member_id"), condition="state <> 'left'", name="camp_place_once"),
            CheckConstraint(
                check="done_days >= 0 AND missed_days >= 0 AND made_up_days BETWEEN 0 AND done_days",
                name="camp_place_counts",
            ),
        )
        indexes = (
            Index(fields=("camp_id", "done_days", "id"), name="camp_place_by_done"),
            Index(fields=("camp_id", "state", "signed_up_at", "id"), name="camp_place_by_state"),
            Index(fields=("member_id", "signed_up_at", "id"), name="camp_place_by_member"),
            Index(fields=("due_at", "id"), name="camp_place_by_due"),
        )

    @classmethod
    async def join(
        cls, member_id: UUID, camp_id: UUID, *, at: datetime, once: Once | None, waits: bool = False
    ) -> Self:
        """Sign a member up: it pays and has a seat or, where none is free and it `waits`, a place on the list.

        Raises `CampNotOpen`, `CampSignUpOver`, `CampOver`, `NotInCampGroup`, the refusals of the audience,
        `AlreadyInCamp`, `CampFull`, `InsufficientPoints`, `MemberNotActive`, `NotFound`.
        """

        async def act(id: UUID, claim: Sequence[Write]) -> Self:
            await Member.touch(member_id, at=at, beside=claim)
            camp = await Camp.shown(camp_id)
            for refusal in await door_refusals(camp, member_id, at=at):
                raise refusal
            if await cls.standing(member_id, camp_id):
                raise AlreadyInCamp()
            place = cls(id=id, camp_id=camp_id, member_id=member_id, points=camp.price, signed_up_at=at)
            await place._take_seat_or_wait(camp, waits=waits, at=at)
            await place.save(force_create=True)
            await standing_changed([member_id], at=at)
            return place

        try:
            return await perform_claiming(once, cls, act, at=at)
        except IntegrityError as error:
            if violates(error, cls, "camp_place_once"):
                raise AlreadyInCamp() from None
            raise

    async def _take_seat_or_wait(self, camp: Camp, *, waits: bool, at: datetime) -> None:
        if await camp.take_seat():
            await self._pay_and_sit(camp, at=at)
            return
        # A seat that comes free from here on is offered to the list, since that takes the camp's row as well.
        held = await Camp.held(camp.id)
        if await held.take_seat():
            await self._pay_and_sit(held, at=at)
            return
        if not (waits and held.has_waiting_list and held.is_published):
            raise CampFull()
        await execute("UPDATE camp SET waiting_count = waiting_count + 1 WHERE id = $1", held.id)
        self.state, self.due_at = PlaceState.WAITING, held.joins_until
        await seat_price.set_aside(self, at=at)

    async def _pay_and_sit(self, camp: Camp, *, at: datetime) -> None:
        await seat_price.pay(self, FEE, at=at)
        self.seat(camp, at=at)

    def seat(self, camp: Camp, *, at: datetime) -> None:
        """Count it as of now; whoever comes late owes nothing for the days before."""
        self.state, self.joined_at = PlaceState.JOINED, at
        self.first_day = max(camp.number_of(at), 1)
        self.settled_through = self.first_day - 1
        self.due_at = camp.day_ends(self.first_day)

    @classmethod
    async def standing(cls, member_id: UUID, camp_id: UUID) -> Self | None:
        """The member's place in a camp, whatever became of it, but for one that was given up."""
        return await cls.filter(member_id=member_id, camp_id=camp_id).exclude(state=PlaceState.LEFT).first()

    @classmethod
    async def held(cls, place_id: UUID) -> Self:
        """A place for an act of somebody else, inside the caller's transaction, which takes its member's row."""
        known = await cls.existing(place_id, field="placeId")
        await Member.bump(known.member_id)
        return await cls.get(id=place_id)

    @property
    def source(self) -> str:
        """The cause of its lines in the ledger."""
        return f"camp_place:{self.id}"

    @property
    def tally(self) -> Tally:
        return Tally(
            self.settled_through, self.done_days, self.missed_days, self.made_up_days, self.is_lost, self.state
        )

    async def keep(self, tally: Tally, camp: Camp, *, ended_at: datetime) -> None:
        """Write what its days come to; `ended_at` is when it ended, if it has."""
        self.settled_through, self.done_days, self.missed_days = tally.settled_through, tally.done, tally.missed
        self.made_up_days, self.is_lost, self.state = tally.made_up, tally.is_lost, tally.state
        goes_on = tally.state is PlaceState.JOINED
        self.due_at = camp.day_ends(tally.settled_through + 1) if goes_on else None
        self.ended_at = None if goes_on else ended_at
        await self.save(
            update_fields=[
                *("settled_through", "done_days", "missed_days", "made_up_days", "is_lost", "state"),
                *("due_at", "ended_at"),
            ]
        )


def rules_of(camp: Camp) -> Rules:
    return Rules(camp.days, camp.misses_allowed, camp.miss_rule)
