"""Squads over HTTP: each mutation as nobody, as the wrong caller and as the right one; what each of them sees."""

import asyncio
from typing import Any

import pytest

from models.certificate_number import shown_number
from models.checkins.squad import Squad
from models.checkins.squad_challenge import SquadChallenge
from models.checkins.squad_day import SquadDay, SquadMark
from models.checkins.squad_diploma import SquadDiploma
from models.checkins.squad_place import SquadPlace
from models.checkins.squad_terms import Milestone, SquadMode, Tier
from models.checkins.squad_unwinding import move_squads_on
from models.groups.role import Role
from models.points.entry import PointEntry
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.clock import FixedClock
from tests.build import a_member, a_plan, a_staff, new_key, public_id
from tests.callers import Caller, Callers
from tests.checkins.squads import (
    DAY,
    HOUR,
    STARTS,
    a_challenge,
    a_draft_challenge,
    a_running_squad,
    a_squad,
    checked_in,
    squad_of,
)
from tests.groups.build import a_group, a_place
from tests.mall.build import a_buyer, points_of
from tests.statements import WITH_PLANS, statements

PLACE = "place { id state squad { name code taken } challenge { viewerPlace { state } } }"


async def refused_to(callers: Callers, mutation: str, input: dict[str, Any], *wrong: Caller) -> list[str]:
    """The codes that nobody and the wrong callers are answered with."""
    kind = mutation[0].upper() + mutation[1:]
    query = f"mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"
    return [await one.error(query, input=input) for one in (callers.nobody(), *wrong)]


async def written(**more: Any) -> dict[str, Any]:
    """The terms of a challenge as staff send them."""
    return {
        "title": "14 天早起小组挑战",
        "planId": public_id(await a_plan()),
        "days": 14,
        "startsOn": "2026-11-24",
        "mode": "TOTAL_DAYS",
        "milestones": [{"day": 7, "points": 20}],
        "tiers": [{"title": "金牌", "leastDays": 14, "points": 100}, {"title": "铜牌", "leastDays": 7, "points": 30}],
        "everyFinishPoints": 50,
        **more,
    }


async def test_staff_write_publish_and_call_off_a_challenge(callers: Callers) -> None:
    staff, member = await callers.staff(await a_staff("checkins.read", "checkins.write")), await a_member()
    reader = await callers.staff(await a_staff("checkins.read"))
    wrong = (await callers.member(member), reader)
    terms = await written()
    given = {"idempotencyKey": new_key(), "terms": terms}

    denied = [await refused_to(callers, "createSquadChallenge", given, *wrong)]
    first = await staff.do("createSquadChallenge", given, "isReplay challenge { id status zone formsUntil endsAt }")
    again = await staff.do("createSquadChallenge", given, "isReplay challenge { id }")
    challenge_id = first["challenge"]["id"]
    change = {"challengeId": challenge_id, "expectedVersion": 1, "terms": {**terms, "summary": "每天早起"}}
    denied.append(await refused_to(callers, "changeSquadChallenge", change, *wrong))
    changed = await staff.do("changeSquadChallenge", change, "challenge { summary version }")
    stale = await staff.refusal("changeSquadChallenge", change)
    publish = {"challengeId": challenge_id, "expectedVersion": 2}
    denied.append(await refused_to(callers, "publishSquadChallenge", publish, *wrong))
    shown = "challenge { status tiers { title leastDays } milestones { day points } plan { name } }"
    published = await staff.do("publishSquadChallenge", publish, shown)
    off = {"challengeId": challenge_id, "reason": "平台维护"}
    denied.append(await refused_to(callers, "cancelSquadChallenge", off, *wrong))
    cancelled = await staff.do("cancelSquadChallenge", off, "challenge { status }")

    assert denied == [["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN"]] * 4
    assert first["challenge"] == {
        "id": challenge_id,
        "status": "DRAFT",
        "zone": "Asia/Shanghai",
        "formsUntil": "2026-11-23T16:00:00Z",
        "endsAt": "2026-12-07T16:00:00Z",
    }
    assert (again["isReplay"], again["challenge"]["id"]) == (True, challenge_id)
    assert (changed["challenge"], stale) == ({"summary": "每天早起", "version": 2}, "CHALLENGE_CHANGED")
    assert published["challenge"] == {
        "status": "PUBLISHED",
        "tiers": [{"title": "铜牌", "leastDays": 7}, {"title": "金牌", "leastDays": 14}],
        "milestones": [{"day": 7, "points": 20}],
        "plan": {"name": "每日签到"},
    }
    assert cancelled["challenge"] == {"status": "CANCELLED"}
    actions = [row.action for row in await AuditRow.all().order_by("id")]
    assert actions == [f"{one}_squad_challenge" for one in ("create", "change", "publish", "cancel")]


