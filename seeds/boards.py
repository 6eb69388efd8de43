"""The boards of what was planted, filled at the end by one rebuild."""

from datetime import datetime

import structlog

from models.insight.board_rebuild import RebuildInterrupted, rebuild
from store.outbox import settle
from store.redis import RedisUnavailable

_log = structlog.get_logger("seeds")


async def fill_boards(*, at: datetime) -> None:
    """Build the boards; without a Redis they are read from SQL until the jobs build them."""
    try:
        await rebuild(at=at)
    except (RedisUnavailable, RebuildInterrupted) as error:
        _log.warning("boards not filled", error=repr(error))
    await settle()
