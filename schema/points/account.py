"""What a member holds."""

from collections.abc import Sequence
from uuid import UUID

import strawberry

from engine.cursor import encode_id
from models.members.member import Member as MemberRecord
from models.points.account import NOTHING, Balance, Bucket, Currency, balances_of, of_member
from schema.scalars import BigInt


@strawberry.type(description="The caller's points and growth.")
class PointsAccount:
    id: strawberry.ID = strawberry.field(description="An opaque id for the client's cache.")
    available: BigInt = strawberry.field(description="Points that can be spent.")
    pending: BigInt = strawberry.field(description="Points that wait for a review.")
    held: BigInt = strawberry.field(description="Points set aside for orders.")
    earned_total: BigInt = strawberry.field(description="All points ever earned.")
    growth: BigInt = strawberry.field(description="Growth value, which raises the level and cannot be spent.")


EARNED_TOTAL = (
    "CASE WHEN {row}.is_hidden_from_boards THEN NULL ELSE COALESCE((SELECT a.earned_total FROM account a "
    "WHERE a.holder_id = {row}.id AND a.holder = 'member' AND a.currency = 'points' AND a.bucket = 'available'), 0) END"
)
"""What a member ever earned, over the member's row; nothing for one who hides from the boards."""


async def accounts_of(members: Sequence[MemberRecord], context: object) -> list[PointsAccount]:
    """The accounts of members, in their order, in one statement."""
    keys = {member.id: _keys(member) for member in members}
    found = await balances_of([key for named in keys.values() for key in named.values()])
    return [_points_account(keys[member.id], found) for member in members]


def _keys(member: MemberRecord) -> dict[str, UUID]:
    points = {
        str(bucket): of_member(member.id, bucket=bucket).id
        for bucket in (Bucket.AVAILABLE, Bucket.PENDING, Bucket.HELD)
    }
    return {**points, "growth": of_member(member.id, Currency.GROWTH).id}


def _points_account(keys: dict[str, UUID], found: dict[UUID, Balance]) -> PointsAccount:
    balance = {name: BigInt(found.get(key, NOTHING).points) for name, key in keys.items()}
    return PointsAccount(
        id=strawberry.ID(encode_id("PointsAccount", keys["available"])),
        available=balance["available"],
        pending=balance["pending"],
        held=balance["held"],
        growth=balance["growth"],
        earned_total=BigInt(found.get(keys["available"], NOTHING).earned_total),
    )
