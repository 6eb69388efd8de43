"""Whatever happens to a timetable, making it again adds nothing that was there, and versions tell of every change."""

from contextlib import suppress
from datetime import date, timedelta
from random import Random

import pytest

from models.errors import Invalid
from models.learning.course import Course
from models.learning.course_session import CourseSession, SessionState
from models.learning.course_slot import CourseSlot
from models.learning.holiday import Holiday
from models.learning.session_cancel import cancel_session
from models.learning.session_change import SessionChange
from models.learning.session_move import Shift, move_following, move_session
from store.clock import zone_named
from tests.conftest import NOON
from tests.learning.build import STAFF_ID, a_course, a_slot, made

FIRST = date(2026, 11, 30)
WEEKS = 6
DAY = timedelta(days=1)
ZONE = "America/New_York"


async def act(course: Course, chance: Random) -> None:
    """Something that staff do to a session that is to come."""
    coming = await CourseSession.filter(course_id=course.id, state=SessionState.SCHEDULED, starts_at__gt=NOON)
    session = chance.choice(sorted(coming, key=lambda one: one.number))
    version = session.version
    what = chance.randrange(4)
    if what == 0:
        moved_to = session.starts_at + chance.randint(-3, 9) * DAY
        await move_session(session.id, moved_to, reason="调课", expected_version=version, staff_id=STAFF_ID, at=NOON)
    elif what == 1:
        shift = Shift(days=chance.choice((-1, 1, 7)))
        await move_following(session.id, shift, reason="调课", expected_version=version, staff_id=STAFF_ID, at=NOON)
    elif what == 2:
        shift = Shift(weekday=chance.randint(1, 7), minute=chance.randrange(1440))
        await move_following(session.id, shift, reason="调课", expected_version=version, staff_id=STAFF_ID, at=NOON)
    else:
        appends = chance.random() < 0.5
        await cancel_session(
            session.id, reason="停课", appends_make_up=appends, expected_version=version, staff_id=STAFF_ID, at=NOON
        )


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_is_made_twice_whatever_has_happened(database: str, seed: int) -> None:
    chance = Random(seed)
    course = await a_course(zone=ZONE)
    await a_slot(course, 1, 20 * 60)
    await a_slot(course, 4, 2 * 60 + 30)
    await Holiday.take_in({date(2026, 12, 21): "店庆"}, staff_id=STAFF_ID, at=NOON)
    await made(course, FIRST, weeks=WEEKS)
    for _ in range(12):
        # What would lie in the past, or behind the end of a series, is refused; nothing else is here.
        with suppress(Invalid):
            await act(course, chance)

    await made(course, FIRST, weeks=WEEKS)
    again = await made(course, FIRST, weeks=WEEKS)

    sessions = await CourseSession.filter(course_id=course.id)
    slots = {slot.id: slot for slot in await CourseSlot.filter(course_id=course.id)}
    kept = [(one.slot_id, one.local_date) for one in sessions]
    assert again.sessions == []
    assert len(set(kept)) == len(kept)
    assert sorted(one.number for one in sessions) == list(range(1, len(sessions) + 1))
    for one in sessions:
        assert one.slot_id
        assert one.local_date
        assert slots[one.slot_id].makes_on(one.local_date)
        assert one.version == 1 + await SessionChange.filter(session_id=one.id).count()
        if one.state is SessionState.SCHEDULED and one.original_starts_at is None:
            assert one.starts_at.astimezone(zone_named(ZONE)).date() == one.local_date
