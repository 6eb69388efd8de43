"""An attempt: begun once, gone on with, saved, handed in once; the clock, the paper, what stands against it."""

import asyncio
from datetime import timedelta

import pytest

from models.idempotency import Once
from models.learning.handing_in import GRACE, end_due, hand_in
from models.learning.quiz import QuizClosed, QuizNotOpen
from models.learning.quiz_answer import Given, QuizAnswer
from models.learning.quiz_attempt import AttemptOver, AttemptState, QuizAttempt
from models.learning.quiz_eligibility import QuizAttemptsUsed, QuizTooSoon, quiz_eligibility
from models.learning.quiz_standing import QuizStanding
from models.learning.quiz_terms import Keeps, Overdue, Pays
from models.learning.quiz_version import close_quiz
from models.learning.response import Response
from models.learning.starting import QuizPasswordWrong, begin_attempt
from models.members.audience import Audience, NewMembersOnly
from models.members.member import MemberNotActive, MemberStatus
from models.points.behaviour import Behaviour
from models.points.earn_rule import EarnRule
from models.points.earn_terms import EarnTerms
from models.points.earning import Earning
from models.points.entry import PointEntry
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON
from tests.learning.quizzes import (
    DAY,
    MINUTE,
    STAFF,
    a_quiz,
    answers_of,
    begun,
    handed_in,
    points_of,
    right,
    told,
    wrong,
)

pytestmark = pytest.mark.usefixtures("database")

TICK = timedelta(microseconds=1)


async def test_an_attempt_goes_from_its_questions_to_its_score() -> None:
    member, quiz = await a_member(), await a_quiz()
    attempt = await begun(member, quiz)
    await QuizAnswer.save_all(member.id, attempt.id, await wrong(attempt, 1), at=NOON)

    done = await hand_in(member.id, attempt.id, await right(attempt, 2), at=NOON + MINUTE)

    found = await QuizAttempt.get(id=attempt.id)
    assert not done.is_replay
    assert (found.state, found.points, found.points_most, found.score) == (AttemptState.GRADED, 100, 200, 5_000)
    assert (found.is_passed, found.submitted_at, found.number) == (False, NOON + MINUTE, 1)
    assert [(one.points, one.is_right) for one in await answers_of(attempt)] == [(0, False), (100, True)]


async def test_to_begin_again_is_to_go_on_with_what_was_saved() -> None:
    member, quiz = await a_member(), await a_quiz(minutes=30)
    first = await begin_attempt(member.id, quiz.id, at=NOON)
    [given] = await right(first.attempt, 1)
    await QuizAnswer.save_all(member.id, first.attempt.id, [given], at=NOON + MINUTE)

    again = await begin_attempt(member.id, quiz.id, at=NOON + 10 * MINUTE)

    assert (first.is_resumed, again.is_resumed, again.attempt.id) == (False, True, first.attempt.id)
    assert again.attempt.seconds_left(at=NOON + 10 * MINUTE) == 1_200
    assert told((await answers_of(first.attempt))[0].given) == {"options": ["d"]}
    assert await QuizAttempt.all().count() == 1


async def test_a_key_begins_once_even_when_the_attempt_is_over_meanwhile() -> None:
    member, quiz = await a_member(), await a_quiz()
    once = Once.of(f"member:{member.id}", "BeginQuiz", "key-00000001", {"quiz": str(quiz.id)})
    first = await begin_attempt(member.id, quiz.id, at=NOON, once=once)
    await hand_in(member.id, first.attempt.id, at=NOON)

    again = await begin_attempt(member.id, quiz.id, at=NOON, once=once)

    assert (again.attempt.id, once.replayed) == (first.attempt.id, True)
    assert await QuizAttempt.all().count() == 1


async def test_fifty_who_begin_at_one_instant_have_one_attempt() -> None:
    member, quiz = await a_member(), await a_quiz()

    found = await asyncio.gather(*(begin_attempt(member.id, quiz.id, at=NOON) for _ in range(50)))

    assert len({one.attempt.id for one in found}) == 1
    assert sum(not one.is_resumed for one in found) == 1
    assert (await QuizAttempt.all().count(), await QuizAnswer.all().count()) == (1, 2)


