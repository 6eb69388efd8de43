"""The board of a group: its few members looked up on the board of everybody, and ranked here.

So a group costs no keys and no writes. Where Redis does not know, the same figures are read from SQL, which is cheap
for so few.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from models.insight.board import Board
from models.insight.board_entry import BoardEntry, BoardPage, ranked
from models.insight.board_period import Period
from models.insight.board_reading import read_members
from models.insight.board_score import Score, held_scores, id_to_text
from store.database import fetch
from store.redis import RedisUnavailable, redis

Scores = Mapping[UUID, Score]


async def rank_group(board: Board, period: Period, previous: Period | None, *, at: datetime) -> BoardPage:
    """All places of a group's board, with the ranks of `previous` beside them."""
    rows = await fetch("SELECT member_id FROM membership WHERE group_id = $1", board.scope_id)
    member_ids = [UUID(str(row["member_id"])) for row in rows]
    names = [one.name for one in (period, previous) if one]
    try:
        found = await _from_redis(board, member_ids, names)
    except RedisUnavailable:
        found = None
    scores, changed_at = found or (await _from_database(board, member_ids, [period, previous], at), at)
    entries = ranked(scores[0], scores[1] if previous else {})
    return BoardPage(entries, len(entries), changed_at)


def cut(page: BoardPage, first: int, last: int, around: UUID | None) -> BoardPage:
    """The entries between two places, which count from 0, from the end where negative, or around a member's."""
    entries: Sequence[BoardEntry] = page.entries
    if around is not None:
        place = next((entry.rank - 1 for entry in entries if entry.member_id == around), None)
        if place is None:
            return BoardPage([], page.size, page.changed_at)
        first, last = max(place + first, 0), place + last
    elif first < 0:
        first, last = max(page.size + first, 0), page.size + last
    return BoardPage(entries[first : last + 1], page.size, page.changed_at)


async def _from_redis(
    board: Board, member_ids: Sequence[UUID], names: Sequence[str]
) -> tuple[list[Scores], datetime | None] | None:
    """The scores by period, and when the board of everybody last changed; nothing where it is not complete."""
    keys = board.keys
    about, *states = await redis().batch(
        lambda pipeline: (
            pipeline.hmget(keys.about, ["built", "changed"]),
            pipeline.hmget(keys.state, [id_to_text(one) for one in member_ids]) if member_ids else None,
        )
    )
    if about[0] is None:
        return None
    entries = zip(member_ids, states[0] if states else [], strict=True)
    held = {member_id: held_scores(entry) for member_id, entry in entries if entry}
    by_period: list[Scores] = [{one: scores[name] for one, scores in held.items() if name in scores} for name in names]
    return by_period, datetime.fromtimestamp(int(about[1]), UTC)


async def _from_database(
    board: Board, member_ids: Sequence[UUID], periods: Sequence[Period | None], at: datetime
) -> list[Scores]:
    wanted = [period for period in periods if period]
    readings = await read_members(member_ids, wanted, at=at)
    by_period: list[Scores] = []
    for period in wanted:
        scores = ((one.member_id, one.score(board.metric, period)) for one in readings)
        by_period.append({member_id: score for member_id, score in scores if score})
    return by_period
