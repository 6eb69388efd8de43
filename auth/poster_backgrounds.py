"""Whether the picture that is to stand behind posters was uploaded: only whoever has the storage can tell."""

from datetime import datetime

from auth.login import BUSY_FOR, PlatformUnavailable
from auth.platforms import pictures
from models.errors import Invalid
from platforms.errors import Unavailable


async def demand_background(key: str | None, *, at: datetime) -> None:
    """Raises `Invalid` for a picture that is not there, `PlatformUnavailable` while nobody can tell."""
    if key is None:
        return
    try:
        found = await pictures().find(key)
    except Unavailable:
        raise PlatformUnavailable(retry_at=at + BUSY_FOR) from None
    if found is None:
        raise Invalid("background", zh="请先上传背景图", en="upload the picture first, and give its key")
