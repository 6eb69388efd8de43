"""A check-in: once per member, plan and business day.

The unique key of the database decides who was first, not a look beforehand. What it pays follows from the streak it
makes (`rewards_due`) and is posted in the same transaction, so there is never a check-in without its points.
A make-up and a void change the past: the days are replayed with and without the change, and the difference between
what was due before and after is posted, new rewards and reversals together.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.checkins.card import CardKind, CheckInCard
from models.checkins.feed import feed_group
from models.checkins.plan import CheckInPlan, ContentRule
from models.checkins.plan_version import CheckInPlanVersion
from models.checkins.settlement import SettledDay, reward_moves, settle
from models.checkins.streak import Progress, Streak, rewards_due
from models.eligibility import Due, Eligibility
from models.errors import DomainError, Invalid, bounded_text, picture_address
from models.groups.membership import Membership
from models.idempotency import Once, perform_once
from models.insight.standing import standing_changed
from models.members.member import ACTIVE, Member, MemberNotActive
from models.points.entry import PointEntry, Rule
from models.record import Record
from store.database import violates

CONTENT_MOST = 500


class CheckInKind(StrEnum):
    DAILY = "daily"
    MAKE_UP = "make_up"


class AlreadyCheckedIn(DomainError):
    code = "ALREADY_CHECKED_IN"
    zh = "今天已经签到过了"
    en = "Already checked in for this day."


class CheckInVoided(DomainError):
    code = "CHECK_IN_VOIDED"
    zh = "这一天的签到已被作废，不能重新签到"
    en = "The check-in of this day was voided and cannot be made again."


class CheckInNotOpen(DomainError):
    code = "CHECK_IN_NOT_OPEN"
    zh = "现在不是签到时间"
    en = "Check-in is not open now."


class PlanEnded(DomainError):
    code = "PLAN_ENDED"
    zh = "该签到计划已结束"
    en = "This check-in plan has ended."


class NoMakeUpCard(DomainError):
    code = "NO_MAKE_UP_CARD"
    zh = "没有可用的补签卡"
    en = "You hold no make-up card."


class MakeUpLimitReached(DomainError):
    code = "MAKE_UP_LIMIT_REACHED"
    zh = "本周期最多补签 {most} 次"
    en = "At most {most} make-ups in a cycle."


class DayCannotBeMadeUp(DomainError):
    code = "DAY_CANNOT_BE_MADE_UP"
    zh = "只能补签最近 {days} 天内漏签的日子"
    en = "Only missed days of the last {days} days can be made up."
    field = "day"


class CheckIn(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    plan: fields.ForeignKeyRelation[CheckInPlan] = fields.ForeignKeyField(
        "models.CheckInPlan", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    plan_id: UUID
    plan_version = fields.IntField()
    group_id: UUID | None = fields.UUIDField(null=True, description="The group in whose feed it shows.")
    business_day: date = fields.DateField()
    kind = fields.CharEnumField(CheckInKind, max_length=10, default=CheckInKind.DAILY)
    content = fields.CharField(max_length=CONTENT_MOST, null=True)
    photo_url = fields.CharField(max_length=500, null=True)
    day_index = fields.IntField(description="Which day of its cycle it was, from 1, when it was made.")
    streak_days = fields.IntField(description="The streak that it made.")
    points_paid = fields.IntField()
    voided_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "check_in"
        constraints = (
            UniqueConstraint(fields=("member_id", "plan_id", "business_day"), name="check_in_once_a_day"),
            CheckConstraint(check="points_paid >= 0", name="check_in_never_takes"),
        )
        indexes = (
            Index(fields=("group_id", "created_at", "id"), name="check_in_by_group"),
            Index(fields=("member_id", "created_at", "id"), name="check_in_by_member"),
        )

    @classmethod
    async def record(
        cls,
        member_id: UUID,
        plan: CheckInPlan,
        *,
        at: datetime,
        once: Once | None = None,
        content: str | None = None,
        photo_url: str | None = None,
        group_id: UUID | None = None,
    ) -> Self:
        """Check a member in for the business day of `at` and pay what the plan says.

        Raises `AlreadyCheckedIn` (with the next opening), `CheckInNotOpen`, `PlanEnded`, `NotInPlan`, `Invalid`.
        """

        async def write(id: UUID) -> Self:
            await Member.touch(member_id, at=at, speaks=bool(content or photo_url))
            day = _open_day(plan, at)
            made = cls._made(id, member_id, plan, day, CheckInKind.DAILY, at=at)
            made.content, made.photo_url = _content(plan, content, photo_url), picture_address(photo_url, "photoUrl")
            made.group_id = await feed_group(member_id, plan, group_id)
            if made.group_id and (content or photo_url):
                await Membership.refuse_muted(member_id, made.group_id, at=at)
            before = await Streak.of(member_id, plan.id)
            progress = before.progress if before else Progress()
            if progress.last_day and day < progress.last_day:
                # The clock stepped back over midnight, or the plan's zone was moved: the day lies in the past.
                await made._insert(plan, note="补记", at=at)
            else:
                await made._append(plan, progress, at=at)
            await standing_changed([member_id], at=at)
            return made

        try:
            return await perform_once(once, cls, write, at=at)
        except IntegrityError as error:
            if not violates(error, cls, "check_in_once_a_day"):
                raise
        await cls._refuse_second(member_id, plan, plan.day_of(at))
        raise AlreadyCheckedIn(retry_at=_next_opening(plan, at))

    @classmethod
    async def make_up(cls, member_id: UUID, plan: CheckInPlan, day: date, *, at: datetime, once: Once | None) -> Self:
        """Mend a missed day with a card; streak and cycles are counted anew, and what is due by then is paid.

        Raises `DayCannotBeMadeUp`, `NoMakeUpCard`, `MakeUpLimitReached`, `AlreadyCheckedIn`, `CheckInVoided`,
        `PlanEnded`, `NotInPlan`.
        """

        async def write(id: UUID) -> Self:
            await Member.touch(member_id, at=at)
            made = cls._made(id, member_id, plan, day, CheckInKind.MAKE_UP, at=at)
            made.group_id = await feed_group(member_id, plan)
            joined_on = plan.day_of((await Member.get(id=member_id)).joined_at)
            every = await cls.filter(member_id=member_id, plan_id=plan.id)
            for refusal in make_up_refusals(plan, day, every, joined_on=joined_on, at=at):
                raise refusal
            cards = await CheckInCard.held(member_id, plan.id, CardKind.MAKE_UP, at=at)
            if not cards:
                raise NoMakeUpCard()
            await cards[0].use(day, at=at)
            await made._insert(plan, note="补签", at=at)
            await standing_changed([member_id], at=at)
            return made

        return await perform_once(once, cls, write, at=at)

    @classmethod
    async def eligibility(cls, member_id: UUID, plan: CheckInPlan, *, at: datetime) -> Eligibility:
        """Everything that stands against checking in at `at`, and what it would pay once allowed."""
        day = plan.day_of(at)
        refusals: list[DomainError] = []
        member = await Member.existing(member_id)
        if member.status not in ACTIVE:
            refusals.append(MemberNotActive())
        for check in (feed_group(member_id, plan), cls._refuse_second(member_id, plan, day)):
            try:
                await check
            except DomainError as refusal:
                refusals.append(refusal)
        try:
            _open_day(plan, at)
        except DomainError as refusal:
            refusals.append(refusal)
        streak = await Streak.of(member_id, plan.id)
        progress = streak.progress if streak else Progress()
        if progress.last_day is not None and progress.last_day >= day:
            return Eligibility(refusals)
        cover = await CheckInCard.cover(member_id, plan, progress, day)
        return Eligibility(refusals, rewards_due(progress.advance(day, plan, cover.days), plan))

    async def void(self, *, at: datetime, note: str, staff_id: UUID) -> None:
        """Take the check-in out of the member's days and unwind what hung on it, inside the caller's transaction.

        The card that a made-up day cost goes back to the member; freezes keep protecting the days they were used for.
        Raises `InsufficientPoints` where the member has spent meanwhile what would have to come back.
        """
        plan = await CheckInPlan.get(id=self.plan_id)
        before = await settled_days(plan, await self.standing_days(self.member_id, self.plan_id))
        after = [one for one in before if one.id != self.id]
        await settle(self.member_id, plan, before, after, at=at, note=note, staff_id=staff_id)
        if self.kind is CheckInKind.MAKE_UP:
            await CheckInCard.give_back(self.member_id, self.plan_id, self.business_day)
        self.voided_at = at
        await self.save(update_fields=["voided_at"])
        await standing_changed([self.member_id], at=at)

    async def _append(self, plan: CheckInPlan, progress: Progress, *, at: datetime) -> None:
        """Write a check-in that follows all others, and pay it."""
        covered = await CheckInCard.protect(self.member_id, plan, progress, self.business_day, at=at)
        after = progress.advance(self.business_day, plan, covered)
        due = rewards_due(after, plan)
        self._tell(after, due)
        await self.save(force_create=True)
        await Streak.keep(self.member_id, plan.id, after, at=at)
        moves = reward_moves(self.member_id, f"check_in:{self.id}", due, Rule(plan.id, plan.version))
        await PointEntry.post(moves, at=at)

    async def _insert(self, plan: CheckInPlan, *, note: str, at: datetime) -> None:
        """Write a check-in into the past, and settle what that changes."""
        standing = await self.standing_days(self.member_id, self.plan_id)
        if any(one.business_day == self.business_day for one in standing):
            raise AlreadyCheckedIn(retry_at=None if self.kind is CheckInKind.MAKE_UP else _next_opening(plan, at))
        before = await settled_days(plan, standing)
        mended = SettledDay(self.id, self.business_day, plan, is_made_up=self.kind is CheckInKind.MAKE_UP)
        after = await settle(self.member_id, plan, before, [*before, mended], at=at, note=note)
        self._tell(after[self.id].progress, after[self.id].due)
        await self.save(force_create=True)

    def _tell(self, after: Progress, due: Sequence[Due]) -> None:
        self.day_index, self.streak_days = after.cycle_done, after.current_days
        self.points_paid = sum(one.points for one in due)

    @classmethod
    async def standing_days(cls, member_id: UUID, plan_id: UUID) -> list[Self]:
        """A member's check-ins under a plan that stand, oldest day first."""
        return await cls.filter(member_id=member_id, plan_id=plan_id, voided_at__isnull=True).order_by("business_day")

    @classmethod
    async def days_since(cls, member_id: UUID, plan_id: UUID, first: date) -> set[date]:
        """The days from `first` on for which a member's check-in stands."""
        standing = cls.filter(member_id=member_id, plan_id=plan_id, business_day__gte=first, voided_at__isnull=True)
        return {check_in.business_day for check_in in await standing.only("id", "business_day")}

    @classmethod
    async def _refuse_second(cls, member_id: UUID, plan: CheckInPlan, day: date) -> None:
        earlier = await cls.get_or_none(member_id=member_id, plan_id=plan.id, business_day=day)
        if earlier:
            refusal = CheckInVoided if earlier.voided_at else AlreadyCheckedIn
            raise refusal(retry_at=plan.opens_at(day + timedelta(days=1)))

    @classmethod
    def _made(cls, id: UUID, member_id: UUID, plan: CheckInPlan, day: date, kind: CheckInKind, *, at: datetime) -> Self:
        return cls(
            id=id,
            member_id=member_id,
            plan_id=plan.id,
            plan_version=plan.version,
            business_day=day,
            kind=kind,
            created_at=at,
        )


