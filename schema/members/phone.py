"""Phones in the contract: bound by a platform's word, shown masked, revealed to staff for a reason."""

import strawberry

from schema.members.archive import ViewerPayload
from schema.members.platform import PlatformName
from schema.payload import Payload, changed


@strawberry.input(description="The phone behind a platform's phone code.")
class BindPhoneInput:
    code: str = strawberry.field(description="The one-use code of the platform's phone button; not the login code.")
    platform: PlatformName = strawberry.field(default=PlatformName.WECHAT, description="Whose code it is.")


@strawberry.type(description="What came of binding a phone.")
class BindPhonePayload(ViewerPayload):
    pass


@strawberry.input(description="A member's whole phone, for a reason.")
class RevealPhoneInput:
    member_id: strawberry.ID = strawberry.field(description="Whose phone.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; kept in the audit.")


@strawberry.type(description="What came of revealing a phone.")
class RevealPhonePayload(Payload):
    phone: str | None = changed("The whole phone with its country code.")
