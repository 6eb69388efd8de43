"""The ledger: the one door through which points move.

Every movement is a pair of entries, one account down and another up by the same integer, so the sum over all entries
is always zero. Entries are only ever added: a trigger of the database refuses to update or delete them, and a mistake
is mended by a reversal, which is a movement of its own. `(account, reason, source)` is unique, so one cause pays once
however often it is replayed. A holder's balance is changed by one conditional statement whose row count decides, so it
cannot go below zero and no two callers can both spend the last points; accounts are changed in the order of their ids,
so two crossing movements cannot wait for each other.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError
from models.points.account import Account, AccountKey, Bucket, Currency, Holder, of_member, of_platform
from models.record import Record
from store.database import fetch
from store.engines.guards import AppendOnly
from store.ids import new_id

POINTS_LIMIT = 2**53 - 1


class InsufficientPoints(DomainError):
    code = "INSUFFICIENT_POINTS"
    zh = "积分不足：需要 {needed}，可用 {available}"
    en = "Not enough points: {needed} needed, {available} available."


@dataclass(frozen=True)
class Rule:
    """The rule that paid, as it stood then."""

    id: UUID
    version: int


@dataclass(frozen=True)
class Move:
    """`amount` (> 0) from one account to another, because of `source`.

    `reason` is a stable lower-case word such as `check_in`; `source` names the causing record, `check_in:<id>`.
    """

    debit: AccountKey
    credit: AccountKey
    amount: int
    reason: str
    source: str
    rule: Rule | None = None
    note: str | None = None
    staff_id: UUID | None = None
    reversal_of: UUID | None = None
    available_at: datetime | None = None
    earned_at: datetime | None = None
    transfer_id: UUID = field(default_factory=new_id)


class PointEntry(Record):
    transfer_id: UUID = fields.UUIDField()
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    account_id: UUID
    member_id: UUID | None = fields.UUIDField(null=True, description="The holder, where it is a member.")
    currency = fields.CharEnumField(Currency, max_length=10)
    bucket = fields.CharEnumField(Bucket, max_length=10)
    amount = fields.BigIntField(description="Above 0 came in, below 0 went out.")
    balance_after: int | None = fields.BigIntField(null=True, description="Absent for the platform's pools.")
    reason = fields.CharField(max_length=40)
    source = fields.CharField(max_length=80)
    rule_id: UUID | None = fields.UUIDField(null=True)
    rule_version: int | None = fields.IntField(null=True)
    note = fields.CharField(max_length=200, null=True)
    staff_id: UUID | None = fields.UUIDField(null=True)
    reversal_of: UUID | None = fields.UUIDField(null=True, description="The entry that this one takes back.")
    available_at: datetime | None = fields.DatetimeField(null=True, description="When a pending one is released.")
    earned_at: datetime | None = fields.DatetimeField(
        null=True,
        description="When it was earned, where it counts as earned; a reversal bears the time of what it reverses.",
    )
    posted_at: datetime = fields.DatetimeField()

    class Meta:
        table = "point_entry"
        constraints = (
            UniqueConstraint(fields=("account_id", "reason", "source"), name="point_entry_once_per_cause"),
            UniqueConstraint(
                fields=("reversal_of",), condition="reversal_of IS NOT NULL", name="point_entry_reversed_once"
            ),
            CheckConstraint(check="amount <> 0", name="point_entry_moves_something"),
        )
        indexes = (
            Index(fields=("member_id", "currency", "posted_at", "id"), name="point_entry_by_member"),
            Index(fields=("member_id", "earned_at"), name="point_entry_by_earned"),
        )
        guards = (AppendOnly("point_entry"),)

    @classmethod
    async def post(cls, moves: Sequence[Move], *, at: datetime) -> list[Self]:
        """Post movements inside the caller's transaction; returns two entries a movement, debit first.

        Raises `InsufficientPoints` when a holder's account would go below zero, and an `IntegrityError` named
        `point_entry_once_per_cause` when a cause has paid before; either way the caller's transaction must end.
        """
        balances = await _apply_to_balances(moves)
        entries = [cls(**entry) for move in moves for entry in _pair(move, balances, at)]
        await cls.bulk_create(entries)
        return entries

    @classmethod
    async def reverse(cls, entries: Sequence[Self], *, at: datetime, note: str, staff_id: UUID | None) -> list[Self]:
        """Take back the movements that brought these entries (credits of a holder), whole.

        A holder that has spent them meanwhile owes nothing more than it has: `InsufficientPoints` is raised, and
        the caller decides. Reversing twice hits `point_entry_once_per_cause`.
        """
        return await cls.post([undo(entry, note=note, staff_id=staff_id) for entry in entries], at=at)

    @classmethod
    async def standing_of(cls, member_id: UUID, source: str) -> list[Self]:
        """What a cause paid a member and was not taken back, oldest first."""
        paid = await cls.filter(_from(source), member_id=member_id, amount__gt=0, reversal_of__isnull=True)
        reversed_ids = await cls.filter(reversal_of__in=[entry.id for entry in paid]).values_list(
            "reversal_of", flat=True
        )
        return sorted((entry for entry in paid if entry.id not in reversed_ids), key=lambda entry: entry.id)

    @classmethod
    async def next_source(cls, member_id: UUID, source: str) -> str:
        """`source` itself while it has paid nothing, else `source#2`, `source#3`…"""
        paid = await cls.filter(_from(source), member_id=member_id).values_list("source", flat=True)
        return f"{source}#{len(set(paid)) + 1}" if paid else source


def _from(source: str) -> Q:
    return Q(source=source) | Q(source__startswith=f"{source}#")


def reward(
    member_id: UUID, amount: int, *, reason: str, source: str, currency: Currency, rule: Rule | None = None
) -> Move:
    """Newly issued points (or growth) for a member."""
    return Move(
        debit=of_platform(Bucket.ISSUED, currency),
        credit=of_member(member_id, currency),
        amount=amount,
        reason=reason,
        source=source,
        rule=rule,
    )


async def _apply_to_balances(moves: Sequence[Move]) -> dict[UUID, int]:
    """Change each holder's account once, by its net amount; returns the balances before, for the running figures."""
    net: dict[AccountKey, int] = defaultdict(int)
    earned: dict[AccountKey, int] = defaultdict(int)
    for move in moves:
        if not 0 < move.amount <= POINTS_LIMIT:
            raise ValueError(f"a movement of {move.amount}")
        net[move.debit] -= move.amount
        net[move.credit] += move.amount
        earned[move.credit] += move.amount if _is_earned(move) else 0
        earned[move.debit] -= move.amount if _is_unearned(move) else 0
    before: dict[UUID, int] = {}
    for key in sorted((key for key in net if key.keeps_balance), key=lambda key: key.id):
        before[key.id] = await _change(key, net[key], earned[key]) - net[key]
    return before


