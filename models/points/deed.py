"""Deeds: what a member did, told to every area that answers it with something beside points.

The table is a seam. Whoever tells of a deed pays an earning for it, and no area has to know who else answers: an area
that gives something for deeds registers how, and whatever is paid from then on, also by areas that come later, is told
to it in the same transaction.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.points.behaviour import Behaviour


@dataclass(frozen=True)
class Deed:
    """`source` is the cause, such as `quiz:<id>`: told again it is the same deed."""

    member_id: UUID
    behaviour: Behaviour
    source: str
    at: datetime


Answer = Callable[[Deed], Awaitable[None]]
"""It runs with the member's row held and before other rows are taken; it may be told of a deed more than once."""

_answers: list[Answer] = []
_withdrawals: list[Answer] = []


def answers_deeds(answer: Answer) -> Answer:
    """Have deeds told to a function from now on."""
    _answers.append(answer)
    return answer


def withdraws_deeds(withdrawal: Answer) -> Answer:
    """Have a function hear of deeds that were taken back, to take back what was given for them and is there yet."""
    _withdrawals.append(withdrawal)
    return withdrawal


async def tell(deed: Deed) -> None:
    for answer in _answers:
        await answer(deed)


async def withdraw(deed: Deed) -> None:
    """Say that a deed does not stand; the caller's transaction holds the member's row."""
    for withdrawal in _withdrawals:
        await withdrawal(deed)
