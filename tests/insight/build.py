"""Small builders around boards."""

from datetime import datetime, timedelta

from models.checkins.check_in import CheckIn
from models.checkins.plan import CheckInPlan
from models.insight.board import Board, Metric
from models.insight.board_period import Window
from models.insight.board_ranking import LiveBoard
from models.members.member import Member
from store.redis import open_redis, redis
from tests.conftest import NOON

POINTS = Board(Metric.POINTS)
CHECK_INS = Board(Metric.CHECK_INS)
STREAK = Board(Metric.STREAK)
INVITES = Board(Metric.INVITES)


async def use_redis(url: str) -> None:
    """Go over to the Redis at `url`, so that at every moment some Redis is open."""
    former = redis()
    open_redis(url)
    await former.close()


async def check_in(member: Member, plan: CheckInPlan, *, at: datetime = NOON, days: int = 1) -> list[CheckIn]:
    """Check-ins on `days` days running, the last one at `at`."""
    return [await CheckIn.record(member.id, plan, at=at - timedelta(days=back)) for back in reversed(range(days))]


async def places(board: Board, window: Window = Window.ALL, *, at: datetime = NOON) -> list[tuple[int, str, int]]:
    """The board as (rank, nickname, score)."""
    page = await LiveBoard.of(board, window, at=at).page(first=100)
    members = {member.id: member for member in await Member.filter(id__in=[one.member_id for one in page.entries])}
    return [(one.rank, members[one.member_id].nickname, one.score) for one in page.entries]
