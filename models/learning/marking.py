"""Marking: what a response is worth by the key of its question. Points are hundredths of a point, and never below 0.

A question is worth 1. Its parts are what can be right on its own: a ticked option, a blank, a neighbourhood in an
order, a pair. They are marked by one of three rules.

- `all_right`: the points for all parts right, and nothing for less.
- `per_option`: each part that is right earns its share. To tick a wrong option of several earns nothing at all, for
  otherwise whoever ticks them all would have everything.
- `with_penalty`: each part that is right earns its share, and each that is wrong takes one away; what was left empty
  does neither. A wrong option takes what its key says; where that says nothing, all wrong options together take the
  whole, so to tick everything earns 0.

An order is marked by its neighbours: of n things there are n - 1 places where the one that follows is right or wrong.
Whether an answer is right does not hang on the rule. It is computed in fractions and rounded once, half up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from models.learning.answer_key import AnswerKey
from models.learning.folding import number_in
from models.learning.question_content import Content
from models.learning.question_kind import QuestionKind
from models.learning.response import Response
from models.learning.written_key import Accepted


class ScoreRule(StrEnum):
    """How the parts of a question add up."""

    ALL_RIGHT = "all_right"
    PER_OPTION = "per_option"
    WITH_PENALTY = "with_penalty"


@dataclass(frozen=True)
class Mark:
    """What a response came to. Whether it is right is None as long as a person has to say so."""

    points: int
    is_right: bool | None
    needs_marker: bool = False


@dataclass(frozen=True)
class Parts:
    """What was earned and what was lost, each from 0 on in parts of the whole, and whether nothing was wrong."""

    earned: Fraction
    lost: Fraction
    is_right: bool
    is_spoilt: bool = False
    """Whether a wrong part spoils the others where nothing is taken away for it."""


NOTHING = Mark(0, False)


def mark(content: Content, key: AnswerKey, response: Response | None, rule: ScoreRule, points: int) -> Mark:
    """The mark of a checked response; an empty one earns nothing and needs nobody."""
    if response is None or response.is_empty:
        return NOTHING
    if content.kind is QuestionKind.SHORT_TEXT:
        return Mark(0, None, needs_marker=True)
    parts = _PARTS[content.kind](content, key, response)
    return Mark(points if parts.is_right else _rounded(_worth(parts, rule) * points), parts.is_right)


def _worth(parts: Parts, rule: ScoreRule) -> Fraction:
    """What an answer that is not all right is worth."""
    if rule is ScoreRule.ALL_RIGHT or (rule is ScoreRule.PER_OPTION and parts.is_spoilt):
        return Fraction(0)
    lost = parts.lost if rule is ScoreRule.WITH_PENALTY else Fraction(0)
    return min(max(parts.earned - lost, Fraction(0)), Fraction(1))


def _rounded(points: Fraction) -> int:
    return int(points + Fraction(1, 2))


def _options(content: Content, key: AnswerKey, response: Response) -> Parts:
    chosen = frozenset(response.options or ())
    wrong = chosen - key.right_ids
    earned = sum((_part(key.shares[one]) for one in chosen & key.right_ids), Fraction(0))
    each = Fraction(1, max(len(content.options) - len(key.right_ids), 1))
    lost = sum((-_part(key.shares[one]) if key.shares.get(one) else each for one in wrong), Fraction(0))
    if content.kind is QuestionKind.SINGLE:
        return Parts(earned, lost, is_right=earned == 1)
    return Parts(earned, lost, is_right=chosen == key.right_ids, is_spoilt=bool(wrong))


def _judge(content: Content, key: AnswerKey, response: Response) -> Parts:
    is_right = response.truth is key.truth
    return Parts(Fraction(is_right), Fraction(not is_right), is_right)


def _blanks(content: Content, key: AnswerKey, response: Response) -> Parts:
    given = (*(response.texts or ()), *[""] * content.blanks)
    earned = [_best(blank, answer) for blank, answer in zip(key.blanks, given, strict=False)]
    wrong = sum(not share and bool(answer.strip()) for share, answer in zip(earned, given, strict=False))
    return _of_equal_parts(earned, wrong)


def _best(blank: tuple[Accepted, ...], answer: str) -> Fraction:
    """The highest share of what accepts the answer."""
    if not answer.strip():
        return Fraction(0)
    return max((_part(one.share) for one in blank if one.fits(answer)), default=Fraction(0))


def _number(content: Content, key: AnswerKey, response: Response) -> Parts:
    given = number_in(response.number or "", content.unit)
    fitting = [_part(one.share) for one in key.numbers if given is not None and one.fits(given)]
    return _of_equal_parts([max(fitting, default=Fraction(0))], int(not fitting))


def _order(content: Content, key: AnswerKey, response: Response) -> Parts:
    wanted = set(pairwise(key.order))
    earned = [Fraction(one in wanted) for one in pairwise(response.order or ())]
    return _of_equal_parts(earned, earned.count(Fraction(0)))


def _pairs(content: Content, key: AnswerKey, response: Response) -> Parts:
    given = response.pairs or {}
    earned = [Fraction(given.get(one) == choice) for one, choice in key.pairs.items()]
    return _of_equal_parts(earned, len(given) - earned.count(Fraction(1)))


def _of_equal_parts(earned: list[Fraction], wrong: int) -> Parts:
    return Parts(
        sum(earned, Fraction(0)) / len(earned), Fraction(wrong, len(earned)), is_right=all(one == 1 for one in earned)
    )


def _part(share: Decimal) -> Fraction:
    return Fraction(share) / 100


_PARTS: dict[QuestionKind, Callable[[Content, AnswerKey, Response], Parts]] = {
    QuestionKind.SINGLE: _options,
    QuestionKind.MULTIPLE: _options,
    QuestionKind.JUDGE: _judge,
    QuestionKind.BLANK: _blanks,
    QuestionKind.NUMBER: _number,
    QuestionKind.ORDER: _order,
    QuestionKind.MATCH: _pairs,
}
