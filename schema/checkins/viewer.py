"""What a member can see of its own check-ins."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

import strawberry
from strawberry import Info

from engine.declare import Connection, batch, computed, connection, many
from models.checkins.card import CheckInCard as CheckInCardRecord
from models.checkins.check_in import CheckIn as CheckInRecord
from models.checkins.current_streak import STREAK_STANDING, current_streak, current_streaks
from models.checkins.streak import Streak as StreakRecord
from models.members.member import Member as MemberRecord
from schema.checkins.card import CheckInCard
from schema.checkins.check_in import STANDING, CheckIn
from schema.checkins.plan import chosen_plan
from schema.checkins.streak import Streak

MAP_DAYS_MOST = 366
MapDays = Annotated[int, strawberry.argument(description="How many days back from today, 1 to 366.")]


async def streaks_of(members: Sequence[MemberRecord], context: Any) -> list[int]:
    """The streaks of members under the default plan, in their order."""
    return [await _streak_of(member, context) for member in members]


async def _streak_of(member: MemberRecord, context: Any) -> int:
    """What an act has just made known, else what was read beside the member's row, else what is read now."""
    known: int | None = getattr(member, "known_streak_days", None)
    if known is not None:
        return known
    standing: str | None = getattr(member, "streak_standing", None)
    if standing is not None:
        return await current_streak(member.id, standing, at=context.at)
    [found] = await current_streaks([member.id], at=context.at)
    return found


@strawberry.type
class CheckInViewer:
    streaks: list[Streak] = many(
        StreakRecord, "member_id", order=("-updated_at", "-id"), bound=20, description="The caller's streaks, by plan."
    )
    check_ins: Connection[CheckIn] = connection(
        CheckInRecord,
        "member_id",
        order=("-created_at", "-id"),
        where=STANDING,
        description="The caller's check-ins that stand, newest first.",
    )

    check_in_cards: Connection[CheckInCard] = connection(
        CheckInCardRecord,
        "member_id",
        order=("-acquired_at", "-id"),
        description="The caller's make-up cards and freezes, used ones too, newest first.",
    )

    @computed(needs=("id",), description="Whether the caller has checked in today under the default plan.")
    async def has_checked_in(self: Any, info: Info) -> bool:
        plan = await chosen_plan(info)
        today = CheckInRecord.filter(member_id=self.id, plan_id=plan.id, business_day=plan.day_of(info.context.at))
        return await today.filter(voided_at__isnull=True).exists()

    streak_days: int = batch(
        streaks_of,
        needs=("id",),
        reads={"streak_standing": STREAK_STANDING},
        description="The caller's streak under the default plan; 0 where it was broken.",
    )

    @computed(needs=("id",), description="A letter for each of the last days, oldest first: `1` checked in, `0` not.")
    async def check_in_map(self: Any, info: Info, days: MapDays = 365) -> str:
        plan = await chosen_plan(info)
        today = plan.day_of(info.context.at)
        first = today - timedelta(days=max(1, min(days, MAP_DAYS_MOST)) - 1)
        done = await CheckInRecord.days_since(self.id, plan.id, first)
        return "".join("1" if first + timedelta(days=n) in done else "0" for n in range((today - first).days + 1))
