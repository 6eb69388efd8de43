"""The platforms that this process speaks to: opened with the app, found by name; and where files are kept.

Where no mini-program is set, development runs on the fake WeChat: the login code `demo:<openid>` logs that openid in.
"""

from models.members.identity import PlatformName
from platforms.platform import Platform
from platforms.storage.storage import Storage, open_storage
from platforms.wechat.fake import FakeWeChat, RunningFake, start_fake
from platforms.wechat.token_store import RedisTokenStore
from platforms.wechat.wechat import open_wechat
from store.redis import redis
from store.settings import Settings
from store.vault import vault

_opened: dict[PlatformName, Platform] = {}
_fakes: list[RunningFake] = []
_documents: list[Storage] = []
_pictures: list[Storage] = []


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
    use_documents(open_storage(config.data_dir / "documents", bucket_url=config.documents_url))
    folder = config.data_dir / "pictures"
    use_pictures(open_storage(folder, bucket_url=config.pictures_url, public_url=config.pictures_public_url))


def use_platform(name: PlatformName, platform: Platform) -> None:
    """Have this platform answer under the name."""
    _opened[name] = platform


def platform(name: PlatformName) -> Platform:
    """The platform of a name; `open_platforms` has opened it."""
    return _opened[name]


def use_documents(storage: Storage) -> None:
    """Keep documents there."""
    _documents[:] = [storage]


def documents() -> Storage:
    """Where documents are kept; `open_platforms` has opened it."""
    return _documents[-1]


def use_pictures(storage: Storage) -> None:
    """Keep pictures there."""
    _pictures[:] = [storage]


def pictures() -> Storage:
    """Where pictures are kept; `open_platforms` has opened it."""
    return _pictures[-1]


async def close_platforms() -> None:
    """Give every connection back and end the fake."""
    for name in list(_opened):
        await _opened.pop(name).close()
    _documents.clear()
    _pictures.clear()
    while _fakes:
        await _fakes.pop().stop()
