"""Birthdays: one share for each whose day it is, once a year, also after standing still."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models.play import red_packet_birthday
from models.play.red_packet import RedPacket
from models.play.red_packet_birthday import BirthdayRound, send_birthday_packets
from models.play.red_packet_share import RedPacketShare
from models.points.account import of_budget, of_member
from models.points.reconciliation import reconcile
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON
from tests.play.build import a_budget, balance, give, put_policy

DAY = timedelta(days=1)
EIGHT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""08:00 in Shanghai."""


async def born(day: str, **about: Any) -> Any:
    return await a_member(birthday=date.fromisoformat(day), **about)


async def greeted() -> list[tuple[str, int]]:
    """Whose packet for which year."""
    packets = await RedPacket.all().order_by("created_at", "id")
    return [(str(one.recipient_id), int((one.cause or "").rsplit(":", 1)[1])) for one in packets]


async def test_nothing_is_sent_where_nobody_said_so(database: str) -> None:
    await born("1990-11-23")

    assert await send_birthday_packets(at=NOON) == 0
    assert await BirthdayRound.all().count() == 0


async def test_on_the_morning_of_the_brands_zone_each_is_greeted_once(database: str, empty_redis: str) -> None:
    await put_policy(birthday_points=66, birthday_greeting="生日快乐，天天开心", at=EIGHT)
    member = await born("1990-11-23")
    for other in ("1990-11-22", "1990-11-24", "1990-12-23"):
        await born(other)
    for status in ("frozen", "left", "erased"):
        await born("1990-11-23", status=status)

    early = await send_birthday_packets(at=EIGHT - timedelta(microseconds=1))
    counts = [await send_birthday_packets(at=EIGHT + timedelta(hours=n)) for n in range(3)]

    assert (early, counts) == (0, [1, 0, 0])
    packet = await RedPacket.get()
    assert (packet.recipient_id, packet.total, packet.share_count) == (member.id, 66, 1)
    assert (packet.greeting, packet.occasion, packet.closes_at) == ("生日快乐，天天开心", "birthday", EIGHT + DAY)
    await RedPacketShare.grab(member.id, packet.id, at=NOON, once=None)
    assert await balance(of_member(member.id)) == 66
    assert await reconcile() == []


async def test_a_birthday_that_is_moved_brings_no_second_packet_that_year(database: str) -> None:
    await put_policy(birthday_points=66, at=EIGHT)
    member = await born("1990-11-23")
    await send_birthday_packets(at=NOON)

    await member.update_from_dict({"birthday": date(1990, 11, 24)}).save(update_fields=["birthday"])
    next_day = await send_birthday_packets(at=NOON + DAY)
    next_year = await send_birthday_packets(at=NOON + DAY * 366)

    assert (next_day, next_year) == (0, 1)
    assert await greeted() == [(str(member.id), 2026), (str(member.id), 2027)]


@pytest.mark.parametrize(
    ("year", "days"), [(2027, {"02-28": ["02-28", "02-29"]}), (2028, {"02-28": ["02-28"], "02-29": ["02-29"]})]
)
async def test_who_was_born_on_the_29th_is_greeted_on_the_28th_in_common_years(
    database: str, year: int, days: dict[str, list[str]]
) -> None:
    members = {day: (await born(f"1992-{day}")).id for day in ("02-28", "02-29")}
    await put_policy(birthday_points=66, at=datetime(year, 2, 28, 0, 0, tzinfo=UTC))

    for day, expected in days.items():
        at = datetime.fromisoformat(f"{year}-{day}T04:00:00+00:00")
        assert await send_birthday_packets(at=at) == len(expected)
        sent = {packet.recipient_id for packet in await RedPacket.filter(created_at=at)}
        assert sent == {members[one] for one in expected}


async def test_days_of_standing_still_are_made_up_for_a_week(database: str) -> None:
    await put_policy(birthday_points=66, at=LONG_AGO)
    await BirthdayRound.create(day=date(2026, 11, 10), finished_at=NOON - DAY * 13)
    for day in ("11-11", "11-15", "11-16", "11-20", "11-23", "11-24"):
        await born(f"1990-{day}")

    assert await send_birthday_packets(at=NOON) == 3
    assert await BirthdayRound.all().count() == 1 + 8


async def test_a_day_with_more_than_one_run_serves_is_finished_by_the_next_runs(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(red_packet_birthday, "AT_ONCE", 2)
    monkeypatch.setattr(red_packet_birthday, "ROUNDS_MOST", 2)
    await put_policy(birthday_points=66, at=EIGHT - DAY)
    for _ in range(5):
        await born("1990-11-22")
    await born("1990-11-23")

    first = await send_birthday_packets(at=NOON)
    finished = await BirthdayRound.all().count()
    second = await send_birthday_packets(at=NOON + timedelta(minutes=5))

    assert (first, finished, second) == (4, 0, 2)
    assert await BirthdayRound.all().count() == 2


async def test_what_was_before_the_policy_is_let_be(database: str) -> None:
    await put_policy(birthday_points=66, at=NOON)
    await born("1990-11-22")

    assert await send_birthday_packets(at=NOON) == 0


async def test_an_empty_budget_stops_the_round_and_the_next_turn_goes_on(database: str) -> None:
    budget_id = (await a_budget(140)).id
    await put_policy(birthday_points=66, birthday_budget_id=budget_id, at=EIGHT)
    for _ in range(3):
        await born("1990-11-23")

    first = await send_birthday_packets(at=NOON)
    await give(of_budget(budget_id), 70)
    second = await send_birthday_packets(at=NOON + timedelta(minutes=5))

    assert (first, second) == (2, 1)
    assert await balance(of_budget(budget_id)) == 210 - 3 * 66
    assert await BirthdayRound.all().count() == 1


async def test_many_are_greeted_in_pieces_by_two_processes_at_once(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(red_packet_birthday, "AT_ONCE", 3)
    await put_policy(birthday_points=66, at=EIGHT)
    for _ in range(10):
        await born("1990-11-23")

    counts = await asyncio.gather(*(send_birthday_packets(at=NOON) for _ in range(2)))

    assert sum(counts) == 10
    assert len({recipient for recipient, _ in await greeted()}) == 10
    assert await reconcile() == []
