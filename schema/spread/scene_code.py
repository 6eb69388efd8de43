"""Codes of ways in, in the contract."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import Maybe

from auth.caller import CallerKind
from auth.scope import members_in_scope
from engine.declare import Node, batch, computed, one, record_type
from engine.relation import NO_ROW, Condition
from models.members.member import Member as MemberRecord
from models.qr_code import svg_of
from models.spread.channel import Channel as ChannelRecord
from models.spread.code_figures import figures_of
from models.spread.scene_code import PREFIX
from models.spread.scene_code import SceneCode as SceneCodeRecord
from models.spread.scene_link import link_of
from models.staff.right import StaffRight
from schema.members.member import Member
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context
    from schema.spread.channel import Channel


def _own_or_of_staff(context: "Context") -> Condition:
    """A member sees its own; staff those of nobody, and those of members in their scope."""
    caller = context.caller
    if caller.kind is CallerKind.MEMBER:
        return Condition("{row}.inviter_id = ?", (caller.id,))
    if caller.kind is CallerKind.STAFF and caller.may(StaffRight.SPREAD_READ):
        scope = members_in_scope(context, "inviter_id")
        return Condition(f"({{row}}.inviter_id IS NULL OR {scope.sql})", scope.values)
    return NO_ROW


@strawberry.type(description="What a code has brought in the last 366 days.")
class SceneCodeFigures:
    visits: int = strawberry.field(description="Visits, one a day for each visitor; not of programs or the inviter.")
    visitors: int = strawberry.field(description="Of how many visitors.")
    counted: int = strawberry.field(description="How many of the visits count: by somebody who had not come of late.")
    registered: int = strawberry.field(description="Who became a member with it as the last touch.")


async def _figures(parents: list[Any], context: "Context") -> Sequence[SceneCodeFigures]:
    return [SceneCodeFigures(**vars(one)) for one in await figures_of([parent.id for parent in parents], at=context.at)]


@strawberry.type(description="Where pictures of a code are loaded; `?width=` asks for one so many pixels wide.")
class SceneCodePictures:
    qr_svg: str = strawberry.field(description="The QR code of any size.")
    qr_png: str = strawberry.field(description="The QR code in pixels, 100 to 2000.")
    mini_program_code: str = strawberry.field(description="The mini-program code, as long as the platform gives one.")


async def _qr_codes(parents: list[Any], context: "Context") -> Sequence[str]:
    """Drawn beside the loop, since each takes some milliseconds and a page asks for many."""
    texts = [link_of(parent.code) for parent in parents]
    return await asyncio.to_thread(lambda: [svg_of(text) for text in texts])


@record_type(SceneCodeRecord, description="A short code for one way in.", visible=_own_or_of_staff)
class SceneCode(Node):
    code: str = strawberry.field(description="Ten letters and digits.")
    inviter: Member | None = one(MemberRecord, "inviter_id", description="Who invites by it.")
    channel: Annotated["Channel", strawberry.lazy("schema.spread.channel")] | None = one(
        ChannelRecord, "channel_id", description="Through which channel, for staff."
    )
    campaign: str | None = strawberry.field(description="For which campaign.")
    page: str = strawberry.field(description="To which page of the mini-program.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="When it ends; absent where it does not.")
    withdrawn_at: datetime | None = strawberry.field(description="When staff took it back.")
    version: int = strawberry.field(description="Rises with every decision on it.")
    figures: SceneCodeFigures = batch(_figures, needs=("id",), description="What it has brought in the last 366 days.")

    @computed(needs=("code",), description="How it travels: the scene of a mini-program code.")
    def scene(self: Any) -> str:
        return PREFIX + str(self.code)

    @computed(needs=("code",), description="What its QR code says: the brand's address with the code, or the scene.")
    def link(self: Any) -> str:
        return link_of(self.code)

    qr_svg: str = batch(_qr_codes, needs=("code",), description="Its QR code, an SVG to be shown as it is.")

    @computed(needs=("code",), description="Where pictures of it are loaded, and in which forms.")
    def pictures(self: Any) -> SceneCodePictures:
        at = f"/files/codes/{self.code}"
        return SceneCodePictures(
            qr_svg=f"{at}/qr.svg", qr_png=f"{at}/qr.png", mini_program_code=f"{at}/mini-program.png"
        )


@strawberry.input(description="A code of the caller's own.")
class MakeSceneCodeInput:
    page: str | None = strawberry.field(default=None, description="To which page; the first one allowed if absent.")


@strawberry.type(description="The code of that way in.")
class MakeSceneCodePayload(Payload):
    code: SceneCode | None = changed("The code; the same one whenever it is asked for.")


@strawberry.input(description="A code of a channel.")
class MakeChannelCodeInput:
    channel_id: strawberry.ID = strawberry.field(description="Through which channel.")
    inviter_id: strawberry.ID | None = strawberry.field(default=None, description="The member who invites by it.")
    campaign: str | None = strawberry.field(
        default=None, description="A word, or a word, a colon and an id; at most 80 characters."
    )
    page: str | None = strawberry.field(default=None, description="To which page; the first one allowed if absent.")
    expires_at: datetime | None = strawberry.field(default=None, description="When a new code ends.")


@strawberry.type(description="The code of that way in.")
class MakeChannelCodePayload(Payload):
    code: SceneCode | None = changed("The code; the same one whenever the same is asked for.")


@strawberry.input(description="What staff decide about a code.")
class DecideSceneCodeInput:
    code_id: strawberry.ID = strawberry.field(description="The code.")
    expected_version: int = strawberry.field(description="The version that was read.")
    expires_at: Maybe[datetime | None] = strawberry.field(
        default=None, description="When it ends, never if null; as it was if absent."
    )
    is_withdrawn: bool = strawberry.field(description="Whether it is taken back.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")


@strawberry.type(description="A code that was decided on.")
class DecideSceneCodePayload(Payload):
    code: SceneCode | None = changed("The code.")
