"""Payments of earn rules in the contract, and what staff decide about those that wait."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

import strawberry

from auth.scope import members_in_scope, own_or_in_scope
from engine.cursor import encode_id
from engine.declare import Node, computed, mirrored, one, one_by, record_type
from engine.relation import NO_ROW, Condition
from models.members.member import Member as MemberRecord
from models.points.behaviour import Behaviour, Fact
from models.points.earn_rule import EarnRule as EarnRuleRecord
from models.points.earning import Earning as EarningRecord
from models.points.earning_review import EarningReview as EarningReviewRecord
from models.points.earning_review import ReviewOutcome as ReviewOutcomeFound
from models.points.earning_review import Verdict
from models.staff.right import StaffRight
from schema.enums import publish
from schema.errors import UserError
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.points.earn_rule import EarnRule
from schema.scalars import BigInt

if TYPE_CHECKING:
    from auth.context import Context


class EarningState(StrEnum):
    """What became of a payment."""

    PAID = "paid"
    WAITING = "waiting"
    TAKEN_BACK = "taken_back"


publish(Verdict, "What staff decided.", approved="The points were released.", rejected="They were taken back.")
publish(
    EarningState,
    "What became of a payment.",
    paid="Its points can be spent, or could.",
    waiting="They wait for a review or for days to pass.",
    taken_back="They were taken back.",
)


def _own(context: "Context") -> Condition:
    """A member sees its own; staff who may see points those of the members in their scope."""
    return own_or_in_scope(context, StaffRight.POINTS_READ)


def _of_staff(context: "Context") -> Condition:
    """Who reviewed what stays among staff; the member reads the reason in its statement."""
    if not context.caller.may(StaffRight.POINTS_READ):
        return NO_ROW
    scope = members_in_scope(context, "member_id")
    inner = scope.sql.replace("{row}", "r")
    return Condition(
        f"EXISTS (SELECT 1 FROM earning r WHERE r.id = {{row}}.earning_id AND {inner})",  # noqa: S608 - own text
        scope.values,
    )


@strawberry.type(description="A fact that an amount followed from.")
class EarnFact:
    fact: Fact = strawberry.field(description="Which.")
    value: BigInt = strawberry.field(description="How much.")

    @classmethod
    def all_of(cls, facts: Mapping[str, int]) -> list[Self]:
        known = {str(one): one for one in Fact}
        return [cls(fact=known[name], value=BigInt(value)) for name, value in sorted(facts.items()) if name in known]


@record_type(EarningReviewRecord, description="What staff decided about a payment that waited.", visible=_of_staff)
class EarningReview(Node):
    verdict: Verdict = strawberry.field(description="What was decided.")
    reason: str | None = strawberry.field(description="Why.")
    created_at: datetime = strawberry.field(description="When.")


@record_type(EarningRecord, description="One payment of an earn rule for one cause.", visible=_own)
class Earning(Node):
    member: Member = one(MemberRecord, "member_id", description="Who was paid.")
    rule: EarnRule = one(EarnRuleRecord, "rule_id", description="The version of the rule that paid.")
    behaviour: Behaviour = strawberry.field(description="What for.")
    source: str = strawberry.field(description="The cause.")
    target: str | None = strawberry.field(description="The thing that it was about.")
    amount: BigInt = strawberry.field(description="Points.")
    growth: BigInt = strawberry.field(description="Growth.")
    needs_review: bool = strawberry.field(description="Whether its points wait, or waited, for staff.")
    created_at: datetime = strawberry.field(description="When.")
    release_at: datetime | None = strawberry.field(description="When its points can be spent without a review.")
    released_at: datetime | None = strawberry.field(description="When its points were released.")
    reversed_at: datetime | None = strawberry.field(description="When it was taken back.")
    review: EarningReview | None = one_by(
        EarningReviewRecord, "earning_id", description="What staff decided about it; for staff."
    )

    @computed(needs=("facts",), bound=20, description="What the amount followed from.")
    def facts(self: Any) -> list[EarnFact]:
        return EarnFact.all_of(self.facts)

    @computed(needs=("needs_review", "release_at", "released_at", "reversed_at"), description="What became of it.")
    def state(self: Any) -> EarningState:
        if self.reversed_at is not None:
            return EarningState.TAKEN_BACK
        waits = self.needs_review or self.release_at is not None
        return EarningState.WAITING if waits and self.released_at is None else EarningState.PAID


@strawberry.type(description="What became of one of the payments that were reviewed.")
class ReviewOutcome:
    earning_id: strawberry.ID = strawberry.field(description="The payment's id, as it was given.")
    review: EarningReview | None = strawberry.field(description="The decision; absent where it was refused.")
    errors: list[UserError] = strawberry.field(description="Why it was refused.")

    @classmethod
    def of(cls, found: ReviewOutcomeFound, locale: str) -> Self:
        return cls(
            earning_id=strawberry.ID(encode_id("Earning", found.earning_id)),
            review=mirrored(found.review),
            errors=[UserError.of(found.refusal, locale)] if found.refusal else [],
        )


@strawberry.input(description="Payments that wait, and what is decided about them.")
class ReviewEarningsInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never decides twice.")
    earning_ids: list[strawberry.ID] = strawberry.field(description="1 to 100 payments.")
    verdict: Verdict = strawberry.field(description="What is decided.")
    reason: str | None = strawberry.field(default=None, description="Why, for the member; a rejection needs it.")


@strawberry.type(description="What became of each payment.")
class ReviewEarningsPayload(Payload):
    outcomes: list[ReviewOutcome] | None = changed("One for each payment, in their order.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")
