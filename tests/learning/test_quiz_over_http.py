"""Quizzes over HTTP: each mutation as nobody, as the wrong caller and as the right one; a paper from draft to pass."""

from typing import Any

import pytest

from engine.cursor import encode_id
from models.learning.handing_in import hand_in
from models.learning.question_standing import QuestionStanding
from models.learning.quiz import Quiz, QuizStatus
from models.learning.quiz_answer import Given, QuizAnswer
from models.learning.quiz_attempt import QuizAttempt
from models.learning.quiz_regrade import QuizRegrade
from models.learning.quiz_version import QuizVersion
from models.learning.repractice import Repractice
from models.learning.response import Response
from models.learning.review import ReviewMatrix
from models.members.erasure import erase
from models.points.behaviour import Behaviour
from models.points.earn_rule import EarnRule
from models.points.earn_terms import EarnTerms
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.clock import FixedClock
from tests.build import LONG_AGO, a_member, a_staff, new_key, public_id
from tests.callers import Answer, Caller, Callers
from tests.conftest import NOON
from tests.groups.build import a_circle, a_group, a_place
from tests.learning.questions import match, order, short_text
from tests.learning.quizzes import a_question, a_quiz, begun, handed_in, questions
from tests.statements import WITH_PLANS, statements

REVIEW = (
    "review { question { kind stem options { id text } choices { id text } } response { options order text "
    "pairs { option choice } } isRight points rightResponse { options text } explanation words }"
)
ATTEMPT = (
    "attempt { id number state secondsLeft pointsMost result { points percent isPassed feedback } "
    f"answers(first: 20) {{ edges {{ node {{ position sequence {REVIEW} }} }} }} }}"
)
REFUSED = "userErrors { code }"