async def test_the_higher_number_of_the_client_stands_in_whatever_order_it_comes() -> None:
    member, quiz = await a_member(), await a_quiz()
    attempt = await begun(member, quiz)
    [late], [early] = await right(attempt, 1, sequence=7), await wrong(attempt, 1, sequence=3)

    for one in (late, early, late):
        await QuizAnswer.save_all(member.id, attempt.id, [one], at=NOON)

    row = (await answers_of(attempt))[0]
    assert (row.sequence, told(row.given)) == (7, {"options": ["d"]})
    await QuizAnswer.save_all(member.id, attempt.id, [Given(1, None, 8)], at=NOON)
    assert (await answers_of(attempt))[0].response is None


async def test_what_answers_nothing_is_refused_and_not_kept() -> None:
    from models.errors import Invalid

    member, quiz = await a_member(), await a_quiz()
    attempt = await begun(member, quiz)
    for given in (
        Given(1, Response(options=("d",)), 1),  # the bank's name of an option, which no member knows
        Given(1, Response(options=("9",)), 1),
        Given(1, Response(options=("1", "2")), 1),
        Given(1, Response(truth=True), 1),
        Given(3, Response(options=("1",)), 1),
        Given(1, Response(options=("1",)), 0),
    ):
        with pytest.raises(Invalid):
            await QuizAnswer.save_all(member.id, attempt.id, [given], at=NOON)

    assert [one.response for one in await answers_of(attempt)] == [None, None]


async def test_fifty_hand_in_at_one_instant_and_one_attempt_is_graded_and_paid() -> None:
    await EarnRule.put(Behaviour.QUIZ_PASSED, EarnTerms(20), at=LONG_AGO)
    member, quiz = await a_member(), await a_quiz()
    attempt = await begun(member, quiz)
    given = await right(attempt)

    done = await asyncio.gather(*(hand_in(member.id, attempt.id, given, at=NOON) for _ in range(50)))

    assert sum(not one.is_replay for one in done) == 1
    assert {(one.attempt.state, one.attempt.points, one.attempt.score) for one in done} == {
        (AttemptState.GRADED, 200, 10_000)
    }
    assert await points_of(member) == 20
    assert await Earning.filter(source=f"quiz:{quiz.id}").count() == 1
    assert (await QuizStanding.get()).graded == 1


async def test_no_answer_is_acknowledged_and_lost_beside_the_handing_in() -> None:
    member, quiz = await a_member(), await a_quiz()
    attempt = await begun(member, quiz)
    given = await right(attempt, 1)

    saved, _ = await asyncio.gather(
        QuizAnswer.save_all(member.id, attempt.id, given, at=NOON),
        hand_in(member.id, attempt.id, at=NOON),
        return_exceptions=True,
    )

    found = await QuizAttempt.get(id=attempt.id)
    assert found.points == (0 if isinstance(saved, AttemptOver) else 100)


async def test_the_deadline_is_the_first_instant_that_is_too_late() -> None:
    quiz = await a_quiz(minutes=30)
    deadline = NOON + 30 * MINUTE
    for at, expected in ((deadline - TICK, (200, False, deadline - TICK)), (deadline, (0, True, deadline))):
        member = await a_member()
        attempt = await begun(member, quiz)
        await hand_in(member.id, attempt.id, await right(attempt), at=at)
        found = await QuizAttempt.get(id=attempt.id)
        assert (found.points, found.was_overdue, found.submitted_at) == expected

    member = await a_member()
    attempt = await begun(member, quiz)
    await QuizAnswer.save_all(member.id, attempt.id, await right(attempt, 1), at=deadline - TICK)
    with pytest.raises(AttemptOver):
        await QuizAnswer.save_all(member.id, attempt.id, await right(attempt, 2), at=deadline)
    assert [one.response is None for one in await answers_of(attempt)] == [False, True]


@pytest.mark.parametrize(
    ("overdue", "state", "points", "submitted"),
    [
        (Overdue.SUBMIT, AttemptState.GRADED, 100, NOON + 30 * MINUTE),
        (Overdue.ABANDON, AttemptState.ABANDONED, None, None),
    ],
)
async def test_the_clock_ends_what_nobody_hands_in(
    overdue: Overdue, state: AttemptState, points: int | None, submitted: object
) -> None:
    member, quiz = await a_member(), await a_quiz(minutes=30, overdue=overdue)
    attempt = await begun(member, quiz)
    await QuizAnswer.save_all(member.id, attempt.id, await right(attempt, 1), at=NOON)

    early = await end_due(at=NOON + 30 * MINUTE + GRACE - TICK)
    ended = [await end_due(at=NOON + 30 * MINUTE + GRACE) for _ in range(2)]

    found = await QuizAttempt.get(id=attempt.id)
    assert (early, ended) == (0, [1, 0])
    assert (found.state, found.points, found.submitted_at, found.was_overdue) == (state, points, submitted, True)


