"""The issuance report in the contract."""

from datetime import date

import strawberry

from models.points.issuance import FlowKind
from schema.enums import publish
from schema.scalars import BigInt

publish(
    FlowKind,
    "Which way points went.",
    issued="New points came into members' hands.",
    taken_back="They were taken back to where they came from.",
    spent="Members spent them; what was refunded is taken off.",
    expired="They ran out.",
)


@strawberry.type(description="Points of one kind, day and reason.")
class PointFlow:
    day: date = strawberry.field(description="The business day.")
    kind: FlowKind = strawberry.field(description="Which way they went.")
    reason: str = strawberry.field(description="What for, such as `check_in` or `order`.")
    points: BigInt = strawberry.field(description="How many.")
    movements: int = strawberry.field(description="In how many movements.")


@strawberry.type(description="Points that are owed: what members hold, and what is held for them.")
class PointsOutstanding:
    available: BigInt = strawberry.field(description="What members can spend.")
    pending: BigInt = strawberry.field(description="What waits for a review.")
    held: BigInt = strawberry.field(description="What is set aside for orders.")
    set_aside: BigInt = strawberry.field(description="What budgets, packets and groups hold.")


@strawberry.type(description="How many points came into members' hands and out of them.")
class IssuanceReport:
    first_day: date = strawberry.field(description="The first business day.")
    last_day: date = strawberry.field(description="The last.")
    flows: list[PointFlow] = strawberry.field(description="By day, kind and reason.")
    outstanding: PointsOutstanding = strawberry.field(description="What is owed now.")
