"""Calling a challenge off: one after the other its squads end, and everybody has the stake back.

What had come to an end before it was called off stays as it ended. A job goes on, also after a crash, until the last
squad and the last who waits have been told.
"""

from datetime import datetime
from uuid import UUID

from models.checkins.squad import Squad
from models.checkins.squad_challenge import ChallengeStatus, SquadChallenge
from models.checkins.squad_forming import caught_up, form_due, let_go
from models.checkins.squad_notice import SquadNotice, SquadNoticeKind
from models.checkins.squad_place import SquadPlace, SquadPlaceState
from models.checkins.squad_settlement import held_and_settled, settle_due
from models.checkins.squad_tally import SquadState
from models.one_by_one import OneByOne
from store.database import transaction

AT_ONCE = 100
ENDED_AT_ONCE = 100
_OPEN = (SquadState.FORMING, SquadState.RUNNING)
_STAKED = (SquadPlaceState.JOINED, SquadPlaceState.QUIT, SquadPlaceState.OUT)


async def cancel_squad(squad_id: UUID, *, at: datetime) -> bool:
    """End a squad of a cancelled challenge; False where it was over by the cancellation, or was ended before."""
    await caught_up(squad_id, at=at)
    async with transaction():
        squad, challenge = await held_and_settled(squad_id, at=at)
        if squad.state not in _OPEN:
            return False
        ended_at = challenge.as_until(at)
        for place in await SquadPlace.of_squad(squad_id):
            if place.state in _STAKED:
                await place.give_back(at=at)
            if place.is_joined:
                await place.end(SquadPlaceState.CANCELLED, at=ended_at)
                kind = SquadNoticeKind.CANCELLED
                await SquadNotice.tell([place.member_id], kind, challenge_id=challenge.id, squad_id=squad_id, at=at)
        squad.state, squad.ended_at, squad.due_at = SquadState.CANCELLED, ended_at, None
        await squad.save(update_fields=["state", "ended_at", "due_at"])
    return True


async def unwind_due(*, at: datetime) -> int:
    """End the squads of cancelled challenges; returns how many squads and places."""
    done, run = 0, OneByOne("unwind squad challenge")
    for challenge in await SquadChallenge.filter(status=ChallengeStatus.CANCELLED, unwound_at__isnull=True):
        squads = Squad.filter(challenge_id=challenge.id, state__in=_OPEN).order_by("id")
        while some := await squads.exclude(id__in=run.failed).limit(AT_ONCE):
            for squad in some:
                done += bool(await run.do(squad.id, cancel_squad(squad.id, at=at)))
        waiting = SquadPlace.filter(challenge_id=challenge.id, state=SquadPlaceState.WAITING).order_by("id")
        while places := await waiting.exclude(id__in=run.failed).limit(AT_ONCE):
            for place in places:
                done += bool(await run.do(place.id, let_go(place.id, SquadPlaceState.CANCELLED, at=at)))
        if not await squads.exists() and not await waiting.exists():
            await SquadChallenge.filter(id=challenge.id, unwound_at__isnull=True).update(unwound_at=at)
    return done


async def end_due(*, at: datetime) -> int:
    """End challenges whose last day is over and settled for every squad; returns how many."""
    ended = 0
    over = SquadChallenge.filter(status=ChallengeStatus.PUBLISHED, ends_at__lte=at, matched_at__isnull=False)
    for challenge in await over.order_by("ends_at", "id").limit(ENDED_AT_ONCE):
        is_open = await Squad.filter(challenge_id=challenge.id, state__in=_OPEN).exists()
        waits = await SquadPlace.filter(challenge_id=challenge.id, state=SquadPlaceState.WAITING).exists()
        if not is_open and not waits:
            still = SquadChallenge.filter(id=challenge.id, status=ChallengeStatus.PUBLISHED)
            ended += await still.update(status=ChallengeStatus.ENDED, closed_at=challenge.ends_at)
    return ended


async def move_squads_on(*, at: datetime) -> int:
    """Do all that is due for squads by `at`, in its order; returns how much."""
    formed = await form_due(at=at)
    return formed + await settle_due(at=at) + await unwind_due(at=at) + await end_due(at=at)