async def test_members_form_join_enlist_and_leave(callers: Callers) -> None:
    challenge = await a_challenge(stake=100)
    captain, mate, alone = [await a_buyer(100) for _ in range(3)]
    leader, joiner, waiter = [await callers.member(one) for one in (captain, mate, alone)]
    staff, stranger = await callers.staff(await a_staff()), await callers.member(await a_member())
    form = {"idempotencyKey": new_key(), "challengeId": public_id(challenge), "name": "早起的鸟儿"}
    enlist = {"idempotencyKey": new_key(), "challengeId": public_id(challenge)}

    denied = [await refused_to(callers, "formSquad", form, staff)]
    formed = [await leader.do("formSquad", form, f"isReplay {PLACE}") for _ in range(2)]
    code = formed[0]["place"]["squad"]["code"]
    join = {"idempotencyKey": new_key(), "code": code.lower()}
    denied.append(await refused_to(callers, "joinSquad", join, staff))
    joined = await joiner.do("joinSquad", join, f"{PLACE} viewer {{ account {{ available held }} }}")
    denied.append(await refused_to(callers, "enlistForSquad", enlist, staff))
    waiting = await waiter.do("enlistForSquad", enlist, "place { id state squad { name } }")
    leave = {"squadPlaceId": joined["place"]["id"]}
    denied.append(await refused_to(callers, "leaveSquadChallenge", leave, staff))
    not_mine = await stranger.refusal("leaveSquadChallenge", leave)
    left = [await joiner.do("leaveSquadChallenge", leave, "viewer { account { available } }") for _ in range(2)]

    assert denied == [["UNAUTHENTICATED", "FORBIDDEN"]] * 4
    assert [one["isReplay"] for one in formed] == [False, True]
    assert formed[0]["place"] == {
        "id": formed[1]["place"]["id"],
        "state": "JOINED",
        "squad": {"name": "早起的鸟儿", "code": code, "taken": 1},
        "challenge": {"viewerPlace": {"state": "JOINED"}},
    }
    assert joined["viewer"] == {"account": {"available": "0", "held": "100"}}
    assert waiting["place"] == {"id": waiting["place"]["id"], "state": "WAITING", "squad": None}
    assert (not_mine, [one["viewer"] for one in left]) == ("NOT_FOUND", [{"account": {"available": "100"}}] * 2)
    assert await PointEntry.filter(member_id=mate.id, reason="hold_release", amount__gt=0).count() == 1


async def test_fifty_at_once_for_the_last_place(callers: Callers) -> None:
    challenge = await a_challenge(stake=10, size_most=3)
    code = (await squad_of((await a_squad(challenge, 2))[0])).code
    clients = [await callers.member(await a_buyer(10)) for _ in range(50)]

    answers = await asyncio.gather(
        *(one.do("joinSquad", {"idempotencyKey": new_key(), "code": code}) for one in clients)
    )

    assert [error["code"] for answer in answers for error in answer["userErrors"]] == ["SQUAD_FULL"] * 49
    assert ((await Squad.get()).taken, await SquadPlace.all().count()) == (3, 3)


