"""Grabbing: the next share, once a member, past every gate, within the limits of a day; and a word of thanks."""

from datetime import timedelta
from typing import Any

import pytest

from models.attempts import TooManyAttempts
from models.checkins.check_in import CheckIn
from models.errors import DomainError
from models.groups.membership import Membership
from models.groups.role import Role
from models.idempotency import IdempotencyKey
from models.learning.quiz_terms import Pays, QuizKind
from models.members.audience import Audience
from models.members.member import Member
from models.play.red_packet import PacketState, RedPacket, RedPacketSlice
from models.play.red_packet_share import RedPacketShare
from models.play.red_packet_terms import Gate, PacketMode
from models.points.account import Account, of_group, of_member
from models.points.entry import PointEntry
from models.points.reconciliation import reconcile
from store.brand_day import Windows
from store.clock import FixedClock
from store.ids import new_id
from tests.build import LONG_AGO, a_member, a_plan, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.learning.quizzes import a_quiz, passed
from tests.play.build import a_budget, a_fund_packet, a_member_packet, a_packet, a_sender, balance, give, put_policy

HOUR = timedelta(hours=1)
GRABBED = """isReplay viewer { account { available } }
    share { position amount isBestLuck member { nickname } packet { taken state } }"""


async def grab(member: Member, packet: RedPacket, **about: Any) -> RedPacketShare:
    return await RedPacketShare.grab(member.id, packet.id, **{"at": NOON, "once": None} | about)


async def refused(member: Member, packet: RedPacket, **about: Any) -> DomainError:
    """The refusal of a grab, which wrote nothing."""
    before = await RedPacketShare.all().count(), await PointEntry.all().count()
    taken = (await RedPacket.get(id=packet.id)).taken
    with pytest.raises(DomainError) as refusal:
        await grab(member, packet, **about)
    assert (await RedPacketShare.all().count(), await PointEntry.all().count()) == before
    assert (await RedPacket.get(id=packet.id)).taken == taken
    return refusal.value


async def test_a_share_is_taken_once_and_told_the_same_when_asked_again(callers: Callers) -> None:
    member, packet = await a_member(nickname="陈雨桐"), await a_packet(30, 3, mode=PacketMode.ORDINARY)
    caller, given = await callers.member(member), {"idempotencyKey": new_key(), "redPacketId": public_id(packet)}

    first = await caller.do("grabRedPacket", given, GRABBED)
    again = await caller.do("grabRedPacket", given, GRABBED)
    other = await caller.do("grabRedPacket", given | {"idempotencyKey": new_key()})
    changed = await caller.refusal("grabRedPacket", given | {"password": "改了"})

    assert first["share"] == {
        "position": 1,
        "amount": "10",
        "isBestLuck": False,
        "member": {"nickname": "陈雨桐"},
        "packet": {"taken": 1, "state": "OPEN"},
    }
    assert first["viewer"] == {"account": {"available": "10"}}
    assert again == {**first, "isReplay": True}
    assert [(one["code"], one["message"]) for one in other["userErrors"]] == [
        ("RED_PACKET_TAKEN", "您已领取过该红包，获得 10 积分")
    ]
    assert changed == "IDEMPOTENCY_MISMATCH"
    assert await RedPacketShare.all().count() == 1
    assert await reconcile() == []


async def test_a_replay_is_answered_after_the_packet_is_empty(callers: Callers) -> None:
    member, packet = await a_member(), await a_packet(10, 1)
    caller, given = await callers.member(member), {"idempotencyKey": new_key(), "redPacketId": public_id(packet)}

    first = await caller.do("grabRedPacket", given, GRABBED)
    again = await caller.do("grabRedPacket", given, GRABBED)

    assert again == {**first, "isReplay": True}


