"""Sending: within what the policy allows, from points that are there; and what nobody took goes back once."""

from datetime import timedelta
from typing import Any

import pytest

from engine.cursor import encode_id
from models.actor import SYSTEM, Actor
from models.errors import DomainError
from models.groups.group import Group
from models.groups.moderation import mute
from models.groups.role import Role
from models.members.member import Member
from models.play.red_packet import PacketState, RedPacket, RedPacketSlice, expire_packets
from models.play.red_packet_sender import Sender
from models.play.red_packet_share import RedPacketShare
from models.play.red_packet_terms import Gate, PacketMode
from models.points.account import of_budget, of_group, of_member, of_packet
from models.points.budget import Budget, BudgetPlan
from models.points.entry import PointEntry
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.clock import FixedClock
from store.ids import new_id
from tests.build import a_member, a_staff, new_key, public_id
from tests.callers import Callers
from tests.checkins.test_round_trips import statements
from tests.conftest import NOON
from tests.groups.build import STAFF, a_group, a_place
from tests.play.build import a_fund_packet, a_member_packet, a_packet, a_sender, balance, give, put_policy, terms
from tests.statements import WITH_PLANS

DAY = timedelta(hours=24)
SENT = """isReplay redPacket { mode total shareCount taken pointsTaken state senderKind sender { nickname }
    group { name } opensAt closesAt refunded }"""


async def refused(sender: Member, group: Group, **about: Any) -> DomainError:
    """The refusal of a member's packet, which wrote nothing and took nothing."""
    before = await balance(of_member(sender.id)), await RedPacket.all().count()
    with pytest.raises(DomainError) as refusal:
        await a_member_packet(sender, group, **about)
    assert (await balance(of_member(sender.id)), await RedPacket.all().count()) == before
    assert await RedPacketSlice.all().count() == 0
    return refusal.value


async def test_a_member_sends_of_its_own_points_into_its_group(callers: Callers) -> None:
    group = await a_group(name="车友会")
    sender = await a_sender(group, points=150)
    await sender.update_from_dict({"nickname": "李思远"}).save(update_fields=["nickname"])
    caller = await callers.member(sender)
    packet = {"mode": "LUCKY", "total": "100", "shareCount": 10, "groupId": public_id(group), "greeting": "恭喜发财"}
    given = {"idempotencyKey": new_key(), "packet": packet}

    first = await caller.do("sendRedPacket", given, SENT)
    again = await caller.do("sendRedPacket", given, SENT)
    more = await caller.refusal("sendRedPacket", given | {"idempotencyKey": new_key()})

    assert first["redPacket"] == {
        "mode": "LUCKY",
        "total": "100",
        "shareCount": 10,
        "taken": 0,
        "pointsTaken": "0",
        "state": "OPEN",
        "senderKind": "MEMBER",
        "sender": {"nickname": "李思远"},
        "group": {"name": "车友会"},
        "opensAt": "2026-11-23T04:00:00Z",
        "closesAt": "2026-11-24T04:00:00Z",
        "refunded": None,
    }
    assert again == {**first, "isReplay": True}
    assert more == "INSUFFICIENT_POINTS"
    sent = await RedPacket.get()
    assert (await balance(of_member(sender.id)), await balance(of_packet(sent.id))) == (50, 100)
    assert sum(one.amount for one in await RedPacketSlice.all()) == 100
    assert await reconcile() == []


@pytest.mark.parametrize(
    ("about", "code", "sentence"),
    [
        (
            {"total": 100, "count": 7, "mode": PacketMode.ORDINARY},
            "RED_PACKET_TOTAL_DOES_NOT_DIVIDE",
            "总积分需能平分为 7 份，最接近的是 98 / 105",
        ),
        (
            {"total": 8, "count": 7, "mode": PacketMode.ORDINARY, "share_most": 1},
            "RED_PACKET_TOTAL_TOO_LARGE",
            "单个红包最多 7 积分",
        ),
        ({"total": 9, "count": 10}, "RED_PACKET_TOTAL_TOO_SMALL", "10 份至少需要 10 积分"),
        ({"total": 19, "count": 10, "share_least": 2}, "RED_PACKET_TOTAL_TOO_SMALL", "10 份至少需要 20 积分"),
        ({"total": 101, "count": 10, "share_most": 10}, "RED_PACKET_TOTAL_TOO_LARGE", "单个红包最多 100 积分"),
        ({"total": 20_001, "count": 10}, "RED_PACKET_TOTAL_TOO_LARGE", "单个红包最多 20000 积分"),
        ({"total": 2_000, "count": 101}, "RED_PACKET_TOO_MANY_SHARES", "单个红包最多 100 份"),
    ],
)
async def test_a_total_that_does_not_fit_is_refused_with_what_would(
    database: str, about: dict[str, Any], code: str, sentence: str
) -> None:
    group = await a_group()

    refusal = await refused(await a_sender(group, points=50_000), group, **about)

    assert (refusal.code, refusal.sentence("zh-CN")) == (code, sentence)


