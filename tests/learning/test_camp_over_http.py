"""Camps over HTTP: each mutation as nobody, as the wrong caller and as the right one; what each of them sees."""

import asyncio
from typing import Any

import pytest

from models.certificate_number import shown_number
from models.learning.camp import Camp, CampStatus
from models.learning.camp_certificate import CampCertificate
from models.learning.camp_notice import CampNotice
from models.learning.camp_place import CampPlace
from models.learning.camp_post import CampPost
from models.learning.camp_settlement import move_camps_on
from models.learning.camp_task import CampTask
from models.points.entry import PointEntry
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.clock import FixedClock
from tests.build import LONG_AGO, a_member, a_staff, new_key, public_id
from tests.callers import Caller, Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.learning.camps import DAY, MONDAY, STARTS, a_camp, a_draft, handed_in, joined
from tests.mall.build import a_buyer, points_of
from tests.statements import WITH_PLANS, statements

TERMS: dict[str, Any] = {
    "title": "14 天写作训练营",
    "days": 2,
    "startsOn": "2026-11-24",
    "tasks": [
        {"day": 1, "kind": "POST", "title": "写下第一段", "wordsLeast": 5},
        {"day": 2, "kind": "CHECK_IN", "title": "早起打卡"},
    ],
    "seats": 2,
    "price": 100,
    "missesAllowed": 1,
    "finishPoints": 80,
}
PLACE = "place { id state rank doneDays camp { title taken viewerPlace { state } } }"


async def refused_to(callers: Callers, mutation: str, input: dict[str, Any], *wrong: Caller) -> list[str]:
    """The codes that nobody and the wrong callers are answered with."""
    kind = mutation[0].upper() + mutation[1:]
    query = f"mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"
    return [await one.error(query, input=input) for one in (callers.nobody(), *wrong)]


async def test_staff_write_and_publish_a_camp(callers: Callers) -> None:
    staff, member = await callers.staff(await a_staff("courses.read", "courses.write")), await a_member()
    reader = await callers.staff(await a_staff("courses.read"))
    given = {"idempotencyKey": new_key(), "terms": TERMS}

    wrong = await refused_to(callers, "createCamp", given, await callers.member(member), reader)
    first = await staff.do("createCamp", given, "isReplay camp { id status version joinsUntil missRule }")
    again = await staff.do("createCamp", given, "isReplay camp { id }")
    camp_id = first["camp"]["id"]
    change = {"campId": camp_id, "expectedVersion": 1, "terms": {**TERMS, "summary": "每天写一点"}}
    denied = await refused_to(callers, "changeCamp", change, await callers.member(member), reader)
    changed = await staff.do("changeCamp", change, "camp { summary version }")
    stale = await staff.refusal("changeCamp", change)
    publish = {"campId": camp_id, "expectedVersion": 2}
    kept = await refused_to(callers, "publishCamp", publish, await callers.member(member), reader)
    published = await staff.do(
        "publishCamp", publish, "camp { status tasks(first: 5) { edges { node { day kind } } } }"
    )

    assert wrong == denied == kept == ["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN"]
    assert first["camp"] == {
        "id": camp_id,
        "status": "DRAFT",
        "version": 1,
        "joinsUntil": "2026-11-23T16:00:00Z",
        "missRule": "OUT",
    }
    assert again == {"isReplay": True, "camp": {"id": camp_id}, "userErrors": []}
    assert (changed["camp"], stale) == ({"summary": "每天写一点", "version": 2}, "CAMP_CHANGED")
    assert published["camp"] == {
        "status": "PUBLISHED",
        "tasks": {"edges": [{"node": {"day": 1, "kind": "POST"}}, {"node": {"day": 2, "kind": "CHECK_IN"}}]},
    }
    actions = [row.action for row in await AuditRow.all().order_by("id")]
    assert actions == ["create_camp", "change_camp", "publish_camp"]


