"""Warnings of the timetable: what staff should look at, and may leave as it is.

A group's sessions are those of its own courses, of its circle's and of the brand's, since its members may come to all
of them. Weeks are ISO weeks of the brand's zone. Drafts count, so that a plan is looked at before it is published; what
was called off does not, nor what is archived.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from models.groups.group import Group, GroupStatus
from models.learning.holiday import Holiday
from models.learning.local_time import instant_of, local_day
from models.learning.timetable_policy import TimetablePolicy, TimetableRules
from store.clock import as_instant
from store.database import fetch
from store.ids import as_id
from store.settings import settings

WEEKS_MOST = 12
WARNINGS_MOST = 500
_WEEK = timedelta(days=7)

_STANDING = (
    "SELECT s.id, s.course_id, s.teacher_id, s.starts_at, s.ends_at, s.minutes, c.group_id, c.circle_id, c.zone "
    "FROM course_session s JOIN course c ON c.id = s.course_id "
    "WHERE s.state <> 'cancelled' AND c.status <> 'archived' AND s.starts_at >= $1 AND s.starts_at < $2 "
    "ORDER BY s.starts_at, s.id"
)


class WarningKind(StrEnum):
    """What is out of the ordinary."""

    FEW_IN_WEEK = "few_in_week"
    MANY_IN_WEEK = "many_in_week"
    SHORT = "short"
    LONG = "long"
    TEACHER_TWICE = "teacher_twice"
    GROUP_TWICE = "group_twice"
    HOLIDAY = "holiday"


@dataclass(frozen=True)
class TimetableWarning:
    """One thing to look at, in the ISO week that begins on `monday`; of two sessions `other_id` is the later one."""

    kind: WarningKind
    monday: date
    group_id: UUID | None = None
    session_id: UUID | None = None
    other_id: UUID | None = None
    teacher_id: UUID | None = None
    count: int | None = None
    minutes: int | None = None


@dataclass(frozen=True)
class Meeting:
    """A session, as warnings look at it."""

    id: UUID
    teacher_id: UUID | None
    group_id: UUID | None
    circle_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    minutes: int
    day: date


async def timetable_warnings(
    monday: date, weeks: int, groups: Sequence[Group], *, with_brand: bool
) -> list[TimetableWarning]:
    """What to look at in some weeks for some groups, week by week; at most 500.

    `with_brand` tells also of sessions that are of none of the groups alone.
    """
    zone, rules = settings().brand_zone, (await TimetablePolicy.current()).rules
    first = monday - timedelta(days=monday.weekday())
    named, found = {group.id for group in groups}, list[TimetableWarning]()
    for n in range(weeks):
        week = first + n * _WEEK
        meetings = await _meetings(instant_of(week, 0, zone), instant_of(week + _WEEK, 0, zone))
        holidays = await Holiday.between(week - timedelta(days=1), week + _WEEK)
        shown = [one for one in meetings if with_brand or one.group_id in named]
        warnings = [
            *_of_groups(meetings, groups, rules),
            *_of_sessions(shown, rules, holidays),
            *_of_teachers(shown, meetings),
        ]
        found += [replace(one, monday=week) for one in warnings]
    return found[:WARNINGS_MOST]


async def active_groups(ids: Iterable[UUID] | None = None) -> list[Group]:
    """The groups that are in use, in their order; of some ids those."""
    groups = Group.filter(status=GroupStatus.ACTIVE)
    return await (groups if ids is None else groups.filter(id__in=list(ids))).order_by("created_at", "id")


async def _meetings(begins_at: datetime, ends_at: datetime) -> list[Meeting]:
    return [_meeting(row) for row in await fetch(_STANDING, begins_at, ends_at)]


def _meeting(row: Any) -> Meeting:
    def id_in(column: str) -> UUID | None:
        return as_id(row[column]) if row[column] else None

    starts_at = as_instant(row["starts_at"])
    return Meeting(
        id=as_id(row["id"]),
        teacher_id=id_in("teacher_id"),
        group_id=id_in("group_id"),
        circle_id=id_in("circle_id"),
        starts_at=starts_at,
        ends_at=as_instant(row["ends_at"]),
        minutes=row["minutes"],
        day=local_day(starts_at, row["zone"]),
    )


def _of_groups(
    meetings: Sequence[Meeting], groups: Sequence[Group], rules: TimetableRules
) -> Iterator[TimetableWarning]:
    of_place: dict[UUID | None, list[Meeting]] = defaultdict(list)
    for one in meetings:
        of_place[one.group_id or one.circle_id].append(one)
    for group in groups:
        own = sorted((*of_place[group.id], *of_place[group.circle_id], *of_place[None]), key=_order)
        if len(own) < rules.week_least:
            yield TimetableWarning(WarningKind.FEW_IN_WEEK, date.min, group_id=group.id, count=len(own))
        if len(own) > rules.week_most:
            yield TimetableWarning(WarningKind.MANY_IN_WEEK, date.min, group_id=group.id, count=len(own))
        for one, other in _overlapping(own):
            yield TimetableWarning(
                WarningKind.GROUP_TWICE, date.min, group_id=group.id, session_id=one.id, other_id=other.id
            )


def _of_sessions(
    meetings: Sequence[Meeting], rules: TimetableRules, holidays: dict[date, str]
) -> Iterator[TimetableWarning]:
    for one in meetings:
        if one.minutes < rules.minutes_least:
            yield TimetableWarning(WarningKind.SHORT, date.min, session_id=one.id, minutes=one.minutes)
        if one.minutes > rules.minutes_most:
            yield TimetableWarning(WarningKind.LONG, date.min, session_id=one.id, minutes=one.minutes)
        if one.day in holidays:
            yield TimetableWarning(WarningKind.HOLIDAY, date.min, session_id=one.id)


def _of_teachers(shown: Sequence[Meeting], meetings: Sequence[Meeting]) -> Iterator[TimetableWarning]:
    """Two sessions of a teacher at once, where one of them is shown."""
    seen, given = {one.id for one in shown}, dict[UUID, list[Meeting]]()
    for one in meetings:
        if one.teacher_id:
            given.setdefault(one.teacher_id, []).append(one)
    for teacher_id, own in given.items():
        for one, other in _overlapping(own):
            if one.id in seen or other.id in seen:
                yield TimetableWarning(
                    WarningKind.TEACHER_TWICE, date.min, teacher_id=teacher_id, session_id=one.id, other_id=other.id
                )


def _order(meeting: Meeting) -> tuple[datetime, UUID]:
    return meeting.starts_at, meeting.id


def _overlapping(meetings: Sequence[Meeting]) -> Iterator[tuple[Meeting, Meeting]]:
    """Pairs of which one begins before the other ends; they come in the order of their beginnings."""
    for place, one in enumerate(meetings):
        for other in meetings[place + 1 :]:
            if other.starts_at >= one.ends_at:
                break
            yield one, other