async def settled_days(plan: CheckInPlan, check_ins: Sequence[CheckIn]) -> list[SettledDay]:
    """Check-ins as they are counted: each by the version of the plan under which it was made."""
    plans = await CheckInPlanVersion.of(plan, {one.plan_version for one in check_ins})
    return [
        SettledDay(
            one.id,
            one.business_day,
            plans.get(one.plan_version, plan),
            is_made_up=one.kind is CheckInKind.MAKE_UP,
        )
        for one in check_ins
    ]


def make_up_refusals(
    plan: CheckInPlan, day: date, check_ins: Sequence[CheckIn], *, joined_on: date, at: datetime
) -> list[DomainError]:
    """What stands against making a day up, cards aside; `check_ins` are all of the member under the plan."""
    today, refusals = plan.day_of(at), list[DomainError]()
    if not plan.is_active:
        refusals.append(PlanEnded())
    is_in_reach = timedelta(0) < today - day <= timedelta(days=plan.make_up_look_back_days)
    is_in_plan = (plan.starts_on is None or day >= plan.starts_on) and (plan.ends_on is None or day <= plan.ends_on)
    if not is_in_reach or not is_in_plan or day < joined_on:
        refusals.append(DayCannotBeMadeUp(days=plan.make_up_look_back_days))
    earlier = next((one for one in check_ins if one.business_day == day), None)
    if earlier:
        refusals.append(CheckInVoided() if earlier.voided_at else AlreadyCheckedIn())
    mended = [one.business_day for one in check_ins if one.kind is CheckInKind.MAKE_UP and not one.voided_at]
    if len(_of_cycle(mended, plan, day)) >= plan.make_up_per_cycle:
        refusals.append(MakeUpLimitReached(most=plan.make_up_per_cycle))
    return refusals