@pytest.mark.parametrize(
    "about",
    [
        {"count": 0},
        {"total": None},
        {"share_amount": 10},
        {"total": None, "share_amount": 10},
        {"share_least": 0},
        {"share_least": 3, "share_most": 2},
        {"greeting": "长" * 61},
        {"cover_url": "http://example.com/a.png"},
        {"opens_at": NOON - timedelta(seconds=1)},
        {"opens_at": NOON + timedelta(days=91)},
        {"lasts_hours": 0},
        {"lasts_hours": 169},
        {"gate": Gate.PASSWORD},
        {"password": "恭喜发财"},
        {"gate": Gate.PASSWORD, "password": "  "},
        {"gate_source": f"quiz:{new_id()}"},
        {"gate": Gate.QUIZ_PASSED, "gate_source": "quiz:1"},
    ],
)
async def test_terms_that_say_nothing_sensible_are_refused(database: str, about: dict[str, Any]) -> None:
    group = await a_group()

    assert (await refused(await a_sender(group), group, **about)).code == "INVALID_INPUT"


async def test_equal_shares_may_be_said_by_the_amount_of_one(database: str) -> None:
    packet = await a_packet(None, 7, mode=PacketMode.ORDINARY, share_amount=13)  # type: ignore[arg-type]  # no total

    assert packet.total == 91
    assert (await RedPacketShare.grab((await a_member()).id, packet.id, at=NOON, once=None)).amount == 13
    assert await RedPacketSlice.all().count() == 0


async def test_ten_thousand_shares_are_laid_out(database: str) -> None:
    packet = await a_packet(1_000_000, 10_000)

    assert await RedPacketSlice.filter(packet_id=packet.id).count() == 10_000
    assert packet.best_position is not None


async def test_members_send_only_where_they_belong_and_may_speak(database: str) -> None:
    group, other = await a_group(), await a_group()
    sender, officer = await a_sender(group), await a_place(group, role=Role.ADMIN)

    assert (await refused(sender, other)).code == "NOT_FOUND"
    until = NOON + timedelta(hours=1)
    await mute(group.id, sender.id, until=until, reason="刷屏", actor=Actor.member(officer.id), at=NOON)
    silenced = await refused(sender, group, greeting="大家好")
    assert (silenced.code, silenced.retry_at) == ("MUTED_IN_GROUP", until)
    assert (await a_member_packet(sender, group)).state is PacketState.OPEN
    await Group.archive(group.id, reason="合并", actor=STAFF, at=NOON)
    with pytest.raises(DomainError) as archived:
        await a_member_packet(sender, group)
    assert archived.value.code == "GROUP_ARCHIVED"


async def test_nobody_sends_of_what_is_anothers(database: str) -> None:
    group = await a_group()
    sender, other = await a_sender(group), await a_sender(group)
    for whose in (Sender.member(other.id), Sender.brand(), Sender.group((await a_group()).id)):
        with pytest.raises(DomainError) as refusal:
            await RedPacket.send(whose, terms(group_id=group.id), actor=Actor.member(sender.id), at=NOON, once=None)
        assert refusal.value.code == "NOT_ALLOWED"
    with pytest.raises(DomainError) as by_system:
        await RedPacket.send(Sender.member(sender.id), terms(group_id=group.id), actor=SYSTEM, at=NOON, once=None)
    assert by_system.value.code == "NOT_ALLOWED"
    assert await PointEntry.filter(reason="red_packet_sent").count() == 0


