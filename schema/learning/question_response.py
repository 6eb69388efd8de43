"""Answers in the contract, as they are given and as they are shown: one field is filled, by the question's kind."""

from typing import Self

import strawberry

from models.errors import Invalid
from models.learning.response import Response


@strawberry.type(description="An option and the choice that it is paired with.")
class QuestionPair:
    option: strawberry.ID = strawberry.field(description="The option.")
    choice: strawberry.ID = strawberry.field(description="The choice.")


@strawberry.type(description="An answer to a question; one field is filled, by the question's kind.")
class QuestionResponse:
    options: list[strawberry.ID] | None = strawberry.field(description="The options that are ticked.")
    truth: bool | None = strawberry.field(description="Whether it is true.")
    texts: list[str] | None = strawberry.field(description="What stands in the blanks, in their order.")
    number: str | None = strawberry.field(description="The number.")
    order: list[strawberry.ID] | None = strawberry.field(description="The options in order.")
    pairs: list[QuestionPair] | None = strawberry.field(description="The pairs.")
    text: str | None = strawberry.field(description="The text.")

    @classmethod
    def of(cls, response: Response | None) -> Self | None:
        if response is None:
            return None
        pairs = response.pairs
        return cls(
            options=_ids(response.options),
            truth=response.truth,
            texts=None if response.texts is None else list(response.texts),
            number=response.number,
            order=_ids(response.order),
            pairs=None if pairs is None else [_pair(one, other) for one, other in sorted(pairs.items())],
            text=response.text,
        )


@strawberry.input(description="An option and the choice that it is paired with.")
class QuestionPairInput:
    option: strawberry.ID = strawberry.field(description="The option.")
    choice: strawberry.ID = strawberry.field(description="The choice.")


@strawberry.input(description="An answer to a question: the one field that its kind asks for.")
class QuestionResponseInput:
    options: list[strawberry.ID] | None = strawberry.field(default=None, description="The options to tick.")
    truth: bool | None = strawberry.field(default=None, description="Whether it is true.")
    texts: list[str] | None = strawberry.field(default=None, description="What to write into the blanks, in order.")
    number: str | None = strawberry.field(default=None, description="The number, as it is typed.")
    order: list[strawberry.ID] | None = strawberry.field(default=None, description="The options in order.")
    pairs: list[QuestionPairInput] | None = strawberry.field(default=None, description="The pairs.")
    text: str | None = strawberry.field(default=None, description="The text.")

    def value(self) -> Response:
        given = {name: getattr(self, name) for name in ("options", "truth", "texts", "number", "order", "text")}
        pairs = None if self.pairs is None else {str(one.option): str(one.choice) for one in self.pairs}
        if pairs is not None and len(pairs) < len(self.pairs or ()):
            raise Invalid("pairs", zh="同一项只能配对一次", en="an option is paired once")
        return Response.from_json({**given, "pairs": pairs})


def _ids(names: tuple[str, ...] | None) -> list[strawberry.ID] | None:
    return None if names is None else [strawberry.ID(one) for one in names]


def _pair(option: str, choice: str) -> QuestionPair:
    return QuestionPair(option=strawberry.ID(option), choice=strawberry.ID(choice))
