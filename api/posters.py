"""Posters and codes as pictures, which travel beside GraphQL.

`GET /files/posters/<address>.jpg` hands out a poster under the address that `makePoster` gave; it is drawn when it is
loaded first. `GET /files/codes/<code>/qr.svg`, `qr.png` and `mini-program.png` hand out the codes themselves, the last
two with `?width=`. An address that does not hold, a code that was withdrawn or has run out, is answered as one that
never was. `POST /poster-templates/<id>/preview` shows a template to staff as it would look for a member (`?memberId=`).
"""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from api.beside import address_of, context_of, unavailable
from api.drawing_room import room
from api.poster_pictures import background_of, kept_name, picture_of
from auth import context as auth_context
from auth.permissions import StaffCan
from auth.platforms import avatar_at, code_pictures
from auth.rate_limit import Rate, limit
from auth.scope import demand_member
from models.errors import Invalid, NotFound
from models.members.identity import PlatformName
from models.members.member import ACTIVE, Member
from models.qr_code import png_of, svg_of
from models.spread.poster import Poster
from models.spread.poster_drawing import PosterContent, drawn
from models.spread.poster_template import PosterTemplate
from models.spread.scene_code import SceneCode
from models.spread.scene_link import link_of
from models.staff.right import StaffRight
from platforms.errors import PlatformError, Unavailable
from platforms.storage.picture import content_type
from schema.ids import id_of, optional_id_of

LOADS = Rate("code_pictures", most=120)
POSTER_LOADS = Rate("poster_pictures", most=240)
ADDRESS_MOST = 40
WIDTH_LEAST, WIDTH_MOST, WIDTH = 100, 2_000, 430
CACHED = {"cache-control": "private, max-age=60"}
HARMLESS = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
READING = StaffCan(StaffRight.SPREAD_READ)
AWAY = "The picture cannot be had now."
SAMPLE = "0000000000"
"""The code on a preview, which is nobody's."""


async def poster_picture(request: Request) -> Response:
    """A poster, whoever loads it; whoever has it already is told so by its tag."""
    address, at = request.path_params["address"], auth_context.CLOCK.now()
    await limit(POSTER_LOADS, address_of(request) or "unknown", at=at)
    facts = await Poster.shown(address, at=at) if len(address) <= ADDRESS_MOST else None
    if facts is None:
        raise NotFound()
    known = request.headers.get("if-none-match", "")
    if (name := kept_name(facts)) and f'"{name}"' in known:
        return Response(status_code=304, headers={"etag": f'"{name}"', **CACHED, **HARMLESS})
    try:
        picture = await picture_of(facts, at=at)
    except Unavailable:
        raise unavailable(AWAY, seconds=5) from None
    if picture.fingerprint is None:
        return Response(picture.content, media_type="image/jpeg", headers=HARMLESS)
    tag = f'"{picture.fingerprint}"'
    headers = {"etag": tag, **CACHED, **HARMLESS}
    return Response(picture.content, media_type="image/jpeg", headers=headers)


async def code_picture(request: Request) -> Response:
    """A code that still leads in, as a QR code or a mini-program code."""
    at = auth_context.CLOCK.now()
    await limit(LOADS, address_of(request) or "unknown", at=at)
    code = await SceneCode.found(request.path_params["code"])
    if code is None or not code.holds(at) or not await _is_handed_out(code):
        raise NotFound()
    headers = {**CACHED, **HARMLESS}
    match request.path_params["name"]:
        case "qr.svg":
            drawing = await room.run(partial(svg_of, link_of(code.code)))
            return Response(drawing, media_type="image/svg+xml", headers=headers)
        case "qr.png":
            content = await room.run(partial(png_of, link_of(code.code), _width(request)))
            return Response(content, media_type="image/png", headers=headers)
        case "mini-program.png":
            picture = await _mini_program_code(code, _width(request))
            return Response(picture, media_type=content_type(picture), headers=headers)
    raise NotFound()


async def _is_handed_out(code: SceneCode) -> bool:
    """Whether whoever invites by it may still take part; a code of nobody's is the brand's."""
    return code.inviter_id is None or await Member.exists(id=code.inviter_id, status__in=ACTIVE)


async def template_preview(request: Request) -> Response:
    """A template as staff want to see it before members do, with a code that leads nowhere."""
    context = await context_of(request)
    READING.demand(context)
    template = await PosterTemplate.existing(
        id_of("PosterTemplate", request.path_params["id"], field="templateId"), field="templateId"
    )
    member_id = optional_id_of("Member", request.query_params.get("memberId"), field="memberId")
    if member_id:
        await demand_member(context, member_id)
    member = await Member.existing(member_id, field="memberId") if member_id else Member(nickname="林小雨")
    try:
        content = PosterContent(
            member.nickname,
            link_of(SAMPLE),
            avatar=await avatar_at(member.avatar_url) if member.avatar_url else None,
            background=await background_of(template.drawing.background),
        )
    except Unavailable:
        raise unavailable(AWAY, seconds=5) from None
    picture = await room.run(partial(drawn, template.drawing, content))
    return Response(picture, media_type="image/jpeg", headers=HARMLESS)


async def _mini_program_code(code: SceneCode, width: int) -> bytes:
    asked = code_pictures(PlatformName.WECHAT)
    if asked is None:
        raise NotFound()
    try:
        return await asked.picture(code.scene, code.page, width=width)
    except PlatformError:
        raise unavailable(AWAY, seconds=5) from None


def _width(request: Request) -> int:
    asked = request.query_params.get("width", str(WIDTH))
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 5 and WIDTH_LEAST <= int(asked) <= WIDTH_MOST):
        raise Invalid("width", zh=f"应为 {WIDTH_LEAST}–{WIDTH_MOST}", en=f"it must be {WIDTH_LEAST} to {WIDTH_MOST}")
    return int(asked)
