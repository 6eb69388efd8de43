"""Pictures of mini-program codes: asked of the platform once, and kept.

A code is the same for ever by its app, release, page, scene and width, so these name its picture in the storage, under
a hash that nobody guesses who does not know the scene. Only pictures are kept: after a failure the next one who asks
asks the platform again. While the storage does not answer, pictures are handed out without being kept.
"""

import asyncio
import io
from hashlib import blake2b

import structlog
from PIL import Image

from platforms.errors import Cause, PlatformError, Unavailable
from platforms.platform import Platform
from platforms.single_flight import SingleFlight
from platforms.storage.storage import Storage

WIDTHS = (430, 860, 1280)
"""The widths that are asked for, so that what differs by a few pixels shares a picture."""

_log = structlog.get_logger("platforms.code_pictures")


class CodePictures:
    def __init__(self, platform: Platform, storage: Storage) -> None:
        self._platform, self._storage = platform, storage
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
        must_exist = self._platform.release == "release"
        picture = await self._platform.mini_program_code(scene, page, width=width, must_exist=must_exist)
        if not await asyncio.to_thread(_is_whole, picture):
            raise Unavailable(platform=self._platform.name, path="mini_program_code", cause=Cause.GARBAGE)
        try:
            await self._storage.put(key, picture)
        except PlatformError as error:
            _log.warning("code not kept", error=str(error))
        return picture


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
