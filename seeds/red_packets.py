"""Red packets of every occasion and in every state: from the brand, from groups' points, from members."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from models.actor import Actor
from models.errors import DomainError
from models.groups.group import Group
from models.groups.membership import Membership
from models.groups.role import Role
from models.play.red_packet import RedPacket, expire_packets
from models.play.red_packet_birthday import send_birthday_packets
from models.play.red_packet_policy import PacketRules, RedPacketPolicy
from models.play.red_packet_rain import RedPacketRain
from models.play.red_packet_sender import Sender
from models.play.red_packet_share import RedPacketShare
from models.play.red_packet_terms import Gate, Occasion, PacketMode, PacketTerms
from models.play.red_packet_welcome import Welcome
from models.points.entry import InsufficientPoints
from models.points.group_fund import FundingKind, GroupFunding
from seeds.community import Act, Community
from seeds.personas import Habit, Persona
from seeds.texts import THANKS
from store.database import savepoint

DAYS = 14
PASSWORD = "花好月圆"  # noqa: S105 - a word that is said aloud
_MINUTE = timedelta(minutes=1)


@dataclass
class Story:
    """The packets that the acts have sent so far, by the names that the story uses."""

    community: Community
    packets: dict[str, RedPacket] = field(default_factory=dict)


async def found(community: Community) -> None:
    await RedPacketPolicy.plant_default(at=community.founded_at)


def acts(community: Community) -> Iterator[Act]:
    calendar, story = community.calendar, Story(community)
    first = calendar.today - timedelta(days=min(DAYS, calendar.length - 1))
    yield Act(calendar.at(first, 1), partial(_greet_birthdays, story))
    for number, group in enumerate(list(community.groups.values())[:4]):
        yield Act(calendar.at(first, 2 + number / 4), partial(_fund, story, group))
    for day in (day for day in calendar.days if day > first):
        yield Act(calendar.at(day, 8.1), send_birthday_packets)
        yield Act(calendar.at(day, 8.2), partial(_take_own, story))
        yield Act(calendar.at(day, 8.3), expire_packets)
    yield from _from_the_brand(story)
    yield from _in_groups(story)
    yield from _welcomes(story)


def _from_the_brand(story: Story) -> Iterator[Act]:
    """An announcement that was emptied, a festival with a password, an event for who checked in, one that was ended."""
    calendar, now = story.community.calendar, story.community.calendar.now
    lucky = PacketTerms(PacketMode.LUCKY, share_count=30, total=1_500)
    told = replace(lucky, occasion=Occasion.ANNOUNCEMENT, greeting="新版小程序上线，先到先得")
    festival = replace(lucky, occasion=Occasion.FESTIVAL, gate=Gate.PASSWORD, password=PASSWORD, greeting="节日快乐")
    event = replace(lucky, occasion=Occasion.EVENT, gate=Gate.CHECKED_IN_TODAY, greeting="今日签到有礼")
    equal = PacketTerms(PacketMode.ORDINARY, share_count=20, share_amount=20, greeting="感谢一路同行")
    for name, terms, at, grabs in (
        ("announcement", told, calendar.at(calendar.today - timedelta(days=9), 12), 30),
        ("festival", festival, calendar.at(calendar.today - timedelta(days=4), 20), 22),
        ("withdrawn", equal, calendar.at(calendar.today - timedelta(days=2), 15), 3),
        ("event", event, now - 40 * _MINUTE, 6),
        ("open", equal, now - 30 * _MINUTE, 8),
    ):
        yield Act(at, partial(_issue, story, name, terms))
        yield Act(at + 2 * _MINUTE, partial(_grab, story, name, grabs))
    withdrawn_at = calendar.at(calendar.today - timedelta(days=2), 15.5)
    yield Act(withdrawn_at, partial(_withdraw, story, "withdrawn"))
    rain = replace(lucky, share_count=20, total=400, opens_at=now + timedelta(hours=2), greeting="红包雨来啦")
    yield Act(now - 20 * _MINUTE, partial(_rain, story, rain))


def _in_groups(story: Story) -> Iterator[Act]:
    """Owners send of their groups' points, members of their own; some is left over and goes back."""
    community, calendar = story.community, story.community.calendar
    for number, group in enumerate(list(community.groups.values())[:4]):
        at = calendar.at(calendar.today - timedelta(days=1 + 2 * number), 20 + number / 4)
        yield Act(at, partial(_send_fund, story, group))
        yield Act(at + _MINUTE, partial(_grab, story, f"fund:{group.id}", 5 + 3 * number))
    generous = community.with_habit(Habit.ACTIVE, joined_before=calendar.today - timedelta(days=12))[:6]
    for number, persona in enumerate(generous):
        at = calendar.at(calendar.today - timedelta(days=number % 3), 0.5 + number / 8)
        yield Act(at, partial(_send_own, story, persona))
        yield Act(at + _MINUTE, partial(_grab, story, f"own:{persona.number}", 4))


