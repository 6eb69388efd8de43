"""What is watched: a set of seconds that no number of players, retries or fast ones makes larger than time allows."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.learning import spans
from models.learning.attendance import Attendance, AttendanceWay
from models.learning.classroom import Classroom
from models.learning.completion import CourseCompletion
from models.learning.course import Course
from models.learning.course_session import CourseSession
from models.learning.course_terms import Medium
from models.learning.progress import progress_of
from models.learning.spans import Span
from models.learning.watching import FIRST, KEPT, Watching
from models.members.member import Member
from models.points.behaviour import Behaviour
from models.points.earn_rule import EarnRule
from models.points.earn_terms import EarnTerms
from models.points.earning import Earning
from store.ids import new_id
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON
from tests.learning.build import TONIGHT, a_course, a_session
from tests.learning.rooms import a_room, enrolled, marked
from tests.mall.build import refused, rows_of

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
LENGTH = 40 * 60


async def a_replay(**terms: Any) -> tuple[CourseSession, Member]:
    """A session of forty minutes that was recorded, and a member with a seat."""
    course = await a_course(minutes=40)
    if terms:
        await a_room(course, **terms)
    return await a_session(course, replay_url="https://video.example/1"), await enrolled(course)


async def told(member: Member, session: CourseSession, start: int, end: int, at: datetime, **about: Any) -> Watching:
    return await Watching.report(member.id, session.id, start, end, **{"client_at": at, "at": at, **about})


async def watched(member: Member, session: CourseSession, until: int, *, since: int = 0, at: datetime) -> datetime:
    """Watch on at an even pace, a piece a minute; returns the instant after it."""
    for start in range(since, until, 60):
        at += MINUTE
        await told(member, session, start, min(start + 60, until), at)
    return at


@given(
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=25),
    st.sampled_from((100, 150, 200, 400)),
)
def test_watching_is_a_set_of_seconds_within_the_time(beats: Sequence[tuple[int, int, int]], speed: int) -> None:
    """Against a model: a set of seconds, and a purse that fills with time and is emptied by what is taken in."""
    room, at = Classroom(course_id=new_id(), speed_percent=speed), NOON
    watching = Watching(session_id=new_id(), member_id=new_id(), used_until=NOON - FIRST, began_at=NOON)
    seen: set[int] = set()
    taken = 0
    for wait, start, long in beats:
        at += wait * SECOND
        span = Span(start, start + long).within(300)
        watching._take_in(span, room, at=at)
        seen |= set(range(span.start, span.start + watching.credited))
        taken += watching.credited

        assert watching.credited <= span.seconds
        assert {second for one in watching.spans for second in range(one.start, one.end)} == seen
        assert watching.watched_seconds == len(seen)
        assert taken * 100 <= (at - NOON + FIRST) / SECOND * speed + 1
        assert set(_seconds(watching.skipped)) == set(range(max(seen, default=-1) + 1)) - seen


def _seconds(pieces: Sequence[Span]) -> list[int]:
    return [second for one in pieces for second in range(one.start, one.end)]


async def test_a_piece_is_cut_to_what_time_allows(database: str) -> None:
    session, member = await a_replay(speed_percent=200)

    first = await told(member, session, 0, 600, NOON)
    second = await told(member, session, 60, 600, NOON + 10 * SECOND)

    assert (first.credited, first.pieces) == (60, [[0, 60]])
    assert (second.credited, second.pieces, second.watched_seconds) == (20, [[0, 80]], 80)


async def test_a_piece_that_comes_again_counts_once(database: str) -> None:
    session, member = await a_replay()
    first = await told(member, session, 0, 30, NOON)

    again = await told(member, session, 0, 30, NOON + MINUTE, client_at=NOON)
    seen_before = await told(member, session, 0, 30, NOON + 2 * MINUTE)

    assert (again.used_until, again.updated_at, again.credited) == (first.used_until, NOON, 0)
    assert (seen_before.credited, seen_before.watched_seconds) == (30, 30)
    assert await rows_of("watching") == 1


async def test_several_devices_do_not_add_up(database: str) -> None:
    session, member = await a_replay(speed_percent=200)
    await told(member, session, 0, 60, NOON)

    await asyncio.gather(
        *(
            told(member, session, 600 * device, 600 * device + 60, NOON + MINUTE, client_at=NOON + device * SECOND)
            for device in range(1, 4)
        )
    )

    found = await Watching.get()
    assert found.watched_seconds == 60 + 2 * 60


async def test_several_sessions_at_once_do_not_add_up(database: str) -> None:
    session, member = await a_replay(speed_percent=200)
    other = await a_session(await Course.get(id=session.course_id), replay_url="https://video.example/2")
    first = await told(member, session, 0, 60, NOON)
    beside = await told(member, other, 0, 60, NOON)

    halves = [await told(member, one, 60, 120, NOON + MINUTE) for one in (session, other)]
    third = await told(member, session, 120, 180, NOON + MINUTE, client_at=NOON + 61 * SECOND)

    assert [one.credited for one in (first, beside, *halves, third)] == [60, 0, 60, 60, 0]


async def test_an_offline_player_tells_afterwards_what_time_allows(database: str) -> None:
    session, member = await a_replay(speed_percent=100)
    await told(member, session, 0, 30, NOON)
    back = NOON + timedelta(hours=1)

    for start in range(30, 630, 60):
        await told(member, session, start, start + 60, back, client_at=NOON + start * SECOND)

    assert (await Watching.get()).watched_seconds == 30 + KEPT // SECOND


async def test_what_is_skipped_is_seen(database: str) -> None:
    session, member = await a_replay()
    await told(member, session, 0, 60, NOON)
    await told(member, session, 300, 360, NOON + MINUTE)

    found = await Watching.get()
    assert found.skipped == [Span(60, 300)]
    assert (found.position, found.watched_seconds, spans.seconds_of(found.spans)) == (360, 120, 120)


async def test_watching_enough_is_attending_and_pays_by_its_minutes(database: str) -> None:
    await EarnRule.put(Behaviour.COURSE_ATTENDED, EarnTerms(20), at=LONG_AGO)
    session, member = await a_replay(watch_percent=80)
    after = session.ends_at + DAY

    at = await watched(member, session, LENGTH * 8 // 10 - 60, at=after)
    assert await rows_of("attendance") == 0
    await watched(member, session, LENGTH, since=LENGTH * 8 // 10 - 60, at=at)

    made = await Attendance.get()
    assert (made.way, made.minutes, made.arrived_at) == (AttendanceWay.REPLAY, 32, after + MINUTE)
    assert (await Earning.get()).facts == {"minutes": 32}
    assert await rows_of("earning") == 1


async def test_live_no_more_is_watched_than_was_shown(database: str) -> None:
    course = await a_course(minutes=40)
    await a_room(course, watch_percent=10)
    session, member = await a_session(course), await enrolled(course)

    early = await refused(told(member, session, 0, 60, TONIGHT - SECOND))
    first = await told(member, session, 0, 60, TONIGHT + 20 * SECOND)
    await watched(member, session, 240, since=20, at=TONIGHT + 20 * SECOND)

    assert (early.code, early.retry_at) == ("SESSION_LOCKED", TONIGHT)
    assert first.watched_seconds == 20
    assert (await Attendance.get()).way is AttendanceWay.WATCH


async def test_what_was_not_recorded_is_not_watched_once_it_is_over(database: str) -> None:
    course = await a_course(minutes=40)
    await a_room(course, watch_percent=1)
    session, member = await a_session(course), await enrolled(course)

    late = await told(member, session, 2340, 2370, session.ends_at + KEPT - SECOND)
    refusal = await refused(told(member, session, 0, 60, session.ends_at + KEPT))

    assert (refusal.code, late.credited, (await Watching.get()).watched_seconds) == ("NOTHING_TO_WATCH", 30, 30)


async def test_a_class_that_is_not_broadcast_is_not_watched(database: str) -> None:
    course = await a_course(medium=Medium.OFFLINE, location="徐汇店二楼")
    await a_room(course, watch_percent=1)
    session, member = await a_session(course), await enrolled(course)

    refusal = await refused(told(member, session, 0, 60, TONIGHT + MINUTE))

    assert (refusal.code, await rows_of("watching"), await rows_of("attendance")) == ("NOTHING_TO_WATCH", 0, 0)


async def test_a_recording_makes_up_only_where_the_rules_say_so(database: str) -> None:
    session, member = await a_replay(watch_percent=1, makes_up=False)

    await watched(member, session, 240, at=session.ends_at + DAY)

    assert (await rows_of("attendance"), (await Watching.get()).watched_seconds) == (0, 240)


async def test_what_was_voided_is_not_made_again_by_watching(database: str) -> None:
    session, member = await a_replay(watch_percent=1)
    await marked(session, member)
    await Attendance.all().update(voided_at=session.ends_at)

    await watched(member, session, 240, at=session.ends_at + DAY)

    assert await rows_of("attendance") == 1


async def test_a_course_may_be_completed_by_watching_most_of_it(database: str) -> None:
    course = await a_course(minutes=10)
    await a_room(course, completion_percent=75, watch_percent=100, makes_up=False)
    sessions = [
        await a_session(course, starts_at=TONIGHT + DAY * number, replay_url="https://video.example/1")
        for number in range(2)
    ]
    member = await enrolled(course)
    await marked(sessions[0], member)

    at = await watched(member, sessions[1], 240, at=sessions[1].ends_at + DAY)
    assert (await progress_of(member.id, [course.id]))[course.id].percent == 70
    assert await rows_of("course_completion") == 0
    at = await watched(member, sessions[1], 300, since=240, at=at)

    done = await CourseCompletion.get()
    assert (done.percent, done.completed_at) == (75, at)


async def test_who_has_no_seat_watches_the_preview_and_attends_nothing(database: str) -> None:
    course, stranger = await a_course(), await a_member()
    url = "https://video.example/1"
    preview = await a_session(course, replay_url=url, is_preview=True)
    closed = await a_session(course, replay_url=url, replay_until=TONIGHT)
    await a_room(course, watch_percent=1)

    await watched(stranger, preview, 240, at=TONIGHT)

    assert (await refused(told(stranger, closed, 0, 10, NOON))).code == "NOT_ENROLLED"
    member = await enrolled(course)
    assert (await refused(told(member, closed, 0, 10, TONIGHT))).code == "REPLAY_EXPIRED"
    assert (await rows_of("watching"), await rows_of("attendance")) == (1, 0)


@pytest.mark.parametrize(("start", "end", "ahead"), [(-1, 10, 0), (20, 10, 0), (0, 10, 11)])
async def test_a_piece_that_cannot_be_is_refused(database: str, start: int, end: int, ahead: int) -> None:
    session, member = await a_replay()

    refusal = await refused(told(member, session, start, end, NOON, client_at=NOON + ahead * MINUTE))

    assert (refusal.code, await rows_of("watching")) == ("INVALID_INPUT", 0)
