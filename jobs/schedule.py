"""The schedule: what is run again and again, and how often.

Every process keeps the whole schedule, and a lease in SQL decides which of them runs a job; there is no broker, so the
jobs that mend Redis do not need Redis to be started. Each job may be run twice or late: all of them work off what is
due by now, also after hours of standing still.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from models.attempts import Attempts
from models.checkins.squad_unwinding import move_squads_on
from models.groups.join_request import JoinRequest
from models.idempotency import IdempotencyKey
from models.insight.board_lapse import lapse_streaks
from models.insight.board_rebuild import rebuild_missing
from models.insight.board_result import freeze_due
from models.job_lease import JobLease
from models.learning.camp_cancellation import unwind_cancelled
from models.learning.camp_notice import remind_due
from models.learning.camp_settlement import move_camps_on
from models.learning.completion import complete_by_quiz
from models.learning.course_called_off import call_courses_off
from models.learning.course_decision import CourseDecision
from models.learning.course_notice import CourseNotice
from models.learning.course_session import CourseSession
from models.learning.course_vacancy import fill_waiting
from models.learning.enrolling_by_staff import enrol_groups
from models.learning.enrollment_batch import work_batches_off
from models.learning.handing_in import end_due as end_due_attempts
from models.learning.question_import import QuestionImport
from models.learning.quiz_analysis import QuizAnalysis
from models.learning.quiz_notice import QuizNotice
from models.learning.quiz_regrade import work_off_regrades
from models.learning.quiz_series_week import make_due as make_due_quizzes
from models.mall.called_off_seat import refund_called_off_seats
from models.mall.moving_on import issue_waiting_codes, move_orders_on
from models.members.member_tag import MemberTag
from models.members.status_change import lift_ended_mutes
from models.play.draw_seed import reveal_due
from models.play.draw_version import end_due
from models.play.draw_void import unwind_due
from models.play.drawing import draw_due, lapse_claims
from models.play.red_packet import expire_packets
from models.play.red_packet_birthday import send_birthday_packets
from models.points.budget_balance import read_budgets
from models.points.budget_month import turn_months
from models.points.earn_cause import EarnCause
from models.points.earning import release_due
from models.points.expiry import expire_due
from models.points.expiry_notice import ExpiryNotice
from models.points.grant_row import pay_granted
from models.points.hold import PointHold
from models.points.level_upkeep import fit_members, lower_due
from models.spread.forward_ending import unwind_due as unwind_forward_tasks
from models.spread.forward_progress import end_due as end_forward_tasks
from models.spread.forward_progress import weigh_due
from models.spread.forward_proof import ForwardProof
from models.spread.forward_settlement import collect_owed as collect_owed_of_tasks
from models.spread.forward_settlement import lapse_proofs, settle_due
from models.spread.newcomer import settle_newcomers
from models.spread.poster import Poster
from models.spread.referral_reward import collect_owed
from models.spread.referral_team import fold_referrals
from models.spread.referral_watch import watch_referrals
from models.spread.sharing_look import look_at_rules
from models.spread.visit_forgetting import forget_visitors
from store.clock import Clock
from store.database import is_unavailable
from store.ids import new_id
from store.outbox import relay, settle
from store.redis import RedisUnavailable

STOP_SECONDS = 2.0

_log = structlog.get_logger("jobs")


@dataclass(frozen=True)
class Job:
    """`run(at=…)` works off what is due by then; `is_shared` jobs run in one process at a time."""

    name: str
    every: timedelta
    run: Callable[..., Awaitable[object]]
    is_shared: bool = True


async def _settle(*, at: datetime) -> int:
    return await settle()


SCHEDULE = (
    Job("settle outbox", timedelta(seconds=1), _settle, is_shared=False),
    Job("relay outbox", timedelta(seconds=3), relay),
    Job("lift ended mutes", timedelta(minutes=1), lift_ended_mutes),
    Job("expire join requests", timedelta(minutes=10), JoinRequest.expire),
    Job("release pending points", timedelta(minutes=1), release_due),
    Job("expire points", timedelta(minutes=1), expire_due),
    Job("release lapsed holds", timedelta(minutes=1), PointHold.release_lapsed),
    Job("tell of expiring points", timedelta(hours=1), ExpiryNotice.tell_due),
    Job("lower levels", timedelta(minutes=10), lower_due),
    Job("fit members to levels", timedelta(minutes=1), fit_members),
    Job("sweep expired tags", timedelta(minutes=10), MemberTag.sweep),
    Job("pay granted points", timedelta(seconds=5), pay_granted),
    Job("turn months of budgets", timedelta(minutes=1), turn_months),
    Job("read budgets", timedelta(minutes=10), read_budgets),
    Job("forget causes of earnings", timedelta(hours=1), EarnCause.forget_old),
    Job("move orders on", timedelta(seconds=15), move_orders_on),
    Job("issue waiting codes", timedelta(seconds=15), issue_waiting_codes),
    Job("expire red packets", timedelta(seconds=30), expire_packets),
    Job("send birthday packets", timedelta(minutes=5), send_birthday_packets),
    Job("end draws", timedelta(seconds=30), end_due),
    Job("hold drawings", timedelta(seconds=15), draw_due),
    Job("reveal seeds", timedelta(minutes=1), reveal_due),
    Job("take back unclaimed prizes", timedelta(minutes=5), lapse_claims),
    Job("unwind voided draws", timedelta(seconds=30), unwind_due),
    Job("move camps on", timedelta(seconds=30), move_camps_on),
    Job("unwind cancelled camps", timedelta(seconds=15), unwind_cancelled),
    Job("remind members of camps", timedelta(minutes=5), remind_due),
    Job("finish sessions", timedelta(minutes=1), CourseSession.finish),
    Job("decide on courses", timedelta(minutes=1), CourseDecision.decide_due),
    Job("remind of sessions", timedelta(minutes=1), CourseNotice.remind),
    Job("fill seats of courses", timedelta(seconds=30), fill_waiting),
    Job("call courses off", timedelta(seconds=30), call_courses_off),
    Job("refund seats that were called off", timedelta(minutes=1), refund_called_off_seats),
    Job("enrol many", timedelta(seconds=5), work_batches_off),
    Job("enrol groups", timedelta(minutes=1), enrol_groups),
    Job("complete courses by quiz", timedelta(minutes=1), complete_by_quiz),
    Job("forget files of questions", timedelta(hours=1), QuestionImport.forget_old),
    Job("end overdue attempts", timedelta(seconds=5), end_due_attempts),
    Job("work off regrades", timedelta(seconds=30), work_off_regrades),
    Job("remind of quizzes", timedelta(minutes=5), QuizNotice.remind),
    Job("make weekly quizzes", timedelta(seconds=30), make_due_quizzes),
    Job("analyse quizzes", timedelta(minutes=5), QuizAnalysis.compute_due),
    Job("move squads on", timedelta(seconds=30), move_squads_on),
    Job("count referrals", timedelta(seconds=10), fold_referrals),
    Job("collect owed rewards", timedelta(hours=1), collect_owed),
    Job("count forwarding", timedelta(seconds=15), weigh_due),
    Job("settle forwarding", timedelta(seconds=15), settle_due),
    Job("lapse proofs of forwarding", timedelta(minutes=1), lapse_proofs),
    Job("forget unused proofs", timedelta(hours=1), ForwardProof.forget_unused),
    Job("look at the rules of forwarding", timedelta(minutes=10), look_at_rules),
    Job("unwind forwarding tasks", timedelta(seconds=15), unwind_forward_tasks),
    Job("end forwarding tasks", timedelta(minutes=1), end_forward_tasks),
    Job("collect owed points of forwarding", timedelta(hours=1), collect_owed_of_tasks),
    Job("look for odd referrals", timedelta(minutes=10), watch_referrals),
    Job("forget visitors", timedelta(minutes=10), forget_visitors),
    Job("forget pictures of posters", timedelta(minutes=10), Poster.forget_old),
    Job("settle newcomers", timedelta(minutes=1), settle_newcomers),
    Job("rebuild lost boards", timedelta(seconds=10), rebuild_missing),
    Job("lapse streaks", timedelta(minutes=5), lapse_streaks),
    Job("freeze boards", timedelta(minutes=1), freeze_due),
    Job("forget failed attempts", timedelta(hours=1), Attempts.forget_old),
    Job("forget idempotency keys", timedelta(hours=1), IdempotencyKey.forget_old),
)


@asynccontextmanager
async def running(clock: Clock, schedule: tuple[Job, ...] = SCHEDULE) -> AsyncIterator[None]:
    """Run the schedule beside the block; at its end jobs under way have a moment to finish, and are cut off then.

    A job that is cut off has rolled back, and what it was about is still due.
    """
    stopping, holder = asyncio.Event(), new_id()
    loops = [asyncio.create_task(_loop(job, holder, clock, stopping), name=job.name) for job in schedule]
    try:
        yield
    finally:
        stopping.set()
        _, late = await asyncio.wait(loops, timeout=STOP_SECONDS)
        for loop in late:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await settle()


async def _loop(job: Job, holder: UUID, clock: Clock, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        await run_once(job, holder, at=clock.now())
        try:
            await asyncio.wait_for(stopping.wait(), job.every.total_seconds())
        except TimeoutError:
            continue


async def run_once(job: Job, holder: UUID, *, at: datetime) -> None:
    """Run a job if it is this process's turn; a failure is logged, and the next turn tries again."""
    try:
        if not job.is_shared or await JobLease.take(job.name, holder, at=at, lasting=job.every * 3):
            await job.run(at=at)
    except Exception as error:  # whatever a job fails with, the others and its next turn go on
        if isinstance(error, RedisUnavailable) or is_unavailable(error):
            _log.warning("job postponed", job=job.name, error=repr(error))
        else:
            _log.error("job failed", job=job.name, exc_info=error)
