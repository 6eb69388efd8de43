"""Consents in the contract."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from models.members.consent import Consent as ConsentRecord
from models.members.consent import ConsentAct
from models.members.consent_document import ConsentDocument as ConsentDocumentRecord
from models.members.consent_document import ConsentKind
from models.members.member import Member as MemberRecord
from schema.enums import publish
from schema.members.archive import ViewerPayload
from schema.payload import Payload, changed

publish(
    ConsentKind,
    "A document that members consent to.",
    terms="The terms of use.",
    privacy="The privacy policy.",
    marketing="Messages that advertise.",
)


@strawberry.type(description="A document to consent to, and how the caller stands to it.")
class ConsentState:
    kind: ConsentKind = strawberry.field(description="Which document.")
    version: int = strawberry.field(description="Its latest version.")
    title: str = strawberry.field(description="Its title.")
    url: str = strawberry.field(description="Where it can be read.")
    is_required: bool = strawberry.field(description="Whether it must be agreed to before going on.")
    version_accepted: int | None = strawberry.field(description="The version agreed to; none where it was taken back.")
    accepted_at: datetime | None = strawberry.field(description="When it was agreed to.")
    is_current: bool = strawberry.field(description="Whether the latest version is agreed to.")

    @classmethod
    def of(cls, document: ConsentDocumentRecord, last: ConsentRecord | None) -> Self:
        given = last if last and last.act is ConsentAct.GIVEN else None
        return cls(
            kind=document.kind,
            version=document.version,
            title=document.title,
            url=document.url,
            is_required=document.is_required,
            version_accepted=given.version if given else None,
            accepted_at=given.at if given else None,
            is_current=given is not None and given.version == document.version,
        )


async def states_of(members: Sequence[MemberRecord], context: object) -> list[list[ConsentState]]:
    """How members stand to the latest documents, in the members' order."""
    documents = await ConsentDocumentRecord.current()
    acts = await ConsentRecord.filter(member_id__in=[member.id for member in members]).order_by("at", "id")
    last = {(act.member_id, act.kind): act for act in acts}
    return [[ConsentState.of(one, last.get((member.id, one.kind))) for one in documents] for member in members]


@strawberry.input(description="Agreement to a document.")
class GiveConsentInput:
    kind: ConsentKind = strawberry.field(description="Which document.")
    version: int = strawberry.field(description="The version that was shown to the member.")


@strawberry.input(description="A consent taken back.")
class WithdrawConsentInput:
    kind: ConsentKind = strawberry.field(description="Which document.")


@strawberry.input(description="The next version of a document.")
class PublishConsentDocumentInput:
    kind: ConsentKind = strawberry.field(description="Which document.")
    title: str = strawberry.field(description="Its title, 1 to 80 characters.")
    url: str = strawberry.field(description="Where it can be read, an https address.")
    is_required: bool = strawberry.field(default=True, description="Whether it must be agreed to before going on.")


@strawberry.type(description="What came of agreeing.")
class GiveConsentPayload(ViewerPayload):
    pass


@strawberry.type(description="What came of taking a consent back.")
class WithdrawConsentPayload(ViewerPayload):
    pass


@strawberry.type(description="What came of publishing a document.")
class PublishConsentDocumentPayload(Payload):
    version: int | None = changed("The version that counts from now on.")
