"""Goods in the contract."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import strawberry

from auth.caller import CallerKind
from engine.cursor import decode_id
from engine.declare import Node, batch, computed, many, record_type
from models.errors import NotFound
from models.mall.good import Good as GoodRecord
from models.mall.good import GoodStatus, GoodTerms, Lapse
from models.mall.sku import SKUS_MOST
from models.mall.sku import Sku as SkuRecord
from models.mall.wish_list import WishListEntry as WishListEntryRecord
from schema.enums import publish
from schema.mall.good_kind import GoodKind
from schema.mall.sku import Sku
from schema.mall.visibility import goods_seen
from schema.members.audience import Audience, AudienceInput, audience_field
from schema.payload import Payload, changed
from store.database import fetch_rows

if TYPE_CHECKING:
    from auth.context import Context

publish(
    GoodStatus,
    "Whether a good is offered.",
    draft="It is being written.",
    on_shelf="Members see it.",
    off_shelf="It was taken off.",
    archived="It was taken off for good.",
)
publish(
    Lapse,
    "What becomes of an order that nobody came for in time.",
    named="PickUpLapse",
    refund="Its points go back.",
    keep="It is closed, and its points stay spent.",
)


async def viewer_wishes(goods: Sequence[GoodRecord], context: Any) -> list[bool]:
    if context.caller.kind is not CallerKind.MEMBER:
        return [False] * len(goods)
    wished = await WishListEntryRecord.wished(context.member_id, [good.id for good in goods])
    return [good.id in wished for good in goods]


@record_type(GoodRecord, description="What the mall offers.", visible=goods_seen)
class Good(Node):
    kind: GoodKind = strawberry.field(description="What it is.")
    status: GoodStatus = strawberry.field(description="Whether it is offered.")
    name: str = strawberry.field(description="Its name.")
    category: str = strawberry.field(description="The shelf it stands on.")
    summary: str | None = strawberry.field(description="A line about it.")
    detail: str | None = strawberry.field(description="All about it.")
    sort: int = strawberry.field(description="Smaller ones stand in front.")
    visible_from: datetime | None = strawberry.field(description="From when members see it.")
    visible_until: datetime | None = strawberry.field(description="Until when members see it.")
    sells_from: datetime | None = strawberry.field(description="From when it can be ordered.")
    sells_until: datetime | None = strawberry.field(description="Until when it can be ordered.")
    month_first_day: int | None = strawberry.field(
        description="The first day of each month on which it can be ordered; below 0 from the month's end."
    )
    month_last_day: int | None = strawberry.field(description="The last of these days; -1 is the month's last.")
    order_most: int | None = strawberry.field(description="Most pieces in an order.")
    day_most: int | None = strawberry.field(description="Most pieces for a member a day.")
    week_most: int | None = strawberry.field(description="Most pieces for a member an ISO week.")
    month_most: int | None = strawberry.field(description="Most pieces for a member a month.")
    member_most: int | None = strawberry.field(description="Most pieces for a member ever.")
    circle_most: int | None = strawberry.field(description="Pieces for the members of each circle together.")
    is_cancellable: bool = strawberry.field(description="Whether a member may cancel before it is sent.")
    pay_minutes: int = strawberry.field(description="How long stock and points wait for the cash.")
    receive_days: int = strawberry.field(description="Days after sending at which it counts as received.")
    after_sale_days: int = strawberry.field(description="Days after receipt at which an order is closed.")
    pick_up_days: int | None = strawberry.field(description="Days in which it has to be collected; absent: any time.")
    pick_up_lapse: Lapse = strawberry.field(description="What becomes of an order that nobody came for.")
    version: int = strawberry.field(description="Rises with every change.")
    audience: Audience | None = audience_field()
    skus: list[Sku] = many(
        SkuRecord, "good_id", order=("sort", "id"), bound=SKUS_MOST, description="What of it can be ordered."
    )
    viewer_has_wished: bool = batch(viewer_wishes, needs=("id",), description="Whether the caller put it aside.")

    @computed(needs=("pictures",), description="Addresses of its pictures; the first one stands for it.", bound=9)
    def pictures(self: Any) -> list[str]:
        return list(self.pictures)


@strawberry.type(description="A category, and how many goods of it the caller sees.")
class GoodCategory:
    name: str = strawberry.field(description="Its name.")
    good_count: int = strawberry.field(description="How many goods there are.")


async def categories_seen(context: "Context") -> list[GoodCategory]:
    """The categories of the goods that a caller sees, at most 100, by name."""
    seen = goods_seen(context)
    rows = await fetch_rows(
        f"SELECT category, COUNT(*) FROM good g WHERE {seen.numbered('g', 1)} "  # noqa: S608 - own text, values are bound
        "GROUP BY category ORDER BY category LIMIT 100",
        *seen.values,
    )
    return [GoodCategory(name=row[0], good_count=row[1]) for row in rows]


@strawberry.input(description="All that is said of a good but its kind. A limit that is left out does not hold.")
class GoodTermsInput:
    name: str = strawberry.field(description="Its name, 1 to 60 characters.")
    category: str = strawberry.field(description="The shelf it stands on, 1 to 20 characters.")
    summary: str | None = strawberry.field(default=None, description="A line about it, up to 120 characters.")
    detail: str | None = strawberry.field(default=None, description="All about it, up to 5000 characters.")
    pictures: list[str] = strawberry.field(default_factory=list, description="Up to 9 addresses of pictures.")
    sort: int = strawberry.field(default=0, description="Smaller ones stand in front.")
    audience: AudienceInput | None = strawberry.field(default=None, description="Whom it is for; everybody if absent.")
    visible_from: datetime | None = strawberry.field(default=None, description="From when members see it.")
    visible_until: datetime | None = strawberry.field(default=None, description="Until when members see it.")
    sells_from: datetime | None = strawberry.field(default=None, description="From when it can be ordered.")
    sells_until: datetime | None = strawberry.field(default=None, description="Until when it can be ordered.")
    month_first_day: int | None = strawberry.field(
        default=None, description="First day of each month to order on: 1 to 28, or -28 to -1 from the month's end."
    )
    month_last_day: int | None = strawberry.field(default=None, description="Last of these days, counted alike.")
    order_most: int | None = strawberry.field(default=None, description="Most pieces in an order.")
    day_most: int | None = strawberry.field(default=None, description="Most pieces for a member a day.")
    week_most: int | None = strawberry.field(default=None, description="Most pieces for a member an ISO week.")
    month_most: int | None = strawberry.field(default=None, description="Most pieces for a member a month.")
    member_most: int | None = strawberry.field(default=None, description="Most pieces for a member ever.")
    circle_most: int | None = strawberry.field(default=None, description="Pieces for each circle's members together.")
    is_cancellable: bool = strawberry.field(default=True, description="Whether a member may cancel before it is sent.")
    pay_minutes: int = strawberry.field(default=30, description="How long stock and points wait for the cash.")
    receive_days: int = strawberry.field(default=10, description="Days after sending at which it counts as received.")
    after_sale_days: int = strawberry.field(default=7, description="Days after receipt at which an order is closed.")
    pick_up_days: int | None = strawberry.field(default=None, description="Days in which it has to be collected.")
    pick_up_lapse: Lapse = strawberry.field(
        default=Lapse.REFUND, description="What becomes of an order that nobody came for."
    )
    target_id: strawberry.ID | None = strawberry.field(
        default=None, description="What is handed over: a check-in plan, a draw, a course, an event."
    )

    async def terms(self) -> GoodTerms:
        given = {name: getattr(self, name) for name in GoodTerms.__dataclass_fields__}
        audience = await AudienceInput.read(self.audience)
        known = {"pictures": tuple(self.pictures), "audience": audience, "target_id": _target(self.target_id)}
        return GoodTerms(**given | known)


def _target(text: str | None) -> UUID | None:
    """The record of whatever type; whether it fits the good is asked when it comes on the shelf."""
    if text is None:
        return None
    decoded = decode_id(text)
    if decoded is None:
        raise NotFound(field="targetId")
    return decoded[1]


@strawberry.input(description="A new good, which nobody sees before it is put on the shelf.")
class DraftGoodInput:
    kind: GoodKind = strawberry.field(description="What it is; it stays so.")
    terms: GoodTermsInput = strawberry.field(description="All that is said of it.")


@strawberry.input(description="All of a good anew; orders keep what they were placed under.")
class ChangeGoodInput:
    good_id: strawberry.ID = strawberry.field(description="The good.")
    expected_version: int = strawberry.field(description="The version that was read; another one refuses the change.")
    terms: GoodTermsInput = strawberry.field(description="All that is said of it from now on.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.input(description="A good to put on the shelf or to take off it.")
class ShelveGoodInput:
    good_id: strawberry.ID = strawberry.field(description="The good.")
    status: GoodStatus = strawberry.field(description="On or off the shelf, or archived, which is for good.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.type
class GoodPayload(Payload):
    good: Good | None = changed("The good.")


@strawberry.type(description="A new good.")
class DraftGoodPayload(GoodPayload):
    pass


@strawberry.type(description="A good after a change.")
class ChangeGoodPayload(GoodPayload):
    pass


@strawberry.type(description="A good on the shelf, off it, or archived.")
class ShelveGoodPayload(GoodPayload):
    pass
