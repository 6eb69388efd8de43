"""The policy for newcomers in the contract."""

from typing import Self

import strawberry

from models.spread.newcomer_policy import NewcomerPolicy as NewcomerPolicyRecord
from models.spread.newcomer_policy import NewcomerRules
from models.spread.newcomer_step import NewcomerStep
from schema.payload import Payload, changed


@strawberry.type(description="The rules for whoever joins a group now.")
class NewcomerPolicy:
    days: int = strawberry.field(description="The number of the last day; the day of joining is 0.")
    steps: list[NewcomerStep] = strawberry.field(description="Which steps are wanted.")
    zone: str = strawberry.field(description="The zone whose business days count.")
    day_start_hour: int = strawberry.field(description="The hour at which a business day begins there.")
    version: int = strawberry.field(
        description="The version of the group's or circle's own, also once it was taken away; 0 where it never had one."
    )

    @classmethod
    def of(cls, rules: NewcomerRules, own: NewcomerPolicyRecord | None) -> Self:
        return cls(
            days=rules.days,
            steps=list(rules.steps),
            zone=rules.zone,
            day_start_hour=rules.day_start_hour,
            version=own.version if own else 0,
        )


@strawberry.input(description="Rules for newcomers.")
class NewcomerRulesInput:
    days: int = strawberry.field(default=7, description="The number of the last day, 1 to 60.")
    steps: list[NewcomerStep] = strawberry.field(
        default_factory=lambda: list(NewcomerStep), description="Which steps are wanted; every one if absent."
    )
    zone: str = strawberry.field(description="The zone whose business days count, such as Asia/Shanghai.")
    day_start_hour: int = strawberry.field(default=0, description="The hour at which a business day begins, 0 to 23.")

    def given(self) -> NewcomerRules:
        return NewcomerRules(self.zone, self.day_start_hour, self.days, tuple(self.steps))


@strawberry.input(description="The rules for newcomers of a group or of a circle: exactly one of the two is named.")
class PutNewcomerPolicyInput:
    group_id: strawberry.ID | None = strawberry.field(default=None, description="The group.")
    circle_id: strawberry.ID | None = strawberry.field(default=None, description="The circle.")
    rules: NewcomerRulesInput | None = strawberry.field(
        default=None, description="What holds for whoever joins from now on; its own rules are taken away if absent."
    )
    expected_version: int = strawberry.field(
        description="The version that was read; 0 where it never had one of its own."
    )
    reason: str = strawberry.field(description="Why, 1 to 200 characters, for the audit.")


@strawberry.type(description="What came of putting a policy for newcomers.")
class PutNewcomerPolicyPayload(Payload):
    policy: NewcomerPolicy | None = changed("The rules that hold now.")
