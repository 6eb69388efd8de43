"""Pictures that come in: `POST /uploads/avatar` by a member, `POST /uploads/poster-backgrounds` by staff.

The body is the picture itself, or a form with it. What is kept is never what was sent: it is read, turned upright, made
no larger than it is shown and written anew, so that places, cameras and whatever else a file may carry stay behind.
`GET /files/avatars/…` hands avatars out.
"""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.beside import context_of, file_of, unavailable
from api.drawing_room import room
from api.errors import ErrorCode, RequestRefused
from auth.permissions import IsMember, StaffCan
from auth.platforms import pictures
from auth.rate_limit import Rate, limit
from auth.scope import demand_whole_brand
from models.errors import DomainError, NotFound
from models.members.archive import update_archive
from models.members.avatar import AVATARS, avatar_folder
from models.members.member import ACTIVE, Member
from models.spread.poster_design import BACKGROUNDS, SIDE_MOST
from models.spread.poster_picture import BYTES_MOST, BadPicture, avatar_of, background_of
from models.staff.audit import AuditRow
from models.staff.right import StaffRight
from models.staff.staff import Staff
from platforms.errors import Unavailable

UPLOADS = Rate("picture_uploads", most=20, seconds=3600)
WRITING = StaffCan(StaffRight.SPREAD_WRITE)
OF_A_MEMBER = {
    # A face goes with its member, so no cache between us and a client may keep it, and a client not for long.
    "cache-control": "private, max-age=14400",
    "content-security-policy": "default-src 'none'; sandbox",
}
UPLOAD_BYTES = BYTES_MOST

_log = structlog.get_logger("api.pictures")

T = TypeVar("T")


async def upload_background(request: Request) -> JSONResponse:
    """A picture to stand behind posters; its key goes into a template."""
    context = await context_of(request)
    WRITING.demand(context)
    demand_whole_brand(context)
    await limit(UPLOADS, f"staff:{context.staff_id}", at=context.at)
    content, (width, height) = await _read(partial(background_of, await file_of(request), side=SIDE_MOST))
    key = f"{BACKGROUNDS}/{_hash(content)}.jpg"
    await _keep(key, content)
    await AuditRow.write(
        staff_id=context.staff_id,
        action="upload_poster_background",
        subject=await Staff.get(id=context.staff_id),
        before=None,
        after={"picture": key, "width": width, "height": height},
        reason=None,
        at=context.at,
    )
    return JSONResponse({"background": {"key": key, "width": width, "height": height}}, 201)


async def upload_avatar(request: Request) -> JSONResponse:
    """The caller's avatar from now on."""
    context = await context_of(request)
    IsMember().demand(context)
    await limit(UPLOADS, f"member:{context.member_id}", at=context.at)
    # Whoever may not show a picture is told before one is kept, and the verb decides once more.
    member = await Member.existing(context.member_id)
    Member.taken([vars(member)] if member.status in ACTIVE else [], speaks=True)
    content = await _read(partial(avatar_of, await file_of(request)))
    key = f"{avatar_folder(context.member_id)}/{_hash(content)}.jpg"
    await _keep(key, content)
    try:
        changed = await update_archive(context.member_id, {"avatar_url": pictures().url(key)}, at=context.at)
    except DomainError:
        await _drop(key, but=member.avatar_url)
        raise
    await _drop(_key_of(member), but=changed.avatar_url)
    return JSONResponse({"avatar": {"url": changed.avatar_url}}, 201)


async def avatar(request: Request) -> Response:
    """An avatar; its name says what it shows, so it is the tag as well."""
    name = request.path_params["name"]
    try:
        found = await pictures().find(f"{AVATARS}/{request.path_params['member']}/{name}")
    except Unavailable:
        raise unavailable() from None
    if found is None:
        raise NotFound()
    headers = {"etag": f'"{name}"', **OF_A_MEMBER}
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.content_type, headers=headers)


def _key_of(member: Member) -> str | None:
    """Where in our storage the picture of a member lies that it had put there; none where it has no such picture."""
    folder = pictures().url(f"{avatar_folder(member.id)}/0").removesuffix("0")
    address = member.avatar_url or ""
    return f"{avatar_folder(member.id)}/{address.removeprefix(folder)}" if address.startswith(folder) else None


async def _drop(key: str | None, *, but: str | None) -> None:
    """Delete a picture that is shown no more, unless it is the one at the address `but`; its folder goes in any case
    when its member does, so a storage that does not answer is no reason to refuse anything."""
    try:
        if key and pictures().url(key) != but:
            await pictures().delete(key)
    except (Unavailable, ValueError) as error:
        _log.warning("avatar not deleted", error=str(error))


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
        raise unavailable() from None


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=20).hexdigest()
