"""The one compiler of conditions: from a tree to SQL over a row of `member`, for both databases.

Names of tables and columns are the program's own, values are always bound, and every part is true or false and never
null, so that `not` means what it says.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from models.errors import Invalid
from models.members.condition import ALL, ANY, NOT, Bounds, Condition, Place
from models.points.level_statement import position_of
from store.brand_day import brand_day
from store.database import dialect

EXPANDED_MOST = 400
"""Most nodes of a condition with those of the segments that it names."""

_DEFAULT_STREAK = (
    "EXISTS (SELECT 1 FROM streak s JOIN check_in_plan p ON p.id = s.plan_id AND p.is_default "
    "WHERE s.member_id = {row}.id AND "
)
_ACCOUNT = (
    "COALESCE((SELECT a.%s FROM account a WHERE a.holder_id = {row}.id AND a.holder = 'member' "
    "AND a.currency = 'points' AND a.bucket = 'available'), 0)"
)


@dataclass(frozen=True)
class Clause:
    """SQL over a member's row `{row}`, with `?` for each value in order."""

    sql: str
    values: tuple[object, ...] = ()

    def of(self, alias: str, *, first: int) -> str:
        """The text over an alias, its values numbered from `$first`."""
        pieces = self.sql.replace("{row}", alias).split("?")
        return pieces[0] + "".join(f"${number}{piece}" for number, piece in enumerate(pieces[1:], start=first))


class Compiler:
    """Compiles as of an instant; `segments` are the conditions of all segments that are named, directly or not."""

    def __init__(self, *, at: datetime, segments: Mapping[UUID, Condition] | None = None) -> None:
        self._at = at
        self._segments = segments or {}
        self._nodes = 0

    def compile(self, condition: Condition) -> Clause:
        """Raises `Invalid` for a condition that grows too large with the segments it names."""
        self._nodes += 1
        if self._nodes > EXPANDED_MOST:
            raise Invalid("condition", zh="引用的人群过多", en="it names too many segments")
        if condition.kind in (ALL, ANY):
            return _joined(condition.kind, [self.compile(part) for part in condition.parts])
        if condition.kind == NOT:
            inner = self.compile(condition.parts[0])
            return Clause(f"NOT ({inner.sql})", inner.values)
        if condition.kind == "segment":
            return self.compile(self._segments[condition.value])
        write: Callable[[Any, Compiler], Clause] = _LEAVES[condition.kind]
        return write(condition.value, self)

    @property
    def at(self) -> datetime:
        return self._at

    def ago(self, days: int) -> datetime:
        return self._at - timedelta(days=days)

    @property
    def today(self) -> date:
        return brand_day(self._at)


def _joined(kind: str, parts: Sequence[Clause]) -> Clause:
    word = " AND " if kind == ALL else " OR "
    return Clause(
        "(" + word.join(f"({part.sql})" for part in parts) + ")",
        tuple(value for part in parts for value in part.values),
    )


def _places(values: Sequence[object]) -> str:
    return ", ".join("?" for _ in values)


def _is_in(column: str) -> Callable[[tuple[object, ...], Compiler], Clause]:
    def write(values: tuple[object, ...], compiler: Compiler) -> Clause:
        return Clause(f"({column} IS NOT NULL AND {column} IN ({_places(values)}))", values)

    return write


def _region(prefixes: tuple[str, ...], compiler: Compiler) -> Clause:
    """LIKE would mind wildcards, and letter case on one database only."""
    begins = " OR ".join(f"substr({{row}}.region, 1, {len(one)}) = ?" for one in prefixes)
    return Clause(f"({{row}}.region IS NOT NULL AND ({begins}))", prefixes)


def _birthday_month(months: tuple[int, ...], compiler: Compiler) -> Clause:
    month = "EXTRACT(MONTH FROM {row}.birthday)" if dialect() == "postgres" else "strftime('%m', {row}.birthday)"
    column = f"CAST({month} AS INTEGER)"
    return Clause(f"({{row}}.birthday IS NOT NULL AND {column} IN ({', '.join(map(str, months))}))")


