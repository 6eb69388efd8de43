"""First days in the groups: who spoke when, who was welcomed how, who was silent to the end, and whom a word woke.

Whoever takes part has spoken within some days. Of the silent, most count as zombies in their groups and every fifth has
said a word since. Those who came in the last days are on their way: inviters and owners have replied to some, one was
reminded, one was given time. The circle of travellers gives its newcomers two weeks.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from random import Random
from uuid import UUID

from models.actor import Actor
from models.errors import DomainError
from models.groups.group import GroupStatus
from models.groups.membership import Membership
from models.groups.role import Role
from models.spread.introduction_reply import IntroductionReply, ReplyText
from models.spread.mention_suggestion import mention_suggestions
from models.spread.newcomer import Newcomer, NewcomerState, settle_newcomers
from models.spread.newcomer_note import NewcomerNote
from models.spread.newcomer_notice import NewcomerNotice
from models.spread.newcomer_policy import NewcomerPolicy, NewcomerRules
from models.spread.newcomer_time import give_newcomer_time
from models.spread.referral import Referral
from models.spread.speaking import spoke
from seeds.community import Act, Community
from seeds.personas import Habit, Persona
from store.database import savepoint
from store.settings import settings

SETTLED_DAYS = 16
WELCOMED_DAYS = 10
_DAY = timedelta(days=1)
_GREETINGS = ("欢迎加入！有什么想聊的随时说", "终于把你盼来了", "我带来的朋友，大家多关照", "欢迎欢迎，周末一起喝茶")
_COMMENTS = ("欢迎新朋友！群里这几位和你爱好一样，认识一下", "欢迎，介绍写得真好，这几位也喜欢这些")
_ANSWERS = ("谢谢大家，请多指教", "大家好，很高兴认识各位")


async def found(community: Community) -> None:
    rules = NewcomerRules(settings().brand_zone, settings().day_start_hour, days=14)
    await NewcomerPolicy.put(
        community.circles["travel"],
        rules,
        expected_version=0,
        actor=community.brand,
        reason="旅友常在路上，多给一周",
        at=community.founded_at,
    )


def acts(community: Community) -> Iterator[Act]:
    calendar, chance = community.calendar, Random(5)
    for persona in community.personas:
        if persona.habit is not Habit.SILENT:
            within = 30 if persona.habit is Habit.ACTIVE else 150
            yield Act(
                persona.joined_at + timedelta(hours=25 + within * chance.random()), partial(_speak, community, persona)
            )
        elif persona.number % 5 == 0:
            yield Act(persona.joined_at + 11 * _DAY, partial(_speak, community, persona))
    for back in range(SETTLED_DAYS, -1, -1):
        yield Act(calendar.at(calendar.today - back * _DAY, 0.2), settle_newcomers)
    since = calendar.at(calendar.today - WELCOMED_DAYS * _DAY)
    for number, persona in enumerate(one for one in community.personas if one.joined_at >= since and one.lines):
        at = min(persona.joined_at + timedelta(hours=2 + number % 5), calendar.now - timedelta(minutes=3))
        yield Act(at, partial(_welcome, community, persona, number))
    yield Act(calendar.now - timedelta(minutes=2), partial(_look_after, community))


async def _speak(community: Community, persona: Persona, *, at: datetime) -> None:
    for place in await Membership.filter(member_id=community.member_of(persona).id):
        await spoke(place, at=at)


async def _welcome(community: Community, persona: Persona, number: int, *, at: datetime) -> None:
    """The inviter replies, the owner comments with mentions, and every third answers; who is absent does not."""
    member_id = community.member_of(persona).id
    newcomer = await Newcomer.filter(member_id=member_id, left_at__isnull=True).order_by("joined_at", "id").first()
    if newcomer is None:
        return
    brought = await Referral.get_or_none(invitee_id=member_id)
    owner = await Membership.get_or_none(group_id=newcomer.group_id, role=Role.OWNER)
    if brought:
        await _reply(newcomer, brought.inviter_id, ReplyText(_GREETINGS[number % len(_GREETINGS)]), at=at)
    if owner and owner.member_id != member_id:
        alike = await mention_suggestions(newcomer.group_id, member_id, most=3, at=at)
        words = ReplyText(_COMMENTS[number % len(_COMMENTS)], [one.member_id for one in alike])
        await _reply(newcomer, owner.member_id, words, at=at + timedelta(minutes=1))
    if number % 3 == 0:
        await _reply(newcomer, member_id, ReplyText(_ANSWERS[number % len(_ANSWERS)]), at=at + timedelta(minutes=2))


async def _reply(newcomer: Newcomer, author_id: UUID, words: ReplyText, *, at: datetime) -> None:
    """Whoever has not introduced itself by then is not replied to."""
    try:
        async with savepoint():
            await IntroductionReply.write(author_id, newcomer.group_id, newcomer.member_id, words, at=at, once=None)
    except DomainError:
        pass


async def _look_after(community: Community, *, at: datetime) -> None:
    """Leaders remind the most urgent of their newcomers, note what they know, and give one time."""
    risky = Newcomer.filter(state=NewcomerState.UNDERWAY, due_at__gt=at, group__status=GroupStatus.ACTIVE)
    underway = risky.order_by("due_at", "id")
    for number, newcomer in enumerate(await underway.limit(4)):
        owner = await Membership.get_or_none(group_id=newcomer.group_id, role=Role.OWNER)
        actor = Actor.member(owner.member_id) if owner else community.brand
        group_id, member_id = newcomer.group_id, newcomer.member_id
        if number < 2:
            await NewcomerNotice.nudge(group_id, member_id, actor=actor, at=at)
        elif number == 2:
            await NewcomerNote.write(group_id, member_id, "朋友说他这周出差，周末会上线", actor=actor, at=at, once=None)
        else:
            until = newcomer.rules.day_of(newcomer.due_at) + 10 * _DAY
            await give_newcomer_time(group_id, member_id, until, reason="在住院，下周出院", actor=actor, at=at)