async def test_shares_come_in_the_order_in_which_they_were_cut(database: str, empty_redis: str) -> None:
    packet = await a_packet(100, 5)
    members = [await a_member() for _ in range(5)]

    shares = [await grab(member, packet) for member in members]

    assert [share.position for share in shares] == [1, 2, 3, 4, 5]
    assert sum(share.amount for share in shares) == 100
    ended = await RedPacket.get(id=packet.id)
    assert (ended.state, ended.taken, ended.refunded, ended.closed_at) == (PacketState.EMPTIED, 5, 0, NOON)
    assert await reconcile() == []


async def test_best_luck_is_told_once_the_packet_is_empty(callers: Callers) -> None:
    packet = await a_packet(6, 3, share_most=2)  # 2, 2, 2: the earliest is the best
    members = [await a_member() for _ in range(3)]
    caller = await callers.member(members[0])
    query = "query($id: ID!) { redPacket(id: $id) { shares(first: 5) { edges { node { position isBestLuck } } } } }"
    told = []
    for member in members:
        await grab(member, packet)
        shown = (await caller.data(query, id=public_id(packet)))["redPacket"]
        told.append([(edge["node"]["position"], edge["node"]["isBestLuck"]) for edge in shown["shares"]["edges"]])

    assert told == [
        [(1, False)],
        [(2, False), (1, False)],
        [(3, False), (2, False), (1, True)],
    ]


async def test_when_it_is_empty_the_answer_is_sold_out(database: str, empty_redis: str) -> None:
    packet = await a_packet(10, 1)
    await grab(await a_member(), packet)

    assert (await refused(await a_member(), packet)).code == "RED_PACKET_SOLD_OUT"


@pytest.mark.parametrize(
    ("after", "code", "retry_after"),
    [
        (timedelta(minutes=59), "RED_PACKET_NOT_OPEN", HOUR),
        (HOUR * 3, "RED_PACKET_OVER", None),
        (HOUR * 4, "RED_PACKET_OVER", None),
    ],
)
async def test_before_and_after_its_time_it_gives_nothing(
    database: str, after: timedelta, code: str, retry_after: timedelta | None
) -> None:
    packet = await a_packet(opens_at=NOON + HOUR, lasts_hours=2)

    refusal = await refused(await a_member(), packet, at=NOON + after)

    assert (refusal.code, refusal.retry_at) == (code, NOON + retry_after if retry_after else None)


async def test_it_opens_at_its_instant_and_not_before(database: str, empty_redis: str) -> None:
    packet = await a_packet(opens_at=NOON + HOUR, lasts_hours=2)

    assert (await grab(await a_member(), packet, at=NOON + HOUR)).position == 1
    assert (await grab(await a_member(), packet, at=NOON + HOUR * 3 - timedelta(microseconds=1))).position == 2


async def test_after_a_withdrawal_the_answer_says_so(database: str) -> None:
    packet = await a_packet()
    await RedPacket.withdraw(packet.id, reason="金额有误", staff_id=new_id(), at=NOON)

    assert (await refused(await a_member(), packet)).code == "RED_PACKET_WITHDRAWN"


async def test_a_groups_packet_is_for_those_who_are_in_it_at_that_moment(database: str) -> None:
    group = await a_group()
    sender, stranger, leaver, comer = await a_sender(group), await a_member(), await a_place(group), await a_member()
    packet = await a_member_packet(sender, group)
    await Membership.leave(leaver.id, group.id, at=NOON)
    await Membership.join(comer.id, group.id, at=NOON)

    assert (await refused(stranger, packet)).code == "NOT_FOUND"
    assert (await refused(leaver, packet)).code == "NOT_FOUND"
    assert (await grab(comer, packet)).position == 1


async def test_an_audience_is_asked(database: str) -> None:
    packet = await a_packet(audience=Audience(new_within_days=7))

    assert (await refused(await a_member(at=LONG_AGO), packet)).code == "NEW_MEMBERS_ONLY"
    assert (await grab(await a_member(at=NOON), packet)).position == 1


