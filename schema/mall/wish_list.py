"""Wish lists and restock notices in the contract: nobody's business but their member's."""

from datetime import datetime

import strawberry

from engine.declare import Node, one, record_type
from models.mall.good import Good as GoodRecord
from models.mall.restock_notice import RestockNotice as RestockNoticeRecord
from models.mall.sku import Sku as SkuRecord
from models.mall.wish_list import WishListEntry as WishListEntryRecord
from schema.mall.good import Good
from schema.mall.sku import Sku
from schema.mall.visibility import own_alone
from schema.payload import Payload, changed


@record_type(WishListEntryRecord, description="A good that a member put aside for later.", visible=own_alone)
class WishListEntry(Node):
    good: Good | None = one(GoodRecord, "good_id", description="The good; absent while it is off the shelf.")
    created_at: datetime = strawberry.field(description="Since when.")


@record_type(
    RestockNoticeRecord, description="A member's wish to hear when something can be had again.", visible=own_alone
)
class RestockNotice(Node):
    sku: Sku | None = one(SkuRecord, "sku_id", description="The variant; absent while it is off the shelf.")
    asked_at: datetime = strawberry.field(description="When it was asked for.")
    due_at: datetime | None = strawberry.field(description="When it came back; absent while it has not.")


@strawberry.input(description="A good to put on the wish list.")
class AddToWishListInput:
    good_id: strawberry.ID = strawberry.field(description="The good.")


@strawberry.input(description="A good to take off the wish list.")
class RemoveFromWishListInput:
    good_id: strawberry.ID = strawberry.field(description="The good.")


@strawberry.input(description="A variant to be told of when it can be had again.")
class AskRestockNoticeInput:
    sku_id: strawberry.ID = strawberry.field(description="The variant, which is sold out.")


@strawberry.input(description="A variant to hear of no more.")
class DropRestockNoticeInput:
    sku_id: strawberry.ID = strawberry.field(description="The variant.")


@strawberry.type(description="A good on the wish list.")
class AddToWishListPayload(Payload):
    entry: WishListEntry | None = changed("The entry.")


@strawberry.type(description="A good off the wish list.")
class RemoveFromWishListPayload(Payload):
    good: Good | None = changed("The good.")


@strawberry.type(description="A notice that was asked for.")
class AskRestockNoticePayload(Payload):
    notice: RestockNotice | None = changed("The notice.")


@strawberry.type(description="A notice that was dropped.")
class DropRestockNoticePayload(Payload):
    sku: Sku | None = changed("The variant.")
