"""The expiry policy in the contract."""

from datetime import date
from typing import TYPE_CHECKING

import strawberry

from auth.caller import CallerKind
from engine.declare import Node, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.points.expiry_policy import GIVEN_BACK_DAYS, ExpiryKind, ExpiryTerms
from models.points.expiry_policy import ExpiryPolicy as ExpiryPolicyRecord
from schema.enums import publish
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context

publish(
    ExpiryKind,
    "How the last day of points follows from the day on which they come in.",
    never="They never lapse.",
    days="Some days later.",
    month_end="The end of the month, or of one some months later.",
    quarter_end="The end of the quarter.",
    year_end="The end of the year.",
    fixed_date="A day of every year.",
)


def known(context: "Context") -> Condition:
    """Members and staff may know by which rules points are kept."""
    return EVERY_ROW if context.caller.kind in (CallerKind.MEMBER, CallerKind.STAFF) else NO_ROW


@record_type(ExpiryPolicyRecord, description="How long points last, in one version.", visible=known)
class ExpiryPolicy(Node):
    version: int = strawberry.field(description="Rises with every change.")
    kind: ExpiryKind = strawberry.field(description="How the last day is found.")
    days: int | None = strawberry.field(description="For `DAYS`: how many days later.")
    months: int | None = strawberry.field(description="For `MONTH_END`: how many months later; 0 is the same month.")
    fixed_on: date | None = strawberry.field(description="For `FIXED_DATE`: the day, which returns every year.")
    given_back_days: int = strawberry.field(
        description="How many days points can be spent that are given back after their expiry."
    )


@strawberry.input(description="How long points last that come in from now on.")
class PutExpiryPolicyInput:
    kind: ExpiryKind = strawberry.field(description="How the last day is found.")
    days: int | None = strawberry.field(default=None, description="For `DAYS`: how many days later.")
    months: int | None = strawberry.field(
        default=None, description="For `MONTH_END`: how many months later; 0 is the same month."
    )
    fixed_on: date | None = strawberry.field(
        default=None, description="For `FIXED_DATE`: the day, which returns every year."
    )
    given_back_days: int = strawberry.field(
        default=GIVEN_BACK_DAYS,
        description="How many days points can be spent that are given back after their expiry.",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read, 0 for none; refused where another one came between."
    )
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")

    def terms(self) -> ExpiryTerms:
        return ExpiryTerms(**{name: getattr(self, name) for name in ExpiryTerms.__dataclass_fields__})


@strawberry.type(description="The policy that holds from now on.")
class PutExpiryPolicyPayload(Payload):
    policy: ExpiryPolicy | None = changed("The new version.")