class Reader:
    """A caller that is given each page as the list of its nodes."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def do(self, mutation: str, given: Answer, fields: str = "") -> Answer:
        found: Answer = flat(await self._caller.do(mutation, given, fields))
        return found

    async def data(self, query: str, **variables: object) -> Answer:
        found: Answer = flat(await self._caller.data(query, **variables))
        return found

    async def refusal(self, mutation: str, given: Answer) -> str:
        return await self._caller.refusal(mutation, given)

    async def error(self, query: str, **variables: object) -> str:
        return await self._caller.error(query, **variables)


def flat(value: Any) -> Any:
    if isinstance(value, dict):
        is_page = "edges" in value and "totalCount" not in value
        return [flat(one["node"]) for one in value["edges"]] if is_page else {k: flat(v) for k, v in value.items()}
    return [flat(one) for one in value] if isinstance(value, list) else value


def of_attempt(fields: str) -> str:
    """Read these fields of each answer of an attempt."""
    page = f"answers(first: 20) {{ edges {{ node {{ {fields} }} }} }}"
    return f"query($id: ID!) {{ node(id: $id) {{ ... on QuizAttempt {{ result {{ percent }} {page} }} }} }}"


def option_of(answer: dict[str, Any], text: str) -> str:
    """The name under which an option of this text is shown."""
    [found] = [one["id"] for one in answer["review"]["question"]["options"] if one["text"] == text]
    return str(found)


async def test_a_member_takes_a_quiz_and_is_paid(callers: Callers, clock: FixedClock) -> None:
    await EarnRule.put(Behaviour.QUIZ_PASSED, EarnTerms(20), at=LONG_AGO)
    member, quiz = await a_member(), await a_quiz(minutes=30)
    caller = Reader(await callers.member(member))
    eligibility = """query($id: ID!) { quizEligibility(quizId: $id) { attemptsUsed attemptsLeft openAttempt { id }
        quiz { title questionCount needsPassword paper { items { questionId } } }
        eligibility { isAllowed preview { points } } } }"""

    before = (await caller.data(eligibility, id=public_id(quiz)))["quizEligibility"]
    given = {"idempotencyKey": new_key(), "quizId": public_id(quiz)}
    first = await caller.do("beginQuiz", given, f"isResumed isReplay {ATTEMPT}")
    attempt_id, answers = first["attempt"]["id"], first["attempt"]["answers"]
    saved = await caller.do(
        "saveQuizAnswers",
        {
            "attemptId": attempt_id,
            "answers": [
                {"position": 1, "sequence": "1", "response": {"options": [option_of(answers[0], "提高油品标号")]}}
            ],
        },
        ATTEMPT,
    )
    clock.advance(minutes=10)
    resumed = await caller.do("beginQuiz", {**given, "idempotencyKey": new_key()}, f"isResumed {ATTEMPT}")
    last = {"position": 2, "sequence": "2", "response": {"options": [option_of(answers[1], "提高油品标号")]}}
    hand_in = {"attemptId": attempt_id, "answers": [last]}
    done = await caller.do("handInQuiz", hand_in, f"isReplay viewer {{ account {{ available }} }} {ATTEMPT}")
    again = await caller.do("handInQuiz", hand_in, f"isReplay viewer {{ account {{ available }} }} {ATTEMPT}")

    assert before == {
        "attemptsUsed": 0,
        "attemptsLeft": None,
        "openAttempt": None,
        "quiz": {"title": "周一行业观察·课后作业", "questionCount": 2, "needsPassword": False, "paper": None},
        "eligibility": {"isAllowed": True, "preview": [{"points": 20}]},
    }
    assert (first["isResumed"], first["attempt"]["secondsLeft"], saved["userErrors"]) == (False, 1_800, [])
    assert (resumed["isResumed"], resumed["attempt"]["secondsLeft"]) == (True, 1_200)
    assert resumed["attempt"]["answers"] == saved["attempt"]["answers"]
    assert done["attempt"]["result"] == {"points": 200, "percent": 100, "isPassed": True, "feedback": None}
    assert [one["review"]["isRight"] for one in done["attempt"]["answers"]] == [True, True]
    assert {str(one["review"]["rightResponse"]) for one in done["attempt"]["answers"]} == {"None"}
    assert (done["viewer"], done["isReplay"]) == ({"account": {"available": "20"}}, False)
    assert again == {**done, "isReplay": True}


async def test_an_answer_is_saved_with_the_same_words_whether_right_or_wrong(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, quiz = await a_member(), await a_quiz()
    attempt = await begun(member, quiz)
    caller, told, counts = Reader(await callers.member(member)), [], []
    read = await caller.data(
        of_attempt(f"position {REVIEW}"),
        id=public_id(attempt),
    )
    options = read["node"]["answers"][0]["review"]["question"]["options"]
    for number, option in enumerate(options, start=1):
        given = {"position": 1, "sequence": str(number), "response": {"options": [option["id"]]}}
        with statements(monkeypatch) as seen:
            payload = await caller.do(
                "saveQuizAnswers",
                {"attemptId": public_id(attempt), "answers": [given]},
                "attempt { state result { points percent isPassed feedback } "
                "answers(first: 20) { edges { node { review { isRight points rightResponse { options } explanation } "
                "} } } }",
            )
        told.append(payload)
        counts.append([sql.split(" ")[0] for sql in seen])

    assert len(options) == 4
    assert all(one == told[0] for one in told)
    assert all(one == counts[0] for one in counts)


async def test_only_members_take_quizzes(callers: Callers) -> None:
    member, quiz = await a_member(), await a_quiz()
    attempt, staff = await begun(member, quiz), await callers.staff(await a_staff())
    acts = {
        "beginQuiz": f'idempotencyKey: "12345678", quizId: "{public_id(quiz)}"',
        "saveQuizAnswers": f'attemptId: "{public_id(attempt)}", answers: [{{position: 1, sequence: "1"}}]',
        "handInQuiz": f'attemptId: "{public_id(attempt)}"',
        "practiseWrongAnswer": 'wrongAnswerId: "x", response: {truth: true}',
    }
    for act, given in acts.items():
        query = f"mutation {{ {act}(input: {{{given}}}) {{ {REFUSED} }} }}"
        assert await callers.nobody().error(query) == "UNAUTHENTICATED"
        assert await staff.error(query) == "FORBIDDEN"
    other = await callers.member(await a_member())
    saving = {"attemptId": public_id(attempt), "answers": [{"position": 1, "sequence": "1"}]}
    assert await other.refusal("saveQuizAnswers", saving) == "NOT_FOUND"
    assert await other.refusal("handInQuiz", {"attemptId": public_id(attempt)}) == "NOT_FOUND"
    assert (await other.data("query($id: ID!) { node(id: $id) { id } }", id=public_id(attempt)))["node"] is None
    assert await QuizAttempt.filter(submitted_at__isnull=False).count() == 0
    assert await QuizAnswer.filter(sequence__gt=0).count() == 0


TERMS = "quiz { id status version paper { items { questionId points rule } password } review { phase aspects } }"


async def test_staff_write_publish_change_close_and_archive_a_quiz(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("quizzes.read", "quizzes.write"))
    asked = await questions(3)
    items = [{"questionId": public_id(one), "points": 200} for one in asked]
    terms = {"title": "周五达人分享·课后作业", "items": items[:2], "password": "暗号八月", "passPercent": 80}
    given = {"idempotencyKey": new_key(), "terms": terms}

    made = await staff.do("createQuiz", given, f"isReplay {TERMS}")
    again = await staff.do("createQuiz", given, f"isReplay {TERMS}")
    quiz_id = {"quizId": made["quiz"]["id"]}
    published = await staff.do("publishQuiz", quiz_id, TERMS)
    twice = await staff.refusal("publishQuiz", quiz_id)
    change = {**quiz_id, "expectedVersion": 1, "terms": {**terms, "items": items}}
    unreasoned = await staff.refusal("changeQuiz", change)
    changed = await staff.do("changeQuiz", {**change, "reason": "增加一题"}, TERMS)
    stale = await staff.refusal("changeQuiz", {**change, "reason": "增加一题"})
    preview = await staff.data(
        "query($id: ID!) { quizPreview(quizId: $id) { position pointsMost rightResponse { options } } }",
        id=quiz_id["quizId"],
    )
    open_still = await staff.refusal("archiveQuiz", {**quiz_id, "reason": "整理"})
    closed = await staff.do("closeQuiz", {**quiz_id, "reason": "提前结束"}, TERMS)
    archived = await staff.do("archiveQuiz", {**quiz_id, "reason": "整理"}, TERMS)

    assert again == {**made, "isReplay": True}
    assert (made["quiz"]["status"], made["quiz"]["version"]) == ("DRAFT", 0)
    assert made["quiz"]["paper"]["items"][0] == {"questionId": public_id(asked[0]), "points": 200, "rule": "ALL_RIGHT"}
    assert made["quiz"]["review"][3]["aspects"] == [
        "ANSWERS",
        "CORRECTNESS",
        "EXPLANATION",
        "FEEDBACK",
        "MARKS",
        "RIGHT_ANSWER",
    ]
    assert (published["quiz"]["version"], twice, unreasoned, stale) == (
        1,
        "QUIZ_PUBLISHED",
        "INVALID_INPUT",
        "QUIZ_CHANGED",
    )
    assert changed["quiz"]["version"] == 2
    assert [one["pointsMost"] for one in preview["quizPreview"]] == [200, 200, 200]
    assert (open_still, closed["quiz"]["status"], archived["quiz"]["status"]) == (
        "QUIZ_PUBLISHED",
        "CLOSED",
        "ARCHIVED",
    )
    assert [len(one.rules["items"]) for one in await QuizVersion.all().order_by("version")] == [2, 3]
    audit = [row.action for row in await AuditRow.filter(action__contains="quiz").order_by("created_at", "id")]
    assert audit == [
        "create_quiz",
        "publish_quiz",
        "change_quiz",
        "close_quiz",
        "archive_quiz",
    ]
    assert "暗号八月" not in str([(row.before, row.after) for row in await AuditRow.all()])


async def test_only_staff_with_the_right_and_the_place_write_quizzes(callers: Callers) -> None:
    group = await a_group(region="华东")
    of_group, of_brand = await a_quiz(group_id=group.id), await a_quiz()
    member = await callers.member(await a_place(group))
    reader = await callers.staff(await a_staff("quizzes.read", "quizzes.mark"))
    east = await callers.staff(await a_staff(scope=DataScope.REGION, region="华东"))
    south = await callers.staff(await a_staff(scope=DataScope.REGION, region="华南"))
    question = public_id((await questions(1))[0])
    items = [{"questionId": question}]
    acts: dict[str, dict[str, Any]] = {
        "closeQuiz": {"reason": "提前结束"},
        "archiveQuiz": {"reason": "整理"},
        "publishQuiz": {},
        "changeQuiz": {"expectedVersion": 1, "reason": "改题", "terms": {"title": "新标题", "items": items}},
        "regradeQuiz": {"questionId": question, "reason": "答案有误"},
    }
    for act, given in acts.items():
        kind = act[0].upper() + act[1:]
        query = f"mutation($input: {kind}Input!) {{ {act}(input: $input) {{ {REFUSED} }} }}"
        variables = {"quizId": public_id(of_group), **given}
        assert await callers.nobody().error(query, input=variables) == "UNAUTHENTICATED"
        assert await member.error(query, input=variables) == "FORBIDDEN"
        assert await reader.error(query, input=variables) == "FORBIDDEN"
        assert await south.refusal(act, variables) == "NOT_FOUND"
        assert await east.refusal(act, {**variables, "quizId": public_id(of_brand)}) == "NOT_FOUND"
    # Whoever sees the group alone gives its quiz to nobody else.
    assert await east.refusal("changeQuiz", {"quizId": public_id(of_group), **acts["changeQuiz"]}) == "NOT_FOUND"
    create = {"idempotencyKey": new_key(), "terms": {"title": "全员测验", "items": items}}
    assert await east.refusal("createQuiz", create) == "NOT_FOUND"
    assert await Quiz.filter(status=QuizStatus.PUBLISHED, version=1).count() == 2

    closed = await east.do("closeQuiz", {"quizId": public_id(of_group), "reason": "提前结束"}, "quiz { status }")
    assert closed["quiz"] == {"status": "CLOSED"}


async def test_a_preview_shows_keys_to_those_alone_who_may_read_the_bank(callers: Callers) -> None:
    quiz = await a_quiz()
    query = "query($id: ID!) { quizPreview(quizId: $id) { rightResponse { options } } }"
    writer, reader, both = [
        await callers.staff(await a_staff(*rights))
        for rights in (("quizzes.write",), ("quizzes.read",), ("quizzes.write", "quizzes.read"))
    ]

    assert [await one.error(query, id=public_id(quiz)) for one in (writer, reader)] == ["FORBIDDEN", "FORBIDDEN"]
    assert len((await both.data(query, id=public_id(quiz)))["quizPreview"]) == 2


async def test_a_quiz_is_seen_in_its_place_alone(callers: Callers) -> None:
    circle = await a_circle()
    group = await a_group(circle=circle, region="华东")
    inside, outside = await a_place(group), await a_member()
    of_group, of_circle, of_all = [
        await a_quiz(**where) for where in ({"group_id": group.id}, {"circle_id": circle.id}, {})
    ]
    query = "{ quizzes(first: 10) { edges { node { id } } } }"

    async def seen(caller: Any) -> set[str]:
        return {edge["node"]["id"] for edge in (await caller.data(query))["quizzes"]["edges"]}

    everything = {public_id(one) for one in (of_group, of_circle, of_all)}
    assert await seen(await callers.member(inside)) == everything
    assert await seen(await callers.member(outside)) == {public_id(of_all)}
    assert await seen(await callers.staff(await a_staff("quizzes.read"))) == everything
    east = await a_staff("quizzes.read", scope=DataScope.REGION, region="华东")
    assert await seen(await callers.staff(east)) == {public_id(of_group)}
    stranger = await callers.member(outside)
    given = {"idempotencyKey": new_key(), "quizId": public_id(of_circle)}
    assert await stranger.refusal("beginQuiz", given) == "NOT_FOUND"
    assert await QuizAttempt.all().count() == 0


async def test_a_text_waits_for_its_marker_and_then_the_pass_is_paid(callers: Callers) -> None:
    await EarnRule.put(Behaviour.QUIZ_PASSED, EarnTerms(20), at=LONG_AGO)
    group = await a_group(region="华东")
    member, quiz = await a_place(group), await a_quiz(await a_question(short_text()))
    caller = Reader(await callers.member(member))
    attempt = await begun(member, quiz)
    text = {"position": 1, "sequence": "1", "response": {"text": "分散风险，例如同时持有债券与股票。"}}
    done = await caller.do("handInQuiz", {"attemptId": public_id(attempt), "answers": [text]}, ATTEMPT)
    marker = await callers.staff(await a_staff("quizzes.mark", scope=DataScope.REGION, region="华东"))
    south = await callers.staff(await a_staff("quizzes.mark", scope=DataScope.REGION, region="华南"))
    queue = (
        "{ answersToMark(first: 10) { edges { node { id review { response { text } } "
        "guide { sample rubric { text share } } } } } }"
    )

    [waiting] = (await marker.data(queue))["answersToMark"]["edges"]
    hidden = (await south.data(queue))["answersToMark"]["edges"]
    given = {"answerId": waiting["node"]["id"], "rubric": [60, 20], "words": "例子可以更具体"}
    query = f"mutation($input: MarkQuizAnswerInput!) {{ markQuizAnswer(input: $input) {{ {REFUSED} }} }}"
    refused = [
        await callers.nobody().error(query, input=given),
        await caller.error(query, input=given),
        await south.refusal("markQuizAnswer", given),
        await marker.refusal("markQuizAnswer", {**given, "rubric": [60]}),
        await marker.refusal("markQuizAnswer", {**given, "points": 101, "rubric": []}),
    ]
    unpaid = await caller.data("{ viewer { account { available } } }")
    marked = await marker.do("markQuizAnswer", given, "answer { needsMarker attempt { state result { percent } } }")
    twice = await marker.refusal("markQuizAnswer", given)

    assert (done["attempt"]["state"], done["attempt"]["result"]["points"]) == ("WAITING", None)
    assert done["attempt"]["answers"][0]["review"]["isRight"] is None
    assert waiting["node"]["guide"]["rubric"][0] == {"text": "说出分散风险", "share": "60"}
    assert waiting["node"]["review"] == {"response": {"text": "分散风险，例如同时持有债券与股票。"}}
    assert hidden == []
    assert refused == ["UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "INVALID_INPUT", "INVALID_INPUT"]
    assert unpaid["viewer"]["account"]["available"] == "0"
    assert marked["answer"] == {"needsMarker": False, "attempt": {"state": "GRADED", "result": {"percent": 80}}}
    assert twice == "ANSWER_MARKED"
    assert (await caller.data("{ viewer { account { available } } }"))["viewer"]["account"]["available"] == "20"
    shown = await caller.data(
        of_attempt(f"guide {{ sample }} {REVIEW}"),
        id=public_id(attempt),
    )
    [answer] = shown["node"]["answers"]
    assert (answer["guide"], answer["review"]["points"], answer["review"]["words"]) == (None, 80, "例子可以更具体")


async def test_what_an_erased_member_wrote_waits_for_no_marker(callers: Callers) -> None:
    quiz, gone, there = await a_quiz(await a_question(short_text())), await a_member(), await a_member()
    for member in (gone, there):
        attempt = await begun(member, quiz)
        await hand_in(member.id, attempt.id, [Given(1, Response(text="分散风险。"), 1)], at=NOON)
    await erase(gone.id, at=NOON)
    marker = await callers.staff(await a_staff("quizzes.mark"))

    found = await marker.data("{ answersToMark(first: 5) { totalCount edges { node { member { id } } } } }")

    assert found["answersToMark"] == {"totalCount": 1, "edges": [{"node": {"member": {"id": public_id(there)}}}]}


async def test_what_is_ordered_and_matched_is_shown_by_place_and_marked_by_the_key(callers: Callers) -> None:
    member = await a_member()
    quiz = await a_quiz(await a_question(order()), await a_question(match()))
    caller, attempt = Reader(await callers.member(member)), await begun(member, quiz)
    read = of_attempt(f"position {REVIEW}")
    first, second = (await caller.data(read, id=public_id(attempt)))["node"]["answers"]
    places = [option_of(first, one) for one in ("温杯", "投茶", "注水", "出汤")]
    painters = {one["text"]: one["id"] for one in second["review"]["question"]["choices"]}
    works = {"《星月夜》": "梵高", "《睡莲》": "莫奈", "《呐喊》": "蒙克", "《格尔尼卡》": "毕加索"}
    pairs = [{"option": option_of(second, work), "choice": painters[who]} for work, who in works.items()]

    done = await caller.do(
        "handInQuiz",
        {
            "attemptId": public_id(attempt),
            "answers": [
                {"position": 1, "sequence": "1", "response": {"order": places}},
                {"position": 2, "sequence": "2", "response": {"pairs": pairs}},
            ],
        },
        ATTEMPT,
    )

    assert [one["id"] for one in first["review"]["question"]["options"]] == ["1", "2", "3", "4"]
    assert done["attempt"]["result"]["percent"] == 100
    assert done["attempt"]["answers"][0]["review"]["response"]["order"] == places
    assert {(one["option"], one["choice"]) for one in done["attempt"]["answers"][1]["review"]["response"]["pairs"]} == {
        (one["option"], one["choice"]) for one in pairs
    }


async def test_a_wrong_answer_leaves_the_book_when_it_is_practised_rightly(callers: Callers) -> None:
    open_later = ReviewMatrix.from_json({"right_after": ["answers", "correctness", "right_answer", "explanation"]})
    hidden = ReviewMatrix.from_json({"right_after": ["answers", "correctness"]})
    member = await a_member()
    await handed_in(member, await a_quiz(review=open_later), 1)
    await handed_in(member, await a_quiz(review=ReviewMatrix()))
    await handed_in(member, await a_quiz(review=hidden), 1)
    caller, book = (
        await callers.member(member),
        (f"{{ viewer {{ wrongAnswers(first: 10) {{ edges {{ node {{ id answered wrong {REVIEW} }} }} }} }} }}"),
    )

    edges = (await caller.data(book))["viewer"]["wrongAnswers"]["edges"]
    covered, told = [edge["node"] for edge in edges]
    answer = {"wrongAnswerId": told["id"], "response": {"options": told["review"]["rightResponse"]["options"]}}
    early = await caller.refusal("practiseWrongAnswer", {**answer, "wrongAnswerId": covered["id"]})
    stranger = await callers.member(await a_member())
    foreign = await stranger.refusal("practiseWrongAnswer", answer)
    wrong = next(one["id"] for one in told["review"]["question"]["options"] if one["text"] == "润滑")
    missed = await caller.do("practiseWrongAnswer", {**answer, "response": {"options": [wrong]}}, "isRight")
    done = await caller.do("practiseWrongAnswer", answer, "isRight review { explanation }")
    after = (await caller.data(book))["viewer"]["wrongAnswers"]["edges"]

    assert (len(edges), early, foreign) == (2, "REPRACTICE_NOT_YET", "NOT_FOUND")
    assert (missed["isRight"], done["isRight"], done["review"]) == (False, True, {"explanation": "见车主手册。"})
    assert [edge["node"]["id"] for edge in after] == [covered["id"]]
    assert await Repractice.all().count() == 2
    standing = await QuestionStanding.get(
        id__in=[row.id for row in await QuestionStanding.all() if encode_id("WrongAnswer", row.id) == told["id"]]
    )
    assert (standing.answered, standing.wrong, standing.is_right) == (3, 2, True)


async def test_a_regrade_is_ordered_once(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("quizzes.read", "quizzes.write"))
    member, [one, two] = await a_member(), await questions()
    quiz = await a_quiz(one, two)
    await handed_in(member, quiz, 1)
    given = {"quizId": public_id(quiz), "questionId": public_id(two), "reason": "答案有误"}
    regraded = "regrade { id changed reason takesBack questionId }"

    first = await staff.do("regradeQuiz", given, regraded)
    again = await staff.do("regradeQuiz", given, regraded)
    listed = await staff.data(
        "query($id: ID!) { node(id: $id) { ... on Quiz { regrades(first: 5) { edges { node { id } } } } } }",
        id=public_id(quiz),
    )

    assert first["regrade"]["changed"] == 0
    assert again == first
    assert [edge["node"]["id"] for edge in listed["node"]["regrades"]["edges"]] == [first["regrade"]["id"]]
    assert await QuizRegrade.all().count() == 1
    assert (
        await staff.refusal("regradeQuiz", {**given, "questionId": public_id((await questions(1))[0])}) == "NOT_FOUND"
    )


@WITH_PLANS
async def test_an_attempt_costs_no_more_statements_with_more_questions(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, counts = await a_member(), []
    caller = await callers.member(member)
    for number in (2, 12):
        attempt = await begun(member, await a_quiz(*await questions(number)))
        read = of_attempt(f"position {REVIEW}")
        with statements(monkeypatch) as seen:
            await caller.data(read, id=public_id(attempt))
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 12
