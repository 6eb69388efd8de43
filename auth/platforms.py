"""The platforms that this process speaks to: opened with the app, found by name.

Where no mini-program is set, development runs on the fake WeChat: the login code `demo:<openid>` logs that openid in.
"""

from functools import cache

from models.members.identity import PlatformName
from platforms.platform import Platform
from platforms.storage.storage import Storage, open_storage
from platforms.wechat.fake import FakeWeChat, RunningFake, start_fake
from platforms.wechat.token_store import RedisTokenStore
from platforms.wechat.wechat import open_wechat
from store.redis import redis
from store.settings import Settings, settings
from store.vault import vault

_opened: dict[PlatformName, Platform] = {}
_fakes: list[RunningFake] = []


async def open_platforms(config: Settings) -> None:
    """Open every platform of the settings, after Redis; `close_platforms` undoes it."""
    if config.wechat_app_id:
        tokens = RedisTokenStore(redis(), vault(), app_id=config.wechat_app_id)
        wechat = open_wechat(
            app_id=config.wechat_app_id,
            secret=config.wechat_secret or "",
            api_base=config.wechat_api_base,
            tokens=tokens,
        )
    else:
        fake = await start_fake(FakeWeChat(demo=True))
        _fakes.append(fake)
        wechat = open_wechat(app_id=fake.fake.app_id, secret=fake.fake.secret, api_base=fake.url)
    use_platform(PlatformName.WECHAT, wechat)


def use_platform(name: PlatformName, platform: Platform) -> None:
    """Have this platform answer under the name."""
    _opened[name] = platform


def platform(name: PlatformName) -> Platform:
    """The platform of a name; `open_platforms` has opened it."""
    return _opened[name]


@cache
def storage() -> Storage:
    """Where pictures are kept: the bucket of the settings, else a folder of this machine."""
    config = settings()
    return open_storage(config.data_dir / "files", bucket_url=config.storage_url, public_url=config.storage_public_url)


async def close_platforms() -> None:
    """Give every connection back and end the fake."""
    for name in list(_opened):
        await _opened.pop(name).close()
    while _fakes:
        await _fakes.pop().stop()
