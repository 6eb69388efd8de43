"""What a member holds, as the database works it out of the member's row."""

from collections.abc import Iterator, Mapping
from uuid import UUID

import strawberry

from engine.declare import derived, identity
from engine.relation import Derived
from models.points.account import Balance, Bucket, Currency, of_member
from schema.scalars import BigInt


def _in_account(column: str, currency: Currency = Currency.POINTS, bucket: Bucket = Bucket.AVAILABLE) -> str:
    """A column of an account of the member; 0 where that was never opened."""
    return (
        f"COALESCE((SELECT a.{column} FROM account a WHERE a.holder_id = {{row}}.id AND a.holder = 'member' "  # noqa: S608 - SQL of the program
        f"AND a.currency = '{currency}' AND a.bucket = '{bucket}'), 0)"
    )


SHOWN_EARNED_TOTAL = f"CASE WHEN {{row}}.is_hidden_from_boards THEN NULL ELSE {_in_account('earned_total')} END"
"""What a member ever earned; nothing for one who hides from the boards."""


AVAILABLE, EARNED_TOTAL = _in_account("balance"), _in_account("earned_total")
GROWTH = _in_account("balance", Currency.GROWTH)


def known_after(member_id: UUID, balances: Mapping[UUID, Balance]) -> Iterator[tuple[Derived, int]]:
    """What of an account is known from the balances that a posting left behind, by account."""
    points, growth = (
        balances.get(of_member(member_id, currency).id) for currency in (Currency.POINTS, Currency.GROWTH)
    )
    if points:
        yield Derived(AVAILABLE), points.points
        yield Derived(EARNED_TOTAL), points.earned_total
    if growth:
        yield Derived(GROWTH), growth.points


@strawberry.type(description="The caller's points and growth.")
class PointsAccount:
    id: strawberry.ID = identity(description="An opaque id for the client's cache.")
    available: BigInt = derived(AVAILABLE, description="Points that can be spent.")
    pending: BigInt = derived(
        _in_account("balance", bucket=Bucket.PENDING), description="Points that wait for a review."
    )
    held: BigInt = derived(_in_account("balance", bucket=Bucket.HELD), description="Points set aside for orders.")
    earned_total: BigInt = derived(EARNED_TOTAL, description="All points ever earned.")
    growth: BigInt = derived(GROWTH, description="Growth value, which raises the level and cannot be spent.")
