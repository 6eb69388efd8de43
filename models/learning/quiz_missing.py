"""Who has not handed a quiz in: those who are expected to, less those who have.

Expected is every member who takes part, belongs to the quiz's group or circle, and is of its audience; homework is
expected of those who have a seat in the session's course. Accounts of staff are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.learning.quiz import Quiz
from models.members.audience import EVERY_MEMBER
from models.members.condition_sql import Clause
from models.members.segment import both
from store.database import fetch
from store.ids import as_id

GROUPS_MOST = 100

_TAKES_PART = Clause("{row}.status IN ('normal', 'muted') AND NOT {row}.is_staff")
_HANDED_IN = (
    "EXISTS (SELECT 1 FROM quiz_attempt a WHERE a.quiz_id = ? AND a.member_id = {row}.id "
    "AND a.state IN ('waiting', 'graded'))"
)
_IN_CIRCLE = (
    "EXISTS (SELECT 1 FROM membership p JOIN chat_group g ON g.id = p.group_id "
    "WHERE g.circle_id = ? AND p.member_id = {row}.id)"
)
_IN_GROUP = "EXISTS (SELECT 1 FROM membership p WHERE p.group_id = ? AND p.member_id = {row}.id)"
_HAS_SEAT = (
    "EXISTS (SELECT 1 FROM course_session z JOIN enrollment e ON e.course_id = z.course_id "
    "WHERE z.id = ? AND e.member_id = {row}.id AND e.state = 'enrolled')"
)


@dataclass(frozen=True)
class Turnout:
    """How many were expected to hand in, and have."""

    expected: int
    handed_in: int

    @property
    def missing(self) -> int:
        return self.expected - self.handed_in


@dataclass(frozen=True)
class GroupTurnout(Turnout):
    """The same among the members of a group."""

    group_id: UUID


async def expected(quiz: Quiz, *, at: datetime) -> Clause:
    """Those who should hand a quiz in, as a clause over a member's row."""
    parts = [_TAKES_PART, await quiz.for_whom.clause(at=at)]
    if quiz.group_id:
        parts.append(in_group(quiz.group_id))
    if quiz.circle_id:
        parts.append(Clause(_IN_CIRCLE, (quiz.circle_id,)))
    if quiz.course_session_id:
        parts.append(Clause(_HAS_SEAT, (quiz.course_session_id,)))
    return both(*parts)


async def missing(quiz: Quiz, *, at: datetime) -> Clause:
    """Those who should have handed in and have not."""
    return both(await expected(quiz, at=at), Clause(f"NOT {_HANDED_IN}", (quiz.id,)))


def in_group(group_id: UUID) -> Clause:
    """The members of a group."""
    return Clause(_IN_GROUP, (group_id,))


async def turnout(quiz: Quiz, *, at: datetime, within: Clause = EVERY_MEMBER) -> Turnout:
    """How many have handed in of those who should, `within` a part of the brand."""
    whom = both(await expected(quiz, at=at), within)
    sql = Clause(f"{_COUNTS} FROM member {{row}} WHERE {whom.sql}", (quiz.id, *whom.values))
    [row] = await fetch(sql.of("m", first=1), *sql.values)
    return Turnout(int(row["expected"]), int(row["handed_in"] or 0))


async def turnout_by_group(quiz: Quiz, *, at: datetime, within: Clause = EVERY_MEMBER) -> Sequence[GroupTurnout]:
    """The same by group, where most are missing first: the first hundred. `within` is over a group's row."""
    whom, groups = await expected(quiz, at=at), both(groups_of(quiz), within)
    of_groups = groups.sql.replace("{row}", "g")
    sql = Clause(
        f"{_COUNTS}, g.id FROM chat_group g JOIN membership s ON s.group_id = g.id JOIN member {{row}} "
        f"ON {{row}}.id = s.member_id WHERE {of_groups} AND {whom.sql} GROUP BY g.id "
        f"ORDER BY COUNT(*) - SUM(CASE WHEN {_HANDED_IN} THEN 1 ELSE 0 END) DESC, g.id LIMIT {GROUPS_MOST}",
        (quiz.id, *groups.values, *whom.values, quiz.id),
    )
    rows = await fetch(sql.of("m", first=1), *sql.values)
    return [GroupTurnout(int(row["expected"]), int(row["handed_in"]), as_id(row["id"])) for row in rows]


_COUNTS = f"SELECT COUNT(*) AS expected, SUM(CASE WHEN {_HANDED_IN} THEN 1 ELSE 0 END) AS handed_in"


async def concerns(quiz: Quiz, group_id: UUID) -> bool:
    """Whether a quiz is done in a group."""
    clause = both(groups_of(quiz), Clause("{row}.id = ?", (group_id,)))
    return bool(await fetch(f"SELECT 1 AS found FROM chat_group g WHERE {clause.of('g', first=1)}", *clause.values))  # noqa: S608 - own text, values are bound


def groups_of(quiz: Quiz) -> Clause:
    """The groups in use in which a quiz is done."""
    if quiz.group_id:
        return Clause("{row}.id = ?", (quiz.group_id,))
    if quiz.circle_id:
        return Clause("{row}.status = 'active' AND {row}.circle_id = ?", (quiz.circle_id,))
    return Clause("{row}.status = 'active'")
