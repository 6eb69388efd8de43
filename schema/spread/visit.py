"""Visits by codes in the contract: written down for anybody, read by staff."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from auth.caller import CallerKind
from auth.scope import is_whole_brand
from engine.declare import Node, derived, one, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.members.member import Member as MemberRecord
from models.spread.scene_code import SceneCode as SceneCodeRecord
from models.spread.visit import Visit as VisitRecord
from models.spread.visit import VisitDoubt
from models.spread.visit_policy import VisitPolicy as VisitPolicyRecord
from models.spread.visit_policy import VisitRules
from models.staff.right import StaffRight
from schema.enums import publish
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.spread.channel import read_by_colleagues
from schema.spread.scene_code import SceneCode

if TYPE_CHECKING:
    from auth.context import Context

publish(
    VisitDoubt,
    "Why a visit does not count.",
    expired="The code had ended.",
    withdrawn="The code had been taken back.",
    bot="A program came.",
    self="The inviter came, or its device.",
    device="The device is another member's.",
    known="The visitor had come of late.",
    circle_mate="The visitor is in a circle of the inviter's, and the policy says that these do not count.",
    burst="Too many came from one address within minutes, or on that day.",
)


def _by_whom_sees_all(context: "Context") -> Condition:
    """Most visitors are in no group, so only those read visits who see the whole brand."""
    caller = context.caller
    may = caller.kind is CallerKind.STAFF and caller.may(StaffRight.SPREAD_READ) and is_whole_brand(context)
    return EVERY_ROW if may else NO_ROW


@record_type(VisitRecord, description="That somebody came by a code.", visible=_by_whom_sees_all)
class Visit(Node):
    code: SceneCode = one(SceneCodeRecord, "code_id", description="By which code.")
    member: Member | None = one(MemberRecord, "member_id", description="Who came, where that is known.")
    visitor_mark: str = derived(
        "SUBSTR(CAST({row}.visitor_no AS TEXT), 29, 8)",
        description="Alike for the visits of one visitor, and says nothing else of it.",
    )
    counts: bool = strawberry.field(description="Whether it counts.")
    reason: VisitDoubt | None = strawberry.field(description="Why it does not.")
    visited_at: datetime = strawberry.field(description="When it came first on that day.")
    last_at: datetime = strawberry.field(description="When it came last on that day.")


@strawberry.input(description="That the mini-program was opened by a code.")
class RecordVisitInput:
    scene: str = strawberry.field(description="The scene that it was opened with.")
    device: str | None = strawberry.field(
        default=None, description="What the client calls its device: a random text it keeps, 1 to 100 characters."
    )


@strawberry.type(description="What came of a visit; the same whether it was the first, or counts, or not.")
class RecordVisitPayload(Payload):
    page: str | None = changed("The page that the code leads to; absent for a code that leads nowhere.")


@record_type(VisitPolicyRecord, description="The rules of visits, in one version.", visible=read_by_colleagues)
class VisitPolicy(Node):
    version: int = strawberry.field(description="Rises with every change.")
    window_days: int = strawberry.field(description="How long a touch counts, and a visitor is known.")
    burst_count: int = strawberry.field(description="How many visits to a code from one address count within minutes.")
    burst_minutes: int = strawberry.field(description="Within how many minutes.")
    address_day_count: int = strawberry.field(description="How many visits to a code from one address count in a day.")
    excludes_circle_mates: bool = strawberry.field(
        description="Whether visits of the inviter's circle mates count not."
    )
    created_at: datetime = strawberry.field(description="From when it holds.")


@strawberry.input(description="The whole policy, as a new version from now on.")
class PutVisitPolicyInput:
    expected_version: int = strawberry.field(description="The version that was read; 0 where there was none.")
    reason: str = strawberry.field(description="Why, for the audit.")
    window_days: int = strawberry.field(default=30, description="1 to 90.")
    burst_count: int = strawberry.field(default=20, description="1 to 1000.")
    burst_minutes: int = strawberry.field(default=10, description="1 to 1440.")
    address_day_count: int = strawberry.field(default=30, description="1 to 500.")
    excludes_circle_mates: bool = strawberry.field(default=False, description="Whether circle mates count not.")

    def rules(self) -> VisitRules:
        return VisitRules(**{name: getattr(self, name) for name in VisitRules.__dataclass_fields__})


@strawberry.type(description="What came of putting a policy.")
class PutVisitPolicyPayload(Payload):
    policy: VisitPolicy | None = changed("The version that holds now.")
