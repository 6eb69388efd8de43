"""Circles and their groups: how they were opened, who came in by which door, who holds which office."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from models.actor import SYSTEM
from models.groups.circle import Circle
from models.groups.group import Group
from models.groups.invitation import Invitation
from models.groups.join_request import JoinRequest
from models.groups.membership import Membership
from models.groups.office import change_role
from models.groups.role import Role
from models.groups.rules import GroupRules
from models.groups.settings import GroupSettings, JoinMode
from seeds.community import Act, Community
from seeds.personas import Habit, Persona
from seeds.texts import APPLICATIONS, RULES

OFFICIAL = "official"
CIRCLES = (
    (OFFICIAL, "官方", "品牌官方圈层，公告、福利与客服都在这里"),
    ("auto", "汽车", "用车、养车、自驾"),
    ("arts", "文艺", "书画、摄影、音乐"),
    ("wine-tea", "酒茶", "品茗、品酒、烘焙"),
    ("sports", "运动", "跑步、球类、瑜伽"),
    ("finance", "财经", "理财学习与记账"),
    ("business", "商务", "创业者与店主的交流"),
    ("travel", "旅行", "徒步、露营、自驾游"),
)
GROUPS = (
    (OFFICIAL, "会员之家", 80, JoinMode.FREE),
    (OFFICIAL, "会员之家", 80, JoinMode.FREE),
    (OFFICIAL, "会员之家", 80, JoinMode.FREE),
    (OFFICIAL, "会员之家", 80, JoinMode.FREE),
    ("auto", "车友会", 40, JoinMode.FREE),
    ("auto", "车友会", 40, JoinMode.FREE),
    ("arts", "书画雅集", 80, JoinMode.FREE),
    ("wine-tea", "品茗小聚", 80, JoinMode.FREE),
    ("sports", "晨跑团", 80, JoinMode.FREE),
    ("finance", "理财学习", 80, JoinMode.APPROVAL),
    ("business", "店主交流", 80, JoinMode.INVITATION),
    ("travel", "川西自驾", 80, JoinMode.FREE),
)
"""Circle, name, cap and door of each group, in the order of opening; groups of one name are numbered."""

_OFFICES = {1: Role.OWNER, 3: Role.ADMIN, 4: Role.ADMIN, 6: Role.GUIDE, 8: Role.COMMITTEE, 9: Role.COMMITTEE}
"""Which one of those who are not silent gets which office when it joins a group."""


async def open_circles(community: Community) -> None:
    """The first thing that is planted, so nobody of the brand's is there to do it."""
    at = community.founded_at
    for position, (slug, name, summary) in enumerate(CIRCLES):
        community.circles[slug] = await Circle.open(
            slug=slug,
            name=name,
            summary=summary,
            position=position,
            is_official=slug == OFFICIAL,
            actor=SYSTEM,
            at=at,
        )


async def open_groups(community: Community) -> None:
    at = community.founded_at
    for number, (slug, name, cap, door) in enumerate(GROUPS):
        operator = community.staff["demo-operator" if number >= len(GROUPS) // 2 else "demo-owner"]
        settings = GroupSettings(
            name=name,
            region="西南" if number % 2 else "华东",
            manager_staff_id=operator.id,
            join_mode=door,
            member_cap=cap,
            opens_next=door is JoinMode.FREE,
        )
        group = await Group.open(community.circles[slug].id, settings, actor=community.brand, at=at)
        await GroupRules.publish(group.id, RULES, actor=community.brand, at=at)
        community.groups.setdefault(slug, group)
        community.rules_version[group.id] = 1


def acts(community: Community) -> Iterator[Act]:
    offices = _Offices(community)
    for persona in community.personas:
        at = persona.joined_at + timedelta(minutes=1)
        yield Act(at, partial(offices.seat, persona, OFFICIAL))
        yield from _into_theme(community, persona, offices)


class _Offices:
    """Lets people in and gives the offices of a group to the first who take part."""

    def __init__(self, community: Community) -> None:
        self._community = community
        self._talkative: Counter[UUID] = Counter()
        self._invitation: Invitation | None = None

    async def seat(self, persona: Persona, slug: str, *, at: datetime) -> None:
        community, member = self._community, self._community.member_of(persona)
        group = community.groups[slug]
        version = community.rules_version[group.id]
        if group.join_mode is JoinMode.INVITATION:
            code = (await self._open_invitation(group, at=at)).code
            place = await Invitation.redeem(member.id, code, at=at, accepted_rules_version=version)
        else:
            place = await Membership.join(member.id, group.id, at=at, accepted_rules_version=version)
        await self.appoint(persona, place.group_id, at=at)

    async def appoint(self, persona: Persona, group_id: UUID, *, at: datetime) -> None:
        if persona.habit is Habit.SILENT:
            return
        member = self._community.member_of(persona)
        self._talkative[group_id] += 1
        if role := _OFFICES.get(self._talkative[group_id]):
            await change_role(group_id, member.id, role, actor=self._community.brand, at=at, reason="热心群务")
        if self._talkative[group_id] % 4 == 0:
            nickname = f"{persona.city}-{persona.name.nickname.removeprefix(persona.city).strip('-')}"[:20]
            await Membership.set_nickname(member.id, group_id, nickname, at=at)

    async def approve(self, persona: Persona, *, at: datetime) -> None:
        member, group = self._community.member_of(persona), self._community.groups["finance"]
        request = await JoinRequest.get(member_id=member.id, group_id=group.id)
        await JoinRequest.approve(request.id, actor=self._community.brand, at=at)
        await self.appoint(persona, group.id, at=at)

    async def _open_invitation(self, group: Group, *, at: datetime) -> Invitation:
        if self._invitation is None or self._invitation.expires_at <= at:
            self._invitation = await Invitation.create_for(
                group.id, actor=self._community.brand, at=at, expires_at=at + timedelta(days=30), uses_most=200
            )
        return self._invitation


def _into_theme(community: Community, persona: Persona, offices: _Offices) -> Iterator[Act]:
    """The group of a persona's theme: straight in, or by a request that staff approve unless it is quite new."""
    at = community.soon_after(persona.joined_at + timedelta(minutes=6), hours=24)
    if persona.theme != "finance":
        yield Act(at, partial(offices.seat, persona, persona.theme))
        return
    yield Act(at, partial(_apply, community, persona))
    approved_at = at + timedelta(hours=3 + persona.number % 40)
    if approved_at < community.calendar.now:
        yield Act(approved_at, partial(offices.approve, persona))


async def _apply(community: Community, persona: Persona, *, at: datetime) -> None:
    group = community.groups["finance"]
    await JoinRequest.apply(
        community.member_of(persona).id,
        group.id,
        at=at,
        message=APPLICATIONS[persona.number % len(APPLICATIONS)],
        accepted_rules_version=community.rules_version[group.id],
    )
