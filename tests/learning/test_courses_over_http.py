"""Courses over HTTP: what each caller sees and may do, and who is told no."""

from datetime import date, timedelta
from typing import Any

import pytest

from models.groups.membership import Membership
from models.learning.course import Course, CourseStatus
from models.learning.course_session import CourseSession
from models.learning.course_terms import CourseKind
from models.learning.holiday import Holiday
from models.learning.teacher import Teacher
from models.learning.timetable_policy import TimetablePolicy
from models.members.audience import Audience
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from tests.build import a_member, a_staff, new_key, public_id
from tests.callers import Answer, Caller, Callers
from tests.conftest import NOON
from tests.groups.build import a_circle, a_group, a_place
from tests.learning.build import STAFF_ID, TONIGHT, a_course, a_session, a_slot, a_teacher, made
from tests.learning.rooms import enrol
from tests.mall.build import rows_of
from tests.statements import WITH_PLANS, statements

DAY = timedelta(days=1)
TERMS = {"title": "周一行业观察"}
TITLES = "{ courses(first: 50) { edges { node { title } } } }"


async def planner(callers: Callers, **scope: Any) -> Caller:
    return await callers.staff(await a_staff("courses.read", "courses.write", **scope))


async def titles(caller: Caller, filter: Answer | None = None) -> list[str]:
    query = "query($filter: CourseFilter) { courses(first: 50, filter: $filter) { edges { node { title } } } }"
    found = (await caller.data(query, filter=filter))["courses"]["edges"]
    return [one["node"]["title"] for one in found]


def drafting(**terms: object) -> Answer:
    return {"kind": "FIXED", "terms": TERMS | terms, "idempotencyKey": new_key()}


async def test_staff_write_a_course_from_draft_to_its_end(callers: Callers) -> None:
    staff = await planner(callers)
    teacher = await staff.do("addTeacher", {"terms": {"name": "周岚", "title": "行业分析师"}}, "teacher { id name }")
    wanted = drafting(teacherId=teacher["teacher"]["id"], minutes=45, reminders=[60, 10])

    drafted = await staff.do("draftCourse", wanted, "isReplay course { id version status reminders teacher { name } }")
    again = await staff.do("draftCourse", wanted, "isReplay course { id }")
    course = drafted["course"]
    assert (course["version"], course["status"], course["reminders"]) == (1, "DRAFT", [60, 10])
    assert (again["isReplay"], again["course"]["id"]) == (True, course["id"])
    slot = await staff.do(
        "addCourseSlot",
        {"courseId": course["id"], "expectedVersion": 1, "terms": {"weekday": 1, "time": "20:00"}},
        "slot { id weekday time zone }",
    )
    assert slot["slot"]["time"] == "20:00"
    sessions = await staff.do(
        "makeSessions",
        {"courseId": course["id"], "expectedVersion": 2, "firstDay": "2026-11-30", "weeks": 2},
        "sessions { id number startsAt localDate teacher { name } } skipped { day }",
    )
    assert [one["startsAt"] for one in sessions["sessions"]] == ["2026-11-30T12:00:00Z", "2026-12-07T12:00:00Z"]
    assert {one["teacher"]["name"] for one in sessions["sessions"]} == {"周岚"}
    published = await staff.do("publishCourse", {"courseId": course["id"], "expectedVersion": 3}, "course { status }")
    closing = {"courseId": course["id"], "expectedVersion": 4, "status": "ENDED", "reason": "本季结束"}
    assert await staff.refusal("closeCourse", closing) == "SESSIONS_TO_COME"
    ending = {
        "sessionId": sessions["sessions"][0]["id"],
        "expectedVersion": 1,
        "reason": "本季结束",
        "withFollowing": True,
    }
    assert len((await staff.do("cancelSession", ending, "sessions { id }"))["sessions"]) == 2
    closed = await staff.do("closeCourse", closing, "course { status endedAt }")

    assert published["course"] == {"status": "PUBLISHED"}
    assert closed["course"] == {"status": "ENDED", "endedAt": "2026-11-23T04:00:00Z"}
    assert await Course.all().count() == 1


