"""Agreeing to documents, taking it back, and publishing the documents."""

import strawberry
from strawberry import Info

from auth.permissions import IsMember, StaffCan
from auth.scope import demand_whole_brand
from engine.declare import mirrored
from models.members.consent import Consent
from models.members.consent_document import ConsentDocument
from models.members.member import Member as MemberRecord
from models.staff.right import StaffRight
from schema.members.consent import (
    GiveConsentInput,
    GiveConsentPayload,
    PublishConsentDocumentInput,
    PublishConsentDocumentPayload,
    WithdrawConsentInput,
    WithdrawConsentPayload,
)
from schema.payload import mutation


@strawberry.type
class ConsentMutations:
    @mutation(allow=IsMember(), description="Agree to the latest version of a document.")
    async def give_consent(self, info: Info, input: GiveConsentInput) -> GiveConsentPayload:
        context = info.context
        await Consent.give(context.member_id, input.kind, input.version, at=context.at)
        return GiveConsentPayload(viewer=mirrored(await MemberRecord.get(id=context.member_id)))

    @mutation(allow=IsMember(), description="Take a consent back.")
    async def withdraw_consent(self, info: Info, input: WithdrawConsentInput) -> WithdrawConsentPayload:
        context = info.context
        await Consent.withdraw(context.member_id, input.kind, at=context.at)
        return WithdrawConsentPayload(viewer=mirrored(await MemberRecord.get(id=context.member_id)))

    @mutation(
        allow=StaffCan(StaffRight.MEMBERS_WRITE), description="Publish the next version of a document to consent to."
    )
    async def publish_consent_document(
        self, info: Info, input: PublishConsentDocumentInput
    ) -> PublishConsentDocumentPayload:
        demand_whole_brand(info.context)
        document = await ConsentDocument.publish(
            input.kind,
            title=input.title,
            url=input.url,
            is_required=input.is_required,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return PublishConsentDocumentPayload(version=document.version)
