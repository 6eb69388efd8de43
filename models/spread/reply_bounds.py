"""How often one member may reply to newcomers and mention others to them: under one introduction, and in a day.

They are counted while the author's row is held, so nobody comes past them by sending many at once.
"""

from datetime import datetime
from uuid import UUID

from models.errors import DomainError
from models.spread.newcomer import Newcomer
from store.clock import day_start
from store.database import fetch

REPLIES_MOST = 20
"""Replies of one member under one introduction, those that were taken back among them."""
REPLIES_A_DAY = 100
MENTIONS_A_DAY = 100
_WRITTEN = (
    "SELECT (SELECT COUNT(*) FROM introduction_reply r WHERE r.author_id = $1 AND r.newcomer_id = $2) AS here, "
    "(SELECT COUNT(*) FROM introduction_reply r WHERE r.author_id = $1 AND r.created_at >= $3) AS replies, "
    "(SELECT COUNT(*) FROM introduction_reply r JOIN introduction_mention k ON k.reply_id = r.id "
    "WHERE r.author_id = $1 AND r.created_at >= $3) AS mentions"
)


class TooManyReplies(DomainError):
    code = "TOO_MANY_REPLIES"
    zh = "每篇自我介绍下最多回复 {most} 次"
    en = "At most {most} replies under one introduction."


class RepliesOfDayReached(DomainError):
    code = "REPLIES_OF_DAY_REACHED"
    zh = "今天的回复次数已达上限"
    en = "You have replied as often as you may today."


class MentionsOfDayReached(DomainError):
    code = "MENTIONS_OF_DAY_REACHED"
    zh = "今天的提及人数已达上限"
    en = "You have mentioned as many as you may today."
    field = "mentionIds"


async def demand_room(author_id: UUID, newcomer: Newcomer, mentions: int, *, at: datetime) -> None:
    """Raise `TooManyReplies`, or by the business day of the newcomer's group the bounds of a day."""
    rules = newcomer.rules
    today = rules.day_of(at)
    [row] = await fetch(_WRITTEN, author_id, newcomer.id, day_start(today, rules.zone, rules.day_start_hour))
    if row["here"] >= REPLIES_MOST:
        raise TooManyReplies(most=REPLIES_MOST)
    if row["replies"] >= REPLIES_A_DAY:
        raise RepliesOfDayReached(retry_at=rules.end_of(today))
    if mentions and row["mentions"] + mentions > MENTIONS_A_DAY:
        raise MentionsOfDayReached(retry_at=rules.end_of(today))
