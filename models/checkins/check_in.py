"""A check-in: once per member, plan and business day.

The unique key of the database decides who was first, not a look beforehand. What it pays follows from the streak it
makes (`rewards_due`) and is posted in the same transaction, so there is never a check-in without its points.
A make-up and a void change the past: the days are replayed with and without the change, and the difference between
what was due before and after is posted, new rewards and reversals together.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.checkins.card import CardKind, CheckInCard
from models.checkins.feed import chosen_group, feed_group
from models.checkins.just_made import JustMade
from models.checkins.make_up import NoMakeUpCard, make_up_refusals
from models.checkins.opening import AlreadyCheckedIn, CheckInVoided, next_opening, open_day
from models.checkins.plan import CheckInPlan, ContentRule
from models.checkins.plan_version import CheckInPlanVersion
from models.checkins.settlement import SettledDay, reward_moves, settle
from models.checkins.starting_point import StartingPoint
from models.checkins.streak import Progress, Streak, rewards_due
from models.eligibility import Due
from models.errors import Invalid, NotFound, bounded_text, picture_address
from models.groups.membership import Membership
from models.idempotency import Once, perform_at_once, perform_claiming, perform_once
from models.insight.standing import standing_changed, standing_noted
from models.members.member import Member
from models.points.account import Balance
from models.points.behaviour import Behaviour, Fact
from models.points.earning import Earning
from models.points.entry import PointEntry, Rule
from models.record import Record
from models.spread.invite_stage import stage_reached, stage_undone
from models.spread.invite_stage_name import InviteStage
from store.database import run_logged, violates
from store.together import Overtaken, Write, insertion, write_as_one

CONTENT_MOST = 500

_COLUMNS = (
    *("id", "member_id", "plan_id", "plan_version", "group_id", "business_day", "kind", "content", "photo_url"),
    *("day_index", "streak_days", "points_paid", "voided_at", "created_at"),
)
_INSERT = insertion("check_in", _COLUMNS)
_EMPTY: dict[str, object] = dict.fromkeys(_COLUMNS)
_values = attrgetter(*_COLUMNS)


class CheckInKind(StrEnum):
    DAILY = "daily"
    MAKE_UP = "make_up"


class CheckIn(Record):
    just_made: JustMade | None = None
    """Absent where a check-in was read, or changed the past."""

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
        speaks = bool(content or photo_url)

        async def begun(id: UUID, start: StartingPoint) -> Self:
            made: Self = cls._made(id, member_id, plan, open_day(plan, at), CheckInKind.DAILY, at=at)
            made.content, made.photo_url = _content(plan, content, photo_url), picture_address(photo_url, "photoUrl")
            made.group_id = chosen_group(start.places, plan, group_id)
            if made.group_id and made.group_id in start.muted_group_ids and speaks:
                await Membership.refuse_muted(member_id, made.group_id, at=at)
            return made

        async def act(id: UUID, claim: Sequence[Write]) -> Self:
            start = await StartingPoint.take(member_id, plan.id, at=at, speaks=speaks, beside=claim)
            made: Self = await begun(id, start)
            if start.progress.last_day and made.business_day < start.progress.last_day:
                # The clock stepped back over midnight, or the plan's zone was moved: the day lies in the past.
                await made._insert(plan, note="补记", at=at)
            else:
                await made._append(plan, start, at=at)
            await made._beside(plan, start, at=at)
            return made

        async def at_once(id: UUID, claim: Sequence[Write]) -> Self:
            start, held = await StartingPoint.look(member_id, plan.id, at=at, speaks=speaks)
            made: Self = await begun(id, start)
            await made._append_at_once(plan, start, held, claim, at=at)
            return made

        try:
            found = await perform_at_once(once, cls, at_once, at=at)
            return found or await perform_claiming(once, cls, act, at=at)
        except IntegrityError as error:
            if not violates(error, cls, "check_in_once_a_day"):
                raise
        await cls.refuse_second(member_id, plan, plan.day_of(at))
        raise AlreadyCheckedIn(retry_at=next_opening(plan, at))

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
            return made

        return await perform_once(once, cls, write, at=at)

    @property
    def source(self) -> str:
        return f"check_in:{self.id}"

    @property
    def is_made_up(self) -> bool:
        return self.kind is CheckInKind.MAKE_UP

    async def void(self, *, at: datetime, note: str, staff_id: UUID) -> None:
        """Take the check-in out of the member's days and unwind what hung on it, inside the caller's transaction.

        The card that a made-up day cost goes back to the member; freezes keep protecting the days they were used for.
        Raises `InsufficientPoints` where the member has spent meanwhile what would have to come back.
        """
        plan = await CheckInPlan.get(id=self.plan_id)
        before = await settled_days(plan, await self.standing_days(self.member_id, self.plan_id))
        after = [one for one in before if one.id != self.id]
        await settle(self.member_id, plan, before, after, at=at, note=note, staff_id=staff_id)
        await Earning.take_back(self.member_id, Behaviour.CHECKED_IN, self.source, at=at, note=note, staff_id=staff_id)
        if self.is_made_up:
            await CheckInCard.give_back(self.member_id, self.plan_id, self.business_day)
        self.voided_at = at
        await self.save(update_fields=["voided_at"])
        if plan.is_default and not after:
            await stage_undone(self.member_id, InviteStage.FIRST_CHECK_IN, at=at, note=note, staff_id=staff_id)
        await standing_changed([self.member_id], at=at)

    async def _append(self, plan: CheckInPlan, start: StartingPoint, *, at: datetime) -> None:
        """Write a check-in that follows all others, and pay it."""
        covered = await CheckInCard.protect(self.member_id, plan, start.progress, self.business_day, at=at)
        after = start.progress.advance(self.business_day, plan, covered)
        due = rewards_due(after, plan)
        self._tell(after, due)
        moves = reward_moves(self.member_id, f"check_in:{self.id}", due, Rule(plan.id, plan.version))
        posting = await PointEntry.book(moves, at=at)
        writes = [self._written(), Streak.kept(self.member_id, plan.id, after, at=at), *posting.writes]
        await standing_changed([self.member_id], at=at, beside=writes)
        self.just_made = JustMade(start.member_row, after, posting)

    async def _append_at_once(
        self,
        plan: CheckInPlan,
        start: StartingPoint,
        held: Mapping[UUID, Balance],
        claim: Sequence[Write],
        *,
        at: datetime,
    ) -> None:
        """As `_append`, as one statement and without having taken the member's row.

        Raises `Overtaken` where the member has changed meanwhile, or more has to be done than that.
        """
        if start.progress.last_day and self.business_day - start.progress.last_day != timedelta(days=1):
            raise Overtaken  # Days were missed, for which there may be freezes, or it lies in the past.
        if start.has_bonus or (start.has_waiting_inviter and plan.is_default):
            raise Overtaken
        after = start.progress.advance(self.business_day, plan)
        due = rewards_due(after, plan)
        self._tell(after, due)
        moves = reward_moves(self.member_id, f"check_in:{self.id}", due, Rule(plan.id, plan.version))
        foreseen, noted = await PointEntry.foreseen(moves, held, at=at), standing_noted([self.member_id], at=at)
        if foreseen is None or noted is None:
            raise Overtaken
        posting, accounts = foreseen
        streak = Streak.kept(self.member_id, plan.id, after, at=at)
        writes = [*claim, self._written(), streak, *posting.writes, noted.write]
        await write_as_one([Member.seen(start.member_row, at=at), accounts], writes)
        touched = {**start.member_row, "version": start.member_row["version"] + 1, "last_active_at": at}
        self.just_made = JustMade(touched, after, posting)
        await run_logged(noted.apply)

    async def _beside(self, plan: CheckInPlan, start: StartingPoint, *, at: datetime) -> None:
        """Pay what hangs on a check-in beside its plan: a bonus by an earn rule, and the inviter for the first one."""
        if start.has_bonus:
            facts: dict[str, int] = {Fact.STREAK_DAYS: self.streak_days, Fact.CYCLE_DAY: self.day_index}
            bonus = await Earning.pay(self.member_id, Behaviour.CHECKED_IN, self.source, at=at, facts=facts)
            if bonus:
                self.just_made = None  # Balances have moved on since.
        if start.has_waiting_inviter and plan.is_default:
            await stage_reached(self.member_id, Behaviour.INVITE_FIRST_CHECK_IN, at=at)

    async def _insert(self, plan: CheckInPlan, *, note: str, at: datetime) -> None:
        """Write a check-in into the past, and settle what that changes."""
        standing = await self.standing_days(self.member_id, self.plan_id)
        if any(one.business_day == self.business_day for one in standing):
            raise AlreadyCheckedIn(retry_at=None if self.is_made_up else next_opening(plan, at))
        before = await settled_days(plan, standing)
        mended = SettledDay(self.id, self.business_day, plan, is_made_up=self.is_made_up)
        after = await settle(self.member_id, plan, before, [*before, mended], at=at, note=note)
        self._tell(after[self.id].progress, after[self.id].due)
        await standing_changed([self.member_id], at=at, beside=[self._written()])

    def _written(self) -> Write:
        return Write(_INSERT, _values(self))

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
    async def default_days(cls, member_id: UUID, *, since: datetime, at: datetime) -> list[date]:
        """The days of the default plan, from that of `since` to that of `at`, on which a member itself checked in.

        A day that was made up afterwards is none of them; without a plan there are none.
        """
        try:
            plan = await CheckInPlan.chosen(None)
        except NotFound:
            return []
        days = plan.day_of(since), plan.day_of(at)
        kept = cls.filter(member_id=member_id, plan_id=plan.id, business_day__gte=days[0], business_day__lte=days[1])
        standing = kept.filter(kind=CheckInKind.DAILY, voided_at__isnull=True).order_by("business_day")
        return [check_in.business_day for check_in in await standing.only("id", "business_day")]

    @classmethod
    async def is_done_today(cls, member_id: UUID, *, at: datetime) -> bool:
        """Whether a member has checked in under the default plan on its day of `at`."""
        return bool(await cls.default_days(member_id, since=at, at=at))

    @classmethod
    async def refuse_second(cls, member_id: UUID, plan: CheckInPlan, day: date) -> None:
        """Raise `AlreadyCheckedIn` or `CheckInVoided` where the day has a check-in."""
        earlier = await cls.get_or_none(member_id=member_id, plan_id=plan.id, business_day=day)
        if earlier:
            refusal = CheckInVoided if earlier.voided_at else AlreadyCheckedIn
            raise refusal(retry_at=plan.opens_at(day + timedelta(days=1)))

    @classmethod
    def _made(cls, id: UUID, member_id: UUID, plan: CheckInPlan, day: date, kind: CheckInKind, *, at: datetime) -> Self:
        known: dict[str, object] = {"id": id, "member_id": member_id, "plan_id": plan.id, "plan_version": plan.version}
        counts = {"day_index": 0, "streak_days": 0, "points_paid": 0}
        return cls.from_row(_EMPTY | known | counts | {"business_day": day, "kind": kind, "created_at": at})


async def settled_days(plan: CheckInPlan, check_ins: Sequence[CheckIn]) -> list[SettledDay]:
    """Check-ins as they are counted: each by the version of the plan under which it was made."""
    plans = await CheckInPlanVersion.of(plan, {one.plan_version for one in check_ins})
    return [
        SettledDay(
            one.id,
            one.business_day,
            plans.get(one.plan_version, plan),
            is_made_up=one.is_made_up,
        )
        for one in check_ins
    ]


def _content(plan: CheckInPlan, content: str | None, photo_url: str | None) -> str | None:
    text = bounded_text(content, "content", most=CONTENT_MOST)
    if plan.content_rule is ContentRule.REQUIRED and not photo_url and len(text or "") < max(plan.content_least, 1):
        raise Invalid("content", zh="请写下内容或附上照片", en="words or a photo are needed")
    return text or None