async def test_an_overdue_attempt_is_not_in_the_way_of_the_next() -> None:
    member, quiz = await a_member(), await a_quiz(minutes=30)
    first = await begun(member, quiz)

    second = await begun(member, quiz, at=NOON + DAY)

    assert (second.number, second.is_open) == (2, True)
    assert (await QuizAttempt.get(id=first.id)).state is AttemptState.GRADED


async def test_an_abandoned_attempt_is_not_handed_in() -> None:
    member, quiz = await a_member(), await a_quiz(minutes=30, overdue=Overdue.ABANDON)
    attempt = await begun(member, quiz)
    late = await hand_in(member.id, attempt.id, await right(attempt), at=NOON + DAY)

    assert late.attempt.state is AttemptState.ABANDONED
    with pytest.raises(AttemptOver):
        await hand_in(member.id, attempt.id, at=NOON + DAY)
    assert await QuizStanding.all().count() == 0


async def test_everything_that_stands_against_an_attempt_is_told() -> None:
    opens, closes = NOON + DAY, NOON + 2 * DAY
    member = await a_member()
    quiz = await a_quiz(opens_at=opens, closes_at=closes, audience=Audience(new_within_days=3))

    before = (await quiz_eligibility(member.id, quiz.id, at=NOON)).eligibility
    after = (await quiz_eligibility(member.id, quiz.id, at=closes)).eligibility

    assert [type(one) for one in before.refusals] == [QuizNotOpen, NewMembersOnly]
    assert before.refusals[0].retry_at == opens
    assert [type(one) for one in after.refusals] == [QuizClosed, NewMembersOnly]
    with pytest.raises(QuizNotOpen):
        await begin_attempt(member.id, quiz.id, at=opens - TICK)
    assert await QuizAttempt.all().count() == 0


async def test_attempts_are_counted_and_lie_apart() -> None:
    member, quiz = await a_member(), await a_quiz(attempts_most=2, gap_minutes=60)
    await handed_in(member, quiz)

    soon = await quiz_eligibility(member.id, quiz.id, at=NOON + 59 * MINUTE)
    with pytest.raises(QuizTooSoon):
        await begin_attempt(member.id, quiz.id, at=NOON + 59 * MINUTE)
    await handed_in(member, quiz, at=NOON + 60 * MINUTE)
    with pytest.raises(QuizAttemptsUsed):
        await begin_attempt(member.id, quiz.id, at=NOON + DAY)

    assert (soon.eligibility.next_at, soon.attempts_used, soon.attempts_left) == (NOON + 60 * MINUTE, 1, 1)
    assert await QuizAttempt.all().count() == 2


async def test_who_takes_no_part_begins_saves_and_hands_in_nothing() -> None:
    member, quiz = await a_member(), await a_quiz()
    attempt = await begun(member, quiz)
    given = await right(attempt)
    await member.update_from_dict({"status": MemberStatus.FROZEN}).save(update_fields=["status"])

    for act in (
        begin_attempt(member.id, (await a_quiz()).id, at=NOON),
        QuizAnswer.save_all(member.id, attempt.id, given, at=NOON),
        hand_in(member.id, attempt.id, given, at=NOON),
    ):
        with pytest.raises(MemberNotActive):
            await act

    assert [one.response for one in await answers_of(attempt)] == [None, None]
    assert (await QuizAttempt.get()).state is AttemptState.OPEN


async def test_a_password_opens_the_quiz_and_is_said_once() -> None:
    member, quiz = await a_member(), await a_quiz(password="龙井 2026")
    with pytest.raises(QuizPasswordWrong):
        await begin_attempt(member.id, quiz.id, at=NOON, password="碧螺春")
    assert await QuizAttempt.all().count() == 0

    begun_one = await begin_attempt(member.id, quiz.id, at=NOON, password="龙井2026")
    resumed = await begin_attempt(member.id, quiz.id, at=NOON)

    assert resumed.attempt.id == begun_one.attempt.id


