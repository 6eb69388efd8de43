"""Accounts: who or what holds points.

A holder (a member, a group, a budget, a red packet, the platform) has one account for each currency and bucket. The
bucket says what can be done with what lies there: `available` can be spent, `pending` waits for a review, `held` is set
aside for an order. The platform's pools (`issued`, `spent`, `expired`) are the other side of every movement; they may
go below zero, and their balance is summed from the entries when asked for, because a running figure would make every
check-in of a community wait for one row.

An account's id follows from its holder, currency and bucket, so finding it costs no query.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from uuid import UUID, uuid5

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.points.level_statement import unsettled
from models.record import Record
from store.database import dialect, fetch
from store.engines.guards import Dialect
from store.ids import as_id
from store.together import Guard, Write

PLATFORM_ID = UUID(int=1)


class Holder(StrEnum):
    """Who an account belongs to."""

    MEMBER = "member"
    GROUP = "group"
    BUDGET = "budget"
    PACKET = "packet"
    PLATFORM = "platform"


class Currency(StrEnum):
    """What is counted: points can be spent; growth only ever raises a level."""

    POINTS = "points"
    GROWTH = "growth"


class Bucket(StrEnum):
    """What can be done with an account's points."""

    AVAILABLE = "available"
    PENDING = "pending"
    HELD = "held"
    ISSUED = "issued"
    SPENT = "spent"
    EXPIRED = "expired"


@dataclass(frozen=True)
class AccountKey:
    """The name of an account, whether or not it has been opened."""

    holder: Holder
    holder_id: UUID
    currency: Currency = Currency.POINTS
    bucket: Bucket = Bucket.AVAILABLE

    @property
    def id(self) -> UUID:
        return _account_id(self.holder_id, self.holder, self.currency, self.bucket)

    @property
    def keeps_balance(self) -> bool:
        return self.holder is not Holder.PLATFORM

    @property
    def has_lots(self) -> bool:
        """Whether what lies here may lapse: a member's points that can be spent."""
        return (self.holder, self.currency, self.bucket) == (Holder.MEMBER, Currency.POINTS, Bucket.AVAILABLE)


@lru_cache(maxsize=10_000)
def _account_id(holder_id: UUID, holder: Holder, currency: Currency, bucket: Bucket) -> UUID:
    return uuid5(holder_id, f"{holder}:{currency}:{bucket}")


def of_member(member_id: UUID, currency: Currency = Currency.POINTS, bucket: Bucket = Bucket.AVAILABLE) -> AccountKey:
    return AccountKey(Holder.MEMBER, member_id, currency, bucket)


def of_group(group_id: UUID) -> AccountKey:
    return AccountKey(Holder.GROUP, group_id)


def of_budget(budget_id: UUID) -> AccountKey:
    return AccountKey(Holder.BUDGET, budget_id)


def of_packet(packet_id: UUID, bucket: Bucket = Bucket.AVAILABLE) -> AccountKey:
    return AccountKey(Holder.PACKET, packet_id, bucket=bucket)


def of_platform(bucket: Bucket, currency: Currency = Currency.POINTS) -> AccountKey:
    return AccountKey(Holder.PLATFORM, PLATFORM_ID, currency, bucket)


class Account(Record):
    holder = fields.CharEnumField(Holder, max_length=10)
    holder_id: UUID = fields.UUIDField()
    currency = fields.CharEnumField(Currency, max_length=10)
    bucket = fields.CharEnumField(Bucket, max_length=10)
    balance = fields.BigIntField(default=0, description="Always 0 for the platform's pools.")
    earned_total = fields.BigIntField(default=0, description="All that ever came in as a reward, reversals taken off.")

    class Meta:
        table = "account"
        constraints = (
            UniqueConstraint(fields=("holder_id", "holder", "currency", "bucket"), name="account_one_of_a_kind"),
            CheckConstraint(check="balance >= 0", name="account_never_negative"),
        )

    @classmethod
    async def open(cls, *keys: AccountKey) -> None:
        """Open the accounts that are not open yet; safe to call twice at once."""
        accounts = [
            cls(id=key.id, holder=key.holder, holder_id=key.holder_id, currency=key.currency, bucket=key.bucket)
            for key in keys
        ]
        await cls.bulk_create(accounts, ignore_conflicts=True)

    @classmethod
    async def open_pools(cls) -> None:
        """Open the platform's pools: part of preparing a database, after its migrations."""
        await cls.open(*(of_platform(bucket, currency) for currency in Currency for bucket in Bucket))


