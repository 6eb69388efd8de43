"""The secret half of a question: what is right, how much each part is worth, and what a marker goes by.

It is kept in a column of its own and leaves the server by the doors of staff alone, and by a quiz's review matrix once
that allows it. Shares are percent, exact to five places, so that three thirds are whole.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Self

from models.errors import Invalid, bounded_text, within
from models.learning.question_content import Content
from models.learning.question_kind import QuestionKind
from models.learning.rich_text import cleaned, line
from models.learning.written_key import FULL, Accepted, AcceptedNumber, checked_share, told_share

ACCEPTED_MOST = 50
CRITERIA_MOST = 20
SAMPLE_MOST = 8_000
WHOLE = (Decimal("99.9"), Decimal("100.1"))
"""Shares that come to this are whole: thirds of two places do."""


@dataclass(frozen=True)
class Criterion:
    """A line of a rubric: what a marker looks for, and its share of the points in percent."""

    text: str
    share: Decimal

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(stored["text"], Decimal(stored["share"]))

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "share": told_share(self.share)}


@dataclass(frozen=True)
class AnswerKey:
    """By kind: `shares` of options (above 0: right; below: what ticking it takes away), `truth`, accepted texts of each
    of the `blanks`, `numbers`, `order` of options, `pairs` of option and choice, or a `rubric` and a `sample` answer.
    """

    shares: Mapping[str, Decimal] = field(default_factory=dict)
    truth: bool | None = None
    blanks: tuple[tuple[Accepted, ...], ...] = ()
    numbers: tuple[AcceptedNumber, ...] = ()
    order: tuple[str, ...] = ()
    pairs: Mapping[str, str] = field(default_factory=dict)
    rubric: tuple[Criterion, ...] = ()
    sample: str | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            shares={one: Decimal(share) for one, share in stored.get("shares", {}).items()},
            truth=stored.get("truth"),
            blanks=tuple(tuple(Accepted.from_json(one) for one in blank) for blank in stored.get("blanks", ())),
            numbers=tuple(AcceptedNumber.from_json(one) for one in stored.get("numbers", ())),
            order=tuple(stored.get("order", ())),
            pairs=dict(stored.get("pairs", {})),
            rubric=tuple(Criterion.from_json(one) for one in stored.get("rubric", ())),
            sample=stored.get("sample"),
        )

    def to_json(self) -> dict[str, Any]:
        columns: dict[str, Any] = {
            "shares": {one: told_share(share) for one, share in self.shares.items()},
            "truth": self.truth,
            "blanks": [[one.to_json() for one in blank] for blank in self.blanks],
            "numbers": [one.to_json() for one in self.numbers],
            "order": list(self.order),
            "pairs": dict(self.pairs),
            "rubric": [one.to_json() for one in self.rubric],
            "sample": self.sample,
        }
        return {name: value for name, value in columns.items() if value not in (None, [], {})}

    @property
    def right_ids(self) -> frozenset[str]:
        """The options that are right."""
        return frozenset(one for one, share in self.shares.items() if share > 0)

    def checked(self, content: Content) -> Self:
        """This key as it is kept, or `Invalid` where it does not belong to the content or marks nothing as right."""
        used = _USED[content.kind]
        for name in self.__dataclass_fields__:
            if name not in used and getattr(self, name) not in (None, (), {}):
                raise Invalid(f"key.{name}", zh="该题型不使用此项", en="this kind of question has none")
        return _CHECKS[content.kind](self, content)

    def _checked_options(self, content: Content) -> Self:
        _known(self.shares, content.option_ids, "key.shares")
        given = {one: self.shares[one] for one in content.option_ids if self.shares.get(one)}
        worth = {one: checked_share(share, "key.shares", least=-100) for one, share in given.items()}
        shares = {one: share for one, share in worth.items() if share}
        right = [share for share in shares.values() if share > 0]
        if content.kind is QuestionKind.SINGLE and FULL not in right:
            raise Invalid("key.shares", zh="须有一个满分选项", en="one option must be worth 100 percent")
        if content.kind is QuestionKind.MULTIPLE and not WHOLE[0] <= sum(right) <= WHOLE[1]:
            raise Invalid("key.shares", zh="正确选项之和应为 100%", en="the right options must come to 100 percent")
        return replace(self, shares=shares)

    def _checked_truth(self, content: Content) -> Self:
        if self.truth is None:
            raise Invalid("key.truth", zh="不能为空", en="say whether it is true")
        return self

    def _checked_blanks(self, content: Content) -> Self:
        if len(self.blanks) != content.blanks:
            raise Invalid("key.blanks", zh=f"应有 {content.blanks} 空的答案", en=f"there are {content.blanks} blanks")
        blanks = []
        for blank in self.blanks:
            within("key.blanks", len(blank), 1, ACCEPTED_MOST)
            blanks.append(tuple(one.checked("key.blanks") for one in blank))
            if all(one.share != FULL for one in blanks[-1]):
                raise Invalid("key.blanks", zh="每空须有一个满分答案", en="each blank needs one worth 100 percent")
        return replace(self, blanks=tuple(blanks))

    def _checked_numbers(self, content: Content) -> Self:
        within("key.numbers", len(self.numbers), 1, ACCEPTED_MOST)
        numbers = tuple(one.checked("key.numbers") for one in self.numbers)
        if all(one.share != FULL for one in numbers):
            raise Invalid("key.numbers", zh="须有一个满分答案", en="one number must be worth 100 percent")
        return replace(self, numbers=numbers)

    def _checked_order(self, content: Content) -> Self:
        if sorted(self.order) != sorted(content.option_ids):
            raise Invalid("key.order", zh="应包含每个选项各一次", en="it must name each option once")
        return self

    def _checked_pairs(self, content: Content) -> Self:
        _known(self.pairs.values(), content.choice_ids, "key.pairs")
        if sorted(self.pairs) != sorted(content.option_ids):
            raise Invalid("key.pairs", zh="应包含每个选项各一次", en="it must pair each option")
        return replace(self, pairs={one: self.pairs[one] for one in content.option_ids})

    def _checked_rubric(self, content: Content) -> Self:
        within("key.rubric", len(self.rubric), 0, CRITERIA_MOST)
        rubric = tuple(
            Criterion(
                bounded_text(line(one.text), "key.rubric.text", least=1, most=500) or "",
                checked_share(one.share, "key.rubric.share"),
            )
            for one in self.rubric
        )
        if rubric and not WHOLE[0] <= sum(one.share for one in rubric) <= WHOLE[1]:
            raise Invalid("key.rubric", zh="各项之和应为 100%", en="its shares must come to 100 percent")
        sample = bounded_text(cleaned(self.sample or "", content.format), "key.sample", most=SAMPLE_MOST) or None
        return replace(self, rubric=rubric, sample=sample)


_USED = {
    QuestionKind.SINGLE: ("shares",),
    QuestionKind.MULTIPLE: ("shares",),
    QuestionKind.JUDGE: ("truth",),
    QuestionKind.BLANK: ("blanks",),
    QuestionKind.NUMBER: ("numbers",),
    QuestionKind.ORDER: ("order",),
    QuestionKind.MATCH: ("pairs",),
    QuestionKind.SHORT_TEXT: ("rubric", "sample"),
}
_CHECKS = {
    QuestionKind.SINGLE: AnswerKey._checked_options,
    QuestionKind.MULTIPLE: AnswerKey._checked_options,
    QuestionKind.JUDGE: AnswerKey._checked_truth,
    QuestionKind.BLANK: AnswerKey._checked_blanks,
    QuestionKind.NUMBER: AnswerKey._checked_numbers,
    QuestionKind.ORDER: AnswerKey._checked_order,
    QuestionKind.MATCH: AnswerKey._checked_pairs,
    QuestionKind.SHORT_TEXT: AnswerKey._checked_rubric,
}


def right_options(*ids: str) -> dict[str, Decimal]:
    """Equal shares for the options that are right, together whole."""
    share = Decimal(told_share(FULL / len(ids))) if ids else FULL
    return dict.fromkeys(ids, share)


def _known(given: Iterable[str], ids: Iterable[str], field: str) -> None:
    if unknown := set(given) - set(ids):
        raise Invalid(field, zh=f"没有选项 {min(unknown)}", en=f"there is no option {min(unknown)}")