async def test_everything_is_told_before_taking_part(callers: Callers) -> None:
    challenge = await a_challenge(
        stake=300,
        milestones=(Milestone(2, 15),),
        tiers=(Tier("完赛", 0, 20), Tier("全勤", 3, 100)),
        every_finish_points=50,
    )
    caller = await callers.member(await a_buyer(10))
    query = """query($id: ID!) { squadEligibility(challengeId: $id) {
        isAllowed nextAt reasons { code } preview { reason points } } }"""

    found = (await caller.data(query, id=public_id(challenge)))["squadEligibility"]

    assert found == {
        "isAllowed": False,
        "nextAt": None,
        "reasons": [{"code": "INSUFFICIENT_POINTS"}],
        "preview": [
            {"reason": "squad_milestone", "points": 15},
            {"reason": "squad_finish", "points": 100},
            {"reason": "squad_every_finish", "points": 50},
        ],
    }


async def test_a_member_finds_the_challenges_that_are_its_own(callers: Callers) -> None:
    mine, other = await a_group(), await a_group()
    caller = await callers.member(await a_place(mine))
    staff = await callers.staff(await a_staff("checkins.read"))
    await a_draft_challenge(title="草稿")
    for title, rules in (
        ("全员", {}),
        ("本群", {"group_id": mine.id}),
        ("本圈", {"circle_id": mine.circle_id}),
        ("别群", {"group_id": other.id}),
        ("晚点开始", {"forms_from": STARTS - HOUR}),
    ):
        await a_challenge(title=title, **rules)
    listed = "squadChallenges(first: 9) { edges { node { title } } }"

    def titles(found: dict[str, Any]) -> set[str]:
        return {edge["node"]["title"] for edge in found["edges"]}

    seen = await caller.data(f"{{ openSquadChallenges(first: 9) {{ edges {{ node {{ title }} }} }} {listed} }}")
    staffs = await staff.data(f"{{ {listed} }}")
    drafts = await staff.data("{ squadChallenges(first: 9, status: DRAFT) { edges { node { title } } } }")

    assert titles(seen["openSquadChallenges"]) == {"全员", "本群", "本圈"}
    assert titles(seen["squadChallenges"]) == {"全员", "本群", "本圈", "晚点开始"}
    assert titles(staffs["squadChallenges"]) == {"草稿", "全员", "本群", "本圈", "别群", "晚点开始"}
    assert titles(drafts["squadChallenges"]) == {"草稿"}
    assert await callers.nobody().error(f"{{ {listed} }}") == "UNAUTHENTICATED"


async def test_mates_see_today_and_nudge_each_other(callers: Callers, clock: FixedClock) -> None:
    challenge = await a_challenge(misses_allowed=2, team_misses_allowed=4)
    first, second = await a_running_squad(challenge)
    clock.at = STARTS + 10 * HOUR
    await checked_in(first, 1)
    caller, mate = [await callers.member(await one.member) for one in (first, second)]
    staff, stranger = await callers.staff(await a_staff()), await callers.member(await a_member())
    nudge = {"squadId": public_id(await squad_of(first)), "memberId": public_id(await second.member)}
    query = """query($id: ID!) { mySquad(challengeId: $id) { day missesLeft squad { name code }
        mates { isDue isDone missesLeft viewerMayNudge place { id } } } }"""

    before = (await caller.data(query, id=public_id(challenge)))["mySquad"]
    denied = await refused_to(callers, "nudgeSquadMate", nudge, staff)
    outside = await stranger.refusal("nudgeSquadMate", nudge)
    done = await caller.do("nudgeSquadMate", nudge, "mate { id }")
    twice = await caller.refusal("nudgeSquadMate", nudge)
    notices = "{ viewer { squadNotices(first: 1) { edges { node { kind day sender { id } } } } } }"
    told = await mate.data(notices)

    assert (before["day"], before["missesLeft"]) == (1, 4)
    assert before["mates"] == [
        {"isDue": True, "isDone": True, "missesLeft": 2, "viewerMayNudge": False, "place": {"id": public_id(first)}},
        {"isDue": True, "isDone": False, "missesLeft": 2, "viewerMayNudge": True, "place": {"id": public_id(second)}},
    ]
    assert (denied, outside, twice) == (["UNAUTHENTICATED", "FORBIDDEN"], "NOT_FOUND", "ALREADY_NUDGED")
    assert done["mate"] == {"id": public_id(second)}
    sender = {"id": public_id(await first.member)}
    assert told["viewer"]["squadNotices"]["edges"] == [{"node": {"kind": "NUDGED", "day": 1, "sender": sender}}]
    assert (await stranger.data(query, id=public_id(challenge))) == {"mySquad": None}


