"""Questions of the bank: written, changed in versions, put into use and into the archive."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from models.errors import DomainError, Invalid, NotFound
from models.learning.answer_key import AnswerKey
from models.learning.question import Question, QuestionArchived, QuestionChanged, QuestionStatus
from models.learning.question_content import Content, Medium, Option
from models.learning.question_kind import ARRANGED_KINDS, QuestionKind
from models.learning.question_statistics import QuestionStatistics, Reckoned
from models.learning.question_version import QuestionTag, QuestionVersion
from models.learning.rich_text import TextFormat
from models.staff.audit import AuditRow
from store.ids import new_id
from tests.build import LONG_AGO
from tests.conftest import NOON
from tests.learning.bank import STAFF_ID, a_question, terms
from tests.learning.questions import EVERY_KIND, Pair, blank, judge, match, multiple, options, short_text, single

pytestmark = pytest.mark.usefixtures("database")


async def refused(act: Awaitable[Any]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await act
    return caught.value


async def tags_of(question: Question) -> list[str]:
    return [tag.name for tag in await QuestionTag.filter(question_id=question.id).order_by("position")]


@pytest.mark.parametrize("build", EVERY_KIND)
async def test_a_question_is_kept_as_it_was_written(build: Any) -> None:
    pair = build()
    question = await a_question(pair, tags=("机油", "入门", "机油"), difficulty=2, source="《汽车保养手册》")
    version = await QuestionVersion.get(question_id=question.id)
    said = terms(pair).checked()
    said = said.renamed() if pair[0].kind in ARRANGED_KINDS else said
    content = said.content
    assert (version.version, version.shown, version.secret) == (1, content, said.key)
    assert (question.kind, question.category, question.difficulty) == (content.kind, "汽车/保养", 2)
    assert await tags_of(question) == ["机油", "入门"]
    audit = await AuditRow.get(subject_id=question.id)
    assert (audit.action, audit.before) == ("write_question", None)


async def test_a_change_makes_a_version_and_leaves_the_earlier_one() -> None:
    question = await a_question(judge(truth=True), tags=("新能源",))
    changed = await Question.change(
        question.id,
        terms(judge(truth=False), category=" 汽车 / 新能源 ", tags=("纯电",)),
        expected_version=1,
        reason="答案有误",
        staff_id=STAFF_ID,
        at=NOON,
    )
    assert (changed.version, changed.category, changed.updated_at) == (2, "汽车/新能源", NOON)
    first, second = await QuestionVersion.filter(question_id=question.id).order_by("version")
    assert (first.secret.truth, second.secret.truth) == (True, False)
    assert await tags_of(question) == ["纯电"]
    audit = await AuditRow.get(action="change_question")
    assert (audit.before, audit.reason) == (
        {
            "kind": "judge",
            "status": "active",
            "category": "汽车/保养",
            "difficulty": 3,
            "source": None,
            "version": 1,
        },
        "答案有误",
    )


async def test_of_two_who_change_at_once_one_is_told() -> None:
    question = await a_question()

    async def change(difficulty: int) -> object:
        said = terms(difficulty=difficulty)
        return await Question.change(question.id, said, expected_version=1, staff_id=STAFF_ID, at=NOON)

    ended = await asyncio.gather(change(1), change(5), return_exceptions=True)
    assert sum(isinstance(one, QuestionChanged) for one in ended) == 1
    assert await QuestionVersion.filter(question_id=question.id).count() == 2
    assert await AuditRow.filter(action="change_question").count() == 1


async def test_versions_never_change() -> None:
    question = await a_question()
    with pytest.raises(Exception, match="append-only"):
        await QuestionVersion.filter(question_id=question.id).update(explanation="改了")


async def test_an_archived_question_is_brought_back_before_it_is_changed() -> None:
    question = await a_question()
    await Question.put_status([question.id], QuestionStatus.ARCHIVED, staff_id=STAFF_ID, at=NOON)
    change = Question.change(question.id, terms(difficulty=5), expected_version=1, staff_id=STAFF_ID, at=NOON)
    assert isinstance(await refused(change), QuestionArchived)
    assert await QuestionVersion.filter(question_id=question.id).count() == 1
    await Question.put_status([question.id], QuestionStatus.ACTIVE, staff_id=STAFF_ID, at=NOON)
    await Question.change(question.id, terms(difficulty=5), expected_version=1, staff_id=STAFF_ID, at=NOON)


async def test_a_status_is_put_on_all_or_on_none() -> None:
    one, other = await a_question(), await a_question(judge(), status=QuestionStatus.DRAFT)
    put = Question.put_status([one.id, new_id()], QuestionStatus.ARCHIVED, staff_id=STAFF_ID, at=NOON)
    assert isinstance(await refused(put), NotFound)
    assert await Question.filter(status=QuestionStatus.ARCHIVED).count() == 0
    await Question.put_status([one.id, other.id], QuestionStatus.ACTIVE, staff_id=STAFF_ID, at=NOON)
    assert await AuditRow.filter(action="put_question_status").count() == 1, "one of them was active before"


async def test_a_fingerprint_sees_past_spaces_punctuation_and_the_order_of_options() -> None:
    content, key = single("机油的主要作用，不包括哪一项？")
    other = replace(content, stem="机油的主要作用不包括 哪一项?", options=content.options[::-1])
    elsewhere = replace(content, options=options("润滑", "冷却", "清洁", "防锈"))
    prints = [terms((one, key)).checked().fingerprint for one in (content, other, elsewhere)]
    assert prints[0] == prints[1] != prints[2]


async def test_statistics_keep_the_latest_reckoning() -> None:
    question = await a_question()
    await QuestionStatistics.put([Reckoned(question.id, 40, 30, 0.25)], at=NOON)
    await QuestionStatistics.put([Reckoned(question.id, 10, 1)], at=LONG_AGO)
    found = await QuestionStatistics.get(question_id=question.id)
    assert (found.answered, found.right_count, found.discrimination, found.error_rate) == (40, 30, 0.25, 0.25)


async def test_what_is_to_be_arranged_does_not_stand_arranged() -> None:
    """Written down in the right order, with ids in that order; nothing of it may show."""
    content = Content(QuestionKind.ORDER, "按年代排序：", options=options("唐", "宋", "元", "明", "清"))
    question = await a_question((content, AnswerKey(order=("a", "b", "c", "d", "e"))))
    version = await QuestionVersion.get(question_id=question.id)
    shown, text = version.shown, {one.id: one.text for one in version.shown.options}
    assert [text[one] for one in version.secret.order] == ["唐", "宋", "元", "明", "清"]
    assert shown.option_ids == ("a", "b", "c", "d", "e") != version.secret.order
    painters = replace(match()[0], choices=options("梵高", "莫奈", "蒙克", "毕加索"))
    pairs = AnswerKey(pairs={"a": "a", "b": "b", "c": "c", "d": "d"})
    kept = await QuestionVersion.get(question_id=(await a_question((painters, pairs))).id)
    said = {one.id: one.text for one in kept.shown.choices}
    assert [said[kept.secret.pairs[one]] for one in "abcd"] == ["梵高", "莫奈", "蒙克", "毕加索"]
    assert [kept.secret.pairs[one] for one in "abcd"] != list(kept.shown.choice_ids)


WRONG: list[tuple[Pair, str]] = [
    ((Content(QuestionKind.JUDGE, " \n"), AnswerKey(truth=True)), "stem"),
    ((Content(QuestionKind.JUDGE, "字" * 8_001), AnswerKey(truth=True)), "stem"),
    ((Content(QuestionKind.JUDGE, "电车"), AnswerKey()), "key.truth"),
    ((Content(QuestionKind.JUDGE, "电车", options=options("对", "错")), AnswerKey(truth=True)), "options"),
    ((Content(QuestionKind.JUDGE, "电车"), AnswerKey(truth=True, order=("a",))), "key.order"),
    ((Content(QuestionKind.JUDGE, "电车", media=(Medium("javascript:1"),)), AnswerKey(truth=True)), "media.url"),
    (single(a=50), "key.shares"),
    (single(z=100), "key.shares"),
    ((single()[0], AnswerKey(shares={"a": Decimal("NaN")})), "key.shares"),
    ((replace(single()[0], options=options("唯一")), AnswerKey(shares={"a": Decimal(100)})), "options"),
    ((replace(single()[0], options=options("油", "油")), AnswerKey(shares={"a": Decimal(100)})), "options.text"),
    ((replace(single()[0], options=(Option("A", "油"), Option("b", "水"))), AnswerKey()), "options.id"),
    ((replace(single()[0], options=(Option("a", "油"), Option("a", "水"))), AnswerKey()), "options.id"),
    (multiple(a=50, b=30), "key.shares"),
    ((blank()[0], AnswerKey(blanks=blank()[1].blanks[:1])), "key.blanks"),
    ((replace(blank()[0], stem="{{2}}和{{1}}"), blank()[1]), "stem"),
    ((match()[0], AnswerKey(pairs={"a": "q"})), "key.pairs"),
    ((match()[0], AnswerKey(pairs={"a": "q", "b": "p", "c": "s", "d": "z"})), "key.pairs"),
    ((short_text()[0], replace(short_text()[1], rubric=short_text()[1].rubric[:1])), "key.rubric"),
]


@pytest.mark.parametrize(("pair", "field"), WRONG)
async def test_what_makes_no_question_is_refused(pair: Pair, field: str) -> None:
    refusal = await refused(a_question(pair))
    assert isinstance(refusal, Invalid)
    assert refusal.field == field
    assert await Question.all().count() == 0


@pytest.mark.parametrize(
    ("about", "field"),
    [
        ({"difficulty": 6}, "difficulty"),
        ({"category": "一/二/三/四/五/六/七"}, "category"),
        ({"tags": ("签" * 31,)}, "tags"),
        ({"explanation": "字" * 8_001}, "explanation"),
    ],
)
async def test_what_is_said_about_a_question_has_bounds(about: dict[str, Any], field: str) -> None:
    assert (await refused(a_question(**about))).field == field


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<p>看图<script>alert(1)</script></p>", "<p>看图</p>"),
        ('<p onclick="x()" style="color:red">茶</p>', "<p>茶</p>"),
        ('<img src="javascript:alert(1)" onerror="x()">茶', "<img>茶"),
        ('<img src="//evil.example/a.png">茶', "<img>茶"),
        ('<img src="/files/a.png" alt="杯">茶', '<img src="/files/a.png" alt="杯">茶'),
        ('<a href="data:text/html,x">茶</a>', '<a rel="noopener noreferrer">茶</a>'),
        ("<iframe src='https://evil.example'></iframe>茶", "茶"),
        ("茶 < 酒 & 水", "茶 &lt; 酒 &amp; 水"),
    ],
)
async def test_html_is_cleaned_when_it_comes_in(given: str, kept: str) -> None:
    question = await a_question((Content(QuestionKind.JUDGE, given, TextFormat.HTML), AnswerKey(truth=True)))
    version = await QuestionVersion.get(question_id=question.id)
    assert version.shown.stem == kept
    assert version.shown.checked() == version.shown, "cleaning again changes nothing"
