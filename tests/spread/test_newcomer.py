"""Newcomers: whose days are over without a word counts as a zombie, whenever the job comes; a word lifts that."""

import asyncio
import contextlib
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from models.actor import Actor
from models.errors import DomainError, Invalid, NotFound
from models.groups.group import Group, GroupArchived
from models.groups.membership import Membership
from models.groups.moderation import mute, unmute
from models.groups.office import change_role
from models.groups.role import Role
from models.members.erasure import erase
from models.members.member import Member, MemberStatus
from models.members.status_change import MemberStatusChange, lift_ended_mutes
from models.spread import newcomer as newcomer_module
from models.spread.first_word import FirstWord, Word, WordWay
from models.spread.newcomer import Newcomer, NewcomerState, settle_newcomers
from models.spread.newcomer_count import days_left
from models.spread.newcomer_note import NOTES_MOST, NewcomerNote
from models.spread.newcomer_notice import NewcomerNotice
from models.spread.newcomer_silent import NewcomerHasSpoken, NewcomerSpared
from models.spread.newcomer_time import give_newcomer_time
from models.spread.speaking import spoke
from models.staff.audit import AuditRow
from store.database import transaction
from store.ids import new_id
from tests.build import LONG_AGO
from tests.conftest import NOON
from tests.groups.build import STAFF, a_group, a_place
from tests.groups.conftest import boards_elsewhere  # noqa: F401  # an autouse fixture, for this file as well
from tests.spread.newcomers import DAY, SHANGHAI, a_home, a_newcomer, anew, ends, owner_of, said, story
from tests.statements import statements

TODAY = date(2026, 11, 23)
OVER = ends(date(2026, 11, 30))
"""When the days of whoever joins on the day of `NOON` are over: day 0 is the 23rd, day 7 the 30th."""
BOT = Actor.partner(new_id())


async def test_whoever_joins_has_seven_days_after_that_day(database: str) -> None:
    found = await a_newcomer(await a_home())

    assert (found.joined_on, found.ends_at, found.due_at) == (TODAY, OVER, OVER)
    assert (found.state, found.days, len(found.steps)) == (NewcomerState.UNDERWAY, 7, 6)
    assert [days_left(found.due_at, SHANGHAI, 0, at=NOON + n * DAY) for n in (0, 1, 7, 9)] == [7, 6, 0, 0]
    assert [found.day_of(NOON + n * DAY) for n in (0, 1, 7)] == [0, 1, 7]


async def test_the_business_day_is_the_groups(database: str) -> None:
    group = await a_home(zone="America/New_York", day_start_hour=4, days=3)

    # Noon in Shanghai is 23:00 of the day before in New York.
    found = await a_newcomer(group)

    assert found.joined_on == date(2026, 11, 22)
    assert found.ends_at == datetime.fromisoformat("2026-11-26T04:00:00-05:00")


async def test_silence_to_the_end_makes_a_zombie_and_not_an_instant_before(database: str) -> None:
    found = await a_newcomer(await a_home())

    await settle_newcomers(at=OVER - timedelta(microseconds=1))
    assert await story(found) == []
    assert await settle_newcomers(at=OVER) == 1
    assert await settle_newcomers(at=OVER) == 0

    now = await anew(found)
    assert (now.state, now.marked_at, now.lifted_at) == (NewcomerState.ZOMBIE, OVER, None)
    assert await story(found) == [("marked", OVER)]


async def test_a_mark_holds_from_the_end_of_the_days_however_late_the_job_comes(database: str) -> None:
    found = await a_newcomer(await a_home())

    await settle_newcomers(at=OVER + 20 * DAY)

    assert await story(found) == [("marked", OVER)]


async def test_a_word_in_time_keeps_the_mark_away_for_good(database: str) -> None:
    found = await a_newcomer(await a_home())

    assert await said(found, NOON + 3 * DAY)
    await settle_newcomers(at=OVER)

    now = await anew(found)
    assert (now.state, now.spoke_at, now.spoke_day) == (NewcomerState.SPOKE, NOON + 3 * DAY, 3)
    assert await story(found) == []


