"""Certificates of camps: verified by anybody who has the number, withdrawn by staff."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import Anyone
from auth.rate_limit import Rate, limit
from engine.declare import mirrored
from models.learning.camp_certificate import CampCertificate as CampCertificateRecord
from resolvers.learning.camp_scope import WRITING, demand_camp
from schema.ids import id_of
from schema.learning.camp_certificate import (
    PublicCertificate,
    WithdrawCertificateInput,
    WithdrawCertificatePayload,
)
from schema.payload import mutation, query

LOOK_UPS = Rate("certificate", 30)

Number = Annotated[str, strawberry.argument(description="The number, with or without spaces and strokes.")]


@strawberry.type
class CertificateQueries:
    @query(allow=Anyone(), description="A certificate by its number, for anybody; nothing where there is none.")
    async def certificate(self, info: Info, number: Number) -> PublicCertificate | None:
        await limit(LOOK_UPS, info.context.address or "unknown", at=info.context.at)
        found = await CampCertificateRecord.numbered(number)
        return await PublicCertificate.of(found, at=info.context.at) if found else None


@strawberry.type
class CertificateMutations:
    @mutation(allow=WRITING, description="Declare that a certificate holds no more.")
    async def withdraw_certificate(self, info: Info, input: WithdrawCertificateInput) -> WithdrawCertificatePayload:
        context, field = info.context, "certificateId"
        certificate_id = id_of("CampCertificate", input.certificate_id, field=field)
        known = await CampCertificateRecord.existing(certificate_id, field=field)
        await demand_camp(context, known.camp_id, field=field)
        certificate = await CampCertificateRecord.withdraw(
            known.id, reason=input.reason, staff_id=context.staff_id, at=context.at
        )
        return WithdrawCertificatePayload(certificate=mirrored(certificate))
