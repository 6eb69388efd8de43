"""Whom to mention to a newcomer: members of the group who like what it likes, the most alike first.

Each interest that two archives share counts two, each public tag that both bear counts one; of equal ones whoever was
here last goes first. One statement decides, over the members of one group. Left out is whoever may not speak, does not
take part, or does not want to be suggested.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from models.errors import within
from store.database import dialect, fetch
from store.ids import as_id

SUGGESTED_MOST = 20

_EACH = {"postgres": "jsonb_array_elements_text({0}.interests) AS {1}(value)", "sqlite": "json_each({0}.interests) {1}"}
_INTERESTS = "(SELECT COUNT(DISTINCT lower(a.value)) FROM {mine}, {theirs} WHERE lower(a.value) = lower(b.value))"
_TAGS = (
    "(SELECT COUNT(*) FROM member_tag x JOIN member_tag y ON y.tag_id = x.tag_id AND y.member_id = t.id "
    "JOIN tag g ON g.id = x.tag_id AND g.is_public AND g.archived_at IS NULL WHERE x.member_id = m.id "
    "AND (x.expires_at IS NULL OR x.expires_at > $3) AND (y.expires_at IS NULL OR y.expires_at > $3))"
)
_SUGGESTED = """
SELECT id, theirs, mine, interests_shared, tags_shared FROM (
    SELECT m.id, m.last_active_at, m.interests AS theirs, t.interests AS mine,
        {interests} AS interests_shared, {tags} AS tags_shared
    FROM membership s JOIN member m ON m.id = s.member_id JOIN member t ON t.id = $2
    WHERE s.group_id = $1 AND m.id <> t.id AND m.status = 'normal'
        AND NOT EXISTS (SELECT 1 FROM mention_opt_out o WHERE o.member_id = m.id)
        AND (s.muted_until IS NULL OR s.muted_until <= $3)
) alike WHERE interests_shared + tags_shared > 0
ORDER BY 2 * interests_shared + tags_shared DESC, COALESCE(last_active_at, $4) DESC, id LIMIT $5
"""


@dataclass(frozen=True)
class Suggestion:
    """A member to mention: how alike, and in what."""

    member_id: UUID
    score: int
    interests: Sequence[str]
    tags_shared: int


async def mention_suggestions(group_id: UUID, member_id: UUID, *, most: int, at: datetime) -> list[Suggestion]:
    """Members of a group to mention to one of them, at most so many. Raises `Invalid` for more than 20."""
    within("most", most, 1, SUGGESTED_MOST)
    each = _EACH[dialect()]
    interests = _INTERESTS.format(mine=each.format("t", "a"), theirs=each.format("m", "b"))
    long_ago = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    sql = _SUGGESTED.format(interests=interests, tags=_TAGS)
    rows = await fetch(sql, group_id, member_id, at, long_ago, most)
    return [
        Suggestion(
            member_id=as_id(row["id"]),
            score=2 * int(row["interests_shared"]) + int(row["tags_shared"]),
            interests=_shared(row["mine"], row["theirs"]),
            tags_shared=int(row["tags_shared"]),
        )
        for row in rows
    ]


def _shared(mine: str, theirs: str) -> list[str]:
    """The interests of the newcomer that the other one has too, as the newcomer writes them."""
    known = {one.lower() for one in _texts(theirs)}
    return [one for one in _texts(mine) if one.lower() in known]


def _texts(stored: str | list[str]) -> list[str]:
    """A JSON list as the driver has it: text, or read already."""
    found: list[str] = orjson.loads(stored) if isinstance(stored, str) else stored
    return found
