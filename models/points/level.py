"""Levels: names for how much growth a member has, and what each brings. Growth is never spent.

A level's position is its name for everything that is gated by it, so the ladder is changed as a whole
(`LevelLadder.put`) and a position keeps its row. `MemberLevel` says who stands where.
"""

from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import Invalid, NotFound, bounded_text, within
from models.points.level_statement import position_of
from models.points.posting import POINTS_LIMIT
from models.record import Record
from store.database import fetch_value

DEFAULT_LEVELS = (("新芽", 0), ("青铜", 100), ("白银", 500), ("黄金", 2_000), ("铂金", 6_000), ("钻石", 20_000))
NAME_MOST = 20
VALID_DAYS_MOST = 3_660
GRACE_DAYS_MOST = 366
SPEED_PERCENT_MOST = 1_000
NORMAL_SPEED = 100
BENEFITS_MOST, BENEFIT_LENGTH_MOST = 20, 100


@dataclass(frozen=True)
class LevelTerms:
    """What a level asks and brings.

    It stands for `valid_days`, without end where that is None. It stands on after them if growth of `keep_growth` was
    earned meanwhile (0: always; None: never), for which `grace_days` more are given. `gift_points` are paid to a member
    who enters it for the first time; `speed_percent` of 100 leaves the points of earn rules as they are.
    """

    name: str
    threshold: int
    valid_days: int | None = None
    keep_growth: int | None = None
    grace_days: int = 0
    speed_percent: int = NORMAL_SPEED
    gift_points: int = 0
    benefits: tuple[str, ...] = ()

    def checked(self, field: str) -> Self:
        """These terms, or `Invalid` under `field`, which names the level."""
        bounded_text(self.name, f"{field}.name", least=1, most=NAME_MOST)
        within(f"{field}.threshold", self.threshold, 0, POINTS_LIMIT)
        within(f"{field}.validDays", self.valid_days, 1, VALID_DAYS_MOST)
        within(f"{field}.keepGrowth", self.keep_growth, 0, POINTS_LIMIT)
        within(f"{field}.graceDays", self.grace_days, 0, GRACE_DAYS_MOST)
        within(f"{field}.speedPercent", self.speed_percent, 1, SPEED_PERCENT_MOST)
        within(f"{field}.giftPoints", self.gift_points, 0, POINTS_LIMIT)
        if len(self.benefits) > BENEFITS_MOST:
            raise Invalid(f"{field}.benefits", zh=f"最多 {BENEFITS_MOST} 条", en=f"at most {BENEFITS_MOST}")
        for benefit in self.benefits:
            bounded_text(benefit, f"{field}.benefits", least=1, most=BENEFIT_LENGTH_MOST)
        if self.valid_days is None and (self.keep_growth is not None or self.grace_days):
            raise Invalid(f"{field}.validDays", zh="保级规则需要有效期", en="keeping a level needs a validity")
        return self


class Level(Record):
    position = fields.SmallIntField(description="From 1, by threshold.")
    name = fields.CharField(max_length=40)
    threshold = fields.BigIntField(description="Growth from which one has the level.")
    valid_days: int | None = fields.IntField(null=True, description="Days that it stands; None: without end.")
    keep_growth: int | None = fields.BigIntField(
        null=True, description="Growth earned meanwhile with which it stands on; 0: always, None: never."
    )
    grace_days = fields.IntField(default=0, description="Days more to earn that growth.")
    speed_percent = fields.IntField(default=NORMAL_SPEED, description="Of the points that earn rules pay.")
    gift_points = fields.BigIntField(default=0, description="Paid once to each member who enters it.")
    benefits: list[str] = fields.JSONField(default=list)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "level"
        constraints = (
            UniqueConstraint(fields=("position",), name="level_position_once"),
            UniqueConstraint(fields=("threshold",), name="level_threshold_once"),
            CheckConstraint(check="threshold >= 0", name="level_threshold_from_zero"),
            CheckConstraint(check="gift_points >= 0 AND speed_percent > 0", name="level_gives"),
        )

    @classmethod
    async def plant_default(cls, *, at: datetime) -> None:
        """Put the default levels where there are none; safe to call at every start."""
        if await cls.exists():
            return
        levels = [
            cls(position=position, name=name, threshold=threshold, created_at=at)
            for position, (name, threshold) in enumerate(DEFAULT_LEVELS, start=1)
        ]
        await cls.bulk_create(levels, ignore_conflicts=True)

    @classmethod
    async def at(cls, position: int) -> Self:
        """The level of a position, or the refusal `NOT_FOUND`."""
        found = await cls.get_or_none(position=position)
        if found is None:
            raise NotFound(field="position")
        return found

    @classmethod
    async def ladder(cls) -> list[Self]:
        """All levels, the lowest first."""
        return await cls.all().order_by("threshold")

    @classmethod
    async def position_of(cls, member_id: UUID) -> int:
        """The position of a member's level, which gates and prices read; 0 below the first."""
        return int(await fetch_value(f"SELECT {position_of('$1')}", member_id))

    @property
    def terms(self) -> LevelTerms:
        named = {one.name: getattr(self, one.name) for one in dataclass_fields(LevelTerms)}
        return LevelTerms(**{**named, "benefits": tuple(self.benefits)})
