"""GIFT as teachers write it: every kind, and why a paragraph does not come in."""

from pathlib import Path

import pytest

from models.errors import Invalid
from models.learning.bank_row import BankRow
from models.learning.gift_reading import read_gift
from models.learning.gift_writing import written_gift
from models.learning.question_kind import QuestionKind
from models.learning.question_terms import QuestionTerms
from models.learning.rich_text import TextFormat
from models.learning.written_key import Accepted, Matching
from tests.learning.bank import terms
from tests.learning.questions import blank, match

FILE = Path(__file__).parent / "files" / "teachers.gift.txt"


def read(text: str) -> list[BankRow]:
    return list(read_gift(text.encode()))


def question(text: str) -> QuestionTerms:
    [row] = read(text)
    assert row.terms, row.problem
    return row.terms


def wrong(text: str) -> str:
    [row] = read(text)
    assert row.problem
    return row.problem.zh


@pytest.fixture(scope="module")
def rows() -> dict[int, BankRow]:
    """The rows of the file by their lines."""
    return {row.place: row for row in read_gift(FILE.read_bytes())}


def found(rows: dict[int, BankRow], place: int) -> QuestionTerms:
    terms = rows[place].terms
    assert terms, rows[place].problem
    return terms


def test_every_kind_comes_in(rows: dict[int, BankRow]) -> None:
    kinds = {place: row.terms.content.kind for place, row in rows.items() if row.terms}
    assert kinds == {
        **{5: QuestionKind.SINGLE, 13: QuestionKind.MULTIPLE, 21: QuestionKind.JUDGE, 23: QuestionKind.JUDGE},
        **{25: QuestionKind.NUMBER, 27: QuestionKind.NUMBER, 32: QuestionKind.NUMBER, 34: QuestionKind.BLANK},
        **{36: QuestionKind.MATCH, 43: QuestionKind.ORDER, 50: QuestionKind.SHORT_TEXT, 52: QuestionKind.SINGLE},
        **{64: QuestionKind.SINGLE},
    }


def test_what_does_not_come_in_says_why(rows: dict[int, BankRow]) -> None:
    assert {place: (row.problem.column, row.problem.zh) for place, row in rows.items() if row.problem} == {
        58: ("题型", "没有答案，这是一段说明而不是题目"),
        62: ("题干", "花括号不成对"),
        66: ("答案", "正确选项之和应为 100%"),
        68: ("题干", "一题只能有一组答案"),
    }


def test_options_have_their_weights_and_remarks(rows: dict[int, BankRow]) -> None:
    single, several = found(rows, 5), found(rows, 13)
    assert [one.text for one in single.content.options] == ["苏州", "杭州", "黄山", "绍兴"]
    assert single.key.to_json() == {"shares": {"b": "100", "d": "25"}}
    assert single.explanation == "苏州：碧螺春产自苏州。\n杭州：答对了！\n绍兴：邻近，但不是核心产区。"
    assert (single.category, single.source, single.tags) == ("酒茶/茶", "龙井产地", ())
    assert [note.zh for note in rows[5].notes] == ["单个答案的反馈已并入解析"]
    assert several.key.to_json() == {"shares": {"a": "50", "b": "50", "c": "-50", "d": "-50"}}
    assert (several.explanation, several.tags) == ("绿茶不发酵。", ("绿茶", "入门", "常识"))


def test_numbers_have_tolerances_ranges_and_parts(rows: dict[int, BankRow]) -> None:
    assert [found(rows, place).key.to_json()["numbers"] for place in (25, 27, 32)] == [
        [{"value": "80", "tolerance": "5"}],
        [{"value": "780"}, {"value": "780", "tolerance": "20", "share": "50"}],
        [{"value": "3.1415", "tolerance": "0.0005"}],
    ]
    assert found(rows, 25).content.stem == "冲泡绿茶的水温约为 _____ 摄氏度。"


def test_a_missing_word_is_a_blank_with_its_place(rows: dict[int, BankRow]) -> None:
    said = found(rows, 34)
    assert said.content.stem == "《茶经》的作者是 {{1}} ，他被尊为茶圣。"
    assert said.key.to_json() == {
        "blanks": [[{"text": "陆羽"}, {"text": "陆 羽子", "share": "50"}, {"text": "鸿渐", "matching": "contains"}]]
    }