async def test_captains_lead_and_members_quit(callers: Callers, clock: FixedClock) -> None:
    challenge = await a_challenge(misses_allowed=3, substitutes_until_day=3, quit_penalty=30)
    members = [await a_buyer(100) for _ in range(3)]
    first, _second, _third = await a_running_squad(challenge, members=members)
    clock.at = STARTS + DAY + HOUR
    leader, mate, weak = [await callers.member(one) for one in members]
    staff, reader = await callers.staff(await a_staff()), await callers.staff(await a_staff("checkins.read"))
    squad_id = public_id(await squad_of(first))
    rename = {"squadId": squad_id, "name": "坚持到底"}
    hand_over = {"squadId": squad_id, "memberId": public_id(members[1])}
    relieve = {"squadId": squad_id, "memberId": public_id(members[2])}
    leave = {"squadId": squad_id}

    denied = [
        await refused_to(callers, "changeSquad", rename, staff),
        await refused_to(callers, "relieveSquadMate", relieve, staff),
        await refused_to(callers, "quitSquad", leave, staff),
    ]
    handing = await refused_to(callers, "handSquadOver", hand_over, reader)
    not_captain = [
        await mate.refusal(name, given) for name, given in (("changeSquad", rename), ("relieveSquadMate", relieve))
    ]
    named = await leader.do("changeSquad", rename, "squad { name }")
    relieved = await leader.do("relieveSquadMate", relieve, "place { state lastDay squad { vacant } }")
    handed = await leader.do("handSquadOver", hand_over, "squad { captain { id } }")
    quitted = [
        await leader.do("quitSquad", leave, "place { state } viewer { account { available } }") for _ in range(2)
    ]
    outside = await weak.refusal("quitSquad", leave)
    why = {**hand_over, "reason": "原组长失联"}
    by_staff = [await staff.refusal("handSquadOver", hand_over), await staff.do("handSquadOver", why, "squad { name }")]

    assert denied == [["UNAUTHENTICATED", "FORBIDDEN"]] * 3
    assert (handing, not_captain) == (["UNAUTHENTICATED", "FORBIDDEN"], ["NOT_CAPTAIN"] * 2)
    assert named["squad"] == {"name": "坚持到底"}
    assert relieved["place"] == {"state": "RELIEVED", "lastDay": 1, "squad": {"vacant": 1}}
    assert handed["squad"] == {"captain": {"id": public_id(members[1])}}
    assert [one["viewer"] for one in quitted] == [{"account": {"available": "70"}}] * 2
    assert (outside, by_staff[0]) == ("SQUAD_NOT_RUNNING", "INVALID_INPUT")
    assert by_staff[1]["squad"] == {"name": "坚持到底"}  # type: ignore[index]  # the second is a payload
    assert await points_of(members[2]) == 100


