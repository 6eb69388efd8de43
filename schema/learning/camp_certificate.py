"""Certificates of camps in the contract: for who earned them, and for whoever wants to know whether one holds."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry import Info

from engine.declare import Node, computed, one, record_type
from models.certificate_number import shown_number
from models.learning.camp import Camp as CampRecord
from models.learning.camp_certificate import CampCertificate as CampCertificateRecord
from models.learning.camp_certificate import CertificateState
from models.members.member import Member as MemberRecord
from schema.enums import publish
from schema.learning.camp_sight import own
from schema.members.member import Member
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from schema.learning.camp import Camp

publish(
    CertificateState,
    "Whether a certificate holds.",
    valid="It holds.",
    expired="Its time is over.",
    withdrawn="It was withdrawn.",
)


@record_type(CampCertificateRecord, description="A certificate of a finished camp.", visible=own)
class CampCertificate(Node):
    camp: Annotated["Camp", strawberry.lazy("schema.learning.camp")] = one(
        CampRecord, "camp_id", description="The camp."
    )
    member: Member = one(MemberRecord, "member_id", description="Whose it is.")
    issued_at: datetime = strawberry.field(description="When it was issued.")
    expires_at: datetime | None = strawberry.field(description="Until when it holds; absent: for good.")
    withdrawn_at: datetime | None = strawberry.field(description="When it was withdrawn.")
    reason: str | None = strawberry.field(description="Why it was withdrawn.")

    @computed(needs=("number",), description="The number that anybody may look it up by, as people read it.")
    def number(self: Any) -> str:
        return shown_number(self.number)

    @computed(needs=("expires_at", "withdrawn_at"), description="Whether it holds now.")
    def state(self: Any, info: Info) -> CertificateState:
        certificate: CampCertificateRecord = self
        return CampCertificateRecord.state_at(certificate, info.context.at)


@strawberry.type(description="What the world is told of a certificate.")
class PublicCertificate:
    number: str = strawberry.field(description="Its number.")
    masked_name: str = strawberry.field(description="Whose it is, by the first letter alone.")
    camp_title: str = strawberry.field(description="What the camp is called.")
    starts_on: date = strawberry.field(description="The first day of the camp.")
    ends_on: date = strawberry.field(description="The last day of the camp.")
    issued_at: datetime = strawberry.field(description="When it was issued.")
    expires_at: datetime | None = strawberry.field(description="Until when it holds; absent: for good.")
    state: CertificateState = strawberry.field(description="Whether it holds now.")

    @classmethod
    async def of(cls, found: CampCertificateRecord, *, at: datetime) -> Self:
        camp = await CampRecord.get(id=found.camp_id)
        [name] = await masked_names([found])
        return cls(
            number=shown_number(found.number),
            masked_name=name,
            camp_title=camp.title,
            starts_on=camp.starts_on,
            ends_on=camp.date_of(camp.days),
            issued_at=found.issued_at,
            expires_at=found.expires_at,
            state=found.state_at(at),
        )


async def masked_names(rows: Sequence[CampCertificateRecord]) -> list[str]:
    """The names of members by their first letter: of the real name, where it is known."""
    found = await MemberRecord.filter(id__in={row.member_id for row in rows}).only("id", "nickname", "real_name")
    names = {member.id: f"{(member.real_name or member.nickname)[:1]}**" for member in found}
    return [names.get(row.member_id, "**") for row in rows]


@strawberry.input(description="A certificate to withdraw.")
class WithdrawCertificateInput:
    certificate_id: strawberry.ID = strawberry.field(description="The certificate.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; the member reads it.")


@strawberry.type(description="A certificate that holds no more.")
class WithdrawCertificatePayload(Payload):
    certificate: CampCertificate | None = changed("The certificate.")