@pytest.mark.parametrize("status", ["frozen", "left", "erased"])
async def test_who_takes_no_part_takes_no_share(database: str, status: str) -> None:
    assert (await refused(await a_member(status=status), await a_packet())).code == "MEMBER_NOT_ACTIVE"


@pytest.mark.parametrize("said", ["新年 快乐 ABC", "新年快乐ａｂｃ", "  新年快乐abc "])
async def test_a_password_is_what_is_heard(database: str, said: str) -> None:
    packet = await a_packet(gate=Gate.PASSWORD, password="新年快乐abc")

    assert (await grab(await a_member(), packet, password=said)).position == 1


async def test_passwords_are_tried_five_times(database: str) -> None:
    packet = await a_packet(gate=Gate.PASSWORD, password="恭喜发财")
    member, other = await a_member(), await a_member()

    codes = [(await refused(member, packet, password=f"猜{n}")).code for n in range(5)]
    locked = await refused(member, packet, password="恭喜发财")

    assert codes == ["RED_PACKET_PASSWORD_WRONG"] * 5
    assert isinstance(locked, TooManyAttempts)
    assert locked.retry_at == NOON + timedelta(minutes=15)
    assert (await grab(other, packet, password="恭喜发财")).position == 1
    later = await grab(member, packet, password="恭喜发财", at=NOON + timedelta(minutes=15))
    assert later.position == 2


async def test_a_password_that_was_erased_opens_nothing(database: str) -> None:
    packet = await a_packet(gate=Gate.PASSWORD, password="恭喜发财")
    await RedPacket.filter(id=packet.id).update(password=None)

    assert (await refused(await a_member(), packet)).code == "RED_PACKET_PASSWORD_WRONG"


async def test_the_gate_of_the_check_in_asks_for_todays(database: str, empty_redis: str) -> None:
    plan, member, packet = await a_plan(), await a_member(), await a_packet(gate=Gate.CHECKED_IN_TODAY)
    await CheckIn.record(member.id, plan, at=NOON - timedelta(days=1))

    assert (await refused(member, packet)).code == "RED_PACKET_CHECK_IN_NEEDED"
    await CheckIn.record(member.id, plan, at=NOON)
    assert (await grab(member, packet)).position == 1


async def test_the_gate_of_the_quiz_asks_for_one_passed_today_or_the_one_named(database: str, empty_redis: str) -> None:
    member, today, quiz = await a_member(), await a_packet(gate=Gate.QUIZ_PASSED), await a_quiz()
    named = await a_packet(gate=Gate.QUIZ_PASSED, gate_source=f"quiz:{quiz.id}")
    other = await a_packet(gate=Gate.QUIZ_PASSED, gate_source=f"quiz:{new_id()}")
    await passed(member.id, quiz, at=NOON - timedelta(days=1))  # no rule pays for it
    await passed(member.id, await a_quiz(kind=QuizKind.PRACTICE, pays=Pays.NOTHING), at=NOON)

    assert (await refused(member, today)).code == "RED_PACKET_QUIZ_NEEDED"
    assert (await refused(member, other)).code == "RED_PACKET_QUIZ_NEEDED"
    assert (await grab(member, named)).position == 1
    await passed(member.id, await a_quiz(), at=NOON)
    assert (await grab(member, today)).position == 1


async def test_a_sender_takes_of_its_own_where_the_policy_lets_it(database: str) -> None:
    group = await a_group()
    sender = await a_sender(group)
    packet = await a_member_packet(sender, group)
    await put_policy(senders_may_grab=False)

    assert (await refused(sender, packet)).code == "RED_PACKET_OWN"
    await put_policy()
    assert (await grab(sender, packet)).position == 1


