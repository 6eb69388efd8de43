"""Pictures under keys: in a folder of this machine, or in a bucket named by a URL such as `s3://bucket/prefix`.

A key is made by us and plain (`check-ins/2026/11/0190….jpg`), so that no name of a sender becomes a path. Credentials
of a bucket come from the environment, by the names that the bucket's vendor gives them.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from platforms.errors import Cause, Unavailable
from platforms.storage.picture import content_type

_KEY = re.compile(r"[0-9a-z][0-9a-z_-]*(/[0-9a-z][0-9a-z_-]*)*(\.[0-9a-z]{1,5})?")
_LONGEST_KEY = 200


class NotAPicture(Exception):
    """The bytes are neither JPEG nor PNG, GIF or WebP."""


class TooLarge(Exception):
    """More bytes than a picture may have."""


@dataclass(frozen=True, slots=True)
class Picture:
    content_type: str
    content: bytes = field(repr=False)


class Storage:
    def __init__(self, store: ObjectStore, *, public_url: str, largest: int = 10 * 1024 * 1024) -> None:
        """`public_url` is where the keys are served, without a slash at its end; `largest` counts bytes."""
        self._store, self._public_url, self._largest = store, public_url.rstrip("/"), largest

    async def put(self, key: str, content: bytes) -> Picture:
        """Keeps a picture, in place of what the key held; raises `NotAPicture`, `TooLarge` or `Unavailable`."""
        _check(key)
        if len(content) > self._largest:
            raise TooLarge
        kind = content_type(content)
        if kind is None:
            raise NotAPicture
        # A folder keeps no types, and needs none: `get` reads them from the bytes again.
        attributes = None if isinstance(self._store, LocalStore) else {"Content-Type": kind}
        try:
            await obstore.put_async(self._store, key, content, attributes=attributes)
        except (BaseError, OSError) as error:
            raise _unavailable() from error
        return Picture(kind, content)

    async def get(self, key: str) -> Picture | None:
        """The picture, or none where the key holds none; raises `Unavailable`."""
        _check(key)
        try:
            result = await obstore.get_async(self._store, key)
            content = bytes(await result.bytes_async())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise _unavailable() from error
        kind = content_type(content)
        return Picture(kind, content) if kind else None

    def url(self, key: str) -> str:
        """Where clients load the picture."""
        _check(key)
        return f"{self._public_url}/{key}"


def open_storage(folder: Path, *, bucket_url: str | None = None, public_url: str = "/files") -> Storage:
    """The bucket where one is named, else the folder, which is made where it is missing."""
    store = from_url(bucket_url) if bucket_url else LocalStore(folder, mkdir=True)
    return Storage(store, public_url=public_url)


def _check(key: str) -> None:
    if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key):
        raise ValueError("a storage key is plain: small letters, digits, - and _ between slashes, and one ending")


def _unavailable() -> Unavailable:
    return Unavailable(platform="storage", path="pictures", cause=Cause.NETWORK)
