"""The secret half of a question in the contract: for staff alone, as it is read and as it is written."""

from decimal import Decimal
from typing import Self

import strawberry

from models.errors import Invalid
from models.learning.answer_key import AnswerKey, Criterion
from models.learning.written_key import Accepted, AcceptedNumber, Matching
from schema.enums import publish
from schema.learning.question_response import QuestionPair, QuestionPairInput

publish(
    Matching,
    "How an accepted text is compared with an answer; letters' width, spaces and, unless it counts, case are forgiven.",
    named="TextMatching",
    exact="The answer is it.",
    contains="The answer contains it.",
    regex="It is a pattern (RE2) that fits the whole answer.",
)


@strawberry.type(description="What ticking an option is worth.")
class OptionShare:
    option: strawberry.ID = strawberry.field(description="The option.")
    percent: float = strawberry.field(description="Its share; below 0 it takes away.")


@strawberry.type(description="A text that is accepted in a blank.")
class AcceptedText:
    text: str = strawberry.field(description="The text, or the pattern.")
    matching: Matching = strawberry.field(description="How it is compared.")
    is_case_sensitive: bool = strawberry.field(description="Whether capitals count.")
    percent: float = strawberry.field(description="Its share of the blank.")


@strawberry.type(description="A blank, and what may stand in it.")
class KeyBlank:
    accepted: list[AcceptedText] = strawberry.field(description="The texts that are accepted.")


@strawberry.type(description="A number that is accepted.")
class KeyNumber:
    value: str = strawberry.field(description="The number.")
    tolerance: str = strawberry.field(description="How far an answer may lie beside it.")
    is_percent: bool = strawberry.field(description="Whether the tolerance is percent of the number.")
    percent: float = strawberry.field(description="Its share of the points.")


@strawberry.type(description="A line of a rubric.")
class KeyCriterion:
    text: str = strawberry.field(description="What a marker looks for.")
    percent: float = strawberry.field(description="Its share of the points.")


@strawberry.type(description="What is right. Members never see it from here.")
class QuestionKey:
    shares: list[OptionShare] = strawberry.field(description="What options are worth; others are wrong.")
    truth: bool | None = strawberry.field(description="Whether it is true.")
    blanks: list[KeyBlank] = strawberry.field(description="The blanks, in their order.")
    numbers: list[KeyNumber] = strawberry.field(description="The numbers that are accepted.")
    order: list[strawberry.ID] = strawberry.field(description="The options in the right order.")
    pairs: list[QuestionPair] = strawberry.field(description="The right pairs.")
    rubric: list[KeyCriterion] = strawberry.field(description="What a marker goes by.")
    sample: str | None = strawberry.field(description="An answer as it might be.")

    @classmethod
    def of(cls, key: AnswerKey) -> Self:
        return cls(
            shares=[OptionShare(option=strawberry.ID(one), percent=float(share)) for one, share in key.shares.items()],
            truth=key.truth,
            blanks=[KeyBlank(accepted=[_accepted(one) for one in blank]) for blank in key.blanks],
            numbers=[_number(one) for one in key.numbers],
            order=[strawberry.ID(one) for one in key.order],
            pairs=[
                QuestionPair(option=strawberry.ID(one), choice=strawberry.ID(other)) for one, other in key.pairs.items()
            ],
            rubric=[KeyCriterion(text=one.text, percent=float(one.share)) for one in key.rubric],
            sample=key.sample,
        )


@strawberry.input(description="What ticking an option is worth.")
class OptionShareInput:
    option: strawberry.ID = strawberry.field(description="The option.")
    percent: float = strawberry.field(description="Above 0 it is right; below 0 it takes away; at most five places.")


@strawberry.input(description="A text that is accepted in a blank.")
class AcceptedTextInput:
    text: str = strawberry.field(description="The text, or the pattern, up to 200 characters.")
    matching: Matching = strawberry.field(default=Matching.EXACT, description="How it is compared.")
    is_case_sensitive: bool = strawberry.field(default=False, description="Whether capitals count.")
    percent: float = strawberry.field(default=100, description="Its share of the blank; one must be worth 100.")


@strawberry.input(description="A blank, and what may stand in it.")
class KeyBlankInput:
    accepted: list[AcceptedTextInput] = strawberry.field(description="1 to 50 texts that are accepted.")


@strawberry.input(description="A number that is accepted.")
class KeyNumberInput:
    value: str = strawberry.field(description="The number, as it is written: 42.195.")
    tolerance: str = strawberry.field(default="0", description="How far an answer may lie beside it.")
    is_percent: bool = strawberry.field(default=False, description="Whether the tolerance is percent of the number.")
    percent: float = strawberry.field(default=100, description="Its share of the points; one must be worth 100.")


@strawberry.input(description="A line of a rubric.")
class KeyCriterionInput:
    text: str = strawberry.field(description="What a marker looks for, up to 500 characters.")
    percent: float = strawberry.field(description="Its share of the points; all come to 100.")


@strawberry.input(description="What is right: the fields that the kind asks for.")
class QuestionKeyInput:
    shares: list[OptionShareInput] = strawberry.field(default_factory=list, description="What options are worth.")
    truth: bool | None = strawberry.field(default=None, description="Whether it is true.")
    blanks: list[KeyBlankInput] = strawberry.field(default_factory=list, description="The blanks, in their order.")
    numbers: list[KeyNumberInput] = strawberry.field(default_factory=list, description="The numbers to accept.")
    order: list[strawberry.ID] = strawberry.field(default_factory=list, description="The options in the right order.")
    pairs: list[QuestionPairInput] = strawberry.field(default_factory=list, description="The right pairs.")
    rubric: list[KeyCriterionInput] = strawberry.field(default_factory=list, description="What a marker goes by.")
    sample: str | None = strawberry.field(default=None, description="An answer as it might be.")

    def value(self) -> AnswerKey:
        shares = {str(one.option): _share(one.percent) for one in self.shares}
        pairs = {str(one.option): str(one.choice) for one in self.pairs}
        if len(shares) < len(self.shares) or len(pairs) < len(self.pairs):
            raise Invalid("key", zh="同一选项出现两次", en="an option stands there twice")
        return AnswerKey(
            shares=shares,
            truth=self.truth,
            blanks=tuple(
                tuple(
                    Accepted(one.text, one.matching, one.is_case_sensitive, _share(one.percent))
                    for one in blank.accepted
                )
                for blank in self.blanks
            ),
            numbers=tuple(
                AcceptedNumber(one.value, one.tolerance, one.is_percent, _share(one.percent)) for one in self.numbers
            ),
            order=tuple(str(one) for one in self.order),
            pairs=pairs,
            rubric=tuple(Criterion(one.text, _share(one.percent)) for one in self.rubric),
            sample=self.sample,
        )


def _accepted(one: Accepted) -> AcceptedText:
    return AcceptedText(
        text=one.text, matching=one.matching, is_case_sensitive=one.is_case_sensitive, percent=float(one.share)
    )


def _number(one: AcceptedNumber) -> KeyNumber:
    return KeyNumber(value=one.value, tolerance=one.tolerance, is_percent=one.is_percent, percent=float(one.share))


def _share(percent: float) -> Decimal:
    """A share as it was meant: binary fractions are not told from the five places that count."""
    return Decimal(f"{percent:.5f}") if abs(percent) < 1_000 else Decimal(1_000)