async def test_a_member_signs_up_once_per_key_and_may_leave(callers: Callers) -> None:
    member, camp = await a_buyer(1_000), await a_camp(price=100, seats=2)
    caller, staff = await callers.member(member), await callers.staff(await a_staff())
    stranger = await callers.member(await a_member())
    given = {"idempotencyKey": new_key(), "campId": public_id(camp)}

    wrong = await refused_to(callers, "joinCamp", given, staff)
    first = await caller.do("joinCamp", given, f"isReplay {PLACE} viewer {{ account {{ available }} }}")
    again = await caller.do("joinCamp", given, f"isReplay {PLACE}")
    leave = {"placeId": first["place"]["id"]}
    not_mine = [await stranger.refusal("leaveCamp", leave), *await refused_to(callers, "leaveCamp", leave, staff)]
    left = [await caller.do("leaveCamp", leave, "place { state } viewer { account { available } }") for _ in range(2)]

    assert wrong == ["UNAUTHENTICATED", "FORBIDDEN"]
    assert first["place"] == {
        "id": leave["placeId"],
        "state": "JOINED",
        "rank": 1,
        "doneDays": 0,
        "camp": {"title": camp.title, "taken": 1, "viewerPlace": {"state": "JOINED"}},
    }
    assert (first["viewer"], first["isReplay"], again["isReplay"]) == ({"account": {"available": "900"}}, False, True)
    assert again["place"] == first["place"]
    assert not_mine == ["NOT_FOUND", "UNAUTHENTICATED", "FORBIDDEN"]
    assert [one["viewer"] for one in left] == [{"account": {"available": "1000"}}] * 2
    assert await PointEntry.filter(member_id=member.id, reason="camp_refund").count() == 1


async def test_who_may_not_join_reads_no_tasks_by_asking_whether_it_may(callers: Callers) -> None:
    group = await a_group()
    camp = await a_camp(group_id=group.id, starts_on=MONDAY, late_until_day=1)
    query = """query($id: ID!) { campEligibility(campId: $id) {
        camp { tasks(first: 9) { totalCount } } eligibility { reasons { code } } } }"""

    found = [
        (await (await callers.member(one)).data(query, id=public_id(camp)))["campEligibility"]
        for one in (await a_place(group), await a_member(at=LONG_AGO))
    ]

    assert [one["camp"]["tasks"]["totalCount"] for one in found] == [1, 0]
    assert [one["eligibility"]["reasons"] for one in found] == [[], [{"code": "NOT_IN_CAMP_GROUP"}]]


async def test_fifty_at_once_for_the_last_seat(callers: Callers) -> None:
    camp = await a_camp(price=10, seats=1)
    clients = [await callers.member(await a_buyer(10)) for _ in range(50)]

    answers = await asyncio.gather(
        *(one.do("joinCamp", {"idempotencyKey": new_key(), "campId": public_id(camp)}) for one in clients)
    )

    codes = [error["code"] for answer in answers for error in answer["userErrors"]]
    assert codes == ["CAMP_FULL"] * 49
    assert await CampPlace.all().count() == (await Camp.get()).taken == 1


async def test_who_waits_sees_its_place_on_the_list(callers: Callers) -> None:
    camp = await a_camp(seats=1, has_waiting_list=True)
    places = [await joined(camp, at=NOON + DAY / 100 * number, waits=True) for number in range(3)]
    listed = "{ viewer { campPlaces(first: 1) { edges { node { state waitingPosition } } } } }"
    shown = "query($id: ID!) { camp(id: $id) { places(first: 9) { totalCount } } }"

    seen = [(await (await callers.member(await one.member)).data(listed))["viewer"]["campPlaces"] for one in places]
    counts = [
        (await caller.data(shown, id=public_id(camp)))["camp"]["places"]["totalCount"]
        for caller in (await callers.member(await places[2].member), await callers.staff(await a_staff()))
    ]

    assert [one["edges"][0]["node"] for one in seen] == [
        {"state": "JOINED", "waitingPosition": None},
        {"state": "WAITING", "waitingPosition": 1},
        {"state": "WAITING", "waitingPosition": 2},
    ]
    assert counts == [1, 3]


