"""An export of a quiz's results: who took which out and why; and the rows of the sheet that it becomes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.errors import bounded_text
from models.mall.order_export import Cells
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.clock import as_instant, zone_named
from store.database import among, fetch, transaction
from store.ids import as_id
from store.settings import settings

ROWS_MOST = 50_000
ROWS_AT_ONCE = 500

TITLES = (
    "会员",
    "第几次",
    "状态",
    "得分",
    "满分",
    "成绩(%)",
    "是否通过",
    "是否迟交",
    "开始时间",
    "提交时间",
    "用时(分钟)",
)
_STATES = {"waiting": "待批改", "graded": "已评分"}


class QuizExport(Record):
    quiz_id: UUID = fields.UUIDField()
    staff_id: UUID = fields.UUIDField()
    reason = fields.CharField(max_length=REASON_MOST)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "quiz_export"
        indexes = (Index(fields=("created_at", "id"), name="quiz_export_by_time"),)

    @classmethod
    async def begin(cls, quiz_id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> Self:
        """Keep who takes results out, before the first is read. Raises `Invalid` for an empty reason."""
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST) or ""
        async with transaction():
            export = await cls.create(quiz_id=quiz_id, staff_id=staff_id, reason=why, created_at=at)
            await AuditRow.write(
                staff_id=staff_id,
                action="export_quiz_results",
                subject=export,
                before=None,
                after={"quiz_id": quiz_id},
                reason=why,
                at=at,
            )
        return export


class ResultSheet:
    """What was handed in, in pages, the earliest first; `where` is SQL over the member `m`, whose values begin at `$5`.

    Behind the figures of an attempt stand the points of its questions, by their places in its paper.
    """

    def __init__(self, quiz_id: UUID, where: str, values: Sequence[object]) -> None:
        self._quiz_id, self._where, self._values = quiz_id, where, values
        self._zone = zone_named(settings().brand_zone)
        self._behind: tuple[datetime, UUID] = (datetime(2000, 1, 1, tzinfo=UTC), UUID(int=0))

    async def titles(self) -> Cells:
        """The headings, with one for each place of the longest paper."""
        rows = await fetch(
            "SELECT MAX(n.position) AS places FROM quiz_answer n JOIN quiz_attempt a ON a.id = n.attempt_id "
            "WHERE a.quiz_id = $1",
            self._quiz_id,
        )
        return (*TITLES, *(f"第{place}题" for place in range(1, (rows[0]["places"] or 0) + 1)))

    async def next_rows(self) -> list[Cells]:
        """The next page; empty at the end."""
        rows = await fetch(
            "SELECT a.*, m.nickname FROM quiz_attempt a JOIN member m ON m.id = a.member_id "  # noqa: S608 - own text, values are bound
            "WHERE a.quiz_id = $1 AND a.state IN ('waiting', 'graded') AND (a.submitted_at, a.id) > ($2, $3) "
            f"AND ({self._where}) ORDER BY a.submitted_at, a.id LIMIT $4",
            self._quiz_id,
            *self._behind,
            ROWS_AT_ONCE,
            *self._values,
        )
        if not rows:
            return []
        self._behind = (as_instant(rows[-1]["submitted_at"]), as_id(rows[-1]["id"]))
        points = await _points_by_place([as_id(row["id"]) for row in rows])
        return [(*self._cells(row), *points.get(as_id(row["id"]), ())) for row in rows]

    def _cells(self, row: Mapping[str, Any]) -> Cells:
        started, submitted = as_instant(row["started_at"]), as_instant(row["submitted_at"])
        is_graded = row["score"] is not None
        return (
            *(row["nickname"], row["number"], _STATES[row["state"]]),
            *(row["points"] / 100 if is_graded else "", row["points_most"] / 100),
            *(row["score"] / 100 if is_graded else "", _yes(row["is_passed"]) if is_graded else ""),
            *(_yes(row["is_late"]), self._local(started), self._local(submitted)),
            round((submitted - started).total_seconds() / 60, 1),
        )

    def _local(self, at: datetime) -> str:
        return at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")


async def _points_by_place(attempt_ids: Sequence[UUID]) -> Mapping[UUID, list[str | float]]:
    """The points of the questions of some attempts; nothing stands where a marker is waited for."""
    rows = await fetch(
        "SELECT n.attempt_id, n.points FROM quiz_answer n "  # noqa: S608 - own text, values are bound
        f"WHERE {among('n.attempt_id', 1, 'uuid')} ORDER BY n.attempt_id, n.position",
        list(attempt_ids),
    )
    found: dict[UUID, list[str | float]] = {}
    for row in rows:
        points = "" if row["points"] is None else row["points"] / 100
        found.setdefault(as_id(row["attempt_id"]), []).append(points)
    return found


def _yes(value: Any) -> str:
    return "是" if value else "否"
