"""What movements change in lots.

Points come in with the expiry that the movement names or the policy gives; what is given back returns to the lots that
it was taken from; what one member gives another keeps the life it has. Points go out of the lots that lapse first and
have not lapsed yet. Only what takes points back (a reversal, the expiry itself) names a lot, which it reaches first,
and reaches lapsed ones too.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

from models.points.account import AccountKey
from models.points.expiry_policy import ExpiryPolicy
from models.points.lot import LotKey, filling
from models.points.lot_taking import EVER, Part, Want, give_back, take
from store.together import Write, write

if TYPE_CHECKING:
    from models.points.entry import Move

Line = tuple[object, ...]
Incoming = defaultdict[LotKey, int]


@dataclass(frozen=True, slots=True)
class LotChanges:
    """`writes` are still to be written with the lines; `missing` is what accounts have not got, lapsed points aside."""

    writes: Sequence[Write]
    missing: dict[UUID, int]


async def with_expiry(moves: Sequence["Move"], *, at: datetime) -> list["Move"]:
    """The movements, those that bring new points to a member with the instant at which these lapse."""
    if not any(_is_undated(move) for move in moves):
        return list(moves)
    until = (await ExpiryPolicy.in_force()).expiry_of(at)
    return [replace(move, expires_at=until) if _is_undated(move) else move for move in moves]


async def change_lots(moves: Sequence["Move"], lines: Sequence[Line], *, at: datetime) -> LotChanges:
    """Take what goes out, and say what has to be written for what comes in; the accounts are held.

    `lines` are the two of each movement, their ids in front. Raises `ValueError` where more is given back than taken.
    """
    incoming: Incoming = defaultdict(int)
    outgoing, returning = _Outgoing(), []
    for move, debit in zip(moves, lines[::2], strict=True):
        if move.debit.has_lots:
            outgoing.add(move, cast(UUID, debit[0]))
        if move.credit.has_lots and move.gives_back:
            returning.append(move)
        elif _is_new(move):
            incoming[_lot(move.credit, _checked(move, at))] += move.amount
    if outgoing.wants and incoming:
        # What goes out may be what has just come in.
        for one in filling(incoming.items()):
            await write(one)
        incoming.clear()
    missing = await outgoing.take(incoming, at=at) if outgoing.wants else {}
    if returning:
        await _give_back(returning, incoming, at=at)
    return LotChanges(filling(incoming.items()), missing)


class _Outgoing:
    """What is to be taken, by the lot that is drawn on first."""

    def __init__(self) -> None:
        self.wants: defaultdict[datetime, list[Want]] = defaultdict(list)
        self._heirs: dict[UUID, AccountKey] = {}

    def add(self, move: "Move", entry_id: UUID) -> None:
        self.wants[move.from_lot or EVER].append(Want(entry_id, move.debit.id, move.amount))
        if move.credit.has_lots and not move.gives_back:
            self._heirs[entry_id] = move.credit

    async def take(self, incoming: Incoming, *, at: datetime) -> dict[UUID, int]:
        """Take it, those first that name a lot; what another member gets comes in there. Returns what was missing."""
        missing: defaultdict[UUID, int] = defaultdict(int)
        for first, wants in sorted(self.wants.items(), reverse=True):
            for want in wants:
                missing[want.account_id] += want.amount
            for part in await take(wants, after=at if first == EVER else EVER, first=first):
                missing[part.account_id] -= part.amount
                if heir := self._heirs.get(part.entry_id):
                    incoming[_lot(heir, part.expires_at)] += part.amount
        return {account_id: amount for account_id, amount in missing.items() if amount}


async def _give_back(moves: Sequence["Move"], incoming: Incoming, *, at: datetime) -> None:
    """Give back what lines took; what has lapsed meanwhile gets the least life that the policy promises."""
    keys = {move.credit.id: move.credit for move in moves}
    wanted: defaultdict[tuple[UUID, UUID], int] = defaultdict(int)
    for move in moves:
        wanted[cast(UUID, move.gives_back), move.credit.id] += move.amount
    parts = await give_back([Want(entry_id, account_id, amount) for (entry_id, account_id), amount in wanted.items()])
    if sum(part.amount for part in parts) < sum(wanted.values()):
        raise ValueError("more is given back than was taken")
    for part in parts:
        incoming[_lot(keys[part.account_id], await _renewed(part, at))] += part.amount


async def _renewed(part: Part, at: datetime) -> datetime:
    return part.expires_at if part.expires_at > at else (await ExpiryPolicy.in_force()).given_back_until(at)


def _is_new(move: "Move") -> bool:
    """Whether points come to a member that were nobody's before."""
    return move.credit.has_lots and not move.debit.has_lots and not move.gives_back


def _is_undated(move: "Move") -> bool:
    return move.expires_at is None and _is_new(move)


def _lot(key: AccountKey, expires_at: datetime) -> LotKey:
    return LotKey(key.id, key.holder_id, expires_at)


def _checked(move: "Move", at: datetime) -> datetime:
    assert move.expires_at is not None
    if move.expires_at <= at:
        raise ValueError(f"points that lapse at {move.expires_at}, before they come")
    return move.expires_at
