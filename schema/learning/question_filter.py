"""Which questions are asked for: the same words for a list and for an export."""

from collections.abc import Iterator, Mapping
from typing import Any

import strawberry

from engine.relation import Condition
from models.errors import Invalid, bounded_text, within
from models.learning.folding import folded
from models.learning.question_terms import DIFFICULTY_MOST, TAG_MOST, category_path
from schema.learning.question_status import QuestionKind, QuestionStatus
from schema.members.file import pattern

SEARCH_MOST = 60
_RATE = "(SELECT 1.0 * (qs.answered - qs.right_count) / qs.answered FROM question_statistics qs"


@strawberry.input(description="Which questions; what is left out does not matter.")
class QuestionFilter:
    statuses: list[QuestionStatus] | None = strawberry.field(
        default=None, description="In one of these states; without this, all but the archived."
    )
    kinds: list[QuestionKind] | None = strawberry.field(default=None, description="Of one of these kinds.")
    category: str | None = strawberry.field(default=None, description="In this category or below it.")
    tags: list[str] | None = strawberry.field(default=None, description="With all of these tags, at most 10.")
    difficulty_least: int | None = strawberry.field(default=None, description="At least this hard, 1 to 5.")
    difficulty_most: int | None = strawberry.field(default=None, description="At most this hard, 1 to 5.")
    search: str | None = strawberry.field(default=None, description="A piece of its words, up to 60 characters.")
    source: str | None = strawberry.field(default=None, description="Taken from there.")
    error_rate_least: float | None = strawberry.field(
        default=None, description="Wrong at least so often, 0 to 1, as far as that was worked out."
    )

    def condition(self) -> Condition:
        """As a condition on a question's row. Raises `Invalid`."""
        parts = list(self._parts())
        return Condition(
            " AND ".join(f"({part.sql})" for part in parts), tuple(value for part in parts for value in part.values)
        )

    def _parts(self) -> Iterator[Condition]:
        yield _among("status", self.statuses) if self.statuses else Condition("{row}.status <> 'archived'")
        if self.kinds:
            yield _among("kind", self.kinds)
        if self.category:
            path = category_path(self.category)
            yield Condition("{row}.category = ? OR substr({row}.category, 1, ?) = ?", (path, len(path) + 1, f"{path}/"))
        within("tags", len(self.tags or ()), 0, 10)
        for tag in self.tags or ():
            name = bounded_text(tag, "tags", least=1, most=TAG_MOST)
            yield Condition(
                "EXISTS (SELECT 1 FROM question_tag qt WHERE qt.question_id = {row}.id AND qt.name = ?)", (name,)
            )
        for name, sign, value in (
            ("difficultyLeast", ">=", self.difficulty_least),
            ("difficultyMost", "<=", self.difficulty_most),
        ):
            within(name, value, 1, DIFFICULTY_MOST)
            if value is not None:
                yield Condition(f"{{row}}.difficulty {sign} ?", (value,))
        if text := folded(bounded_text(self.search, "search", most=SEARCH_MOST) or ""):
            yield Condition("{row}.words LIKE ? ESCAPE '!'", (pattern(text),))
        if source := bounded_text(self.source, "source", most=200):
            yield Condition("{row}.source = ?", (source,))
        if self.error_rate_least is not None:
            if not 0 <= self.error_rate_least <= 1:
                raise Invalid("errorRateLeast", zh="应为 0–1", en="it must be 0 to 1")
            yield Condition(
                f"{_RATE} WHERE qs.question_id = {{row}}.id AND qs.answered > 0) >= ?", (self.error_rate_least,)
            )


def read_filter(asked: Mapping[str, Any]) -> QuestionFilter:
    """The filter that JSON says in the words of the contract. Raises `Invalid`."""
    return QuestionFilter(
        statuses=[_one_of(QuestionStatus, one, "statuses") for one in _list(asked, "statuses")] or None,
        kinds=[_one_of(QuestionKind, one, "kinds") for one in _list(asked, "kinds")] or None,
        category=_typed(asked, "category", str),
        tags=[str(one) for one in _list(asked, "tags")] or None,
        difficulty_least=_typed(asked, "difficultyLeast", int),
        difficulty_most=_typed(asked, "difficultyMost", int),
        search=_typed(asked, "search", str),
        source=_typed(asked, "source", str),
        error_rate_least=_typed(asked, "errorRateLeast", float),
    )


FIELDS = frozenset(
    {
        *("statuses", "kinds", "category", "tags", "difficultyLeast", "difficultyMost", "search", "source"),
        "errorRateLeast",
    }
)


def _among(column: str, values: list[Any]) -> Condition:
    named = list(dict.fromkeys(values))
    return Condition(f"{{row}}.{column} IN ({', '.join('?' for _ in named)})", tuple(map(str, named)))


def _list(asked: Mapping[str, Any], name: str) -> list[object]:
    value = asked.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _bad(name)
    return value


def _typed(asked: Mapping[str, Any], name: str, kind: type) -> Any:
    value = asked.get(name)
    if value is None:
        return None
    wanted = (int, float) if kind is float else kind
    if isinstance(value, bool) or not isinstance(value, wanted):
        raise _bad(name)
    return value


def _one_of(enum: Any, value: object, name: str) -> Any:
    """A value of an enum by the name that the contract gives it."""
    if not isinstance(value, str) or value not in enum.__members__:
        raise _bad(name)
    return enum[value]


def _bad(name: str) -> Invalid:
    return Invalid(name, zh="取值不正确", en="see the contract of `questions`")
