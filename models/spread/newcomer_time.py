"""More time for a newcomer who is known to be away: the leave that leaders and staff grant, with a reason."""

from datetime import date, datetime, timedelta
from uuid import UUID

from models.actor import Actor
from models.errors import Invalid, bounded_text
from models.spread.newcomer import Newcomer, NewcomerState
from models.spread.newcomer_silent import silent_newcomer
from models.staff.audit import REASON_MOST, columns_of
from store.database import transaction

LONGEST = timedelta(days=90)


async def give_newcomer_time(
    group_id: UUID, member_id: UUID, until: date, *, reason: str, actor: Actor, at: datetime
) -> Newcomer:
    """Let a newcomer's days end with the business day `until`, later than now; a mark that it bears is taken off.

    Raises what `silent_newcomer` does, and `Invalid`.
    """
    why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
    async with transaction():
        newcomer = await silent_newcomer(group_id, member_id, actor=actor, at=at)
        today = newcomer.rules.day_of(at)
        if not today <= until <= today + LONGEST:
            raise Invalid("until", zh="应为今天起 90 天之内", en="it must be within 90 days from today")
        if newcomer.state is NewcomerState.UNDERWAY and newcomer.rules.end_of(until) <= newcomer.due_at:
            raise Invalid("until", zh="应晚于现有期限", en="it must be later than its days end anyway")
        before = columns_of(newcomer, "state", "due_at")
        await newcomer.lift(actor, at=at)
        await newcomer.postpone(until, actor, days=0, at=at, reason=why)
        after = columns_of(newcomer, "state", "due_at")
        await actor.audit("give_newcomer_time", newcomer, before=before, after=after, reason=why, at=at)
    return newcomer
