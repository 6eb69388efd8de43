"""Files on their way into the bank: looked through first, then taken in as a whole or not at all."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from models.errors import DomainError, NotFound
from models.learning.bank_row import BankRow
from models.learning.gift_reading import read_gift
from models.learning.question import Question, QuestionStatus
from models.learning.question_import import (
    BankFormat,
    ImportStatus,
    QuestionImport,
    QuestionImportEmpty,
    QuestionImportFaulty,
    QuestionImportOver,
    QuestionImportRow,
)
from models.learning.question_version import QuestionTag, QuestionVersion
from models.staff.audit import AuditRow
from store.ids import new_id
from tests.conftest import NOON
from tests.learning.bank import STAFF_ID, a_question, terms
from tests.learning.questions import judge, single

pytestmark = pytest.mark.usefixtures("database")

FILE = """
$CATEGORY: 酒茶/茶

// [tag:绿茶]
西湖龙井的核心产区在哪座城市？{~苏州 =杭州 ~黄山}

普洱熟茶需要“渥堆”发酵。{T}

这是一段说明。

普洱熟茶，需要渥堆发酵。{T}
"""


async def handed_over(text: str = FILE) -> QuestionImport:
    rows = list(read_gift(text.encode()))
    return await QuestionImport.check(rows, format=BankFormat.GIFT, name="茶.txt", staff_id=STAFF_ID, at=NOON)


async def take_in(found: QuestionImport, **how: bool) -> QuestionImport:
    return await QuestionImport.take_in(found.id, status=QuestionStatus.ACTIVE, staff_id=STAFF_ID, at=NOON, **how)


async def rows_of(found: QuestionImport) -> list[QuestionImportRow]:
    return await QuestionImportRow.filter(import_id=found.id).order_by("position")


async def test_looking_through_writes_nothing_of_the_bank() -> None:
    known = await a_question(judge("普洱熟茶需要渥堆发酵"))
    found = await handed_over()
    assert (found.row_count, found.faulty_count, found.duplicate_count, found.status) == (4, 1, 2, ImportStatus.CHECKED)
    rows = await rows_of(found)
    assert [(row.file_place, row.doubles_row, row.doubles_question_id) for row in rows] == [
        *((5, None, None), (7, None, known.id), (9, None, None), (11, 2, known.id)),
    ]
    assert rows[2].problem == {
        "column": "题型",
        "zh": "没有答案，这是一段说明而不是题目",
        "en": "it has no answer, so it is a note and no question",
    }
    assert await Question.all().count() == 1


async def test_all_rows_come_in_or_none() -> None:
    found = await handed_over()
    with pytest.raises(QuestionImportFaulty):
        await take_in(found)
    assert await Question.all().count() == 0
    assert (await QuestionImport.get(id=found.id)).status is ImportStatus.CHECKED
    done = await take_in(found, skips_faulty=True)
    assert (done.status, done.taken_count) == (ImportStatus.TAKEN_IN, 2)
    first, second = await Question.all().order_by("kind")
    assert [(one.kind.value, one.status, one.category) for one in (first, second)] == [
        *(("judge", QuestionStatus.ACTIVE, "酒茶/茶"), ("single", QuestionStatus.ACTIVE, "酒茶/茶")),
    ]
    assert [tag.name for tag in await QuestionTag.filter(question_id=second.id)] == ["绿茶"]
    assert (await QuestionVersion.get(question_id=second.id)).secret.right_ids == {"b"}
    rows = await rows_of(found)
    assert [row.question_id for row in rows[:2]] == [second.id, first.id]
    assert {row.terms is None for row in rows} == {True}
    audit = await AuditRow.get(action="import_questions")
    assert audit.after == {"format": "gift", "name": "茶.txt", "status": "taken_in", "row_count": 4, "taken_count": 2}


async def test_doubles_come_in_where_they_are_wanted() -> None:
    found = await handed_over()
    assert (await take_in(found, skips_faulty=True, skips_duplicates=False)).taken_count == 3


async def test_what_the_bank_has_by_now_is_looked_up_again() -> None:
    found = await handed_over("龙井是绿茶。{T}\n\n大红袍是红茶。{F}")
    await a_question(judge("龙井是绿茶"))
    assert (await take_in(found)).taken_count == 1
    again = await handed_over("龙井是绿茶。{T}\n\n大红袍是红茶。{F}")
    with pytest.raises(QuestionImportEmpty):
        await take_in(again)
    assert (await QuestionImport.get(id=again.id)).status is ImportStatus.CHECKED


async def test_an_archived_question_is_doubled_by_nothing() -> None:
    question = await a_question(judge("龙井是绿茶"))
    await Question.put_status([question.id], QuestionStatus.ARCHIVED, staff_id=STAFF_ID, at=NOON)
    assert (await handed_over("龙井是绿茶。{T}")).duplicate_count == 0


async def test_of_many_who_take_a_file_in_one_does() -> None:
    found = await handed_over()
    acts = [take_in(found, skips_faulty=True) for _ in range(8)]
    ended = await asyncio.gather(*acts, return_exceptions=True)
    counted = Counter(one.code if isinstance(one, DomainError) else type(one).__name__ for one in ended)
    assert counted == {"QuestionImport": 1, "QUESTION_IMPORT_OVER": 7}
    assert await Question.all().count() == 2


async def test_a_failure_in_between_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await handed_over()

    def broken(*given: object, **named: object) -> object:
        raise RuntimeError("the power went")

    monkeypatch.setattr(QuestionTag, "each", broken)
    with pytest.raises(RuntimeError):
        await take_in(found, skips_faulty=True)
    assert (await Question.all().count(), await QuestionVersion.all().count()) == (0, 0)
    assert (await QuestionImport.get(id=found.id)).status is ImportStatus.CHECKED


async def test_a_file_is_dropped_once() -> None:
    found = await handed_over()
    await QuestionImport.drop(found.id, staff_id=STAFF_ID, at=NOON)
    assert await rows_of(found) == []
    for act in (QuestionImport.drop(found.id, staff_id=STAFF_ID, at=NOON), take_in(found)):
        with pytest.raises(QuestionImportOver):
            await act
    with pytest.raises(NotFound):
        await QuestionImport.drop(new_id(), staff_id=STAFF_ID, at=NOON)


async def test_files_that_nobody_wants_are_forgotten() -> None:
    old = await handed_over()
    assert await QuestionImport.forget_old(at=NOON + timedelta(days=14)) == 0
    assert await QuestionImport.forget_old(at=NOON + timedelta(days=14, seconds=1)) == 1
    assert (await QuestionImport.get(id=old.id)).status is ImportStatus.DROPPED
    assert await rows_of(old) == []


async def test_an_empty_file_is_refused() -> None:
    with pytest.raises(DomainError):
        await QuestionImport.check([], format=BankFormat.XLSX, name=None, staff_id=STAFF_ID, at=NOON)
    assert await QuestionImport.all().count() == 0


async def test_what_was_taken_in_is_what_was_read() -> None:
    said = terms(single(), tags=("机油",), explanation="见手册", difficulty=4).checked().renamed()
    found = await QuestionImport.check(
        [BankRow(1, "机油", said)], format=BankFormat.XLSX, name=None, staff_id=STAFF_ID, at=NOON
    )
    await take_in(found)
    version = await QuestionVersion.get()
    assert (version.shown, version.secret, version.explanation) == (said.content, said.key, "见手册")
