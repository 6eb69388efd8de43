"""A claim: a prize that somebody has to hand over. It waits for its winner until a deadline, and then for staff.

Each step is one conditional statement on the state, so a claim at the deadline and the job that takes unclaimed prizes
back can meet, and one of them wins. What was not claimed goes back into the stock, or to the next alternate of a
scheduled draw, exactly once.
"""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Self
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, NotFound, bounded_text
from models.mall.order_address import AddressNeeded, OrderAddress
from models.members.member import Member
from models.play.draw_prize import DrawPrize
from models.play.draw_terms import PrizeKind
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from store.database import execute, transaction

if TYPE_CHECKING:
    from models.play.draw import Draw

NOTE_MOST = 300
CODE_MOST = 100


class ClaimState(StrEnum):
    """What has become of a prize that is handed over."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    FULFILLED = "fulfilled"
    EXPIRED = "expired"
    VOIDED = "voided"


class ClaimExpired(DomainError):
    code = "CLAIM_EXPIRED"
    zh = "已超过领取期限"
    en = "The time to claim this prize is over."


class ClaimNotOpen(DomainError):
    code = "CLAIM_NOT_OPEN"
    zh = "该奖品当前不能进行此操作"
    en = "This prize is not at that step."


class PrizeClaim(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    draw: fields.ForeignKeyRelation["Draw"] = fields.ForeignKeyField(
        "models.Draw", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    draw_id: UUID
    prize: fields.ForeignKeyRelation[DrawPrize] = fields.ForeignKeyField(
        "models.DrawPrize", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    prize_id: UUID
    result_id: UUID = fields.UUIDField(description="The result that won it.")
    prize_number: int | None = fields.IntField(null=True, description="Which piece of the stock; absent: unlimited.")
    state = fields.CharEnumField(ClaimState, max_length=10, default=ClaimState.WAITING)
    expires_at: datetime | None = fields.DatetimeField(null=True)
    note = fields.CharField(max_length=NOTE_MOST, null=True, description="Where to and how, in the winner's words.")
    address_id: UUID | None = fields.UUIDField(null=True, description="Of the winner's book; its text is copied.")
    code = fields.CharField(max_length=CODE_MOST, null=True, description="A coupon's code or a parcel's number.")
    staff_id: UUID | None = fields.UUIDField(null=True, description="Who handed it over.")
    created_at: datetime = fields.DatetimeField()
    claimed_at: datetime | None = fields.DatetimeField(null=True)
    fulfilled_at: datetime | None = fields.DatetimeField(null=True)
    closed_at: datetime | None = fields.DatetimeField(null=True, description="When it ran out or was voided.")

    class Meta:
        table = "prize_claim"
        constraints = (UniqueConstraint(fields=("result_id",), name="prize_claim_once_per_result"),)
        indexes = (
            Index(fields=("member_id", "created_at", "id"), name="prize_claim_by_member"),
            Index(fields=("state", "expires_at"), name="prize_claim_by_state"),
            Index(fields=("draw_id", "state", "id"), name="prize_claim_by_draw"),
        )

    @classmethod
    async def claim(
        cls, member_id: UUID, id: UUID, *, note: str | None, at: datetime, address_id: UUID | None = None
    ) -> Self:
        """The winner asks for the prize; asking again in the same words changes nothing.

        An address of its book is copied, as for an order: the prize goes where it was then.
        A thing needs an address, or a word where else it goes. Raises `AddressNeeded`, `ClaimExpired`, `ClaimNotOpen`,
        `Invalid`, `NotFound`, `MemberNotActive`.
        """
        asked = {"note": bounded_text(note, "note", most=NOTE_MOST) or None, "address_id": address_id}
        async with transaction():
            await Member.touch(member_id, at=at)
            in_time = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
            waiting = cls.filter(in_time, id=id, member_id=member_id, state=ClaimState.WAITING)
            is_asked = await waiting.update(state=ClaimState.CLAIMED, claimed_at=at, **asked)
            found = await cls.get_or_none(id=id, member_id=member_id)
            if found is None:
                raise NotFound(field="claimId")
            if is_asked and not any(asked.values()):
                await found._refuse_nowhere()
            if is_asked and address_id:
                await OrderAddress.keep(id, member_id, await OrderAddress.chosen(member_id, address_id))
            if is_asked or (found.state is ClaimState.CLAIMED and columns_of(found, *asked) == asked):
                return found
            is_late = found.state in (ClaimState.WAITING, ClaimState.EXPIRED)
            raise ClaimExpired() if is_late else ClaimNotOpen()

    @classmethod
    async def fulfil(cls, id: UUID, *, code: str | None, reason: str | None, staff_id: UUID, at: datetime) -> Self:
        """Staff have handed over what was claimed; saying so again in the same words changes nothing.

        Raises `ClaimNotOpen`, `Invalid`, `NotFound`.
        """
        given = bounded_text(code, "code", most=CODE_MOST) or None
        async with transaction():
            claim = await cls.existing(id, field="claimId")
            await Member.hold(claim.member_id)
            claimed = cls.filter(id=id, state=ClaimState.CLAIMED)
            is_given = await claimed.update(state=ClaimState.FULFILLED, code=given, staff_id=staff_id, fulfilled_at=at)
            done = await cls.get(id=id)
            if not is_given:
                if done.state is ClaimState.FULFILLED and done.code == given:
                    return done
                raise ClaimNotOpen()
            await AuditRow.write(
                staff_id=staff_id,
                action="fulfil_prize_claim",
                subject=done,
                before=columns_of(claim, "state"),
                after=columns_of(done, "state", "member_id", "prize_id"),
                reason=reason,
                at=at,
            )
            return done

    async def _refuse_nowhere(self) -> None:
        """Raise `AddressNeeded` where the prize is a thing, which goes somewhere."""
        if (await DrawPrize.get(id=self.prize_id)).kind is PrizeKind.GOOD:
            raise AddressNeeded()

    async def expire(self, *, at: datetime) -> bool:
        """Close an unclaimed prize inside the caller's transaction; False where somebody was faster."""
        sql = "UPDATE prize_claim SET state = 'expired', closed_at = $1 WHERE id = $2 AND state = 'waiting'"
        return await execute(sql, at, self.id) == 1

    async def void(self, *, at: datetime) -> bool:
        """Take back a prize that was not handed over, because its draw is void; False where it was, or is closed."""
        sql = (
            "UPDATE prize_claim SET state = 'voided', closed_at = $1 WHERE id = $2 AND state IN ('waiting', 'claimed')"
        )
        return await execute(sql, at, self.id) == 1
