"""What a member answered to a question, as JSON by kind. It is checked for its shape alone, never for being right."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from models.errors import Invalid
from models.learning.folding import NUMBER_MOST, number_in
from models.learning.question_content import Content
from models.learning.question_kind import QuestionKind

BLANK_TEXT_MOST = 500
TEXT_MOST = 10_000

FIELD_OF = {
    QuestionKind.SINGLE: "options",
    QuestionKind.MULTIPLE: "options",
    QuestionKind.JUDGE: "truth",
    QuestionKind.BLANK: "texts",
    QuestionKind.NUMBER: "number",
    QuestionKind.ORDER: "order",
    QuestionKind.MATCH: "pairs",
    QuestionKind.SHORT_TEXT: "text",
}
"""Which field of a response a kind is answered by."""


@dataclass(frozen=True)
class Response:
    """One field is filled, by the question's kind; an answer may be empty, as long as nobody has handed it in."""

    options: tuple[str, ...] | None = None
    truth: bool | None = None
    texts: tuple[str, ...] | None = None
    number: str | None = None
    order: tuple[str, ...] | None = None
    pairs: Mapping[str, str] | None = None
    text: str | None = None

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """The response that some JSON says; `Invalid` where it is of another shape, for it comes from outside."""
        if not isinstance(given, Mapping):
            raise _wrong("response")
        for name, value in given.items():
            if name not in _SHAPES or (value is not None and not _SHAPES[name](value)):
                raise _wrong(str(name))
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
        }
        return cls(**plain)

    def to_json(self) -> dict[str, Any]:
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in found.items()
            if value is not None
        }

    def checked(self, content: Content) -> Self:
        """This response, or `Invalid` where it cannot be an answer to what is asked."""
        wanted = FIELD_OF[content.kind]
        for name in self.__dataclass_fields__:
            if name != wanted and getattr(self, name) is not None:
                raise _wrong(name)
        self._check_chosen(content)
        self._check_written(content)
        return self

    @property
    def is_empty(self) -> bool:
        """Whether nothing was answered."""
        written = (self.number, self.text, *(self.texts or ()))
        chosen = (self.options, self.order, self.pairs)
        return self.truth is None and not any((one or "").strip() for one in written) and not any(chosen)

    def _check_chosen(self, content: Content) -> None:
        ids, most = set(content.option_ids), 1 if content.kind is QuestionKind.SINGLE else len(content.options)
        options = self.options or ()
        if set(options) - ids or len(options) > min(most, len(set(options))):
            raise _wrong("options")
        if self.order and sorted(self.order) != sorted(ids):
            raise _wrong("order")
        pairs = self.pairs or {}
        if set(pairs) - ids or set(pairs.values()) - set(content.choice_ids):
            raise _wrong("pairs")

    def _check_written(self, content: Content) -> None:
        texts = self.texts or ()
        if len(texts) > content.blanks or any(len(one) > BLANK_TEXT_MOST for one in texts):
            raise _wrong("texts")
        if len(self.text or "") > TEXT_MOST:
            raise _wrong("text")
        number = (self.number or "").strip()
        if number and (len(number) > NUMBER_MOST or number_in(number, content.unit) is None):
            raise Invalid("number", zh="请填写数字", en="write a number")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\x00" not in value


def _are_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) <= 100 and all(_is_text(one) for one in value)


def _is_map(value: object) -> bool:
    return isinstance(value, dict) and _are_texts([*value]) and _are_texts([*value.values()])


_SHAPES = {
    "options": _are_texts,
    "truth": lambda value: isinstance(value, bool),
    "texts": _are_texts,
    "number": _is_text,
    "order": _are_texts,
    "pairs": _is_map,
    "text": _is_text,
}


def _wrong(field: str) -> Invalid:
    return Invalid(field, zh="与题目不符", en="it does not answer this question")
