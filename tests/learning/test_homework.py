"""Homework: a quiz behind a session, which those with a seat in its course see and take, and nobody else."""

from models.learning.quiz import Quiz
from models.learning.quiz_attempt import QuizAttempt
from models.record import Record
from models.staff.colleague import DataScope
from store.ids import new_id
from tests.build import a_member, a_staff, new_key, public_id
from tests.callers import Caller, Callers
from tests.groups.build import a_group
from tests.learning.build import a_course, a_session
from tests.learning.quizzes import a_quiz, questions
from tests.learning.rooms import enrolled, leave

OF_SESSION = """query($id: ID!) {
    node(id: $id) { ... on CourseSession { homework(first: 5) { edges { node { id } } } } } }"""


async def homework_of(caller: Caller, session: Record) -> list[str]:
    found = await caller.data(OF_SESSION, id=public_id(session))
    return [edge["node"]["id"] for edge in found["node"]["homework"]["edges"]]


async def test_homework_is_for_those_with_a_seat(callers: Callers) -> None:
    course = await a_course()
    session, other = await a_session(course), await a_session(await a_course())
    quiz = await a_quiz(course_session_id=session.id)
    seated, gone = await enrolled(course), await enrolled(course)
    await leave(gone, course)
    with_seat, without, left = [await callers.member(one) for one in (seated, await a_member(), gone)]
    staff = await callers.staff(await a_staff("quizzes.read", "courses.read"))

    def begin() -> dict[str, str]:
        return {"idempotencyKey": new_key(), "quizId": public_id(quiz)}

    seen = [await homework_of(one, session) for one in (with_seat, without, left, staff)]
    refusals = [await one.refusal("beginQuiz", begin()) for one in (without, left)]

    assert seen == [[public_id(quiz)], [], [], [public_id(quiz)]]
    assert await homework_of(with_seat, other) == []
    assert refusals == ["NOT_FOUND", "NOT_FOUND"]
    assert await QuizAttempt.all().count() == 0
    assert (await with_seat.do("beginQuiz", begin(), "attempt { number }"))["attempt"] == {"number": 1}


async def test_homework_is_put_behind_a_session_that_one_may_change(callers: Callers) -> None:
    east, south = await a_group(region="华东"), await a_group(region="华南")
    ours, theirs = [await a_session(await a_course(group_id=one.id)) for one in (east, south)]
    staff = await callers.staff(await a_staff(scope=DataScope.REGION, region="华东"))
    items = [{"questionId": public_id((await questions(1))[0])}]
    terms = {"title": "课后作业", "items": items, "groupId": public_id(east)}

    async def refusal(session_id: str) -> str:
        given = {"idempotencyKey": new_key(), "terms": {**terms, "courseSessionId": session_id}}
        return await staff.refusal("createQuiz", given)

    ours.id, real = new_id(), ours.id
    assert [await refusal(public_id(one)) for one in (theirs, ours)] == ["NOT_FOUND", "NOT_FOUND"]
    assert await Quiz.all().count() == 0
    ours.id = real
    given = {"idempotencyKey": new_key(), "terms": {**terms, "courseSessionId": public_id(ours)}}
    made = await staff.do("createQuiz", given, "quiz { courseSessionId }")
    assert made["quiz"] == {"courseSessionId": public_id(ours)}
    [draft] = await Quiz.all()
    anew = {**terms, "courseSessionId": public_id(theirs)}
    change = {"quizId": public_id(draft), "expectedVersion": 0, "terms": anew}
    assert await staff.refusal("changeQuiz", change) == "NOT_FOUND"
