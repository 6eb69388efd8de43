"""Text on posters: cut by its width, broken as Chinese is, and never of signs that cannot be drawn."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.spread.poster_font import drawable, font, has
from models.spread.poster_text import LINE_HEIGHT, fitted, shortened

CLOSING, OPENING = "，。、；：？！）》」』】”…,.;:?!)]", "（《「『【“(["


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        ("林小雨", "林小雨"),
        ("  小\n雨\t ", "小 雨"),
        ("小雨🌸", "小雨"),
        ("🌸🐱👨‍👩‍👧", ""),
        ("𝓐𝓷𝓷𝓪", "Anna"),
        ("مرحبا", ""),
        ("小\u202e雨\u200f\u2066", "小雨"),
        ("e\u0301t\u0301\u0302\u0303\u0304e", "ét\u0301e"),
        ("①级·茶", "①级·茶"),
        ("生僻字䶮𬭸", "生僻字䶮𬭸"),
        ("\ud83d早", "早"),
        ("\x00\x07早\ufffd", "早"),
    ],
)
def test_signs_that_cannot_be_drawn_are_left_out(written: str, drawn: str) -> None:
    assert drawable(written) == drawn


def test_the_font_has_chinese_and_no_emoji() -> None:
    assert [has(sign) for sign in "中A1，🌸\u200d\ue000"] == [True, True, True, True, False, False, False]


def test_a_long_name_is_cut_by_its_width() -> None:
    letters = font(40)

    assert shortened("林小雨", letters, 400) == "林小雨"
    assert shortened("江南烟雨里撑着油纸伞的那个人", letters, 400) == "江南烟雨里撑着油纸…"
    assert shortened("iiiiiiiiiiiiiiiiiiiiii", letters, 400) == "iiiiiiiiiiiiiiiiiiiiii"
    assert shortened("W" * 22, letters, 400) == "W" * 10 + "…"
    assert shortened("江", letters, 1) == "…"


@given(st.text(max_size=60), st.integers(30, 600))
@settings(max_examples=60, deadline=None)
def test_what_is_cut_fits(text: str, width: int) -> None:
    letters = font(24)
    assert letters.getlength(shortened(drawable(text), letters, width)) <= width


def test_lines_end_where_a_reader_pauses() -> None:
    slogan = "每天十分钟，和邻居们一起喝茶、读书、学手艺"
    assert fitted(slogan, size=84, width=876, height=480).lines == (
        "每天十分钟，",
        "和邻居们一起喝茶、",
        "读书、学手艺",
    )


def test_no_sign_stands_alone_in_the_last_line() -> None:
    found = fitted("一二三四五六七八九十甲", size=50, width=500, height=400).lines
    assert found == ("一二三四五六", "七八九十甲")


def test_a_slogan_breaks_where_it_is_written_broken() -> None:
    assert fitted("周末茶会\n\n带一位朋友来", size=40, width=600, height=400).lines == ("周末茶会", "带一位朋友来")


def test_words_stay_whole_and_too_long_ones_do_not() -> None:
    assert fitted("一起读The Great Gatsby吧", size=40, width=330, height=400).lines == ("一起读The", "Great Gatsby吧")
    broken = fitted("A" * 40, size=40, width=300, height=400).lines
    assert ("".join(broken), len(broken) > 2) == ("A" * 40, True)


def test_a_long_slogan_becomes_smaller_and_then_is_cut() -> None:
    few, many = "读书" * 12, "读书会报名" * 24

    smaller = fitted(few, size=80, width=400, height=300)
    cut = fitted(many, size=80, width=400, height=300)

    assert ("".join(smaller.lines), smaller.size < 80, smaller.height <= 300) == (few, True, True)
    assert (cut.size, cut.height <= 300, cut.lines[-1].endswith("…")) == (44, True, True)


@given(st.text(st.sampled_from("茶书读一起，。、！《》（）“”AbcdE 0123.🌸\n"), max_size=90), st.integers(120, 700))
@settings(max_examples=80, deadline=None)
def test_every_line_fits_and_none_begins_or_ends_wrongly(text: str, width: int) -> None:
    found = fitted(text, size=32, width=width, height=600)

    letters = font(found.size)
    assert all(letters.getlength(line) <= width + 1 for line in found.lines)
    assert round(len(found.lines) * found.size * LINE_HEIGHT) <= 600
    assert all(line == line.strip() != "" for line in found.lines)
    if not found.lines or not found.lines[-1].endswith("…"):
        assert "".join("".join(found.lines).split()) == "".join(drawable(text).split())


def test_a_stop_stays_behind_its_word_and_a_bracket_before_it() -> None:
    for width in range(130, 400, 7):
        lines = fitted("我们读《茶经》、《山家清供》（宋）。好！", size=30, width=width, height=900).lines
        assert not any(line[0] in CLOSING for line in lines), (width, lines)
        assert not any(line[-1] in OPENING for line in lines), (width, lines)
