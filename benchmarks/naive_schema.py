"""The roots of the plain server's schema: what is measured of the contract."""

from datetime import datetime, timedelta
from uuid import UUID

import strawberry
from strawberry import Info
from strawberry.schema.config import StrawberryConfig

from benchmarks import naive_check_in
from benchmarks.naive_types import Board, CheckIn, Group, Viewer
from engine.cursor import decode_id
from models.insight.board import Board as LiveBoard
from models.insight.board import Metric
from models.insight.board_period import Period, Window
from schema.scalars import SCALARS
from store.brand_day import brand_day


@strawberry.type
class Query:
    @strawberry.field
    def viewer(self, info: Info) -> Viewer:
        return Viewer(key=_known(info))

    @strawberry.field
    async def node(self, info: Info, id: strawberry.ID) -> Group | None:
        _known(info)
        found = decode_id(id)
        return await Group.load(info, found[1]) if found else None

    @strawberry.field
    def board(self, info: Info, metric: Metric, window: Window) -> Board:
        _known(info)
        period = Period.of(window, brand_day(info.context["at"]))
        return Board(key=LiveBoard(metric).keys.order(period))


@strawberry.input
class CheckInInput:
    idempotency_key: str


@strawberry.type
class UserError:
    code: str
    field: str | None
    message: str


@strawberry.type
class CheckInPayload:
    check_in: CheckIn
    viewer: Viewer
    next_at: datetime
    user_errors: list[UserError]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def check_in(self, info: Info, input: CheckInInput) -> CheckInPayload:
        member_id, at = _known(info), info.context["at"]
        made, plan = await naive_check_in.check_in(member_id, input.idempotency_key, at=at)
        next_at = plan.opens_at(made.business_day + timedelta(days=1))
        return CheckInPayload(check_in=CheckIn.of(made), viewer=Viewer(key=member_id), next_at=next_at, user_errors=[])


def _known(info: Info) -> UUID:
    member_id: UUID | None = info.context["member_id"]
    if member_id is None:
        raise PermissionError("Log in first.")
    return member_id


schema = strawberry.Schema(query=Query, mutation=Mutation, config=StrawberryConfig(scalar_map=SCALARS))