@pytest.mark.parametrize(
    ("role", "allowed"), [("owner", True), ("admin", True), ("committee", False), ("guide", False)]
)
async def test_owners_and_admins_spend_a_groups_points(database: str, role: str, allowed: bool) -> None:
    group = await a_group()
    officer = await a_place(group, role=Role(role))
    await give(of_group(group.id), 100)

    if allowed:
        packet = await a_fund_packet(officer, group)
        assert (await balance(of_group(group.id)), await balance(of_packet(packet.id))) == (0, 100)
        await expire_packets(at=NOON + DAY)
        assert await balance(of_group(group.id)) == 100
    else:
        with pytest.raises(DomainError) as refusal:
            await a_fund_packet(officer, group)
        assert refusal.value.code == "NOT_ALLOWED"
    assert await reconcile() == []


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"sends_per_day": 2}, "RED_PACKET_SENDS_USED_UP"),
        ({"points_per_day": 250}, "RED_PACKET_SENT_POINTS_USED_UP"),
    ],
)
async def test_what_a_member_sends_in_a_day_is_limited_until_the_zones_midnight(
    database: str, limits: dict[str, int], code: str
) -> None:
    await put_policy(member_limits=limits)
    group, midnight = await a_group(), NOON + timedelta(hours=12)
    sender, other = await a_sender(group), await a_sender(group)
    for _ in range(2):
        await a_member_packet(sender, group)

    with pytest.raises(DomainError) as refusal:
        await a_member_packet(sender, group, at=midnight - timedelta(microseconds=1))

    assert (refusal.value.code, refusal.value.retry_at) == (code, midnight)
    await a_member_packet(other, group)
    await a_member_packet(sender, group, at=midnight)
    assert await RedPacket.all().count() == 4


async def test_none_and_nothing_differ(database: str) -> None:
    group = await a_group()
    sender = await a_sender(group)
    await put_policy(brand_limits={"points_per_day": 0})

    with pytest.raises(DomainError) as refusal:
        await a_packet()
    assert refusal.value.code == "RED_PACKET_SENT_POINTS_USED_UP"
    await a_member_packet(sender, group)
    await put_policy(members_may_send=False)
    with pytest.raises(DomainError) as off:
        await a_member_packet(sender, group)
    assert off.value.code == "RED_PACKET_SENDING_OFF"
    await a_packet()


async def test_what_nobody_took_goes_back_once_also_after_standing_still(database: str) -> None:
    group = await a_group()
    sender, member = await a_sender(group, points=100), await a_place(group)
    packet = await a_member_packet(sender, group, 100, 10)
    share = await RedPacketShare.grab(member.id, packet.id, at=NOON, once=None)

    early = await expire_packets(at=NOON + DAY - timedelta(microseconds=1))
    counts = [await expire_packets(at=NOON + timedelta(days=30)) for _ in range(2)]

    assert (early, counts) == (0, [1, 0])
    ended = await RedPacket.get(id=packet.id)
    assert (ended.state, ended.refunded) == (PacketState.EXPIRED, 100 - share.amount)
    assert (await balance(of_member(sender.id)), await balance(of_packet(packet.id))) == (100 - share.amount, 0)
    assert await PointEntry.exists(id=packet.debit_entry_id, member_id=sender.id, amount=-100)
    assert await reconcile() == []


async def test_one_packet_that_cannot_end_keeps_no_other_from_its_refund(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = await a_group()
    senders = [await a_sender(group, points=100) for _ in range(3)]
    packets = [await a_member_packet(sender, group) for sender in senders]
    plain = RedPacket._given_back

    async def failing(self: RedPacket, **about: Any) -> int:
        if self.id == packets[0].id:
            raise DomainErrorOfATest()
        return await plain(self, **about)

    monkeypatch.setattr(RedPacket, "_given_back", failing)

    assert await expire_packets(at=NOON + DAY) == 2
    assert [await balance(of_member(sender.id)) for sender in senders] == [0, 100, 100]
    assert (await RedPacket.get(id=packets[0].id)).state is PacketState.OPEN


class DomainErrorOfATest(DomainError):
    code = "OF_A_TEST"
    zh = en = "测试"


async def test_staff_issue_and_end_a_packet_and_the_audit_knows(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("packets.send", "packets.read", "groups.read"))
    budget_id = (await Budget.open(BudgetPlan("红包", 500), staff_id=new_id(), at=NOON)).id
    packet = {"mode": "ORDINARY", "shareAmount": "10", "shareCount": 20, "occasion": "FESTIVAL"}
    given = {
        "idempotencyKey": new_key(),
        "sender": "BUDGET",
        "budgetId": encode_id("Budget", budget_id),
        "packet": packet,
        "reason": "中秋活动",
    }

    sent = await staff.do("issueRedPacket", given, "redPacket { id total occasion senderKind }")
    ended = await staff.do(
        "withdrawRedPacket",
        {"redPacketId": sent["redPacket"]["id"], "reason": "金额有误"},
        "redPacket { state refunded closedAt }",
    )
    again = await staff.refusal("withdrawRedPacket", {"redPacketId": sent["redPacket"]["id"], "reason": "再来"})

    assert sent["redPacket"] | {"id": ""} == {
        "id": "",
        "total": "200",
        "occasion": "FESTIVAL",
        "senderKind": "BUDGET",
    }
    assert ended["redPacket"] == {"state": "WITHDRAWN", "refunded": "200", "closedAt": "2026-11-23T04:00:00Z"}
    assert again == "RED_PACKET_CLOSED"
    assert await balance(of_budget(budget_id)) == 500
    rows = await AuditRow.all().order_by("created_at", "id")
    assert [(row.action, row.reason) for row in rows] == [
        ("open_budget", None),
        ("send_red_packet", "中秋活动"),
        ("withdraw_red_packet", "金额有误"),
    ]
    assert await reconcile() == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": " "}, "INVALID_INPUT"),
        ({"sender": "BUDGET"}, "INVALID_INPUT"),
        ({"sender": "MEMBER"}, "NOT_ALLOWED"),
        ({"sender": "GROUP"}, "NOT_ALLOWED"),
    ],
)
async def test_bad_issues_are_refused(callers: Callers, change: dict[str, str], code: str) -> None:
    staff = await callers.staff(await a_staff("packets.send"))
    packet = {"mode": "LUCKY", "total": "100", "shareCount": 10}
    given = {"idempotencyKey": new_key(), "packet": packet, "reason": "中秋活动"}

    assert await staff.refusal("issueRedPacket", given | change) == code
    assert await RedPacket.all().count() == await AuditRow.all().count() == 0


