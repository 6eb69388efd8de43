"""Builders of newcomers and of the rules that they come under."""

from datetime import date, datetime, timedelta
from typing import Any

from models.actor import Actor
from models.groups.group import Group
from models.groups.membership import Membership
from models.groups.role import Role
from models.members.introduction import Introduction, Lines
from models.members.member import Member
from models.spread.introduction_reply import IntroductionReply, ReplyText
from models.spread.newcomer import Newcomer
from models.spread.newcomer_change import NewcomerChange
from models.spread.newcomer_policy import NewcomerPolicy, NewcomerRules
from models.spread.referral import Referral
from models.spread.speaking import ReportedWord, report_words
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON
from tests.groups.build import STAFF, a_group, a_place

DAY = timedelta(days=1)
SHANGHAI = "Asia/Shanghai"
LINES = Lines(name="小林", likes="喝茶、爬山", hopes="认识新朋友")


async def a_home(*, owner: Member | None = None, region: str | None = None, **rules: Any) -> Group:
    """A group with an owner, whose newcomers have seven days of Shanghai, each from midnight on, unless told."""
    group = await a_group(region=region)
    given = NewcomerRules(**{"zone": SHANGHAI, "day_start_hour": 0, **rules})
    await NewcomerPolicy.put(group, given, expected_version=0, actor=STAFF, reason="测试", at=LONG_AGO)
    await a_place(group, member=owner, role=Role.OWNER)
    return group


async def owner_of(group: Group) -> Member:
    return await Member.get(id=(await Membership.get(group_id=group.id, role=Role.OWNER)).member_id)


async def a_newcomer(
    group: Group, *, at: datetime = NOON, inviter: Member | None = None, introduced: bool = False, **archive: Any
) -> Newcomer:
    """A newcomer of a group, who joined at an instant."""
    member = await a_member(at=at - timedelta(minutes=5), **archive)
    if inviter:
        await Referral.record(inviter.id, member.id, at=at - timedelta(minutes=5))
    await a_place(group, member=member, at=at)
    if introduced:
        await Introduction.publish(member.id, LINES, at=at + timedelta(minutes=1))
    return await Newcomer.get(group_id=group.id, member_id=member.id)


async def said(newcomer: Newcomer, at: datetime, *, said_at: datetime | None = None, actor: Actor = STAFF) -> bool:
    """That the newcomer said something is reported; whether it was news."""
    word = ReportedWord(newcomer.member_id, said_at or at)
    [outcome] = await report_words(newcomer.group_id, [word], actor=actor, at=at)
    if outcome.refusal:
        raise outcome.refusal
    return outcome.is_news


async def replied(
    newcomer: Newcomer,
    author: Member,
    *,
    at: datetime = NOON + timedelta(hours=1),
    text: str = "欢迎欢迎",
    **words: Any,
) -> IntroductionReply:
    return await IntroductionReply.write(
        author.id, newcomer.group_id, newcomer.member_id, ReplyText(text, **words), at=at, once=None
    )


async def anew(newcomer: Newcomer) -> Newcomer:
    """The newcomer as it stands by now."""
    return await Newcomer.get(id=newcomer.id)


async def story(newcomer: Newcomer) -> list[tuple[str, datetime]]:
    """What became of it, in order."""
    found = await NewcomerChange.filter(newcomer_id=newcomer.id).order_by("happened_at", "id")
    return [(str(one.kind), one.happened_at) for one in found]


def ends(day: date, *, hour: int = 0) -> datetime:
    """The first instant after a business day of Shanghai."""
    return NewcomerRules(SHANGHAI, hour).end_of(day)
