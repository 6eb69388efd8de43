"""Moodle XML as other systems write it: every kind, pictures inside, and files that mean harm."""

from pathlib import Path

import pytest

from models.errors import Invalid
from models.learning.bank_row import BankRow
from models.learning.moodle_reading import read_moodle
from models.learning.moodle_writing import pictures_of, written_moodle
from models.learning.question_kind import QuestionKind
from models.learning.question_terms import QuestionTerms
from models.learning.rich_text import TextFormat
from tests.learning.pictures import Gallery

FILE = Path(__file__).parent / "files" / "paintings.moodle.xml"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def read(text: str) -> list[BankRow]:
    return list(read_moodle(text.encode(), Gallery()))


@pytest.fixture(scope="module")
def gallery() -> Gallery:
    return Gallery()


@pytest.fixture(scope="module")
def rows(gallery: Gallery) -> dict[int, BankRow]:
    """The rows of the file by their numbers."""
    return {row.place: row for row in read_moodle(FILE.read_bytes(), gallery)}


def found(rows: dict[int, BankRow], place: int) -> QuestionTerms:
    terms = rows[place].terms
    assert terms, rows[place].problem
    return terms


def test_every_kind_comes_in(rows: dict[int, BankRow]) -> None:
    kinds = {place: row.terms.content.kind for place, row in rows.items() if row.terms}
    assert kinds == {
        **{1: QuestionKind.SINGLE, 2: QuestionKind.MULTIPLE, 3: QuestionKind.JUDGE, 4: QuestionKind.BLANK},
        **{5: QuestionKind.NUMBER, 6: QuestionKind.MATCH, 7: QuestionKind.SHORT_TEXT, 8: QuestionKind.BLANK},
        **{9: QuestionKind.ORDER, 19: QuestionKind.JUDGE},
    }


def test_what_does_not_come_in_says_why(rows: dict[int, BankRow]) -> None:
    assert {place: row.problem.zh for place, row in rows.items() if row.problem} == {
        10: "完形填空含 MULTICHOICE，只支持 SHORTANSWER",
        11: "这是一段说明而不是题目",
        12: "计算题（公式）暂不支持",
        13: "拖放填词题暂不支持",
        14: "选词填空题暂不支持",
        15: "拖放到图片题暂不支持",
        16: "图片标记题暂不支持",
        17: "随机配对题暂不支持",
        18: "要求上传附件的题暂不支持",
    }


def test_pictures_inside_the_file_are_kept(rows: dict[int, BankRow], gallery: Gallery) -> None:
    said = found(rows, 1)
    assert said.content.stem == '<p>这幅画的作者是谁？<img src="/files/questions/1.png" alt="画" width="300"></p>'
    assert [one.text for one in said.content.options] == [
        *("<p>莫奈</p>", "<p>梵高</p>", '<p><img src="/files/questions/2.png"></p>'),
    ]
    assert len(gallery.taken) == 2
    assert found(rows, 19).content.stem == "<p>看图<img></p>"
    assert [note.zh for note in rows[19].notes] == ["文件 x.svg 不是图片，未导入"]


def test_shares_tags_names_and_remarks_are_kept(rows: dict[int, BankRow]) -> None:
    one, three = found(rows, 1), found(rows, 2)
    assert one.key.to_json() == {"shares": {"b": "100", "c": "-33.33333"}}
    assert (one.tags, one.source, one.category) == (("后印象派", "入门"), "星月夜", "艺术/绘画")
    assert one.explanation == "<p>1889 年作于圣雷米。</p><br>梵高：对，文森特·梵高。"
    assert [note.zh for note in rows[1].notes] == ["整体反馈与提示未导入", "单个答案的反馈已并入解析"]
    assert three.key.to_json()["shares"] == {"a": "33.33333", "b": "33.33333", "c": "33.33333", "d": "-100"}
    assert three.content.options[3].text == "达·芬奇 &amp; 拉斐尔"


