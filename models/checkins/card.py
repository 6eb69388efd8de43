"""Cards: a make-up card mends a past day, a freeze protects a coming one.

A freeze covers only days that were still to be missed when the member got it; buying one after the miss mends nothing,
and the refusal says so beforehand. Freezes are used by the next check-in, all of a gap or none of it.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q
from tortoise.indexes import Index

from models.checkins.feed import NotInPlan, feed_group
from models.checkins.plan import CheckInPlan
from models.checkins.streak import Progress
from models.errors import DomainError, Invalid, bounded_text
from models.idempotency import Once, perform_once
from models.insight.standing import standing_changed
from models.members.member import Member
from models.points.account import Bucket, of_member, of_platform
from models.points.entry import Move, PointEntry
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from store.clock import day_start


class CardKind(StrEnum):
    MAKE_UP = "make_up"
    FREEZE = "freeze"


class CardSource(StrEnum):
    """How the member came by a card."""

    BOUGHT = "bought"
    EARNED = "earned"
    GRANTED = "granted"


class CardNotSold(DomainError):
    code = "CARD_NOT_SOLD"
    zh = "该签到计划不出售这种卡"
    en = "This plan does not sell such cards."


class CardLimitReached(DomainError):
    code = "CARD_LIMIT_REACHED"
    zh = "最多持有 {most} 张，请先使用"
    en = "At most {most} may be held; use one first."


class CheckInCard(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    plan: fields.ForeignKeyRelation[CheckInPlan] = fields.ForeignKeyField(
        "models.CheckInPlan", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    plan_id: UUID
    kind = fields.CharEnumField(CardKind, max_length=10)
    source = fields.CharEnumField(CardSource, max_length=10)
    acquired_at: datetime = fields.DatetimeField()
    expires_at: datetime | None = fields.DatetimeField(null=True)
    used_at: datetime | None = fields.DatetimeField(null=True)
    used_for: date | None = fields.DateField(null=True, description="The business day that it mended or protected.")

    class Meta:
        table = "check_in_card"
        indexes = (
            Index(fields=("member_id", "plan_id", "kind", "used_for"), name="check_in_card_by_member"),
            Index(fields=("member_id", "acquired_at", "id"), name="check_in_card_by_acquired"),
        )

    @classmethod
    async def buy(cls, member_id: UUID, plan: CheckInPlan, kind: CardKind, *, at: datetime, once: Once | None) -> Self:
        """Buy a card for points, whose price and limit are the plan's.

        Raises `CardNotSold`, `CardLimitReached`, `NotInPlan`, `InsufficientPoints`, `MemberNotActive`.
        """

        async def write(id: UUID) -> Self:
            await Member.touch(member_id, at=at)
            for refusal in await cls.refusals(member_id, plan, kind, at=at):
                raise refusal
            card = await cls.create(
                id=id, member_id=member_id, plan_id=plan.id, kind=kind, source=CardSource.BOUGHT, acquired_at=at
            )
            if price := price_of(plan, kind):
                move = Move(of_member(member_id), of_platform(Bucket.SPENT), price, "card", f"card:{id}")
                await PointEntry.post([move], at=at)
                await standing_changed([member_id], at=at)
            return card

        return await perform_once(once, cls, write, at=at)

    @classmethod
    async def grant(
        cls,
        member_id: UUID,
        plan: CheckInPlan,
        kind: CardKind,
        *,
        reason: str,
        staff_id: UUID,
        at: datetime,
        once: Once | None,
        expires_at: datetime | None = None,
    ) -> Self:
        """Staff give a card, also beyond what a member may hold by buying. Raises `Invalid`, `NotFound`."""

        async def write(id: UUID) -> Self:
            why = bounded_text(reason, "reason", least=1, most=200)
            if expires_at and expires_at <= at:
                raise Invalid("expiresAt", zh="应晚于现在", en="it must lie ahead")
            await Member.hold(member_id)
            member = await Member.existing(member_id, field="memberId")
            card = await cls.create(
                id=id,
                member_id=member.id,
                plan_id=plan.id,
                kind=kind,
                source=CardSource.GRANTED,
                acquired_at=at,
                expires_at=expires_at,
            )
            after = columns_of(card, "member_id", "plan_id", "kind", "expires_at")
            await AuditRow.write(
                staff_id=staff_id,
                action="grant_check_in_card",
                subject=card,
                before=None,
                after=after,
                reason=why,
                at=at,
            )
            return card

        return await perform_once(once, cls, write, at=at)

    @classmethod
    async def hand_out(
        cls, ids: Sequence[UUID], member_id: UUID, plan_id: UUID, kind: CardKind, source: CardSource, *, at: datetime
    ) -> None:
        """Give a member a card for each id in one statement, inside the transaction of what they are given for."""
        await cls.bulk_create(
            cls(id=card_id, member_id=member_id, plan_id=plan_id, kind=kind, source=source, acquired_at=at)
            for card_id in ids
        )

    @classmethod
    async def refusals(cls, member_id: UUID, plan: CheckInPlan, kind: CardKind, *, at: datetime) -> list[DomainError]:
        """What stands against buying a card, the price aside."""
        found: list[DomainError] = []
        if price_of(plan, kind) is None or not plan.is_active:
            found.append(CardNotSold())
        try:
            await feed_group(member_id, plan)
        except NotInPlan as refusal:
            found.append(refusal)
        most = held_most(plan, kind)
        if len(await cls.held(member_id, plan.id, kind, at=at)) >= most:
            found.append(CardLimitReached(most=most))
        return found

    @classmethod
    async def held(cls, member_id: UUID, plan_id: UUID, kind: CardKind, *, at: datetime) -> list[Self]:
        """The cards that can still be used at `at`, the one that expires first in front."""
        unused = cls.filter(member_id=member_id, plan_id=plan_id, kind=kind, used_for__isnull=True)
        cards = await unused.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at)).order_by("acquired_at", "id")
        return sorted(cards, key=lambda card: (card.expires_at is None, card.expires_at or at))

    async def use(self, day: date, *, at: datetime) -> None:
        """Spend the card on a day; the caller holds the member's row."""
        await type(self).filter(id=self.id, used_for__isnull=True).update(used_at=at, used_for=day)

    @classmethod
    async def give_back(cls, member_id: UUID, plan_id: UUID, day: date) -> None:
        """Give a member the card back that mended a day, because the make-up was voided."""
        mended = cls.filter(member_id=member_id, plan_id=plan_id, kind=CardKind.MAKE_UP, used_for=day)
        await mended.update(used_at=None, used_for=None)

    @classmethod
    async def covered_days(cls, member_id: UUID, plan_id: UUID) -> set[date]:
        """The missed days that freezes protected."""
        used = cls.filter(member_id=member_id, plan_id=plan_id, kind=CardKind.FREEZE, used_for__isnull=False)
        return {card.used_for for card in await used if card.used_for}

    @classmethod
    async def protect(
        cls, member_id: UUID, plan: CheckInPlan, progress: Progress, day: date, *, at: datetime
    ) -> Set[date]:
        """Use freezes for the days missed before `day`, if they cover the whole gap; returns all protected days."""
        cover = await cls.cover(member_id, plan, progress, day)
        for card, lost in cover.wanted:
            await card.use(lost, at=at)
        return cover.days

    @classmethod
    async def cover(cls, member_id: UUID, plan: CheckInPlan, progress: Progress, day: date) -> "Cover":
        """How freezes would protect the days missed before `day`, were the member to check in then."""
        missed = progress.missed(day)
        if not missed:
            return Cover(frozenset())
        done = missed & await cls.covered_days(member_id, plan.id)
        needed = sorted(missed - done)[plan.grace_days :]
        if not needed or len(missed) > plan.freeze_gap_most + plan.grace_days:
            return Cover(done)
        unused = cls.filter(member_id=member_id, plan_id=plan.id, kind=CardKind.FREEZE, used_for__isnull=True)
        return Cover(done, _matched(await unused.order_by("acquired_at", "id"), needed, plan))


