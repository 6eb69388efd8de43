"""What codes have brought in the last year, in one statement for all that are asked for.

A year bounds what is read; what came of earlier visits is told by the funnel of their period.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.spread.referral_statistics import PERIOD_MOST
from models.spread.visit import TOUCHES
from store.database import among, fetch
from store.ids import as_id

_VISITS = """
SELECT v.code_id, COUNT(*) AS visits, SUM(CASE WHEN v.counts THEN 1 ELSE 0 END) AS counted,
    COUNT(DISTINCT v.visitor_no) AS visitors
FROM visit v WHERE {among} AND v.visited_at >= $2 AND {touches} GROUP BY v.code_id
"""
_FIGURES = """
SELECT c.id, COALESCE(n.visits, 0) AS visits, COALESCE(n.visitors, 0) AS visitors, COALESCE(n.counted, 0) AS counted,
    (SELECT COUNT(*) FROM arrival a JOIN member m ON m.id = a.member_id
        WHERE a.last_code_id = c.id AND a.last_at >= $2 AND NOT m.is_staff AND NOT m.is_returning) AS registered
FROM scene_code c LEFT JOIN ({visits}) n ON n.code_id = c.id WHERE {among}
"""


@dataclass(frozen=True)
class CodeFigures:
    """Visits by a code, by how many, how many of them count, and who registered with it as its last touch."""

    visits: int
    visitors: int
    counted: int
    registered: int


async def figures_of(code_ids: Sequence[UUID], *, at: datetime) -> list[CodeFigures]:
    """The figures of codes, in their order."""
    visits = _VISITS.format(among=among("v.code_id", 1, "uuid"), touches=TOUCHES.format(row="v"))
    sql = _FIGURES.format(visits=visits, among=among("c.id", 1, "uuid"))
    rows = {as_id(row["id"]): row for row in await fetch(sql, list(code_ids), at - PERIOD_MOST)}
    return [
        CodeFigures(**{name: int(rows[one][name]) for name in CodeFigures.__dataclass_fields__}) for one in code_ids
    ]
