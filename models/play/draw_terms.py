"""The terms of a draw as staff say them, checked as a whole before anything of them is written."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from models.errors import Invalid, bounded_text, picture_address, within
from models.members.audience import Audience

PRIZES_MOST = 50
SEGMENTS_MOST = 10
WEIGHT_MOST = 1_000_000_000
AMOUNT_MOST = 1_000_000
COUNT_MOST = 1_000_000
SEEDS_MOST = 400
LONGEST = timedelta(days=400)


class DrawKind(StrEnum):
    """How a draw looks; a scheduled one collects entries and is drawn once, at its end."""

    WHEEL = "wheel"
    GRID = "grid"
    BLIND_BOX = "blind_box"
    SCHEDULED = "scheduled"


class PrizeKind(StrEnum):
    """What a prize is."""

    NONE = "none"
    POINTS = "points"
    COUPON = "coupon"
    GOOD = "good"
    MAKE_UP_CARD = "make_up_card"
    CHANCE = "chance"
    CODE = "code"


CLAIMED_KINDS = (PrizeKind.COUPON, PrizeKind.GOOD)
"""What a winner asks for, and somebody has to hand over."""


class Release(StrEnum):
    """How a stock comes into play over the time of a draw."""

    AT_ONCE = "at_once"
    EVENLY = "evenly"
    HOURLY = "hourly"
    DAILY = "daily"


class ChanceSource(StrEnum):
    """Where a chance comes from."""

    FREE = "free"
    PURCHASE = "purchase"
    CHECK_IN = "check_in"
    TASK = "task"
    QUIZ = "quiz"
    EVENT = "event"
    INVITE = "invite"
    ORDER = "order"
    GRANT = "grant"
    PRIZE = "prize"


RULED_SOURCES = (
    ChanceSource.CHECK_IN,
    ChanceSource.TASK,
    ChanceSource.QUIZ,
    ChanceSource.EVENT,
    ChanceSource.INVITE,
)
"""The behaviours for which a draw may have a rule."""


@dataclass(frozen=True)
class Segment:
    """Members for whom other weights hold; of several the first that a member belongs to."""

    name: str
    audience: Audience

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(stored["name"], Audience.from_json(stored["audience"]))

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "audience": self.audience.to_json()}

    def checked(self) -> Self:
        """This segment as it is kept, or `Invalid`."""
        name = bounded_text(self.name, "segments.name", least=1, most=40) or ""
        return replace(self, name=name, audience=self.audience.checked("segments.audience"))


@dataclass(frozen=True)
class ChanceRule:
    """What a behaviour gives a member each time, in a day at most, and in the whole draw; None: without such an end."""

    count: int = 1
    day_most: int = 1
    total_most: int | None = None


@dataclass(frozen=True)
class PrizeTerms:
    """`amount` is of points, cards or chances; `worth` is what one costs the brand, in points. `id` keeps a prize.

    A code is given out of the pool of `sku_id`; where the pool is empty the prize is wanting.
    """

    name: str
    kind: PrizeKind = PrizeKind.NONE
    amount: int = 0
    weight: int = 0
    segment_weights: Mapping[str, int] = field(default_factory=dict)
    tier: int | None = None
    stock: int | None = None
    release: Release = Release.AT_ONCE
    release_count: int | None = None
    member_most: int | None = None
    worth: int = 0
    picture_url: str | None = None
    is_fallback: bool = False
    sku_id: UUID | None = None
    id: UUID | None = None

    def checked(self) -> Self:
        """These terms as they are kept, or `Invalid`."""
        for name, value, least, most in (
            ("weight", self.weight, 0, WEIGHT_MOST),
            ("worth", self.worth, 0, AMOUNT_MOST),
            ("tier", self.tier, 1, 100),
            ("stock", self.stock, 0, COUNT_MOST),
            ("memberMost", self.member_most, 1, COUNT_MOST),
        ):
            within(f"prizes.{name}", value, least, most)
        for weight in self.segment_weights.values():
            within("prizes.segmentWeights", weight, 0, WEIGHT_MOST)
        pays = self.kind in (PrizeKind.POINTS, PrizeKind.MAKE_UP_CARD, PrizeKind.CHANCE)
        most = AMOUNT_MOST if self.kind is PrizeKind.POINTS else 10
        within("prizes.amount", self.amount, 1 if pays else 0, most if pays else 0)
        if (self.kind is PrizeKind.CODE) != (self.sku_id is not None):
            raise Invalid(
                "prizes.skuId", zh="兑换码奖品需要且只有它需要规格", en="it goes with a code, and only with one"
            )
        self._check_release()
        return replace(
            self,
            name=bounded_text(self.name, "prizes.name", least=1, most=40) or "",
            picture_url=picture_address(self.picture_url, "prizes.pictureUrl"),
            segment_weights={name.strip(): weight for name, weight in self.segment_weights.items()},
        )

    def _check_release(self) -> None:
        is_slotted = self.release in (Release.HOURLY, Release.DAILY)
        if is_slotted != (self.release_count is not None):
            raise Invalid("prizes.releaseCount", zh="与发放方式不符", en="it goes with a release by hour or day")
        within("prizes.releaseCount", self.release_count, 1, COUNT_MOST)
        if self.release is Release.EVENLY and self.stock is None:
            raise Invalid("prizes.stock", zh="均匀发放需要库存", en="an even release needs a stock")

    @property
    def is_limited(self) -> bool:
        """Whether it may be wanting when it is rolled."""
        is_counted = self.stock is not None or self.release is not Release.AT_ONCE
        return is_counted or self.member_most is not None or self.kind is PrizeKind.CODE


@dataclass(frozen=True)
class DrawTerms:
    """Limits that are None do not hold. `seed_hours` is how long a seed is used; None: one seed for the whole draw."""

    title: str
    kind: DrawKind
    starts_at: datetime
    ends_at: datetime
    prizes: tuple[PrizeTerms, ...]
    description: str | None = None
    audience: Audience = field(default_factory=Audience)
    free_per_day: int = 0
    price: int | None = None
    day_most: int | None = None
    total_most: int | None = None
    budget_id: UUID | None = None
    claim_days: int | None = 30
    pity_tier: int | None = None
    pity_after: int | None = None
    segments: tuple[Segment, ...] = ()
    chance_rules: Mapping[ChanceSource, ChanceRule] = field(default_factory=dict)
    seed_hours: int | None = None
    counts_tickets: bool = True
    alternates: int = 0

    def checked(self) -> Self:
        """These terms as they are kept, or `Invalid`."""
        kept = replace(
            self,
            title=bounded_text(self.title, "title", least=1, most=60) or "",
            description=bounded_text(self.description, "description", most=2_000) or None,
            audience=self.audience.checked(),
            segments=tuple(one.checked() for one in self.segments),
            prizes=tuple(one.checked() for one in self.prizes),
        )
        kept._check()
        return kept

    def _check(self) -> None:
        self._check_time()
        for name, value, least, most in (
            ("freePerDay", self.free_per_day, 0, 100),
            ("price", self.price, 1, AMOUNT_MOST),
            ("dayMost", self.day_most, 1, COUNT_MOST),
            ("totalMost", self.total_most, 1, COUNT_MOST),
            ("claimDays", self.claim_days, 1, 366),
            ("alternates", self.alternates, 0, 100),
        ):
            within(name, value, least, most)
        for source, rule in self.chance_rules.items():
            if source not in RULED_SOURCES:
                raise Invalid("chanceRules", zh="该来源不能设规则", en="there is no rule for this source")
            within("chanceRules.count", rule.count, 1, 100)
            within("chanceRules.dayMost", rule.day_most, rule.count, 1_000)
            within("chanceRules.totalMost", rule.total_most, rule.count, COUNT_MOST)
        self._check_prizes()

    @property
    def is_scheduled(self) -> bool:
        return self.kind is DrawKind.SCHEDULED

    def columns(self) -> dict[str, Any]:
        """The draw's own columns; its prizes are rows of their own."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "prizes"}
        return found | {
            "audience": self.audience.to_json(),
            "segments": [one.to_json() for one in self.segments],
            "chance_rules": {str(source): asdict(rule) for source, rule in self.chance_rules.items()},
        }

    def _check_time(self) -> None:
        if not timedelta(minutes=1) <= self.ends_at - self.starts_at <= LONGEST:
            raise Invalid("endsAt", zh="活动时长应为 1 分钟至 400 天", en="a draw lasts a minute to 400 days")
        if self.seed_hours is not None:
            within("seedHours", self.seed_hours, 1, 24 * 400)
            if self.is_scheduled or (self.ends_at - self.starts_at) / timedelta(hours=self.seed_hours) > SEEDS_MOST:
                raise Invalid("seedHours", zh="种子数量过多", en="that would take too many seeds")

    def _check_prizes(self) -> None:
        if not 1 <= len(self.prizes) <= PRIZES_MOST:
            raise Invalid("prizes", zh=f"奖品应为 1–{PRIZES_MOST} 种", en=f"there must be 1 to {PRIZES_MOST} prizes")
        if len({one.id for one in self.prizes if one.id}) < sum(one.id is not None for one in self.prizes):
            raise Invalid("prizes.id", zh="奖品重复", en="a prize stands there twice")
        if self.is_scheduled:
            self._check_scheduled()
        else:
            self._check_segments()
            self._check_fallback()
            self._check_weights()

    def _check_scheduled(self) -> None:
        """Winners are picked for each piece of a stock, so weights and guarantees mean nothing."""
        if self.segments or self.pity_tier or self.pity_after:
            raise Invalid("kind", zh="定时开奖不支持分群权重与保底", en="a scheduled draw has neither")
        if any(one.is_fallback or not one.stock or one.kind is PrizeKind.NONE for one in self.prizes):
            raise Invalid("prizes.stock", zh="定时开奖的奖品需要数量", en="each of its prizes needs a stock")
        if any(one.kind is PrizeKind.CODE for one in self.prizes):
            raise Invalid("prizes.kind", zh="定时开奖不支持兑换码奖品", en="nothing stands in where its pool is empty")
        if any(one.release is not Release.AT_ONCE or one.member_most for one in self.prizes):
            raise Invalid("prizes.release", zh="定时开奖一次发完", en="a scheduled draw gives all at once")
        if sum(one.stock or 0 for one in self.prizes) > 1_000:
            raise Invalid("prizes.stock", zh="中奖名额最多 1000 个", en="there are at most 1000 winners")

    def _check_segments(self) -> None:
        names = [one.name for one in self.segments]
        if len(names) > SEGMENTS_MOST or len(set(names)) < len(names):
            raise Invalid("segments", zh=f"最多 {SEGMENTS_MOST} 个且不重名", en=f"at most {SEGMENTS_MOST}, each once")
        if unknown := {name for one in self.prizes for name in one.segment_weights} - set(names):
            raise Invalid("prizes.segmentWeights", zh=f"没有分群 {min(unknown)}", en=f"no segment {min(unknown)}")

    def _check_fallback(self) -> None:
        """What is given when a prize is wanting must never be wanting itself."""
        found = [one for one in self.prizes if one.is_fallback]
        if len(found) != 1:
            raise Invalid("prizes.isFallback", zh="需要且只能有一个兜底奖品", en="there must be one fallback prize")
        if found[0].is_limited or found[0].kind in CLAIMED_KINDS:
            raise Invalid("prizes.isFallback", zh="兜底奖品不能限量", en="the fallback prize must be unlimited")
        if self.budget_id and found[0].kind is PrizeKind.POINTS:
            raise Invalid("prizes.isFallback", zh="兜底奖品不能占用预算", en="it cannot be paid from a budget")

    def _check_weights(self) -> None:
        if (self.pity_tier is None) != (self.pity_after is None):
            raise Invalid("pityAfter", zh="保底等级与次数须同时设置", en="a guarantee has a tier and a count")
        within("pityAfter", self.pity_after, 1, COUNT_MOST)
        for segment in (None, *(one.name for one in self.segments)):
            by_tier: Counter[int | None] = Counter()
            for one in self.prizes:
                by_tier[one.tier] += one.segment_weights.get(segment, one.weight) if segment else one.weight
            if not by_tier.total():
                raise Invalid("prizes.weight", zh="权重之和应大于 0", en="the weights must not all be 0")
            if self.pity_tier is not None and not by_tier[self.pity_tier]:
                raise Invalid("pityTier", zh="没有可中的该等级奖品", en="no prize of this tier can be won")