def _welcomes(story: Story) -> Iterator[Act]:
    """Newcomers of the last days are welcomed by those who brought them."""
    community, calendar = story.community, story.community.calendar
    recent = [
        one
        for one in community.personas
        if one.lines and one.inviter is not None and one.joined_at > calendar.at(calendar.today - timedelta(days=6))
    ]
    for number, persona in enumerate(recent[:10]):
        at = persona.joined_at + timedelta(days=1, hours=number % 5)
        yield Act(at, partial(_welcome, story, persona, number))


async def _greet_birthdays(story: Story, *, at: datetime) -> None:
    """Staff switch packets for birthdays on."""
    await RedPacketPolicy.put(
        PacketRules(birthday_points=66),
        expected_version=1,
        staff_id=story.community.owner.id,
        reason="开启生日红包",
        at=at,
    )


async def _fund(story: Story, group: Group, *, at: datetime) -> None:
    await GroupFunding.record(
        group.id,
        FundingKind.GIVE,
        1_000,
        reason="本月群活动经费",
        staff_id=story.community.owner.id,
        at=at,
        once=None,
    )


async def _issue(story: Story, name: str, terms: PacketTerms, *, at: datetime) -> None:
    story.packets[name] = await RedPacket.send(
        Sender.brand(), terms, actor=story.community.brand, reason="社群运营", at=at, once=None
    )


async def _rain(story: Story, terms: PacketTerms, *, at: datetime) -> None:
    await RedPacketRain.send(
        Sender.brand(),
        terms,
        drops=3,
        seconds_between=600,
        actor=story.community.brand,
        reason="周末红包雨",
        at=at,
        once=None,
    )


async def _withdraw(story: Story, name: str, *, at: datetime) -> None:
    packet, staff_id = story.packets[name], story.community.owner.id
    await RedPacket.withdraw(packet.id, reason="金额设置有误，稍后重发", staff_id=staff_id, at=at)


async def _send_fund(story: Story, group: Group, *, at: datetime) -> None:
    owner = await Membership.get_or_none(group_id=group.id, role=Role.OWNER)
    if owner is None:
        return
    terms = PacketTerms(
        PacketMode.LUCKY, share_count=10, total=200, occasion=Occasion.EVENT, greeting="本周话题之星", group_id=group.id
    )
    await _sent(story, f"fund:{group.id}", Sender.group(group.id), terms, owner.member_id, at=at)


async def _send_own(story: Story, persona: Persona, *, at: datetime) -> None:
    member_id = story.community.member_of(persona).id
    places = await Membership.active_groups(member_id)
    if not places:
        return
    terms = PacketTerms(PacketMode.LUCKY, share_count=5, total=50, greeting="大家好", group_id=places[0].group_id)
    await _sent(story, f"own:{persona.number}", Sender.member(member_id), terms, member_id, at=at)


async def _sent(story: Story, name: str, sender: Sender, terms: PacketTerms, by_id: UUID, *, at: datetime) -> None:
    """Whoever has fewer points than that sends none."""
    try:
        async with savepoint():
            story.packets[name] = await RedPacket.send(sender, terms, actor=Actor.member(by_id), at=at, once=None)
    except InsufficientPoints:
        return


async def _welcome(story: Story, persona: Persona, number: int, *, at: datetime) -> None:
    """Whoever has not introduced itself by then, or is brought by somebody without points, is not welcomed."""
    community = story.community
    assert persona.inviter is not None
    inviter, newcomer = community.members[persona.inviter], community.member_of(persona)
    try:
        async with savepoint():
            packet = await Welcome(inviter.id, newcomer.id).send(6 + number, greeting="欢迎新朋友！", at=at, once=None)
    except DomainError:
        return
    if number % 3:
        await _taken(packet, newcomer.id, number, at=at)


async def _grab(story: Story, name: str, hands: int, *, at: datetime) -> None:
    """So many of those whom it is for reach for it; whoever comes late gets nothing."""
    packet = story.packets.get(name)
    if packet is None:
        return
    for number, member_id in enumerate((await _whom(story, packet))[:hands]):
        await _taken(packet, member_id, number, at=at)


async def _whom(story: Story, packet: RedPacket) -> list[UUID]:
    if packet.group_id is not None:
        return [one.member_id for one in await Membership.filter(group_id=packet.group_id).order_by("-joined_at", "id")]
    active = story.community.with_habit(Habit.ACTIVE, joined_before=story.community.calendar.today - timedelta(days=10))
    return [story.community.member_of(one).id for one in active]


async def _take_own(story: Story, *, at: datetime) -> None:
    """Those whose birthday it is open their packet in the morning."""
    todays = RedPacket.filter(occasion=Occasion.BIRTHDAY, state="open", taken=0, opens_at__gt=at - timedelta(hours=1))
    for packet in await todays.order_by("id"):
        if packet.recipient_id:
            await _taken(packet, packet.recipient_id, packet.total % 7, at=at)


async def _taken(packet: RedPacket, member_id: UUID, number: int, *, at: datetime) -> None:
    """A share, and a word for every third."""
    try:
        async with savepoint():
            await RedPacketShare.grab(member_id, packet.id, password=packet.password, at=at, once=None)
            if number % 3 == 0:
                await RedPacketShare.thank(member_id, packet.id, THANKS[number % len(THANKS)], at=at)
    except DomainError:
        return
