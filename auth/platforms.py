"""The platforms that this process speaks to: opened with the app, found by name; and where files are kept.

Where no mini-program is set, development runs on the fake WeChat: the login code `demo:<openid>` logs that openid in.
"""

from collections.abc import Sequence

from models.file_removal import DOCUMENTS, PICTURES
from models.members.avatar import AVATARS
from models.members.identity import PlatformName
from platforms.code_pictures import CodePictures
from platforms.platform import Platform
from platforms.remote_pictures import RemotePictures
from platforms.storage.storage import Storage, open_storage
from platforms.wechat.fake import FakeWeChat, RunningFake, start_fake
from platforms.wechat.token_store import RedisTokenStore
from platforms.wechat.wechat import Release, open_wechat
from store.outbox import Payload, effect
from store.redis import redis
from store.settings import Settings
from store.vault import vault

_opened: dict[PlatformName, Platform] = {}
_fakes: list[RunningFake] = []
_documents: list[Storage] = []
_pictures: list[Storage] = []
_code_pictures: dict[PlatformName, CodePictures] = {}
_avatars: list[RemotePictures] = []


async def open_platforms(config: Settings) -> None:
    """Open every platform of the settings, after Redis; `close_platforms` undoes it."""
    if config.wechat_app_id:
        tokens = RedisTokenStore(redis(), vault(), app_id=config.wechat_app_id)
        wechat = open_wechat(
            app_id=config.wechat_app_id,
            secret=config.wechat_secret or "",
            api_base=config.wechat_api_base,
            tokens=tokens,
            release=Release(config.wechat_release),
        )
    else:
        fake = await start_fake(FakeWeChat(demo=True))
        _fakes.append(fake)
        wechat = open_wechat(app_id=fake.fake.app_id, secret=fake.fake.secret, api_base=fake.url)
    use_platform(PlatformName.WECHAT, wechat)
    use_documents(open_storage(config.data_dir / "documents", bucket_url=config.documents_url))
    folder = config.data_dir / "pictures"
    use_pictures(open_storage(folder, bucket_url=config.pictures_url, public_url=config.pictures_public_url))
    use_avatars(RemotePictures(config.avatar_hosts))


def use_platform(name: PlatformName, platform: Platform) -> None:
    """Have this platform answer under the name."""
    _opened[name] = platform
    _code_pictures.pop(name, None)


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
    _code_pictures.clear()


def pictures() -> Storage:
    """Where pictures are kept; `open_platforms` has opened it."""
    return _pictures[-1]


@effect(DOCUMENTS)
async def _delete_documents(payloads: Sequence[Payload]) -> None:
    """A file that is gone is no error. Raises `Unavailable`."""
    for payload in payloads:
        for key in _named(payload["keys"]):
            await documents().delete(key)


@effect(PICTURES)
async def _delete_pictures(payloads: Sequence[Payload]) -> None:
    """A folder that is empty is no error. Raises `Unavailable`."""
    for payload in payloads:
        for folder in _named(payload["folders"]):
            await pictures().clear(folder)


def _named(told: object) -> list[str]:
    assert isinstance(told, list)
    return [str(one) for one in told]


def code_pictures(name: PlatformName) -> CodePictures | None:
    """The pictures of a platform's codes; none where this process does not speak to it."""
    if name in _opened and name not in _code_pictures:
        _code_pictures[name] = CodePictures(_opened[name], pictures())
    return _code_pictures.get(name)


def use_avatars(remote: RemotePictures) -> None:
    """Load the avatars that lie on other hosts from there."""
    _avatars[:] = [remote]


async def avatar_at(address: str) -> bytes | None:
    """The picture of an avatar, from our own storage or from a host that is trusted; none where there is none.

    Raises `Unavailable` where nobody can tell for now.
    """
    ours = pictures().url(f"{AVATARS}/0").removesuffix("0")
    if address.startswith(ours):
        found = await pictures().find(f"{AVATARS}/{address.removeprefix(ours)}")
        return found.content if found else None
    return await _avatars[-1].get(address) if _avatars else None


async def close_platforms() -> None:
    """Give every connection back and end the fake."""
    for name in list(_opened):
        await _opened.pop(name).close()
    while _avatars:
        await _avatars.pop().close()
    _code_pictures.clear()
    _documents.clear()
    _pictures.clear()
    while _fakes:
        await _fakes.pop().stop()