def test_what_is_to_be_arranged_comes_in_out_of_order(rows: dict[int, BankRow]) -> None:
    pairs, steps = found(rows, 36), found(rows, 43)
    right = {one.id: one.text for one in pairs.content.choices}
    assert {one.text: right[pairs.key.pairs[one.id]] for one in pairs.content.options} == {
        **{"大红袍": "武夷山", "铁观音": "安溪", "白毫银针": "福鼎"},
    }
    assert list(right.values()) == ["福鼎", "勐海", "武夷山", "安溪"]
    things = {one.id: one.text for one in steps.content.options}
    assert [things[one] for one in steps.key.order] == ["温杯", "投茶", "注水", "出汤"]
    assert list(things.values()) != ["温杯", "投茶", "注水", "出汤"]


def test_characters_behind_backslashes_are_themselves(rows: dict[int, BankRow]) -> None:
    assert [one.text for one in found(rows, 52).content.options] == ["1 = 2", "1 = 1 #是的~", "{空集} = 0 \\ 1"]


def test_categories_and_formats_are_said_in_the_file(rows: dict[int, BankRow]) -> None:
    assert found(rows, 64).category == "艺术／设计/配色"
    assert (found(rows, 64).content.format, found(rows, 50).content.format) == (TextFormat.MARKDOWN, TextFormat.HTML)


def test_text_with_markup_is_html_and_cleaned() -> None:
    said = question("谁的<b>画</b>？<script>alert(1)</script>{=<i>莫奈</i> ~梵高}")
    assert (said.content.format, said.content.stem) == (TextFormat.HTML, "谁的<b>画</b>？")
    assert [one.text for one in said.content.options] == ["<i>莫奈</i>", "梵高"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("题目{#三}", "应为数字"),
        ("题目{#1..二}", "区间应为数字"),
        ("题目{#}", "应为 1–50"),
        ("题目{~%50%一}", "应为 2–30"),
        ("题目{=一->}", "选项不能为空"),
        ("题目}", "花括号不成对"),
        ("{=一}", "题干不能为空"),
        ("[markdown]题{=[html]<b>一</b> ~二}", "题干与选项的格式不一致"),
        ("题目{=%50%一}", "每空须有一个满分答案"),
    ],
)
def test_what_is_no_question_says_why(text: str, why: str) -> None:
    assert wrong(text) == why


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_like(ends: str) -> None:
    text = ends.join(["\ufeff// 注释", "$CATEGORY: 汽车", "", "::一::题一{T}", "", "", "题二{F}", ""])
    assert [(row.place, row.terms.category) for row in read(text) if row.terms] == [(4, "汽车"), (7, "汽车")]


def test_a_file_in_another_encoding_is_refused() -> None:
    with pytest.raises(Invalid, match="file"):
        list(read_gift("题目{T}".encode("gb18030")))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (terms(blank()), "GIFT 无法表示多个空"),
        (terms(blank((Accepted("a|b", Matching.REGEX),))), "正则表达式无法用该格式表示"),
        (terms(blank((Accepted("A->B"),))), "GIFT 中 -> 表示配对"),
    ],
)
def test_what_gift_cannot_say_is_left_out_with_its_reason(said: QuestionTerms, why: str) -> None:
    content, left_out = written_gift([said.checked(), terms(match()).checked().renamed()])
    assert [(row.place, row.problem.zh) for row in left_out if row.problem] == [(1, why)]
    assert f"// 未导出 1：{left_out[0].title}（{why}）" in content.decode()
    assert len(list(read_gift(content))) == 1


def test_a_pattern_of_stars_goes_there_and_back() -> None:
    said = question("作者是谁{=莫*奈}")
    assert said.key.blanks[0][0] == Accepted("莫.*奈", Matching.REGEX)
    [row] = read_gift(written_gift([said])[0])
    assert row.terms == said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("题{#1e999999999..2}", "区间应为数字"),
        ("题{#1e999999999}", "应为数字"),
        ("题" * 60_001 + "{T}", "超过 60000 字"),
        ("{" * 50_000, "花括号不成对"),
        ("<" * 50_000 + "{T}", "长度应为 0–8000 个字"),
    ],
)
def test_what_would_keep_a_reader_busy_is_refused_at_once(text: str, why: str) -> None:
    assert wrong(text) == why


def test_characters_that_no_database_keeps_are_left_out() -> None:
    [row] = read("题\x00目\x07{=一\x00 ~二}")
    assert row.terms
    assert (row.title, row.terms.content.stem) == ("题目", "题目")
    assert [one.text for one in row.terms.content.options] == ["一", "二"]
    [row] = read("没有\x00答案")
    assert row.title == "没有答案"
