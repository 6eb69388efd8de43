"""Stores: seen by all, kept by staff."""

import strawberry
from strawberry import Info

from auth.permissions import IsMemberOrStaff
from auth.scope import demand_whole_brand
from engine.declare import Connection, mirrored
from engine.relation import Condition
from models.mall.store import Store as StoreRecord
from resolvers.mall.good import WRITING
from schema.ids import optional_id_of
from schema.mall.store import PutStoreInput, PutStorePayload, Store
from schema.payload import listed, mutation


@strawberry.type
class StoreQueries:
    stores: Connection[Store] = listed(
        StoreRecord,
        order=("id",),
        where=Condition("{row}.is_active"),
        allow=IsMemberOrStaff(),
        description="The stores in use, the oldest first.",
    )


@strawberry.type
class StoreMutations:
    @mutation(allow=WRITING, description="Open a store, or say all of one anew.")
    async def put_store(self, info: Info, input: PutStoreInput) -> PutStorePayload:
        demand_whole_brand(info.context)
        store = await StoreRecord.put(
            store_id=optional_id_of("Store", input.store_id, field="storeId"),
            name=input.name,
            region=input.region,
            address=input.address,
            is_active=input.is_active,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return PutStorePayload(store=mirrored(store))
