"""Gifts between members in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from auth.caller import CallerKind
from auth.scope import members_in_scope
from engine.declare import Node, one, record_type
from engine.relation import NO_ROW, Condition
from models.members.member import Member as MemberRecord
from models.points.gift import GiftPreview
from models.points.gift import PointGift as PointGiftRecord
from models.points.gift_policy import GiftPolicy as GiftPolicyRecord
from models.points.gift_policy import GiftReach, GiftTerms
from models.staff.right import StaffRight
from schema.enums import publish
from schema.errors import UserError
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.points.expiry_policy import known
from schema.scalars import BigInt

if TYPE_CHECKING:
    from auth.context import Context
    from schema.viewer import Viewer

publish(
    GiftReach,
    "Whom a member may give points.",
    shared_group="Members of its own groups.",
    everybody="Every member.",
)


def _of_either(context: "Context") -> Condition:
    """Both see it; so do staff who may see points and in whose scope the giver is."""
    if context.caller.kind is CallerKind.MEMBER:
        own = context.caller.id
        return Condition("({row}.sender_id = ? OR {row}.receiver_id = ?)", (own, own))
    return members_in_scope(context, "sender_id") if context.caller.may(StaffRight.POINTS_READ) else NO_ROW


@record_type(PointGiftRecord, description="Points that one member gave another.", visible=_of_either)
class PointGift(Node):
    sender: Member = one(MemberRecord, "sender_id", description="Who gave them.")
    receiver: Member = one(MemberRecord, "receiver_id", description="Who got them.")
    amount: BigInt = strawberry.field(description="How many.")
    note: str | None = strawberry.field(description="A word to go with them.")
    created_at: datetime = strawberry.field(description="When.")


@record_type(
    GiftPolicyRecord, description="Whether and how members give each other points, in one version.", visible=known
)
class GiftPolicy(Node):
    version: int = strawberry.field(description="Rises with every change.")
    is_open: bool = strawberry.field(description="Whether points can be given at all.")
    reach: GiftReach = strawberry.field(description="Whom they can be given to.")
    amount_least: BigInt = strawberry.field(description="Least points of a gift.")
    amount_most: BigInt = strawberry.field(description="Most points of a gift.")
    sent_day_most: BigInt | None = strawberry.field(description="Most points that a member gives in a day.")
    sent_month_most: BigInt | None = strawberry.field(description="Most points that a member gives in a month.")
    received_day_most: BigInt | None = strawberry.field(description="Most points that a member gets in a day.")
    received_month_most: BigInt | None = strawberry.field(description="Most points that a member gets in a month.")


@strawberry.type(description="Whether the caller may give points to a member now, and how many.")
class GiftEligibility:
    is_allowed: bool = strawberry.field(description="Whether it would be done now.")
    reasons: list[UserError] = strawberry.field(description="Everything that stands against it.")
    next_at: datetime | None = strawberry.field(description="When it may be allowed, where time decides.")
    least: BigInt = strawberry.field(description="Least points of a gift.")
    most: BigInt = strawberry.field(description="Most points that limits and the caller's points allow now.")

    @classmethod
    def of(cls, found: GiftPreview, locale: str) -> Self:
        return cls(
            is_allowed=found.eligibility.is_allowed,
            reasons=[UserError.of(refusal, locale) for refusal in found.eligibility.refusals],
            next_at=found.eligibility.next_at,
            least=BigInt(found.least),
            most=BigInt(found.most),
        )


@strawberry.input(description="Points for another member.")
class GivePointsInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never gives twice.")
    receiver_id: strawberry.ID = strawberry.field(description="Who gets them.")
    amount: BigInt = strawberry.field(description="How many.")
    note: str | None = strawberry.field(default=None, description="A word to go with them, up to 60 characters.")


@strawberry.type(description="Points that were given.")
class GivePointsPayload(Payload):
    gift: PointGift | None = changed("The gift.")
    viewer: Annotated["Viewer", strawberry.lazy("schema.viewer")] | None = changed("The caller after it.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


_DEFAULT = GiftTerms()


@strawberry.input(description="Whether and how members give each other points from now on.")
class PutGiftPolicyInput:
    is_open: bool = strawberry.field(description="Whether points can be given at all.")
    reach: GiftReach = strawberry.field(default=_DEFAULT.reach, description="Whom they can be given to.")
    amount_least: BigInt = strawberry.field(
        default=BigInt(_DEFAULT.amount_least), description="Least points of a gift."
    )
    amount_most: BigInt = strawberry.field(default=BigInt(_DEFAULT.amount_most), description="Most points of a gift.")
    sent_day_most: BigInt | None = strawberry.field(
        default=None, description="Most points that a member gives in a day; unlimited if absent, 0 lets none through."
    )
    sent_month_most: BigInt | None = strawberry.field(
        default=None, description="Most points that a member gives in a month."
    )
    received_day_most: BigInt | None = strawberry.field(
        default=None, description="Most points that a member gets in a day."
    )
    received_month_most: BigInt | None = strawberry.field(
        default=None, description="Most points that a member gets in a month."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read, 0 for none; refused where another one came between."
    )
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")

    def terms(self) -> GiftTerms:
        return GiftTerms(**{name: getattr(self, name) for name in GiftTerms.__dataclass_fields__})


@strawberry.type(description="The rules of gifts that hold from now on.")
class PutGiftPolicyPayload(Payload):
    policy: GiftPolicy | None = changed("The new version.")
