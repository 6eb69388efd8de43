"""Pictures that come in: `POST /uploads/avatar` by a member, `POST /uploads/poster-backgrounds` by staff.

The body is the picture itself. What is kept is never what was sent: it is read, turned upright, made no larger than it
is shown and written anew, so that places, cameras and whatever else a file may carry stay behind. `GET
/files/avatars/…` hands avatars out.
"""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.drawing_room import room
from api.errors import ErrorCode, RequestRefused
from api.guard import exchange_of, headers_of
from auth.context import Context, open_context
from auth.permissions import IsMember, StaffCan
from auth.platforms import pictures
from auth.rate_limit import Rate, limit
from auth.scope import demand_whole_brand
from models.errors import NotFound
from models.members.archive import update_archive
from models.members.avatar import AVATARS, avatar_folder
from models.spread.poster_design import BACKGROUNDS, SIDE_MOST
from models.spread.poster_picture import BYTES_MOST, BadPicture, avatar_of, background_of
from models.staff.right import StaffRight
from platforms.errors import Unavailable

UPLOADS = Rate("picture_uploads", most=20, seconds=3600)
WRITING = StaffCan(StaffRight.SPREAD_WRITE)
FOR_EVER = {
    "cache-control": "public, max-age=31536000, immutable",
    "content-security-policy": "default-src 'none'; sandbox",
}
UPLOAD_BYTES = BYTES_MOST

T = TypeVar("T")


async def upload_background(request: Request) -> JSONResponse:
    """A picture to stand behind posters; its key goes into a template."""
    context = await _context(request)
    WRITING.demand(context)
    demand_whole_brand(context)
    await limit(UPLOADS, f"staff:{context.staff_id}", at=context.at)
    content, (width, height) = await _read(partial(background_of, await request.body(), side=SIDE_MOST))
    key = f"{BACKGROUNDS}/{_hash(content)}.jpg"
    await _keep(key, content)
    return JSONResponse({"background": {"key": key, "width": width, "height": height}}, 201)


async def upload_avatar(request: Request) -> JSONResponse:
    """The caller's avatar from now on."""
    context = await _context(request)
    IsMember().demand(context)
    await limit(UPLOADS, f"member:{context.member_id}", at=context.at)
    content = await _read(partial(avatar_of, await request.body()))
    key = f"{avatar_folder(context.member_id)}/{_hash(content)}.jpg"
    await _keep(key, content)
    member = await update_archive(context.member_id, {"avatar_url": pictures().url(key)}, at=context.at)
    return JSONResponse({"avatar": {"url": member.avatar_url}}, 201)


async def avatar(request: Request) -> Response:
    """An avatar. Its address says what it shows, so it is kept by whoever has loaded it."""
    try:
        found = await pictures().find(f"{AVATARS}/{request.path_params['member']}/{request.path_params['name']}")
    except Unavailable:
        raise _unavailable() from None
    if found is None:
        raise NotFound()
    return Response(found.content, media_type=found.content_type, headers=FOR_EVER)


async def _read(work: Callable[[], T]) -> T:
    try:
        return await room.run(work)
    except BadPicture:
        message = "A picture is JPEG, PNG or WebP, of at most 10 MB and 16 million pixels."
        raise RequestRefused(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message) from None


async def _keep(key: str, content: bytes) -> None:
    try:
        await pictures().put(key, content)
    except Unavailable:
        raise _unavailable() from None


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=20).hexdigest()


async def _context(request: Request) -> Context:
    address = request.client.host if request.client else None
    return await open_context(headers_of(request.scope), address, exchange_of(request.scope).request_id)


def _unavailable() -> RequestRefused:
    return RequestRefused(ErrorCode.SERVICE_UNAVAILABLE, "The storage does not answer.", {"retry-after": "2"})
