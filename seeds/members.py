"""The members: they log in for the first time, fill in their archive, introduce themselves; a few have a history."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from models.members.archive import ArchiveChanges, update_archive
from models.members.consent import Consent
from models.members.consent_document import ConsentDocument, ConsentKind
from models.members.identity import Identity, PlatformName
from models.members.introduction import Introduction, Lines
from models.members.introduction_draft import IntroductionDraft
from models.members.member import Member, MemberStatus
from models.members.registration import NOTHING_SAID, PlatformLogin, recognise
from models.members.status_change import MemberStatusChange, set_board_visibility
from models.members.wish import Wish, WishKind
from models.spread.invite_stage import reach
from models.spread.invite_stage_name import InviteStage
from seeds.channels import comer_of
from seeds.community import Act, Community
from seeds.personas import Habit, Persona
from seeds.texts import HOPES
from store.settings import settings

FAKE_APP_ID = "wx0123456789abcdef"
"""The mini-program of the fake WeChat, on which the demo runs while no true one is set."""

_DOCUMENTS = (
    (ConsentKind.TERMS, "社群用户协议", "https://shequn.example/terms", True),
    (ConsentKind.PRIVACY, "隐私政策", "https://shequn.example/privacy", True),
    (ConsentKind.MARKETING, "活动与优惠通知", "https://shequn.example/marketing", False),
)


async def found(community: Community) -> None:
    for kind, title, url, is_required in _DOCUMENTS:
        await ConsentDocument.publish(
            kind, title=title, url=url, is_required=is_required, staff_id=community.owner.id, at=community.founded_at
        )


def acts(community: Community) -> Iterator[Act]:
    for persona in community.personas:
        yield Act(persona.joined_at, partial(_register, community, persona))
        if persona.lines:
            within = 2 if persona.habit is Habit.ACTIVE else 120
            introduced_at = community.soon_after(persona.joined_at + timedelta(minutes=20), hours=within)
            yield Act(introduced_at, partial(_introduce, community, persona, persona.lines))
    yield from _wishes(community)
    yield from _oddities(community)


async def _register(community: Community, persona: Persona, *, at: datetime) -> None:
    inviter = None if persona.inviter is None else community.members[persona.inviter]
    login = PlatformLogin(
        PlatformName.WECHAT, settings().wechat_app_id or FAKE_APP_ID, persona.openid, None, session_key="demo"
    )
    comer = await comer_of(community, persona)
    invite_code = inviter.invite_code if inviter and not comer else None
    recognised = await recognise(login, at=at, invite_code=invite_code, comer=comer or NOTHING_SAID)
    member = recognised.member
    community.members.append(member)
    await reach(member.id, InviteStage.REGISTERED, at=at)
    for kind in (ConsentKind.TERMS, ConsentKind.PRIVACY):
        await Consent.give(member.id, kind, 1, at=at)
    await update_archive(member.id, _archive(persona), at=at)
    if persona.phone:
        await Identity.bind_phone(member.id, "86", persona.phone, at=at)


def _archive(persona: Persona) -> ArchiveChanges:
    changes: ArchiveChanges = {
        "nickname": persona.name.nickname,
        "gender": persona.name.gender,
        "region": persona.region,
        "interests": persona.interests,
    }
    if persona.habit is not Habit.SILENT:
        changes |= {
            "real_name": persona.name.real,
            "birthday": persona.birthday,
            "occupation": persona.occupation,
            "avatar_url": f"/avatars/{persona.number % 24 + 1:02d}.png",
        }
    return changes


async def _introduce(community: Community, persona: Persona, lines: Lines, *, at: datetime) -> None:
    member = community.member_of(persona)
    await Introduction.publish(member.id, lines, at=at)
    await reach(member.id, InviteStage.INTRODUCED, at=at)


def _wishes(community: Community) -> Iterator[Act]:
    """What some hope for, which staff can search, and drafts for friends who are still to come."""
    talkative = community.with_habit(Habit.ACTIVE, Habit.PASSIVE, joined_before=community.calendar.today)
    for number, persona in enumerate(community.chance.sample(talkative, len(talkative) // 10)):
        at = community.soon_after(persona.joined_at + timedelta(days=1), hours=400)
        yield Act(at, partial(_wish, community, persona, community.chance.choice(HOPES)))
        if number % 6 == 0:
            yield Act(at, partial(_draft, community, persona))


async def _wish(community: Community, persona: Persona, hope: str, *, at: datetime) -> None:
    member = community.member_of(persona)
    if persona.number % 2:
        await Wish.share(member.id, WishKind.EXPECTATION, hope, at=at)
    else:
        await Wish.share(member.id, WishKind.SUGGESTION, "建议签到提醒可以自己选时间", at=at)


async def _draft(community: Community, persona: Persona, *, at: datetime) -> None:
    lines = Lines(name="老同学", likes="钓鱼、喝茶", hopes="来看看大家")
    await IntroductionDraft.write(community.member_of(persona).id, lines, at=at)


def _oddities(community: Community) -> Iterator[Act]:
    """One hides from the boards, one works for the brand, one was frozen for advertising."""
    active, inviters = community.with_habit(Habit.ACTIVE), {one.inviter for one in community.personas}
    colleagues = [one for one in active[2:] if one.number not in inviters and one.inviter is None]
    for some, deed in ((active[1:2], _hide), (colleagues[:1], _mark_as_colleague)):
        for persona in some:
            yield Act(persona.joined_at + timedelta(minutes=5), partial(deed, community, persona))
    yesterday = community.calendar.today - timedelta(days=1)
    for persona in community.with_habit(Habit.SILENT, joined_before=yesterday)[1:2]:
        yield Act(community.calendar.at(yesterday, 18), partial(_freeze, community, persona))


async def _hide(community: Community, persona: Persona, *, at: datetime) -> None:
    await set_board_visibility(community.member_of(persona).id, is_hidden=True, at=at)


async def _mark_as_colleague(community: Community, persona: Persona, *, at: datetime) -> None:
    await Member.filter(id=community.member_of(persona).id).update(is_staff=True)


async def _freeze(community: Community, persona: Persona, *, at: datetime) -> None:
    await MemberStatusChange.by_staff(
        community.member_of(persona).id,
        MemberStatus.FROZEN,
        staff_id=community.owner.id,
        reason="多次在群里发布广告，提醒无效",
        at=at,
    )
