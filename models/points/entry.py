"""The ledger: the one door through which points move.

Every movement is a pair of entries, one account down and another up by the same integer, so the sum over all entries
is always zero. Entries are only ever added: a trigger of the database refuses to update or delete them, and a mistake
is mended by a reversal, which is a movement of its own. `(account, reason, source)` is unique, so one cause pays once
however often it is replayed. The holders' balances are changed by one conditional statement whose rows decide, so none
can go below zero and no two callers can both spend the last points; it takes the accounts in the order of their ids, so
two crossing movements cannot wait for each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError
from models.points.account import (
    Account,
    AccountKey,
    Balance,
    Bucket,
    Change,
    Currency,
    change_accounts,
    changed_as_seen,
    of_member,
    of_platform,
)
from models.points.level_gift import LevelGift
from models.points.lot import NEVER, PointLot
from models.points.lot_posting import change_lots, with_expiry
from models.points.member_level import MemberLevel
from models.points.posting import COLUMNS, Posting, net_of, pair_of
from models.record import Record
from store.engines.guards import AppendOnly
from store.ids import new_id
from store.together import Guard, write


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

    `reason` is a stable lower-case word such as `check_in`; `source` names the causing record, `check_in:<id>`. A
    movement that returns what a member had spent or set aside names the entry that took it, `gives_back`: the points
    return to the lots that they came from, never more than it took. Otherwise points that come in last until
    `expires_at`, or as long as the policy says. `from_lot` names the lot that is drawn on first, by its expiry, for
    what takes points back; everything else takes those that lapse first.
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
    gives_back: UUID | None = None
    expires_at: datetime | None = None
    from_lot: datetime | None = None
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
    expires_at: datetime | None = fields.DatetimeField(
        null=True, description="When what came in lapses; absent where it never does or came with the lots it had."
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
            # From a line to its other side: a statement says what became of each.
            Index(fields=("transfer_id",), name="point_entry_by_transfer"),
        )
        guards = (AppendOnly("point_entry"),)

    @classmethod
    async def post(cls, moves: Sequence[Move], *, at: datetime) -> list[Self]:
        """Post movements inside the caller's transaction; returns two entries a movement, debit first.

        Raises `InsufficientPoints` when a holder's account would go below zero, and an `IntegrityError` named
        `point_entry_once_per_cause` when a cause has paid before; either way the caller's transaction must end.
        """
        posting = await cls.book(moves, at=at)
        writes = posting.writes
        await write(*writes[:2])
        for lines in writes[2:]:
            await write(lines)
        return cls.posted(posting)

    @classmethod
    async def book(cls, moves: Sequence[Move], *, at: datetime) -> Posting:
        """The first half of `post`: change the accounts. Whoever calls it writes the lines with what else it writes."""
        net = net_of(moves)
        return await cls._posting(moves, net, await _changed(net, at=at), at=at)

    @classmethod
    async def foreseen(
        cls, moves: Sequence[Move], seen: Mapping[UUID, Balance], *, at: datetime
    ) -> tuple[Posting, Guard] | None:
        """As `book`, for what only comes in to accounts whose balances were seen: nothing is changed yet.

        The guard changes the accounts as long as they hold that still, and as no other level is reached. None where
        more than this would be needed.
        """
        net = net_of(moves)
        if not net or any(change.amount < 0 or account_id not in seen for account_id, change in net.items()):
            return None
        if any(move.debit.has_lots or move.gives_back for move in moves):
            return None  # Lots are taken and given back behind accounts that are held.
        balances = {
            account_id: Balance(seen[account_id].points + change.amount, seen[account_id].earned_total + change.earned)
            for account_id, change in net.items()
        }
        return await cls._posting(moves, net, balances, at=at), changed_as_seen(net.values(), seen)

    @classmethod
    async def _posting(
        cls, moves: Sequence[Move], net: Mapping[UUID, Change], balances: Mapping[UUID, Balance], *, at: datetime
    ) -> Posting:
        running = {account_id: balance.points - net[account_id].amount for account_id, balance in balances.items()}
        dated = await with_expiry(moves, at=at)
        lines = [line for move in dated for line in pair_of(move, running, at)]
        changes = await change_lots(dated, lines, at=at)
        for account_id, missing in changes.missing.items():
            needed = max(-net[account_id].amount, missing)
            raise InsufficientPoints(needed=needed, available=needed - missing)
        return await cls._with_levels(Posting(lines, balances, changes.writes), net, at=at)

    @classmethod
    async def _with_levels(cls, posting: Posting, net: Mapping[UUID, Change], *, at: datetime) -> Posting:
        """The posting, after the levels that its growth reaches or leaves are written, and their gifts are paid."""
        gifts: list[LevelGift] = []
        for account_id, balance in posting.balances.items():
            if balance.level_is_due:
                change = net[account_id]
                gifts += await MemberLevel.settle(change.key.holder_id, balance.points, at=at, change=change.amount)
        if not gifts:
            return posting
        paid = await cls.book([gift_of(gift) for gift in gifts], at=at)
        for lines in paid.writes:
            await write(lines)
        return replace(posting, balances={**posting.balances, **paid.balances})

    @classmethod
    def posted(cls, posting: Posting) -> list[Self]:
        """The entries whose lines have been written."""
        return [cls.from_row(dict(zip(COLUMNS, line, strict=True))) for line in posting.lines]

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


def gift_of(gift: LevelGift) -> Move:
    """What a member is paid for entering a level for the first time."""
    source = f"level_gift:{gift.id}"
    return reward(gift.member_id, gift.points, reason="level_gift", source=source, currency=Currency.POINTS)


async def _changed(changes: Mapping[UUID, Change], *, at: datetime) -> dict[UUID, Balance]:
    """Change each account once, by its net amount; returns the balances afterwards."""
    found = await change_accounts(changes.values())
    missing = [changes[account_id] for account_id in sorted(changes.keys() - found.keys())]
    for change in missing:
        if change.amount < 0:
            raise InsufficientPoints(needed=-change.amount, available=await _available(change.key, at=at))
    if missing:
        await Account.open(*(change.key for change in missing))
        found |= await change_accounts(missing)
    if len(found) < len(changes):
        raise RuntimeError("an account could not be opened")
    return found


async def _available(key: AccountKey, *, at: datetime) -> int:
    """What can be taken from an account, as far as is known before its row is taken."""
    if key.has_lots:
        return await PointLot.spendable(key.id, at=at)
    held = await Account.get_or_none(id=key.id)
    return int(held.balance) if held else 0


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
        from_lot=entry.expires_at or NEVER,
    )
