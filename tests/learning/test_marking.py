"""Marks as tables worked out by hand. A question is worth 10 points, which is 1000 hundredths."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from models.errors import Invalid
from models.learning.marking import Mark, ScoreRule, mark
from models.learning.response import Response
from models.learning.written_key import Accepted, AcceptedNumber, Matching
from tests.learning.questions import (
    EVERY_KIND,
    Pair,
    blank,
    judge,
    match,
    multiple,
    number,
    order,
    short_text,
    single,
)

WORTH = 1_000
Said = Mapping[str, Any]


def marked(question: Pair, said: Said | None, rule: ScoreRule = ScoreRule.ALL_RIGHT, points: int = WORTH) -> Mark:
    content = question[0].checked()
    key = question[1].checked(content)
    response = Response.from_json(said).checked(content) if said is not None else None
    return mark(content, key, response, rule, points)


def points_by_rule(question: Pair, said: Said) -> tuple[int, int, int]:
    """What each rule gives: all right, per option, with penalty."""
    all_right, per_option, with_penalty = (marked(question, said, rule).points for rule in ScoreRule)
    return all_right, per_option, with_penalty


PARTLY = single(d=100, c=50, a=-25)
WEIGHED = multiple(a=50, b=30, e=20, c=-60)
TABLE: list[tuple[Pair, Said, tuple[int, int, int], bool]] = [
    # One of four.
    (single(), {"options": ["d"]}, (1000, 1000, 1000), True),
    (single(), {"options": ["a"]}, (0, 0, 0), False),
    (PARTLY, {"options": ["c"]}, (0, 500, 500), False),
    (PARTLY, {"options": ["a"]}, (0, 0, 0), False),
    # Three right of five, each a third; a wrong one takes half, so that ticking all comes to nothing.
    (multiple(), {"options": ["a", "b", "e"]}, (1000, 1000, 1000), True),
    (multiple(), {"options": ["e", "b", "a"]}, (1000, 1000, 1000), True),
    (multiple(), {"options": ["a", "b"]}, (0, 667, 667), False),
    (multiple(), {"options": ["a"]}, (0, 333, 333), False),
    (multiple(), {"options": ["a", "b", "e", "c"]}, (0, 0, 500), False),
    (multiple(), {"options": ["a", "b", "c"]}, (0, 0, 167), False),
    (multiple(), {"options": ["a", "c"]}, (0, 0, 0), False),
    (multiple(), {"options": ["c", "d"]}, (0, 0, 0), False),
    (multiple(), {"options": ["a", "b", "c", "d", "e"]}, (0, 0, 0), False),
    # Shares of their own: c takes 60 percent, d as much as one of two wrong ones.
    (WEIGHED, {"options": ["a", "b"]}, (0, 800, 800), False),
    (WEIGHED, {"options": ["a", "b", "c"]}, (0, 0, 200), False),
    (WEIGHED, {"options": ["a", "b", "d"]}, (0, 0, 300), False),
    # True or false.
    (judge(), {"truth": True}, (1000, 1000, 1000), True),
    (judge(), {"truth": False}, (0, 0, 0), False),
    (judge(truth=False), {"truth": False}, (1000, 1000, 1000), True),
    # Two blanks; the second has a synonym worth half.
    (blank(), {"texts": ["夜光杯", "王翰"]}, (1000, 1000, 1000), True),
    (blank(), {"texts": ["夜光杯", ""]}, (0, 500, 500), False),
    (blank(), {"texts": ["夜光杯"]}, (0, 500, 500), False),
    (blank(), {"texts": ["夜光杯", "李白"]}, (0, 500, 0), False),
    (blank(), {"texts": ["夜光杯", "子羽"]}, (0, 750, 750), False),
    (blank(), {"texts": ["琉璃盏", "子羽"]}, (0, 250, 0), False),
    (blank(), {"texts": ["王翰", "夜光杯"]}, (0, 0, 0), False),
    # A number with 0.2 to both sides.
    (number(), {"number": "42"}, (1000, 1000, 1000), True),
    (number(), {"number": "41.99"}, (0, 0, 0), False),
    # Four steps: b d c a.
    (order(), {"order": ["b", "d", "c", "a"]}, (1000, 1000, 1000), True),
    (order(), {"order": ["d", "c", "a", "b"]}, (0, 667, 333), False),
    (order(), {"order": ["b", "d", "a", "c"]}, (0, 333, 0), False),
    (order(), {"order": ["a", "c", "d", "b"]}, (0, 0, 0), False),
    # Four pairs.
    (match(), {"pairs": {"a": "q", "b": "p", "c": "s", "d": "r"}}, (1000, 1000, 1000), True),
    (match(), {"pairs": {"a": "q", "b": "p", "c": "s", "d": "t"}}, (0, 750, 500), False),
    (match(), {"pairs": {"a": "q", "b": "p", "c": "s"}}, (0, 750, 750), False),
    (match(), {"pairs": {"a": "q", "b": "q", "c": "q", "d": "q"}}, (0, 250, 0), False),
    (match(), {"pairs": {"a": "p", "b": "q"}}, (0, 0, 0), False),
]


@pytest.mark.parametrize(("question", "said", "points", "is_right"), TABLE)
def test_points_of_every_kind_by_every_rule(
    question: Pair, said: Said, points: tuple[int, int, int], is_right: bool
) -> None:
    assert points_by_rule(question, said) == points
    assert {marked(question, said, rule).is_right for rule in ScoreRule} == {is_right}


@pytest.mark.parametrize("build", EVERY_KIND)
@pytest.mark.parametrize("said", [None, {}, {"options": []}, {"texts": ["", " "]}, {"number": "  "}, {"text": "\n"}])
def test_nothing_answered_is_wrong_and_needs_nobody(build: Any, said: Said | None) -> None:
    content, key = build()
    response = None if said is None else Response.from_json(said)
    for rule in ScoreRule:
        assert mark(content, key, response, rule, WORTH) == Mark(0, False, needs_marker=False)


def test_a_short_text_waits_for_a_marker() -> None:
    for rule in ScoreRule:
        assert marked(short_text(), {"text": "因为可以分散风险"}, rule) == Mark(0, None, needs_marker=True)


@pytest.mark.parametrize(
    ("points", "two_thirds"), [(0, 0), (1, 1), (2, 1), (3, 2), (100, 67), (250, 167), (10_000, 6_667), (99_999, 66_666)]
)
def test_points_are_rounded_once_half_up(points: int, two_thirds: int) -> None:
    """Thirds are kept to five places: 66.66666 percent of 999.99 points are 666.6593 points."""
    assert marked(multiple(), {"options": ["a", "b"]}, ScoreRule.PER_OPTION, points).points == two_thirds
    assert marked(multiple(), {"options": ["a", "b", "e"]}, ScoreRule.PER_OPTION, points).points == points


SAME = [
    ("夜光杯", " 夜光杯 "),
    ("夜光杯", "夜 光 杯"),
    ("夜光杯", "夜\u3000光\u200b杯\ufeff"),
    ("SUV", "ｓｕｖ"),
    ("Pinot Noir", "pinot  NOIR"),
    ("2026年", "２０２６ 年"),
    ("A,B", "Ａ，Ｂ"),
    ("Straße", "STRASSE"),
    ("café", "cafe\u0301"),
    ("50%", "５０％"),
    ("玛歌酒庄 Margaux", "玛歌酒庄margaux"),
]
OTHER = [("夜光杯", "夜光"), ("Pinot Noir", "PinotNoir"), ("cafe", "café"), ("王翰", "王瀚"), ("3.0", "3")]


@pytest.mark.parametrize(("accepted", "said"), SAME)
def test_forms_that_mean_the_same_are_the_same(accepted: str, said: str) -> None:
    assert Accepted(accepted).fits(said)


@pytest.mark.parametrize(("accepted", "said"), OTHER)
def test_other_words_are_others(accepted: str, said: str) -> None:
    assert not Accepted(accepted).fits(said)


@pytest.mark.parametrize(
    ("accepted", "said", "fits"),
    [
        (Accepted("SUV", is_case_sensitive=True), "SUV", True),
        (Accepted("SUV", is_case_sensitive=True), "ＳＵＶ", True),
        (Accepted("SUV", is_case_sensitive=True), "suv", False),
        (Accepted("单宁", Matching.CONTAINS), "主要是单 宁的作用", True),
        (Accepted("单宁", Matching.CONTAINS), "主要是酸度", False),
        (Accepted("Tannin", Matching.CONTAINS, is_case_sensitive=True), "the tannin", False),
        (Accepted("(普洱|滇红).{0,2}茶?", Matching.REGEX), "普洱熟茶", True),
        (Accepted("(普洱|滇红).{0,2}茶?", Matching.REGEX), "云南普洱", False),
        (Accepted("abs", Matching.REGEX), "ABS", True),
        (Accepted("abs", Matching.REGEX, is_case_sensitive=True), "ABS", False),
        (Accepted(r"\d+", Matching.REGEX), "１２３", True),
    ],
)
def test_texts_are_compared_whole_in_part_or_by_pattern(accepted: Accepted, said: str, fits: bool) -> None:
    assert accepted.checked("key").fits(said) is fits


def test_a_pattern_that_would_explode_ends_at_once() -> None:
    accepted = Accepted("(a|aa|a?)+(a|aa|a?)+$x", Matching.REGEX).checked("key")
    assert not accepted.fits("a" * 500 + "!")


@pytest.mark.parametrize("pattern", [r"(a)\1", "(?=茶)茶", "(", "[", "a{1,100000}"])
def test_a_pattern_that_cannot_be_run_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid) as refused:
        Accepted(pattern, Matching.REGEX).checked("key.blanks")
    assert refused.value.field == "key.blanks.text"


NEAR = number(AcceptedNumber("42.195", "0.2"))
PERCENT = number(AcceptedNumber("200", "5", is_percent=True))
NEGATIVE = number(AcceptedNumber("-40", "10", is_percent=True), unit="℃")
SHARED = number(AcceptedNumber("3.1416"), AcceptedNumber("3.14", "0.01", share=Decimal("50")), unit=None)


@pytest.mark.parametrize(
    ("question", "said", "points"),
    [
        (NEAR, "42.195", 1000),
        (NEAR, "42.395", 1000),
        (NEAR, "41.995", 1000),
        (NEAR, "42.39500001", 0),
        (NEAR, "４２．２", 1000),
        (NEAR, "42.2公里", 1000),
        (NEAR, "42.2 公 里", 1000),
        (NEAR, "+42.2", 1000),
        (NEAR, "4.22e1", 1000),
        (NEAR, "-42.2", 0),
        (PERCENT, "190", 1000),
        (PERCENT, "210", 1000),
        (PERCENT, "189.99", 0),
        (PERCENT, "210.01", 0),
        (NEGATIVE, "-44", 1000),
        (NEGATIVE, "−36℃", 1000),
        (NEGATIVE, "-35.9", 0),
        (SHARED, "3.1416", 1000),
        (SHARED, "3.15", 500),
        (SHARED, "3.16", 0),
        (number(AcceptedNumber("1234567")), "1,234,567", 1000),
        (number(AcceptedNumber("1234567")), "1，234，567公里", 1000),
        (number(AcceptedNumber("0", "0.5")), "-.5", 1000),
        (number(AcceptedNumber("0.1"), unit="%"), "0.1％", 1000),
    ],
)
def test_a_number_is_right_up_to_its_tolerance(question: Pair, said: str, points: int) -> None:
    assert marked(question, {"number": said}, ScoreRule.PER_OPTION).points == points


@pytest.mark.parametrize("said", ["四十二", "42 斤", "1,23", "1e999", "0x10", "NaN", "Infinity", "1_000", "9" * 81])
def test_what_is_no_number_is_not_taken_for_one(said: str) -> None:
    with pytest.raises(Invalid) as refused:
        marked(NEAR, {"number": said})
    assert refused.value.field == "number"


@pytest.mark.parametrize(
    ("question", "said", "field"),
    [
        (single(), {"options": ["a", "b"]}, "options"),
        (single(), {"options": ["z"]}, "options"),
        (multiple(), {"options": ["a", "a"]}, "options"),
        (multiple(), {"options": "a"}, "options"),
        (judge(), {"truth": "true"}, "truth"),
        (judge(), {"options": ["a"]}, "options"),
        (blank(), {"texts": ["a", "b", "c"]}, "texts"),
        (blank(), {"texts": ["字" * 501]}, "texts"),
        (order(), {"order": ["b", "d"]}, "order"),
        (match(), {"pairs": {"a": "z"}}, "pairs"),
        (match(), {"pairs": {"z": "p"}}, "pairs"),
        (match(), {"pairs": [["a", "p"]]}, "pairs"),
        (short_text(), {"text": "字" * 10_001}, "text"),
        (short_text(), {"key": "a"}, "key"),
    ],
)
def test_a_response_of_another_shape_is_refused(question: Pair, said: Said, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        marked(question, said)
    assert refused.value.field == field


@pytest.mark.parametrize("said", [one[1] for one in TABLE])
def test_a_response_is_the_same_after_it_was_kept(said: Said) -> None:
    assert Response.from_json(said).to_json() == said
