"""The policy: a new version each time, by staff with the right, told to the audit."""

import asyncio
from typing import Any

import pytest

from models.errors import DomainError
from models.foundation import lay_foundation
from models.play.red_packet_policy import PacketRules, RedPacketPolicy
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.ids import new_id
from tests.build import a_member, a_staff
from tests.callers import Callers
from tests.conftest import NOON
from tests.play.build import a_packet, put_policy
from tests.statements import statements

SHOWN = "{ redPacketPolicy { version membersMaySend lifetimeHours memberLimits { totalMost sendsPerDay } } }"


def rules(**about: Any) -> dict[str, Any]:
    return {
        "expectedVersion": 1,
        "reason": "中秋前调整",
        "membersMaySend": False,
        "sendersMayGrab": True,
        "memberLimits": {"totalMost": "5000", "sendsPerDay": 0},
        "groupLimits": {},
        "brandLimits": {},
        "shareLeast": "1",
        "lifetimeHours": 12,
        "lifetimeHoursMost": 48,
        "welcomeWithinDays": 7,
        **about,
    }


async def test_the_greeting_is_kept_without_the_space_around_it(database: str) -> None:
    await put_policy(birthday_greeting=" 生日快乐，天天开心 ")

    assert (await RedPacketPolicy.current()).birthday_greeting == "生日快乐，天天开心"


async def test_the_brands_packets_are_sent_under_the_row_that_is_read_once(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put_policy()

    with statements(monkeypatch) as seen:
        await a_packet()

    assert len([sql for sql in seen if "red_packet_policy" in sql]) == 1


async def test_a_new_version_takes_the_place_of_the_old(callers: Callers) -> None:
    await lay_foundation(at=NOON)
    staff, member = await callers.staff(await a_staff("points.rules")), await callers.member(await a_member())

    before = await member.data(SHOWN)
    put = await staff.do("putRedPacketPolicy", rules(), "policy { version }")
    stale = await staff.refusal("putRedPacketPolicy", rules())
    after = await member.data(SHOWN)

    assert before["redPacketPolicy"] == {
        "version": 1,
        "membersMaySend": True,
        "lifetimeHours": 24,
        "memberLimits": {"totalMost": "20000", "sendsPerDay": 10},
    }
    assert put["policy"] == {"version": 2}
    assert stale == "RED_PACKET_POLICY_CHANGED"
    assert after["redPacketPolicy"] == {
        "version": 2,
        "membersMaySend": False,
        "lifetimeHours": 12,
        "memberLimits": {"totalMost": "5000", "sendsPerDay": 0},
    }
    row = await AuditRow.get()
    assert (row.action, row.reason) == ("put_red_packet_policy", "中秋前调整")
    assert row.before
    assert row.after
    assert (row.before["lifetime_hours"], row.after["lifetime_hours"]) == (24, 12)


@pytest.mark.parametrize(
    "change",
    [
        {"reason": ""},
        {"shareLeast": "0"},
        {"lifetimeHours": 49},
        {"lifetimeHoursMost": 721},
        {"birthdayPoints": "0"},
        {"birthdayHour": 24},
        {"memberLimits": {"totalMost": "-1"}},
        {"birthdayGreeting": "长" * 61},
    ],
)
async def test_rules_out_of_bounds_are_refused(callers: Callers, change: dict[str, Any]) -> None:
    await lay_foundation(at=NOON)
    staff = await callers.staff(await a_staff("points.rules"))

    assert await staff.refusal("putRedPacketPolicy", rules() | change) == "INVALID_INPUT"
    assert (await RedPacketPolicy.current()).version == 1
    assert await AuditRow.all().count() == 0


async def test_of_two_who_change_it_at_once_one_is_told(database: str) -> None:
    await RedPacketPolicy.plant_default(at=NOON)

    async def put(hours: int) -> RedPacketPolicy:
        wanted = PacketRules(lifetime_hours=hours)
        return await RedPacketPolicy.put(wanted, expected_version=1, staff_id=new_id(), reason="调整", at=NOON)

    outcomes = await asyncio.gather(*(put(hours) for hours in range(1, 5)), return_exceptions=True)

    codes = sorted(one.code if isinstance(one, DomainError) else type(one).__name__ for one in outcomes)
    assert codes == ["RED_PACKET_POLICY_CHANGED"] * 3 + ["RedPacketPolicy"]
    assert await RedPacketPolicy.filter(is_active=True).count() == 1


async def test_it_is_decided_by_staff_of_the_whole_brand_with_the_right(callers: Callers) -> None:
    await lay_foundation(at=NOON)
    query = "mutation($input: PutRedPacketPolicyInput!) { putRedPacketPolicy(input: $input) { policy { version } } }"
    part = await callers.staff(await a_staff("points.rules", scope=DataScope.OWN_GROUPS))

    assert await callers.nobody().error(query, input=rules()) == "UNAUTHENTICATED"
    assert await (await callers.member(await a_member())).error(query, input=rules()) == "FORBIDDEN"
    assert await (await callers.staff(await a_staff("packets.send"))).error(query, input=rules()) == "FORBIDDEN"
    assert await part.refusal("putRedPacketPolicy", rules()) == "NOT_FOUND"
