"""Two templates of posters, and what some members made of them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from models.spread.poster import Poster
from models.spread.poster_design import Alignment, Box, CodeKind, PosterDesign
from models.spread.poster_template import PosterTemplate
from seeds.community import Act, Community
from seeds.personas import Persona

INVITATION = PosterDesign(slogan="每天十分钟，和邻居们一起喝茶、读书、学手艺", note="长按识别，加入晴空社群")
TEA = PosterDesign(
    width=1200,
    height=1200,
    upper_colour="#12332B",
    lower_colour="#0B1F1A",
    text_colour="#F3E9D2",
    slogan_colour="#F3D27A",
    alignment=Alignment.LEFT,
    code_kind=CodeKind.QR,
    slogan="周末茶会\n带一位朋友来",
    slogan_size=110,
    note="扫码报名，席位有限",
    boxes={
        "avatar": Box(90, 90, 140, 140),
        "nickname": Box(260, 124, 850, 72),
        "slogan": Box(90, 330, 1020, 360),
        "code": Box(90, 760, 340, 340),
        "note": Box(470, 900, 640, 60),
    },
)
TEMPLATES = {"邀请海报": INVITATION, "周末茶会": TEA}
MADE = 5
"""How many members have a poster of each."""


async def found(community: Community) -> None:
    for name, design in TEMPLATES.items():
        staff_id, at = community.owner.id, community.founded_at
        template = await PosterTemplate.draft(name, design, staff_id=staff_id, at=at)
        await PosterTemplate.enable(template.id, is_enabled=True, reason="邀请计划上线", staff_id=staff_id, at=at)


def acts(community: Community) -> Iterator[Act]:
    """Those who were there before the story begins ask first."""
    calendar = community.calendar
    day = calendar.today - timedelta(days=1)
    before = [one for one in community.personas if one.joined_at < calendar.at(calendar.first_day)]
    for number, persona in enumerate(before[:MADE]):
        yield Act(calendar.at(day, 12 + number), partial(_posters, community, persona))


async def _posters(community: Community, persona: Persona, *, at: datetime) -> None:
    for template in await PosterTemplate.all().order_by("created_at", "id"):
        await Poster.of(community.member_of(persona).id, template.id, at=at)
