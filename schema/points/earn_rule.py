"""Earn rules in the contract."""

from datetime import datetime

import strawberry

from auth.caller import CallerKind
from auth.context import Context
from engine.declare import Node, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.points.earn_rule import Behaviour, EarnTerms
from models.points.earn_rule import EarnRule as EarnRuleRecord
from schema.enums import publish
from schema.payload import Payload, changed
from schema.scalars import BigInt

publish(
    Behaviour,
    "What a member can be paid for.",
    checked_in="A check-in: a bonus beside what its plan pays.",
    profile_completed="Completing the archive.",
    introduced="Introducing oneself.",
    invite_registered="Somebody invited has registered.",
    invite_introduced="Somebody invited has introduced itself.",
    invite_first_check_in="Somebody invited has checked in for the first time.",
    invite_first_purchase="Somebody invited has bought for the first time.",
    posted="A post.",
    interacted="A comment or a like.",
    played="A game.",
    task_done="A task.",
    purchased="A purchase.",
    course_attended="A course.",
    quiz_passed="A quiz, passed for the first time.",
    event_attended="An event.",
)


def _known(context: Context) -> Condition:
    """Members and staff may know what pays."""
    return EVERY_ROW if context.caller.kind in (CallerKind.MEMBER, CallerKind.STAFF) else NO_ROW


@record_type(EarnRuleRecord, description="What a behaviour pays, in one version.", visible=_known)
class EarnRule(Node):
    behaviour: Behaviour = strawberry.field(description="What is paid for.")
    version: int = strawberry.field(description="Rises with every change.")
    is_active: bool = strawberry.field(description="Whether it is the version that pays.")
    is_paused: bool = strawberry.field(description="Whether the behaviour pays nothing at present.")
    amount: BigInt = strawberry.field(description="Points each time.")
    growth: BigInt = strawberry.field(description="Growth each time.")
    day_most: int | None = strawberry.field(description="Most times a day.")
    week_most: int | None = strawberry.field(description="Most times an ISO week.")
    month_most: int | None = strawberry.field(description="Most times a month.")
    lifetime_most: int | None = strawberry.field(description="Most times ever.")
    cooldown_minutes: int = strawberry.field(description="Least minutes between two times.")
    starts_at: datetime | None = strawberry.field(description="From when it pays.")
    ends_at: datetime | None = strawberry.field(description="Until when it pays.")
    release_days: int | None = strawberry.field(description="Days that the points wait for a review.")


@strawberry.input(description="A rule for a behaviour, as a new version from now on.")
class PutEarnRuleInput:
    behaviour: Behaviour = strawberry.field(description="What is paid for.")
    amount: BigInt = strawberry.field(description="Points each time.")
    growth: BigInt = strawberry.field(default=BigInt(0), description="Growth each time.")
    day_most: int | None = strawberry.field(default=None, description="Most times a day.")
    week_most: int | None = strawberry.field(default=None, description="Most times an ISO week.")
    month_most: int | None = strawberry.field(default=None, description="Most times a month.")
    lifetime_most: int | None = strawberry.field(default=None, description="Most times ever; 1 pays once.")
    cooldown_minutes: int = strawberry.field(default=0, description="Least minutes between two times.")
    starts_at: datetime | None = strawberry.field(default=None, description="From when it pays.")
    ends_at: datetime | None = strawberry.field(default=None, description="Until when it pays.")
    release_days: int | None = strawberry.field(default=None, description="Days that the points wait for a review.")
    is_paused: bool = strawberry.field(default=False, description="Whether it pays nothing at present.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version that was read, 0 for none; refused where another one came between."
    )
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")

    def terms(self) -> EarnTerms:
        return EarnTerms(**{name: getattr(self, name) for name in EarnTerms.__dataclass_fields__})


@strawberry.type(description="The rule that pays from now on.")
class PutEarnRulePayload(Payload):
    rule: EarnRule | None = changed("The new version.")
