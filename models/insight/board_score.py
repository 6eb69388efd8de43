"""How a member's score is written in Redis.

The score of a sorted set is a double, exact for whole numbers up to 2⁵³, so it holds the figure alone. Who was first
among equals stands in the member's name: sorted sets order equal scores by the bytes of their names, and boards are
read from the back, so the name holds the instant and the id counted down. A later instant and a greater id thus sort
before an earlier and a smaller one, and reading backwards gives who was first.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INSTANT_DIGITS = 13
_LAST_INSTANT: int = 16**_INSTANT_DIGITS - 1  # microseconds; in the year 2112
_LAST_ID = 2**128 - 1


class Score(NamedTuple):
    """What a member has, more than nothing, and since when."""

    value: int
    reached_at: datetime


def id_to_text(member_id: UUID) -> str:
    """The member's id counted down, 32 hexadecimal digits."""
    return f"{_LAST_ID - member_id.int:032x}"


@lru_cache(maxsize=5_000)
def id_from_text(text: str) -> UUID:
    return UUID(int=_LAST_ID - int(text, 16))


def instant_to_text(at: datetime) -> str:
    """The instant counted down in microseconds, 13 hexadecimal digits."""
    passed = at - _EPOCH
    return f"{_LAST_INSTANT - (passed.days * 86_400 + passed.seconds) * 1_000_000 - passed.microseconds:013x}"


def instant_from_text(text: str) -> datetime:
    return _EPOCH + (_LAST_INSTANT - int(text, 16)) * _MICROSECOND


def name_of(member_id: UUID, score: Score) -> str:
    """The member's name in the order of a period."""
    return instant_to_text(score.reached_at) + id_to_text(member_id)


def score_of(name: str, value: int) -> Score:
    return Score(value, instant_from_text(name[:_INSTANT_DIGITS]))


def member_in(name: str) -> UUID:
    return id_from_text(name[_INSTANT_DIGITS:])


def held_scores(entry: str) -> dict[str, Score]:
    """What a member's entry says (see `board_script`), by the names of the periods."""
    scores = {}
    for part in entry.split(" ")[2:]:
        period, _, held = part.partition("=")
        value, _, instant = held.partition(":")
        scores[period] = Score(int(value), instant_from_text(instant))
    return scores
