"""The demo's bank: enough questions of every kind, each of which its own key marks as right."""

from collections import Counter

from models.learning.duplicates import alike
from models.learning.marking import ScoreRule, mark
from models.learning.question_kind import QuestionKind
from models.learning.question_terms import QuestionTerms
from models.learning.response import Response
from seeds.learning_bank import questions_in
from seeds.learning_bank_texts import CIRCLES
from store.ids import new_id

BANK = [terms for text in CIRCLES.values() for terms in questions_in(text)]


def test_the_bank_is_large_and_of_every_kind() -> None:
    assert len(BANK) >= 200
    assert len({one.fingerprint for one in BANK}) == len(BANK)
    kinds = Counter(one.content.kind for one in BANK)
    assert set(kinds) == set(QuestionKind)
    assert min(kinds.values()) >= 7
    assert {one.difficulty for one in BANK} == {1, 2, 3, 4, 5}
    assert {one.category.split("/")[0] for one in BANK} == {"汽车", "艺术", "酒茶", "运动", "财经", "商务", "旅行"}


def test_no_two_questions_are_nearly_the_same() -> None:
    assert alike({new_id(): one.words for one in BANK}, 0.8).pairs == []


def right(terms: QuestionTerms) -> Response:
    key = terms.key
    match terms.content.kind:
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            return Response(options=tuple(key.right_ids))
        case QuestionKind.JUDGE:
            return Response(truth=key.truth)
        case QuestionKind.BLANK:
            return Response(texts=tuple(blank[-1].text for blank in key.blanks))
        case QuestionKind.NUMBER:
            return Response(number=f"{key.numbers[0].value} {terms.content.unit}")
        case QuestionKind.ORDER:
            return Response(order=key.order)
        case QuestionKind.MATCH:
            return Response(pairs=key.pairs)
        case QuestionKind.SHORT_TEXT:
            return Response(text=key.sample)


def test_each_question_is_answered_rightly_by_its_own_key() -> None:
    for terms in BANK:
        found = mark(terms.content, terms.key, right(terms).checked(terms.content), ScoreRule.ALL_RIGHT, 100)
        is_told = terms.content.kind is QuestionKind.SHORT_TEXT
        assert (found.points, found.needs_marker) == ((0, True) if is_told else (100, False)), terms.content.stem
