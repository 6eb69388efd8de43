"""The bank over HTTP: read and written by staff with the right, closed to everybody else."""

from typing import Any

import pytest

from models.learning.question import Question, QuestionStatus
from models.learning.question_statistics import QuestionStatistics, Reckoned
from models.learning.question_version import QuestionVersion
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from tests.build import a_member, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.learning.bank import a_question
from tests.learning.questions import EVERY_KIND, blank, judge, match, multiple, number, short_text, single
from tests.statements import WITH_PLANS, statements

CONTENT = {
    "kind": "MULTIPLE",
    "stem": "下列属于绿茶的有：",
    "options": [{"id": "a", "text": "龙井"}, {"id": "b", "text": "碧螺春"}, {"id": "c", "text": "祁门红茶"}],
}
KEY = {"shares": [{"option": "a", "percent": 50}, {"option": "b", "percent": 50}, {"option": "c", "percent": -100}]}
TERMS = {
    "content": CONTENT,
    "key": KEY,
    "category": "酒茶/茶",
    "tags": ["绿茶"],
    "difficulty": 2,
    "explanation": "祁门是红茶。",
    "source": "周三生活美学",
}
WHOLE = (
    "kind status category difficulty source version tags { name } statistics { answered errorRate discrimination } "
    "current { version explanation "
    "content { kind stem format options { id text media { url } } choices { id } blanks } "
    "key { shares { option percent } truth blanks { accepted { text matching percent } } numbers { value } order "
    "pairs { option choice } rubric { text percent } sample } }"
)
ALL = (
    "query($filter: QuestionFilter) { questions(filter: $filter, first: 10) "
    "{ edges { node { current { content { stem } } } } } }"
)


def written(**about: Any) -> dict[str, Any]:
    return {"idempotencyKey": new_key(), "terms": {**TERMS, **about}, "status": "ACTIVE"}


async def test_a_question_is_written_and_read_with_its_key(callers: Callers) -> None:
    staff = await a_staff("quizzes.read", "quizzes.write")
    caller = await callers.staff(staff)
    said = written()
    done = await caller.do("writeQuestion", said, f"isReplay question {{ id {WHOLE} }}")
    question = done["question"]
    assert done["isReplay"] is False
    assert question | {"id": ""} == {
        **{"id": "", "kind": "MULTIPLE", "status": "ACTIVE", "category": "酒茶/茶", "difficulty": 2, "version": 1},
        **{"source": "周三生活美学", "tags": [{"name": "绿茶"}], "statistics": None},
        "current": {
            "version": 1,
            "explanation": "祁门是红茶。",
            "content": {
                **{"kind": "MULTIPLE", "stem": "下列属于绿茶的有：", "format": "PLAIN", "choices": [], "blanks": 0},
                "options": [
                    {"id": "a", "text": "龙井", "media": []},
                    {"id": "b", "text": "碧螺春", "media": []},
                    {"id": "c", "text": "祁门红茶", "media": []},
                ],
            },
            "key": {
                **{"truth": None, "blanks": [], "numbers": [], "order": [], "pairs": [], "rubric": [], "sample": None},
                "shares": [
                    {"option": "a", "percent": 50.0},
                    {"option": "b", "percent": 50.0},
                    {"option": "c", "percent": -100.0},
                ],
            },
        },
    }
    again = await caller.do("writeQuestion", said, "isReplay question { id }")
    assert again | {"question": again["question"]["id"]} == {
        "isReplay": True,
        "question": question["id"],
        "userErrors": [],
    }
    assert await Question.all().count() == 1
    audit = await AuditRow.get(action="write_question")
    assert audit.actor_id == staff.id


@pytest.mark.parametrize("build", EVERY_KIND)
async def test_every_kind_is_read(callers: Callers, build: Any) -> None:
    question = await a_question(build())
    caller = await callers.staff(await a_staff("quizzes.read"))
    found = await caller.data(f"query($id: ID!) {{ question(id: $id) {{ {WHOLE} }} }}", id=public_id(question))
    assert found["question"]["kind"] == question.kind.name
    assert found["question"]["current"]["content"]["stem"]


