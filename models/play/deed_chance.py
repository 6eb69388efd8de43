"""Chances for deeds: what a member did gives what the rules of draws say, in the transaction in which it is told.

A check-in is none of them: it is looked up when the member comes to draw, so that it costs nothing more.
"""

from models.play.draw_chance import DrawChance
from models.play.draw_terms import ChanceSource
from models.points.behaviour import Behaviour
from models.points.deed import Deed, answers_deeds, withdraws_deeds

SOURCES = {
    Behaviour.TASK_DONE: ChanceSource.TASK,
    Behaviour.QUIZ_PASSED: ChanceSource.QUIZ,
    Behaviour.EVENT_ATTENDED: ChanceSource.EVENT,
    Behaviour.INVITE_REGISTERED: ChanceSource.INVITE,
    Behaviour.INVITE_INTRODUCED: ChanceSource.INVITE,
    Behaviour.INVITE_FIRST_CHECK_IN: ChanceSource.INVITE,
    Behaviour.INVITE_FIRST_PURCHASE: ChanceSource.INVITE,
}
"""Which rule answers a deed. All stages of an invitation have one cause: somebody who was invited gives once."""


@answers_deeds
async def give_for(deed: Deed) -> None:
    """Give what every draw that is going on promises for a deed; nothing where none does."""
    if source := SOURCES.get(deed.behaviour):
        await DrawChance.give_by_rules(deed.member_id, source, deed.source, at=deed.at)


@withdraws_deeds
async def take_for(deed: Deed) -> None:
    """Take back the chances that a deed gave and that were not used; what was drawn with the others stays."""
    if source := SOURCES.get(deed.behaviour):
        await DrawChance.filter(member_id=deed.member_id, source=source, cause=deed.source, used=0).delete()
