"""Pictures and documents under keys: in a folder of this machine, or in a bucket named by a URL such as `s3://bucket/prefix`.

A key is made by us and plain (`check-ins/2026/11/0190….jpg`), so that no name of a sender becomes a path. Credentials
of a bucket come from the environment, by the names that the bucket's vendor gives them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from platforms.errors import Cause, Unavailable
from platforms.storage.document import document_type
from platforms.storage.picture import content_type

_KEY = re.compile(r"[0-9a-z][0-9a-z_-]*(/[0-9a-z][0-9a-z_-]*)*(\.[0-9a-z]{1,5})?")
_LONGEST_KEY = 200

DOCUMENT_BYTES = 20 * 1024 * 1024
"""The most that a document may have."""


class NotAPicture(Exception):
    """The bytes are neither JPEG nor PNG, GIF or WebP."""


class NotADocument(Exception):
    """The bytes are of none of the types that are kept."""


class TooLarge(Exception):
    """More bytes than a picture or a document may have."""


@dataclass(frozen=True, slots=True)
class Picture:
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    content_type: str
    content: bytes = field(repr=False)


class Storage:
    def __init__(
        self,
        store: ObjectStore,
        *,
        public_url: str,
        largest: int = 10 * 1024 * 1024,
        largest_document: int = DOCUMENT_BYTES,
    ) -> None:
        """`public_url` is where pictures are served, without a slash at its end; the largest count bytes.

        Documents have no public address: who may read one is asked at every download.
        """
        self._store, self._public_url = store, public_url.rstrip("/")
        self._largest, self._largest_document = largest, largest_document

    async def put(self, key: str, content: bytes) -> Picture:
        """Keeps a picture, in place of what the key held; raises `NotAPicture`, `TooLarge` or `Unavailable`."""
        return Picture(await self._keep(key, content, content_type, self._largest, NotAPicture), content)

    async def get(self, key: str) -> Picture | None:
        """The picture, or none where the key holds none; raises `Unavailable`."""
        content = await self._kept(key)
        kind = content_type(content) if content is not None else None
        return Picture(kind, content) if kind and content is not None else None

    async def find(self, key: str) -> Picture | None:
        """The picture of a key that somebody else wrote down; none where it cannot be one of ours, or holds none."""
        return await self.get(key) if _is_key(key) else None

    async def delete(self, key: str) -> None:
        """Deletes what the key holds, if it holds anything; raises `Unavailable`."""
        _check(key)
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _unavailable() from error

    async def clear(self, folder: str) -> None:
        """Deletes all that lies below a folder (`posters/0190…`); raises `Unavailable`."""
        _check(folder)
        try:
            async for found in obstore.list(self._store, f"{folder}/"):
                await obstore.delete_async(self._store, [one["path"] for one in found])
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _unavailable() from error

    async def put_document(self, key: str, content: bytes) -> Document:
        """Keeps a document, in place of what the key held; raises `NotADocument`, `TooLarge` or `Unavailable`."""
        kind = await self._keep(key, content, document_type, self._largest_document, NotADocument)
        return Document(kind, content)

    async def get_document(self, key: str) -> Document | None:
        """The document, or none where the key holds none; raises `Unavailable`."""
        content = await self._kept(key)
        kind = document_type(content) if content is not None else None
        return Document(kind, content) if kind and content is not None else None

    async def _keep(
        self,
        key: str,
        content: bytes,
        type_of: Callable[[bytes], str | None],
        largest: int,
        refusal: type[Exception],
    ) -> str:
        _check(key)
        if len(content) > largest:
            raise TooLarge
        kind = type_of(content)
        if kind is None:
            raise refusal
        # A folder keeps no types, and needs none: what is read is looked at again.
        attributes = None if isinstance(self._store, LocalStore) else {"Content-Type": kind}
        try:
            await obstore.put_async(self._store, key, content, attributes=attributes)
        except (BaseError, OSError) as error:
            raise _unavailable() from error
        return kind

    async def _kept(self, key: str) -> bytes | None:
        _check(key)
        try:
            result = await obstore.get_async(self._store, key)
            return bytes(await result.bytes_async())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise _unavailable() from error

    def url(self, key: str) -> str:
        """Where clients load the picture."""
        _check(key)
        return f"{self._public_url}/{key}"


def open_storage(folder: Path, *, bucket_url: str | None = None, public_url: str = "/files") -> Storage:
    """The bucket where one is named, else the folder, which is made where it is missing."""
    store = from_url(bucket_url) if bucket_url else LocalStore(folder, mkdir=True)
    return Storage(store, public_url=public_url)


def _check(key: str) -> None:
    if not _is_key(key):
        raise ValueError("a storage key is plain: small letters, digits, - and _ between slashes, and one ending")


def _is_key(key: str) -> bool:
    return len(key) <= _LONGEST_KEY and _KEY.fullmatch(key) is not None


def _unavailable() -> Unavailable:
    return Unavailable(platform="storage", path="pictures", cause=Cause.NETWORK)
