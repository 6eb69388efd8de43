"""Which questions are alike: equal to comparing all with all, and quick where there are many."""

from itertools import combinations
from time import perf_counter
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.learning import duplicates
from models.learning.duplicates import _runs, _share, alike, near_duplicates
from models.learning.question import Question, QuestionStatus
from tests.conftest import NOON
from tests.learning.bank import STAFF_ID, a_question
from tests.learning.questions import judge


@settings(deadline=None, max_examples=200)
@given(
    texts=st.lists(st.text(alphabet="茶酒车画股 ，", max_size=14), max_size=12),
    similarity=st.sampled_from([0.5, 0.6, 0.75, 0.8, 1.0]),
)
def test_the_pairs_are_those_of_comparing_all_with_all(texts: list[str], similarity: float) -> None:
    given = {UUID(int=place): text for place, text in enumerate(texts)}
    plainly = {
        frozenset((one, other))
        for one, other in combinations(given, 2)
        if _share(_runs(given[one]), _runs(given[other])) >= similarity
    }
    found = alike(given, similarity)
    assert {frozenset((twins.one, twins.other)) for twins in found.pairs} == plainly
    assert found.is_complete


def test_what_is_too_much_is_cut_off_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {UUID(int=place): "电动汽车不需要更换机油" for place in range(60)}
    found = alike(texts, 0.8)
    assert (len(found.pairs), found.is_complete) == (100, False)
    monkeypatch.setattr(duplicates, "COMPARED_MOST", 50)
    assert not alike(texts, 0.8).is_complete


def test_many_questions_are_compared_in_a_moment() -> None:
    texts = {UUID(int=place): f"第{place * 7919}号题目：{place * 104729}的读法与写法{place}" for place in range(3_000)}
    started = perf_counter()
    assert alike(texts, 0.9).is_complete
    assert perf_counter() - started < 20


@pytest.mark.usefixtures("database")
async def test_archived_questions_and_other_categories_are_left_alone() -> None:
    one = await a_question(judge("电动汽车不需要更换机油。"))
    await a_question(judge("电动汽车，不需要更换 机油"), category="汽车/新能源")
    other = await a_question(judge("电动汽车不需要更换机油！"))
    [twins] = (await near_duplicates(0.9, category="汽车/保养")).pairs
    assert ({twins.one, twins.other}, twins.similarity) == ({one.id, other.id}, 1.0)
    assert len((await near_duplicates(0.9, category="汽车")).pairs) == 3
    await Question.put_status([other.id], QuestionStatus.ARCHIVED, staff_id=STAFF_ID, at=NOON)
    assert len((await near_duplicates(0.9)).pairs) == 1