def _of_cycle(days: Sequence[date], plan: CheckInPlan, day: date) -> list[date]:
    """Those of the days that share a cycle with `day`; a rolling one reaches as far to either side."""
    cycle, reach = plan.cycle_start(day), timedelta(days=plan.cycle_days)
    return [one for one in days if (plan.cycle_start(one) == cycle if cycle else abs(one - day) < reach)]


def _next_opening(plan: CheckInPlan, at: datetime) -> datetime:
    return plan.opens_at(plan.day_of(at) + timedelta(days=1))


def _open_day(plan: CheckInPlan, at: datetime) -> date:
    """The business day of `at`, or the refusal where the plan is not open then."""
    day = plan.day_of(at)
    if not plan.is_active or (plan.ends_on and day > plan.ends_on):
        raise PlanEnded()
    if plan.starts_on and day < plan.starts_on:
        raise CheckInNotOpen(retry_at=plan.opens_at(plan.starts_on))
    if at < plan.opens_at(day):
        raise CheckInNotOpen(retry_at=plan.opens_at(day))
    if at >= plan.closes_at(day):
        raise CheckInNotOpen(retry_at=plan.opens_at(day + timedelta(days=1)))
    return day


def _content(plan: CheckInPlan, content: str | None, photo_url: str | None) -> str | None:
    text = bounded_text(content, "content", most=CONTENT_MOST)
    if plan.content_rule is ContentRule.REQUIRED and not photo_url and len(text or "") < max(plan.content_least, 1):
        raise Invalid("content", zh="请写下内容或附上照片", en="words or a photo are needed")
    return text or None
