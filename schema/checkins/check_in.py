"""Check-ins in the contract."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from auth.caller import CallerKind
from auth.scope import members_in_scope
from engine.declare import Node, computed, mirrored, one, record_type
from engine.relation import NO_ROW, Condition, One
from models.checkins.check_in import CheckIn as CheckInRecord
from models.checkins.check_in import CheckInKind
from models.checkins.plan import CheckInPlan as CheckInPlanRecord
from models.checkins.streak import Progress, rewards_due
from models.checkins.streak import Streak as StreakRecord
from models.groups.group import Group as GroupRecord
from models.members.member import Member as MemberRecord
from models.points.entry import PointEntry as PointEntryRecord
from models.spread.daily_brief import DailyBrief as DailyBriefRecord
from models.staff.right import StaffRight
from schema.checkins.plan import CheckInPlan
from schema.eligibility import RewardPreview
from schema.enums import publish
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.points.entry import PointEntry

if TYPE_CHECKING:
    from auth.context import Context
    from schema.groups.group import Group
    from schema.spread.daily_brief import DailyBrief
    from schema.viewer import Viewer

publish(
    CheckInKind,
    "Whether a check-in was made on its day.",
    daily="On its day.",
    make_up="Later, with a make-up card.",
)

STANDING = Condition("{row}.voided_at IS NULL")
_ONE_DAY = timedelta(days=1)
_MADE_BY, _UNDER = One(MemberRecord, "member_id"), One(CheckInPlanRecord, "plan_id")


def _seen_by(context: "Context") -> Condition:
    """A member sees its own and those of the groups it belongs to; staff those of the members in their scope."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition(
            "{row}.member_id = ? OR {row}.voided_at IS NULL AND EXISTS "
            "(SELECT 1 FROM membership v WHERE v.group_id = {row}.group_id AND v.member_id = ?)",
            (context.caller.id, context.caller.id),
        )
    return members_in_scope(context, "member_id") if context.caller.may(StaffRight.CHECKINS_READ) else NO_ROW


@record_type(CheckInRecord, description="One member's check-in for one business day.", visible=_seen_by)
class CheckIn(Node):
    member: Member = one(MemberRecord, "member_id", description="Who checked in.")
    plan: CheckInPlan = one(CheckInPlanRecord, "plan_id", description="Under which plan.")
    group: Annotated["Group", strawberry.lazy("schema.groups.group")] | None = one(
        GroupRecord, "group_id", description="The group in whose feed it shows."
    )
    business_day: date = strawberry.field(description="The day it counts for, in the plan's zone.")
    kind: CheckInKind = strawberry.field(description="Whether it was made on its day or made up later.")
    content: str | None = strawberry.field(description="What the member wrote.")
    photo_url: str | None = strawberry.field(description="The photo the member added.")
    day_index: int = strawberry.field(description="Which day of its cycle it was, from 1.")
    streak_days: int = strawberry.field(description="The streak that it made.")
    points_paid: int = strawberry.field(description="Points that it paid in all.")
    created_at: datetime = strawberry.field(description="When it was made.")
    voided_at: datetime | None = strawberry.field(description="When staff took it back.")


@strawberry.input(description="A check-in for today.")
class CheckInInput:
    idempotency_key: str = strawberry.field(
        description="Made by the client and kept until it has an answer; the same key never pays twice."
    )
    plan_id: strawberry.ID | None = strawberry.field(default=None, description="The plan; the default one if absent.")
    group_id: strawberry.ID | None = strawberry.field(
        default=None, description="The group in whose feed it shows; the member's first if absent."
    )
    content: str | None = strawberry.field(default=None, description="Some words, up to 500 characters.")
    photo_url: str | None = strawberry.field(default=None, description="Address of an uploaded photo.")


@strawberry.type(description="What a check-in brought, and what comes next.")
class CheckInPayload(Payload):
    check_in: CheckIn | None = changed("The check-in.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")

    @computed(description="The caller after it: points, streak and places on boards.")
    async def viewer(self: Any, info: strawberry.Info) -> Annotated["Viewer", strawberry.lazy("schema.viewer")] | None:
        return await info.context.loads.one(_MADE_BY, self.check_in) if self.check_in else None

    @computed(description="What was paid, each line with the version of the rule that paid it.")
    async def entries(self: Any) -> list[PointEntry] | None:
        made: CheckInRecord | None = self.check_in
        if made is None:
            return None
        if made.just_made:
            return list(mirrored(made.just_made.entries))
        return list(mirrored(await PointEntryRecord.standing_of(made.member_id, f"check_in:{made.id}")))

    @computed(description="The brief of the member's circle for the day.")
    async def daily_brief(
        self: Any,
    ) -> Annotated["DailyBrief", strawberry.lazy("schema.spread.daily_brief")] | None:
        if self.check_in is None:
            return None
        brief = await DailyBriefRecord.for_member(self.check_in.member_id, self.check_in.business_day)
        found: DailyBrief | None = mirrored(brief)
        return found

    @computed(description="When the next check-in opens.")
    async def next_at(self: Any, info: strawberry.Info) -> datetime | None:
        if self.check_in is None:
            return None
        plan: CheckInPlanRecord = await info.context.loads.one(_UNDER, self.check_in)
        return plan.opens_at(plan.day_of(self.check_in.created_at) + _ONE_DAY)

    @computed(description="What checking in on the next day will pay.")
    async def next_rewards(self: Any, info: strawberry.Info) -> list[RewardPreview] | None:
        made: CheckInRecord | None = self.check_in
        if made is None:
            return None
        plan: CheckInPlanRecord = await info.context.loads.one(_UNDER, made)
        progress = made.just_made.progress if made.just_made else await _progress(made)
        tomorrow = plan.day_of(made.created_at) + _ONE_DAY
        return [RewardPreview.of(due) for due in rewards_due(progress.advance(tomorrow, plan), plan)]


async def _progress(made: CheckInRecord) -> Progress:
    streak = await StreakRecord.of(made.member_id, made.plan_id)
    return streak.progress if streak else Progress()
