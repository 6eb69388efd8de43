"""Codes of ways in, in the contract."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from auth.caller import CallerKind
from auth.scope import members_in_scope
from engine.declare import Node, batch, computed, one, record_type
from engine.relation import NO_ROW, Condition
from models.members.member import Member as MemberRecord
from models.spread.channel import Channel as ChannelRecord
from models.spread.code_figures import figures_of
from models.spread.scene_code import PREFIX
from models.spread.scene_code import SceneCode as SceneCodeRecord
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


@strawberry.type(description="What a code has brought so far.")
class SceneCodeFigures:
    visits: int = strawberry.field(description="Visits, one a day for each visitor; not of programs or the inviter.")
    visitors: int = strawberry.field(description="Of how many visitors.")
    counted: int = strawberry.field(description="How many of the visits count: by somebody who had not come of late.")
    registered: int = strawberry.field(description="Who became a member with it as the last touch.")


async def _figures(parents: list[Any], context: "Context") -> Sequence[SceneCodeFigures]:
    return [SceneCodeFigures(**vars(one)) for one in await figures_of([parent.id for parent in parents])]


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
    figures: SceneCodeFigures = batch(_figures, needs=("id",), description="What it has brought so far.")

    @computed(needs=("code",), description="How it travels: the scene of a mini-program code.")
    def scene(self: Any) -> str:
        return PREFIX + str(self.code)


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
    expires_at: datetime | None = strawberry.field(default=None, description="When it ends; never if absent.")
    is_withdrawn: bool = strawberry.field(description="Whether it is taken back.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")


@strawberry.type(description="A code that was decided on.")
class DecideSceneCodePayload(Payload):
    code: SceneCode | None = changed("The code.")