async def test_staff_of_a_part_issue_within_it_only(callers: Callers) -> None:
    group, packet = await a_group(region="华东"), await a_packet()
    staff = await callers.staff(
        await a_staff("packets.send", "packets.read", "groups.read", scope=DataScope.REGION, region="华南")
    )
    inside = {"mode": "LUCKY", "total": "100", "shareCount": 10, "groupId": public_id(group)}
    everywhere = {"mode": "LUCKY", "total": "100", "shareCount": 10}

    for wanted in (inside, everywhere):
        given = {"idempotencyKey": new_key(), "packet": wanted, "reason": "活动"}
        assert await staff.refusal("issueRedPacket", given) == "NOT_FOUND"
    given = {"redPacketId": public_id(packet), "reason": "活动"}
    assert await staff.refusal("withdrawRedPacket", given) == "NOT_FOUND"
    assert await staff.data("{ redPackets(first: 5) { totalCount } }") == {"redPackets": {"totalCount": 0}}


@pytest.mark.parametrize("mutation", ["sendRedPacket", "issueRedPacket", "withdrawRedPacket", "welcomeNewcomer"])
async def test_who_may_not_is_not_heard(callers: Callers, mutation: str) -> None:
    packet = "packet: {mode: LUCKY, total: 10, shareCount: 1}"
    inputs = {
        "sendRedPacket": f'idempotencyKey: "12345678", {packet}',
        "issueRedPacket": f'idempotencyKey: "12345678", {packet}, reason: "x"',
        "withdrawRedPacket": 'redPacketId: "x", reason: "x"',
        "welcomeNewcomer": 'idempotencyKey: "12345678", newcomerId: "x", points: 5',
    }
    query = f"mutation {{ {mutation}(input: {{{inputs[mutation]}}}) {{ userErrors {{ code }} }} }}"
    is_for_members = mutation in ("sendRedPacket", "welcomeNewcomer")
    wrong = await (callers.staff(await a_staff()) if is_for_members else callers.member(await a_member()))

    assert await callers.nobody().error(query) == "UNAUTHENTICATED"
    assert await wrong.error(query) == "FORBIDDEN"
    if not is_for_members:
        assert await (await callers.staff(await a_staff("packets.read"))).error(query) == "FORBIDDEN"


async def test_before_sending_one_may_know_everything(callers: Callers) -> None:
    group = await a_group()
    sender = await callers.member(await a_sender(group, points=70))
    query = """query($id: ID!, $sender: RedPacketSenderKind) { redPacketSending(groupId: $id, sender: $sender) {
        eligibility { isAllowed reasons { code } } available shareLeast
        totalMost countMost sendsPerDay pointsPerDay } }"""

    own = await sender.data(query, id=public_id(group), sender="MEMBER")
    fund = await sender.data(query, id=public_id(group), sender="GROUP")

    assert own["redPacketSending"] == {
        "eligibility": {"isAllowed": True, "reasons": []},
        "available": "70",
        "shareLeast": "1",
        "totalMost": "20000",
        "countMost": 100,
        "sendsPerDay": 10,
        "pointsPerDay": "20000",
    }
    reasons = [reason["code"] for reason in fund["redPacketSending"]["eligibility"]["reasons"]]
    assert reasons == ["NOT_ALLOWED", "INSUFFICIENT_POINTS"]
    assert await sender.error(query, id=public_id(await a_sender(group)), sender="MEMBER") == "NOT_FOUND"


