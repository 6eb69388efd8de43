"""An earning: one payment of an earn rule to a member for one cause.

Whether a member may be paid is read and written while its row is held, so caps are exact however many causes come at
one instant. The cause is unique, so a hook that is called again pays nothing more. Points that wait for a review go to
the member's pending account and are released when their day comes, unless they were taken back before.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.eligibility import Due, Eligibility
from models.errors import DomainError
from models.insight.standing import standing_changed
from models.members.member import ACTIVE, Member, MemberNotActive
from models.points.account import Bucket, Currency, of_member, of_platform
from models.points.earn_rule import Behaviour, EarnRule
from models.points.entry import Move, PointEntry
from models.record import Record
from store.clock import business_day, day_start
from store.database import execute, transaction
from store.settings import settings

RELEASED_AT_ONCE = 200
RELEASE = "release"


class NothingToEarn(DomainError):
    code = "NOTHING_TO_EARN"
    zh = "该行为暂无积分奖励"
    en = "This pays nothing at present."


class EarnCapReached(DomainError):
    code = "EARN_CAP_REACHED"
    zh = "已达到奖励次数上限（{most} 次）"
    en = "This was paid the most it is paid, {most} times."


class EarnCoolingDown(DomainError):
    code = "EARN_COOLING_DOWN"
    zh = "奖励冷却中，请稍后再试"
    en = "This was paid a short while ago."


class Earning(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    rule: fields.ForeignKeyRelation[EarnRule] = fields.ForeignKeyField(
        "models.EarnRule", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    rule_id: UUID
    behaviour = fields.CharEnumField(Behaviour, max_length=40)
    source = fields.CharField(max_length=80, description="The cause, such as `referral:<id>`.")
    amount = fields.BigIntField()
    growth = fields.BigIntField()
    created_at: datetime = fields.DatetimeField()
    release_at: datetime | None = fields.DatetimeField(null=True)
    released_at: datetime | None = fields.DatetimeField(null=True)
    reversed_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "earning"
        constraints = (UniqueConstraint(fields=("member_id", "behaviour", "source"), name="earning_once_per_cause"),)
        indexes = (
            Index(fields=("member_id", "behaviour", "created_at"), name="earning_by_member"),
            Index(fields=("released_at", "release_at"), name="earning_by_release"),
        )

    @classmethod
    async def pay(cls, member_id: UUID, behaviour: Behaviour, source: str, *, at: datetime) -> Self | None:
        """Pay a member for a cause what the rule says, in the caller's transaction or one of its own.

        None where nothing is due: no rule, a limit reached, a member who takes no part, a cause that was paid before.
        It never refuses, so it can hang on any act. It takes the member's row; call it before other rows are taken.
        """
        async with transaction():
            await Member.bump(member_id)
            if await cls.exists(member_id=member_id, behaviour=behaviour, source=source):
                return None
            rule = await EarnRule.current(behaviour)
            if rule is None or await cls._refusals(member_id, rule, at=at):
                return None
            return await cls._paid(member_id, rule, source, at=at)

    @classmethod
    async def eligibility(cls, member_id: UUID, behaviour: Behaviour, *, at: datetime) -> Eligibility:
        """Everything that stands against being paid for a behaviour at `at`, and what it pays."""
        rule = await EarnRule.current(behaviour)
        if rule is None:
            return Eligibility([NothingToEarn()])
        return Eligibility(await cls._refusals(member_id, rule, at=at), [Due(behaviour, rule.amount, rule.growth)])

    @classmethod
    async def _refusals(cls, member_id: UUID, rule: EarnRule, *, at: datetime) -> list[DomainError]:
        refusals: list[DomainError] = []
        member = await Member.existing(member_id)
        if member.status not in ACTIVE:
            refusals.append(MemberNotActive())
        if rule.is_paused or (rule.ends_at and at >= rule.ends_at):
            refusals.append(NothingToEarn())
        if rule.starts_at and at < rule.starts_at:
            refusals.append(NothingToEarn(retry_at=rule.starts_at))
        counted = cls.filter(member_id=member_id, behaviour=rule.behaviour, reversed_at__isnull=True)
        for most, begins_at, ends_at in _caps(rule, at):
            within = counted.filter(created_at__gte=begins_at) if begins_at else counted
            if await within.count() >= most:
                refusals.append(EarnCapReached(most=most, retry_at=ends_at))
        if rule.cooldown_minutes:
            cold_at = await cls._cold_at(member_id, rule)
            if cold_at and at < cold_at:
                refusals.append(EarnCoolingDown(retry_at=cold_at))
        return refusals

    @classmethod
    async def _cold_at(cls, member_id: UUID, rule: EarnRule) -> datetime | None:
        last = await cls.filter(member_id=member_id, behaviour=rule.behaviour).order_by("-created_at").first()
        return last.created_at + timedelta(minutes=rule.cooldown_minutes) if last else None

    @classmethod
    async def _paid(cls, member_id: UUID, rule: EarnRule, source: str, *, at: datetime) -> Self:
        release_at = at + timedelta(days=rule.release_days) if rule.release_days else None
        earning = await cls.create(
            member_id=member_id,
            rule_id=rule.id,
            behaviour=rule.behaviour,
            source=source,
            amount=rule.amount,
            growth=rule.growth,
            created_at=at,
            release_at=release_at,
        )
        await PointEntry.post(earning._moves(rule), at=at)
        await standing_changed([member_id], at=at)
        return earning

    def _moves(self, rule: EarnRule) -> list[Move]:
        """The growth comes at once, the points where the rule says."""
        wanted = ((self.amount, Currency.POINTS, rule.bucket), (self.growth, Currency.GROWTH, Bucket.AVAILABLE))
        return [
            Move(
                debit=of_platform(Bucket.ISSUED, currency),
                credit=of_member(self.member_id, currency, bucket),
                amount=amount,
                reason=self.behaviour,
                source=self.entry_source,
                rule=rule.as_rule,
                available_at=self.release_at if bucket is Bucket.PENDING else None,
            )
            for amount, currency, bucket in wanted
            if amount
        ]

    @property
    def entry_source(self) -> str:
        return f"earning:{self.id}"

    async def release(self, *, at: datetime) -> bool:
        """Make the waiting points spendable; False where that happened before or they were taken back."""
        async with transaction():
            await Member.bump(self.member_id)
            waiting = "released_at IS NULL AND reversed_at IS NULL"
            sql = f"UPDATE earning SET released_at = $1 WHERE id = $2 AND {waiting}"  # noqa: S608 - own text
            if not await execute(sql, at, self.id):
                return False
            pending, available = of_member(self.member_id, bucket=Bucket.PENDING), of_member(self.member_id)
            await PointEntry.post([Move(pending, available, self.amount, RELEASE, self.entry_source)], at=at)
            await standing_changed([self.member_id], at=at)
            return True


async def release_due(*, at: datetime) -> int:
    """Release what has waited long enough, oldest first; returns how many earnings."""
    due = Earning.filter(release_at__lte=at, released_at__isnull=True, reversed_at__isnull=True)
    outcomes = [await one.release(at=at) for one in await due.order_by("release_at", "id").limit(RELEASED_AT_ONCE)]
    return sum(outcomes)


def _caps(rule: EarnRule, at: datetime) -> Iterator[tuple[int, datetime | None, datetime | None]]:
    """Each limit that holds: how many, since when it counts, and when it counts anew, by the brand's days."""
    zone, hour = settings().brand_zone, settings().day_start_hour
    today = business_day(at, zone, hour)
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    windows: list[tuple[int | None, date, date]] = [
        (rule.day_most, today, today + timedelta(days=1)),
        (rule.week_most, monday, monday + timedelta(days=7)),
        (rule.month_most, first, (first + timedelta(days=31)).replace(day=1)),
    ]
    for most, begins_on, ends_on in windows:
        if most is not None:
            yield most, day_start(begins_on, zone, hour), day_start(ends_on, zone, hour)
    if rule.lifetime_most is not None:
        yield rule.lifetime_most, None, None
