"""Classrooms over HTTP: seats, attendance and watching by members, rules and roll calls by staff, and who may not."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models.learning.attendance import Attendance
from models.learning.attendance_code import code_of
from models.learning.classroom import Classroom
from models.learning.course import Course
from models.learning.course_session import CourseSession
from models.learning.enrollment import Enrollment
from models.learning.enrollment_batch import work_batches_off
from models.learning.feedback import SessionFeedback
from models.points.behaviour import Behaviour
from models.points.earn_rule import EarnRule
from models.points.earn_terms import EarnTerms
from models.staff.colleague import DataScope
from store.clock import FixedClock
from tests.build import LONG_AGO, a_member, a_staff, new_key, public_id
from tests.callers import Callers
from tests.groups.build import a_group, a_place
from tests.learning.build import TONIGHT, a_course, a_session, a_teacher
from tests.learning.rooms import a_room, counts, enrolled, marked
from tests.mall.build import a_buyer, points_of, rows_of
from tests.statements import WITH_PLANS, statements

MINUTE = timedelta(minutes=1)
SEAT = "isReplay enrollment { state points position course { title enrolledCount } } viewer { account { available } }"
NODE = "query($id: ID!) { node(id: $id) { id } }"
ROOM = """query($id: ID!) { course(id: $id) {
    viewerEnrollment { state } viewerProgress { percent sessionsAttended } viewerCompletion { completedAt }
    viewerCanEnrol { isAllowed reasons { code } } rules { version lateMinutes unlock } prerequisites { title }
    enrollments(first: 10) { totalCount } } }"""


def of_course(course: Course, **more: object) -> dict[str, Any]:
    return {"idempotencyKey": new_key(), "courseId": public_id(course), **more}


def of_session(session: CourseSession, **more: object) -> dict[str, Any]:
    return {"sessionId": public_id(session), **more}


async def test_a_member_takes_a_seat_once_per_key_and_gives_it_up(callers: Callers) -> None:
    course, member = await a_course(price=60, seats=1), await a_buyer(100)
    await a_session(course, starts_at=TONIGHT + timedelta(days=3))
    caller, given = await callers.member(member), of_course(course, expectedPoints="60")
    leaving = of_course(course, reason="时间冲突")

    first = await caller.do("enrolInCourse", given, SEAT)
    again = await caller.do("enrolInCourse", given, SEAT)
    left = [await caller.do("leaveCourse", leaving, f"refunded {SEAT}") for _ in range(2)]

    assert first["enrollment"] == {
        "state": "ENROLLED",
        "points": "60",
        "position": None,
        "course": {"title": "周一行业观察", "enrolledCount": 1},
    }
    assert first["viewer"] == {"account": {"available": "40"}}
    assert again == {**first, "isReplay": True}
    assert (left[0]["refunded"], left[0]["enrollment"]["state"]) == ("60", "LEFT")
    assert left[1] == {**left[0], "isReplay": True}
    assert (await points_of(member), await counts(course)) == (100, (0, 0))


async def test_one_key_many_times_at_once_is_one_seat(callers: Callers) -> None:
    course, member = await a_course(price=10, seats=5), await a_buyer(100)
    caller, given = await callers.member(member), of_course(course)

    answers = await asyncio.gather(*(caller.do("enrolInCourse", given, "enrollment { id }") for _ in range(30)))

    assert len({answer["enrollment"]["id"] for answer in answers}) == 1
    assert (await points_of(member), await counts(course)) == (90, (1, 0))


async def test_who_waits_sees_its_place(callers: Callers) -> None:
    course = await a_course(seats=1)
    await enrolled(course)
    first, second = [await callers.member(await a_member()) for _ in range(2)]

    assert await first.refusal("enrolInCourse", of_course(course)) == "COURSE_FULL"
    await first.do("enrolInCourse", of_course(course, waits=True))
    waiting = await second.do("enrolInCourse", of_course(course, waits=True), SEAT)
    mine = await second.data("{ viewer { enrollments(first: 5) { edges { node { state position } } } } }")

    assert (waiting["enrollment"]["state"], waiting["enrollment"]["position"]) == ("WAITING", 2)
    assert mine["viewer"]["enrollments"]["edges"] == [{"node": {"state": "WAITING", "position": 2}}]


async def test_a_course_shows_its_member_how_far_it_has_come(callers: Callers, clock: FixedClock) -> None:
    before, course = await a_course(title="茶艺入门"), await a_course(minutes=40)
    session, member = await a_session(course), await enrolled(course)
    await a_room(course, late_minutes=5, prerequisite_ids=(before.id,))
    await marked(session, member)
    clock.at = session.ends_at
    caller, staff = await callers.member(member), await callers.staff(await a_staff("courses.read", "members.read"))
    stranger = await callers.member(await a_member())

    mine = (await caller.data(ROOM, id=public_id(course)))["course"]
    theirs = (await stranger.data(ROOM, id=public_id(course)))["course"]
    of_staff = (await staff.data(ROOM, id=public_id(course)))["course"]

    assert mine["viewerEnrollment"] == {"state": "ENROLLED"}
    assert mine["viewerProgress"] == {"percent": 100, "sessionsAttended": 1}
    assert mine["viewerCompletion"] == {"completedAt": "2026-11-23T12:40:00Z"}
    assert [one["code"] for one in mine["viewerCanEnrol"]["reasons"]] == ["ALREADY_ENROLLED", "PREREQUISITE_MISSING"]
    assert mine["rules"] == {"version": 1, "lateMinutes": 5, "unlock": "OPEN"}
    assert mine["prerequisites"] == [{"title": "茶艺入门"}]
    assert (mine["enrollments"]["totalCount"], theirs["enrollments"]["totalCount"]) == (1, 0)
    assert (theirs["viewerEnrollment"], theirs["viewerCompletion"]) == (None, None)
    assert of_staff["enrollments"]["totalCount"] == 1
    assert (of_staff["viewerCanEnrol"], of_staff["viewerProgress"]) == (None, None)


async def test_of_what_a_course_requires_one_is_shown_what_one_sees(callers: Callers) -> None:
    group = await a_group()
    hidden = [await a_course(title="草稿", is_published=False), await a_course(title="他群", group_id=group.id)]
    shown, course = await a_course(title="茶艺入门"), await a_course()
    await a_room(course, prerequisite_ids=tuple(one.id for one in (*hidden, shown)))
    query = "query($id: ID!) { course(id: $id) { prerequisites { title } } }"

    found = [
        {
            one["title"]
            for one in (await (await callers.member(who)).data(query, id=public_id(course)))["course"]["prerequisites"]
        }
        for who in (await a_member(), await a_place(group))
    ]

    assert found == [{"茶艺入门"}, {"茶艺入门", "他群"}]


@WITH_PLANS
async def test_a_page_of_courses_asks_as_much_as_one_course(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = await callers.member(await a_member())
    query = """{ courses(first: 20) { edges { node { rules { version } viewerEnrollment { state }
        viewerCanEnrol { isAllowed } viewerProgress { percent } viewerCompletion { completedAt }
        prerequisites { title } } } } }"""
    await a_session(await a_course())
    with statements(monkeypatch) as one:
        await caller.data(query)
    for _ in range(5):
        await a_session(await a_course())
    with statements(monkeypatch) as many:
        found = await caller.data(query)

    assert len(found["courses"]["edges"]) == 6
    assert len(many) == len(one)
    assert len(one) <= 16


async def test_a_member_signs_in_with_the_code_that_its_teacher_shows(callers: Callers, clock: FixedClock) -> None:
    await EarnRule.put(Behaviour.COURSE_ATTENDED, EarnTerms(20), at=LONG_AGO)
    course, teaching = await a_course(), await a_member()
    session = await a_session(course, teacher_id=(await a_teacher(member_id=teaching.id)).id)
    member, clock.at = await enrolled(course), TONIGHT
    caller, teacher = await callers.member(member), await callers.member(teaching)
    staff = await callers.staff(await a_staff("courses.write"))
    query = "query($id: ID!) { attendanceCode(sessionId: $id) { code until } }"
    shown = (await teacher.data(query, id=public_id(session)))["attendanceCode"]
    given = of_session(session, idempotencyKey=new_key(), code=shown["code"])

    first = await caller.do("attendByCode", given, "isReplay attendance { way minutes isLate } viewer { id }")
    again = await caller.do("attendByCode", given, "isReplay attendance { way minutes isLate } viewer { id }")

    assert shown["until"] == "2026-11-23T12:01:00Z"
    assert (await staff.data(query, id=public_id(session)))["attendanceCode"] == shown
    assert (await caller.data(query, id=public_id(session)))["attendanceCode"] is None
    assert first["attendance"] == {"way": "CODE", "minutes": 40, "isLate": False}
    assert again == {**first, "isReplay": True}
    assert await points_of(member) == 20


async def test_teachers_and_staff_call_the_roll_and_staff_void(callers: Callers, clock: FixedClock) -> None:
    course, teaching = await a_course(), await a_member()
    session = await a_session(course, teacher_id=(await a_teacher(member_id=teaching.id)).id)
    member, other, stranger = await enrolled(course), await enrolled(course), await a_member()
    clock.at = TONIGHT
    teacher, wrong = await callers.member(teaching), await callers.member(member)
    staff = await callers.staff(await a_staff("courses.read", "courses.write", "members.read"))
    rows = "rows { memberId error { code } attendance { byKind member { id } } }"

    called = await teacher.do(
        "markAttendance", of_session(session, memberIds=[public_id(member), public_id(stranger)]), rows
    )
    by_staff = await staff.do("markAttendance", of_session(session, memberIds=[public_id(other)]), rows)
    seen = await teacher.data(
        "query($id: ID!) { course(id: $id) { enrollments(first: 9) { totalCount } "
        "sessions(first: 1) { edges { node { attendances(first: 9) { totalCount } } } } } }",
        id=public_id(course),
    )

    assert [row["error"] for row in called["rows"]] == [None, {"code": "NOT_ENROLLED"}]
    assert called["rows"][0]["attendance"] == {"byKind": "MEMBER", "member": {"id": public_id(member)}}
    assert by_staff["rows"][0]["attendance"]["byKind"] == "STAFF"
    assert seen["course"]["enrollments"]["totalCount"] == 2
    assert seen["course"]["sessions"]["edges"][0]["node"]["attendances"]["totalCount"] == 2
    assert await wrong.refusal("markAttendance", of_session(session, memberIds=[public_id(other)])) == "NOT_ALLOWED"
    made = await Attendance.get(member_id=member.id)
    voiding = {"idempotencyKey": new_key(), "attendanceId": public_id(made), "reason": "代签"}
    voided = [await staff.do("voidAttendance", voiding, "isReplay attendance { voidedAt }") for _ in range(2)]
    assert [one["isReplay"] for one in voided] == [False, True]
    assert voided[0]["attendance"] == {"voidedAt": "2026-11-23T12:00:00Z"}


async def test_a_player_tells_what_it_played_and_sees_what_was_skipped(callers: Callers, clock: FixedClock) -> None:
    course = await a_course()
    session = await a_session(course, replay_url="https://video.example/1")
    member, clock.at = await enrolled(course), session.ends_at
    caller, stranger = await callers.member(member), await callers.member(await a_member())
    told = "credited watching { watchedSeconds position watched { fromSecond toSecond } skipped { fromSecond } }"

    def piece(start: int, end: int) -> dict[str, Any]:
        return of_session(session, fromSecond=start, toSecond=end, clientAt=clock.at.isoformat())

    await caller.do("reportWatching", piece(0, 60), told)
    clock.advance(seconds=10)
    jumped = await caller.do("reportWatching", piece(600, 660), told)
    session_room = await caller.data(
        "query($id: ID!) { node(id: $id) { ... on CourseSession { viewerAccess { isAllowed } replayUrl liveUrl "
        "viewerWatching { position } viewerAttendance { way } } } }",
        id=public_id(session),
    )
    shut = await stranger.data(
        "query($id: ID!) { node(id: $id) { ... on CourseSession { viewerAccess { reasons { code } } replayUrl } } }",
        id=public_id(session),
    )

    assert jumped["credited"] == 20
    assert jumped["watching"] == {
        "watchedSeconds": 80,
        "position": 620,
        "watched": [{"fromSecond": 0, "toSecond": 60}, {"fromSecond": 600, "toSecond": 620}],
        "skipped": [{"fromSecond": 60}],
    }
    assert session_room["node"] == {
        "viewerAccess": {"isAllowed": True},
        "replayUrl": "https://video.example/1",
        "liveUrl": None,
        "viewerWatching": {"position": 620},
        "viewerAttendance": None,
    }
    assert shut["node"] == {"viewerAccess": {"reasons": [{"code": "NOT_ENROLLED"}]}, "replayUrl": None}
    assert await stranger.refusal("reportWatching", piece(0, 10)) == "NOT_ENROLLED"


async def test_what_a_member_thinks_is_for_itself_and_staff(callers: Callers, clock: FixedClock) -> None:
    course, teacher = await a_course(), await a_teacher()
    session, member = await a_session(course, teacher_id=teacher.id), await enrolled(course)
    await marked(session, member)
    clock.at = session.ends_at + MINUTE
    caller, stranger = await callers.member(member), await callers.member(await a_member())
    staff = await callers.staff(await a_staff("courses.read", "members.read"))
    part = await callers.staff(await a_staff("courses.read", scope=DataScope.REGION, region="华东"))
    given = of_session(session, score=5, recommends=10, words="讲得透彻")

    said = await caller.do("giveSessionFeedback", given, "feedback { id score recommends words }")
    figures = """query($ids: [ID!]!, $since: DateTime!, $until: DateTime!) {
        teacherStatistics(teacherIds: $ids, since: $since, until: $until) {
            teacher { name } sessions enrolled attended score nps turnoutPercent } }"""
    asked = {"ids": [public_id(teacher)], "since": LONG_AGO.isoformat(), "until": clock.at.isoformat()}
    [found] = (await staff.data(figures, **asked))["teacherStatistics"]

    assert (said["feedback"]["score"], said["feedback"]["words"]) == (5, "讲得透彻")
    assert await caller.refusal("giveSessionFeedback", given) == "FEEDBACK_GIVEN"
    assert await stranger.refusal("giveSessionFeedback", given) == "NOT_ATTENDED"
    feedback = await SessionFeedback.get()
    for other, seen in ((caller, True), (staff, True), (stranger, False), (part, False)):
        assert ((await other.data(NODE, id=public_id(feedback)))["node"] is not None) is seen
    assert found == {
        "teacher": {"name": teacher.name},
        "sessions": 1,
        "enrolled": 1,
        "attended": 1,
        "score": 5.0,
        "nps": 100,
        "turnoutPercent": 100,
    }
    assert await part.error(figures, **asked) == "NOT_FOUND"
    assert await caller.error(figures, **asked) == "FORBIDDEN"


async def test_staff_say_the_rules_and_enrol(callers: Callers) -> None:
    group, course = await a_group(), await a_course(seats=5)
    members = [await a_place(group) for _ in range(2)]
    staff = await callers.staff(await a_staff("courses.read", "courses.write", "members.read", "groups.read"))
    rules = {"lateMinutes": 5, "unlock": "BY_DATE", "codeSeconds": None, "completionPercent": 80}
    putting = {"courseId": public_id(course), "expectedVersion": 0, "rules": rules, "reason": "新学期"}

    put = await staff.do("putClassroom", putting, "course { rules { version unlock codeSeconds completionPercent } }")
    by_hand = of_course(course, memberId=public_id(members[0]), reason="嘉宾")
    enrolled_one = [await staff.do("enrolMember", by_hand, "isReplay enrollment { way }") for _ in range(2)]
    many = of_course(course, groupId=public_id(group))
    batch = [await staff.do("enrolMany", many, "isReplay batch { id enrolled endedAt }") for _ in range(2)]
    await work_batches_off(at=TONIGHT)
    after = await staff.data(
        "query($id: ID!) { course(id: $id) { enrollmentBatches(first: 5) { edges { node { enrolled refused } } } } }",
        id=public_id(course),
    )

    assert put["course"]["rules"] == {
        "version": 1,
        "unlock": "BY_DATE",
        "codeSeconds": None,
        "completionPercent": 80,
    }
    assert await staff.refusal("putClassroom", putting) == "CLASSROOM_CHANGED"
    assert [one["isReplay"] for one in enrolled_one] == [False, True]
    assert enrolled_one[0]["enrollment"] == {"way": "STAFF"}
    assert batch[0]["batch"]["id"] == batch[1]["batch"]["id"]
    assert after["course"]["enrollmentBatches"]["edges"] == [{"node": {"enrolled": 1, "refused": 1}}]
    place = await Enrollment.get(member_id=members[0].id)
    removing = {"idempotencyKey": new_key(), "enrollmentId": public_id(place), "refunds": True, "reason": "误加"}
    removed = await staff.do("removeFromCourse", removing, "refunded enrollment { state changes { state reason } }")
    assert removed["enrollment"]["state"] == "REMOVED"
    assert [one["reason"] for one in removed["enrollment"]["changes"]] == [None, "误加"]
    assert await staff.refusal("enrolMany", of_course(course)) == "INVALID_INPUT"


async def test_staff_of_a_part_keep_to_their_groups(callers: Callers) -> None:
    near, far = await a_group(region="华东"), await a_group(region="华南")
    inside, outside = await a_place(near), await a_place(far)
    mine, brands = await a_course(group_id=near.id), await a_course()
    staff = await callers.staff(
        await a_staff("courses.read", "courses.write", "members.read", scope=DataScope.REGION, region="华东")
    )

    def by_hand(course: Course, member: Any) -> dict[str, Any]:
        return of_course(course, memberId=public_id(member))

    assert await staff.refusal("enrolMember", by_hand(mine, outside)) == "NOT_FOUND"
    assert await staff.refusal("enrolMember", by_hand(brands, inside)) == "NOT_FOUND"
    assert (await staff.do("enrolMember", by_hand(mine, inside)))["userErrors"] == []
    place = await enrolled(brands, outside)
    node = await Enrollment.get(member_id=place.id)
    assert (await staff.data(NODE, id=public_id(node)))["node"] is None


async def test_the_acts_of_members_are_not_done_for_others(callers: Callers, clock: FixedClock) -> None:
    course = await a_course()
    session, member = await a_session(course), await enrolled(course)
    clock.at = TONIGHT
    stranger = await callers.member(await a_member())
    code = code_of(session, await Classroom.of(course.id), at=TONIGHT).code

    refusals = [
        await stranger.refusal("leaveCourse", of_course(course)),
        await stranger.refusal("attendByCode", of_session(session, idempotencyKey=new_key(), code=code)),
        await stranger.refusal("markAttendance", of_session(session, memberIds=[public_id(member)])),
    ]

    assert refusals == ["NOT_FOUND", "NOT_ENROLLED", "NOT_ALLOWED"]
    assert (await rows_of("attendance"), await counts(course)) == (0, (1, 0))


KEY = 'idempotencyKey: "12345678"'
STAFF_ACTS = {
    "putClassroom": 'courseId: "x", expectedVersion: 0, rules: {}',
    "enrolMember": f'{KEY}, courseId: "x", memberId: "x"',
    "enrolMany": f'{KEY}, courseId: "x"',
    "removeFromCourse": f'{KEY}, enrollmentId: "x", refunds: true, reason: "x"',
    "voidAttendance": f'{KEY}, attendanceId: "x", reason: "x"',
    "addMaterialLink": 'courseId: "x", name: "x", url: "x"',
    "removeMaterial": 'materialId: "x"',
}
MEMBER_ACTS = {
    "enrolInCourse": f'{KEY}, courseId: "x"',
    "leaveCourse": f'{KEY}, courseId: "x"',
    "attendByCode": f'{KEY}, sessionId: "x", code: "x"',
    "reportWatching": 'sessionId: "x", fromSecond: 0, toSecond: 1, clientAt: "2026-11-23T00:00:00Z"',
    "giveSessionFeedback": 'sessionId: "x", score: 5',
}


async def test_nobody_does_what_is_anothers_to_do(callers: Callers) -> None:
    nobody, member = callers.nobody(), await callers.member(await a_member())
    reader = await callers.staff(await a_staff("courses.read"))

    for acts, wrong in ((STAFF_ACTS, (member, reader)), (MEMBER_ACTS, (reader,))):
        for name, given in acts.items():
            query = f"mutation {{ {name}(input: {{{given}}}) {{ userErrors {{ code }} }} }}"
            assert await nobody.error(query) == "UNAUTHENTICATED", name
            for caller in wrong:
                assert await caller.error(query) == "FORBIDDEN", name
    marking = 'mutation { markAttendance(input: {sessionId: "x", memberIds: []}) { userErrors { code } } }'
    assert await reader.error(marking) == "FORBIDDEN"
