"""The policy of red packets in the contract."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from engine.cursor import encode_id
from engine.declare import Node, computed, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.play.red_packet_policy import PacketRules
from models.play.red_packet_policy import RedPacketPolicy as RedPacketPolicyRecord
from models.play.red_packet_policy import SenderLimits as SenderLimitsValue
from schema.ids import optional_id_of
from schema.payload import Payload, changed
from schema.scalars import BigInt

if TYPE_CHECKING:
    from auth.context import Context


def _known(context: "Context") -> Condition:
    """Members and staff may know what holds."""
    return EVERY_ROW if context.caller.kind in (CallerKind.MEMBER, CallerKind.STAFF) else NO_ROW


@strawberry.type(description="What one kind of sender may send. What is absent does not hold; 0 lets nothing through.")
class RedPacketLimits:
    total_most: BigInt | None = strawberry.field(description="Most points in a packet.")
    count_most: int | None = strawberry.field(description="Most shares of a packet.")
    sends_per_day: int | None = strawberry.field(description="Most packets in a day.")
    points_per_day: BigInt | None = strawberry.field(description="Most points in a day.")


@record_type(RedPacketPolicyRecord, description="Who may send and receive how much, in one version.", visible=_known)
class RedPacketPolicy(Node):
    version: int = strawberry.field(description="Rises with every change.")
    members_may_send: bool = strawberry.field(description="Whether members may send of their own points.")
    senders_may_grab: bool = strawberry.field(description="Whether a sender may take a share of its own packet.")
    share_least: BigInt = strawberry.field(description="No share may be smaller.")
    received_per_day: int | None = strawberry.field(description="Most shares a member may take in a day.")
    received_points_per_day: BigInt | None = strawberry.field(description="Most points a member may take in a day.")
    lifetime_hours: int = strawberry.field(description="How long a packet is open where its sender does not say.")
    lifetime_hours_most: int = strawberry.field(description="The longest that a sender may say.")
    welcome_within_days: int = strawberry.field(description="How long after its introduction a newcomer is welcomed.")
    birthday_points: BigInt | None = strawberry.field(description="Points on a birthday; absent for none.")
    birthday_hour: int = strawberry.field(description="The hour of the brand's zone from which they are sent.")
    birthday_greeting: str = strawberry.field(description="What is written on them.")
    created_at: datetime = strawberry.field(description="From when it holds.")

    @computed(
        needs=("birthday_budget_id",), description="The budget of birthdays; absent for the platform and to members."
    )
    def birthday_budget_id(self: Any, info: Info) -> strawberry.ID | None:
        shown = self.birthday_budget_id and info.context.caller.kind is CallerKind.STAFF
        return strawberry.ID(encode_id("Budget", self.birthday_budget_id)) if shown else None

    @computed(needs=("member_limits",), description="What a member may send of its own points.")
    def member_limits(self: Any) -> RedPacketLimits:
        return _shown(self.member_limits)

    @computed(needs=("group_limits",), description="What may be sent of a group's points.")
    def group_limits(self: Any) -> RedPacketLimits:
        return _shown(self.group_limits)

    @computed(needs=("brand_limits",), description="What may be sent from the platform, and from each budget.")
    def brand_limits(self: Any) -> RedPacketLimits:
        return _shown(self.brand_limits)


@strawberry.input(description="What one kind of sender may send. What is absent does not hold; 0 lets nothing through.")
class RedPacketLimitsInput:
    total_most: BigInt | None = strawberry.field(default=None, description="Most points in a packet.")
    count_most: int | None = strawberry.field(default=None, description="Most shares of a packet.")
    sends_per_day: int | None = strawberry.field(default=None, description="Most packets in a day.")
    points_per_day: BigInt | None = strawberry.field(default=None, description="Most points in a day.")

    def value(self) -> SenderLimitsValue:
        return SenderLimitsValue(**asdict(self))


@strawberry.input(description="The whole policy, as a new version from now on.")
class PutRedPacketPolicyInput:
    expected_version: int = strawberry.field(description="The version that was read.")
    reason: str = strawberry.field(description="Why, for the audit.")
    members_may_send: bool = strawberry.field(description="Whether members may send of their own points.")
    senders_may_grab: bool = strawberry.field(description="Whether a sender may take a share of its own packet.")
    member_limits: RedPacketLimitsInput = strawberry.field(description="What a member may send of its own points.")
    group_limits: RedPacketLimitsInput = strawberry.field(description="What may be sent of a group's points.")
    brand_limits: RedPacketLimitsInput = strawberry.field(
        description="What may be sent from the platform, and from each budget."
    )
    share_least: BigInt = strawberry.field(description="No share may be smaller; 1 or more.")
    received_per_day: int | None = strawberry.field(default=None, description="Most shares a member may take in a day.")
    received_points_per_day: BigInt | None = strawberry.field(
        default=None, description="Most points a member may take in a day."
    )
    lifetime_hours: int = strawberry.field(description="How long a packet is open where its sender does not say.")
    lifetime_hours_most: int = strawberry.field(description="The longest that a sender may say, up to 720.")
    welcome_within_days: int = strawberry.field(description="How long after its introduction a newcomer is welcomed.")
    birthday_points: BigInt | None = strawberry.field(
        default=None, description="Points on a birthday; absent for none."
    )
    birthday_hour: int = strawberry.field(default=8, description="The hour of the brand's zone, 0 to 23.")
    birthday_budget_id: strawberry.ID | None = strawberry.field(
        default=None, description="The budget of birthdays; the platform if absent."
    )
    birthday_greeting: str = strawberry.field(default="生日快乐！", description="Up to 60 characters.")

    def rules(self) -> PacketRules:
        limits = {name: getattr(self, name).value() for name in ("member_limits", "group_limits", "brand_limits")}
        as_they_are = set(PacketRules.__dataclass_fields__) - {*limits, "birthday_budget_id"}
        return PacketRules(
            **{name: getattr(self, name) for name in as_they_are},
            **limits,
            birthday_budget_id=optional_id_of("Budget", self.birthday_budget_id, field="birthdayBudgetId"),
        )


@strawberry.type(description="The policy that holds from now on.")
class PutRedPacketPolicyPayload(Payload):
    policy: RedPacketPolicy | None = changed("The new version.")


def _shown(stored: dict[str, Any]) -> RedPacketLimits:
    return RedPacketLimits(**asdict(SenderLimitsValue.from_json(stored)))
