"""Stores in the contract."""

import strawberry

from engine.declare import Node, record_type
from models.mall.store import Store as StoreRecord
from schema.payload import Payload, changed


@record_type(StoreRecord, description="Where members collect what they ordered.")
class Store(Node):
    name: str = strawberry.field(description="Its name.")
    region: str = strawberry.field(description="Where it is.")
    address: str = strawberry.field(description="Street and house.")
    is_active: bool = strawberry.field(description="Whether it is in use.")


@strawberry.input(description="A store to open, or all of one anew.")
class PutStoreInput:
    store_id: strawberry.ID | None = strawberry.field(default=None, description="The one to change; absent: a new one.")
    name: str = strawberry.field(description="Its name, 1 to 40 characters, unique.")
    region: str = strawberry.field(description="Where it is, 1 to 80 characters.")
    address: str = strawberry.field(description="Street and house, 1 to 120 characters.")
    is_active: bool = strawberry.field(default=True, description="Whether it is in use.")


@strawberry.type(description="A store after it.")
class PutStorePayload(Payload):
    store: Store | None = changed("The store.")
