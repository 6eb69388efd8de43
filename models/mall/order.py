"""An order: one SKU, so many pieces, for points and maybe cash.

It is placed in one transaction, in the order in which locks are taken: the member's row, a circle's share, the SKU, the
accounts. Limits are counted while the member's row is held; stock and points are taken by statements that decide by
themselves. So whatever comes at one instant, an order has its pieces and its points, or nothing was written at all.

The facts that it was placed under (names, prices, terms) are copied: what staff say of the good later does not change
it. `due_at` is when it moves on by itself; every change of state is a row of `OrderChange`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.actor import SYSTEM, Actor
from models.errors import DomainError, Invalid, NotFound, bounded_text
from models.idempotency import Once, perform_claiming
from models.insight.standing import standing_changed
from models.mall.circle_share import CircleShare
from models.mall.delivery import HandedOver, delivery_of
from models.mall.good import Good, GoodKind, Lapse
from models.mall.good_code import GoodCode
from models.mall.order_address import OrderAddress
from models.mall.order_change import OrderChange
from models.mall.order_number import new_number
from models.mall.order_status import OrderStatus
from models.mall.portion import Portion
from models.mall.shopper import Shopper
from models.mall.sku import Counted, Sku
from models.members.member import Member
from models.points.account import AccountKey, Bucket, of_member, of_platform
from models.points.entry import Move, PointEntry
from models.points.hold import PointHold
from models.record import Record
from models.spread.invite_stage import purchased
from store.together import Write, insertion, write

QUANTITY_MOST = 1_000
NOTE_MOST = 100
SPENT: AccountKey = of_platform(Bucket.SPENT)
TERMS = ("is_cancellable", "receive_days", "after_sale_days", "pick_up_days", "pick_up_lapse", "target_id")
"""What an order keeps of its good beside names and prices."""


class PriceChanged(DomainError):
    code = "PRICE_CHANGED"
    zh = "价格已变为 {points} 积分，请确认后重新提交"
    en = "The price is {points} points now; confirm it and order again."
    field = "expectedPoints"


class OrderStateConflict(DomainError):
    code = "ORDER_STATE_CONFLICT"
    zh = "订单当前状态不支持此操作，请刷新后查看"
    en = "This cannot be done with an order that is {status}."


class Order(Record):
    number = fields.CharField(max_length=20, description="What people call it by.")
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    good: fields.ForeignKeyRelation[Good] = fields.ForeignKeyField(
        "models.Good", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    good_id: UUID
    sku: fields.ForeignKeyRelation[Sku] = fields.ForeignKeyField(
        "models.Sku", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    sku_id: UUID
    circle_id: UUID | None = fields.UUIDField(null=True, description="The circle of whose share it takes.")
    status = fields.CharEnumField(OrderStatus, max_length=20)
    kind = fields.CharEnumField(GoodKind, max_length=10)
    good_name = fields.CharField(max_length=60)
    sku_name = fields.CharField(max_length=40)
    picture_url = fields.CharField(max_length=500, null=True)
    quantity = fields.IntField()
    unit_points = fields.BigIntField()
    points = fields.BigIntField(description="In all.")
    cash_minor = fields.BigIntField(description="In all, in minor units.")
    debit_entry_id: UUID | None = fields.UUIDField(null=True, description="The line that took the member's points.")
    refunded_points = fields.BigIntField(default=0)
    refunded_cash_minor = fields.BigIntField(default=0)
    returned_quantity = fields.IntField(default=0)
    is_cancellable = fields.BooleanField()
    receive_days = fields.IntField()
    after_sale_days = fields.IntField()
    pick_up_days: int | None = fields.IntField(null=True)
    pick_up_lapse = fields.CharEnumField(Lapse, max_length=10)
    target_id: UUID | None = fields.UUIDField(null=True)
    note = fields.CharField(max_length=NOTE_MOST, null=True, description="What the member asks for.")
    carrier = fields.CharField(max_length=30, null=True)
    tracking_number = fields.CharField(max_length=40, null=True)
    placed_at: datetime = fields.DatetimeField()
    confirmed_at: datetime | None = fields.DatetimeField(null=True)
    shipped_at: datetime | None = fields.DatetimeField(null=True)
    received_at: datetime | None = fields.DatetimeField(null=True)
    ended_at: datetime | None = fields.DatetimeField(null=True, description="Closed, cancelled or refunded.")
    due_at: datetime | None = fields.DatetimeField(null=True, description="When it moves on by itself.")

    class Meta:
        table = "mall_order"
        constraints = (
            UniqueConstraint(fields=("number",), name="mall_order_number"),
            CheckConstraint(check="quantity > 0", name="mall_order_of_something"),
            CheckConstraint(check="points >= 0 AND cash_minor >= 0", name="mall_order_price_from_zero"),
            CheckConstraint(
                check="refunded_points BETWEEN 0 AND points AND refunded_cash_minor BETWEEN 0 AND cash_minor "
                "AND returned_quantity BETWEEN 0 AND quantity",
                name="mall_order_gives_back_no_more",
            ),
        )
        indexes = (
            Index(fields=("member_id", "placed_at", "id"), name="mall_order_by_member"),
            Index(fields=("placed_at", "id"), name="mall_order_by_placed"),
            Index(fields=("status", "placed_at", "id"), name="mall_order_by_status"),
            Index(fields=("good_id", "placed_at", "id"), name="mall_order_by_good"),
            Index(fields=("sku_id", "status", "confirmed_at", "id"), name="mall_order_by_sku"),
            Index(fields=("due_at", "id"), name="mall_order_by_due"),
        )

    @classmethod
    async def place(
        cls,
        member_id: UUID,
        sku_id: UUID,
        quantity: int = 1,
        *,
        at: datetime,
        once: Once | None,
        address_id: UUID | None = None,
        circle_id: UUID | None = None,
        expected_points: int | None = None,
        note: str | None = None,
    ) -> Self:
        """Order so many pieces for a member, which pays at once, or has its points held until its cash is confirmed.

        Raises `NotOnSale` (with the next window), `OrderLimitReached` (with when it counts anew), `OutOfStock`,
        `CircleLimitReached`, `NoCircle`, the refusals of the good's audience, `AddressNeeded`, `PriceChanged`,
        `InsufficientPoints`, `MemberNotActive`, `NotFound`, `Invalid`.
        """
        if not 1 <= quantity <= QUANTITY_MOST:
            raise Invalid("quantity", zh=f"应为 1–{QUANTITY_MOST}", en=f"it must be 1 to {QUANTITY_MOST}")
        remark = bounded_text(note, "note", most=NOTE_MOST) or None

        async def act(id: UUID, claim: Sequence[Write]) -> Self:
            await Member.touch(member_id, at=at, beside=claim)
            sku = await Sku.existing(sku_id, field="skuId")
            good = await Good.get(id=sku.good_id)
            delivery = delivery_of(good.kind)
            shopper = await Shopper.of(member_id, [good], [sku], at=at)
            for refusal in shopper.refusals(good, sku, quantity, circle_id=circle_id):
                raise refusal
            order = cls._made(id, member_id, good, sku, quantity, shopper.price(sku), at=at)
            if expected_points is not None and expected_points != order.points:
                raise PriceChanged(points=order.points)
            sealed = await OrderAddress.chosen(member_id, address_id) if delivery.needs_address else None
            order.circle_id, order.note = shopper.circle(good, quantity, circle_id), remark
            await order._take(good, at=at)
            await order._written(sealed, at=at)
            return order

        return await perform_claiming(once, cls, act, at=at)

    @classmethod
    def _made(
        cls, id: UUID, member_id: UUID, good: Good, sku: Sku, quantity: int, unit_points: int, *, at: datetime
    ) -> Self:
        cash_minor = sku.cash_minor * quantity
        return cls(
            id=id,
            number=new_number(at),
            member_id=member_id,
            good_id=good.id,
            sku_id=sku.id,
            status=OrderStatus.AWAITING_CASH if cash_minor else OrderStatus.CONFIRMED,
            kind=good.kind,
            good_name=good.name,
            sku_name=sku.name,
            picture_url=next(iter(good.pictures), None),
            quantity=quantity,
            unit_points=unit_points,
            points=unit_points * quantity,
            cash_minor=cash_minor,
            **{name: getattr(good, name) for name in TERMS},
            placed_at=at,
            confirmed_at=None if cash_minor else at,
            due_at=at + timedelta(minutes=good.pay_minutes) if cash_minor else None,
        )

    async def _take(self, good: Good, *, at: datetime) -> None:
        """Take what the order is for, in the order of locks."""
        if self.circle_id:
            await CircleShare.take(good, self.circle_id, self.quantity, at=at)
        await Sku.take(self.sku_id, self.quantity, Counted.RESERVED if self.is_waiting_for_cash else Counted.SOLD)
        reserve = delivery_of(self.kind).reserve if self.is_waiting_for_cash else None
        if reserve:
            await reserve(self, at)
        if self.points:
            self.debit_entry_id = await (self._hold(at=at) if self.is_waiting_for_cash else self._pay(at=at))

    async def _hold(self, *, at: datetime) -> UUID:
        """Set its points aside for as long as it waits: the hold has no end of its own, the order ends it."""
        hold = await PointHold.authorise(self.member_id, self.points, source=self.source, until=None, at=at)
        return hold.entry_id

    async def _pay(self, *, at: datetime) -> UUID:
        move = Move(of_member(self.member_id), SPENT, self.points, "order", self.source)
        debit, _ = await PointEntry.post([move], at=at)
        return debit.id

    async def _written(self, sealed_address: str | None, *, at: datetime) -> None:
        """Write the order with its first changes, and hand over what is paid and ours to hand over."""
        buyer = Actor.member(self.member_id)
        columns = tuple(self._meta.fields_db_projection.values())
        writes = [
            Write(insertion("mall_order", columns), tuple(getattr(self, name) for name in columns)),
            OrderChange.written(self.id, self.member_id, OrderStatus.PLACED, buyer, at=at),
            OrderChange.written(self.id, self.member_id, self.status, SYSTEM, at=at),
        ]
        is_to_hand_over = not self.is_waiting_for_cash and delivery_of(self.kind).hand_over is not None
        if is_to_hand_over or sealed_address:
            await write(*writes)
            writes = []
        if sealed_address:
            await OrderAddress.keep(self.id, self.member_id, sealed_address)
        if is_to_hand_over:
            await self.hand_over(at=at)
        await standing_changed([self.member_id], at=at, beside=writes)
        if not self.is_waiting_for_cash:
            await purchased(self.member_id, at=at)

    async def hand_over(self, *, at: datetime) -> None:
        """Let what was paid reach its buyer as far as we do that ourselves, inside the caller's transaction."""
        if hand_over := delivery_of(self.kind).hand_over:
            await self.reach(await hand_over(self, at), at=at)

    async def reach(self, done: HandedOver, *, at: datetime) -> None:
        """Come to the state that handing over has led to, unless that is the present one."""
        if done.status is not self.status:
            received_at = at if done.status is OrderStatus.RECEIVED else None
            await self.move(
                done.status, among=(self.status,), actor=SYSTEM, at=at, due_at=done.due_at, received_at=received_at
            )

    async def move(
        self,
        status: OrderStatus,
        *,
        among: Sequence[OrderStatus],
        actor: Actor,
        at: datetime,
        reason: str | None = None,
        change_id: UUID | None = None,
        **columns: object,
    ) -> OrderChange:
        """Bring the order from one of the states `among` to another, inside the caller's transaction.

        One statement decides, so of two acts that cannot both be, one is refused. Raises `OrderStateConflict`.
        """
        changes = {"status": status, "due_at": None, **columns}
        if not await type(self).filter(id=self.id, status__in=list(among)).update(**changes):
            raise OrderStateConflict(status=self.status)
        self.update_from_dict(changes)
        return await OrderChange.record(self.id, self.member_id, status, actor, at=at, reason=reason, id=change_id)

    @classmethod
    async def held(cls, order_id: UUID, *, field: str = "orderId") -> Self:
        """An order for an act of somebody else, inside the caller's transaction, which takes its member's row."""
        known = await cls.existing(order_id, field=field)
        await Member.bump(known.member_id)
        return await cls.get(id=order_id)

    @classmethod
    async def own(cls, member_id: UUID, order_id: UUID, *, at: datetime) -> Self:
        """An order for an act of its member, inside the caller's transaction, which takes the member's row."""
        await Member.touch(member_id, at=at)
        order = await cls.get_or_none(id=order_id, member_id=member_id)
        if order is None:
            raise NotFound(field="orderId")
        return order

    async def has_earlier_waiting(self) -> bool:
        """Whether somebody waits for a code of the SKU who paid before."""
        before = Q(confirmed_at__lt=self.confirmed_at) | Q(confirmed_at=self.confirmed_at, id__lt=self.id)
        return await type(self).filter(before, sku_id=self.sku_id, status=OrderStatus.AWAITING_CODE).exists()

    async def codes_held(self) -> int:
        """How many codes it was given that still hold."""
        return await GoodCode.filter(order_id=self.id, voided_at__isnull=True).count()

    @property
    def left(self) -> Portion:
        """What has not gone back yet."""
        return Portion(
            self.points - self.refunded_points,
            self.cash_minor - self.refunded_cash_minor,
            self.quantity - self.returned_quantity,
        )

    @property
    def is_waiting_for_cash(self) -> bool:
        return self.status is OrderStatus.AWAITING_CASH

    @property
    def source(self) -> str:
        """The cause of its lines in the ledger."""
        return f"order:{self.id}"