async def test_the_timetable_is_changed_session_by_session(callers: Callers) -> None:
    staff = await planner(callers)
    course, substitute = await a_course(), await a_teacher("何志远")
    slot = await a_slot(course, 1, 20 * 60)
    first, second, third = (await made(course, date(2026, 11, 30), weeks=3)).sessions

    described = await staff.do(
        "describeSession",
        {
            "sessionId": public_id(first),
            "expectedVersion": 1,
            "terms": {"title": "新能源车怎么选", "chapters": [{"title": "开场", "fromSecond": 0}]},
        },
        "session { title version chapters { title fromSecond } }",
    )
    moved = await staff.do(
        "moveSession",
        {
            "sessionId": public_id(first),
            "expectedVersion": 2,
            "startsAt": "2026-12-01T20:30:00+08:00",
            "reason": "讲师出差",
        },
        "session { startsAt originalStartsAt changes(first: 5) { edges { node { kind reason } } } }",
    )
    following = await staff.do(
        "moveFollowingSessions",
        {"sessionId": public_id(second), "expectedVersion": 1, "weekday": 2, "time": "19:30", "reason": "调整时段"},
        "sessions { startsAt }",
    )
    given = await staff.do(
        "substituteTeacher",
        {"sessionId": public_id(second), "expectedVersion": 2, "teacherId": public_id(substitute), "reason": "请假"},
        "sessions { teacher { name } substituteFor { name } }",
    )
    cancelled = await staff.do(
        "cancelSession",
        {"sessionId": public_id(third), "expectedVersion": 2, "reason": "台风停课", "appendsMakeUp": True},
        "sessions { state cancelReason } makeUp { startsAt number }",
    )
    late = await staff.refusal(
        "moveSession",
        {"sessionId": public_id(first), "expectedVersion": 2, "startsAt": "2026-12-02T12:00:00Z", "reason": "讲师出差"},
    )

    assert described["session"]["chapters"] == [{"title": "开场", "fromSecond": 0}]
    assert moved["session"] == {
        "startsAt": "2026-12-01T12:30:00Z",
        "originalStartsAt": "2026-11-30T12:00:00Z",
        "changes": {"edges": [{"node": {"kind": "MOVED", "reason": "讲师出差"}}]},
    }
    assert [one["startsAt"] for one in following["sessions"]] == ["2026-12-08T11:30:00Z", "2026-12-15T11:30:00Z"]
    assert given["sessions"] == [{"teacher": {"name": "何志远"}, "substituteFor": None}]
    assert cancelled["sessions"] == [{"state": "CANCELLED", "cancelReason": "台风停课"}]
    assert cancelled["makeUp"] == {"startsAt": "2026-12-22T11:30:00Z", "number": 4}
    assert late == "SESSION_CHANGED"
    assert slot.weekday == 1


async def test_holidays_and_what_is_warned_of(callers: Callers) -> None:
    staff, group = await planner(callers), await a_group()
    course = await a_course(group_id=group.id)
    await a_session(course, minutes=20)

    taken = await staff.do(
        "importHolidays", {"holidays": [{"day": "2026-11-23", "name": "店庆"}]}, "holidays { id day name }"
    )
    asked = (
        '{ timetableWarnings(monday: "2026-11-23") { kind monday count minutes group { number } session { number } } }'
    )
    found = (await staff.data(asked))["timetableWarnings"]
    policy = await staff.do(
        "putTimetablePolicy",
        {"expectedVersion": 0, "weekLeast": 1, "minutesLeast": 20, "reason": "试行短课"},
        "policy { version weekLeast weekMost minutesLeast minutesMost }",
    )
    dropped = await staff.do("dropHoliday", {"holidayId": taken["holidays"][0]["id"]}, "day")
    after = (await staff.data(asked))["timetableWarnings"]

    assert [(one["kind"], one["count"], one["minutes"]) for one in found] == [
        ("FEW_IN_WEEK", 1, None),
        ("SHORT", None, 20),
        ("HOLIDAY", None, None),
    ]
    assert policy["policy"] == {"version": 1, "weekLeast": 1, "weekMost": 3, "minutesLeast": 20, "minutesMost": 45}
    assert (dropped["day"], after) == ("2026-11-23", [])
    assert await Holiday.all().count() == 0