async def test_everything_is_told_before_signing_up(callers: Callers) -> None:
    camp = await a_camp(price=300, signs_up_from=NOON + DAY / 4, finish_points=80)
    caller = await callers.member(await a_buyer(10))
    query = """query($id: ID!) { campEligibility(campId: $id) { mayWait seatsLeft camp { title }
        eligibility { isAllowed nextAt reasons { code retryAt } preview { reason points } } } }"""

    found = (await caller.data(query, id=public_id(camp)))["campEligibility"]

    assert found == {
        "mayWait": False,
        "seatsLeft": None,
        "camp": {"title": camp.title},
        "eligibility": {
            "isAllowed": False,
            "nextAt": None,
            "reasons": [
                {"code": "CAMP_NOT_OPEN", "retryAt": "2026-11-23T10:00:00Z"},
                {"code": "INSUFFICIENT_POINTS", "retryAt": None},
            ],
            "preview": [{"reason": "camp_finish", "points": 80}],
        },
    }


async def test_a_member_finds_the_camps_that_are_its_to_join(callers: Callers) -> None:
    mine, other = await a_group(), await a_group()
    member = await a_place(mine)
    await a_draft(title="草稿")
    for title, rules in (
        ("全员营", {}),
        ("本群营", {"group_id": mine.id}),
        ("本圈营", {"circle_id": mine.circle_id}),
        ("别群营", {"group_id": other.id}),
        ("明天报名", {"signs_up_from": NOON + DAY / 4}),
    ):
        await a_camp(title=title, **rules)
    caller, staff = await callers.member(member), await callers.staff(await a_staff("courses.read"))
    listed = "camps(first: 10) { edges { node { title } } }"

    def titles(found: dict[str, Any]) -> set[str]:
        return {edge["node"]["title"] for edge in found["edges"]}

    seen = await caller.data(f"{{ openCamps(first: 10) {{ edges {{ node {{ title }} }} }} {listed} }}")
    staffs = await staff.data(f"{{ {listed} }}")
    drafts = await staff.data("{ camps(first: 10, status: DRAFT) { edges { node { title } } } }")

    assert titles(seen["openCamps"]) == {"全员营", "本群营", "本圈营"}
    assert titles(seen["camps"]) == {"全员营", "本群营", "本圈营", "明天报名"}
    assert titles(staffs["camps"]) == {"草稿", "全员营", "本群营", "本圈营", "别群营", "明天报名"}
    assert titles(drafts["camps"]) == {"草稿"}
    assert await callers.nobody().error(f"{{ {listed} }}") == "UNAUTHENTICATED"


async def test_days_unlock_and_what_is_handed_in_is_for_the_camp_alone(callers: Callers, clock: FixedClock) -> None:
    camp = await a_camp(misses_allowed=2, allows_late=True)
    place, mate = await joined(camp), await joined(camp)
    stranger = await callers.member(await a_member())
    caller, beside = [await callers.member(await one.member) for one in (place, mate)]
    first, second, _ = await CampTask.of(camp.id)
    tasks = "query($id: ID!) { camp(id: $id) { tasks(first: 9) { edges { node { day } } } } }"
    posts = "query($id: ID!) { camp(id: $id) { posts(first: 9) { totalCount edges { node { words } } } } }"
    given = {"taskId": public_id(first), "words": "今天六点起床", "pictures": ["/media/a.jpg"]}

    locked = await caller.data(tasks, id=public_id(camp))
    too_early = await caller.do("handInCampTask", {**given, "taskId": public_id(second)})
    clock.at = STARTS + DAY / 3
    caller, beside, stranger, staff = [
        await callers.member(await place.member),
        await callers.member(await mate.member),
        await callers.member(await a_member()),
        await callers.staff(await a_staff()),
    ]
    unlocked = await caller.data(tasks, id=public_id(camp))
    wrong = await refused_to(callers, "handInCampTask", given, staff)
    outside = await stranger.refusal("handInCampTask", given)
    done = await caller.do("handInCampTask", given, "post { words pictures isLate day } place { state }")
    seen = [await one.data(posts, id=public_id(camp)) for one in (caller, beside, stranger, staff)]

    assert locked["camp"]["tasks"]["edges"] == []
    assert too_early["userErrors"][0]["code"] == "CAMP_DAY_LOCKED"
    assert too_early["userErrors"][0]["retryAt"] == "2026-11-24T16:00:00Z"
    assert unlocked["camp"]["tasks"]["edges"] == [{"node": {"day": 1}}]
    assert (wrong, outside) == (["UNAUTHENTICATED", "FORBIDDEN"], "NOT_IN_CAMP")
    assert done["post"] == {"words": "今天六点起床", "pictures": ["/media/a.jpg"], "isLate": False, "day": 1}
    assert [one["camp"]["posts"]["totalCount"] for one in seen] == [1, 1, 0, 1]