@dataclass(frozen=True, slots=True)
class Balance:
    """What is in an account, and what ever came in as a reward."""

    points: int
    earned_total: int
    level_is_due: bool = False
    """Of growth: whether it reaches another level than the one that is written down."""


@dataclass(slots=True)
class Change:
    """What movements bring an account in all; `earned` is what counts as a reward of it."""

    key: AccountKey
    amount: int = 0
    earned: int = 0


async def change_accounts(changes: Collection[Change]) -> dict[UUID, Balance]:
    """Change the accounts that are open and hold enough; returns the balances of those."""
    if not changes:
        return {}
    values = [value for change in changes for value in (change.key.id, change.amount, change.earned)]
    rows = await fetch(_change_text(len(changes), dialect()), *values)
    return {
        as_id(row["id"]): Balance(int(row["balance"]), int(row["earned_total"]), bool(row["level_is_due"]))
        for row in rows
    }


_IS_OF_LEVELS = "holder = 'member' AND currency = 'growth' AND bucket = 'available'"


def changed_as_seen(changes: Collection[Change], seen: Mapping[UUID, Balance]) -> Guard:
    """The same for accounts that hold what was seen, as long as they still do and no other level is reached."""
    values = [
        value
        for change in changes
        for value in (change.key.id, change.amount, change.earned, seen[change.key.id].points)
    ]
    return Guard(Write(_seen_text(len(changes)), tuple(values)), rows=len(changes))


@lru_cache(maxsize=100)
def _seen_text(count: int) -> str:
    kinds = ("uuid", "bigint", "bigint", "bigint")
    places = (", ".join(f"${4 * n + m}::{kind}" for m, kind in enumerate(kinds, start=1)) for n in range(count))
    rows = ", ".join(f"({one})" for one in places)
    return (
        "UPDATE account SET balance = balance + v.column2, earned_total = earned_total + v.column3 "  # noqa: S608 - own text
        f"FROM (VALUES {rows}) v WHERE id = v.column1 AND balance = v.column4 AND balance + v.column2 >= 0 "
        f"AND NOT ({_IS_OF_LEVELS} AND {unsettled('account', 'account.balance + v.column2')}) RETURNING id"
    )


@lru_cache(maxsize=100)
def _change_text(count: int, dialect: Dialect) -> str:
    """PostgreSQL takes the rows in the order of their ids and changes them then; SQLite has one writer at a time."""
    places = (f"(${3 * n + 1}::uuid, ${3 * n + 2}::bigint, ${3 * n + 3}::bigint)" for n in range(count))
    in_order = " ORDER BY a.id FOR UPDATE OF a" if dialect == "postgres" else ""
    return (
        "WITH change AS (SELECT a.id AS account_id, v.column2 AS amount, v.column3 AS earned "  # noqa: S608 - own text
        f"FROM account a JOIN (VALUES {', '.join(places)}) v ON a.id = v.column1{in_order}) "
        "UPDATE account SET balance = balance + amount, earned_total = earned_total + earned FROM change "
        "WHERE id = account_id AND balance + amount >= 0 RETURNING id, balance, earned_total, "
        f"CASE WHEN {_IS_OF_LEVELS} THEN {unsettled('account', 'account.balance')} END AS level_is_due"
    )