async def test_a_temporary_course_is_warmed_up_for_and_decided_on(callers: Callers) -> None:
    staff = await planner(callers)
    course = await a_course(CourseKind.TEMPORARY, title="秋茶品鉴会", sign_up_target=30, decides_at=NOON + DAY)
    course_id = public_id(course)

    plan = await staff.do(
        "planWarmUp",
        {
            "courseId": course_id,
            "expectedVersion": 2,
            "tasks": [
                {"day": -14, "what": "发布悬念海报", "channel": "GROUP_CHAT", "copy": "两周后见"},
                {"day": -1, "what": "倒计时提醒", "channel": "MOMENTS"},
            ],
        },
        "tasks { id day what state }",
    )
    closing = {"taskId": plan["tasks"][0]["id"], "state": "DONE", "proofText": "已发 3 个群"}
    closed = await staff.do("closeWarmUpTask", closing, "task { state proofText closedAt }")
    reopened = await staff.do("reopenWarmUpTask", {"taskId": closing["taskId"], "reason": "图有错字"}, "task { state }")
    decided = await staff.do(
        "decideOnCourse",
        {"courseId": course_id, "expectedVersion": 3, "outcome": "NO_GO", "reason": "场地临时征用"},
        "decision { outcome signUps target reason }",
    )
    member = await callers.member(await a_member())
    seen = await member.data(
        "query($id: ID!) { course(id: $id) { status decision { outcome reason } warmUp { what } } }", id=course_id
    )

    assert closed["task"] == {"state": "DONE", "proofText": "已发 3 个群", "closedAt": "2026-11-23T04:00:00Z"}
    assert reopened["task"] == {"state": "OPEN"}
    assert decided["decision"] == {"outcome": "NO_GO", "signUps": 0, "target": 30, "reason": "场地临时征用"}
    assert seen["course"] == {
        "status": "ENDED",
        "decision": {"outcome": "NO_GO", "reason": "场地临时征用"},
        "warmUp": [],
    }


async def test_members_see_what_is_published_to_them(callers: Callers) -> None:
    circle = await a_circle()
    group, sibling = await a_group(circle=circle), await a_group(circle=circle)
    await a_course(title="品牌课")
    await a_course(title="本群课", group_id=group.id)
    await a_course(title="邻群课", group_id=sibling.id)
    await a_course(title="圈层课", circle_id=circle.id)
    await a_course(title="他圈课", circle_id=(await a_circle()).id)
    await a_course(title="草稿课", is_published=False)
    archived = await a_course(title="归档课")
    await Course.filter(id=archived.id).update(status=CourseStatus.ARCHIVED)
    member, stranger = await callers.member(await a_place(group)), await callers.member(await a_member())

    assert await titles(member) == ["圈层课", "本群课", "品牌课"]
    assert await titles(stranger) == ["品牌课"]
    assert await titles(member, {"groupId": public_id(group)}) == ["本群课"]
    assert await titles(member, {"search": "圈层"}) == ["圈层课"]
    assert await callers.nobody().error(TITLES) == "UNAUTHENTICATED"


async def test_who_has_a_seat_sees_the_course_also_from_outside_its_group(callers: Callers) -> None:
    group = await a_group()
    course, member = await a_course(title="本群课", group_id=group.id), await a_place(group)
    await a_session(course)
    await enrol(member, course)
    await Membership.filter(member_id=member.id).delete()
    caller = await callers.member(member)

    found = await caller.data("{ upcomingSessions(first: 5) { edges { node { course { title } } } } }")

    assert found["upcomingSessions"]["edges"] == [{"node": {"course": {"title": "本群课"}}}]
    assert await titles(caller) == ["本群课"]


async def test_an_audience_is_a_gate_and_hides_nothing(callers: Callers) -> None:
    circle = await a_circle()
    course = await a_course(audience=Audience(circle_ids=(circle.id,)))
    member = await callers.member(await a_member())

    query = "query($id: ID!) { course(id: $id) { title audience { circles { name } } } }"
    found = await member.data(query, id=public_id(course))

    assert found["course"] == {"title": "周一行业观察", "audience": {"circles": [{"name": circle.name}]}}


async def test_sessions_of_hidden_courses_are_hidden_wherever_they_are_reached(callers: Callers) -> None:
    group = await a_group()
    hidden = await a_session(await a_course(group_id=group.id))
    member = await callers.member(await a_member())

    by_id = await member.data("query($id: ID!) { courseSession(id: $id) { number } }", id=public_id(hidden))
    by_node = await member.data("query($id: ID!) { node(id: $id) { id } }", id=public_id(hidden))
    by_time = await member.data(
        '{ timetable(first: 10, beginsFrom: "2026-11-01T00:00:00Z", beginsUntil: "2026-12-31T00:00:00Z") '
        "{ totalCount edges { node { number } } } }"
    )

    assert (by_id["courseSession"], by_node["node"]) == (None, None)
    assert by_time["timetable"] == {"totalCount": 0, "edges": []}