@dataclass(frozen=True)
class Cover:
    """The days of a gap that freezes protected before, and which unused card each of the others wants.

    `wanted` is empty where the cards do not close the gap: then none is used.
    """

    done: Set[date]
    wanted: Sequence[tuple[CheckInCard, date]] = ()

    @property
    def days(self) -> Set[date]:
        return self.done | {day for _, day in self.wanted}


def price_of(plan: CheckInPlan, kind: CardKind) -> int | None:
    """Points for a card; None where none is sold."""
    return plan.make_up_price if kind is CardKind.MAKE_UP else plan.freeze_price


def held_most(plan: CheckInPlan, kind: CardKind) -> int:
    return int(plan.make_up_held_most if kind is CardKind.MAKE_UP else plan.freeze_held_most)


def _matched(
    cards: Sequence[CheckInCard], days: Sequence[date], plan: CheckInPlan
) -> Sequence[tuple[CheckInCard, date]]:
    """A card for each day, held and good when the day ended; the one that expires first is used first."""
    unused = sorted(cards, key=lambda card: (card.expires_at is None, card.expires_at or card.acquired_at))
    pairs = []
    for day in days:
        ends_at = day_start(day + timedelta(days=1), plan.zone, plan.day_start_hour)
        good = (
            card
            for card in unused
            if card.acquired_at < ends_at and (card.expires_at is None or card.expires_at >= ends_at)
        )
        card = next(good, None)
        if card is None:
            return ()
        unused.remove(card)
        pairs.append((card, day))
    return pairs
