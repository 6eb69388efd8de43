"""Lots: until when the points of a member's account last.

A lot is what an account holds that lapses at one instant; what comes in with the same expiry joins it. The lots of an
account always add up to its balance, because both change in one transaction, behind the account's row: whoever has
changed the balance holds that row until the commit, so what a later statement reads of the lots stays true. Which lot a
line of the ledger took how much from is kept (`PointLotUse`), so that what is given back returns to where it came from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.points.account import Account
from models.record import Record
from store.database import fetch_value
from store.ids import new_id
from store.together import Write, insertion

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When points lapse that never do."""

LOTS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class LotKey:
    """The name of a lot, whether or not there is one."""

    account_id: UUID
    member_id: UUID
    expires_at: datetime


class PointLot(Record):
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    account_id: UUID
    member_id: UUID = fields.UUIDField()
    expires_at: datetime = fields.DatetimeField(description="The first instant at which they cannot be spent.")
    remaining = fields.BigIntField()

    class Meta:
        table = "point_lot"
        constraints = (
            UniqueConstraint(fields=("account_id", "expires_at"), name="point_lot_one_of_an_expiry"),
            # For the sweep: small, because it holds only the lots in which something is left.
            UniqueConstraint(fields=("expires_at", "id"), condition="remaining > 0", name="point_lot_open"),
            CheckConstraint(check="remaining >= 0", name="point_lot_never_negative"),
        )

    @classmethod
    async def spendable(cls, account_id: UUID, *, at: datetime) -> int:
        """What of an account has not lapsed by `at`."""
        sql = "SELECT SUM(remaining) AS points FROM point_lot WHERE account_id = $1 AND expires_at > $2"
        return int(await fetch_value(sql, account_id, at) or 0)


class PointLotUse(Record):
    lot: fields.ForeignKeyRelation[PointLot] = fields.ForeignKeyField(
        "models.PointLot", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    lot_id: UUID
    entry_id: UUID = fields.UUIDField(description="The line of the ledger that took it.")
    amount = fields.BigIntField()
    given_back = fields.BigIntField(default=0, description="How much of it has come back.")

    class Meta:
        table = "point_lot_use"
        constraints = (
            UniqueConstraint(fields=("entry_id", "lot_id"), name="point_lot_use_once"),
            CheckConstraint(
                check="amount > 0 AND given_back >= 0 AND given_back <= amount", name="point_lot_use_bounds"
            ),
        )


def filling(incoming: Iterable[tuple[LotKey, int]]) -> list[Write]:
    """The statements that put points into lots and open those that are not there yet; each lot once."""
    rows = [(new_id(), lot.account_id, lot.member_id, lot.expires_at, amount) for lot, amount in incoming]
    runs = [rows[start : start + LOTS_AT_ONCE] for start in range(0, len(rows), LOTS_AT_ONCE)]
    return [Write(_filling(len(run)), _values(run)) for run in runs]


@lru_cache(maxsize=LOTS_AT_ONCE)
def _filling(rows: int) -> str:
    text = insertion("point_lot", ("id", "account_id", "member_id", "expires_at", "remaining"), rows)
    grows = "DO UPDATE SET remaining = point_lot.remaining + excluded.remaining"
    return f"{text} ON CONFLICT (account_id, expires_at) {grows}"


def _values(rows: Sequence[Sequence[object]]) -> tuple[object, ...]:
    return tuple(value for row in rows for value in row)
