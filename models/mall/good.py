"""A good: what the mall offers, to whom, when, and how often one member may have it.

Its rules hold for the orders to come: an order keeps the facts that it was placed under. So a good that was ever
ordered can be changed, taken off the shelf and archived, but is never deleted, and the database refuses to.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import DomainError, Invalid, bounded_text, picture_address, within
from models.mall.sale_window import SaleWindow
from models.members.audience import Audience
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from store.database import transaction

NAME_MOST = 60
SUMMARY_MOST = 120
DETAIL_MOST = 5_000
CATEGORY_MOST = 20
PICTURES_MOST = 9
COUNT_MOST = 1_000_000
SORT_MOST = 1_000_000
DAYS_MOST = 366
PAY_MINUTES_MOST = 7 * 24 * 60


class GoodKind(StrEnum):
    """What a good is, which decides how it reaches its buyer."""

    PHYSICAL = "physical"
    PICK_UP = "pick_up"
    CODE = "code"
    COUPON = "coupon"
    COURSE = "course"
    EVENT = "event"
    CARD = "card"
    CHANCE = "chance"


class GoodStatus(StrEnum):
    """Whether a good is offered."""

    DRAFT = "draft"
    ON_SHELF = "on_shelf"
    OFF_SHELF = "off_shelf"
    ARCHIVED = "archived"


class Lapse(StrEnum):
    """What becomes of an order that nobody came for in time."""

    REFUND = "refund"
    KEEP = "keep"


class GoodChanged(DomainError):
    code = "GOOD_CHANGED"
    zh = "该商品刚被他人修改，请刷新后重试"
    en = "Somebody changed this good meanwhile; read it again."
    field = "expectedVersion"


class GoodArchived(DomainError):
    code = "GOOD_ARCHIVED"
    zh = "该商品已归档，不能再更改"
    en = "This good is archived and cannot be changed any more."


@dataclass(frozen=True)
class GoodTerms:
    """All that staff say of a good but its kind. A limit that is None does not hold; days of None never come."""

    name: str
    category: str
    summary: str | None = None
    detail: str | None = None
    pictures: tuple[str, ...] = ()
    sort: int = 0
    audience: Audience = field(default_factory=Audience)
    visible_from: datetime | None = None
    visible_until: datetime | None = None
    sells_from: datetime | None = None
    sells_until: datetime | None = None
    month_first_day: int | None = None
    month_last_day: int | None = None
    order_most: int | None = None
    day_most: int | None = None
    week_most: int | None = None
    month_most: int | None = None
    member_most: int | None = None
    circle_most: int | None = None
    is_cancellable: bool = True
    pay_minutes: int = 30
    receive_days: int = 10
    after_sale_days: int = 7
    pick_up_days: int | None = None
    pick_up_lapse: Lapse = Lapse.REFUND
    target_id: UUID | None = None

    def columns(self) -> dict[str, Any]:
        """What the columns hold, or `Invalid`."""
        window_of(self).checked()
        if self.visible_from and self.visible_until and self.visible_from >= self.visible_until:
            raise Invalid("visibleUntil", zh="结束时间应晚于开始时间", en="it must be after the start")
        if len(self.pictures) > PICTURES_MOST:
            raise Invalid("pictures", zh=f"最多 {PICTURES_MOST} 张", en=f"at most {PICTURES_MOST} pictures")
        self._check_numbers()
        return asdict(self) | {
            "name": bounded_text(self.name, "name", least=1, most=NAME_MOST),
            "category": bounded_text(self.category, "category", least=1, most=CATEGORY_MOST),
            "summary": bounded_text(self.summary, "summary", most=SUMMARY_MOST) or None,
            "detail": bounded_text(self.detail, "detail", most=DETAIL_MOST) or None,
            "pictures": [picture for one in self.pictures if (picture := picture_address(one, "pictures"))],
            "audience": self.audience.checked().to_json(),
        }

    def _check_numbers(self) -> None:
        bounds = (
            ("sort", self.sort, -SORT_MOST, SORT_MOST),
            ("orderMost", self.order_most, 1, COUNT_MOST),
            ("dayMost", self.day_most, 1, COUNT_MOST),
            ("weekMost", self.week_most, 1, COUNT_MOST),
            ("monthMost", self.month_most, 1, COUNT_MOST),
            ("memberMost", self.member_most, 1, COUNT_MOST),
            ("circleMost", self.circle_most, 1, COUNT_MOST),
            ("payMinutes", self.pay_minutes, 1, PAY_MINUTES_MOST),
            ("receiveDays", self.receive_days, 1, DAYS_MOST),
            ("afterSaleDays", self.after_sale_days, 0, DAYS_MOST),
            ("pickUpDays", self.pick_up_days, 1, DAYS_MOST),
        )
        for name, value, least, most in bounds:
            within(name, value, least, most)


class Good(Record):
    kind = fields.CharEnumField(GoodKind, max_length=10)
    status = fields.CharEnumField(GoodStatus, max_length=10, default=GoodStatus.DRAFT)
    name = fields.CharField(max_length=NAME_MOST)
    category = fields.CharField(max_length=CATEGORY_MOST)
    summary = fields.CharField(max_length=SUMMARY_MOST, null=True)
    detail = fields.TextField(null=True)
    pictures: list[str] = fields.JSONField(default=list)
    sort = fields.IntField(default=0, description="Smaller ones stand in front.")
    audience: dict[str, Any] = fields.JSONField(default=dict)
    visible_from: datetime | None = fields.DatetimeField(null=True)
    visible_until: datetime | None = fields.DatetimeField(null=True)
    sells_from: datetime | None = fields.DatetimeField(null=True)
    sells_until: datetime | None = fields.DatetimeField(null=True)
    month_first_day: int | None = fields.SmallIntField(null=True, description="Below 0: from the month's end.")
    month_last_day: int | None = fields.SmallIntField(null=True)
    order_most: int | None = fields.IntField(null=True)
    day_most: int | None = fields.IntField(null=True)
    week_most: int | None = fields.IntField(null=True)
    month_most: int | None = fields.IntField(null=True)
    member_most: int | None = fields.IntField(null=True)
    circle_most: int | None = fields.IntField(null=True, description="Pieces for the members of each circle.")
    is_cancellable = fields.BooleanField(default=True, description="Whether a member may cancel before it is sent.")
    pay_minutes = fields.IntField(default=30, description="How long stock and points wait for the cash.")
    receive_days = fields.IntField(default=10, description="Days after sending at which it counts as received.")
    after_sale_days = fields.IntField(default=7, description="Days after receipt at which an order is closed.")
    pick_up_days: int | None = fields.IntField(null=True)
    pick_up_lapse = fields.CharEnumField(Lapse, max_length=10, default=Lapse.REFUND)
    target_id: UUID | None = fields.UUIDField(null=True, description="What is handed over: a plan, a draw, a course…")
    version = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()

    class Meta:
        table = "good"
        constraints = (CheckConstraint(check="version >= 1", name="good_version_from_one"),)
        indexes = (
            Index(fields=("sort", "id"), name="good_by_sort"),
            Index(fields=("category", "sort", "id"), name="good_by_category"),
        )

    @classmethod
    async def draft(
        cls, kind: GoodKind, terms: GoodTerms, *, staff_id: UUID, at: datetime, reason: str | None = None
    ) -> Self:
        """A new good, which nobody sees before it is put on the shelf. Raises `Invalid`."""
        good = cls(kind=kind, **terms.columns(), created_at=at, updated_at=at)
        async with transaction():
            await good.save(force_create=True)
            await good.audit("draft_good", None, columns_of(good, "kind", *TOLD), staff_id, reason, at=at)
        return good

    async def replace(self, columns: dict[str, Any], expected_version: int, *, at: datetime) -> None:
        """Write all of a good anew: one statement decides which of two editors was first.

        Raises `GoodChanged`, `GoodArchived`.
        """
        if self.status is GoodStatus.ARCHIVED:
            raise GoodArchived()
        still = type(self).filter(id=self.id, version=expected_version).exclude(status=GoodStatus.ARCHIVED)
        if not await still.update(**columns, version=expected_version + 1, updated_at=at):
            raise GoodChanged()

    async def audit(
        self,
        action: str,
        before: dict[str, object] | None,
        after: dict[str, object],
        staff_id: UUID,
        reason: str | None,
        *,
        at: datetime,
    ) -> None:
        await AuditRow.write(
            staff_id=staff_id, action=action, subject=self, before=before, after=after, reason=reason, at=at
        )

    @property
    def window(self) -> SaleWindow:
        return window_of(self)

    def is_visible(self, at: datetime) -> bool:
        """Whether members see it on the shelf."""
        has_begun = self.visible_from is None or self.visible_from <= at
        return (
            self.status is GoodStatus.ON_SHELF and has_begun and (self.visible_until is None or at < self.visible_until)
        )


def window_of(said: GoodTerms | Good) -> SaleWindow:
    """When a good is sold, by what is said of it."""
    return SaleWindow(said.sells_from, said.sells_until, said.month_first_day, said.month_last_day)


TOLD = tuple(name for name in GoodTerms.__dataclass_fields__ if name != "detail")
"""What the audit keeps of a good; its long text is kept where it stands."""