async def test_a_late_word_lifts_the_mark_at_once(database: str) -> None:
    found = await a_newcomer(await a_home())
    await settle_newcomers(at=OVER)

    await said(found, OVER + DAY)
    await settle_newcomers(at=OVER + 2 * DAY)

    now = await anew(found)
    assert (now.state, now.marked_at, now.lifted_at, now.spoke_day) == (NewcomerState.SPOKE, OVER, OVER + DAY, 9)
    assert await story(found) == [("marked", OVER), ("lifted", OVER + DAY)]


async def test_a_late_word_tells_the_same_story_where_the_job_stood_still(database: str) -> None:
    found = await a_newcomer(await a_home())

    await said(found, OVER + DAY)

    assert await story(found) == [("marked", OVER), ("lifted", OVER + DAY)]


async def test_the_earliest_word_known_is_kept_and_a_report_twice_is_one(database: str) -> None:
    found = await a_newcomer(await a_home())

    news = [
        await said(found, NOON + 3 * DAY, said_at=NOON + 2 * DAY, actor=BOT),
        await said(found, NOON + 3 * DAY, said_at=NOON + 2 * DAY, actor=BOT),
        await said(found, NOON + 4 * DAY, said_at=NOON + 3 * DAY, actor=BOT),
        await said(found, NOON + 5 * DAY, said_at=NOON + DAY, actor=BOT),
    ]

    assert news == [True, False, False, True]
    word = await FirstWord.get()
    assert (word.said_at, word.way, word.by_id) == (NOON + DAY, WordWay.PARTNER, BOT.id)
    assert (await anew(found)).spoke_day == 1
    assert await AuditRow.filter(action="report_word").count() == 2


@pytest.mark.parametrize("said_at", [NOON - timedelta(seconds=1), NOON + DAY + timedelta(seconds=1)])
async def test_a_word_lies_between_joining_and_now(database: str, said_at: datetime) -> None:
    found = await a_newcomer(await a_home())

    with pytest.raises(Invalid):
        await said(found, NOON + DAY, said_at=said_at)

    assert await FirstWord.all().count() == 0
    assert (await anew(found)).spoke_at is None


async def test_what_a_member_says_itself_goes_by_the_one_door(database: str) -> None:
    found = await a_newcomer(await a_home())
    place = await Membership.get(id=found.membership_id)

    async with transaction():
        await Member.touch(place.member_id, at=NOON + DAY, speaks=True)
        assert await spoke(place, at=NOON + DAY)
        assert not await spoke(place, at=NOON + 2 * DAY)

    word = await FirstWord.get()
    assert (word.way, word.by_id, word.said_at) == (WordWay.POST, place.member_id, NOON + DAY)


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.GUIDE, Role.COMMITTEE])
async def test_whoever_has_an_office_at_the_end_is_spared(database: str, role: Role) -> None:
    group = await a_group()
    found = await a_newcomer(group)
    await change_role(group.id, found.member_id, role, actor=STAFF, at=NOON + DAY)

    await settle_newcomers(at=OVER + DAY)

    assert (await anew(found)).state is NewcomerState.SPARED
    assert [kind for kind, _ in await story(found)] == ["spared"]


async def test_an_office_given_after_the_end_does_not_spare(database: str) -> None:
    group = await a_home()
    found = await a_newcomer(group)
    await change_role(group.id, found.member_id, Role.GUIDE, actor=STAFF, at=OVER + timedelta(hours=1))

    await settle_newcomers(at=OVER + DAY)

    assert await story(found) == [("marked", OVER)]


async def test_accounts_of_staff_are_spared(database: str) -> None:
    found = await a_newcomer(await a_home(), is_staff=True)

    await settle_newcomers(at=OVER)

    assert (await anew(found)).state is NewcomerState.SPARED


async def test_whoever_is_muted_in_the_group_at_the_end_has_as_many_days_after_it(database: str) -> None:
    group = await a_home()
    found = await a_newcomer(group)
    until = OVER + 2 * DAY
    await mute(group.id, found.member_id, until=until, reason="刷屏", actor=STAFF, at=NOON + DAY)

    await settle_newcomers(at=OVER + 5 * DAY)

    now = await anew(found)
    assert (now.state, now.due_at, now.ends_at) == (NewcomerState.UNDERWAY, ends(date(2026, 12, 8)), OVER)
    await settle_newcomers(at=now.due_at)
    # The mute ended as 3 December began, a day that does not count.
    assert (await anew(found)).due_at == ends(date(2026, 12, 10))
    await settle_newcomers(at=OVER + 30 * DAY)
    assert await story(found) == [
        ("postponed", OVER),
        ("postponed", now.due_at),
        ("marked", ends(date(2026, 12, 10))),
    ]


