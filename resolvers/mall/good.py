"""Goods: browsed by members, written and shelved by staff."""

from collections.abc import Iterator
from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import IsMemberOr, StaffCan
from auth.scope import demand_whole_brand
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import Condition, all_of
from models.errors import bounded_text
from models.mall.good import Good as GoodRecord
from models.mall.good import GoodStatus
from models.mall.shelf import change_good, shelve
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.mall.good import (
    ChangeGoodInput,
    ChangeGoodPayload,
    DraftGoodInput,
    DraftGoodPayload,
    Good,
    GoodCategory,
    ShelveGoodInput,
    ShelveGoodPayload,
    categories_seen,
)
from schema.mall.good_kind import GoodKind
from schema.members.file import pattern
from schema.payload import mutation, query

BROWSING = IsMemberOr(StaffRight.MALL_READ)
WRITING = StaffCan(StaffRight.MALL_WRITE)

Category = Annotated[str | None, strawberry.argument(description="Only goods of this category.")]
Kind = Annotated[GoodKind | None, strawberry.argument(description="Only goods of this kind.")]
Status = Annotated[GoodStatus | None, strawberry.argument(description="Only goods of this status.")]
Search = Annotated[str | None, strawberry.argument(description="A piece of a name, up to 40 characters.")]
GoodId = Annotated[strawberry.ID, strawberry.argument(description="Which good.")]


@strawberry.type
class GoodQueries:
    @query(allow=BROWSING, description="Goods in the order of the shelf; for members those on it.")
    async def goods(
        self,
        info: Info,
        category: Category = None,
        kind: Kind = None,
        status: Status = None,
        search: Search = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Good]:
        parts = _asked(category, kind, status, search)
        every = listing(GoodRecord, order=("sort", "id"), where=all_of(parts))
        page: Connection[Good] = await info.context.loads.list_page(every, PageArguments(first, after, last, before))
        return page

    @query(allow=BROWSING, description="A good; nothing where it is absent or not shown.")
    async def good(self, info: Info, id: GoodId) -> Good | None:
        found: Good | None = await info.context.loads.by_id(GoodRecord, id_of("Good", id, field="id"))
        return found

    @query(allow=BROWSING, description="The categories of the goods that the caller sees, at most 100, by name.")
    async def good_categories(self, info: Info) -> list[GoodCategory]:
        return await categories_seen(info.context)


@strawberry.type
class GoodMutations:
    @mutation(allow=WRITING, description="Write a new good.")
    async def draft_good(self, info: Info, input: DraftGoodInput) -> DraftGoodPayload:
        demand_whole_brand(info.context)
        terms = await input.terms.terms()
        good = await GoodRecord.draft(input.kind, terms, staff_id=info.context.staff_id, at=info.context.at)
        return DraftGoodPayload(good=mirrored(good))

    @mutation(allow=WRITING, description="Say all of a good anew.")
    async def change_good(self, info: Info, input: ChangeGoodInput) -> ChangeGoodPayload:
        demand_whole_brand(info.context)
        good = await change_good(
            id_of("Good", input.good_id, field="goodId"),
            await input.terms.terms(),
            expected_version=input.expected_version,
            staff_id=info.context.staff_id,
            reason=input.reason,
            at=info.context.at,
        )
        return ChangeGoodPayload(good=mirrored(good))

    @mutation(allow=WRITING, description="Put a good on the shelf, take it off, or archive it.")
    async def shelve_good(self, info: Info, input: ShelveGoodInput) -> ShelveGoodPayload:
        demand_whole_brand(info.context)
        good = await shelve(
            id_of("Good", input.good_id, field="goodId"),
            input.status,
            staff_id=info.context.staff_id,
            reason=input.reason,
            at=info.context.at,
        )
        return ShelveGoodPayload(good=mirrored(good))


def _asked(
    category: str | None, kind: GoodKind | None, status: GoodStatus | None, search: str | None
) -> Iterator[Condition]:
    if category is not None:
        yield Condition("{row}.category = ?", (category,))
    if kind is not None:
        yield Condition("{row}.kind = ?", (str(kind),))
    if status is not None:
        yield Condition("{row}.status = ?", (str(status),))
    if text := bounded_text(search, "search", most=40):
        yield Condition("lower({row}.name) LIKE ? ESCAPE '!'", (pattern(text),))
