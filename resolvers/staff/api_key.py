"""Keys of partners."""

import strawberry
from strawberry import Info

from auth.permissions import Can
from auth.scope import demand_whole_brand
from engine.declare import Connection, mirrored
from models.staff.api_key import ApiKey as ApiKeyRecord
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.payload import listed, mutation
from schema.staff.api_key import (
    ApiKey,
    CreateApiKeyInput,
    CreateApiKeyPayload,
    RevokeApiKeyInput,
    RevokeApiKeyPayload,
)


@strawberry.type
class ApiKeyQueries:
    api_keys: Connection[ApiKey] = listed(
        ApiKeyRecord,
        order=("-created_at", "-id"),
        allow=Can(StaffRight.KEYS_WRITE),
        description="All keys of partners, newest first.",
    )


@strawberry.type
class ApiKeyMutations:
    @mutation(allow=Can(StaffRight.KEYS_WRITE), description="Make a key for a partner's system; it is shown once.")
    async def create_api_key(self, info: Info, input: CreateApiKeyInput) -> CreateApiKeyPayload:
        demand_whole_brand(info.context)
        key, text = await ApiKeyRecord.issue(
            name=input.name,
            scopes=input.scopes,
            days=input.days,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return CreateApiKeyPayload(api_key=mirrored(key), text=text)

    @mutation(allow=Can(StaffRight.KEYS_WRITE), description="End a key at once.")
    async def revoke_api_key(self, info: Info, input: RevokeApiKeyInput) -> RevokeApiKeyPayload:
        key = await ApiKeyRecord.revoke(
            id_of("ApiKey", input.api_key_id, field="apiKeyId"),
            staff_id=info.context.staff_id,
            reason=input.reason,
            at=info.context.at,
        )
        return RevokeApiKeyPayload(api_key=mirrored(key))