async def test_boards_are_for_who_takes_part_and_staff(callers: Callers, clock: FixedClock) -> None:
    challenge = await a_challenge(misses_allowed=3)
    ahead, behind = await a_squad(challenge, name="先锋"), await a_squad(challenge, name="慢跑")
    await move_squads_on(at=STARTS)
    for place in (*ahead, behind[0]):
        await checked_in(place, 1)
    clock.at = STARTS + DAY + HOUR
    await move_squads_on(at=clock.at)
    callings = [
        await callers.member(await behind[1].member),
        await callers.member(await a_member()),
        await callers.staff(await a_staff("checkins.read")),
    ]
    query = """query($id: ID!) { squadChallenge(id: $id) {
        board(first: 9) { edges { node { name rank doneDays code days(first: 3) { edges { node { done missed } } } } } }
        memberBoard(first: 9) { edges { node { rank doneDays marks(first: 3) { edges { node { isDone } } } } } } } }"""

    mate, stranger, staff = [(await one.data(query, id=public_id(challenge)))["squadChallenge"] for one in callings]

    board = [edge["node"] for edge in mate["board"]["edges"]]
    codes = [(await squad_of(one[0])).code for one in (ahead, behind)]
    assert [(one["name"], one["rank"], one["doneDays"], one["code"]) for one in board] == [
        ("先锋", 1, 2, None),
        ("慢跑", 2, 1, codes[1]),
    ]
    assert board[1]["days"]["edges"] == [{"node": {"done": 1, "missed": 1}}]
    ranks = [(edge["node"]["rank"], edge["node"]["doneDays"]) for edge in mate["memberBoard"]["edges"]]
    assert ranks == [(1, 1), (1, 1), (1, 1), (4, 0)]
    assert mate["memberBoard"]["edges"][3]["node"]["marks"]["edges"] == [{"node": {"isDone": False}}]
    assert (stranger["board"]["edges"], stranger["memberBoard"]["edges"]) == ([], [])
    assert [edge["node"]["code"] for edge in staff["board"]["edges"]] == codes
    node = "query($id: ID!) { node(id: $id) { id } }"
    for row in (await SquadMark.first(), await SquadDay.first(), behind[0], await squad_of(behind[0])):
        assert row is not None
        seen = [(await one.data(node, id=public_id(row)))["node"] is not None for one in callings]
        assert seen == [True, False, True]


async def test_leaders_of_a_group_and_staff_see_who_is_missing(callers: Callers, clock: FixedClock) -> None:
    group, other = await a_group(region="华东"), await a_group(region="华南")
    guide, plain = await a_place(group, role=Role.GUIDE), await a_place(group)
    inside, outside = await a_place(group), await a_place(other)
    challenge = await a_challenge(misses_allowed=3)
    first, second = await a_running_squad(challenge, members=[inside, outside])
    relay = await a_challenge(mode=SquadMode.RELAY, title="接力")
    runner, _ = await a_running_squad(relay, members=[inside, outside])
    clock.at = STARTS + 3 * HOUR
    leader, nobody_special = await callers.member(guide), await callers.member(plain)
    staff = await callers.staff(await a_staff("checkins.read"))
    south = await callers.staff(await a_staff("checkins.read", scope=DataScope.REGION, region="华南"))
    query = """query($id: ID!, $group: ID) {
        squadMembersMissing(challengeId: $id, groupId: $group, first: 9) {
            edges { node { id member { nickname } } } } }"""

    async def missing(caller: Caller, of: SquadChallenge = challenge, **given: str) -> list[str]:
        found = await caller.data(query, id=public_id(of), **given)
        return [edge["node"]["id"] for edge in found["squadMembersMissing"]["edges"]]

    led = await missing(leader, group=public_id(group))
    by_staff, by_south = await missing(staff), await missing(south)
    in_relay = await missing(staff, relay)
    refusals = [
        await leader.error(query, id=public_id(challenge)),
        await leader.error(query, id=public_id(challenge), group=public_id(other)),
        await nobody_special.error(query, id=public_id(challenge), group=public_id(group)),
        await south.error(query, id=public_id(challenge), group=public_id(group)),
    ]
    await checked_in(first, 1, at=STARTS + HOUR)

    assert led == [public_id(first)]
    assert (by_staff, by_south) == ([public_id(first), public_id(second)], [public_id(second)])
    assert in_relay == [public_id(runner)]
    assert refusals == ["NOT_FOUND", "NOT_FOUND", "NOT_ALLOWED", "NOT_FOUND"]
    assert (await missing(leader, group=public_id(group)), await missing(staff)) == ([], [public_id(second)])


