"""Which orders are asked for: the same words for a list and for an export."""

from collections.abc import Iterator
from datetime import datetime

import strawberry

from engine.relation import Condition, all_of
from models.errors import bounded_text
from schema.ids import optional_id_of
from schema.mall.good_kind import GoodKind
from schema.mall.order_status import OrderStatus


@strawberry.input(description="Which orders; what is left out does not matter.")
class OrderFilter:
    statuses: list[OrderStatus] | None = strawberry.field(default=None, description="In one of these states.")
    kind: GoodKind | None = strawberry.field(default=None, description="Of goods of this kind.")
    good_id: strawberry.ID | None = strawberry.field(default=None, description="Of this good.")
    member_id: strawberry.ID | None = strawberry.field(default=None, description="Of this member.")
    number: str | None = strawberry.field(default=None, description="Of this number, or tracking number.")
    placed_from: datetime | None = strawberry.field(default=None, description="Placed then or later.")
    placed_until: datetime | None = strawberry.field(default=None, description="Placed before then.")

    def condition(self) -> Condition:
        """As a condition on an order's row. Raises `NotFound`, `Invalid`."""
        return all_of(self._parts())

    def _parts(self) -> Iterator[Condition]:
        if self.statuses:
            statuses = list(dict.fromkeys(self.statuses))
            yield Condition(f"{{row}}.status IN ({', '.join('?' for _ in statuses)})", tuple(map(str, statuses)))
        if self.kind:
            yield Condition("{row}.kind = ?", (str(self.kind),))
        for type_name, column, text, field in (
            ("Good", "good_id", self.good_id, "goodId"),
            ("Member", "member_id", self.member_id, "memberId"),
        ):
            if found := optional_id_of(type_name, text, field=field):
                yield Condition(f"{{row}}.{column} = ?", (found,))
        if number := bounded_text(self.number, "number", most=40):
            yield Condition("({row}.number = ? OR {row}.tracking_number = ?)", (number, number))
        if self.placed_from:
            yield Condition("{row}.placed_at >= ?", (self.placed_from,))
        if self.placed_until:
            yield Condition("{row}.placed_at < ?", (self.placed_until,))
