"""Diplomas of squads: verified by anybody who has the number, withdrawn by staff."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import Anyone
from auth.rate_limit import Rate, limit
from engine.declare import mirrored
from models.checkins.squad_diploma import SquadDiploma as SquadDiplomaRecord
from resolvers.checkins.squad_scope import WRITING, demand_challenge
from schema.checkins.squad_diploma import (
    PublicSquadDiploma,
    WithdrawSquadDiplomaInput,
    WithdrawSquadDiplomaPayload,
)
from schema.ids import id_of
from schema.payload import mutation, query

LOOK_UPS = Rate("squad diploma", 30)

Number = Annotated[str, strawberry.argument(description="The number, with or without spaces and strokes.")]


@strawberry.type
class SquadDiplomaQueries:
    @query(allow=Anyone(), description="A diploma of a squad by its number, for anybody; nothing where there is none.")
    async def squad_diploma(self, info: Info, number: Number) -> PublicSquadDiploma | None:
        await limit(LOOK_UPS, info.context.address or "unknown", at=info.context.at)
        found = await SquadDiplomaRecord.numbered(number)
        return await PublicSquadDiploma.of(found) if found else None


@strawberry.type
class SquadDiplomaMutations:
    @mutation(allow=WRITING, description="Declare that a diploma holds no more.")
    async def withdraw_squad_diploma(self, info: Info, input: WithdrawSquadDiplomaInput) -> WithdrawSquadDiplomaPayload:
        context, field = info.context, "diplomaId"
        known = await SquadDiplomaRecord.existing(id_of("SquadDiploma", input.diploma_id, field=field), field=field)
        await demand_challenge(context, known.challenge_id, field=field)
        diploma = await SquadDiplomaRecord.withdraw(
            known.id, reason=input.reason, staff_id=context.staff_id, at=context.at
        )
        return WithdrawSquadDiplomaPayload(diploma=mirrored(diploma))
