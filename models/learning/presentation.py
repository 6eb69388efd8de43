"""How a question is put before one member: the order of its options and choices, and names that tell nothing.

The bank's own names of options say in which order an author wrote them, and authors write what is right first. So a
member sees them numbered by their place in the attempt's own order, and what it answers is told back in the bank's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Self

from models.learning.answer_key import AnswerKey
from models.learning.question_content import Content, Option
from models.learning.question_kind import QuestionKind
from models.learning.response import Response

ALWAYS_SHUFFLED = frozenset({QuestionKind.ORDER, QuestionKind.MATCH})
"""Kinds whose order, as it is written, is the answer."""


def shuffled(seed: str, *purpose: object, items: Sequence[Any]) -> list[Any]:
    """The items in an order that follows from the seed and the purpose alone."""
    return sorted(items, key=lambda one: sha256(":".join(map(str, (seed, *purpose, one))).encode()).digest())


@dataclass(frozen=True)
class Presentation:
    """The bank's ids in the order in which they are shown; the first is shown as `1`."""

    options: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    @classmethod
    def of(cls, content: Content, *, seed: str, name: object, shuffles: bool) -> Self:
        """The order of a question, `name`, in an attempt."""
        if not (shuffles or content.kind in ALWAYS_SHUFFLED):
            return cls(content.option_ids, content.choice_ids)
        options = shuffled(seed, "options", name, items=content.option_ids)
        return cls(tuple(options), tuple(shuffled(seed, "choices", name, items=content.choice_ids)))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(tuple(stored.get("options", ())), tuple(stored.get("choices", ())))

    def to_json(self) -> dict[str, Any]:
        found = {"options": list(self.options), "choices": list(self.choices)}
        return {name: ids for name, ids in found.items() if ids}

    def shown(self, content: Content) -> Content:
        """The question as the member sees it."""
        return replace(
            content,
            options=_renamed(content.options, self.options),
            choices=_renamed(content.choices, self.choices),
        )

    def told(self, response: Response) -> Response:
        """A response of ours in the names that the member sees."""
        return _translated(response, _names(self.options), _names(self.choices))

    def taken(self, response: Response) -> Response:
        """A member's response in the bank's names; what is no name of ours stays, and is refused as such."""
        return _translated(response, _ids(self.options), _ids(self.choices))

    def right(self, content: Content, key: AnswerKey) -> Response:
        """What would have been wholly right, in the names that the member sees; of several ways the first."""
        return self.told(_RIGHT[content.kind](content, key))


def _names(ids: Sequence[str]) -> dict[str, str]:
    return {one: str(number) for number, one in enumerate(ids, start=1)}


def _ids(ids: Sequence[str]) -> dict[str, str]:
    return {str(number): one for number, one in enumerate(ids, start=1)}


def _renamed(options: Sequence[Option], order: Sequence[str]) -> tuple[Option, ...]:
    known = {one.id: one for one in options}
    return tuple(replace(known[one], id=name) for one, name in _names(order).items())


def _translated(response: Response, options: Mapping[str, str], choices: Mapping[str, str]) -> Response:
    """The unknown becomes a name that no question has, lest it be taken for one of the bank's."""
    pairs = response.pairs and {options.get(one, "?"): choices.get(other, "?") for one, other in response.pairs.items()}
    return replace(
        response,
        options=response.options and tuple(sorted(options.get(one, "?") for one in response.options)),
        order=response.order and tuple(options.get(one, "?") for one in response.order),
        pairs=pairs,
    )


def _best(accepted: Sequence[Any]) -> Any:
    return max(accepted, key=lambda one: one.share)


_RIGHT = {
    QuestionKind.SINGLE: lambda content, key: Response(options=(max(key.shares, key=lambda one: key.shares[one]),)),
    QuestionKind.MULTIPLE: lambda content, key: Response(options=tuple(sorted(key.right_ids))),
    QuestionKind.JUDGE: lambda content, key: Response(truth=key.truth),
    QuestionKind.BLANK: lambda content, key: Response(texts=tuple(_best(blank).text for blank in key.blanks)),
    QuestionKind.NUMBER: lambda content, key: Response(number=str(_best(key.numbers).value)),
    QuestionKind.ORDER: lambda content, key: Response(order=key.order),
    QuestionKind.MATCH: lambda content, key: Response(pairs=key.pairs),
    QuestionKind.SHORT_TEXT: lambda content, key: Response(text=key.sample),
}
