"""What becomes of newcomers does not depend on when the job runs: random days, words, mutes, downtime, zones.

Beside each newcomer stands the plainest account of it, told from the same facts. Where people come and go and are given
time, the same story is told twice: with the job after every act, and with the job only at the end.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.errors import DomainError
from models.groups.group import Group
from models.groups.membership import Membership
from models.groups.moderation import mute, unmute
from models.members.member import Member, MemberStatus
from models.members.status_change import MemberStatusChange, lift_ended_mutes
from models.spread.newcomer import Newcomer, settle_newcomers
from models.spread.newcomer_time import give_newcomer_time
from models.spread.speaking import ReportedWord, report_words
from store.ids import new_id
from tests.build import LONG_AGO, a_member
from tests.groups.build import STAFF, a_group
from tests.groups.conftest import boards_elsewhere  # noqa: F401  # an autouse fixture, for this file as well
from tests.spread.newcomers import DAY, a_home, anew, said, story

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca")
# About when clocks change in these zones.
STARTS_ON = (date(2027, 3, 10), date(2027, 3, 24), date(2027, 10, 30), date(2027, 4, 1), date(2027, 2, 4))
MINUTE = timedelta(minutes=1)
STAFF_ID = new_id()


@dataclass
class Plain:
    """A newcomer's facts, and the account of them."""

    zone: str
    hour: int
    days: int
    joined_at: datetime
    words: list[tuple[datetime, datetime]] = field(default_factory=list)
    """When each became known, and when it was said."""
    mutes: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    """When each mute was made, and until when; nothing where it was lifted."""

    def day(self, at: datetime) -> date:
        local = at.astimezone(ZoneInfo(self.zone))
        return local.date() if local.hour >= self.hour else local.date() - DAY

    def end(self, day: date) -> datetime:
        return datetime.combine(day + DAY, time(self.hour), ZoneInfo(self.zone)).astimezone(UTC)

    silences: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    """The same of mutes everywhere."""

    def told(self, until: datetime) -> tuple[list[tuple[str, datetime]], datetime | None]:
        """What became of it by an instant, and when it first spoke as far as is known."""
        known = sorted(word for word in self.words if word[0] <= until)
        heard_at = min((reported_at for reported_at, _ in known), default=None)
        first_due = due = self.end(self.day(self.joined_at) + self.days * DAY)
        told, marked_at = list[tuple[str, datetime]](), None
        while due <= (heard_at or until):
            free_at = max(free_since(self.mutes, due), free_since(self.silences, due))
            following = self.end(self.day(min(free_at, due)) + self.days * DAY)
            if free_at <= due and (free_at <= first_due or following <= due):
                told.append(("marked", due))
                marked_at = due
                break
            told.append(("postponed", due))
            due = following
        spoke_at, is_lifted = None, False
        for reported_at, said_at in known:
            if spoke_at is not None and said_at >= spoke_at:
                continue
            spoke_at = said_at
            if marked_at and said_at < marked_at:
                told.append(("annulled", reported_at))
                marked_at = None
            elif marked_at and not is_lifted:
                told.append(("lifted", reported_at))
                is_lifted = True
        return told, spoke_at


def free_since(mutes: list[tuple[datetime, datetime | None]], before: datetime) -> datetime:
    """Until when the last of some mutes that was made before an instant lasts, or lasted."""
    last = max((one for one in mutes if one[0] < before), key=lambda one: one[0], default=None)
    return (last[1] or last[0]) if last else LONG_AGO


def an_instant(chance: Random, begin: datetime, end: datetime) -> datetime:
    return begin + (end - begin) * chance.random()


