"""What teachers have given in a time: sessions and minutes, who had a seat, who came, and what they thought of it.

A session counts for the teacher who gave it, so for the substitute where there was one, and only once it has ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from models.errors import Invalid
from store.database import among, fetch
from store.ids import as_id

DETRACTORS_MOST, PROMOTERS_LEAST = 6, 9


@dataclass(frozen=True)
class TeacherStatistics:
    """Figures of one teacher. `enrolled` and `attended` count seats and attendances of every session.

    `score_sum` and `scored` make the mean of 1 to 5; promoters (9–10) less detractors (0–6) make the NPS.
    """

    teacher_id: UUID
    sessions: int = 0
    minutes: int = 0
    enrolled: int = 0
    attended: int = 0
    late: int = 0
    scored: int = 0
    score_sum: int = 0
    rated: int = 0
    promoters: int = 0
    detractors: int = 0

    @classmethod
    def of_row(cls, teacher_id: UUID, row: Mapping[str, Any] | None) -> Self:
        return cls(teacher_id, **{name: int(row[name] or 0) for name in _FIGURES}) if row else cls(teacher_id)

    @property
    def score(self) -> float | None:
        """The mean score, to two places."""
        return round(self.score_sum / self.scored, 2) if self.scored else None

    @property
    def nps(self) -> int | None:
        """-100 to 100."""
        return round(100 * (self.promoters - self.detractors) / self.rated) if self.rated else None

    @property
    def turnout_percent(self) -> int | None:
        """How many of the seats were filled."""
        return round(100 * self.attended / self.enrolled) if self.enrolled else None


_FIGURES = tuple(name for name in TeacherStatistics.__dataclass_fields__ if name != "teacher_id")
_SQL = f"""
WITH given AS (
    SELECT s.id, s.teacher_id, s.minutes, s.course_id, s.starts_at FROM course_session s
    WHERE s.state <> 'cancelled' AND s.starts_at >= $1 AND s.starts_at < $2 AND s.ends_at <= $3 AND {{teachers}}
), seats AS (
    SELECT g.id, COUNT(*) AS enrolled FROM given g JOIN enrollment e ON e.course_id = g.course_id
    WHERE e.seated_at IS NOT NULL AND e.seated_at <= g.starts_at AND (e.ended_at IS NULL OR e.ended_at > g.starts_at)
    GROUP BY g.id
), present AS (
    SELECT g.id, COUNT(*) AS attended, SUM(CASE WHEN a.is_late THEN 1 ELSE 0 END) AS late
    FROM given g JOIN attendance a ON a.session_id = g.id WHERE a.voided_at IS NULL GROUP BY g.id
), thoughts AS (
    SELECT g.id, COUNT(*) AS scored, SUM(f.score) AS score_sum, COUNT(f.recommends) AS rated,
    SUM(CASE WHEN f.recommends >= {PROMOTERS_LEAST} THEN 1 ELSE 0 END) AS promoters,
    SUM(CASE WHEN f.recommends <= {DETRACTORS_MOST} THEN 1 ELSE 0 END) AS detractors
    FROM given g JOIN session_feedback f ON f.session_id = g.id GROUP BY g.id
)
SELECT g.teacher_id, COUNT(*) AS sessions, SUM(g.minutes) AS minutes, SUM(s.enrolled) AS enrolled,
SUM(p.attended) AS attended, SUM(p.late) AS late, SUM(t.scored) AS scored, SUM(t.score_sum) AS score_sum,
SUM(t.rated) AS rated, SUM(t.promoters) AS promoters, SUM(t.detractors) AS detractors
FROM given g LEFT JOIN seats s ON s.id = g.id LEFT JOIN present p ON p.id = g.id LEFT JOIN thoughts t ON t.id = g.id
GROUP BY g.teacher_id
"""  # noqa: S608 - own text and numbers of the program


async def teacher_statistics(
    teacher_ids: Sequence[UUID], *, since: datetime, until: datetime, at: datetime
) -> list[TeacherStatistics]:
    """One for each teacher, of the sessions that began from `since` up to `until` and have ended, in one statement."""
    if since >= until:
        raise Invalid("until", zh="结束时间应晚于开始时间", en="it must be after the start")
    sql = _SQL.replace("{teachers}", among("s.teacher_id", 4, "uuid"))
    rows = {as_id(row["teacher_id"]): row for row in await fetch(sql, since, until, at, list(teacher_ids))}
    return [TeacherStatistics.of_row(one, rows.get(one)) for one in teacher_ids]
