"""Boards computed the plain way, record by record, to hold the real ones against."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from models.checkins.check_in import CheckIn
from models.groups.group import Group
from models.groups.membership import Membership
from models.insight.board import Board, BoardScope, Metric
from models.insight.board_period import Period
from models.members.member import ACTIVE, Member
from models.points.account import Currency
from models.points.entry import PointEntry
from models.spread.referral import Referral
from store.brand_day import brand_day

Fact = tuple[UUID, date, int, datetime]
"""A member, the business day it counts for, how much, and when it was done."""

Place = tuple[int, UUID, int, datetime]
"""A rank, a member, its score, and since when."""


async def plain_board(board: Board, period: Period, *, at: datetime) -> list[Place]:
    """The whole board of a period, from the records as they are."""
    allowed = await _allowed(board)
    totals: dict[UUID, int] = defaultdict(int)
    reached: dict[UUID, datetime] = {}
    for member_id, day, amount, done_at in await _facts(board.metric, at):
        if member_id in allowed and period.first_day <= day <= period.last_day:
            totals[member_id] += amount
            reached[member_id] = max(done_at, reached.get(member_id, done_at))
    order = sorted(totals, key=lambda one: (-totals[one], reached[one], one))
    return [(rank, one, totals[one], reached[one]) for rank, one in enumerate(order, start=1)]


async def _allowed(board: Board) -> set[UUID]:
    shown = await Member.filter(status__in=ACTIVE, is_hidden_from_boards=False, is_staff=False)
    allowed = {member.id for member in shown}
    if board.scope is BoardScope.GLOBAL:
        return allowed
    column = "circle_id" if board.scope is BoardScope.CIRCLE else "id"
    groups = await Group.filter(**{column: board.scope_id})
    places = await Membership.filter(group_id__in=[group.id for group in groups])
    return allowed & {place.member_id for place in places}


async def _facts(metric: Metric, at: datetime) -> list[Fact]:
    if metric is Metric.POINTS:
        entries = await PointEntry.filter(currency=Currency.POINTS, member_id__isnull=False, earned_at__isnull=False)
        reversed_ids = {entry.reversal_of for entry in entries}
        return [
            (entry.member_id, brand_day(entry.earned_at), entry.amount, entry.earned_at)
            for entry in entries
            if entry.member_id and entry.earned_at and entry.amount > 0 and entry.id not in reversed_ids
        ]
    if metric is Metric.INVITES:
        return [(one.inviter_id, brand_day(one.created_at), 1, one.created_at) for one in await Referral.all()]
    check_ins = await CheckIn.filter(voided_at__isnull=True)
    facts = [(one.member_id, one.business_day, 1, one.created_at) for one in check_ins]
    return facts if metric is Metric.CHECK_INS else _runs(facts, brand_day(at))


def _runs(facts: Iterable[Fact], day: date) -> list[Fact]:
    """The facts of the run of days that ends on `day` or the day before."""
    by_member: dict[UUID, dict[date, Fact]] = defaultdict(dict)
    for fact in facts:
        by_member[fact[0]][fact[1]] = fact
    runs = []
    for days in by_member.values():
        last = day if day in days else day - timedelta(days=1)
        while last in days:
            runs.append(days[last])
            last -= timedelta(days=1)
    return runs