def _tags(tag_ids: tuple[UUID, ...], compiler: Compiler) -> Clause:
    return Clause(
        "EXISTS (SELECT 1 FROM member_tag mt WHERE mt.member_id = {row}.id "  # noqa: S608 - own text, values are bound
        f"AND mt.tag_id IN ({_places(tag_ids)}) AND (mt.expires_at IS NULL OR mt.expires_at > ?))",
        (*tag_ids, compiler.at),
    )


def _place(place: Place, compiler: Compiler) -> Clause:
    return _placed(place, "")


def _zombie(place: Place, compiler: Compiler) -> Clause:
    """A place whose holder has not said a word there in its first days, nor since."""
    marked = "AND EXISTS (SELECT 1 FROM newcomer n WHERE n.membership_id = s.id AND n.state = 'zombie')"
    return _placed(place, marked)


def _placed(place: Place, beside: str) -> Clause:
    named = [
        (column, ids) for column, ids in (("s.group_id", place.group_ids), ("g.circle_id", place.circle_ids)) if ids
    ]
    within = " OR ".join(f"{column} IN ({_places(ids)})" for column, ids in named) or "1 = 1"
    role = f" AND s.role IN ({_places(place.roles)})" if place.roles else ""
    return Clause(
        "EXISTS (SELECT 1 FROM membership s JOIN chat_group g ON g.id = s.group_id AND g.status = 'active' "  # noqa: S608 - own text, values are bound
        f"WHERE s.member_id = {{row}}.id AND ({within}){role} {beside})",
        (*place.group_ids, *place.circle_ids, *(str(role) for role in place.roles)),
    )


def _checked_in(days: int, compiler: Compiler) -> Clause:
    return Clause(
        "EXISTS (SELECT 1 FROM check_in k WHERE k.member_id = {row}.id AND k.voided_at IS NULL "
        "AND k.business_day > ? AND k.business_day <= ?)",
        (compiler.today - timedelta(days=days), compiler.today),
    )


def _streak(days: int, compiler: Compiler) -> Clause:
    """A run that stands; days that freezes would protect are known by the next check-in only."""
    passed = "(CAST(? AS DATE) - s.last_day)" if dialect() == "postgres" else "(julianday(?) - julianday(s.last_day))"
    return Clause(f"{_DEFAULT_STREAK}s.current_days >= ? AND {passed} <= 1 + p.grace_days)", (days, compiler.today))


def _bounded(column: str) -> Callable[[Bounds, Compiler], Clause]:
    figure = _ACCOUNT % column

    def write(bounds: Bounds, compiler: Compiler) -> Clause:
        parts = [(">=", bounds.least), ("<=", bounds.most)]
        held = [(sign, value) for sign, value in parts if value is not None]
        return Clause(
            "(" + " AND ".join(f"{figure} {sign} ?" for sign, _ in held) + ")", tuple(value for _, value in held)
        )

    return write


_LEAVES: dict[str, Callable[[Any, Compiler], Clause]] = {
    "region_in": _region,
    "gender_in": _is_in("{row}.gender"),
    "status_in": _is_in("{row}.status"),
    "birthday_month_in": _birthday_month,
    "joined_within_days": lambda days, compiler: Clause("{row}.joined_at > ?", (compiler.ago(days),)),
    "joined_before_days": lambda days, compiler: Clause("{row}.joined_at <= ?", (compiler.ago(days),)),
    "tag_in": _tags,
    "ladder_in": _is_in("COALESCE((SELECT l.step FROM member_ladder l WHERE l.member_id = {row}.id), 'prospect')"),
    "level_least": lambda position, _: Clause(f"{position_of('{row}.id')} >= ?", (position,)),
    "level_most": lambda position, _: Clause(f"{position_of('{row}.id')} <= ?", (position,)),
    "place": _place,
    "zombie_in": _zombie,
    "checked_in_within_days": _checked_in,
    "streak_least": _streak,
    "check_ins_least": lambda days, _: Clause(f"{_DEFAULT_STREAK}s.total_days >= ?)", (days,)),
    "points_earned": _bounded("earned_total"),
    "points_balance": _bounded("balance"),
}
"""How each kind of leaf is asked."""
