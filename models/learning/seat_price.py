"""The price of a seat: paid with the seat, and set aside for whoever waits for one.

Points are set aside in a hold without an end of its own, which is taken with the seat or released with the place. Where
a paid seat is given up, the same lots come back. The caller holds the member's row.
"""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from models.points.account import Bucket, of_member, of_platform
from models.points.entry import Move, PointEntry
from models.points.hold import PointHold


class Priced(Protocol):
    """A place with what it costs, which may be nothing, and the line that took it; `source` is its cause."""

    member_id: UUID
    points: int
    debit_entry_id: UUID | None

    @property
    def source(self) -> str: ...


async def pay(place: Priced, reason: str, *, at: datetime) -> None:
    """Pay for a seat. Raises `InsufficientPoints`."""
    if place.points:
        move = Move(of_member(place.member_id), of_platform(Bucket.SPENT), place.points, reason, place.source)
        debit, _ = await PointEntry.post([move], at=at)
        place.debit_entry_id = debit.id


async def set_aside(place: Priced, *, at: datetime) -> None:
    """Set the price aside for as long as the place waits. Raises `InsufficientPoints`."""
    if place.points:
        hold = await PointHold.authorise(place.member_id, place.points, source=place.source, until=None, at=at)
        place.debit_entry_id = hold.entry_id


async def take_set_aside(place: Priced, *, at: datetime) -> None:
    """Have what was set aside pay for the seat."""
    if place.points:
        await (await PointHold.of(place.source)).capture(at=at)


async def release(place: Priced, *, at: datetime) -> None:
    """Give back what was set aside."""
    if place.points:
        await (await PointHold.of(place.source)).release(at=at)


async def refund(place: Priced, reason: str, *, at: datetime) -> None:
    """Give back what was paid."""
    if place.points:
        own, gives_back = of_member(place.member_id), place.debit_entry_id
        move = Move(of_platform(Bucket.SPENT), own, place.points, reason, place.source, gives_back=gives_back)
        await PointEntry.post([move], at=at)
