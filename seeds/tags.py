"""What staff know of the members, as tags; the members themselves see the honours alone."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from models.actor import Actor
from models.members.member_tag import MemberTag, TagSource
from models.members.tag import Tag
from models.members.tag_group import TagChoice, TagGroup
from seeds.community import Act, Community
from seeds.personas import Habit, Persona

GROUPS = (
    ("消费力", TagChoice.SINGLE, False, (("高消费", "#cf1322"), ("中等消费", "#d48806"), ("低消费", "#8c8c8c"))),
    (
        "兴趣偏好",
        TagChoice.MULTIPLE,
        False,
        (("爱车一族", "#1d39c4"), ("品酒喝茶", "#722ed1"), ("运动健身", "#389e0d")),
    ),
    ("沟通偏好", TagChoice.SINGLE, False, (("上午联系", "#0958d9"), ("晚间联系", "#531dab"))),
    ("荣誉", TagChoice.MULTIPLE, True, (("创始成员", "#d4b106"), ("热心群友", "#eb2f96"), ("签到达人", "#08979c"))),
)
_THEMES = {"爱车一族": "auto", "品酒喝茶": "wine-tea", "运动健身": "sports"}
_CAMPAIGN = "春季活动期间重点维护"


async def found(community: Community) -> None:
    owner, at = community.owner.id, community.founded_at
    for sort, (name, choice, is_public, tags) in enumerate(GROUPS):
        group = await TagGroup.make(name=name, choice=choice, sort=sort, staff_id=owner, at=at)
        for place, (tag, colour) in enumerate(tags):
            await Tag.make(group.id, name=tag, colour=colour, sort=place, is_public=is_public, staff_id=owner, at=at)


def acts(community: Community) -> Iterator[Act]:
    """Staff go through the members once, a week before the present, and renew what changed since."""
    calendar = community.calendar
    at = calendar.at(calendar.today - timedelta(days=7), 10)
    known = [one for one in community.personas if one.joined_at < at]
    for number, (name, personas) in enumerate(_borne(known).items()):
        yield Act(at + timedelta(minutes=3 * number), partial(_put, community, name, personas))
    keen = [one for one in known if one.habit is Habit.ACTIVE][::9]
    ends_at = calendar.now + timedelta(days=30)
    yield Act(at + timedelta(days=1), partial(_put, community, "高消费", keen, expires_at=ends_at, reason=_CAMPAIGN))


def _borne(known: list[Persona]) -> dict[str, list[Persona]]:
    """Who bears which tag."""
    borne = {
        "高消费": [one for one in known if one.number % 11 == 0],
        "中等消费": [one for one in known if one.number % 11 in (3, 5, 8)],
        "低消费": [one for one in known if one.number % 11 in (1, 6)],
        "上午联系": [one for one in known if one.number % 5 == 0],
        "晚间联系": [one for one in known if one.number % 5 in (2, 3)],
        "创始成员": known[:20],
        "热心群友": [one for one in known if one.habit is Habit.ACTIVE and one.number % 4 == 1],
        "签到达人": [one for one in known if one.habit is Habit.ACTIVE and one.number % 7 == 2],
    }
    return borne | {name: [one for one in known if one.theme == theme] for name, theme in _THEMES.items()}


async def _put(
    community: Community,
    name: str,
    personas: list[Persona],
    *,
    at: datetime,
    expires_at: datetime | None = None,
    reason: str | None = None,
) -> None:
    tag = await Tag.get(name=name)
    await MemberTag.put_on(
        tag.id,
        [community.member_of(one).id for one in personas],
        source=TagSource.MANUAL,
        actor=Actor.staff(community.owner.id),
        expires_at=expires_at,
        reason=reason,
        at=at,
    )