async def test_a_long_mute_that_is_lifted_early_leaves_nobody_untouchable(database: str) -> None:
    group = await a_home()
    found = await a_newcomer(group)
    await mute(group.id, found.member_id, until=OVER + 200 * DAY, reason="刷屏", actor=STAFF, at=NOON + DAY)
    await settle_newcomers(at=OVER)
    await unmute(group.id, found.member_id, actor=STAFF, at=OVER + DAY)

    await settle_newcomers(at=OVER + 30 * DAY)

    assert [kind for kind, _ in await story(found)] == ["postponed", "postponed", "marked"]
    assert (await anew(found)).marked_at == ends(date(2026, 12, 9))


@pytest.mark.parametrize("is_lifted_by_the_job", [False, True])
async def test_a_mute_everywhere_that_had_ended_excuses_nobody_whenever_it_was_lifted(
    database: str, is_lifted_by_the_job: bool
) -> None:
    found, still = [await a_newcomer(await a_home()) for _ in "12"]
    for one, until in ((found, OVER - DAY), (still, OVER + timedelta(hours=1))):
        await MemberStatusChange.by_staff(
            one.member_id, MemberStatus.MUTED, staff_id=new_id(), reason="广告", at=NOON, until=until
        )
    if is_lifted_by_the_job:
        assert await lift_ended_mutes(at=OVER + DAY) == 2

    await settle_newcomers(at=OVER + 2 * DAY)

    assert await story(found) == [("marked", OVER)]
    assert await story(still) == [("postponed", OVER)]


async def test_a_mute_that_is_over_or_was_lifted_excuses_nobody(database: str) -> None:
    group = await a_home()
    found, other = await a_newcomer(group), await a_newcomer(group)
    await mute(group.id, found.member_id, until=OVER - DAY, reason="刷屏", actor=STAFF, at=NOON + DAY)
    await mute(group.id, other.member_id, until=OVER + 9 * DAY, reason="刷屏", actor=STAFF, at=NOON + DAY)
    await unmute(group.id, other.member_id, actor=STAFF, at=NOON + 2 * DAY)

    await settle_newcomers(at=OVER)

    assert [await story(one) for one in (found, other)] == [[("marked", OVER)]] * 2


async def test_whoever_is_frozen_is_looked_at_again(database: str) -> None:
    found = await a_newcomer(await a_home())
    staff_id = new_id()
    await MemberStatusChange.by_staff(
        found.member_id, MemberStatus.FROZEN, staff_id=staff_id, reason="核查", at=NOON + DAY
    )
    again, then = ends(date(2026, 12, 8)), ends(date(2026, 12, 16))
    at_last = ends(date(2026, 12, 17))

    await settle_newcomers(at=OVER)
    assert (await anew(found)).due_at == again
    await MemberStatusChange.by_staff(
        found.member_id, MemberStatus.NORMAL, staff_id=staff_id, reason="无误", at=again + DAY
    )
    await settle_newcomers(at=at_last)

    # It could speak again as 10 December began, and has the seven days after that one.
    assert await story(found) == [
        *(("postponed", at) for at in (OVER, again, then)),
        ("marked", at_last),
    ]


async def test_whoever_leaves_in_time_is_not_marked(database: str) -> None:
    group = await a_home()
    found = await a_newcomer(group)
    await Membership.leave(found.member_id, group.id, at=NOON + 6 * DAY)

    await settle_newcomers(at=OVER + DAY)

    now = await anew(found)
    assert (now.state, now.left_at, now.membership_id) == (NewcomerState.LEFT, NOON + 6 * DAY, None)
    assert await story(found) == []


async def test_leaving_and_coming_again_soon_goes_on_without_the_days_away(database: str) -> None:
    group = await a_home()
    found = await a_newcomer(group)
    await Membership.leave(found.member_id, group.id, at=NOON + 6 * DAY)
    await Membership.join(found.member_id, group.id, at=NOON + 9 * DAY)

    now = await anew(found)
    assert (now.state, now.left_at, now.due_at) == (NewcomerState.UNDERWAY, None, OVER + 3 * DAY)
    assert await Newcomer.filter(member_id=found.member_id).count() == 1


