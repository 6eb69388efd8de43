"""Rain: several packets, filled at once, that open one after the other."""

from datetime import timedelta
from typing import Any

import pytest

from models.actor import Actor
from models.errors import DomainError
from models.play import red_packet
from models.play.red_packet import PacketState, RedPacket, RedPacketSlice
from models.play.red_packet_rain import RedPacketRain
from models.play.red_packet_sender import Sender
from models.play.red_packet_share import RedPacketShare
from models.points.account import of_group, of_member
from models.points.entry import PointEntry
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from store.clock import FixedClock
from tests.build import a_member, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.play.build import a_sender, balance, give, terms

MINUTE = timedelta(minutes=1)
RAIN = """isReplay rain { drops secondsBetween startsAt packets(first: 10) { totalCount
    edges { node { total opensAt closesAt state } } } }"""


def packet(**about: Any) -> dict[str, Any]:
    return {"mode": "LUCKY", "total": "50", "shareCount": 5, "lastsHours": 1, **about}


async def test_each_drop_opens_by_its_own_time(callers: Callers, clock: FixedClock) -> None:
    group = await a_group()
    sender = await a_sender(group, points=150)
    caller, member = await callers.member(sender), await callers.member(await a_place(group))
    given = {
        "idempotencyKey": new_key(),
        "packet": packet(groupId=public_id(group), opensAt="2026-11-23T04:10:00Z"),
        "drops": 3,
        "secondsBetween": 600,
    }

    first = await caller.do("sendRedPacketRain", given, RAIN)
    again = await caller.do("sendRedPacketRain", given, RAIN)

    assert first["rain"] == {
        "drops": 3,
        "secondsBetween": 600,
        "startsAt": "2026-11-23T04:10:00Z",
        "packets": {
            "totalCount": 3,
            "edges": [
                {
                    "node": {
                        "total": "50",
                        "opensAt": f"2026-11-23T04:{minute}:00Z",
                        "closesAt": f"2026-11-23T05:{minute}:00Z",
                        "state": "OPEN",
                    }
                }
                for minute in (10, 20, 30)
            ],
        },
    }
    assert again == {**first, "isReplay": True}
    assert await balance(of_member(sender.id)) == 0
    drops = await RedPacket.all().order_by("opens_at")
    clock.advance(minutes=10)
    codes = []
    for drop in drops:
        given = {"idempotencyKey": new_key(), "redPacketId": public_id(drop)}
        done = await member.do("grabRedPacket", given)
        codes.append([(one["code"], one["retryAt"]) for one in done["userErrors"]])
    assert codes == [
        [],
        [("RED_PACKET_NOT_OPEN", "2026-11-23T04:20:00Z")],
        [("RED_PACKET_NOT_OPEN", "2026-11-23T04:30:00Z")],
    ]
    assert await reconcile() == []


async def test_a_rain_is_filled_whole_or_not_at_all(callers: Callers) -> None:
    group = await a_group()
    sender = await a_sender(group, points=149)
    given = {
        "idempotencyKey": new_key(),
        "packet": packet(groupId=public_id(group)),
        "drops": 3,
        "secondsBetween": 60,
    }

    assert await (await callers.member(sender)).refusal("sendRedPacketRain", given) == "INSUFFICIENT_POINTS"
    assert await RedPacket.all().count() == await RedPacketRain.all().count() == 0
    assert await balance(of_member(sender.id)) == 149


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"drops": 1}, "INVALID_INPUT"),
        ({"drops": 101}, "INVALID_INPUT"),
        ({"secondsBetween": 0}, "INVALID_INPUT"),
        ({"drops": 11}, "RED_PACKET_SENDS_USED_UP"),
        ({"sender": "PLATFORM"}, "NOT_ALLOWED"),
    ],
)
async def test_a_rain_out_of_bounds_is_refused(callers: Callers, change: dict[str, Any], code: str) -> None:
    group = await a_group()
    sender = await callers.member(await a_sender(group))
    given = {
        "idempotencyKey": new_key(),
        "packet": packet(groupId=public_id(group)),
        "drops": 2,
        "secondsBetween": 60,
    }

    assert await sender.refusal("sendRedPacketRain", given | change) == code
    assert await RedPacket.all().count() == 0


