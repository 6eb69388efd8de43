"""Paths, counts by days left, conversion, and how the welcome packet stands."""

from datetime import date, datetime, timedelta

import pytest

from models.checkins.check_in import CheckIn
from models.errors import Invalid
from models.groups.group import Group
from models.groups.membership import Membership
from models.groups.moderation import mute
from models.groups.office import change_role
from models.groups.role import Role
from models.groups.rules import GroupRules
from models.groups.rules_acceptance import RulesAcceptance
from models.members.condition_sql import Clause
from models.members.introduction import Introduction
from models.members.member import MemberStatus
from models.members.status_change import MemberStatusChange
from models.play.red_packet_policy import RedPacketPolicy
from models.play.red_packet_welcome import Welcome
from models.points.account import of_member
from models.spread.newcomer import Newcomer, NewcomerState, settle_newcomers
from models.spread.newcomer_count import due_with, newcomer_counts
from models.spread.newcomer_path import paths_of
from models.spread.newcomer_report import ReportPart, ReportRow, newcomer_report
from models.spread.newcomer_step import NewcomerStep
from models.spread.newcomer_time import give_newcomer_time
from models.spread.newcomer_welcome import WelcomeState, welcomes_of
from store.ids import new_id
from tests.build import LONG_AGO, a_member, a_plan
from tests.conftest import NOON
from tests.groups.build import STAFF, a_group
from tests.groups.conftest import boards_elsewhere  # noqa: F401  # an autouse fixture, for this file as well
from tests.play.build import give
from tests.spread.newcomers import DAY, LINES, a_home, a_newcomer, anew, ends, owner_of, replied, said
from tests.statements import statements

EVERY = Clause("1 = 1")
TODAY = date(2026, 11, 23)
OVER = ends(date(2026, 11, 30))


