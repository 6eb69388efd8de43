"""How much of a good one member has had: today, this week, this month and in all, counted over the brand's days.

Orders that were cancelled or refunded count no more, and of what was sent back only what is left. Whoever decides by
these figures holds the member's row, so that no two orders of one member count the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.errors import DomainError
from models.mall.good import COUNT_MOST, Good
from store.brand_day import Windows
from store.database import among, fetch
from store.ids import as_id


class OrderLimitReached(DomainError):
    code = "ORDER_LIMIT_REACHED"
    zh = "已达到兑换上限（{most} 件）"
    en = "At most {most} may be ordered."
    field = "quantity"


@dataclass(frozen=True)
class Had:
    """Pieces of one good that a member has had."""

    day: int = 0
    week: int = 0
    month: int = 0
    total: int = 0


NOTHING = Had()


async def pieces_had(member_id: UUID, goods: Sequence[Good], *, at: datetime) -> dict[UUID, Had]:
    """By good; those without a limit are not looked up."""
    limited = [good.id for good in goods if any((good.day_most, good.week_most, good.month_most, good.member_most))]
    if not limited:
        return {}
    windows = Windows.at(at)
    left = "quantity - returned_quantity"
    since = ", ".join(
        f"CAST(SUM(CASE WHEN placed_at >= ${place} THEN {left} ELSE 0 END) AS BIGINT) AS {name}"
        for place, name in ((2, "day"), (3, "week"), (4, "month"))
    )
    rows = await fetch(
        f"SELECT good_id, CAST(SUM({left}) AS BIGINT) AS total, {since} FROM mall_order "  # noqa: S608 - own text, values are bound
        f"WHERE member_id = $1 AND {among('good_id', 5, 'uuid')} "
        "AND status NOT IN ('cancelled', 'refunded') GROUP BY good_id",
        member_id,
        windows.day_from,
        windows.week_from,
        windows.month_from,
        limited,
    )
    return {as_id(row["good_id"]): Had(row["day"], row["week"], row["month"], row["total"]) for row in rows}


def limit_refusals(good: Good, had: Had, quantity: int, *, at: datetime) -> Iterator[DomainError]:
    """Every limit that so many pieces more would break, and when it counts anew."""
    if good.order_most is not None and quantity > good.order_most:
        yield OrderLimitReached(most=good.order_most)
    windows = Windows.at(at)
    limits = (
        (good.day_most, had.day, windows.day_until),
        (good.week_most, had.week, windows.week_until),
        (good.month_most, had.month, windows.month_until),
        (good.member_most, had.total, None),
    )
    for most, taken, ends_at in limits:
        if most is not None and taken + quantity > most:
            # More than a period allows is never allowed, however long one waits.
            yield OrderLimitReached(most=most, retry_at=ends_at if quantity <= most else None)


def pieces_left(good: Good, had: Had) -> int:
    """How many pieces the limits leave for one order now."""
    left = [
        *([] if good.order_most is None else [good.order_most]),
        *([] if good.day_most is None else [good.day_most - had.day]),
        *([] if good.week_most is None else [good.week_most - had.week]),
        *([] if good.month_most is None else [good.month_most - had.month]),
        *([] if good.member_most is None else [good.member_most - had.total]),
    ]
    return max(0, min(left, default=COUNT_MOST))
