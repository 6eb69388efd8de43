"""A prize of a draw, and its stock: the one place where a piece of it is taken.

`taken` and `returned` only ever rise, by conditional statements whose row count decides; what is out is their
difference, which never exceeds the stock, nor what has been released of it by then. A prize that is unlimited is never
written to, so a draw has no row that all its members wait for.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.play.draw_terms import PrizeKind, PrizeTerms, Release
from models.play.odds import PrizeOdds
from models.record import Record
from store.brand_day import brand_day
from store.database import execute, fetch, fetch_value

if TYPE_CHECKING:
    from models.play.draw import Draw

NO_LIMIT = 2**62
TERMS = tuple(name for name in PrizeTerms.__dataclass_fields__ if name != "id")


class Wanting(StrEnum):
    """Why the prize that was rolled could not be given."""

    OUT_OF_STOCK = "out_of_stock"
    NOT_RELEASED = "not_released"
    MEMBER_CAP = "member_cap"
    BUDGET = "budget"
    NOT_ACTIVE = "not_active"


class DrawPrize(Record):
    draw: fields.ForeignKeyRelation["Draw"] = fields.ForeignKeyField(
        "models.Draw", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    draw_id: UUID
    position = fields.SmallIntField(description="Its place in the draw, from 0; rolls go by it.")
    is_offered = fields.BooleanField(default=True, description="Whether the present version still has it.")
    name = fields.CharField(max_length=40)
    kind = fields.CharEnumField(PrizeKind, max_length=20)
    amount = fields.IntField(description="Of points, cards or chances.")
    weight = fields.BigIntField()
    segment_weights: dict[str, int] = fields.JSONField(default=dict)
    tier: int | None = fields.SmallIntField(null=True, description="1 is the best.")
    stock: int | None = fields.IntField(null=True, description="Absent: unlimited.")
    release = fields.CharEnumField(Release, max_length=10)
    release_count: int | None = fields.IntField(null=True)
    member_most: int | None = fields.IntField(null=True)
    worth = fields.IntField(description="What one costs the brand, in points.")
    picture_url = fields.CharField(max_length=500, null=True)
    is_fallback = fields.BooleanField()
    sku_id: UUID | None = fields.UUIDField(null=True, description="Whose pool a code is taken from.")
    taken = fields.IntField(default=0)
    returned = fields.IntField(default=0)

    class Meta:
        table = "draw_prize"
        constraints = (
            CheckConstraint(check="weight >= 0 AND amount >= 0 AND worth >= 0", name="draw_prize_never_takes"),
            CheckConstraint(
                check="returned >= 0 AND taken >= returned AND (stock IS NULL OR taken - returned <= stock)",
                name="draw_prize_within_stock",
            ),
        )
        indexes = (Index(fields=("draw_id", "position"), name="draw_prize_by_draw"),)

    @classmethod
    def made(cls, draw_id: UUID, position: int, terms: PrizeTerms) -> Self:
        return cls(draw_id=draw_id, position=position, **terms_of(terms))

    @classmethod
    async def offered(cls, draw_id: UUID) -> list[Self]:
        """The prizes of the present version, in their order."""
        return await cls.filter(draw_id=draw_id, is_offered=True).order_by("position", "id")

    @property
    def odds(self) -> PrizeOdds:
        return PrizeOdds(self.id, self.weight, self.tier, self.segment_weights)

    @property
    def is_counted(self) -> bool:
        """Whether its pieces are counted one by one."""
        return self.stock is not None or self.release is not Release.AT_ONCE

    def released(self, starts_at: datetime, ends_at: datetime, *, at: datetime) -> int:
        """How many pieces have come into play by `at`, of those that were not used earlier as well."""
        if self.release is Release.EVENLY:
            share = (at - starts_at) * (self.stock or 0) // (ends_at - starts_at)
            return min(self.stock or 0, share + 1)
        if self.release in (Release.HOURLY, Release.DAILY):
            return (self.release_count or 0) * (self._slots(starts_at, at) + 1)
        return NO_LIMIT

    def _slots(self, starts_at: datetime, at: datetime) -> int:
        """The hours or business days that have begun since the draw's first one."""
        if self.release is Release.HOURLY:
            return (at - starts_at) // timedelta(hours=1)
        return (brand_day(at) - brand_day(starts_at)).days

    async def take(self, released: int) -> int | Wanting:
        """Take a piece, of so many that were released; returns its number, from 1, or why there is none."""
        free = "(stock IS NULL OR taken - returned < stock)"
        rows = await fetch(
            "UPDATE draw_prize SET taken = taken + 1 WHERE id = $1 AND taken - returned < CAST($2 AS BIGINT) "  # noqa: S608 - own text
            f"AND {free} RETURNING taken",
            self.id,
            released,
        )
        if rows:
            return int(rows[0]["taken"])
        has_stock = await fetch_value(f"SELECT 1 FROM draw_prize WHERE id = $1 AND {free}", self.id)  # noqa: S608 - own text
        return Wanting.NOT_RELEASED if has_stock else Wanting.OUT_OF_STOCK

    @classmethod
    async def give_back(cls, prize_id: UUID) -> None:
        """One piece goes back into the stock; an unlimited prize keeps no count."""
        sql = "UPDATE draw_prize SET returned = returned + 1 WHERE id = $1 AND taken > returned"
        await execute(sql, prize_id)

    def told(self) -> dict[str, Any]:
        """The terms as they stand, for a version and the audit."""
        return {"id": str(self.id), **{name: getattr(self, name) for name in TERMS}}


def terms_of(terms: PrizeTerms) -> dict[str, Any]:
    return {name: getattr(terms, name) for name in TERMS} | {"segment_weights": dict(terms.segment_weights)}