async def test_leaving_is_no_way_around_a_mark(database: str) -> None:
    group = await a_home()
    found = await a_newcomer(group)
    await Membership.leave(found.member_id, group.id, at=OVER + DAY)
    await Membership.join(found.member_id, group.id, at=OVER + 2 * DAY)

    assert (await anew(found)).state is NewcomerState.ZOMBIE
    assert await story(found) == [("marked", OVER)]


async def test_after_a_long_absence_one_is_new_again_unless_one_has_spoken(database: str) -> None:
    group = await a_home()
    silent, heard = await a_newcomer(group), await a_newcomer(group)
    await said(heard, NOON + DAY)
    for one in (silent, heard):
        await Membership.leave(one.member_id, group.id, at=NOON + 2 * DAY)
        await Membership.join(one.member_id, group.id, at=NOON + 40 * DAY)

    assert await Newcomer.filter(member_id=silent.member_id).count() == 2
    assert await Newcomer.filter(member_id=heard.member_id).count() == 1
    assert (await anew(heard)).state is NewcomerState.SPOKE


async def test_more_time_takes_a_mark_off_until_it_is_over_too(database: str) -> None:
    group = await a_home()
    found = await a_newcomer(group)
    owner = Actor.member((await owner_of(group)).id)
    await settle_newcomers(at=OVER)

    given = await give_newcomer_time(
        group.id, found.member_id, date(2026, 12, 10), reason="出差", actor=owner, at=OVER + DAY
    )

    assert (given.state, given.due_at, given.lifted_at) == (
        NewcomerState.UNDERWAY,
        ends(date(2026, 12, 10)),
        OVER + DAY,
    )
    await settle_newcomers(at=given.due_at)
    kinds = [kind for kind, _ in await story(found)]
    assert kinds == ["marked", "lifted", "postponed", "marked"]
    assert (await anew(found)).is_marked


async def test_more_time_is_bounded_and_not_for_those_who_spoke(database: str) -> None:
    group = await a_home()
    found = await a_newcomer(group)

    for until in (TODAY - DAY, TODAY + 91 * DAY):
        with pytest.raises(Invalid):
            await give_newcomer_time(group.id, found.member_id, until, reason="出差", actor=STAFF, at=NOON)
    await said(found, NOON + DAY)
    with pytest.raises(NewcomerHasSpoken):
        await give_newcomer_time(
            group.id, found.member_id, TODAY + 9 * DAY, reason="出差", actor=STAFF, at=NOON + 2 * DAY
        )

    assert await story(found) == []
    assert await AuditRow.filter(action="give_newcomer_time").count() == 0


async def test_giving_time_never_takes_any_away(database: str) -> None:
    group = await a_home()
    found = await a_newcomer(group)

    for until in (TODAY + DAY, TODAY + 7 * DAY):
        with pytest.raises(Invalid) as refused:
            await give_newcomer_time(group.id, found.member_id, until, reason="出差", actor=STAFF, at=NOON)
        assert refused.value.field == "until"

    assert (await anew(found)).due_at == OVER
    assert await story(found) == []


async def test_who_need_not_be_looked_after_is_not(database: str) -> None:
    group, closed = await a_group(), await a_home()
    spared, silent = await a_newcomer(group), await a_newcomer(closed)
    await change_role(group.id, spared.member_id, Role.GUIDE, actor=STAFF, at=NOON + DAY)
    await Group.archive(closed.id, reason="合并", actor=STAFF, at=NOON + DAY)
    at, until = OVER + DAY, date(2026, 12, 20)

    for found, refusal in ((spared, NewcomerSpared), (silent, GroupArchived)):
        who = (found.group_id, found.member_id)
        with pytest.raises(refusal):
            await NewcomerNotice.nudge(*who, actor=STAFF, at=at)
        with pytest.raises(refusal):
            await NewcomerNote.write(*who, "周末才有空", actor=STAFF, at=at, once=None)
        with pytest.raises(refusal):
            await give_newcomer_time(*who, until, reason="出差", actor=STAFF, at=at)

    assert await NewcomerNotice.all().count() + await NewcomerNote.all().count() == 0


