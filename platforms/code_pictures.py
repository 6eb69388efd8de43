"""Pictures of mini-program codes: asked of the platform once, and kept.

A code is the same for ever by its app, release, page, scene and width, so these name its picture in the storage, under
a hash that nobody guesses who does not know the scene. Only pictures are kept: a failure is remembered by this process
alone and for a minute at most, so that many who load a page do not ask a platform which has just refused. While the
storage does not answer, pictures are handed out without being kept.
"""

import asyncio
import io
from collections.abc import Callable
from hashlib import blake2b
from time import monotonic

import structlog
from PIL import Image

from platforms.errors import Cause, Kind, PlatformError, Unavailable
from platforms.platform import Platform
from platforms.single_flight import SingleFlight
from platforms.storage.storage import Storage

WIDTHS = (430, 860, 1280)
"""The widths that are asked for, so that what differs by a few pixels shares a picture."""

AWAY_FOR, REFUSED_FOR = 10.0, 60.0
"""Seconds for which a platform that did not answer, or one that refused, is not asked for the same picture again."""

REMEMBERED_MOST = 1_000
"""Failures that are remembered, the earliest going first."""

_log = structlog.get_logger("platforms.code_pictures")


class CodePictures:
    def __init__(self, platform: Platform, storage: Storage, *, seconds: Callable[[], float] = monotonic) -> None:
        self._platform, self._storage, self._seconds = platform, storage, seconds
        self._failed: dict[str, tuple[float, PlatformError]] = {}
        self._flights = SingleFlight[bytes]()

    async def picture(self, scene: str, page: str, *, width: int) -> bytes:
        """The code that opens `page` with `scene`, at least `width` pixels wide if there is one so wide.

        Raises `PlatformError` where the platform gives none.
        """
        wide = next((one for one in WIDTHS if one >= width), WIDTHS[-1])
        facts = (self._platform.name, self._platform.app_id, self._platform.release, page, scene, str(wide))
        key = f"codes/{blake2b('|'.join(facts).encode(), digest_size=20).hexdigest()}"
        return await self._flights.joined(key, lambda: self._kept_or_made(key, scene, page, wide))

    async def _kept_or_made(self, key: str, scene: str, page: str, width: int) -> bytes:
        try:
            if kept := await self._storage.get(key):
                return kept.content
        except PlatformError as error:
            _log.warning("code not read", error=str(error))
        until, failure = self._failed.get(key, (0.0, None))
        if failure and self._seconds() < until:
            raise failure
        try:
            picture = await self._asked(scene, page, width)
        except PlatformError as error:
            self._remember(key, error)
            raise
        self._failed.pop(key, None)
        try:
            await self._storage.put(key, picture)
        except PlatformError as error:
            _log.warning("code not kept", error=str(error))
        return picture

    async def _asked(self, scene: str, page: str, width: int) -> bytes:
        must_exist = self._platform.release == "release"
        picture = await self._platform.mini_program_code(scene, page, width=width, must_exist=must_exist)
        if not await asyncio.to_thread(_is_whole, picture):
            raise Unavailable(platform=self._platform.name, path="mini_program_code", cause=Cause.GARBAGE)
        return picture

    def _remember(self, key: str, failure: PlatformError) -> None:
        self._failed.pop(key, None)
        if len(self._failed) >= REMEMBERED_MOST:
            del self._failed[next(iter(self._failed))]
        self._failed[key] = (self._seconds() + (AWAY_FOR if failure.kind is Kind.UNAVAILABLE else REFUSED_FOR), failure)


def _is_whole(picture: bytes) -> bool:
    """Whether all of it came: one that breaks off would be kept for ever."""
    try:
        with Image.open(io.BytesIO(picture), formats=("JPEG", "PNG")) as found:
            if max(found.size) > 2 * WIDTHS[-1]:
                return False
            found.load()
    except Exception:
        return False
    return True
