"""Keys of partners in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from engine.declare import Node, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.staff.api_key import ApiKey as ApiKeyRecord
from models.staff.right import StaffRight
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context


def _managed(context: "Context") -> Condition:
    return EVERY_ROW if context.caller.may(StaffRight.KEYS_WRITE) else NO_ROW


@record_type(ApiKeyRecord, description="A key of a partner's system.", visible=_managed)
class ApiKey(Node):
    name: str = strawberry.field(description="Whose it is and what for.")
    prefix: str = strawberry.field(description="How the key begins, to tell keys apart.")
    scopes: list[str] = strawberry.field(description="What it may do.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="When it ends by itself.")
    last_used_at: datetime | None = strawberry.field(description="When it was last used, to the minute.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked.")


@strawberry.input(description="A new key of a partner's system.")
class CreateApiKeyInput:
    name: str = strawberry.field(description="Whose it is and what for.")
    scopes: list[str] = strawberry.field(description="What it may do, such as `members.read`.")
    days: int | None = strawberry.field(default=None, description="After how many days it ends; never if absent.")


@strawberry.type(description="A new key. Its text is shown here and never again.")
class CreateApiKeyPayload(Payload):
    api_key: ApiKey | None = changed("The key.")
    text: str | None = changed("The key's text, to be sent as a bearer token.")


@strawberry.input(description="The end of a key.")
class RevokeApiKeyInput:
    api_key_id: strawberry.ID = strawberry.field(description="The key.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.type(description="A key that was revoked.")
class RevokeApiKeyPayload(Payload):
    api_key: ApiKey | None = changed("The key.")