async def test_notes_are_bounded_settle_first_and_go_with_their_author(database: str) -> None:
    group = await a_home()
    found, guide = await a_newcomer(group), await a_place(group, role=Role.GUIDE)
    for number in range(NOTES_MOST):
        by = Actor.member(guide.id) if number else STAFF
        await NewcomerNote.write(group.id, found.member_id, f"第 {number} 条", actor=by, at=OVER + DAY, once=None)

    with pytest.raises(DomainError, match=str(NOTES_MOST)):
        await NewcomerNote.write(group.id, found.member_id, "再一条", actor=STAFF, at=OVER + DAY, once=None)

    assert (await anew(found)).state is NewcomerState.ZOMBIE
    await erase(guide.id, at=OVER + 2 * DAY)
    assert [one.text for one in await NewcomerNote.filter(text__isnull=False)] == ["第 0 条"]
    await erase(found.member_id, at=OVER + 2 * DAY)
    assert await NewcomerNote.filter(text__isnull=False).count() == 0
    assert await NewcomerNote.all().count() == NOTES_MOST


async def test_words_and_the_job_at_the_same_moment_make_one_story(database: str) -> None:
    found = await a_newcomer(await a_home())
    place = await Membership.get(id=found.membership_id)
    at = OVER + DAY

    async def speak() -> bool:
        async with transaction():
            await Member.touch(place.member_id, at=at, speaks=True)
            return await spoke(place, at=at)

    news = await asyncio.gather(
        *(said(found, at, actor=BOT) for _ in range(4)),
        *(speak() for _ in range(3)),
        settle_newcomers(at=at),
        settle_newcomers(at=at),
    )

    assert sum(one is True for one in news) == 1
    assert await story(found) == [("marked", OVER), ("lifted", at)]
    assert await FirstWord.filter(member_id=found.member_id).count() == 1
    assert await AuditRow.filter(action="report_word").count() <= 1


async def test_a_word_in_time_that_is_reported_late_annuls_the_mark(database: str) -> None:
    found, woken = [await a_newcomer(await a_home()) for _ in "12"]
    await settle_newcomers(at=OVER)
    await said(woken, OVER + DAY)

    for one in (found, woken):
        await said(one, OVER + 2 * DAY, said_at=NOON + 6 * DAY, actor=BOT)

    for one in (found, woken):
        now = await anew(one)
        assert (now.state, now.spoke_day, now.marked_at, now.lifted_at) == (NewcomerState.SPOKE, 6, None, None)
    assert await story(found) == [("marked", OVER), ("annulled", OVER + 2 * DAY)]
    assert [kind for kind, _ in await story(woken)] == ["marked", "lifted", "annulled"]


async def test_a_word_of_an_earlier_stay_counts(database: str) -> None:
    group = await a_home()
    first = await a_newcomer(group)
    await Membership.leave(first.member_id, group.id, at=NOON + 2 * DAY)
    await Membership.join(first.member_id, group.id, at=NOON + 40 * DAY)
    second = await Newcomer.get(member_id=first.member_id, left_at__isnull=True)

    assert await said(second, NOON + 41 * DAY, said_at=NOON + DAY, actor=BOT)
    with pytest.raises(Invalid):
        await said(second, NOON + 41 * DAY, said_at=NOON - DAY, actor=BOT)

    now = await anew(second)
    assert (now.state, now.spoke_at, now.spoke_day) == (NewcomerState.SPOKE, NOON + DAY, 0)


async def test_a_newcomer_that_missed_a_word_hears_it_with_the_next(database: str) -> None:
    """As if the word had been kept while it was away."""
    group = await a_home()
    found = await a_newcomer(group)
    word = Word(NOON + DAY, WordWay.PARTNER, BOT)
    await FirstWord.keep(found.member_id, group.id, word, at=NOON + DAY)
    await settle_newcomers(at=OVER)

    assert not await said(found, OVER + DAY, actor=BOT)

    assert (await anew(found)).spoke_at == NOON + DAY
    assert await story(found) == [("marked", OVER), ("annulled", OVER + DAY)]


async def test_whoever_comes_back_is_heard_by_a_word_that_is_known(database: str) -> None:
    group = await a_home()
    found = await a_newcomer(group)
    await Membership.leave(found.member_id, group.id, at=NOON + 2 * DAY)
    await FirstWord.keep(found.member_id, group.id, Word(NOON + DAY, WordWay.PARTNER, BOT), at=NOON + 3 * DAY)

    await Membership.join(found.member_id, group.id, at=NOON + 4 * DAY)

    now = await anew(found)
    assert (now.state, now.spoke_day) == (NewcomerState.SPOKE, 1)


