"""Handing in: an attempt is closed once, marked by its keys, and paid, in one transaction.

Whoever comes second finds it handed in, and is answered the same. An attempt whose time ran out is closed by a job, or
by the member's own next step if that is sooner, as of its deadline: with what was saved in time, or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.learning.grading import mark_by_key, settle
from models.learning.question_standing import QuestionStanding
from models.learning.quiz_answer import Given, QuizAnswer
from models.learning.quiz_attempt import AttemptOver, AttemptState, QuizAttempt
from models.learning.quiz_regrade import QuizRegrade
from models.learning.quiz_terms import Overdue
from models.learning.quiz_version import QuizVersion
from models.members.member import Member, MemberErased
from models.one_by_one import OneByOne
from store.database import transaction

GRACE = timedelta(seconds=10)
"""How long after a deadline the job waits for requests that came before it: none takes that long."""
AT_ONCE = 100


@dataclass(frozen=True)
class HandedIn:
    """The attempt as it was left, its member, and whether it had been handed in before."""

    attempt: QuizAttempt
    member: Member
    is_replay: bool = False


async def hand_in(member_id: UUID, attempt_id: UUID, given: Sequence[Given] = (), *, at: datetime) -> HandedIn:
    """Hand an attempt in, with the last answers; grade it, or leave it to the markers.

    After the deadline `given` comes too late: the attempt is closed as its quiz says. Raises `AttemptOver` for one that
    was abandoned, `Invalid`, `MemberNotActive`, `NotFound`.
    """
    async with transaction():
        member = Member.from_row(await Member.touch(member_id, at=at))
        attempt = await QuizAttempt.held(attempt_id, member_id)
        if attempt.is_handed_in:
            return HandedIn(attempt, member, is_replay=True)
        if attempt.state is AttemptState.ABANDONED:
            raise AttemptOver()
        if attempt.is_overdue(at=at):
            await end_overdue(attempt, at=at)
        else:
            await _close(attempt, given, submitted_at=at, at=at)
    return HandedIn(attempt, member)


async def end_overdue(attempt: QuizAttempt, *, at: datetime) -> None:
    """Close an open attempt whose time is over; the caller holds the member's row and the attempt."""
    if attempt.overdue is Overdue.ABANDON or attempt.deadline_at is None:
        await abandon(attempt)
        return
    attempt.was_overdue = True
    await _close(attempt, (), submitted_at=attempt.deadline_at, at=at)


async def abandon(attempt: QuizAttempt) -> None:
    """End an attempt for nothing; it counts as one."""
    attempt.state, attempt.was_overdue = AttemptState.ABANDONED, True
    await attempt.save(update_fields=["state", "was_overdue"])


async def end_due(*, at: datetime) -> int:
    """Close the attempts whose time has been over for a moment; returns how many."""
    ended, run = 0, OneByOne("end attempt")
    due = QuizAttempt.filter(state=AttemptState.OPEN, deadline_at__lte=at - GRACE).order_by("deadline_at", "id")
    while attempts := await due.exclude(id__in=run.failed).limit(AT_ONCE):
        for one in attempts:
            ended += bool(await run.do(one.id, _end_once(one, at=at)))
    return ended


async def _end_once(known: QuizAttempt, *, at: datetime) -> bool:
    async with transaction():
        is_there = await _held(known.member_id)
        attempt = await QuizAttempt.held(known.id, known.member_id)
        if not attempt.is_open:
            return False
        await (end_overdue(attempt, at=at) if is_there else abandon(attempt))
    return True


async def _held(member_id: UUID) -> bool:
    """Take the member's row; False for a member who was erased, whose attempts come to nothing."""
    try:
        await Member.hold(member_id)
    except MemberErased:
        return False
    return True


async def _close(attempt: QuizAttempt, given: Sequence[Given], *, submitted_at: datetime, at: datetime) -> None:
    terms = await QuizVersion.of(attempt.quiz_id, attempt.quiz_version)
    attempt.state, attempt.submitted_at = AttemptState.WAITING, submitted_at
    attempt.later_at = submitted_at + timedelta(minutes=terms.right_after_minutes)
    attempt.is_late = terms.closes_at is not None and submitted_at >= terms.closes_at
    answers = await QuizAnswer.filter(attempt_id=attempt.id).order_by("position")
    await QuizAnswer.take(answers, given, at=at)
    await mark_by_key(answers, keys=await QuizRegrade.keys_of(attempt.quiz_id), at=submitted_at)
    await QuizAnswer.write_all(answers)
    await QuestionStanding.note(answers, at=at)
    await settle(attempt, terms, answers, source=f"quiz_attempt:{attempt.id}", at=at)