def facts(chance: Random, seed: int, joined_at: datetime, days: int, hour: int) -> Plain:
    found = Plain(ZONES[seed % len(ZONES)], hour, days, joined_at)
    end = found.end(found.day(joined_at) + days * DAY)
    if chance.random() < 0.4:
        muted_at = an_instant(chance, joined_at, end + DAY)
        found.mutes.append((muted_at, muted_at + chance.random() * 9 * DAY))
        if chance.random() < 0.3:
            found.mutes.append((an_instant(chance, muted_at, found.mutes[0][1] or end), None))
    if chance.random() < 0.4:
        muted_at = an_instant(chance, joined_at, end + DAY)
        found.silences.append((muted_at, muted_at + (MINUTE + chance.random() * 9 * DAY)))
        if chance.random() < 0.3:
            found.silences.append((an_instant(chance, muted_at, found.silences[0][1] or end), None))
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        # Also the very instant at which the days end, and the one before it.
        said_at = chance.choice((an_instant(chance, joined_at, end + 5 * DAY), end, end - timedelta(microseconds=1)))
        found.words.append((said_at + chance.choice((0, 0, 1)) * 6 * DAY * chance.random(), said_at))
    return found


@pytest.mark.parametrize("seed", range(10))
async def test_what_becomes_of_newcomers_follows_from_the_facts_alone(database: str, seed: int) -> None:
    chance = Random(seed)
    days, hour = chance.randint(1, 7), chance.choice((0, 2, 3, 4))
    group = await a_home(zone=ZONES[seed % len(ZONES)], day_start_hour=hour, days=days)
    begin = datetime.combine(STARTS_ON[seed % len(STARTS_ON)], time(), UTC)
    until, acts = begin + 40 * DAY, list[tuple[datetime, int, str, datetime | None]]()
    known = [facts(chance, seed, an_instant(chance, begin, begin + 3 * DAY), days, hour) for _ in range(4)]
    for number, one in enumerate(known):
        acts.append((one.joined_at, number, "join", None))
        acts += [(at, number, "word", said_at) for at, said_at in one.words]
        acts += [(at, number, "mute" if ends else "unmute", ends) for at, ends in one.mutes]
        acts += [(at, number, "silence" if ends else "let speak", ends) for at, ends in one.silences]
    runs = [*sorted(an_instant(chance, begin, until) for _ in range(chance.choice((0, 1, 3, 20)))), until]
    members = [await a_member() for _ in known]
    for at, number, kind, other in sorted(acts, key=lambda act: (act[0], act[2] != "join")):
        while runs[0] <= at:
            await run_jobs(chance, at=runs.pop(0))
        await do(group, members[number], kind, other, at=at)
    for at in runs:
        await run_jobs(chance, at=at)

    for member, one in zip(members, known, strict=True):
        newcomer = await Newcomer.get(member_id=member.id)
        told, spoke_at = one.told(until)
        assert await story(newcomer) == told
        assert newcomer.spoke_at == spoke_at
        assert newcomer.is_marked == (bool(told) and told[-1][0] == "marked")


async def run_jobs(chance: Random, *, at: datetime) -> None:
    """The job, before or after the one that lifts mutes, or without it."""
    if (order := chance.randrange(3)) == 0:
        await lift_ended_mutes(at=at)
    await settle_newcomers(at=at)
    if order == 1:
        await lift_ended_mutes(at=at)


async def do(group: Group, member: Member, kind: str, other: datetime | None, *, at: datetime) -> None:
    """One act of a story; one that is refused changes nothing."""
    try:
        if kind == "join":
            await Membership.join(member.id, group.id, at=at)
        elif kind == "leave":
            await Membership.leave(member.id, group.id, at=at)
        elif kind == "mute" and other:
            await mute(group.id, member.id, until=other, reason="刷屏", actor=STAFF, at=at)
        elif kind == "unmute":
            await unmute(group.id, member.id, actor=STAFF, at=at)
        elif kind in ("silence", "let speak"):
            status = MemberStatus.MUTED if other else MemberStatus.NORMAL
            await MemberStatusChange.by_staff(member.id, status, staff_id=STAFF_ID, reason="广告", at=at, until=other)
        elif kind == "time":
            await give_newcomer_time(group.id, member.id, (at + 4 * DAY).date(), reason="出差", actor=STAFF, at=at)
        else:
            await report_words(group.id, [ReportedWord(member.id, other or at)], actor=STAFF, at=at)
    except DomainError:
        pass


