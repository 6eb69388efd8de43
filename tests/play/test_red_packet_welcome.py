"""Welcome: a newcomer's introduction lets its inviter send one small packet, once, within some days."""

import asyncio
from datetime import timedelta

import pytest

from models.errors import DomainError
from models.members.introduction import Introduction, Lines
from models.members.member import Member
from models.play.red_packet import PacketState, RedPacket, expire_packets
from models.play.red_packet_share import RedPacketShare
from models.play.red_packet_welcome import Welcome
from models.points.account import of_member
from models.points.reconciliation import reconcile
from models.spread.referral import Referral
from tests.build import a_member, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.play.build import balance, give, put_policy

DAY = timedelta(days=1)
ELIGIBLE = "query($id: ID!) { welcomeEligibility(newcomerId: $id) { isAllowed reasons { code } } }"


async def brought(*, points: int = 100) -> tuple[Member, Member]:
    """An inviter with points, and the newcomer that it brought."""
    inviter, newcomer = await a_member(), await a_member(at=NOON - DAY)
    await Referral.record(inviter.id, newcomer.id, at=NOON - DAY)
    await give(of_member(inviter.id), points)
    return inviter, newcomer


async def introduced(newcomer: Member) -> None:
    await Introduction.publish(newcomer.id, Lines(name="小赵", likes="跑步"), at=NOON)


async def refused(inviter: Member, newcomer: Member, *, after: timedelta = timedelta()) -> str:
    before = await RedPacket.all().count()
    with pytest.raises(DomainError) as refusal:
        await Welcome(inviter.id, newcomer.id).send(10, greeting=None, at=NOON + after, once=None)
    assert await RedPacket.all().count() == before
    return refusal.value.code


async def test_an_introduction_lets_the_inviter_welcome_the_newcomer_once(
    callers: Callers,
) -> None:
    inviter, newcomer = await brought()
    caller, guest = await callers.member(inviter), await callers.member(newcomer)
    given = {
        "idempotencyKey": new_key(),
        "newcomerId": public_id(newcomer),
        "points": "18",
        "greeting": "欢迎加入！",
    }
    fields = "isReplay redPacket { id occasion total shareCount recipient { id } }"

    early = await caller.refusal("welcomeNewcomer", given)
    await introduced(newcomer)
    may = await caller.data(ELIGIBLE, id=public_id(newcomer))
    first = await caller.do("welcomeNewcomer", given, fields)
    again = await caller.do("welcomeNewcomer", given, fields)
    second = await caller.refusal("welcomeNewcomer", given | {"idempotencyKey": new_key()})
    may_no_more = await caller.data(ELIGIBLE, id=public_id(newcomer))
    taken = await guest.do(
        "grabRedPacket",
        {"idempotencyKey": new_key(), "redPacketId": first["redPacket"]["id"]},
        "share { amount packet { sender { id } greeting } }",
    )

    assert (early, second) == ("NOT_INTRODUCED_YET", "ALREADY_WELCOMED")
    assert may["welcomeEligibility"] == {"isAllowed": True, "reasons": []}
    assert may_no_more["welcomeEligibility"] == {"isAllowed": False, "reasons": [{"code": "ALREADY_WELCOMED"}]}
    assert first["redPacket"] | {"id": ""} == {
        "id": "",
        "occasion": "WELCOME",
        "total": "18",
        "shareCount": 1,
        "recipient": {"id": public_id(newcomer)},
    }
    assert again == {**first, "isReplay": True}
    assert taken["share"] == {
        "amount": "18",
        "packet": {"sender": {"id": public_id(inviter)}, "greeting": "欢迎加入！"},
    }
    assert [await balance(of_member(one.id)) for one in (inviter, newcomer)] == [82, 18]
    assert await reconcile() == []


async def test_it_is_for_the_newcomer_alone(callers: Callers) -> None:
    inviter, newcomer = await brought()
    await introduced(newcomer)
    packet = await Welcome(inviter.id, newcomer.id).send(10, greeting=None, at=NOON, once=None)
    given = {"idempotencyKey": new_key(), "redPacketId": public_id(packet)}

    stranger = await (await callers.member(await a_member())).refusal("grabRedPacket", given)
    sender = await (await callers.member(inviter)).refusal("grabRedPacket", given)

    assert (stranger, sender) == ("NOT_FOUND", "RED_PACKET_FOR_ANOTHER")
    assert await RedPacketShare.all().count() == 0


async def test_only_the_inviter_welcomes_and_only_for_some_days(database: str) -> None:
    inviter, newcomer = await brought()
    await introduced(newcomer)
    await Introduction.publish(newcomer.id, Lines(name="小赵"), at=NOON + DAY * 6)

    assert await refused(await a_member(), newcomer) == "NOT_FOUND"
    assert await refused(newcomer, inviter) == "NOT_FOUND"
    assert await refused(inviter, newcomer, after=DAY * 7) == "WELCOME_OVER"
    await put_policy(welcome_within_days=8)
    packet = await Welcome(inviter.id, newcomer.id).send(10, greeting=None, at=NOON + DAY * 7, once=None)
    assert packet.recipient_id == newcomer.id


async def test_who_is_gone_is_not_welcomed(database: str) -> None:
    inviter, newcomer = await brought()
    await introduced(newcomer)
    await Member.filter(id=newcomer.id).update(status="left")

    assert await refused(inviter, newcomer) == "MEMBER_NOT_ACTIVE"


async def test_a_welcome_that_was_not_taken_goes_back_and_is_not_sent_again(database: str) -> None:
    inviter, newcomer = await brought()
    await introduced(newcomer)
    await Welcome(inviter.id, newcomer.id).send(10, greeting=None, at=NOON, once=None)

    await expire_packets(at=NOON + DAY)

    assert (await RedPacket.get()).state is PacketState.EXPIRED
    assert await balance(of_member(inviter.id)) == 100
    assert await refused(inviter, newcomer, after=DAY) == "ALREADY_WELCOMED"


async def test_of_many_at_once_one_is_sent(database: str) -> None:
    inviter, newcomer = await brought()
    await introduced(newcomer)

    outcomes = await asyncio.gather(
        *(Welcome(inviter.id, newcomer.id).send(10, greeting=None, at=NOON, once=None) for _ in range(8)),
        return_exceptions=True,
    )

    codes = sorted(one.code if isinstance(one, DomainError) else type(one).__name__ for one in outcomes)
    assert codes == ["ALREADY_WELCOMED"] * 7 + ["RedPacket"]
    assert await balance(of_member(inviter.id)) == 90