def test_written_answers_are_kept(rows: dict[int, BankRow]) -> None:
    assert found(rows, 4).key.to_json() == {
        "blanks": [
            [
                {"text": "莫奈", "case": True},
                {"text": "Monet", "matching": "contains", "case": True, "share": "80"},
            ]
        ]
    }
    assert found(rows, 4).content.format is TextFormat.MARKDOWN
    assert (found(rows, 5).content.unit, found(rows, 5).key.to_json()) == (
        "年",
        {"numbers": [{"value": "1889"}, {"value": "1889", "tolerance": "2", "share": "50"}]},
    )
    assert found(rows, 7).key.sample == "说出构图、色彩与感受。"


def test_gaps_become_blanks(rows: dict[int, BankRow]) -> None:
    said = found(rows, 8)
    assert said.content.stem == "<p>《清明上河图》作者是{{1}}，绘于{{2}}。</p>"
    assert said.key.to_json() == {
        "blanks": [[{"text": "张择端"}, {"text": "择端", "share": "50"}], [{"text": "北宋", "case": True}]]
    }


def test_what_is_to_be_arranged_comes_in_out_of_order(rows: dict[int, BankRow]) -> None:
    steps, pairs = found(rows, 9), found(rows, 6)
    things = {one.id: one.text for one in steps.content.options}
    assert [things[one] for one in steps.key.order] == ["文艺复兴", "巴洛克", "印象派"]
    assert list(things.values()) != ["文艺复兴", "巴洛克", "印象派"]
    right = {one.id: one.text for one in pairs.content.choices}
    assert {one.text: right[pairs.key.pairs[one.id]] for one in pairs.content.options} == {
        **{"<p>《呐喊》</p>": "蒙克", "<p>《睡莲》</p>": "莫奈"},
    }
    assert sorted(right.values()) == ["塞尚", "莫奈", "蒙克"]


def test_our_pictures_go_into_the_file_and_come_back(rows: dict[int, BankRow], gallery: Gallery) -> None:
    said = found(rows, 1)
    pictures = dict(zip(sorted(pictures_of(said)), gallery.taken, strict=True))
    content, left_out = written_moodle([said], pictures)
    assert left_out == []
    assert b"@@PLUGINFILE@@/1.png" in content
    again = Gallery()
    [row] = read_moodle(content, again)
    assert row.terms == said
    assert again.taken == gallery.taken


BOMB = (
    f'{HEAD}<!DOCTYPE quiz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<quiz><question type='essay'><questiontext><text>&b;</text></questiontext></question></quiz>"
)
FILE_ENTITY = (
    f'{HEAD}<!DOCTYPE quiz [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    "<quiz><question type='essay'><questiontext><text>&a;</text></questiontext></question></quiz>"
)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (BOMB, "不允许文档类型或实体声明"),
        (FILE_ENTITY, "不允许文档类型或实体声明"),
        (f'{HEAD}<!DOCTYPE quiz SYSTEM "http://127.0.0.1/x.dtd"><quiz></quiz>', "不允许文档类型或实体声明"),
        ("<quiz><question type='essay'>", "不是有效的 XML"),
        ("不是 XML", "不是有效的 XML"),
        ('<?xml version="1.0" encoding="nonsense"?><quiz></quiz>', "不是有效的 XML"),
        ("<html></html>", "根元素应为 quiz"),
    ],
)
def test_a_file_that_is_none_or_means_harm_is_refused(text: str, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(text)
    assert why in refused.value.sentence("zh-CN")


def test_a_deep_file_is_read_or_refused_and_kills_nobody() -> None:
    text = f"<quiz>{'<a>' * 100_000}{'</a>' * 100_000}</quiz>"
    assert read(text) == []


def test_questions_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.learning.moodle_reading.ROWS_MOST", 2)
    with pytest.raises(Invalid, match="file"):
        read("<quiz>" + '<question type="essay"></question>' * 3 + "</quiz>")


def test_gaps_without_end_keep_nobody_busy() -> None:
    question = "<question type='cloze'><questiontext><text>{}</text></questiontext></question>"
    rows = read(f"<quiz>{question.format('{1:A:' * 11_000)}{question.format('{1:SHORTANSWER:=' * 10_000)}</quiz>")
    assert [row.problem.zh for row in rows if row.problem] == ["没有找到填空", "超过 60000 字"]
