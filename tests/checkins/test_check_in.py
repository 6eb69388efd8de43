"""Checking in: once a day, paid at once, and explained."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from models.checkins.check_in import CheckIn
from models.checkins.opening import AlreadyCheckedIn
from models.checkins.streak import Progress, Streak
from models.errors import DomainError, Invalid
from models.groups.circle import Circle
from models.groups.membership import Membership, MutedInGroup
from models.idempotency import IdempotencyMismatch, Once
from models.members.member import Member, MemberMuted
from models.points.account import Account, Currency, of_member
from models.points.entry import PointEntry
from models.spread.daily_brief import DailyBrief
from store.clock import FixedClock
from store.database import fetch_value, transaction
from tests.build import a_member, a_plan, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place

REPEATS = 20
CHECK_IN = """
    checkIn { businessDay dayIndex streakDays pointsPaid } nextAt isReplay
    entries { amount reason currency } nextRewards { reason points } viewer { streakDays }
"""


async def points_of(member_id: UUID) -> int:
    return int((await Account.get(id=of_member(member_id).id)).balance)


async def test_a_check_in_pays_and_says_what_comes_next(callers: Callers) -> None:
    member, _ = await a_member(), await a_plan()
    caller = await callers.member(member)

    payload = await caller.do("checkIn", {"idempotencyKey": new_key(), "content": "早上好"}, CHECK_IN)

    assert payload["userErrors"] == []
    assert payload["checkIn"] == {"businessDay": "2026-11-23", "dayIndex": 1, "streakDays": 1, "pointsPaid": 10}
    assert payload["nextAt"] == "2026-11-23T16:00:00Z"
    assert payload["nextRewards"] == [{"reason": "check_in", "points": 10}]
    assert payload["viewer"] == {"streakDays": 1}
    assert sorted((entry["currency"], entry["amount"]) for entry in payload["entries"]) == [
        ("GROWTH", "10"),
        ("POINTS", "10"),
    ]


async def test_seven_days_running_make_a_hundred_points(database: str) -> None:
    member, plan = await a_member(), await a_plan()

    made = [await CheckIn.record(member.id, plan, at=NOON + timedelta(days=day)) for day in range(7)]

    assert [one.points_paid for one in made] == [10, 10, 10, 10, 10, 10, 40]
    assert [one.day_index for one in made] == [1, 2, 3, 4, 5, 6, 7]
    assert await points_of(member.id) == 100


async def test_a_second_check_in_is_refused_until_the_next_opening_and_writes_nothing(
    callers: Callers, clock: FixedClock
) -> None:
    member, _ = await a_member(), await a_plan(opens_minute=6 * 60)
    caller = await callers.member(member)
    await caller.do("checkIn", {"idempotencyKey": new_key()})

    [error] = (await caller.do("checkIn", {"idempotencyKey": new_key()}))["userErrors"]

    assert error == {
        "code": "ALREADY_CHECKED_IN",
        "field": None,
        "retryAt": "2026-11-23T22:00:00Z",
        "message": "今天已经签到过了",
    }
    assert await CheckIn.all().count() == 1
    assert await points_of(member.id) == 10


async def test_a_replay_answers_as_the_first_time(callers: Callers) -> None:
    member, _ = await a_member(), await a_plan()
    caller, given = await callers.member(member), {"idempotencyKey": new_key(), "content": "打卡"}
    first = await caller.do("checkIn", given, CHECK_IN)

    again = await caller.do("checkIn", given, CHECK_IN)

    assert again == {**first, "isReplay": True}
    assert await points_of(member.id) == 10


async def test_a_key_with_other_input_is_refused(callers: Callers) -> None:
    member, _ = await a_member(), await a_plan()
    caller, key = await callers.member(member), new_key()
    await caller.do("checkIn", {"idempotencyKey": key})

    assert await caller.refusal("checkIn", {"idempotencyKey": key, "content": "改了内容"}) == "IDEMPOTENCY_MISMATCH"


async def test_another_members_key_is_its_own(callers: Callers) -> None:
    await a_plan()
    first, second, key = await callers.member(await a_member()), await callers.member(await a_member()), new_key()

    payloads = [await caller.do("checkIn", {"idempotencyKey": key}, "isReplay") for caller in (first, second)]

    assert payloads == [{"isReplay": False, "userErrors": []}] * 2


async def test_nobody_may_check_in(callers: Callers) -> None:
    await a_plan()
    query = 'mutation { checkIn(input: {idempotencyKey: "12345678"}) { isReplay } }'

    assert await callers.nobody().error(query) == "UNAUTHENTICATED"
    assert await CheckIn.all().count() == 0


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_fifty_check_ins_at_one_instant_make_one(database: str, repeat: int) -> None:
    member, plan = await a_member(), await a_plan()

    outcomes = await asyncio.gather(
        *(CheckIn.record(member.id, plan, at=NOON) for _ in range(50)), return_exceptions=True
    )

    assert sum(isinstance(one, CheckIn) for one in outcomes) == 1
    assert sum(isinstance(one, AlreadyCheckedIn) for one in outcomes) == 49
    assert await fetch_value("SELECT count(*) FROM check_in") == 1
    assert (
        await fetch_value("SELECT sum(amount) FROM point_entry WHERE member_id IS NOT NULL AND currency = 'points'")
        == 10
    )
    assert await fetch_value("SELECT current_days FROM streak") == 1


async def test_a_check_in_that_waited_for_its_member_sees_what_it_waited_for(database: str) -> None:
    member, plan, group = await a_member(), await a_plan(), await a_group()
    yesterday, taken = date(2026, 11, 22), asyncio.Event()

    async def change() -> None:
        async with transaction():
            await Member.bump(member.id)
            taken.set()
            await asyncio.sleep(0.3)
            await Streak.keep(member.id, plan.id, Progress(3, 3, 3, 3, yesterday, yesterday, yesterday), at=NOON)
            await Membership.create(member_id=member.id, group_id=group.id, joined_at=NOON)

    async def check_in() -> CheckIn:
        await taken.wait()
        return await CheckIn.record(member.id, plan, at=NOON)

    _, made = await asyncio.gather(change(), check_in())

    assert (made.streak_days, made.group_id) == (4, group.id)


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_one_key_sent_a_hundred_times_at_once_has_one_effect(database: str, repeat: int) -> None:
    member, plan = await a_member(), await a_plan()

    async def send(input: str) -> CheckIn:
        once = Once.of(f"member:{member.id}", "CheckIn", "the-same-key", {"content": input})
        return await CheckIn.record(member.id, plan, at=NOON, once=once, content=input)

    outcomes = await asyncio.gather(*(send("早安") for _ in range(100)))
    other = await asyncio.gather(send("晚安"), return_exceptions=True)

    assert len({one.id for one in outcomes}) == 1
    assert isinstance(other[0], IdempotencyMismatch)
    assert await fetch_value("SELECT count(*) FROM check_in") == 1
    assert await fetch_value("SELECT sum(amount) FROM point_entry") == 0


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"closes_minute": 11 * 60}, "CHECK_IN_NOT_OPEN"),
        ({"opens_minute": 13 * 60}, "CHECK_IN_NOT_OPEN"),
        ({"starts_on": date(2026, 11, 24)}, "CHECK_IN_NOT_OPEN"),
        ({"ends_on": date(2026, 11, 22)}, "PLAN_ENDED"),
        ({"content_rule": "required"}, "INVALID_INPUT"),
    ],
)
async def test_a_check_in_outside_its_rules_is_refused(database: str, rules: dict[str, object], code: str) -> None:
    member, plan = await a_member(), await a_plan(**rules)

    with pytest.raises(DomainError) as refused:
        await CheckIn.record(member.id, plan, at=NOON)

    assert refused.value.code == code
    assert await PointEntry.all().count() == 0


async def test_a_frozen_member_is_refused(database: str) -> None:
    member, plan = await a_member(status="frozen"), await a_plan()

    with pytest.raises(DomainError) as refused:
        await CheckIn.record(member.id, plan, at=NOON)

    assert refused.value.code == "MEMBER_NOT_ACTIVE"
    assert await CheckIn.all().count() == 0


async def test_the_day_turns_at_the_plans_hour_in_its_zone(database: str) -> None:
    member, plan = await a_member(), await a_plan(zone="Asia/Shanghai", day_start_hour=4)
    last_minute = datetime(2026, 11, 23, 19, 59, 59, 999999, tzinfo=UTC)

    before = await CheckIn.record(member.id, plan, at=last_minute)
    after = await CheckIn.record(member.id, plan, at=last_minute + timedelta(microseconds=1))

    assert (before.business_day, after.business_day) == (date(2026, 11, 23), date(2026, 11, 24))
    assert after.streak_days == 2


async def test_eligibility_names_every_reason_and_the_next_time(callers: Callers) -> None:
    member, _ = await a_member(), await a_plan(finish_bonus=30)
    caller = await callers.member(member)
    query = "{ checkInEligibility { isAllowed nextAt reasons { code } preview { reason points growth } } }"

    before = await caller.data(query)
    await caller.do("checkIn", {"idempotencyKey": new_key()})
    after = await caller.data(query)

    assert before["checkInEligibility"] == {
        "isAllowed": True,
        "nextAt": None,
        "reasons": [],
        "preview": [{"reason": "check_in", "points": 10, "growth": 10}],
    }
    assert after["checkInEligibility"] == {
        "isAllowed": False,
        "nextAt": "2026-11-23T16:00:00Z",
        "reasons": [{"code": "ALREADY_CHECKED_IN"}],
        "preview": [],
    }


async def test_growth_is_kept_apart_from_points(database: str) -> None:
    member, plan = await a_member(), await a_plan(base_growth=25)

    await CheckIn.record(member.id, plan, at=NOON)

    growth = await Account.get(id=of_member(member.id, Currency.GROWTH).id)
    assert (growth.balance, await points_of(member.id)) == (25, 10)


async def test_a_member_reads_its_own_check_ins_only_by_node(callers: Callers) -> None:
    member, plan = await a_member(), await a_plan()
    check_in = await CheckIn.record(member.id, plan, at=NOON)
    caller = await callers.member(member)

    found = await caller.data(
        "query($id: ID!) { node(id: $id) { id ... on CheckIn { member { nickname } } } }", id=public_id(check_in)
    )

    assert found["node"] == {"id": public_id(check_in), "member": {"nickname": member.nickname}}


async def test_a_photo_is_an_https_address(database: str) -> None:
    member, plan = await a_member(), await a_plan()

    with pytest.raises(Invalid) as refused:
        await CheckIn.record(member.id, plan, at=NOON, photo_url="javascript:alert(1)")

    assert refused.value.field == "photoUrl"
    assert await CheckIn.all().count() == 0


async def test_the_reply_bears_the_days_brief(callers: Callers) -> None:
    member, _ = await a_member(), await a_plan()
    official = await Circle.create(slug="official", name="官方圈", is_official=True, created_at=NOON)
    await DailyBrief.create(
        circle_id=official.id, day=date(2026, 11, 23), title="早安", body="今日小雪，注意保暖。", published_at=NOON
    )

    payload = await (await callers.member(member)).do(
        "checkIn", {"idempotencyKey": new_key()}, "dailyBrief { title circle { name } }"
    )

    assert payload["dailyBrief"] == {"title": "早安", "circle": {"name": "官方圈"}}


async def test_a_muted_member_takes_part_without_words(database: str) -> None:
    until = NOON + timedelta(days=3)
    member, plan = await a_member(status="muted", muted_until=until), await a_plan()

    with pytest.raises(MemberMuted) as refused:
        await CheckIn.record(member.id, plan, at=NOON, content="大家好")

    assert refused.value.retry_at == until
    assert await CheckIn.all().count() == 0
    assert (await CheckIn.record(member.id, plan, at=NOON)).points_paid == 10


async def test_a_member_muted_in_a_group_says_nothing_in_its_feed(database: str) -> None:
    group, plan = await a_group(), await a_plan()
    member = await a_place(group)
    await Membership.filter(member_id=member.id).update(muted_until=NOON + timedelta(hours=1))

    with pytest.raises(MutedInGroup) as refused:
        await CheckIn.record(member.id, plan, at=NOON, content="大家好", group_id=group.id)

    assert refused.value.retry_at == NOON + timedelta(hours=1)
    assert (await CheckIn.record(member.id, plan, at=NOON)).group_id == group.id