async def test_the_week_of_a_group_and_of_a_teacher(callers: Callers) -> None:
    staff, group, teacher = await planner(callers), await a_group(), await a_teacher()
    await a_session(await a_course(title="本群课", group_id=group.id), starts_at=TONIGHT)
    await a_session(
        await a_course(title="圈层课", circle_id=group.circle_id, teacher_id=teacher.id), starts_at=TONIGHT + DAY
    )
    await a_session(await a_course(title="邻群课", group_id=(await a_group()).id), starts_at=TONIGHT)
    await a_session(await a_course(title="下周课"), starts_at=TONIGHT + 7 * DAY)
    query = (
        "query($group: ID, $teacher: ID) { timetable(first: 10, groupId: $group, teacherId: $teacher, "
        'beginsFrom: "2026-11-22T16:00:00Z", beginsUntil: "2026-11-29T16:00:00Z") '
        "{ edges { node { course { title } } } } }"
    )

    async def week(**of: str) -> list[str]:
        return [one["node"]["course"]["title"] for one in (await staff.data(query, **of))["timetable"]["edges"]]

    assert await week(group=public_id(group)) == ["本群课", "圈层课"]
    assert await week(teacher=public_id(teacher)) == ["圈层课"]
    assert sorted(await week()) == ["圈层课", "本群课", "邻群课"]


async def test_a_member_finds_what_is_to_come_of_its_courses(callers: Callers) -> None:
    member, mine, other = await a_member(), await a_course(), await a_course()
    await enrol(member, mine)
    past = await a_session(mine, starts_at=NOON - DAY)
    goes_on = await a_session(mine, starts_at=NOON - timedelta(minutes=10))
    later = await a_session(mine, starts_at=TONIGHT)
    await a_session(other)
    caller = await callers.member(member)

    found = await caller.data("{ upcomingSessions(first: 10) { edges { node { id } } } }")
    course = await caller.data(
        "query($id: ID!) { course(id: $id) { enrolledCount nextSession { id } sessions(first: 10) { totalCount } } }",
        id=public_id(mine),
    )

    assert [one["node"]["id"] for one in found["upcomingSessions"]["edges"]] == [public_id(goes_on), public_id(later)]
    assert course["course"] == {
        "enrolledCount": 1,
        "nextSession": {"id": public_id(goes_on)},
        "sessions": {"totalCount": 3},
    }
    assert past.number == 1


