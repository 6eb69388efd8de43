"""Sharing wishes, and searching those of all members."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import IsMember, StaffCan
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import EVERY_ROW, Condition
from models.errors import bounded_text
from models.members.wish import Wish as WishRecord
from models.staff.right import StaffRight
from schema.members.file import SEARCH_MOST, pattern
from schema.members.wish import ShareWishInput, ShareWishPayload, Wish
from schema.payload import mutation, query

Search = Annotated[str | None, strawberry.argument(description="A piece of the text, up to 40 characters.")]


@strawberry.type
class WishQueries:
    @query(allow=StaffCan(StaffRight.MEMBERS_READ), description="What members expect and suggest, newest first.")
    async def wishes(
        self,
        info: Info,
        search: Search = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Wish]:
        text = bounded_text(search, "search", most=SEARCH_MOST)
        where = Condition("lower({row}.text) LIKE ? ESCAPE '!'", (pattern(text),)) if text else EVERY_ROW
        found = listing(WishRecord, order=("-shared_at", "-id"), where=where)
        page: Connection[Wish] = await info.context.loads.list_page(found, PageArguments(first, after, last, before))
        return page


@strawberry.type
class WishMutations:
    @mutation(allow=IsMember(), description="Tell the community's staff what one expects or suggests.")
    async def share_wish(self, info: Info, input: ShareWishInput) -> ShareWishPayload:
        wish = await WishRecord.share(info.context.member_id, input.kind, input.text, at=info.context.at)
        return ShareWishPayload(wish=mirrored(wish))