async def test_to_close_a_quiz_ends_what_is_under_way() -> None:
    member, quiz = await a_member(), await a_quiz()
    attempt = await begun(member, quiz)
    await QuizAnswer.save_all(member.id, attempt.id, await right(attempt, 1), at=NOON)

    await close_quiz(quiz.id, reason="题目有误", staff_id=STAFF, at=NOON + MINUTE)

    with pytest.raises(AttemptOver):
        await QuizAnswer.save_all(member.id, attempt.id, await right(attempt, 2), at=NOON + MINUTE)
    with pytest.raises(QuizClosed):
        await begin_attempt((await a_member()).id, quiz.id, at=NOON + MINUTE)
    assert await end_due(at=NOON + 2 * MINUTE) == 1
    assert ((await QuizAttempt.get()).points, (await QuizAttempt.get()).submitted_at) == (100, NOON + MINUTE)


@pytest.mark.parametrize(
    ("keeps", "scores"),
    [
        (Keeps.BEST, (5_000, 10_000, 10_000)),
        (Keeps.FIRST, (5_000, 5_000, 5_000)),
        (Keeps.LAST, (5_000, 10_000, 0)),
        (Keeps.MEAN, (5_000, 7_500, 5_000)),
    ],
)
async def test_the_attempts_are_kept_as_the_quiz_says(keeps: Keeps, scores: tuple[int, ...]) -> None:
    member, quiz = await a_member(), await a_quiz(keeps=keeps)
    found = []
    for number, positions in enumerate(((1,), (1, 2), ())):
        await handed_in(member, quiz, *positions, at=NOON + number * MINUTE)
        found.append((await QuizStanding.get()).score)

    assert tuple(found) == scores
    assert (await QuizStanding.get()).best == 10_000


async def test_the_first_pass_is_paid_once_over_all_attempts() -> None:
    await EarnRule.put(Behaviour.QUIZ_PASSED, EarnTerms(20), at=LONG_AGO)
    member, quiz = await a_member(), await a_quiz()
    balances = []
    for number, positions in enumerate(((1,), (1, 2), (1, 2))):
        await handed_in(member, quiz, *positions, at=NOON + number * MINUTE)
        balances.append(await points_of(member))

    assert balances == [0, 20, 20]
    assert (await QuizStanding.get()).passed_at == NOON + MINUTE
    earning = await Earning.get(member_id=member.id)
    assert (earning.source, earning.facts, earning.target) == (f"quiz:{quiz.id}", {"score": 100}, f"quiz:{quiz.id}")


async def test_a_better_score_pays_the_difference_once() -> None:
    member, quiz = await a_member(), await a_quiz(pays=Pays.SCORE, score_points=50)
    balances = []
    for number, positions in enumerate(((1,), (), (1, 2), (1, 2))):
        await handed_in(member, quiz, *positions, at=NOON + number * MINUTE)
        balances.append(await points_of(member))

    assert balances == [25, 25, 50, 50]
    paid = await PointEntry.filter(member_id=member.id).order_by("id")
    assert [(one.reason, one.amount, one.rule_id, one.rule_version) for one in paid] == [
        ("quiz_score", 25, quiz.id, 1),
        ("quiz_score", 25, quiz.id, 1),
    ]


async def test_what_comes_late_counts_less() -> None:
    closes = NOON + 60 * MINUTE
    quiz = await a_quiz(closes_at=closes, late_minutes=60, late_percent=70, pays=Pays.SCORE, score_points=100)
    punctual, late = await a_member(), await a_member()

    await handed_in(punctual, quiz, 1, 2, at=closes - TICK)
    await handed_in(late, quiz, 1, 2, at=closes)

    assert [await points_of(one) for one in (punctual, late)] == [100, 70]
    attempt = await QuizAttempt.get(member_id=late.id)
    assert (attempt.is_late, attempt.points, attempt.score, attempt.deadline_at) == (
        True,
        200,
        7_000,
        closes + 60 * MINUTE,
    )
    with pytest.raises(QuizClosed):
        await begin_attempt((await a_member()).id, quiz.id, at=closes + 60 * MINUTE)


async def test_practice_pays_nothing() -> None:
    from models.learning.quiz_terms import QuizKind

    await EarnRule.put(Behaviour.QUIZ_PASSED, EarnTerms(20), at=LONG_AGO)
    member, quiz = await a_member(), await a_quiz(kind=QuizKind.PRACTICE, pays=Pays.NOTHING)
    await handed_in(member, quiz, 1, 2)

    assert (await points_of(member), await Earning.all().count()) == (0, 0)
    assert (await QuizStanding.get()).passed_at == NOON
