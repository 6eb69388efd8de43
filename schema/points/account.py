"""What a member holds, as the database works it out of the member's row."""

import strawberry

from engine.declare import derived, identity
from models.points.account import Bucket, Currency
from schema.scalars import BigInt


def _in_account(column: str, currency: Currency = Currency.POINTS, bucket: Bucket = Bucket.AVAILABLE) -> str:
    """A column of an account of the member; 0 where that was never opened."""
    return (
        f"COALESCE((SELECT a.{column} FROM account a WHERE a.holder_id = {{row}}.id AND a.holder = 'member' "  # noqa: S608 - SQL of the program
        f"AND a.currency = '{currency}' AND a.bucket = '{bucket}'), 0)"
    )


SHOWN_EARNED_TOTAL = f"CASE WHEN {{row}}.is_hidden_from_boards THEN NULL ELSE {_in_account('earned_total')} END"
"""What a member ever earned; nothing for one who hides from the boards."""


@strawberry.type(description="The caller's points and growth.")
class PointsAccount:
    id: strawberry.ID = identity(description="An opaque id for the client's cache.")
    available: BigInt = derived(_in_account("balance"), description="Points that can be spent.")
    pending: BigInt = derived(
        _in_account("balance", bucket=Bucket.PENDING), description="Points that wait for a review."
    )
    held: BigInt = derived(_in_account("balance", bucket=Bucket.HELD), description="Points set aside for orders.")
    earned_total: BigInt = derived(_in_account("earned_total"), description="All points ever earned.")
    growth: BigInt = derived(
        _in_account("balance", Currency.GROWTH), description="Growth value, which raises the level and cannot be spent."
    )
