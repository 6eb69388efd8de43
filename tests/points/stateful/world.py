"""The world of a random history: members in the database, the model beside it, chance, and a clock that goes on."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Self
from uuid import UUID

import pytest

from models.insight.standing import TOPIC
from models.members.member import Member
from models.points.account import of_member
from models.points.entry import InsufficientPoints, Move, PointEntry
from models.points.reconciliation import reconcile
from store.database import fetch, transaction
from store.outbox import held_back
from tests.faults.truth import broken_promises
from tests.points.stateful.model import Lots, Model

BEGIN = datetime(2026, 1, 1, 2, 30, tzinfo=UTC)

Operation = Callable[["World"], Awaitable[None]]
OPERATIONS: dict[Operation, int] = {}
"""Every operation, and how often it comes beside the others."""


def operation(weight: int) -> Callable[[Operation], Operation]:
    """Declare an operation; it does nothing where the world offers nothing to do it to."""

    def declare(act: Operation) -> Operation:
        OPERATIONS[act] = weight
        return act

    return declare


Promise = Callable[["World"], Awaitable[None]]
PROMISES: list[Promise] = []
"""What must hold besides lots and balances, asked now and then and at the end."""

PROMISES_EVERY = 250


def promise(holds: Promise) -> Promise:
    """Declare a promise; it raises `AssertionError` where it is broken."""
    PROMISES.append(holds)
    return holds


@dataclass
class World:
    """`notes` are for the operations of a kind, by the name of the kind: what they have made and may come back to."""

    chance: Random
    member_ids: list[UUID]
    model: Model
    at: datetime = BEGIN
    acts: Counter[str] = field(default_factory=Counter)
    done: int = 0
    notes: dict[str, list[object]] = field(default_factory=dict)

    @classmethod
    async def begin(cls, seed: int, *, members: int = 8) -> Self:
        async with transaction():
            born = [await Member.born(nickname=f"会员{n}", at=BEGIN) for n in range(members)]
        ids = [member.id for member in born]
        return cls(Random(seed), ids, Model({one: {} for one in ids}))

    def member(self) -> UUID:
        return self.chance.choice(self.member_ids)

    def noted(self, kind: str) -> list[object]:
        return self.notes.setdefault(kind, [])

    def source(self) -> str:
        """A cause that was not there before."""
        return f"stateful:{self.done}"

    async def post(self, *moves: Move) -> list[PointEntry]:
        async with transaction():
            return await PointEntry.post(moves, at=self.at)

    async def refused(self, act: Awaitable[object], available: int) -> None:
        """The act must be refused, for want of points, of which so many are there."""
        with pytest.raises(InsufficientPoints) as refusal:
            await act
        assert refusal.value.facts["available"] == available

    async def run(self, operations: int) -> None:
        """Do so many operations, and look after each whether lots are what the model says.

        They are dealt from a deck that has each as often as it weighs, so none is long in coming.
        """
        deck: list[Operation] = []
        with held_back(TOPIC):
            for _ in range(operations):
                self.at += timedelta(seconds=self.chance.expovariate(1 / 2_000))
                deck = deck or self._deck()
                act = deck.pop()
                await act(self)
                self.acts[act.__name__] += 1
                self.done += 1
                await self.compare()
                if self.done % PROMISES_EVERY == 0:
                    await self.ask_promises()
        await self.ask_promises()
        broken, faults = await broken_promises(), await reconcile()
        assert (broken, faults) == ({}, []), (broken, faults)

    def _deck(self) -> list[Operation]:
        deck = [act for act, weight in OPERATIONS.items() for _ in range(weight)]
        self.chance.shuffle(deck)
        return deck

    async def ask_promises(self) -> None:
        for holds in PROMISES:
            await holds(self)

    async def compare(self) -> None:
        """Lots and balances in the database, against the model."""
        accounts = {of_member(one).id: one for one in self.member_ids}
        rows = await fetch("SELECT account_id, expires_at, remaining FROM point_lot WHERE remaining > 0")
        found: dict[UUID, Lots] = {one: {} for one in self.member_ids}
        for row in rows:
            member_id = accounts[UUID(str(row["account_id"]))]
            found[member_id][datetime.fromisoformat(str(row["expires_at"])).astimezone(UTC)] = row["remaining"]
        for member_id, lots in self.model.lots.items():
            wanted = {expires_at: amount for expires_at, amount in lots.items() if amount}
            assert found[member_id] == wanted, (self.done, member_id, found[member_id], wanted)
