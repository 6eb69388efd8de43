"""The demo community, written with the verbs that requests call, and large sets for benchmarks."""

from models.groups.circle import Circle
from seeds.community import AlreadyPlanted
from seeds.demo import plant_demo
from seeds.large import plant_large
from store.clock import SystemClock
from store.settings import settings

__all__ = ["AlreadyPlanted", "NotHere", "is_planted", "plant"]


class NotHere(Exception):
    """Seeds are for development."""

    def __init__(self) -> None:
        super().__init__("Seeds have logins that everybody knows, so they are not planted with ENVIRONMENT=production.")


async def plant(scale: int | None = None) -> None:
    """Plant the demo community, or a large set of `scale` members. Raises `AlreadyPlanted`, `NotHere`."""
    if not settings().is_development:
        raise NotHere()
    if await is_planted():
        raise AlreadyPlanted()
    now = SystemClock().now()
    if scale is None:
        await plant_demo(now=now)
    else:
        await plant_large(scale, now=now)


async def is_planted() -> bool:
    """Whether there is a community: its official circle, with which every planting begins."""
    return await Circle.exists(is_official=True)
