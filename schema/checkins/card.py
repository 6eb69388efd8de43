"""Make-up cards and freezes in the contract."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from auth.scope import own_or_in_scope
from engine.declare import Node, one, record_type
from engine.relation import Condition
from models.checkins.card import CardKind, CardSource
from models.checkins.card import CheckInCard as CheckInCardRecord
from models.checkins.card_explanation import CardExplanation as CardExplanationFound
from models.checkins.card_explanation import Mending as MendingFound
from models.checkins.plan import CheckInPlan as CheckInPlanRecord
from models.staff.right import StaffRight
from schema.checkins.check_in import CheckIn
from schema.checkins.plan import CheckInPlan
from schema.eligibility import Eligibility
from schema.enums import publish
from schema.errors import UserError
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context
    from schema.viewer import Viewer

publish(
    CardKind,
    "What a card is for.",
    make_up="It mends a past day that was missed.",
    freeze="It protects the streak on a day still to be missed.",
)
publish(
    CardSource,
    "How a member came by a card.",
    bought="For points.",
    earned="As a reward.",
    granted="From staff.",
)


def _own(context: "Context") -> Condition:
    """A member sees its own; staff those of the members in their scope."""
    return own_or_in_scope(context, StaffRight.CHECKINS_READ)


@record_type(CheckInCardRecord, description="A card that a member holds or has used.", visible=_own)
class CheckInCard(Node):
    plan: CheckInPlan = one(CheckInPlanRecord, "plan_id", description="The plan it is good for.")
    kind: CardKind = strawberry.field(description="What it is for.")
    source: CardSource = strawberry.field(description="How the member came by it.")
    acquired_at: datetime = strawberry.field(description="When the member got it.")
    expires_at: datetime | None = strawberry.field(description="When it is no longer good.")
    used_at: datetime | None = strawberry.field(description="When it was used.")
    used_for: date | None = strawberry.field(description="The day that it mended or protected.")


@strawberry.type(description="What making one missed day up would bring.")
class Mending:
    day: date = strawberry.field(description="The missed day.")
    is_allowed: bool = strawberry.field(description="Whether it can be made up now.")
    reasons: list[UserError] = strawberry.field(description="Everything that stands against it.")
    points: int = strawberry.field(description="Points that it would bring in all, bonuses included.")
    growth: int = strawberry.field(description="Growth that it would bring.")
    streak_days: int = strawberry.field(description="The streak at the last check-in, were the day made up.")

    @classmethod
    def of(cls, found: MendingFound, locale: str) -> Self:
        return cls(
            day=found.day,
            is_allowed=not found.refusals,
            reasons=[UserError.of(refusal, locale) for refusal in found.refusals],
            points=found.points,
            growth=found.growth,
            streak_days=found.streak_days,
        )


@strawberry.type(description="What a kind of card costs and would do for the caller, before it is bought or used.")
class CardExplanation:
    kind: CardKind = strawberry.field(description="The kind of card.")
    price: int | None = strawberry.field(description="Points for one; absent where none is sold.")
    held: int = strawberry.field(description="How many the caller holds.")
    held_most: int = strawberry.field(description="How many may be held by buying.")
    purchase: Eligibility = strawberry.field(description="Whether the caller may buy one now.")
    mendings: list[Mending] = strawberry.field(description="Make-up: the missed days within reach, newest first.")
    protected_days: list[date] = strawberry.field(
        description="Freeze: missed days that the freezes in hand will save by the next check-in."
    )
    lost_days: list[date] = strawberry.field(description="Freeze: missed days that no freeze saves any more.")

    @classmethod
    def of(cls, found: CardExplanationFound, locale: str) -> Self:
        return cls(
            kind=found.kind,
            price=found.price,
            held=found.held,
            held_most=found.held_most,
            purchase=Eligibility.of(found.purchase, locale),
            mendings=[Mending.of(one, locale) for one in found.mendings],
            protected_days=list(found.protected_days),
            lost_days=list(found.lost_days),
        )


@strawberry.input(description="A card to buy.")
class BuyCheckInCardInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never buys twice.")
    kind: CardKind = strawberry.field(description="What the card is for.")
    plan_id: strawberry.ID | None = strawberry.field(default=None, description="The plan; the default one if absent.")


@strawberry.input(description="A missed day to make up with a card.")
class MakeUpCheckInInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never mends twice.")
    day: date = strawberry.field(description="The missed day.")
    plan_id: strawberry.ID | None = strawberry.field(default=None, description="The plan; the default one if absent.")


@strawberry.input(description="A card for a member, from staff.")
class GrantCheckInCardInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never grants twice.")
    member_id: strawberry.ID = strawberry.field(description="Who gets it.")
    kind: CardKind = strawberry.field(description="What the card is for.")
    reason: str = strawberry.field(description="Why, for the audit.")
    plan_id: strawberry.ID | None = strawberry.field(default=None, description="The plan; the default one if absent.")
    expires_at: datetime | None = strawberry.field(default=None, description="When it is no longer good.")


@strawberry.type
class CardPayload(Payload):
    card: CheckInCard | None = changed("The card.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A card that was bought.")
class BuyCheckInCardPayload(CardPayload):
    viewer: Annotated["Viewer", strawberry.lazy("schema.viewer")] | None = changed("The caller after it.")


@strawberry.type(description="A card that was granted.")
class GrantCheckInCardPayload(CardPayload):
    pass


@strawberry.type(description="A day that was made up.")
class MakeUpCheckInPayload(Payload):
    check_in: CheckIn | None = changed("The check-in.")
    viewer: Annotated["Viewer", strawberry.lazy("schema.viewer")] | None = changed("The caller after it.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")
