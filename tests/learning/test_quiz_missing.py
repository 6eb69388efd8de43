"""Who has not handed in, by group; reminders once at each distance; and who may know."""

from datetime import timedelta
from typing import Any

import pytest

from models.groups.role import Role
from models.learning.quiz import Quiz
from models.learning.quiz_missing import GroupTurnout, Turnout, concerns, missing, turnout, turnout_by_group
from models.learning.quiz_notice import QuizNotice, due_distance
from models.members.audience import Audience
from models.members.member import Member, MemberStatus
from models.members.member_tag import MemberTag, TagSource
from models.staff.colleague import DataScope
from store.clock import FixedClock
from store.database import fetch
from store.ids import as_id
from tests.build import a_member, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import STAFF, a_circle, a_group, a_place
from tests.learning.build import a_course, a_session
from tests.learning.questions import short_text, single
from tests.learning.quizzes import DAY, a_question, a_quiz, begun, handed_in
from tests.learning.rooms import enrolled, leave
from tests.members.build import a_tag

HOUR = timedelta(hours=1)
TURNOUT = """query($id: ID!, $group: ID) { quizTurnout(quizId: $id, groupId: $group) {
    expected handedIn missing groups { expected handedIn missing group { name } } } }"""
MISSING = """query($id: ID!, $group: ID) { quizMissing(quizId: $id, groupId: $group, first: 10) {
    totalCount edges { node { nickname } } } }"""


async def missing_from(quiz: Quiz) -> set[Any]:
    clause = await missing(quiz, at=NOON)
    rows = await fetch(f"SELECT m.id FROM member m WHERE {clause.of('m', first=1)}", *clause.values)
    return {as_id(row["id"]) for row in rows}


async def test_members_of_the_circle_less_those_who_handed_in_are_missing(database: str) -> None:
    circle = await a_circle()
    one, other, elsewhere = await a_group(circle=circle), await a_group(circle=circle), await a_group()
    done, begun_only, idle = [await a_place(one) for _ in range(3)]
    both = await a_place(other, member=idle)
    await a_place(elsewhere)
    await Member.filter(id=(await a_place(other)).id).update(status=MemberStatus.FROZEN)
    await Member.filter(id=(await a_place(other)).id).update(is_staff=True)
    quiz = await a_quiz(circle_id=circle.id)
    await handed_in(done, quiz, 1)
    await begun(begun_only, quiz)

    assert await missing_from(quiz) == {begun_only.id, both.id}
    assert await turnout(quiz, at=NOON) == Turnout(3, 1)
    assert await turnout_by_group(quiz, at=NOON) == [GroupTurnout(3, 1, one.id), GroupTurnout(1, 0, other.id)]
    assert [await concerns(quiz, group.id) for group in (one, other, elsewhere)] == [True, True, False]


async def test_a_paper_that_waits_for_its_marker_is_handed_in(database: str) -> None:
    group = await a_group()
    member = await a_place(group)
    quiz = await a_quiz(await a_question(short_text()), await a_question(single()), group_id=group.id)
    await handed_in(member, quiz)

    assert await missing_from(quiz) == set()
    assert await turnout(quiz, at=NOON) == Turnout(1, 1)


async def test_an_audience_narrows_who_is_expected(database: str) -> None:
    group, other = await a_group(), await a_group()
    inside, newcomer = await a_place(group), await a_place(other, member=await a_member(at=NOON - DAY))

    for_group = await a_quiz(audience=Audience(group_ids=(group.id,)))
    for_new = await a_quiz(audience=Audience(new_within_days=7))
    for_all = await a_quiz()

    assert await missing_from(for_group) == {inside.id}
    assert await missing_from(for_new) == {newcomer.id}
    assert await missing_from(for_all) == {inside.id, newcomer.id}