@pytest.mark.parametrize("seed", range(6))
async def test_a_story_comes_to_the_same_however_seldom_the_job_runs(database: str, seed: int) -> None:
    chance = Random(100 + seed)
    rules: dict[str, Any] = {
        "zone": ZONES[seed % len(ZONES)],
        "day_start_hour": chance.choice((0, 3)),
        "days": chance.randint(1, 5),
    }
    begin = datetime.combine(STARTS_ON[seed % len(STARTS_ON)], time(), UTC)
    kinds = ("leave", "join", "leave", "join", "mute", "unmute", "silence", "let speak", "time", "word")
    acts = [(begin, n, "join") for n in range(3)]
    acts += [(an_instant(chance, begin, begin + 30 * DAY), n, chance.choice(kinds)) for n in range(3) for _ in range(7)]
    stays = [chance.random() * 8 * DAY for _ in acts]
    told = []
    for is_diligent in (True, False):
        group, members = await a_home(**rules), [await a_member() for _ in range(3)]
        for (at, number, kind), stay in sorted(zip(acts, stays, strict=True)):
            until = at + stay + MINUTE if kind in ("mute", "silence") else None
            if is_diligent:
                await lift_ended_mutes(at=at - MINUTE)
                await settle_newcomers(at=at - MINUTE)
            await do(group, members[number], kind, until, at=at)
        await settle_newcomers(at=begin + 60 * DAY)
        told.append([await ends_of(group, member) for member in members])

    assert told[0] == told[1]
    assert any(told[0])


async def ends_of(group: Group, member: Member) -> list[tuple[object, ...]]:
    """Each stay of a member as it has come to be."""
    stays = await Newcomer.filter(group_id=group.id, member_id=member.id).order_by("joined_at", "id")
    return [
        (str(one.state), one.joined_on, one.due_at, one.spoke_at, one.marked_at, one.lifted_at, await story(one))
        for one in stays
    ]


async def test_newcomers_of_several_zones_are_marked_at_the_end_of_their_own_days(database: str) -> None:
    joined_at = datetime(2027, 3, 26, 12, 0, tzinfo=UTC)
    found = {}
    for zone in ("Asia/Shanghai", "Europe/Berlin", "America/New_York"):
        group = await a_home(zone=zone, days=2)
        member = await a_member()
        await Membership.join(member.id, group.id, at=joined_at)
        found[zone] = await Newcomer.get(member_id=member.id, group_id=group.id)

    await settle_newcomers(at=joined_at + 9 * DAY)

    # In Berlin the clocks go forward on 28 March, so its last day has 23 hours.
    assert {zone: (await anew(one)).marked_at for zone, one in found.items()} == {
        "Asia/Shanghai": datetime(2027, 3, 28, 16, tzinfo=UTC),
        "Europe/Berlin": datetime(2027, 3, 28, 22, tzinfo=UTC),
        "America/New_York": datetime(2027, 3, 29, 4, tzinfo=UTC),
    }


async def test_a_word_at_the_last_instant_is_in_time_and_one_at_the_end_is_not(database: str) -> None:
    group = await a_group(at=LONG_AGO)
    early, late = [await a_member() for _ in range(2)]
    for one in (early, late):
        await Membership.join(one.id, group.id, at=LONG_AGO)
    rows = [await Newcomer.get(member_id=one.id) for one in (early, late)]
    end = rows[0].ends_at

    await said(rows[0], end - timedelta(microseconds=1))
    await said(rows[1], end)

    assert [await story(one) for one in rows] == [[], [("marked", end), ("lifted", end)]]