async def test_a_path_is_read_from_what_tells_of_it(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, group, inviter = await a_plan(), await a_home(), await a_member()
    rules = await GroupRules.publish(group.id, "请友善发言", actor=STAFF, at=LONG_AGO)
    newcomer, other = await a_newcomer(group, inviter=inviter), await a_newcomer(group)
    hour = timedelta(hours=1)
    await RulesAcceptance.record(newcomer.member_id, group.id, rules.version, at=NOON + hour)
    await Introduction.publish(newcomer.member_id, LINES, at=NOON + 2 * hour)
    await replied(newcomer, inviter, at=NOON + 3 * hour)
    await replied(newcomer, await owner_of(group), at=NOON + 4 * hour)
    await said(newcomer, NOON + 5 * hour)
    [path] = await paths_of([await anew(newcomer)])
    assert path.following is not None
    assert (path.following.step, path.inviter_id) == (NewcomerStep.CHECKED_IN, inviter.id)
    await CheckIn.record(newcomer.member_id, plan, at=NOON + 6 * hour)

    with statements(monkeypatch) as seen:
        paths = await paths_of([await anew(newcomer), other])

    assert len(seen) == 2
    assert [one.done_at for one in paths[0].steps] == [NOON + n * hour for n in range(1, 7)]
    assert paths[0].following is None
    assert [one.step for one in paths[1].steps if one.is_missing] == [
        one for one in NewcomerStep if one is not NewcomerStep.INVITER_REPLIED
    ]


async def test_what_the_policy_does_not_want_is_not_missing(database: str) -> None:
    newcomer = await a_newcomer(await a_home(steps=(NewcomerStep.SPOKE,)))

    [path] = await paths_of([newcomer])

    assert [one.step for one in path.steps if one.is_missing] == [NewcomerStep.SPOKE]


async def test_the_silent_are_counted_by_the_days_of_their_own_zone(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = await a_home(), await a_home(zone="America/New_York")
    for group, ago in ((here, 0), (here, 0), (here, 3), (there, 0), (here, 20)):
        await a_newcomer(group, at=NOON - ago * DAY)
    await said(await a_newcomer(here), NOON + timedelta(minutes=1))
    await settle_newcomers(at=NOON)

    await a_newcomer(here, is_staff=True)
    guide, muted, frozen, closed = [await a_newcomer(one) for one in (here, here, here, await a_home())]
    await change_role(here.id, guide.member_id, Role.GUIDE, actor=STAFF, at=NOON)
    await mute(here.id, muted.member_id, until=NOON + DAY, reason="刷屏", actor=STAFF, at=NOON)
    await MemberStatusChange.by_staff(frozen.member_id, MemberStatus.FROZEN, staff_id=new_id(), reason="核查", at=NOON)
    await Group.archive(closed.group_id, reason="合并", actor=STAFF, at=NOON)
    # Not settled yet: the job comes every minute.
    await a_newcomer(here, at=NOON - 9 * DAY)

    with statements(monkeypatch) as seen:
        found = await newcomer_counts(EVERY, with_zombies=True, at=NOON)
    # An hour after noon in Shanghai it is midnight in New York, where a new day has begun.
    later = await newcomer_counts(EVERY, with_zombies=False, at=NOON + timedelta(hours=1))

    assert len(seen) == 1
    assert [(one.days_left, one.newcomers) for one in found.underway] == [(4, 1), (7, 3)]
    assert [(one.days_left, one.newcomers) for one in later.underway] == [(4, 1), (6, 1), (7, 2)]
    assert (found.zombies, found.overdue) == (1, 1)
    assert (later.zombies, later.overdue) == (None, 1)
    assert await due_with(4, EVERY, at=NOON) == [ends(TODAY + 4 * DAY)]
    assert await due_with(9, EVERY, at=NOON) == []


async def test_the_report_follows_those_who_joined_through_their_steps(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    group, other, inviter = await a_home(), await a_home(), await a_member()
    for day in (1, 3, 6):
        await said(await a_newcomer(group, inviter=inviter, introduced=True), NOON + day * DAY)
    late = await a_newcomer(group, at=NOON - DAY)
    silent = await a_newcomer(group, inviter=inviter)
    gone = await a_newcomer(other)
    await a_newcomer(other, is_staff=True)
    await Membership.leave(gone.member_id, other.id, at=NOON + DAY)
    await settle_newcomers(at=OVER)
    await said(late, OVER + DAY)
    still_open = await a_newcomer(other, at=OVER)
    await Introduction.publish(silent.member_id, LINES, at=OVER + DAY)
    spared = await a_newcomer(group, at=NOON - DAY)
    await Newcomer.filter(id=spared.id).update(state=NewcomerState.SPARED)
    early = await a_newcomer(other, at=OVER)
    await said(early, OVER + DAY)
    at, since = OVER + 2 * DAY, NOON - 7 * DAY

    with statements(monkeypatch) as seen:
        by_group = await newcomer_report(ReportPart.GROUP, since, at, EVERY, at=at)
    assert len(seen) == 1
    first, second = by_group
    assert (first.part, first.joined, spoke(first), first.zombies, first.woken) == (str(group.id), 6, 3, 1, 1)
    assert [(one.still_open, one.spared, one.closed) for one in by_group] == [(0, 1, 5), (2, 0, 1)]
    # One introduced itself after its days were over; the days to the first word are 1, 3, 6 and 10.
    assert (first.steps[NewcomerStep.INTRODUCED], first.still_open, first.median_days) == (3, 0, 4.5)
    assert (second.part, second.joined, second.gone, second.still_open, second.median_days) == (
        str(other.id),
        3,
        1,
        2,
        None,
    )
    by_inviter = {one.part: one for one in await newcomer_report(ReportPart.INVITER, since, at, EVERY, at=at)}
    assert {part: (one.joined, spoke(one)) for part, one in by_inviter.items()} == {str(inviter.id): (4, 3), "": (5, 0)}
    weeks = await newcomer_report(ReportPart.WEEK, since, at, EVERY, at=at)
    assert [(one.part, one.joined) for one in weeks] == [("2026-11-16", 2), ("2026-11-23", 5), ("2026-11-30", 2)]
    of_one = Clause("{row}.group_id = ?", (other.id,))
    assert [one.part for one in await newcomer_report(ReportPart.GROUP, since, at, of_one, at=at)] == [str(other.id)]
    assert still_open.joined_on == date(2026, 12, 1)


def spoke(row: ReportRow) -> int:
    return row.steps[NewcomerStep.SPOKE]


async def test_time_that_was_given_counts_and_an_open_window_does_not(database: str) -> None:
    group = await a_home()
    given, muted, early = [await a_newcomer(group) for _ in range(3)]
    await give_newcomer_time(group.id, given.member_id, date(2026, 12, 10), reason="出差", actor=STAFF, at=NOON)
    await mute(group.id, muted.member_id, until=OVER + DAY, reason="刷屏", actor=STAFF, at=NOON)
    await settle_newcomers(at=OVER)
    await said(early, OVER - DAY)
    for one in (given, muted):
        await said(one, OVER + 3 * DAY)

    async def row(at: datetime) -> ReportRow:
        [found] = await newcomer_report(ReportPart.GROUP, NOON - DAY, NOON + DAY, EVERY, at=at)
        return found

    before, after = await row(OVER + 4 * DAY), await row(OVER + 30 * DAY)
    assert (before.joined, before.still_open, before.closed, spoke(before)) == (3, 2, 1, 1)
    assert (after.joined, after.still_open, after.closed, spoke(after), after.woken) == (3, 0, 3, 3, 0)


async def test_whoever_was_spared_stays_so_in_the_report(database: str) -> None:
    group = await a_group()
    rows = [await a_newcomer(group) for _ in range(3)]
    for one in rows:
        await change_role(group.id, one.member_id, Role.GUIDE, actor=STAFF, at=NOON + DAY)
    await settle_newcomers(at=OVER)
    await said(rows[0], OVER + DAY)
    await Membership.leave(rows[1].member_id, group.id, at=OVER + DAY)

    [found] = await newcomer_report(ReportPart.GROUP, NOON - DAY, NOON + DAY, EVERY, at=OVER + 2 * DAY)

    assert (found.joined, found.spared, found.closed, found.still_open, found.gone) == (3, 3, 0, 0, 1)


async def test_a_false_mark_is_no_waking(database: str) -> None:
    newcomer = await a_newcomer(await a_home())
    await settle_newcomers(at=OVER)
    await said(newcomer, OVER + DAY, said_at=NOON + DAY)

    [found] = await newcomer_report(ReportPart.WEEK, NOON - DAY, NOON + DAY, EVERY, at=OVER + 2 * DAY)

    assert (spoke(found), found.woken, found.zombies) == (1, 0, 0)


@pytest.mark.parametrize("until", [NOON, NOON + 367 * DAY])
async def test_a_report_is_of_a_bounded_period(database: str, until: datetime) -> None:
    with pytest.raises(Invalid):
        await newcomer_report(ReportPart.WEEK, NOON, until, EVERY, at=NOON)


async def test_how_the_welcome_packet_stands(database: str) -> None:
    await RedPacketPolicy.plant_default(at=LONG_AGO)
    group, inviter = await a_home(), await a_member()
    await give(of_member(inviter.id), 100)
    alone = await a_newcomer(group, introduced=True)
    silent = await a_newcomer(group, inviter=inviter)
    waiting, sent = [await a_newcomer(group, inviter=inviter, introduced=True) for _ in range(2)]
    packet = await Welcome(inviter.id, sent.member_id).send(10, greeting=None, at=NOON + DAY, once=None)
    asked = [alone, silent, waiting, sent]

    found = await welcomes_of(asked, at=NOON + DAY)
    late = await welcomes_of(asked, at=NOON + 400 * DAY)

    states = [WelcomeState.NO_INVITER, WelcomeState.WAITING, WelcomeState.OPEN, WelcomeState.SENT]
    assert [one.state for one in found] == states
    assert [one.packet_id for one in found] == [None, None, None, packet.id]
    assert late[2].state is WelcomeState.OVER
    for one, newcomer in zip(found, asked, strict=True):
        may = (await Welcome(inviter.id, newcomer.member_id).eligibility(at=NOON + DAY)).is_allowed
        assert may == (one.state is WelcomeState.OPEN) == one.may_be_sent_by(inviter.id)
    await MemberStatusChange.by_staff(
        waiting.member_id, MemberStatus.FROZEN, staff_id=new_id(), reason="核查", at=NOON + DAY
    )
    [held] = await welcomes_of([waiting], at=NOON + DAY)
    assert not held.may_be_sent_by(inviter.id)
    assert not (await Welcome(inviter.id, waiting.member_id).eligibility(at=NOON + DAY)).is_allowed