async def test_shares_of_a_day_are_limited_and_the_day_begins_at_the_zones_midnight(database: str) -> None:
    await put_policy(received_per_day=2)
    member, packets = await a_member(), [await a_packet(lasts_hours=48) for _ in range(4)]
    midnight = NOON + HOUR * 12
    for packet in packets[:2]:
        await grab(member, packet)

    refusal = await refused(member, packets[2], at=midnight - timedelta(microseconds=1))

    assert (refusal.code, refusal.retry_at) == ("RED_PACKET_RECEIVED_USED_UP", midnight)
    assert Windows.at(midnight).day_from == midnight
    assert (await grab(member, packets[2], at=midnight)).position == 1


async def test_points_of_a_day_are_never_more_than_allowed(database: str) -> None:
    await put_policy(received_points_per_day=25)
    member = await a_member()
    equal = [await a_packet(40, 2, mode=PacketMode.ORDINARY) for _ in range(2)]
    lucky = await a_packet(40, 2, share_least=19, share_most=21)
    await grab(member, equal[0])

    assert (await refused(member, equal[1])).code == "RED_PACKET_RECEIVED_POINTS_USED_UP"
    assert (await refused(member, lucky)).code == "RED_PACKET_RECEIVED_POINTS_USED_UP"
    assert await balance(of_member(member.id)) == 20


async def test_a_lucky_share_above_what_is_left_for_today_goes_back_into_the_packet(database: str) -> None:
    """Its least would do, so only the share itself tells."""
    await put_policy(received_points_per_day=25)
    member, packet = await a_member(), await a_packet(100, 2, share_least=10, share_most=90)
    if (await RedPacketSlice.get(packet_id=packet.id, position=1)).amount <= 25:
        await grab(await a_member(), packet)

    assert (await refused(member, packet)).code == "RED_PACKET_RECEIVED_POINTS_USED_UP"
    assert await reconcile() == []


async def test_the_brands_points_count_as_earned_and_those_of_members_and_groups_do_not(
    database: str, empty_redis: str
) -> None:
    group, budget_id = await a_group(), (await a_budget(100)).id
    sender, officer = await a_sender(group), await a_sender(group, role=Role.OWNER)
    await give(of_group(group.id), 100)
    packets = [
        await a_packet(10, 1),
        await a_packet(10, 1, budget_id=budget_id),
        await a_member_packet(sender, group, 10, 1),
        await a_fund_packet(officer, group, 10, 1),
    ]
    earned = []
    for packet in packets:
        member = await a_place(group)
        await grab(member, packet)
        account = await Account.get(id=of_member(member.id).id)
        earned.append((account.balance, account.earned_total))

    assert earned == [(10, 10), (10, 10), (10, 0), (10, 0)]
    assert await reconcile() == []


async def test_eligibility_tells_everything_and_changes_nothing(callers: Callers, clock: FixedClock) -> None:
    await a_plan()
    packet = await a_packet(30, 3, mode=PacketMode.ORDINARY, gate=Gate.CHECKED_IN_TODAY, opens_at=NOON + HOUR)
    caller = await callers.member(await a_member())
    query = (
        "query($id: ID!) { redPacketEligibility(id: $id) "
        "{ isAllowed nextAt reasons { code retryAt } preview { reason points } } }"
    )

    before = await caller.data(query, id=public_id(packet))
    clock.advance(hours=1)
    await caller.do("checkIn", {"idempotencyKey": new_key()})
    after = await caller.data(query, id=public_id(packet))

    assert before["redPacketEligibility"] == {
        "isAllowed": False,
        "nextAt": None,
        "reasons": [
            {"code": "RED_PACKET_NOT_OPEN", "retryAt": "2026-11-23T05:00:00Z"},
            {"code": "RED_PACKET_CHECK_IN_NEEDED", "retryAt": None},
        ],
        "preview": [{"reason": "red_packet", "points": 10}],
    }
    assert after["redPacketEligibility"] | {"preview": []} == {
        "isAllowed": True,
        "nextAt": None,
        "reasons": [],
        "preview": [],
    }
    assert await RedPacketShare.all().count() == 0


