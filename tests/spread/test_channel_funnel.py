"""The funnel of channels: small worlds counted by hand, and random ones counted by a plain model beside it."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

import pytest

from models.checkins.check_in import CheckIn
from models.errors import Invalid
from models.mall.order import Order
from models.mall.order_status import OrderStatus
from models.mall.sku import Sku
from models.members.introduction import Introduction
from models.members.member import Member
from models.spread import channel_funnel
from models.spread.arrival import Arrival
from models.spread.channel_cost import ChannelCost
from models.spread.channel_funnel import FunnelBy, FunnelRow, Touch, Ways, _statement, funnel
from models.spread.code_figures import CodeFigures, figures_of
from models.spread.scene_code import SceneCode
from models.spread.visit import Visit
from store.brand_day import brand_day
from store.database import dialect, execute, fetch, transaction
from tests.build import a_member, a_plan, a_staff
from tests.conftest import NOON
from tests.mall.build import a_good
from tests.spread.build import a_channel, a_code, a_visit
from tests.statements import statements

pytestmark = pytest.mark.usefixtures("database", "empty_redis")

DAY = timedelta(days=1)
START = NOON - 60 * DAY
_numbers = count()


async def comes(*visits: tuple[SceneCode, datetime], registers: datetime | None = None) -> Member | None:
    """Somebody with a phone of its own comes by codes, and registers or does not."""
    device = f"phone-{next(_numbers)}"
    for code, at in visits:
        await a_visit(code, device, at=at)
    if registers is None:
        return None
    member = await a_member(at=registers)
    await Arrival.record(member.id, None, device=device, at=registers)
    return member


async def checks_in(member: Member, plan_id: object, day: date, *, voided: bool = False) -> None:
    await CheckIn.create(
        member_id=member.id,
        plan_id=plan_id,
        plan_version=1,
        business_day=day,
        day_index=1,
        streak_days=1,
        points_paid=0,
        created_at=NOON,
        voided_at=NOON if voided else None,
    )


class Shop:
    """One good that members buy."""

    def __init__(self, sku: Sku) -> None:
        self.sku = sku

    @classmethod
    async def open(cls) -> "Shop":
        return cls(await a_good())

    async def sells(self, member: Member, status: OrderStatus, *, confirmed: bool = True) -> None:
        await Order.create(
            number=f"T{next(_numbers):012d}",
            member_id=member.id,
            good_id=self.sku.good_id,
            sku_id=self.sku.id,
            status=status,
            kind="pick_up",
            good_name="保温杯",
            sku_name="默认",
            quantity=1,
            unit_points=100,
            points=100,
            cash_minor=0,
            is_cancellable=True,
            receive_days=7,
            after_sale_days=7,
            pick_up_lapse="refund",
            placed_at=NOON,
            confirmed_at=NOON if confirmed else None,
        )


async def test_a_small_world_counted_by_hand() -> None:
    plan, shop, channel = await a_plan(), await Shop.open(), await a_channel()
    code, unchannelled = await a_code(channel=channel), await a_code(await a_member())
    first = await comes((code, START), (code, START + DAY), registers=START + DAY)
    second = await comes((code, START), registers=START + 20 * DAY)
    third = await comes((code, START + 50 * DAY), registers=START + 55 * DAY)
    await comes((code, START), (unchannelled, START + DAY))
    assert first
    assert second
    assert third
    for member in (first, second):
        await Introduction.create(member_id=member.id, version=1, published_at=NOON)
    await checks_in(first, plan.id, brand_day(START + DAY) + 7 * DAY)
    await checks_in(first, plan.id, brand_day(START + DAY) + 36 * DAY)
    await checks_in(second, plan.id, brand_day(START + 20 * DAY) + 14 * DAY)
    await checks_in(third, plan.id, brand_day(START + 55 * DAY), voided=True)
    await shop.sells(first, OrderStatus.RECEIVED)
    await shop.sells(second, OrderStatus.REFUNDED)
    staff = await a_staff()
    for amount in (90_000, -10_001):
        day = brand_day(START)
        await ChannelCost.record(
            channel.id, day=day, amount=amount, words="投放", staff_id=staff.id, at=NOON, once=None
        )

    rows = await funnel(START, NOON, at=NOON)

    assert rows == [
        FunnelRow(
            key=str(channel.id),
            visits=5,
            visitors=4,
            counted=4,
            registered=3,
            introduced=2,
            checked_in=2,
            purchased=1,
            ripe_7=2,
            retained_7=1,
            ripe_30=2,
            retained_30=1,
            cost=79_999,
        ),
        FunnelRow(visits=1, visitors=1),
    ]
    assert rows[0].cost_per_registered == 26_666
    assert rows[1].cost_per_registered is None


async def test_first_and_last_touch_give_a_newcomer_to_different_channels() -> None:
    one, other = await a_channel(), await a_channel()
    await comes((await a_code(channel=one), START), (await a_code(channel=other), START + DAY), registers=START + DAY)

    first = {row.key: row.registered for row in await funnel(START, NOON, at=NOON)}
    last = {row.key: row.registered for row in await funnel(START, NOON, touch=Touch.LAST, at=NOON)}

    assert first == {str(one.id): 1, str(other.id): 0}
    assert last == {str(one.id): 0, str(other.id): 1}


async def test_staff_are_not_among_those_who_came() -> None:
    member = await comes((await a_code(channel=await a_channel()), START), registers=START)
    assert member
    await Member.filter(id=member.id).update(is_staff=True)

    assert [row.registered for row in await funnel(START, NOON, at=NOON)] == [0]
    assert [one.registered for one in await figures_of([(await SceneCode.get()).id], at=NOON)] == [0]


async def test_money_that_brought_nobody_is_told_too() -> None:
    channel, staff = await a_channel(), await a_staff()
    await ChannelCost.record(
        channel.id, day=brand_day(NOON), amount=500, words="海报", staff_id=staff.id, at=NOON, once=None
    )

    assert await funnel(NOON - DAY, NOON + DAY, at=NOON) == [FunnelRow(key=str(channel.id), cost=500)]
    assert await funnel(NOON - 3 * DAY, NOON - 2 * DAY, at=NOON) == []


async def test_what_was_spent_stands_beside_the_hundredth_channel_and_no_row_lies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channel_funnel, "_FUNNEL", channel_funnel._FUNNEL.replace("LIMIT 100", "LIMIT 2"))
    channels, staff = [await a_channel() for _ in range(3)], await a_staff()
    for number, channel in enumerate(channels):
        for _ in range(3 - number):
            await comes((await a_code(channel=channel), START))
        await ChannelCost.record(
            channel.id, day=brand_day(START), amount=100, words="投放", staff_id=staff.id, at=NOON, once=None
        )

    rows = await funnel(START, NOON, at=NOON)

    assert [(row.key, row.visits, row.cost) for row in rows] == [
        (str(channels[0].id), 3, 100),
        (str(channels[1].id), 2, 100),
    ]
    [one] = await funnel(START, NOON, ways=Ways(channel_id=channels[2].id), at=NOON)
    assert (one.key, one.visits, one.cost) == (str(channels[2].id), 1, 100)


async def test_whoever_comes_back_after_an_erasure_is_no_newcomer() -> None:
    code = await a_code(channel=await a_channel())
    member = await comes((code, START), registers=START)
    assert member
    await Member.filter(id=member.id).update(is_returning=True)

    assert [row.registered for row in await funnel(START, NOON, at=NOON)] == [0]
    assert [one.registered for one in await figures_of([code.id], at=NOON)] == [0]


@pytest.mark.parametrize("length", [timedelta(), -DAY, 367 * DAY])
async def test_a_period_that_is_none_or_too_long_is_refused(length: timedelta) -> None:
    with pytest.raises(Invalid):
        await funnel(NOON, NOON + length, at=NOON)


async def test_figures_of_codes_are_read_by_one_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = await a_code(await a_member()), await a_code(await a_member())
    await comes((one, START), (one, START + DAY), registers=START + DAY)
    await comes((one, START))

    with statements(monkeypatch) as seen:
        found = await figures_of([other.id, one.id], at=NOON)

    assert found == [CodeFigures(0, 0, 0, 0), CodeFigures(visits=3, visitors=2, counted=2, registered=1)]
    assert len(seen) == 1


@dataclass
class Person:
    """What the plain model knows of somebody who came."""

    visits: list[tuple[SceneCode, datetime]]
    registered: datetime | None = None
    has_introduced: bool = False
    days: set[int] = field(default_factory=set)
    has_bought: bool = False


async def a_person(chance: random.Random, codes: list[SceneCode], plan_id: object, shop: Shop) -> Person:
    instants = sorted(START + timedelta(hours=chance.randrange(60 * 24)) for _ in range(chance.randint(1, 4)))
    person = Person([(chance.choice(codes), at) for at in instants])
    if chance.random() < 0.6:
        person.registered = instants[-1] + timedelta(hours=chance.randrange(24 * 5))
    member = await comes(*person.visits, registers=person.registered)
    if member and person.registered:
        if chance.random() < 0.5:
            person.has_introduced = True
            await Introduction.create(member_id=member.id, version=1, published_at=NOON)
        person.days = {chance.randrange(45) for _ in range(chance.randrange(4))}
        for offset in person.days:
            await checks_in(member, plan_id, brand_day(person.registered) + offset * DAY)
        if chance.random() < 0.4:
            status = chance.choice([OrderStatus.RECEIVED, OrderStatus.CANCELLED])
            person.has_bought = status is OrderStatus.RECEIVED
            await shop.sells(member, status)
    return person


def keys_of(code: SceneCode) -> dict[FunnelBy, str]:
    channel = str(code.channel_id) if code.channel_id else ""
    return {FunnelBy.CHANNEL: channel, FunnelBy.CODE: str(code.id), FunnelBy.CAMPAIGN: code.campaign or ""}


def expected(
    people: list[Person], by: FunnelBy, touch: Touch, since: datetime, until: datetime
) -> dict[str, dict[str, int]]:
    """The funnel by the plain rule, as a table of counts."""
    table: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for person in people:
        keys: set[str] = set()
        days: set[tuple[str, date]] = set()
        for code, at in person.visits:
            # A second visit by a code on one day is the first one.
            if (str(code.id), brand_day(at)) in days:
                continue
            days.add((str(code.id), brand_day(at)))
            if since <= at < until:
                key = keys_of(code)[by]
                table[key]["visits"] += 1
                table[key]["visitors"] += key not in keys
                keys.add(key)
        if person.registered:
            _adds(table, person, person.registered, by, touch, since, until)
    return table


def _adds(
    table: dict[str, dict[str, int]],
    person: Person,
    registered: datetime,
    by: FunnelBy,
    touch: Touch,
    since: datetime,
    until: datetime,
) -> None:
    made: dict[tuple[str, date], tuple[SceneCode, datetime]] = {}
    for code, at in person.visits:
        made.setdefault((str(code.id), brand_day(at)), (code, at))
    touches = [one for one in made.values() if one[1] >= registered - 30 * DAY]
    if not touches:
        return
    code, at = min(touches, key=lambda one: one[1]) if touch is Touch.FIRST else max(touches, key=lambda one: one[1])
    if not since <= at < until:
        return
    row = table[keys_of(code)[by]]
    row["registered"] += 1
    row["introduced"] += person.has_introduced
    row["checked_in"] += bool(person.days)
    row["purchased"] += person.has_bought
    for days in (7, 30):
        is_ripe = brand_day(registered) + timedelta(days=days + 7) <= brand_day(NOON)
        row[f"ripe_{days}"] += is_ripe
        row[f"retained_{days}"] += is_ripe and any(days <= one < days + 7 for one in person.days)


@pytest.mark.parametrize("seed", range(3))
async def test_random_worlds_are_counted_as_by_the_plain_model(seed: int) -> None:
    chance = random.Random(seed)
    plan, shop = await a_plan(), await Shop.open()
    channels = [await a_channel() for _ in range(2)]
    codes = [await a_code(channel=one, campaign=which) for one in channels for which in ("spring", "forward_task:1")]
    codes.append(await a_code(await a_member()))
    people = [await a_person(chance, codes, plan.id, shop) for _ in range(12)]

    for by in FunnelBy:
        for touch in Touch:
            since = START + timedelta(days=chance.randrange(20))
            until = since + timedelta(days=chance.randint(5, 60))
            plain = expected(people, by, touch, since, until)
            for row in await funnel(since, until, by=by, touch=touch, at=NOON):
                wanted = plain.pop(row.key)
                figures = {name: value for name, value in vars(row).items() if name in wanted or value}
                figures = {name: figures.get(name, 0) for name in {*wanted, *figures} - {"key", "counted"}}
                assert figures == wanted, (by, touch)
            assert plain == {}


async def test_a_funnel_of_some_codes_is_that_part_of_the_whole() -> None:
    channel = await a_channel()
    one, other = await a_code(channel=channel, campaign="spring"), await a_code(channel=channel)
    await comes((one, START), registers=START)
    await comes((other, START))

    for ways in (Ways(campaign="spring"), Ways(code_id=one.id), Ways(channel_id=channel.id, campaign="spring")):
        [row] = await funnel(START, NOON, by=FunnelBy.CODE, ways=ways, at=NOON)
        assert (row.key, row.visits, row.registered) == (str(one.id), 1, 1)
    assert len(await funnel(START, NOON, by=FunnelBy.CODE, ways=Ways(channel_id=channel.id), at=NOON)) == 2


@pytest.mark.parametrize("touch", Touch)
async def test_the_funnel_reads_what_lies_in_its_period_by_indexes(touch: Touch) -> None:
    asked = (START, NOON, brand_day(NOON))
    sql = _statement(FunnelBy.CHANNEL, touch, "")
    async with transaction():
        if dialect() == "postgres":
            # Of a table so small the planner would rather read all.
            await execute("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN" if dialect() == "postgres" else "EXPLAIN QUERY PLAN"
        plan = [
            str(list(row.values())[-1 if dialect() == "sqlite" else 0])
            for row in await fetch(f"{explain} {sql}", *asked)
        ]

    assert [line for line in plan if "Seq Scan" in line or line.startswith(("SCAN v", "SCAN a", "SCAN m"))] == []
    assert any("visit_by_time" in line for line in plan)
    assert any(f"arrival_by_{touch}" in line for line in plan)


async def test_visits_are_kept_once(monkeypatch: pytest.MonkeyPatch) -> None:
    code = await a_code(channel=await a_channel())
    await comes((code, START), (code, START + timedelta(minutes=5)))

    with statements(monkeypatch) as seen:
        [row] = await funnel(START, NOON, at=NOON)

    assert (row.visits, await Visit.all().count()) == (1, 1)
    assert len(seen) == 1