async def test_progress_and_ranking_are_for_who_takes_part(callers: Callers, clock: FixedClock) -> None:
    camp = await a_camp(misses_allowed=2, allows_late=True)
    ahead, behind = await joined(camp), await joined(camp)
    for day in (1, 2):
        await handed_in(ahead, day)
    await handed_in(behind, 2, at=STARTS + DAY * 1.2)
    clock.at = STARTS + DAY * 2.5
    await move_camps_on(at=clock.at)
    caller, stranger = await callers.member(await behind.member), await callers.member(await a_member())
    staff = await callers.staff(await a_staff("courses.read"))
    query = """query($id: ID!) { campProgress(campId: $id) { state doneDays missedDays missesLeft rank ranked
        days { day businessDay state tasks { isDone task { title } } } } }"""
    ranking = "query($id: ID!) { camp(id: $id) { ranking(first: 9) { edges { node { rank doneDays } } } } }"
    of = "query($id: ID!) { campProgressOf(placeId: $id) { doneDays state } }"

    found = (await caller.data(query, id=public_id(camp)))["campProgress"]
    ranks = [await one.data(ranking, id=public_id(camp)) for one in (caller, stranger, staff)]
    told = await staff.data(of, id=public_id(ahead))

    assert {key: found[key] for key in ("state", "doneDays", "missedDays", "missesLeft", "rank", "ranked")} == {
        "state": "JOINED",
        "doneDays": 1,
        "missedDays": 1,
        "missesLeft": 1,
        "rank": 2,
        "ranked": 2,
    }
    assert [(day["businessDay"], day["state"]) for day in found["days"]] == [
        ("2026-11-24", "MISSED"),
        ("2026-11-25", "DONE"),
        ("2026-11-26", "OPEN"),
    ]
    assert found["days"][1]["tasks"] == [{"isDone": True, "task": {"title": "第 2 天：写下今天的三件好事"}}]
    listed = [{"node": {"rank": 1, "doneDays": 2}}, {"node": {"rank": 2, "doneDays": 1}}]
    assert [one["camp"]["ranking"]["edges"] for one in ranks] == [listed, [], listed]
    assert (await stranger.data(query, id=public_id(camp)))["campProgress"] is None
    assert told["campProgressOf"] == {"doneDays": 2, "state": "JOINED"}
    assert await caller.error(of, id=public_id(ahead)) == "FORBIDDEN"


async def test_a_missed_day_is_made_up_over_http(callers: Callers, clock: FixedClock) -> None:
    camp = await a_camp(misses_allowed=1, allows_late=True)
    place = await joined(camp)
    clock.at = STARTS + DAY * 1.5
    caller, staff = await callers.member(await place.member), await callers.staff(await a_staff())
    given = {"campId": public_id(camp), "day": 1}

    wrong = await refused_to(callers, "makeUpCampDay", given, staff)
    still_open = await caller.refusal("makeUpCampDay", given)
    await CampPost.create(
        camp_id=camp.id,
        task_id=(await CampTask.get(day=1)).id,
        place_id=place.id,
        member_id=place.member_id,
        day=1,
        words="补上",
        created_at=clock.at,
    )
    done = await caller.do("makeUpCampDay", given, "place { doneDays madeUpDays missedDays }")

    assert (wrong, still_open) == (["UNAUTHENTICATED", "FORBIDDEN"], "CAMP_TASKS_OPEN")
    assert done["place"] == {"doneDays": 1, "madeUpDays": 1, "missedDays": 0}