async def test_keys_of_every_kind_are_written(callers: Callers) -> None:
    caller = await callers.staff(await a_staff("quizzes.read", "quizzes.write"))
    options = [{"id": "a", "text": "《呐喊》"}, {"id": "b", "text": "《睡莲》"}]
    choices = [{"id": "x", "text": "莫奈"}, {"id": "y", "text": "蒙克"}]
    said: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"kind": "JUDGE", "stem": "茶是植物"}, {"truth": True}),
        ({"kind": "BLANK", "stem": "茶圣是____", "blanks": 1}, {"blanks": [{"accepted": [{"text": "陆羽"}]}]}),
        ({"kind": "NUMBER", "stem": "水温", "unit": "℃"}, {"numbers": [{"value": "80", "tolerance": "5"}]}),
        ({"kind": "ORDER", "stem": "排序", "options": options}, {"order": ["b", "a"]}),
        (
            {"kind": "MATCH", "stem": "配对", "options": options, "choices": choices},
            {"pairs": [{"option": "a", "choice": "y"}, {"option": "b", "choice": "x"}]},
        ),
        ({"kind": "SHORT_TEXT", "stem": "谈谈茶"}, {"rubric": [{"text": "有观点", "percent": 100}], "sample": "茶…"}),
    ]
    for content, key in said:
        done = await caller.do("writeQuestion", written(content=content, key=key), "question { kind }")
        assert done == {"question": {"kind": content["kind"]}, "userErrors": []}


async def test_a_change_names_the_version_it_saw(callers: Callers) -> None:
    question = await a_question(judge())
    caller = await callers.staff(await a_staff("quizzes.read", "quizzes.write"))
    change = {"questionId": public_id(question), "expectedVersion": 1, "terms": TERMS, "reason": "题型调整"}
    done = await caller.do(
        "changeQuestion", change, "question { version kind versions(first: 5) { edges { node { version kind } } } }"
    )
    assert done["question"] == {
        "version": 2,
        "kind": "MULTIPLE",
        "versions": {
            "edges": [{"node": {"version": 2, "kind": "MULTIPLE"}}, {"node": {"version": 1, "kind": "JUDGE"}}]
        },
    }
    assert await caller.refusal("changeQuestion", change) == "QUESTION_CHANGED"
    assert await QuestionVersion.filter(question_id=question.id).count() == 2


async def test_a_wrong_question_is_refused_with_its_field(callers: Callers) -> None:
    caller = await callers.staff(await a_staff("quizzes.write"))
    wrong = written(key={"shares": [{"option": "a", "percent": 50}]})
    [error] = (await caller.do("writeQuestion", wrong))["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_INPUT", "key.shares")
    twice = written(key={"shares": [{"option": "a", "percent": 50}, {"option": "a", "percent": 50}]})
    assert await caller.refusal("writeQuestion", twice) == "INVALID_INPUT"
    assert await Question.all().count() == 0


async def test_statuses_are_put_by_those_who_may(callers: Callers) -> None:
    question = await a_question(status=QuestionStatus.DRAFT)
    caller = await callers.staff(await a_staff("quizzes.read", "quizzes.write"))
    put = {"questionIds": [public_id(question)], "status": "ARCHIVED", "reason": "过时"}
    done = await caller.do("putQuestionStatus", put, "questions { status }")
    assert done["questions"] == [{"status": "ARCHIVED"}]
    assert (await AuditRow.get(action="put_question_status")).reason == "过时"