@WITH_PLANS
async def test_lists_are_read_in_few_statements_and_filtered_by_state(
    callers: Callers, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = await a_group()
    sender, member = await a_sender(group), await a_place(group)
    packets = [await a_member_packet(sender, group, 10, 2) for _ in range(3)]
    for packet in packets[:2]:
        await RedPacketShare.grab(member.id, packet.id, at=NOON, once=None)
    await RedPacketShare.grab(sender.id, packets[0].id, at=NOON, once=None)
    caller = await callers.member(member)
    query = """query($group: ID!, $state: RedPacketState) { redPackets(groupId: $group, state: $state, first: 10) {
        edges { node { state taken pointsTaken sender { nickname } group { title } viewerShare { amount isBestLuck }
        shares(first: 5) { edges { node { amount member { nickname } isBestLuck } } } } } } }"""
    await caller.data(query, group=public_id(group))
    with statements(monkeypatch) as few:
        listed = await caller.data(query, group=public_id(group))
    for _ in range(4):
        await a_member_packet(sender, group, 10, 2)
    with statements(monkeypatch) as many:
        await caller.data(query, group=public_id(group))

    states = [edge["node"]["state"] for edge in listed["redPackets"]["edges"]]
    assert states == ["OPEN", "OPEN", "EMPTIED"]
    assert len(many) == len(few) == 9, few
    clock.advance(hours=24)
    caller = await callers.member(member)
    for state, count in (("EMPTIED", 1), ("EXPIRED", 6), ("OPEN", 0), (None, 7)):
        page = await caller.data(query, group=public_id(group), state=state)
        assert len(page["redPackets"]["edges"]) == count
        found = {edge["node"]["state"] for edge in page["redPackets"]["edges"]}
        assert found <= ({state} if state else {"EMPTIED", "EXPIRED"})


async def test_ones_own_packets_and_shares_are_listed(callers: Callers) -> None:
    group = await a_group()
    sender = await a_sender(group)
    packet = await a_member_packet(sender, group, 10, 1)
    await RedPacketShare.grab(sender.id, packet.id, at=NOON, once=None)
    caller = await callers.member(sender)

    shown = await caller.data(
        "{ viewer { redPacketsSent(first: 5) { edges { node { total password } } }"
        "  redPacketShares(first: 5) { edges { node { amount packet { total } } } } } }"
    )

    assert shown["viewer"] == {
        "redPacketsSent": {"edges": [{"node": {"total": "10", "password": None}}]},
        "redPacketShares": {"edges": [{"node": {"amount": "10", "packet": {"total": "10"}}}]},
    }


async def test_a_password_is_shown_to_whoever_sent_it_and_to_staff(callers: Callers) -> None:
    group = await a_group()
    sender, member = await a_sender(group), await a_place(group)
    packet = await a_member_packet(sender, group, gate=Gate.PASSWORD, password="恭喜发财")
    query = "query($id: ID!) { redPacket(id: $id) { gate password } }"
    seen = {
        "sender": await callers.member(sender),
        "member": await callers.member(member),
        "staff": await callers.staff(await a_staff("packets.read")),
    }

    told = {who: (await one.data(query, id=public_id(packet)))["redPacket"]["password"] for who, one in seen.items()}

    assert told == {"sender": "恭喜发财", "member": None, "staff": "恭喜发财"}


async def test_what_a_closed_budget_gets_back_goes_to_where_points_come_from(database: str, empty_redis: str) -> None:
    budget = await Budget.open(BudgetPlan("红包", 500), staff_id=new_id(), at=NOON)
    packet = await a_packet(100, 10, budget_id=budget.id)
    await Budget.close(budget.id, reason="活动结束", staff_id=new_id(), at=NOON)

    await expire_packets(at=NOON + 2 * DAY)

    assert (await RedPacket.get(id=packet.id)).refunded == 100
    assert await balance(of_budget(budget.id)) == 0
    assert await reconcile() == []


async def test_a_budget_that_is_none_or_closed_fills_no_packet(database: str) -> None:
    closed = await Budget.open(BudgetPlan("红包", 500), staff_id=new_id(), at=NOON)
    await Budget.close(closed.id, reason="活动结束", at=NOON, staff_id=new_id())

    for budget_id, code in ((new_id(), "NOT_FOUND"), (closed.id, "BUDGET_CLOSED")):
        with pytest.raises(DomainError) as refusal:
            await a_packet(200, 10, budget_id=budget_id)
        assert refusal.value.code == code
    assert await RedPacket.all().count() == 0