async def test_homework_is_expected_of_those_with_a_seat_in_the_course(database: str) -> None:
    course = await a_course()
    session = await a_session(course)
    seated, gone, other = await enrolled(course), await enrolled(course), await a_member()
    await leave(gone, course)
    homework = await a_quiz(course_session_id=session.id)

    assert await missing_from(homework) == {seated.id}
    assert await missing_from(await a_quiz()) == {seated.id, gone.id, other.id}


@pytest.mark.parametrize(
    ("opened_before", "closes_in", "wanted"),
    [
        (3 * DAY, 25 * HOUR, None),
        (3 * DAY, 24 * HOUR, 1_440),
        (3 * DAY, 3 * HOUR, 1_440),
        (3 * DAY, 2 * HOUR, 120),
        (3 * DAY, timedelta(seconds=1), 120),
        (3 * HOUR, 10 * HOUR, None),
        (9 * HOUR, HOUR, 120),
        (timedelta(minutes=30), HOUR, None),
        (-HOUR, 2 * HOUR, None),
    ],
)
async def test_the_nearest_distance_is_due(
    database: str, opened_before: timedelta, closes_in: timedelta, wanted: int | None
) -> None:
    quiz = await a_quiz(opens_at=NOON - opened_before, closes_at=NOON + closes_in)
    await Quiz.filter(id=quiz.id).update(created_at=NOON - 9 * DAY, published_at=NOON - 9 * DAY)

    assert due_distance(await Quiz.get(id=quiz.id), at=NOON) == wanted


async def test_each_who_is_missing_is_reminded_once_at_each_distance(database: str) -> None:
    group = await a_group()
    done, late, idle = [await a_place(group) for _ in range(3)]
    quiz = await a_quiz(group_id=group.id, closes_at=NOON + 2 * DAY)
    await a_quiz(group_id=group.id)
    await handed_in(done, quiz, 1)

    early = await QuizNotice.remind(at=NOON)
    first = [await QuizNotice.remind(at=NOON + DAY + hours * HOUR) for hours in (0, 1, 2)]
    await handed_in(late, quiz, 1, at=NOON + DAY + 3 * HOUR)
    second = [await QuizNotice.remind(at=NOON + 2 * DAY - one) for one in (2 * HOUR, HOUR, timedelta(0))]

    assert (early, first, second) == (0, [2, 0, 0], [1, 0, 0])
    rows = {(one.member_id, one.minutes_before) for one in await QuizNotice.filter(quiz_id=quiz.id)}
    assert rows == {(late.id, 1_440), (idle.id, 1_440), (idle.id, 120)}
    assert await QuizNotice.all().count() == 3


async def test_after_standing_still_only_the_nearest_is_told(database: str) -> None:
    group = await a_group()
    member = await a_place(group)
    quiz = await a_quiz(group_id=group.id, closes_at=NOON + 2 * DAY)

    assert await QuizNotice.remind(at=NOON + 2 * DAY - HOUR) == 1
    notice = await QuizNotice.get(quiz_id=quiz.id)
    assert (notice.member_id, notice.minutes_before) == (member.id, 120)


async def test_staff_see_who_is_missing_in_their_scope(callers: Callers) -> None:
    circle = await a_circle()
    east, south = [await a_group(circle=circle, name=name, region=name) for name in ("华东", "华南")]
    await a_place(east, member=await a_member(nickname="王小明"))
    await a_place(south, member=await a_member(nickname="李思远"))
    quiz, of_east = await a_quiz(circle_id=circle.id), await a_quiz(group_id=east.id)
    whole = await callers.staff(await a_staff("quizzes.read", "groups.read", "members.read"))
    near = await callers.staff(await a_staff("quizzes.read", "groups.read", scope=DataScope.REGION, region="华东"))
    asked = {"id": public_id(quiz)}

    found = (await whole.data(TURNOUT, **asked))["quizTurnout"]
    in_south = (await whole.data(MISSING, **asked, group=public_id(south)))["quizMissing"]
    of_near = (await near.data(TURNOUT, id=public_id(of_east)))["quizTurnout"]

    assert (found["expected"], found["handedIn"], found["missing"]) == (2, 0, 2)
    assert {one["group"]["name"] for one in found["groups"]} == {"华东", "华南"}
    assert in_south == {"totalCount": 1, "edges": [{"node": {"nickname": "李思远"}}]}
    assert of_near["groups"] == [{"expected": 1, "handedIn": 0, "missing": 1, "group": {"name": "华东"}}]
    assert await near.error(TURNOUT, **asked) == "NOT_FOUND"
    assert await near.error(TURNOUT, id=public_id(of_east), group=public_id(south)) == "NOT_FOUND"


