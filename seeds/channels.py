"""Where the demo's people come from: six channels with their codes, costs and posts, and who came by them.

Those whom nobody invited came by a code of a channel, some of them after a look at another one days before; a third of
those who were invited came by a code of their inviter. Most of those who look never register, which is what a funnel is
for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

from models.members.registration import Comer
from models.spread.channel import Channel, ChannelKind
from models.spread.channel_cost import ChannelCost
from models.spread.channel_post import ChannelPost
from models.spread.scene_code import SceneCode
from models.spread.visit import Visit
from seeds.community import Act, Community
from seeds.personas import Persona
from store.brand_day import brand_day

SEED = 20260613
VISITS_A_DAY = 4
AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) MicroMessenger/8.0.50"
ROBOT = "Mozilla/5.0 (compatible; Baiduspider/2.0)"
LOOKS_BEFORE = timedelta(days=4)


@dataclass(frozen=True)
class Told:
    """A channel of the story: how much it draws, what a week of it costs in fen, and what was published there."""

    kind: ChannelKind
    name: str
    owner: str
    weight: int
    weekly_cost: int
    posts: tuple[str, ...]


CHANNELS = (
    Told(ChannelKind.PUBLIC_ACCOUNT, "公众号「社群生活家」", "林编辑", 26, 0, ("秋日露营装备清单", "老茶友的三泡水")),
    Told(ChannelKind.VIDEO_CHANNEL, "视频号", "赵子涵", 18, 60_000, ("一分钟学会叠衣服", "群友才艺：二胡《赛马》")),
    Told(
        ChannelKind.XIAOHONGSHU,
        "小红书 · 好物分享",
        "周嘉怡",
        22,
        120_000,
        ("29 元复刻咖啡馆下午茶", "我在社群打卡的 21 天"),
    ),
    Told(ChannelKind.DOUYIN, "抖音本地推", "代运营公司", 20, 200_000, ("门店开放日花絮",)),
    Told(ChannelKind.STORE_POSTER, "徐汇店收银台海报", "店长老吴", 9, 3_000, ()),
    Told(ChannelKind.SMS, "老客户短信召回", "运营小周", 5, 18_000, ("会员日短信",)),
)


async def found(community: Community) -> None:
    at, staff_id = community.founded_at, community.owner.id
    for told in CHANNELS:
        channel = await Channel.put(
            kind=told.kind, name=told.name, owner=told.owner, notes=None, staff_id=staff_id, reason=None, at=at
        )
        code = await SceneCode.of(channel_id=channel.id, page="pages/join/join", staff_id=staff_id, at=at)
        community.channel_codes.append(code)


async def comer_of(community: Community, persona: Persona) -> Comer | None:
    """How somebody came: by a channel, or by a code of its inviter; nothing for those who used the plain code."""
    device = f"demo-{persona.openid}"
    if persona.inviter is None:
        return Comer(_last_code(community, persona).scene, device, _address(persona.number), AGENT)
    if persona.number % 3:
        return None
    inviter = community.members[persona.inviter]
    code = await SceneCode.of(inviter_id=inviter.id, at=persona.joined_at)
    return Comer(code.scene, device, _address(persona.number), AGENT)


def acts(community: Community) -> Iterator[Act]:
    chance, calendar = Random(SEED), community.calendar
    for persona in community.personas:
        if persona.inviter is None and persona.number % 2:
            code = _code(community, chance)
            at = persona.joined_at - LOOKS_BEFORE * chance.random()
            yield Act(at, partial(_looks, code, f"demo-{persona.openid}", _address(persona.number), AGENT))
    for number, day in enumerate(calendar.days):
        for turn in range(VISITS_A_DAY + number % 3):
            who = chance.randrange(10_000)
            agent = ROBOT if chance.random() < 0.04 else AGENT
            # Some come again by what they see another day.
            device = f"demo-passer-{who if turn else who % 20}"
            yield Act(
                calendar.moment(day, chance), partial(_looks, _code(community, chance), device, _address(who), agent)
            )
        if number % 7 == 0:
            yield Act(calendar.at(day, 18), partial(_spend, community))
    yield from _posts(community)


def _posts(community: Community) -> Iterator[Act]:
    days = community.calendar.days
    for number, told in enumerate(CHANNELS):
        for turn, title in enumerate(told.posts):
            day = days[-1 - min(len(days) - 1, 3 + 9 * turn + 2 * number)]
            yield Act(community.calendar.at(day, 10 + number), partial(_publish, community, number, title))


async def _looks(code: SceneCode, device: str, address: str, agent: str, *, at: datetime) -> None:
    await Visit.record(code, device=device, address=address, agent=agent, at=at)


async def _spend(community: Community, *, at: datetime) -> None:
    for told, code in zip(CHANNELS, community.channel_codes, strict=True):
        if told.weekly_cost and code.channel_id:
            await ChannelCost.record(
                code.channel_id,
                day=brand_day(at),
                amount=told.weekly_cost,
                words="本周投放",
                staff_id=community.owner.id,
                at=at,
                once=None,
            )


async def _publish(community: Community, number: int, title: str, *, at: datetime) -> None:
    code = community.channel_codes[number]
    assert code.channel_id
    await ChannelPost.put(
        code.channel_id,
        title=title,
        link=None,
        notes=None,
        code_id=code.id,
        published_at=at,
        staff_id=community.owner.id,
        reason=None,
        at=at,
    )


def _code(community: Community, chance: Random) -> SceneCode:
    return chance.choices(community.channel_codes, [told.weight for told in CHANNELS])[0]


def _last_code(community: Community, persona: Persona) -> SceneCode:
    return _code(community, Random(SEED + persona.number))


def _address(number: int) -> str:
    """One of the addresses that are kept for documents."""
    return f"203.0.113.{number % 250 + 1}"
