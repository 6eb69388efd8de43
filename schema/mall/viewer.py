"""What a member can see of its own in the mall."""

import strawberry

from engine.declare import Connection, connection, many
from models.mall.address import ADDRESSES_MOST
from models.mall.address import Address as AddressRecord
from models.mall.order import Order as OrderRecord
from models.mall.restock_notice import RestockNotice as RestockNoticeRecord
from models.mall.wish_list import WishListEntry as WishListEntryRecord
from schema.mall.address import Address
from schema.mall.order import Order
from schema.mall.wish_list import RestockNotice, WishListEntry


@strawberry.type
class MallViewer:
    orders: Connection[Order] = connection(
        OrderRecord, "member_id", order=("-placed_at", "-id"), description="The caller's orders, newest first."
    )
    addresses: list[Address] = many(
        AddressRecord,
        "member_id",
        order=("-updated_at", "-id"),
        bound=ADDRESSES_MOST,
        description="The caller's address book, the last written first.",
    )
    wish_list: Connection[WishListEntry] = connection(
        WishListEntryRecord,
        "member_id",
        order=("-created_at", "-id"),
        description="The goods that the caller put aside, newest first.",
    )
    restock_notices: Connection[RestockNotice] = connection(
        RestockNoticeRecord,
        "member_id",
        order=("-asked_at", "-id"),
        description="What the caller waits for or can have again, newest first.",
    )