@WITH_PLANS
async def test_a_page_of_courses_takes_few_statements(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    teacher = await a_teacher()
    for _ in range(5):
        await a_session(await a_course(teacher_id=teacher.id))
    member = await callers.member(await a_member())
    query = "{ courses(first: 5) { edges { node { title teacher { name } nextSession { startsAt } } } } }"
    await member.data(query)

    with statements(monkeypatch) as seen:
        found = await member.data(query)

    assert len(found["courses"]["edges"]) == 5
    assert len(seen) <= 4


async def test_notices_are_read_by_whom_they_are_for(callers: Callers) -> None:
    course, member = await a_course(), await a_member()
    await enrol(member, course)
    session = await a_session(course)
    staff = await planner(callers)
    moving = {
        "sessionId": public_id(session),
        "expectedVersion": 1,
        "startsAt": "2026-11-24T12:00:00Z",
        "reason": "出差",
    }
    await staff.do("moveSession", moving)
    fields = "kind reason course { title } session { startsAt }"
    query = f"{{ viewer {{ courseNotices(first: 10) {{ edges {{ node {{ {fields} }} }} }} }} }}"

    own = await (await callers.member(member)).data(query)
    others = await (await callers.member(await a_member())).data(query)

    assert [one["node"] for one in own["viewer"]["courseNotices"]["edges"]] == [
        {
            "kind": "MOVED",
            "reason": "出差",
            "course": {"title": "周一行业观察"},
            "session": {"startsAt": "2026-11-24T12:00:00Z"},
        }
    ]
    assert others["viewer"]["courseNotices"]["edges"] == []


async def test_staff_of_a_region_write_courses_of_its_groups_alone(callers: Callers) -> None:
    south, east = await a_group(region="华南"), await a_group(region="华东")
    await a_course(title="品牌课")
    foreign = await a_course(title="邻区课", group_id=east.id)
    own = await a_course(title="本区课", group_id=south.id)
    staff = await planner(callers, scope=DataScope.REGION, region="华南")

    drafted = await staff.do("draftCourse", drafting(groupId=public_id(south)), "course { title }")
    moved_out = {"courseId": public_id(own), "expectedVersion": 2, "terms": TERMS | {"groupId": public_id(east)}}

    assert drafted["course"] == {"title": "周一行业观察"}
    assert await titles(staff) == ["周一行业观察", "本区课", "品牌课"]
    assert await staff.refusal("draftCourse", drafting()) == "NOT_FOUND"
    assert await staff.refusal("draftCourse", drafting(groupId=public_id(east))) == "NOT_FOUND"
    assert await staff.refusal("changeCourse", moved_out) == "NOT_FOUND"
    assert await staff.refusal("publishCourse", {"courseId": public_id(foreign), "expectedVersion": 2}) == "NOT_FOUND"
    assert await staff.refusal("addTeacher", {"terms": {"name": "何志远"}}) == "NOT_FOUND"
    assert await Course.all().count() == 4
    assert await Teacher.all().count() == 0


async def test_staff_of_a_region_are_warned_of_its_groups_alone(callers: Callers) -> None:
    south = await a_group(region="华南")
    await a_group(region="华东")
    staff = await planner(callers, scope=DataScope.REGION, region="华南")

    found = await staff.data('{ timetableWarnings(monday: "2026-11-23") { kind group { id } } }')

    assert found["timetableWarnings"] == [{"kind": "FEW_IN_WEEK", "group": {"id": public_id(south)}}]


async def test_staff_of_a_region_are_not_shown_where_else_their_teacher_is(callers: Callers) -> None:
    south, east = await a_group(region="华南"), await a_group(region="华东")
    teacher = await a_teacher()
    for group in (south, east):
        await a_session(await a_course(title=group.title, group_id=group.id, teacher_id=teacher.id))
    query = '{ timetableWarnings(monday: "2026-11-23") { kind session { course { title } } other { number } } }'

    seen = [
        [one for one in (await staff.data(query))["timetableWarnings"] if one["kind"] == "TEACHER_TWICE"]
        for staff in (await planner(callers), await planner(callers, scope=DataScope.REGION, region="华南"))
    ]

    assert [len(one) for one in seen] == [1, 1]
    assert all(seen[0][0].values())
    assert sorted(map(bool, (seen[1][0]["session"], seen[1][0]["other"]))) == [False, True]


@pytest.mark.parametrize("who", ["nobody", "member", "reader"])
async def test_only_staff_with_the_right_write(callers: Callers, who: str) -> None:
    caller = {
        "nobody": callers.nobody(),
        "member": await callers.member(await a_member()),
        "reader": await callers.staff(await a_staff("courses.read")),
    }[who]
    session = await a_session(await a_course())
    before = [await rows_of("audit_row"), await rows_of("course"), await rows_of("course_session")]
    code = "UNAUTHENTICATED" if who == "nobody" else "FORBIDDEN"
    tried: dict[str, Answer] = {
        "draftCourse": drafting(),
        "moveSession": {
            "sessionId": public_id(session),
            "expectedVersion": 1,
            "startsAt": "2026-12-01T12:00:00Z",
            "reason": "讲师出差",
        },
        "cancelSession": {"sessionId": public_id(session), "expectedVersion": 1, "reason": "台风停课"},
        "importHolidays": {"holidays": [{"day": "2026-12-25", "name": "店庆"}]},
    }

    for name, given in tried.items():
        kind = name[0].upper() + name[1:]
        query = f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}"
        assert await caller.error(query, input=given) == code
    after = [await rows_of("audit_row"), await rows_of("course"), await rows_of("course_session")]
    assert before == after
    assert await AuditRow.filter(actor_id=STAFF_ID).count() > 0


async def test_members_are_not_shown_the_planning(callers: Callers) -> None:
    member = await callers.member(await a_member())

    assert await member.error("{ timetablePolicy { version } }") == "FORBIDDEN"
    assert await member.error('{ timetableWarnings(monday: "2026-11-23") { kind } }') == "FORBIDDEN"
    assert await member.error("{ groupCalendarFeeds(first: 1) { edges { cursor } } }") == "FORBIDDEN"
    assert (await TimetablePolicy.current()).version == 0
    assert await CourseSession.all().count() == 0
