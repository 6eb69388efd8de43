"""Attendance: by the code shown in class, by hand, by what was watched; once for each member and session, and paid."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from models.actor import Actor
from models.idempotency import Once
from models.learning.attendance import Attendance, AttendanceWay
from models.learning.attendance_code import code_of
from models.learning.attendance_void import AttendanceVoid
from models.learning.classroom import Classroom, Unlock
from models.learning.completion import CourseCompletion, complete_by_quiz
from models.learning.course_session import CourseSession, SessionState
from models.learning.enrolling import enrolment_refusals
from models.learning.feedback import SessionFeedback
from models.learning.progress import progress_of
from models.learning.roll_call import call_roll, refuse_other_than_teacher
from models.learning.session_access import Door
from models.learning.teacher_statistics import TeacherStatistics, teacher_statistics
from models.members.member import Member
from models.points.behaviour import Behaviour, Fact
from models.points.earn_amount import AmountKind, Formula
from models.points.earn_rule import EarnRule
from models.points.earn_terms import EarnTerms
from models.points.earning import Earning
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON
from tests.learning.build import STAFF_ID, TONIGHT, a_course, a_session, a_teacher
from tests.learning.quizzes import a_quiz, passed
from tests.learning.rooms import a_room, enrolled, leave, marked, standing
from tests.mall.build import outcomes, points_of, refused, rows_of

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


async def a_rule(amount: int = 20, **terms: Any) -> EarnRule:
    return await EarnRule.put(Behaviour.COURSE_ATTENDED, EarnTerms(amount, **terms), at=LONG_AGO)


async def shown(session: CourseSession, at: datetime = TONIGHT) -> str:
    room = await Classroom.of(session.course_id)
    return code_of(session, room, at=at).code


async def sign_in(member: Member, session: CourseSession, code: str, **about: Any) -> Attendance:
    return await Attendance.by_code(member.id, session.id, code, **{"at": TONIGHT, "once": None, **about})


async def test_the_code_shown_in_class_signs_in_and_pays(database: str) -> None:
    await a_rule()
    course = await a_course(minutes=40)
    session, member = await a_session(course), await enrolled(course)

    made = await sign_in(member, session, await shown(session))

    assert (made.way, made.minutes, made.is_late) == (AttendanceWay.CODE, 40, False)
    earning = await Earning.get(member_id=member.id)
    assert (earning.source, earning.facts, earning.amount) == (f"session:{session.id}", {"minutes": 40}, 20)
    assert (earning.target, await points_of(member)) == (f"course:{course.id}", 20)


async def test_minutes_count_from_the_arrival_and_may_be_paid_for(database: str) -> None:
    await a_rule(0, amount_kind=AmountKind.FORMULA, formula=Formula(Fact.MINUTES, points=1))
    course = await a_course(minutes=40)
    session, member = await a_session(course), await enrolled(course)

    await marked(session, member, arrived_at=TONIGHT + 15 * MINUTE)

    assert await points_of(member) == 25


async def test_who_comes_late_is_late(database: str) -> None:
    course = await a_course(minutes=40)
    await a_room(course, late_minutes=10)
    session = await a_session(course)
    on_time, late = await enrolled(course), await enrolled(course)

    first = await sign_in(on_time, session, await shown(session, TONIGHT + 10 * MINUTE), at=TONIGHT + 10 * MINUTE)
    second = await sign_in(late, session, await shown(session, TONIGHT + 11 * MINUTE), at=TONIGHT + 11 * MINUTE)

    assert (first.is_late, first.minutes) == (False, 30)
    assert (second.is_late, second.minutes) == (True, 29)


async def test_a_code_changes_and_the_one_before_still_holds(database: str) -> None:
    course = await a_course()
    await a_room(course, code_seconds=60)
    session = await a_session(course)
    members = [await enrolled(course) for _ in range(3)]
    code = await shown(session)

    await sign_in(members[0], session, code, at=TONIGHT + timedelta(seconds=59))
    await sign_in(members[1], session, code, at=TONIGHT + timedelta(seconds=119))

    refusal = await refused(sign_in(members[2], session, code, at=TONIGHT + timedelta(seconds=120)))
    assert refusal.code == "ATTENDANCE_CODE_WRONG"
    assert code != await shown(session, TONIGHT + timedelta(seconds=120))
    assert await rows_of("attendance") == 2


async def test_a_code_may_hold_for_the_session(database: str) -> None:
    course = await a_course()
    await a_room(course, code_seconds=None)
    session, other = await a_session(course), await a_session(course, starts_at=TONIGHT + DAY)
    member = await enrolled(course)

    assert await shown(session) == await shown(session, TONIGHT + 30 * MINUTE)
    assert await shown(session) != await shown(other)
    await sign_in(member, session, await shown(session), at=TONIGHT + 30 * MINUTE)


async def test_a_code_is_not_to_be_guessed(database: str) -> None:
    course = await a_course()
    session, member, another = await a_session(course), await enrolled(course), await enrolled(course)
    good = await shown(session)
    bad = "000000" if good != "000000" else "000001"

    told = await outcomes([sign_in(member, session, bad) for _ in range(8)])

    assert told == {"ATTENDANCE_CODE_WRONG": 5, "TOO_MANY_ATTEMPTS": 3}
    assert (await refused(sign_in(member, session, good))).code == "TOO_MANY_ATTEMPTS"
    assert await rows_of("attendance") == 0
    await sign_in(another, session, good)
    later = TONIGHT + 11 * MINUTE
    await sign_in(member, session, await shown(session, later), at=later)


async def test_the_door_is_open_around_the_session_for_those_with_a_seat(database: str) -> None:
    course = await a_course(minutes=40)
    await a_room(course, admit_minutes=20)
    session, member = await a_session(course), await enrolled(course)

    async def code(who: Member, at: datetime) -> str:
        return (await refused(sign_in(who, session, await shown(session, at), at=at))).code

    early = await refused(sign_in(member, session, await shown(session, NOON), at=NOON))
    assert (early.code, early.retry_at) == ("ATTENDANCE_NOT_OPEN", TONIGHT - 15 * MINUTE)
    assert await code(member, TONIGHT + 20 * MINUTE) == "ATTENDANCE_NOT_OPEN"
    assert await code(await a_member(), TONIGHT) == "NOT_ENROLLED"
    await CourseSession.filter(id=session.id).update(state=SessionState.CANCELLED)
    assert (await refused(sign_in(member, session, "123456"))).code == "SESSION_CALLED_OFF"
    assert await rows_of("attendance") == 0


async def test_there_is_one_attendance_however_it_is_told(database: str) -> None:
    await a_rule()
    course = await a_course()
    session, member = await a_session(course), await enrolled(course)
    code = await shown(session)

    told = await outcomes(
        [
            *(sign_in(member, session, code) for _ in range(4)),
            *(marked(session, member, at=TONIGHT) for _ in range(2)),
        ]
    )

    assert (await rows_of("attendance"), await points_of(member)) == (1, 20)
    assert set(told) <= {"done", "ALREADY_ATTENDED"}
    [again] = await marked(session, member)
    assert again.refusal is not None
    assert again.refusal.code == "ALREADY_ATTENDED"
    assert await reconcile() == []


async def test_one_key_signs_in_once(database: str) -> None:
    await a_rule()
    course = await a_course()
    session, member = await a_session(course), await enrolled(course)
    code = await shown(session)
    key = Once.of(f"member:{member.id}", "AttendByCode", "key-00000001", {"code": code})

    made = await asyncio.gather(*(sign_in(member, session, code, once=key) for _ in range(5)))
    await leave(member, course, at=TONIGHT)
    made.append(await sign_in(member, session, code, once=key))

    assert len({one.id for one in made}) == 1
    assert await points_of(member) == 20


async def test_a_roll_call_says_of_each_what_became_of_it(database: str) -> None:
    course = await a_course(minutes=40)
    session = await a_session(course)
    there, stranger = await enrolled(course), await a_member()
    staff = Actor.staff(STAFF_ID)

    early = call_roll(session.id, [there.id], actor=staff, at=NOON)
    assert (await refused(early)).retry_at == TONIGHT
    assert (await refused(marked(session, there, arrived_at=session.ends_at))).code == "INVALID_INPUT"
    first, second = await marked(session, there, stranger, at=TONIGHT, arrived_at=TONIGHT + 15 * MINUTE)

    assert first.attendance is not None
    assert (first.attendance.minutes, first.attendance.is_late, first.attendance.by_id) == (25, True, STAFF_ID)
    assert second.refusal is not None
    assert second.refusal.code == "NOT_ENROLLED"
    assert await AuditRow.filter(action="mark_attendance").count() == 1


async def test_a_member_marks_only_where_it_teaches(database: str) -> None:
    course, member = await a_course(), await a_member()
    teacher = await a_teacher(member_id=member.id)
    session = await a_session(course, teacher_id=teacher.id)

    await refuse_other_than_teacher(member.id, session.id)
    assert (await refused(refuse_other_than_teacher((await a_member()).id, session.id))).code == "NOT_ALLOWED"
    assert (await refused(refuse_other_than_teacher(member.id, (await a_session(course)).id))).code == "NOT_ALLOWED"


async def voided(attendance: Attendance | None) -> AttendanceVoid:
    assert attendance is not None
    return await AttendanceVoid.record(attendance.id, reason="代签", staff_id=STAFF_ID, at=TONIGHT + DAY, once=None)


async def test_a_void_takes_back_what_was_paid_and_another_pays_anew(database: str) -> None:
    await a_rule()
    course = await a_course()
    session, member = await a_session(course), await enrolled(course)
    made = await sign_in(member, session, await shown(session))
    completed = await CourseCompletion.get(member_id=member.id)

    void = await voided(made)

    assert (void.earnings_back, await points_of(member), await standing(session, member)) == (1, 0, None)
    assert (await CourseCompletion.get(id=completed.id)).revoked_at == TONIGHT + DAY
    assert (await refused(voided(made))).code == "ATTENDANCE_VOIDED"
    assert (await refused(sign_in(member, session, await shown(session)))).code == "ALREADY_ATTENDED"
    [again] = await marked(session, member)
    assert again.attendance is not None
    assert again.attendance.source == f"session:{session.id}#2"
    assert await points_of(member) == 20
    assert await CourseCompletion.filter(member_id=member.id, revoked_at__isnull=True).count() == 1
    assert await AuditRow.filter(action="void_attendance").count() == 1
    assert await reconcile() == []


async def test_of_two_voids_at_one_instant_one_is_refused(database: str) -> None:
    await a_rule()
    course = await a_course()
    session, member = await a_session(course), await enrolled(course)
    await marked(session, member)
    made = await standing(session, member)

    assert await outcomes([voided(made), voided(made)]) == {"done": 1, "ATTENDANCE_VOIDED": 1}
    assert await points_of(member) == 0


async def test_what_was_spent_keeps_its_attendance(database: str) -> None:
    await a_rule()
    course, dear = await a_course(), await a_course(price=15)
    session, member = await a_session(course), await enrolled(course)
    await marked(session, member)
    await enrolled(dear, member, at=TONIGHT + DAY)

    assert (await refused(voided(await standing(session, member)))).code == "INSUFFICIENT_POINTS"
    assert await standing(session, member) is not None
    assert (await rows_of("attendance_void"), await points_of(member)) == (0, 5)


async def test_a_course_is_completed_when_every_session_was_attended(database: str) -> None:
    course = await a_course(title="茶艺入门")
    first, second = await a_session(course), await a_session(course, starts_at=TONIGHT + DAY)
    gone = await a_session(course, starts_at=TONIGHT + 2 * DAY)
    await CourseSession.filter(id=gone.id).update(state=SessionState.CANCELLED)
    following = await a_course()
    await a_room(following, prerequisite_ids=(course.id,))
    member = await enrolled(course)

    await marked(first, member)
    refusals = (await enrolment_refusals(member.id, [following], at=NOON))[following.id]
    await marked(second, member)

    assert [one.code for one in refusals] == ["PREREQUISITE_MISSING"]
    done = await CourseCompletion.get(member_id=member.id)
    assert (done.course_id, done.completed_at, done.percent, done.minutes) == (course.id, second.ends_at, 100, 80)
    await enrolled(following, member)


async def test_a_rule_may_ask_for_minutes(database: str) -> None:
    course = await a_course(minutes=40)
    await a_room(course, completion_minutes=60)
    sessions = [await a_session(course, starts_at=TONIGHT + DAY * number) for number in range(3)]
    member = await enrolled(course)

    await marked(sessions[0], member)
    assert await rows_of("course_completion") == 0
    await marked(sessions[1], member, arrived_at=sessions[1].starts_at + 20 * MINUTE)

    assert (await CourseCompletion.get()).minutes == 60
    assert (await progress_of(member.id, [course.id]))[course.id].percent == 50


async def test_a_rule_may_ask_for_a_quiz(database: str) -> None:
    quiz, course = await a_quiz(), await a_course()
    await a_room(course, quiz_id=quiz.id)
    session, member, other = await a_session(course), await enrolled(course), await enrolled(course)

    await marked(session, member, other)
    assert await complete_by_quiz(at=TONIGHT) == 0
    await passed(member.id, quiz, at=TONIGHT)  # no rule pays for it
    await passed(other.id, await a_quiz(), at=TONIGHT)

    assert await complete_by_quiz(at=TONIGHT + MINUTE) == 1
    assert await complete_by_quiz(at=TONIGHT + MINUTE) == 0
    done = await CourseCompletion.get()
    assert (done.member_id, done.completed_at) == (member.id, TONIGHT + MINUTE)


async def test_who_lacks_more_than_the_quiz_is_left_in_peace(database: str) -> None:
    quiz, course = await a_quiz(), await a_course()
    await a_room(course, quiz_id=quiz.id, completion_minutes=40)
    await a_session(course)
    member = await enrolled(course)
    await passed(member.id, quiz, at=TONIGHT)
    before = (await Member.get(id=member.id)).version

    assert await complete_by_quiz(at=TONIGHT + MINUTE) == 0
    assert (await Member.get(id=member.id)).version == before


async def open_to(member: Member, sessions: list[CourseSession], at: datetime = TONIGHT) -> list[str]:
    door = await Door.of(member.id, sessions, at=at)
    return ["+".join(one.code for one in door.refusals(session)) or "open" for session in sessions]


async def test_sessions_unlock_by_date_or_by_the_one_before(database: str) -> None:
    by_date, in_order = await a_course(), await a_course()
    await a_room(by_date, unlock=Unlock.BY_DATE)
    await a_room(in_order, unlock=Unlock.BY_PREVIOUS)
    dated = [await a_session(by_date, starts_at=TONIGHT + DAY * number) for number in range(2)]
    ordered = [await a_session(in_order, starts_at=TONIGHT + DAY * number) for number in range(3)]
    await CourseSession.filter(id=ordered[1].id).update(state=SessionState.CANCELLED)
    ordered[1] = await CourseSession.get(id=ordered[1].id)
    member, stranger = await enrolled(by_date), await a_member()
    await enrolled(in_order, member)

    assert await open_to(member, dated) == ["open", "SESSION_LOCKED"]
    assert await open_to(member, [ordered[0], ordered[2]]) == ["open", "SESSION_LOCKED"]
    assert await open_to(member, [ordered[1]]) == ["SESSION_CALLED_OFF"]
    assert await open_to(stranger, [dated[0], ordered[0]]) == ["NOT_ENROLLED", "NOT_ENROLLED"]
    await marked(ordered[0], member)
    assert await open_to(member, [ordered[2]]) == ["open"]
    await leave(member, in_order)
    assert await open_to(member, [ordered[2]]) == ["NOT_ENROLLED"]


async def test_a_preview_is_everybodys_while_the_course_is_shown(database: str) -> None:
    shown_one, draft = await a_course(), await a_course(is_published=False)
    sessions = [await a_session(one, is_preview=True) for one in (shown_one, draft)]

    assert await open_to(await a_member(), sessions) == ["open", "NOT_ENROLLED"]


async def test_a_recording_is_offered_until_an_instant(database: str) -> None:
    course = await a_course()
    session = await a_session(course, replay_url="https://video.example/1", replay_until=TONIGHT + DAY)
    member = await enrolled(course)

    async def told(at: datetime) -> list[str]:
        door = await Door.of(member.id, [session], at=at)
        return [one.code for one in door.replay_refusals(session)]

    assert await told(TONIGHT + DAY - MINUTE) == []
    assert await told(TONIGHT + DAY) == ["REPLAY_EXPIRED"]


async def test_only_who_was_there_says_what_it_thinks_once(database: str) -> None:
    course = await a_course()
    session, member, absent = await a_session(course), await enrolled(course), await enrolled(course)
    await marked(session, member)

    given = await SessionFeedback.give(member.id, session.id, 5, recommends=9, words=" 干货很多 ", at=TONIGHT)

    assert (given.score, given.recommends, given.words) == (5, 9, "干货很多")
    again = SessionFeedback.give(member.id, session.id, 1, at=TONIGHT)
    assert (await refused(again)).code == "FEEDBACK_GIVEN"
    assert (await refused(SessionFeedback.give(absent.id, session.id, 1, at=TONIGHT))).code == "NOT_ATTENDED"
    for score, recommends in ((0, None), (6, None), (5, 11), (5, -1)):
        bad = SessionFeedback.give(member.id, session.id, score, recommends=recommends, at=TONIGHT)
        assert (await refused(bad)).code == "INVALID_INPUT"
    assert await rows_of("session_feedback") == 1


async def test_a_teachers_figures_are_of_the_sessions_it_gave(database: str) -> None:
    course, teacher, idle = await a_course(minutes=40), await a_teacher(), await a_teacher()
    sessions = [await a_session(course, starts_at=TONIGHT + DAY * number, teacher_id=teacher.id) for number in range(4)]
    members = [await enrolled(course) for _ in range(4)]
    for number, session in enumerate(sessions[:2]):
        await marked(session, *members[: 3 - number])
    for member, score, recommends in zip(members, (5, 4, 4), (10, 9, 3), strict=False):
        await SessionFeedback.give(member.id, sessions[0].id, score, recommends=recommends, at=TONIGHT + DAY)
    await CourseSession.filter(id=sessions[2].id).update(state=SessionState.CANCELLED)
    at = sessions[2].ends_at

    mine, none = await teacher_statistics([teacher.id, idle.id], since=NOON, until=NOON + 7 * DAY, at=at)

    assert (mine.sessions, mine.minutes, mine.enrolled, mine.attended, mine.late) == (2, 80, 8, 5, 0)
    assert (mine.score, mine.nps, mine.turnout_percent) == (4.33, 33, 62)
    assert none == TeacherStatistics(idle.id)
    assert (none.score, none.nps, none.turnout_percent) == (None, None, None)
    later = await teacher_statistics([teacher.id], since=TONIGHT + DAY, until=NOON + 7 * DAY, at=at)
    assert (later[0].sessions, later[0].attended) == (1, 2)