async def test_anybody_verifies_a_diploma_and_staff_withdraw_it(callers: Callers, clock: FixedClock) -> None:
    challenge = await a_challenge(1, tiers=(Tier("全勤", 1, 0),))
    member = await a_member(nickname="小明", real_name="王小明")
    places = await a_running_squad(challenge, members=[member])
    for place in places:
        await checked_in(place, 1)
    clock.at = STARTS + DAY
    await move_squads_on(at=clock.at)
    diploma = await SquadDiploma.get(member_id=member.id)
    caller, staff = await callers.member(member), await callers.staff(await a_staff())
    reader = await callers.staff(await a_staff("checkins.read"))
    query = """query($number: String!) { squadDiploma(number: $number) {
        number maskedName challengeTitle squadName startsOn endsOn days doneDays tier issuedAt isValid } }"""
    given = {"diplomaId": public_id(diploma), "reason": "代打卡"}

    mine = await caller.data("{ viewer { squadDiplomas(first: 3) { edges { node { number isValid } } } } }")
    found = (await callers.nobody().data(query, number=diploma.number.lower()))["squadDiploma"]
    absent = await callers.nobody().data(query, number="2222-2222-2222-2")
    wrong = await refused_to(callers, "withdrawSquadDiploma", given, caller, reader)
    withdrawn = await staff.do("withdrawSquadDiploma", given, "diploma { isValid reason }")
    again = await staff.refusal("withdrawSquadDiploma", given)
    after = (await callers.nobody().data(query, number=diploma.number))["squadDiploma"]

    number = shown_number(diploma.number)
    assert mine["viewer"]["squadDiplomas"]["edges"] == [{"node": {"number": number, "isValid": True}}]
    assert found == {
        "number": number,
        "maskedName": "王**",
        "challengeTitle": challenge.title,
        "squadName": "早起的鸟儿",
        "startsOn": "2026-11-24",
        "endsOn": "2026-11-24",
        "days": 1,
        "doneDays": 1,
        "tier": "全勤",
        "issuedAt": "2026-11-24T16:00:00Z",
        "isValid": True,
    }
    assert (absent, wrong) == ({"squadDiploma": None}, ["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN"])
    assert withdrawn["diploma"] == {"isValid": False, "reason": "代打卡"}
    assert (again, after["isValid"]) == ("DIPLOMA_WITHDRAWN", False)


async def test_numbers_are_not_tried_without_end(callers: Callers) -> None:
    query = '{ squadDiploma(number: "2222-2222-2222-2") { isValid } }'

    codes = [(await callers.nobody().ask(query)).get("errors") for _ in range(31)]

    assert codes[:30] == [None] * 30
    assert codes[30][0]["extensions"]["code"] == "RATE_LIMITED"  # type: ignore[index]  # the last one is refused


@WITH_PLANS
async def test_a_list_of_challenges_costs_no_more_with_more_of_them(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = await a_member()
    caller, counts = await callers.member(member), []
    query = """{ squadChallenges(first: 20) { edges { node { title viewerPlace { state squad { name code rank } }
        memberBoard(first: 3) { edges { node { rank member { nickname } } } } } } } }"""
    for number in (1, 4):
        for _ in range(number):
            await a_squad(await a_challenge(), members=[member])
        with statements(monkeypatch) as seen:
            await caller.data(query)
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 8