async def test_an_audience_of_a_tag_is_listed(callers: Callers) -> None:
    tag = await a_tag()
    tagged, other = await a_member(nickname="吴梓轩"), await a_member()
    await MemberTag.put_on(tag.id, [tagged.id], source=TagSource.MANUAL, actor=STAFF, at=NOON)
    quiz = await a_quiz(audience=Audience(tag_ids=(tag.id,)))
    staff = await callers.staff(await a_staff("quizzes.read", "members.read"))

    found = (await staff.data(MISSING, id=public_id(quiz)))["quizMissing"]

    assert found == {"totalCount": 1, "edges": [{"node": {"nickname": "吴梓轩"}}]}
    assert await turnout(quiz, at=NOON) == Turnout(1, 0)
    assert other.id not in await missing_from(quiz)


async def test_leaders_of_a_group_see_who_is_missing_there(callers: Callers) -> None:
    circle = await a_circle()
    group, other = await a_group(circle=circle), await a_group(circle=circle)
    owner, plain = await a_place(group, role=Role.OWNER), await a_place(group, member=await a_member(nickname="陈雨桐"))
    await a_place(other)
    quiz = await a_quiz(circle_id=circle.id)
    await handed_in(owner, quiz, 1)
    leader, member = await callers.member(owner), await callers.member(plain)
    asked = {"id": public_id(quiz), "group": public_id(group)}

    found = (await leader.data(MISSING, **asked))["quizMissing"]
    counts = (await leader.data(TURNOUT, **asked))["quizTurnout"]

    assert found == {"totalCount": 1, "edges": [{"node": {"nickname": "陈雨桐"}}]}
    assert (counts["expected"], counts["handedIn"], len(counts["groups"])) == (2, 1, 1)
    assert await leader.error(MISSING, id=public_id(quiz)) == "NOT_FOUND"
    assert await leader.error(MISSING, id=public_id(quiz), group=public_id(other)) == "NOT_FOUND"
    assert await member.error(MISSING, **asked) == "NOT_ALLOWED"
    assert await member.error(TURNOUT, **asked) == "NOT_ALLOWED"
    assert await callers.nobody().error(MISSING, **asked) == "UNAUTHENTICATED"
    assert await (await callers.staff(await a_staff("groups.read"))).error(MISSING, **asked) == "FORBIDDEN"


async def test_a_member_reads_its_own_reminders(callers: Callers, clock: FixedClock) -> None:
    group = await a_group()
    reminded, other = await a_place(group), await a_place(group)
    quiz = await a_quiz(group_id=group.id, closes_at=NOON + HOUR)
    await handed_in(other, quiz, 1)
    await QuizNotice.remind(at=NOON)
    asked = "{ viewer { quizNotices(first: 5) { edges { node { minutesBefore createdAt quiz { title } } } } } }"

    mine = (await (await callers.member(reminded)).data(asked))["viewer"]["quizNotices"]["edges"]
    others = (await (await callers.member(other)).data(asked))["viewer"]["quizNotices"]["edges"]

    told = {"minutesBefore": 120, "createdAt": "2026-11-23T04:00:00Z", "quiz": {"title": "周一行业观察·课后作业"}}
    assert mine == [{"node": told}]
    assert others == []