async def test_thanks_are_said_once_and_shown(callers: Callers) -> None:
    group = await a_group()
    sender, member = await a_sender(group), await a_place(group)
    packet = await a_member_packet(sender, group)
    caller, given = await callers.member(member), {"redPacketId": public_id(packet), "text": "谢谢老板！"}

    early = await caller.refusal("thankForRedPacket", given)
    await grab(member, packet)
    done = await caller.do("thankForRedPacket", given, "share { thanks thankedAt }")
    again = await caller.refusal("thankForRedPacket", given | {"text": "再谢一次"})
    bad = await caller.refusal("thankForRedPacket", given | {"text": "谢" * 61})

    assert (early, again, bad) == ("NOT_FOUND", "RED_PACKET_THANKED", "INVALID_INPUT")
    assert done["share"] == {"thanks": "谢谢老板！", "thankedAt": "2026-11-23T04:00:00Z"}
    assert (await RedPacketShare.get(member_id=member.id)).thanks == "谢谢老板！"


async def test_who_is_muted_takes_its_share_in_silence(database: str) -> None:
    member, packet = await a_member(status="muted", muted_until=NOON + HOUR), await a_packet()
    share = await grab(member, packet)

    with pytest.raises(DomainError) as refusal:
        await RedPacketShare.thank(member.id, packet.id, "谢谢", at=NOON)

    assert (refusal.value.code, share.position) == ("MEMBER_MUTED", 1)


async def test_a_packet_is_not_there_for_whom_it_is_not(callers: Callers) -> None:
    group = await a_group()
    sender, member, stranger = await a_sender(group), await a_place(group), await a_member()
    packet = await a_member_packet(sender, group)
    await grab(member, packet)
    outside, inside = await callers.member(stranger), await callers.member(member)
    query = "query($id: ID!) { redPacket(id: $id) { taken } node(id: $id) { id } redPackets(first: 5) { totalCount } }"
    given = {"idempotencyKey": new_key(), "redPacketId": public_id(packet)}

    assert await outside.data(query, id=public_id(packet)) == {
        "redPacket": None,
        "node": None,
        "redPackets": {"totalCount": 0},
    }
    assert (await inside.data(query, id=public_id(packet)))["redPackets"] == {"totalCount": 1}
    assert await outside.refusal("grabRedPacket", given) == "NOT_FOUND"
    share = await RedPacketShare.get(member_id=member.id)
    assert (await outside.data("query($id: ID!) { node(id: $id) { id } }", id=public_id(share)))["node"] is None


async def test_nobody_and_staff_grab_nothing(callers: Callers) -> None:
    query = 'mutation { grabRedPacket(input: {idempotencyKey: "12345678", redPacketId: "x"}) { isReplay } }'

    assert await callers.nobody().error(query) == "UNAUTHENTICATED"
    assert await (await callers.staff(await a_staff())).error(query) == "FORBIDDEN"


async def test_a_refusal_keeps_no_key(callers: Callers) -> None:
    packet = await a_packet(opens_at=NOON + HOUR)
    caller, given = await callers.member(await a_member()), {"idempotencyKey": new_key()}

    await caller.refusal("grabRedPacket", given | {"redPacketId": public_id(packet)})

    assert await IdempotencyKey.all().count() == 0


async def test_the_statement_says_that_what_was_sent_is_gone_and_what_was_taken_is_there(callers: Callers) -> None:
    group = await a_group()
    sender, taker = await a_sender(group), await a_place(group)
    packet = await a_member_packet(sender, group, 20, 2, mode=PacketMode.ORDINARY)
    await grab(taker, packet)
    query = "{ viewer { pointEntries(first: 1) { edges { node { amount state reason } } } } }"

    lines = [(await (await callers.member(one)).data(query))["viewer"] for one in (sender, taker)]

    assert [line["pointEntries"]["edges"][0]["node"] for line in lines] == [
        {"amount": "-20", "state": "SPENT", "reason": "red_packet_sent"},
        {"amount": "10", "state": "AVAILABLE", "reason": "red_packet"},
    ]