async def test_staff_see_who_is_behind_and_remind_them(callers: Callers, clock: FixedClock) -> None:
    camp = await a_camp()
    done, behind = await joined(camp), await joined(camp)
    await handed_in(done, 1)
    clock.at = STARTS + DAY / 2
    staff, reader = await callers.staff(await a_staff()), await callers.staff(await a_staff("courses.read"))
    member = await callers.member(await behind.member)
    board = "query($id: ID!) { campMembersBehind(campId: $id, first: 9) { totalCount edges { node { id } } } }"
    given = {"campId": public_id(camp)}

    seen = await reader.data(board, id=public_id(camp))
    wrong = await refused_to(callers, "remindCampMembers", given, member, reader)
    told = [await staff.do("remindCampMembers", given, "told") for _ in range(2)]
    mine = await member.data("{ viewer { campNotices(first: 5) { edges { node { kind day camp { title } } } } } }")

    assert seen["campMembersBehind"] == {"totalCount": 1, "edges": [{"node": {"id": public_id(behind)}}]}
    assert await member.error(board, id=public_id(camp)) == "FORBIDDEN"
    assert wrong == ["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN"]
    assert [one["told"] for one in told] == [1, 0]
    assert mine["viewer"]["campNotices"]["edges"] == [
        {"node": {"kind": "BEHIND", "day": 1, "camp": {"title": camp.title}}}
    ]
    assert await CampNotice.all().count() == 1


async def test_staff_show_and_void_posts(callers: Callers, clock: FixedClock) -> None:
    camp = await a_camp(misses_allowed=1)
    place = await joined(camp)
    post = await handed_in(place, 1)
    clock.at = STARTS + DAY * 1.1
    staff, reader = await callers.staff(await a_staff()), await callers.staff(await a_staff("courses.read"))
    member, mate = await callers.member(await place.member), await callers.member(await a_member())
    given, void = {"postId": public_id(post)}, {"postId": public_id(post), "reason": "与主题无关"}
    showcase = "query($id: ID!) { camp(id: $id) { showcase(first: 3) { edges { node { words } } } } }"
    read = "query($id: ID!) { node(id: $id) { ... on CampPost { voidReason words } } }"

    wrong = await refused_to(callers, "showCampPost", given, member, reader)
    shown = await staff.do("showCampPost", given, "post { isShowcase }")
    seen = await member.data(showcase, id=public_id(camp))
    denied = await refused_to(callers, "voidCampPost", void, member, reader)
    voided = await staff.do("voidCampPost", void, "post { isShowcase voidedAt }")
    left = [await one.data(read, id=public_id(post)) for one in (member, mate, staff)]

    assert wrong == denied == ["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN"]
    assert shown["post"] == {"isShowcase": True}
    assert len(seen["camp"]["showcase"]["edges"]) == 1
    assert voided["post"] == {"isShowcase": False, "voidedAt": "2026-11-24T18:24:00Z"}
    mine = {"voidReason": "与主题无关", "words": "早起、跑步、读书"}
    assert [one["node"] for one in left] == [mine, None, mine]
    assert (await CampPlace.get(id=place.id)).missed_days == 1


async def test_anybody_verifies_a_certificate_and_staff_withdraw_it(callers: Callers, clock: FixedClock) -> None:
    camp = await a_camp(1, certificate_days=365)
    member = await a_member(nickname="小明", real_name="王小明")
    place = await joined(camp, member)
    await handed_in(place, 1)
    clock.at = STARTS + DAY
    await move_camps_on(at=clock.at)
    certificate = await CampCertificate.get()
    caller, staff = await callers.member(member), await callers.staff(await a_staff())
    reader = await callers.staff(await a_staff("courses.read"))
    query = """query($number: String!) { certificate(number: $number) {
        number maskedName campTitle startsOn endsOn issuedAt expiresAt state } }"""
    given = {"certificateId": public_id(certificate), "reason": "作业系抄袭"}

    mine = await caller.data("{ viewer { campCertificates(first: 3) { edges { node { number state } } } } }")
    found = (await callers.nobody().data(query, number=certificate.number.lower()))["certificate"]
    absent = await callers.nobody().data(query, number="2222-2222-2222-2")
    wrong = await refused_to(callers, "withdrawCertificate", given, caller, reader)
    withdrawn = await staff.do("withdrawCertificate", given, "certificate { state reason }")
    after = (await callers.nobody().data(query, number=certificate.number))["certificate"]

    number = shown_number(certificate.number)
    assert mine["viewer"]["campCertificates"]["edges"] == [{"node": {"number": number, "state": "VALID"}}]
    assert found == {
        "number": number,
        "maskedName": "王**",
        "campTitle": camp.title,
        "startsOn": "2026-11-24",
        "endsOn": "2026-11-24",
        "issuedAt": "2026-11-24T16:00:00Z",
        "expiresAt": "2027-11-24T16:00:00Z",
        "state": "VALID",
    }
    assert absent == {"certificate": None}
    assert wrong == ["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN"]
    assert withdrawn["certificate"] == {"state": "WITHDRAWN", "reason": "作业系抄袭"}
    assert after["state"] == "WITHDRAWN"