async def test_whoever_was_spared_is_so_when_it_comes_back(database: str) -> None:
    group = await a_group()
    found = await a_newcomer(group)
    await change_role(group.id, found.member_id, Role.GUIDE, actor=STAFF, at=NOON + DAY)
    await Membership.leave(found.member_id, group.id, at=OVER + DAY)

    await Membership.join(found.member_id, group.id, at=OVER + 3 * DAY)
    await settle_newcomers(at=OVER + 40 * DAY)

    assert (await anew(found)).state is NewcomerState.SPARED
    assert [kind for kind, _ in await story(found)] == ["spared"]


async def test_a_report_says_what_was_known_before(database: str) -> None:
    found = await a_newcomer(await a_home())

    await said(found, NOON + 3 * DAY, said_at=NOON + 2 * DAY, actor=BOT)
    await said(found, NOON + 4 * DAY, said_at=NOON + DAY, actor=BOT)

    rows = await AuditRow.filter(action="report_word").order_by("created_at")
    assert rows[0].before is None
    assert rows[0].after is not None
    assert rows[1].before == rows[0].after


async def test_what_is_known_costs_one_read_and_joining_few(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await a_newcomer(await a_home())
    place = await Membership.get(id=found.membership_id)
    await said(found, NOON + DAY)

    with statements(monkeypatch) as seen:
        assert not await spoke(place, at=NOON + 2 * DAY)
    assert len(seen) == 1

    await Newcomer.filter(id=found.id).delete()
    await FirstWord.all().delete()
    with statements(monkeypatch) as seen:
        await Newcomer.begin(place.id, place.member_id, place.group_id, at=NOON)
    assert len(seen) == 1


async def test_a_word_that_is_reported_while_somebody_comes_and_goes_is_heard_by_whom_it_is_of(database: str) -> None:
    group = await a_home()
    rows = [await a_newcomer(group) for _ in range(3)]
    at = NOON + DAY

    async def come_and_go(member_id: UUID) -> None:
        await Membership.leave(member_id, group.id, at=at)
        await Membership.join(member_id, group.id, at=at)

    async def tell(found: Newcomer) -> None:
        with contextlib.suppress(NotFound):
            await said(found, at, actor=BOT)

    acts = [act for one in rows for act in (tell(one), come_and_go(one.member_id), tell(one), tell(one))]
    await asyncio.gather(*acts)

    known = {one.member_id for one in await FirstWord.all()}
    heard = {one.member_id for one in await Newcomer.filter(left_at__isnull=True, spoke_at__isnull=False)}
    assert known == heard


async def test_those_who_were_there_before_are_not_new(database: str) -> None:
    """As after an upgrade: a place without a newcomer's row."""
    group = await a_home()
    member = await a_place(group, at=LONG_AGO)
    await Newcomer.filter(member_id=member.id).delete()
    place = await Membership.of(member.id, group.id)

    assert await spoke(place, at=NOON)
    await Membership.leave(member.id, group.id, at=NOON + DAY)
    await Membership.join(member.id, group.id, at=NOON + 40 * DAY)

    assert await Newcomer.filter(member_id=member.id).count() == 0


async def test_one_bad_row_keeps_no_other_from_its_turn(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    group = await a_home()
    bad, good = await a_newcomer(group), await a_newcomer(group)
    plain = newcomer_module._settled

    async def settled(newcomer_id: object, *, at: datetime) -> bool:
        if newcomer_id == bad.id:
            raise ValueError("broken")
        return await plain(newcomer_id, at=at)  # type: ignore[arg-type]  # an id

    monkeypatch.setattr(newcomer_module, "_settled", settled)
    await settle_newcomers(at=OVER)

    assert [(await anew(one)).state for one in (bad, good)] == [NewcomerState.UNDERWAY, NewcomerState.ZOMBIE]


async def test_an_erased_member_is_no_newcomer_any_more(database: str) -> None:
    found = await a_newcomer(await a_home())

    await erase(found.member_id, at=NOON + DAY)
    await settle_newcomers(at=OVER)

    assert (await anew(found)).state is NewcomerState.LEFT