def _is_earned(move: Move) -> bool:
    """Issued straight to what can be spent, or released to it after a review."""
    return move.credit.bucket is Bucket.AVAILABLE and move.debit.bucket in (Bucket.ISSUED, Bucket.PENDING)


def _is_unearned(move: Move) -> bool:
    return move.debit.bucket is Bucket.AVAILABLE and move.credit.bucket is Bucket.ISSUED


async def _change(key: AccountKey, amount: int, earned: int) -> int:
    for _ in range(2):
        rows = await fetch(
            "UPDATE account SET balance = balance + $1, earned_total = earned_total + $2 "
            "WHERE id = $3 AND balance + $1 >= 0 RETURNING balance",
            amount,
            earned,
            key.id,
        )
        if rows:
            return int(rows[0]["balance"])
        if amount < 0:
            held = await Account.get_or_none(id=key.id)
            raise InsufficientPoints(needed=-amount, available=held.balance if held else 0)
        await Account.open(key)
    raise RuntimeError(f"account {key} could not be opened")


def _pair(move: Move, balances: dict[UUID, int], at: datetime) -> list[dict[str, object]]:
    pair: list[dict[str, object]] = []
    for key, amount in ((move.debit, -move.amount), (move.credit, move.amount)):
        if key.keeps_balance:
            balances[key.id] += amount
        pair.append(
            {
                "transfer_id": move.transfer_id,
                "account_id": key.id,
                "member_id": key.holder_id if key.holder is Holder.MEMBER else None,
                "currency": key.currency,
                "bucket": key.bucket,
                "amount": amount,
                "balance_after": balances.get(key.id),
                "reason": move.reason,
                "source": move.source,
                "rule_id": move.rule.id if move.rule else None,
                "rule_version": move.rule.version if move.rule else None,
                "note": move.note,
                "staff_id": move.staff_id,
                "reversal_of": move.reversal_of if amount < 0 else None,
                "available_at": move.available_at,
                "earned_at": _earned_at(move, amount, at),
                "posted_at": at,
            }
        )
    return pair


def _earned_at(move: Move, amount: int, at: datetime) -> datetime | None:
    if amount > 0:
        return at if _is_earned(move) else None
    return move.earned_at if _is_unearned(move) else None


def undo(entry: PointEntry, *, note: str, staff_id: UUID | None) -> Move:
    """The movement that takes a member's credit back to where it was issued."""
    if entry.member_id is None or entry.amount <= 0:
        raise ValueError("only a member's credit can be reversed")
    return Move(
        debit=of_member(entry.member_id, entry.currency, entry.bucket),
        credit=of_platform(Bucket.ISSUED, entry.currency),
        amount=entry.amount,
        reason="reversal",
        source=f"entry:{entry.id}",
        rule=Rule(entry.rule_id, entry.rule_version or 0) if entry.rule_id else None,
        note=note,
        staff_id=staff_id,
        reversal_of=entry.id,
        earned_at=entry.earned_at,
    )
