"""Builders of templates of posters."""

from itertools import count

from models.spread.poster_design import Box, PosterDesign
from models.spread.poster_template import PosterTemplate
from store.ids import new_id
from tests.conftest import NOON

STAFF_ID = new_id()
SMALL = PosterDesign(
    width=300,
    height=400,
    slogan="一起喝茶",
    slogan_size=30,
    boxes={
        "avatar": Box(120, 10, 60, 60),
        "nickname": Box(20, 75, 260, 30),
        "slogan": Box(20, 110, 260, 60),
        "code": Box(60, 180, 180, 180),
        "note": Box(20, 366, 260, 30),
    },
)

_numbers = count(1)


async def a_template(design: PosterDesign = SMALL, *, is_enabled: bool = True) -> PosterTemplate:
    """A template under a name of its own; small, for it is drawn often."""
    template = await PosterTemplate.draft(f"模板 {next(_numbers)}", design, staff_id=STAFF_ID, at=NOON)
    if not is_enabled:
        return template
    return await PosterTemplate.enable(template.id, is_enabled=True, reason="上线", staff_id=STAFF_ID, at=NOON)
