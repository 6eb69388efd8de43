"""What a member puts aside, and what it waits for."""

import strawberry
from strawberry import Info

from auth.permissions import IsMember
from engine.declare import mirrored
from models.mall.good import Good as GoodRecord
from models.mall.restock_notice import RestockNotice as RestockNoticeRecord
from models.mall.sku import Sku as SkuRecord
from models.mall.wish_list import WishListEntry as WishListEntryRecord
from schema.ids import id_of
from schema.mall.wish_list import (
    AddToWishListInput,
    AddToWishListPayload,
    AskRestockNoticeInput,
    AskRestockNoticePayload,
    DropRestockNoticeInput,
    DropRestockNoticePayload,
    RemoveFromWishListInput,
    RemoveFromWishListPayload,
)
from schema.payload import mutation


@strawberry.type
class WishListMutations:
    @mutation(allow=IsMember(), description="Put a good on the wish list.")
    async def add_to_wish_list(self, info: Info, input: AddToWishListInput) -> AddToWishListPayload:
        good_id = id_of("Good", input.good_id, field="goodId")
        entry = await WishListEntryRecord.put(info.context.member_id, good_id, at=info.context.at)
        return AddToWishListPayload(entry=mirrored(entry))

    @mutation(allow=IsMember(), description="Take a good off the wish list.")
    async def remove_from_wish_list(self, info: Info, input: RemoveFromWishListInput) -> RemoveFromWishListPayload:
        good_id = id_of("Good", input.good_id, field="goodId")
        await WishListEntryRecord.drop(info.context.member_id, good_id, at=info.context.at)
        return RemoveFromWishListPayload(good=await info.context.loads.by_id(GoodRecord, good_id))

    @mutation(allow=IsMember(), description="Ask to be told when something that is sold out can be had again.")
    async def ask_restock_notice(self, info: Info, input: AskRestockNoticeInput) -> AskRestockNoticePayload:
        sku_id = id_of("Sku", input.sku_id, field="skuId")
        notice = await RestockNoticeRecord.ask(info.context.member_id, sku_id, at=info.context.at)
        return AskRestockNoticePayload(notice=mirrored(notice))

    @mutation(allow=IsMember(), description="Wait for something no longer, or put a notice that came away.")
    async def drop_restock_notice(self, info: Info, input: DropRestockNoticeInput) -> DropRestockNoticePayload:
        sku_id = id_of("Sku", input.sku_id, field="skuId")
        await RestockNoticeRecord.drop(info.context.member_id, sku_id, at=info.context.at)
        return DropRestockNoticePayload(sku=await info.context.loads.by_id(SkuRecord, sku_id))
