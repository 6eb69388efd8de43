"""Posting: what movements change in accounts, and the two lines of the ledger that each of them becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from models.points.account import Balance, Bucket, Change, Holder
from models.points.lot import NEVER
from store.ids import new_id
from store.together import Write, insertion

if TYPE_CHECKING:
    from models.points.entry import Move

POINTS_LIMIT = 2**53 - 1
AMOUNT_MOST = 1_000_000_000
"""What staff move at once for one member or one group."""
LINES_AT_ONCE = 100

COLUMNS = (
    *("id", "transfer_id", "account_id", "member_id", "currency", "bucket", "amount", "balance_after"),
    *("reason", "source", "rule_id", "rule_version", "note", "staff_id", "reversal_of"),
    *("available_at", "earned_at", "expires_at", "posted_at"),
)


@dataclass(frozen=True)
class Posting:
    """Movements that have changed the accounts, and whose lines are still to be written, in the same transaction.

    `lines` are two a movement, debit first, in the order of the ledger's columns; `balances` are those of the holders'
    accounts afterwards, by id; `lots` puts what came in into its lots.
    """

    lines: Sequence[tuple[object, ...]]
    balances: Mapping[UUID, Balance]
    lots: Sequence[Write] = ()

    @property
    def writes(self) -> list[Write]:
        starts = range(0, len(self.lines), LINES_AT_ONCE)
        runs = [self.lines[start : start + LINES_AT_ONCE] for start in starts]
        return [
            *self.lots,
            *(
                Write(insertion("point_entry", COLUMNS, len(run)), tuple(value for line in run for value in line))
                for run in runs
            ),
        ]


def net_of(moves: "Sequence[Move]") -> dict[UUID, Change]:
    """The change of each holder's account, by its id; movements out of bounds are bugs."""
    found: dict[UUID, Change] = {}
    for move in moves:
        if not 0 < move.amount <= POINTS_LIMIT:
            raise ValueError(f"a movement of {move.amount}")
        if move.debit.keeps_balance:
            debit = found.setdefault(move.debit.id, Change(move.debit))
            debit.amount -= move.amount
            debit.earned -= move.amount if _is_unearned(move) else 0
        if move.credit.keeps_balance:
            credit = found.setdefault(move.credit.id, Change(move.credit))
            credit.amount += move.amount
            credit.earned += move.amount if _is_earned(move) else 0
    return found


def pair_of(move: "Move", running: dict[UUID, int], at: datetime) -> list[tuple[object, ...]]:
    """The two lines of a movement; `running` are the balances before it, which it carries on."""
    pair: list[tuple[object, ...]] = []
    rule_id, rule_version = (move.rule.id, move.rule.version) if move.rule else (None, None)
    for key, amount in ((move.debit, -move.amount), (move.credit, move.amount)):
        account_id = key.id
        if key.keeps_balance:
            running[account_id] += amount
        pair.append(
            (
                new_id(),
                move.transfer_id,
                account_id,
                key.holder_id if key.holder is Holder.MEMBER else None,
                key.currency,
                key.bucket,
                amount,
                running.get(account_id),
                move.reason,
                move.source,
                rule_id,
                rule_version,
                move.note,
                move.staff_id,
                move.reversal_of if amount < 0 else None,
                move.available_at,
                _earned_at(move, amount, at),
                move.expires_at if amount > 0 and move.expires_at != NEVER else None,
                at,
            )
        )
    return pair


def _earned_at(move: "Move", amount: int, at: datetime) -> datetime | None:
    if amount > 0:
        return at if _is_earned(move) else None
    return move.earned_at if _is_unearned(move) else None


def _is_earned(move: "Move") -> bool:
    """Issued, straight or by way of a budget, to what somebody can spend; or released to it after a review."""
    is_paid_out = move.debit.bucket in (Bucket.ISSUED, Bucket.PENDING) or move.debit.holder is Holder.BUDGET
    return move.credit.bucket is Bucket.AVAILABLE and move.credit.holder is not Holder.BUDGET and is_paid_out


def _is_unearned(move: "Move") -> bool:
    is_taken_back = move.credit.bucket is Bucket.ISSUED or move.credit.holder is Holder.BUDGET
    return move.debit.bucket is Bucket.AVAILABLE and move.debit.holder is not Holder.BUDGET and is_taken_back