async def test_numbers_are_not_tried_without_end(callers: Callers) -> None:
    query = '{ certificate(number: "2222-2222-2222-2") { state } }'

    codes = [(await callers.nobody().ask(query)).get("errors") for _ in range(31)]

    assert codes[:30] == [None] * 30
    assert codes[30][0]["extensions"]["code"] == "RATE_LIMITED"  # type: ignore[index]  # the last one is refused


async def test_a_cancelled_camp_is_seen_as_such(callers: Callers) -> None:
    camp = await a_camp(price=100)
    member = await a_buyer(100)
    await joined(camp, member)
    staff, caller = await callers.staff(await a_staff()), await callers.member(member)
    given = {"campId": public_id(camp), "reason": "讲师生病"}

    wrong = await refused_to(callers, "cancelCamp", given, caller, await callers.staff(await a_staff("courses.read")))
    cancelled = await staff.do("cancelCamp", given, "camp { status }")
    again = await staff.refusal("cancelCamp", given)

    assert wrong == ["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN"]
    assert (cancelled["camp"], again) == ({"status": "CANCELLED"}, "CAMP_OVER")
    assert await points_of(member) == 0  # It comes back with the job.


async def test_staff_of_a_part_change_the_camps_of_their_groups_alone(callers: Callers) -> None:
    east, south = await a_group(region="华东"), await a_group(region="华南")
    mine, theirs, brand = [
        await a_draft(group_id=one.id if one else None, title=title)
        for one, title in ((east, "华东营"), (south, "华南营"), (None, "全员营"))
    ]
    staff = await callers.staff(await a_staff(scope=DataScope.REGION, region="华东"))

    def publish(camp: Camp) -> dict[str, Any]:
        return {"campId": public_id(camp), "expectedVersion": 1}

    def create(group: Any) -> dict[str, Any]:
        terms = {**TERMS, "groupId": public_id(group)} if group else TERMS
        return {"idempotencyKey": new_key(), "terms": terms}

    seen = await staff.data("{ camps(first: 9) { edges { node { title } } } }")
    refusals = [await staff.refusal("publishCamp", publish(one)) for one in (theirs, brand)]
    refusals += [await staff.refusal("createCamp", create(one)) for one in (south, None)]
    done = await staff.do("publishCamp", publish(mine), "camp { status }")
    made = await staff.do("createCamp", create(east), "camp { title }")

    assert {edge["node"]["title"] for edge in seen["camps"]["edges"]} == {"华东营", "全员营"}
    assert refusals == ["NOT_FOUND"] * 4
    assert (done["camp"], made["camp"]) == ({"status": "PUBLISHED"}, {"title": "14 天写作训练营"})
    assert await Camp.filter(status=CampStatus.PUBLISHED).count() == 1


@WITH_PLANS
async def test_a_list_of_camps_costs_no_more_with_more_of_them(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = await a_member()
    caller, counts = await callers.member(member), []
    query = """{ camps(first: 20) { edges { node { title viewerPlace { state rank } tasks(first: 3) { totalCount }
        ranking(first: 3) { edges { node { rank member { nickname } } } } } } } }"""
    for number in (1, 4):
        for _ in range(number):
            camp = await a_camp()
            await joined(camp, member)
            await joined(camp)
        with statements(monkeypatch) as seen:
            await caller.data(query)
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 6
