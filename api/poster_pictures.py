"""The picture of a poster: the one that is kept, as long as nothing on it has changed, or a new one.

A mini-program code is used where the platform gives one, else a QR code; once the platform is back, the poster is drawn
anew. What could not be had only for now (an avatar on another host) is left out, and the picture then kept for some
minutes only. Whoever looks at what is kept costs nothing; a drawing is counted for the member whose poster it is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from api.drawing_room import room
from auth.platforms import avatar_at, code_pictures, pictures
from auth.rate_limit import Rate, RateLimited, limit
from models.errors import NotFound
from models.members.identity import PlatformName
from models.spread.poster import Poster, PosterFacts, folder_of
from models.spread.poster_design import CodeKind
from models.spread.poster_drawing import PosterContent, drawn
from models.spread.scene_link import link_of
from platforms.errors import PlatformError, Unavailable
from platforms.single_flight import SingleFlight

WITHOUT_AVATAR_FOR = timedelta(minutes=5)
DRAWINGS = Rate("poster_drawings", most=20, seconds=600)
"""Of one member's posters; those that are kept are not counted."""

_log = structlog.get_logger("api.poster_pictures")


@dataclass(frozen=True)
class Drawn:
    """A poster as JPEG; without a fingerprint it is good for this once."""

    content: bytes
    fingerprint: str | None


_flights = SingleFlight[Drawn]()


async def picture_of(facts: PosterFacts, *, at: datetime) -> Drawn:
    """The picture of a poster. Raises `RateLimited`, `NotFound`, `Unavailable`, `RequestRefused`."""
    wanted = facts.fingerprint_with(link_of(facts.code.code), _kind_wanted(facts))
    if kept := await _kept(facts, wanted):
        return kept
    if kept := await _kept_for_now(facts, at=at):
        return kept
    standing_in = await _kept(facts, facts.fingerprint_with(link_of(facts.code.code), CodeKind.QR))
    return await _flights.joined(f"{facts.poster_id}:{wanted}", partial(_made, facts, standing_in, at))


def kept_name(facts: PosterFacts) -> str | None:
    """The name of the picture that is kept, where it shows what it has to; whoever has that one needs no other."""
    wanted = facts.fingerprint_with(link_of(facts.code.code), _kind_wanted(facts))
    return wanted if facts.fingerprint == wanted else None


def _kind_wanted(facts: PosterFacts) -> CodeKind:
    """The sort of code that is to stand there, once the platform gives it; without a platform nobody waits for it."""
    return facts.design.code_kind if code_pictures(PlatformName.WECHAT) else CodeKind.QR


async def _kept(facts: PosterFacts, wanted: str) -> Drawn | None:
    """The picture of that fingerprint, if it is the one that was kept, and is there still."""
    if facts.fingerprint != wanted:
        return None
    found = await pictures().get(f"{folder_of(facts.poster_id)}/{wanted}")
    return Drawn(found.content, wanted) if found else None


async def _kept_for_now(facts: PosterFacts, *, at: datetime) -> Drawn | None:
    """The picture that lacks its avatar, until it is time to ask for that again."""
    if facts.fingerprint is None or facts.drawn_at is None or at - facts.drawn_at >= WITHOUT_AVATAR_FOR:
        return None
    text = link_of(facts.code.code)
    lacking = {facts.fingerprint_with(text, kind, is_final=False) for kind in CodeKind}
    return await _kept(facts, facts.fingerprint) if facts.fingerprint in lacking else None


async def _made(facts: PosterFacts, standing_in: Drawn | None, at: datetime) -> Drawn:
    code = await _code_picture(facts)
    if code is None and standing_in:
        return standing_in
    try:
        await limit(DRAWINGS, f"member:{facts.member_id}", at=at)
    except RateLimited:
        if standing_in:
            return standing_in
        raise
    text, kind = link_of(facts.code.code), CodeKind.MINI_PROGRAM if code else CodeKind.QR
    avatar, is_final = await _avatar(facts.avatar_url)
    fingerprint = facts.fingerprint_with(text, kind, is_final=is_final)
    content = PosterContent(
        facts.nickname, text, code_picture=code, avatar=avatar, background=await background_of(facts.design.background)
    )
    made = await room.run(partial(drawn, facts.design, content))
    return await _keep(facts, Drawn(made, fingerprint), at=at)


async def _keep(facts: PosterFacts, made: Drawn, *, at: datetime) -> Drawn:
    folder = folder_of(facts.poster_id)
    try:
        await pictures().put(f"{folder}/{made.fingerprint}", made.content)
        if not await Poster.note(facts.poster_id, made.fingerprint or "", at=at):
            # Its member left while it was drawn, and nothing may be left of it.
            await pictures().clear(folder)
            raise NotFound()
        if facts.fingerprint and facts.fingerprint != made.fingerprint:
            await pictures().delete(f"{folder}/{facts.fingerprint}")
    except Unavailable as error:
        _log.warning("poster not kept", error=str(error))
        return Drawn(made.content, None)
    return made


async def background_of(key: str | None) -> bytes | None:
    """The picture behind a poster; raises `Unavailable`, for a poster without it must not be kept."""
    found = await pictures().get(key) if key else None
    return found.content if found else None


async def _code_picture(facts: PosterFacts) -> bytes | None:
    """The mini-program code, or none where a QR code is to stand in its place."""
    asked = code_pictures(PlatformName.WECHAT) if facts.design.code_kind is CodeKind.MINI_PROGRAM else None
    if asked is None:
        return None
    try:
        return await asked.picture(facts.code.scene, facts.code.page, width=facts.design.boxes["code"].width)
    except PlatformError as error:
        _log.warning("poster with a QR code instead", error=str(error))
        return None


async def _avatar(address: str | None) -> tuple[bytes | None, bool]:
    """The avatar, and whether that is the last word on it."""
    if address is None:
        return None, True
    try:
        return await avatar_at(address), True
    except Unavailable:
        return None, False