async def test_many_questions_are_sorted_at_once(callers: Callers) -> None:
    one, other = await a_question(single(), tags=("机油", "旧"), category="未分类"), await a_question(judge())
    caller = await callers.staff(await a_staff("quizzes.read", "quizzes.write"))
    ids = [public_id(one), public_id(other)]
    sorting = {"category": "汽车/保养", "addedTags": ["入门"], "removedTags": ["旧"], "reason": "整理"}
    fields = "questions { kind category version tags { name } }"
    for _ in range(2):
        done = await caller.do("sortQuestions", {"questionIds": ids, **sorting}, fields)
        assert sorted(done["questions"], key=lambda found: found["kind"]) == [
            {"kind": "JUDGE", "category": "汽车/保养", "version": 2, "tags": [{"name": "入门"}]},
            {"kind": "SINGLE", "category": "汽车/保养", "version": 2, "tags": [{"name": "机油"}, {"name": "入门"}]},
        ]
    first, second = await QuestionVersion.filter(question_id=one.id).order_by("version")
    assert (first.content, first.key) == (second.content, second.key)
    assert await AuditRow.filter(action="change_question", reason="整理").count() == 2
    assert await caller.refusal("sortQuestions", {"questionIds": ids}) == "INVALID_INPUT"
    assert await caller.refusal("sortQuestions", {"questionIds": [*ids, "x"], "difficulty": 5}) == "NOT_FOUND"
    assert await caller.refusal("sortQuestions", {"questionIds": ids, "difficulty": 6}) == "INVALID_INPUT"
    await Question.put_status([other.id], QuestionStatus.ARCHIVED, staff_id=one.id, at=NOON)
    assert await caller.refusal("sortQuestions", {"questionIds": ids, "difficulty": 5}) == "QUESTION_ARCHIVED"
    assert {question.version for question in await Question.all()} == {2}


async def test_questions_are_found_by_what_is_said_of_them(callers: Callers) -> None:
    oil = await a_question(single(), tags=("机油", "入门"), difficulty=1, source="手册")
    await a_question(judge(), category="汽车", difficulty=5)
    tea = await a_question(multiple(), category="酒茶/茶", tags=("入门",))
    await Question.put_status([tea.id], QuestionStatus.ARCHIVED, staff_id=oil.id, at=NOON)
    await QuestionStatistics.put([Reckoned(oil.id, 10, 4, 0.31)], at=NOON)
    caller = await callers.staff(await a_staff("quizzes.read"))

    async def stems(**filter: Any) -> list[str]:
        page = await caller.data(ALL, filter=filter)
        return [edge["node"]["current"]["content"]["stem"][:4] for edge in page["questions"]["edges"]]

    assert await stems() == ["电动汽车", "机油的主"]
    assert await stems(statuses=["ARCHIVED"]) == ["下列属于"]
    assert await stems(category="汽车") == ["电动汽车", "机油的主"]
    assert await stems(category="汽车/保养") == ["机油的主"]
    assert await stems(category="汽") == []
    assert await stems(tags=["入门", "机油"]) == ["机油的主"]
    assert await stems(tags=["入门", "红茶"]) == []
    assert await stems(kinds=["JUDGE", "MULTIPLE"]) == ["电动汽车"]
    assert await stems(difficultyLeast=2) == ["电动汽车"]
    assert await stems(difficultyMost=1) == ["机油的主"]
    assert await stems(search=" 提高 油品 ") == ["机油的主"]
    assert await stems(search="100%_") == []
    assert await stems(source="手册") == ["机油的主"]
    assert await stems(errorRateLeast=0.6) == ["机油的主"]
    assert await stems(errorRateLeast=0.61) == []
    for wrong in ({"difficultyLeast": 0}, {"errorRateLeast": 2.0}, {"tags": [""]}):
        assert await caller.error(ALL, filter=wrong) == "INVALID_INPUT"