async def test_staff_issue_a_rain_and_end_what_is_left_of_it(callers: Callers, clock: FixedClock) -> None:
    group = await a_group()
    await give(of_group(group.id), 200)
    staff = await callers.staff(await a_staff("packets.send", "packets.read", "groups.read"))
    given = {
        "idempotencyKey": new_key(),
        "sender": "GROUP",
        "packet": packet(groupId=public_id(group), shareCount=1),
        "drops": 4,
        "secondsBetween": 60,
        "reason": "周年庆",
    }
    await staff.do("issueRedPacketRain", given)
    first = await RedPacket.all().order_by("opens_at").first()
    assert first is not None
    await RedPacketShare.grab((await a_place(group)).id, first.id, at=NOON, once=None)
    rain = {"rainId": public_id(await RedPacketRain.get()), "reason": "雨太大了"}

    ended = await staff.do("withdrawRedPacketRain", rain, "rain { drops }")
    again = await staff.refusal("withdrawRedPacketRain", rain)

    assert ended["rain"] == {"drops": 4}
    assert again == "RED_PACKET_CLOSED"
    assert await balance(of_group(group.id)) == 150
    states = [one.state for one in await RedPacket.all().order_by("opens_at")]
    assert states == [PacketState.EMPTIED, *[PacketState.WITHDRAWN] * 3]
    assert await AuditRow.filter(action="withdraw_red_packet", reason="雨太大了").count() == 3
    assert await reconcile() == []


@pytest.mark.parametrize("mutation", ["sendRedPacketRain", "issueRedPacketRain", "withdrawRedPacketRain"])
async def test_who_may_not_is_not_heard(callers: Callers, mutation: str) -> None:
    wanted = 'idempotencyKey: "12345678", packet: {mode: LUCKY, total: 10, shareCount: 1}, drops: 2, secondsBetween: 5'
    inputs = {"sendRedPacketRain": wanted, "issueRedPacketRain": f'{wanted}, reason: "x"'}
    given = inputs.get(mutation, 'rainId: "x", reason: "x"')
    query = f"mutation {{ {mutation}(input: {{{given}}}) {{ userErrors {{ code }} }} }}"
    is_for_members = mutation == "sendRedPacketRain"
    wrong = await (callers.staff(await a_staff()) if is_for_members else callers.member(await a_member()))

    assert await callers.nobody().error(query) == "UNAUTHENTICATED"
    assert await wrong.error(query) == "FORBIDDEN"


async def test_a_member_rains_into_a_group_only(database: str) -> None:
    member = await a_member()
    with pytest.raises(DomainError) as refusal:
        await RedPacketRain.send(
            Sender.member(member.id),
            terms(),
            drops=2,
            seconds_between=60,
            actor=Actor.member(member.id),
            at=NOON,
            once=None,
        )
    assert (refusal.value.code, refusal.value.field) == ("INVALID_INPUT", "groupId")


async def test_a_rain_is_cut_before_points_are_taken_and_laid_out_at_once(
    database: str, empty_redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = await a_group()
    sender, seen = await a_sender(group), list[str]()
    for owner, name in ((red_packet, "cut"), (PointEntry, "post"), (red_packet, "copy")):
        plain = getattr(owner, name)

        def told(*given: Any, _plain: Any = plain, _name: str = name, **named: Any) -> Any:
            seen.append(_name)
            return _plain(*given, **named)

        monkeypatch.setattr(owner, name, told)

    await RedPacketRain.send(
        Sender.member(sender.id),
        terms(50, 5, group_id=group.id),
        drops=3,
        seconds_between=60,
        actor=Actor.member(sender.id),
        at=NOON,
        once=None,
    )

    assert seen == ["cut", "cut", "cut", "post", "copy"]
    assert (await RedPacket.all().count(), await RedPacketSlice.all().count()) == (3, 15)
    assert await reconcile() == []
