"""Forming: who comes in and goes out until squads are closed, who is matched with whom, and what is given back."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models.actor import Actor
from models.checkins.squad import Squad
from models.checkins.squad_captain import change_squad, hand_squad_over, relieve
from models.checkins.squad_challenge import ChallengeStatus, SquadChallenge
from models.checkins.squad_challenge_version import cancel_challenge, change_challenge
from models.checkins.squad_forming import form_due
from models.checkins.squad_joining import enlist, form_squad, join_squad
from models.checkins.squad_leaving import leave_challenge, quit_squad
from models.checkins.squad_notice import SquadNotice, SquadNoticeKind
from models.checkins.squad_place import SquadPlace, SquadPlaceState
from models.checkins.squad_progress import squad_today
from models.checkins.squad_settlement import settle_due
from models.checkins.squad_tally import SquadState
from models.checkins.squad_terms import Milestone, Tier
from models.checkins.squad_unwinding import move_squads_on
from models.members.audience import Audience
from models.points.account import Bucket
from models.points.reconciliation import reconcile
from models.spread.referral import Referral
from models.staff.audit import AuditRow
from tests.build import LONG_AGO, a_member
from tests.checkins.squads import (
    DAY,
    HOUR,
    STAFF_ID,
    STARTS,
    a_challenge,
    a_draft_challenge,
    a_running_squad,
    a_squad,
    checked_in,
    now,
    squad_of,
    terms,
)
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.groups.conftest import boards_elsewhere  # noqa: F401  # an autouse fixture, for this file as well
from tests.mall.build import a_buyer, outcomes, points_of, refused


async def test_a_captain_forms_a_squad_and_a_mate_joins_by_its_code(database: str) -> None:
    challenge = await a_challenge(stake=100)
    members = [await a_buyer(100) for _ in range(2)]

    first, second = await a_squad(challenge, members=members, name="读书人")

    squad = await squad_of(first)
    assert (squad.name, squad.captain_id, squad.taken, squad.state) == ("读书人", members[0].id, 2, SquadState.FORMING)
    assert second.squad_id == squad.id
    assert [(await points_of(one), await points_of(one, Bucket.HELD)) for one in members] == [(0, 100)] * 2
    assert (await refused(join_squad(members[1].id, squad.code, at=NOON, once=None))).code == "ALREADY_IN_CHALLENGE"


async def test_the_last_place_goes_to_one_of_fifty(database: str) -> None:
    challenge = await a_challenge(stake=10, size_most=3)
    places = await a_squad(challenge, 2)
    code = (await squad_of(places[0])).code
    others = [await a_buyer(10) for _ in range(50)]

    ended = await outcomes([join_squad(one.id, code, at=NOON + HOUR, once=None) for one in others])

    assert ended == {"done": 1, "SQUAD_FULL": 49}
    assert ((await squad_of(places[0])).taken, await SquadPlace.all().count()) == (3, 3)
    assert sorted([await points_of(one, Bucket.HELD) for one in others]) == [0] * 49 + [10]
    assert await reconcile() == []


async def test_an_empty_seat_goes_to_one_of_many(database: str) -> None:
    challenge = await a_challenge(misses_allowed=3, substitutes_until_day=3)
    first, gone = await a_running_squad(challenge)
    await quit_squad(gone.member_id, gone.squad_id or gone.id, at=STARTS)
    code = (await squad_of(first)).code
    others = [await a_member() for _ in range(10)]

    ended = await outcomes([join_squad(one.id, code, at=STARTS + HOUR, once=None) for one in others])

    assert ended == {"done": 1, "SQUAD_FULL": 9}
    assert ((await squad_of(first)).vacant, await SquadPlace.filter(is_substitute=True).count()) == (0, 1)


async def test_one_member_is_in_one_squad_however_it_tries(database: str) -> None:
    challenge = await a_challenge(stake=10)
    codes = [(await squad_of((await a_squad(challenge, name=f"第{n}组"))[0])).code for n in range(3)]
    member = await a_buyer(100)

    ended = await outcomes(
        [
            *(join_squad(member.id, code, at=NOON + HOUR, once=None) for code in codes),
            form_squad(member.id, challenge.id, name="自己来", at=NOON + HOUR, once=None),
            enlist(member.id, challenge.id, at=NOON + HOUR, once=None),
        ]
    )

    assert ended == {"done": 1, "ALREADY_IN_CHALLENGE": 4}
    assert (await points_of(member), await points_of(member, Bucket.HELD)) == (90, 10)
    assert (await SquadChallenge.get()).waiting_count == await SquadPlace.filter(state="waiting").count()
    assert await reconcile() == []


@pytest.mark.parametrize(
    ("rules", "at", "code"),
    [
        ({"forms_from": NOON + HOUR}, NOON, "SQUADS_NOT_FORMING"),
        ({}, STARTS, "SQUADS_CLOSED"),
        ({"audience": Audience(new_within_days=1)}, NOON, "NEW_MEMBERS_ONLY"),
        ({"stake": 50}, NOON, "INSUFFICIENT_POINTS"),
    ],
)
async def test_who_may_not_take_part_writes_nothing(database: str, rules: dict[str, Any], at: Any, code: str) -> None:
    challenge, member = await a_challenge(**rules), await a_member()

    refusals = [
        await refused(form_squad(member.id, challenge.id, name="早起", at=at, once=None)),
        await refused(enlist(member.id, challenge.id, at=at, once=None)),
    ]

    assert [one.code for one in refusals] == [code] * 2
    assert (await Squad.all().count(), await SquadPlace.all().count()) == (0, 0)
    assert (await SquadChallenge.get()).waiting_count == 0


async def test_a_challenge_of_a_group_is_for_its_members(database: str) -> None:
    group = await a_group()
    challenge, mine, other = await a_challenge(group_id=group.id), await a_place(group), await a_member()

    await form_squad(mine.id, challenge.id, name="本群", at=NOON, once=None)
    refusal = await refused(form_squad(other.id, challenge.id, name="外人", at=NOON, once=None))
    draft = await a_draft_challenge()

    assert refusal.code == "NOT_IN_CHALLENGE_GROUP"
    assert (await refused(form_squad(other.id, draft.id, name="草稿", at=NOON, once=None))).code == "NOT_FOUND"
    assert await Squad.all().count() == 1


async def test_a_squad_too_small_is_dissolved_and_gives_its_stakes_back(database: str) -> None:
    challenge = await a_challenge(stake=100, size_least=3)
    members = [await a_buyer(100) for _ in range(2)]
    first, _ = await a_squad(challenge, members=members)

    early = await form_due(at=STARTS - timedelta(microseconds=1))
    await form_due(at=STARTS + 5 * DAY)

    squad = await squad_of(first)
    assert (early, squad.state, squad.ended_at, squad.due_at) == (0, SquadState.DISSOLVED, STARTS, None)
    assert (await now(first)).state is SquadPlaceState.DISSOLVED
    assert [await points_of(one) for one in members] == [100, 100]
    assert await SquadNotice.filter(kind="dissolved").count() == 2
    assert await reconcile() == []


async def test_matching_mixes_newcomers_and_keeps_one_inviters_people_apart(database: str) -> None:
    challenge = await a_challenge(size_least=3, size_most=3, stake=5)
    inviter = await a_member()
    old = [await a_buyer(5) for _ in range(3)]
    new = [await a_buyer(5) for _ in range(3)]
    for member in new:
        await type(member).filter(id=member.id).update(joined_at=NOON - 3 * DAY)
    await type(old[0]).filter(id=old[0].id).update(joined_at=LONG_AGO - 90 * DAY)
    for member in (old[0], new[0]):
        await Referral.record(inviter.id, member.id, at=NOON)
    for member in (*old, *new):
        await enlist(member.id, challenge.id, at=NOON, once=None)

    await asyncio.gather(*(form_due(at=STARTS) for _ in range(3)))

    squads = await Squad.all()
    assert sorted(squad.taken for squad in squads) == [3, 3]
    assert {squad.state for squad in squads} == {SquadState.RUNNING}
    fresh = {member.id for member in new}
    homes = {place.member_id: place.squad_id for place in await SquadPlace.all()}
    counts = [sum(homes[one] == squad.id for one in fresh) for squad in squads]
    assert sorted(counts) == [1, 2]
    assert homes[old[0].id] != homes[new[0].id]
    assert old[0].id in {squad.captain_id for squad in squads}
    assert (await SquadChallenge.get()).waiting_count == 0
    assert await SquadNotice.filter(kind="matched").count() == 6


async def test_matching_saves_a_squad_that_is_open_and_leaves_a_closed_one_alone(database: str) -> None:
    challenge = await a_challenge(size_least=3, size_most=4)
    opened, closed = await a_squad(challenge, name="欢迎"), await a_squad(challenge, name="只等熟人", is_open=False)
    waiting = await enlist((await a_member()).id, challenge.id, at=NOON, once=None)

    await form_due(at=STARTS)

    assert (await now(waiting)).squad_id == opened[0].squad_id
    assert (await squad_of(opened[0])).state is SquadState.RUNNING
    assert (await squad_of(closed[0])).state is SquadState.DISSOLVED


async def test_who_finds_no_squad_has_the_stake_back(database: str) -> None:
    challenge, member = await a_challenge(stake=20, size_least=2), await a_buyer(20)
    place = await enlist(member.id, challenge.id, at=NOON, once=None)

    await form_due(at=STARTS)
    await move_squads_on(at=challenge.ends_at)

    assert ((await now(place)).state, await points_of(member)) == (SquadPlaceState.DISSOLVED, 20)
    found = await SquadChallenge.get()
    assert (found.waiting_count, found.status) == (0, ChallengeStatus.ENDED)


async def test_leaving_before_squads_are_closed_costs_nothing(database: str) -> None:
    challenge = await a_challenge(stake=20)
    members = [await a_buyer(20) for _ in range(3)]
    first, second = await a_squad(challenge, members=members[:2])
    waiting = await enlist(members[2].id, challenge.id, at=NOON, once=None)

    for place in (first, first, waiting, waiting):
        await leave_challenge(place.member_id, place.id, at=NOON + HOUR)
    stranger = await refused(leave_challenge(members[2].id, second.id, at=NOON + HOUR))
    late = await refused(leave_challenge(members[1].id, second.id, at=STARTS))
    squad = await squad_of(second)
    await leave_challenge(members[1].id, second.id, at=NOON + 2 * HOUR)

    assert (stranger.code, late.code) == ("NOT_FOUND", "CHALLENGE_BEGUN")
    assert (squad.captain_id, squad.taken) == (members[1].id, 1)
    assert [await points_of(one) for one in members] == [20, 20, 20]
    assert ((await squad_of(second)).state, (await SquadChallenge.get()).waiting_count) == (SquadState.DISSOLVED, 0)
    again = await form_squad(members[0].id, challenge.id, name="再来", at=NOON + 3 * HOUR, once=None)
    assert again.state is SquadPlaceState.JOINED
    assert await reconcile() == []


async def test_a_challenge_that_is_called_off_gives_everything_back(database: str) -> None:
    challenge = await a_challenge(stake=20, misses_allowed=3, quit_penalty=3, milestones=(Milestone(1, 7),))
    members = [await a_buyer(30) for _ in range(3)]
    places = await a_running_squad(challenge, members=members)
    for place in places:
        await checked_in(place, 1)
    await quit_squad(members[2].id, places[2].squad_id or places[2].id, at=STARTS + DAY + HOUR)

    await cancel_challenge(challenge.id, reason="平台维护", staff_id=STAFF_ID, at=STARTS + DAY + 2 * HOUR)
    await asyncio.gather(*(move_squads_on(at=STARTS + 9 * DAY) for _ in range(3)))

    assert [await points_of(one) for one in members] == [37, 37, 34]
    squad = await squad_of(places[0])
    assert (squad.state, squad.settled_through) == (SquadState.CANCELLED, 1)
    assert [(await now(one)).state for one in places] == ["cancelled", "cancelled", "quit"]
    assert (await SquadChallenge.get()).unwound_at == STARTS + 9 * DAY
    assert await SquadNotice.filter(kind="cancelled").count() == 2
    assert await reconcile() == []


async def test_what_members_count_on_stays_once_it_is_published(database: str) -> None:
    challenge = await a_challenge(tiers=(Tier("全勤", 3, 50),))
    changed = {"tiers": (Tier("全勤", 3, 10),)}

    async def change(version: int, **rules: Any) -> SquadChallenge:
        said = await terms(**rules)
        return await change_challenge(
            challenge.id, said, expected_version=version, reason=None, staff_id=STAFF_ID, at=NOON
        )

    fixed = await refused(change(2, **changed))
    stale = await refused(change(1, tiers=(Tier("全勤", 3, 50),)))
    done = await change(2, tiers=(Tier("全勤", 3, 50),), title="新名字")

    assert (fixed.code, fixed.field, stale.code) == ("CHALLENGE_TERMS_FIXED", "tiers", "CHALLENGE_CHANGED")
    assert (done.title, done.version) == ("新名字", 3)
    actions = [row.action for row in await AuditRow.all().order_by("id")]
    assert actions == ["create_squad_challenge", "publish_squad_challenge", "change_squad_challenge"]


async def test_mates_nudge_each_other_once_a_day(database: str) -> None:
    challenge = await a_challenge(misses_allowed=3)
    first, second, third = await a_running_squad(challenge, 3)
    squad_id = first.squad_id or first.id
    stranger = await a_member()
    await checked_in(third, 1, at=STARTS + HOUR)
    at = STARTS + 2 * HOUR

    async def nudge(who: SquadPlace, mate: SquadPlace, when: Any = at) -> str:
        [code] = await outcomes([SquadNotice.nudge(who.member_id, squad_id, mate.member_id, at=when)])
        return code

    codes = [
        await nudge(first, second, NOON + 11 * HOUR),
        await nudge(first, second),
        await nudge(first, second),
        await nudge(second, first),
        await nudge(third, second),
        await nudge(first, third),
        await nudge(first, first),
        await nudge(first, second, at + DAY),
    ]
    outside = await refused(SquadNotice.nudge(stranger.id, squad_id, second.member_id, at=at))

    expected = ["SQUAD_NOT_RUNNING", "done", "ALREADY_NUDGED", "done", "done", "MATE_CHECKED_IN", "INVALID_INPUT"]
    assert codes == [*expected, "done"]
    assert outside.code == "NOT_FOUND"
    assert await SquadNotice.filter(kind=SquadNoticeKind.NUDGED, member_id=second.member_id).count() == 3
    today = await squad_today(first.member_id, challenge.id, at=at)
    assert today is not None
    assert [(mate.is_done, mate.may_nudge) for mate in today.mates] == [(False, False), (False, False), (True, False)]


async def test_a_captain_names_the_squad_and_hands_it_over(database: str) -> None:
    challenge = await a_challenge()
    first, second = await a_squad(challenge)
    squad_id, captain, mate = first.squad_id or first.id, first.member_id, second.member_id

    named = await change_squad(captain, squad_id, name="晨光", is_open=False, at=NOON)
    refusals = [
        await refused(change_squad(mate, squad_id, name="夺权", at=NOON)),
        await refused(hand_squad_over(squad_id, mate, actor=Actor.member(mate), at=NOON)),
        await refused(hand_squad_over(squad_id, (await a_member()).id, actor=Actor.member(captain), at=NOON)),
        await refused(hand_squad_over(squad_id, mate, actor=Actor.staff(STAFF_ID), at=NOON)),
    ]
    await hand_squad_over(squad_id, mate, actor=Actor.member(captain), at=NOON)
    await relieve(mate, squad_id, captain, at=NOON)

    assert (named.name, named.is_open) == ("晨光", False)
    assert [one.code for one in refusals] == ["NOT_CAPTAIN", "NOT_CAPTAIN", "NOT_FOUND", "INVALID_INPUT"]
    squad = await squad_of(second)
    assert (squad.captain_id, squad.taken, (await now(first)).state) == (mate, 1, SquadPlaceState.LEFT)
    by_staff = await hand_squad_over(squad_id, mate, actor=Actor.staff(STAFF_ID), reason="原组长失联", at=NOON)
    assert by_staff.captain_id == mate
    assert (await AuditRow.get(action="hand_squad_over")).reason == "原组长失联"


async def test_a_member_who_is_gone_counts_no_more_when_squads_are_closed(database: str) -> None:
    from models.members.erasure import erase

    challenge = await a_challenge(size_least=2, stake=10, tiers=(Tier("完赛", 0, 50),))
    places = await a_squad(challenge, 3)
    await erase(places[0].member_id, at=NOON + HOUR)

    await form_due(at=STARTS)
    for place in places[1:]:
        await checked_in(place, 1, 2, 3)
    await settle_due(at=challenge.ends_at)

    squad = await squad_of(places[1])
    assert (squad.state, squad.seats, squad.captain_id) == (SquadState.FINISHED, 2, places[1].member_id)
    assert ((await now(places[0])).state, (await now(places[1])).points_paid) == (SquadPlaceState.LEFT, 50)
    assert await reconcile() == []
