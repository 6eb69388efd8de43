"""A gift: points that one member gives another.

They keep the life they have, so passing points on never makes them last. Both members' rows are taken in the order of
their ids before anything is asked, so two who give each other at one instant wait for nobody for ever, and the limits
of a day and a month are exact.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.eligibility import Eligibility
from models.errors import DomainError, Invalid, bounded_text
from models.groups.membership import Membership
from models.idempotency import Once, perform_once
from models.members.member import ACTIVE, Member
from models.points.account import of_member
from models.points.entry import InsufficientPoints, Move, PointEntry
from models.points.gift_policy import GiftPolicy, GiftReach, GiftTerms
from models.points.lot import PointLot
from models.record import Record
from store.brand_day import Windows
from store.database import fetch

GIFT = "gift"
NOTE_MOST = 60


class GiftsClosed(DomainError):
    code = "GIFTS_CLOSED"
    zh = "积分转赠暂未开放"
    en = "Points cannot be given at present."


class GiftToOneself(DomainError):
    code = "GIFT_TO_ONESELF"
    zh = "不能赠送给自己"
    en = "Points cannot be given to oneself."
    field = "receiverId"


class GiftOutOfReach(DomainError):
    code = "GIFT_OUT_OF_REACH"
    zh = "只能赠送给同群的成员"
    en = "Points can be given to members of one's own groups only."
    field = "receiverId"


class GiftReceiverNotActive(DomainError):
    code = "GIFT_RECEIVER_NOT_ACTIVE"
    zh = "对方当前不能接收积分"
    en = "This member cannot be given points at present."
    field = "receiverId"


class GiftLimitReached(DomainError):
    code = "GIFT_LIMIT_REACHED"
    zh = "超出赠送限额，目前还可赠送 {left}"
    en = "This is over the limit of what may be given; {left} are left of it."
    field = "amount"


class GiftReceiverLimitReached(DomainError):
    code = "GIFT_RECEIVER_LIMIT_REACHED"
    zh = "超出对方的接收限额，目前还可接收 {left}"
    en = "This is over the limit of what the other may be given; {left} are left of it."
    field = "amount"


@dataclass(frozen=True)
class Allowance:
    """What a limit leaves of a day or a month, and when it counts anew."""

    left: int
    ends_at: datetime
    refusal: type[DomainError]


@dataclass(frozen=True)
class GiftPreview:
    """Whether a gift can be made, and of how many points; `most` is what all limits and the lots leave."""

    eligibility: Eligibility
    least: int
    most: int


class PointGift(Record):
    sender: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    sender_id: UUID
    receiver: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    receiver_id: UUID
    amount = fields.BigIntField()
    note = fields.CharField(max_length=NOTE_MOST, null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "point_gift"
        constraints = (
            CheckConstraint(check="amount > 0", name="point_gift_gives_something"),
            CheckConstraint(check="sender_id <> receiver_id", name="point_gift_to_another"),
        )
        indexes = (
            Index(fields=("sender_id", "created_at", "id"), name="point_gift_by_sender"),
            Index(fields=("receiver_id", "created_at", "id"), name="point_gift_by_receiver"),
            Index(fields=("created_at", "id"), name="point_gift_by_time"),
        )

    @classmethod
    async def give(
        cls,
        sender_id: UUID,
        receiver_id: UUID,
        amount: int,
        *,
        at: datetime,
        once: Once | None,
        note: str | None = None,
    ) -> Self:
        """Give another member points, those that lapse first.

        Raises `GiftsClosed`, `GiftToOneself`, `GiftOutOfReach`, `GiftReceiverNotActive`, `GiftLimitReached`,
        `GiftReceiverLimitReached`, `Invalid`, `NotFound`, `InsufficientPoints`, `MemberNotActive`, and `MemberMuted`
        where somebody muted adds a note.
        """

        async def write(id: UUID) -> Self:
            words = bounded_text(note, "note", most=NOTE_MOST) or None
            if sender_id == receiver_id:
                raise GiftToOneself()
            for member_id in sorted((sender_id, receiver_id)):
                if member_id == sender_id:
                    await Member.touch(sender_id, at=at, speaks=words is not None)
                else:
                    await Member.bump(receiver_id)
            for refusal in (await cls.preview(sender_id, receiver_id, at=at, amount=amount)).eligibility.refusals:
                raise refusal
            gift = await cls.create(
                id=id, sender_id=sender_id, receiver_id=receiver_id, amount=amount, note=words, created_at=at
            )
            # The ledger is never altered, so words that their writer may have erased stay out of it.
            move = Move(of_member(sender_id), of_member(receiver_id), amount, GIFT, f"gift:{id}")
            await PointEntry.post([move], at=at)
            return gift

        return await perform_once(once, cls, write, at=at)

    @classmethod
    async def preview(
        cls, sender_id: UUID, receiver_id: UUID, *, at: datetime, amount: int | None = None
    ) -> GiftPreview:
        """Everything that stands against a gift, of `amount` or of the least, but the words. Raises `NotFound`."""
        terms = await GiftPolicy.in_force()
        receiver = await Member.existing(receiver_id, field="receiverId")
        refusals: list[DomainError] = [] if terms.is_open else [GiftsClosed()]
        if receiver.status not in ACTIVE:
            refusals.append(GiftReceiverNotActive())
        if sender_id == receiver_id:
            refusals.append(GiftToOneself())
        elif terms.reach is GiftReach.SHARED_GROUP and not await _share_a_group(sender_id, receiver_id):
            refusals.append(GiftOutOfReach())
        wanted = terms.amount_least if amount is None else amount
        if not terms.amount_least <= wanted <= terms.amount_most:
            least, most = terms.amount_least, terms.amount_most
            refusals.append(Invalid("amount", zh=f"每次应为 {least}–{most}", en=f"it must be {least} to {most}"))
        most = terms.amount_most
        for allowance in await cls._allowances(sender_id, receiver_id, terms, at=at):
            most = min(most, allowance.left)
            if wanted > allowance.left:
                refusals.append(allowance.refusal(left=allowance.left, retry_at=allowance.ends_at))
        held = await PointLot.spendable(of_member(sender_id).id, at=at)
        if wanted > held:
            refusals.append(InsufficientPoints(needed=wanted, available=held))
        return GiftPreview(Eligibility(refusals), terms.amount_least, max(min(most, held), 0))

    @classmethod
    async def _allowances(
        cls, sender_id: UUID, receiver_id: UUID, terms: GiftTerms, *, at: datetime
    ) -> list[Allowance]:
        """What each limit that holds leaves, by the brand's days."""
        windows = Windows.at(at)
        found = []
        for column, member_id, day_most, month_most, refusal in (
            ("sender_id", sender_id, terms.sent_day_most, terms.sent_month_most, GiftLimitReached),
            ("receiver_id", receiver_id, terms.received_day_most, terms.received_month_most, GiftReceiverLimitReached),
        ):
            [row] = await fetch(
                "SELECT COALESCE(SUM(amount), 0) AS month, "  # noqa: S608 - own text
                "COALESCE(SUM(CASE WHEN created_at >= $3 THEN amount END), 0) AS day "
                f"FROM point_gift WHERE {column} = $1 AND created_at >= $2",
                member_id,
                windows.month_from,
                windows.day_from,
            )
            if day_most is not None:
                found.append(Allowance(max(day_most - int(row["day"]), 0), windows.day_until, refusal))
            if month_most is not None:
                found.append(Allowance(max(month_most - int(row["month"]), 0), windows.month_until, refusal))
        return found


async def _share_a_group(one: UUID, other: UUID) -> bool:
    own, others = [{place.group_id for place in await Membership.active_groups(each)} for each in (one, other)]
    return not own.isdisjoint(others)