@WITH_PLANS
async def test_a_page_of_questions_takes_as_many_statements_as_one(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for build in (single, judge, number):
        await a_question(build(), tags=("入门",))
    caller = await callers.staff(await a_staff("quizzes.read"))
    counts = []
    for first in (1, 3):
        with statements(monkeypatch) as sent:
            await caller.data(f"{{ questions(first: {first}) {{ edges {{ node {{ {WHOLE} }} }} }} }}")
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 6


async def test_categories_are_counted(callers: Callers) -> None:
    await a_question(single())
    await a_question(judge())
    await a_question(blank(), category="酒茶/诗")
    await a_question(match(), category="艺术", status=QuestionStatus.ARCHIVED)
    caller = await callers.staff(await a_staff("quizzes.read"))
    found = await caller.data("{ questionCategories { path questionCount } }")
    assert found["questionCategories"] == [
        {"path": "汽车/保养", "questionCount": 2},
        {"path": "酒茶/诗", "questionCount": 1},
    ]


async def test_questions_that_say_nearly_the_same_are_found(callers: Callers) -> None:
    await a_question(judge("电动汽车不需要更换机油，但需要更换冷却液。"))
    await a_question(judge("电动汽车不需要更换机油，不过需要更换冷却液。"))
    await a_question(short_text())
    caller = await callers.staff(await a_staff("quizzes.read"))
    ask = (
        "query($s: Float!, $c: String) { duplicateQuestions(similarity: $s, category: $c) "
        "{ isComplete pairs { similarity one { kind } other { kind } } } }"
    )
    found = (await caller.data(ask, s=0.6))["duplicateQuestions"]
    assert found["isComplete"] is True
    [pair] = found["pairs"]
    assert (pair["one"], pair["other"]) == ({"kind": "JUDGE"}, {"kind": "JUDGE"})
    assert 0.6 <= pair["similarity"] < 0.9
    assert (await caller.data(ask, s=0.95))["duplicateQuestions"]["pairs"] == []
    assert (await caller.data(ask, s=0.6, c="酒茶"))["duplicateQuestions"]["pairs"] == []
    assert await caller.error(ask, s=0.1) == "INVALID_INPUT"


async def test_nobody_else_sees_or_touches_the_bank(callers: Callers) -> None:
    question = await a_question()
    version = await QuestionVersion.get(question_id=question.id)
    member = await callers.member(await a_member())
    other = await callers.staff(await a_staff("mall.read"))
    for caller, code in ((callers.nobody(), "UNAUTHENTICATED"), (member, "FORBIDDEN"), (other, "FORBIDDEN")):
        for ask in (
            "{ questions(first: 1) { edges { node { kind } } } }",
            "{ questionCategories { path } }",
            "{ duplicateQuestions { isComplete } }",
            "{ questionImports(first: 1) { edges { node { name } } } }",
            f'{{ question(id: "{public_id(question)}") {{ kind }} }}',
        ):
            assert await caller.error(ask) == code
    for record in (question, version):
        node = f'{{ node(id: "{public_id(record)}") {{ id }} }}'
        assert (await member.data(node))["node"] is None
        assert (await other.data(node))["node"] is None


@pytest.mark.parametrize(("right", "scope"), [("quizzes.read", DataScope.ALL), ("quizzes.write", DataScope.OWN_GROUPS)])
async def test_writing_takes_the_right_and_the_whole_brand(callers: Callers, right: str, scope: DataScope) -> None:
    question = await a_question()
    caller = await callers.staff(await a_staff(right, scope=scope))
    question_id = public_id(question)
    acts: dict[str, dict[str, Any]] = {
        "writeQuestion": written(),
        "changeQuestion": {"questionId": question_id, "expectedVersion": 1, "terms": TERMS},
        "putQuestionStatus": {"questionIds": [question_id], "status": "ARCHIVED"},
        "sortQuestions": {"questionIds": [question_id], "difficulty": 5},
        "takeInQuestions": {"importId": "x"},
        "dropQuestionImport": {"importId": "x"},
    }
    for act, said in acts.items():
        if scope is DataScope.ALL:
            kind = act[0].upper() + act[1:]
            ask = f"mutation($input: {kind}Input!) {{ {act}(input: $input) {{ userErrors {{ code }} }} }}"
            assert await caller.error(ask, input=said) == "FORBIDDEN"
        else:
            assert await caller.refusal(act, said) == "NOT_FOUND"
    assert await Question.all().count() == 1
    assert (await Question.get()).version == 1
