"""Pictures on other hosts, such as avatars that a platform keeps: loaded from hosts that are named, and no others.

An address comes from a member, so it is not followed wherever it leads: only `https` on its usual port, to a host that
an operator trusts, without redirects, within a few seconds and bytes.
"""

import asyncio
from collections.abc import Collection
from urllib.parse import urlsplit

import httpx2

from platforms.errors import Cause, Unavailable

SECONDS = 2.0
BYTES_MOST = 2 * 1024 * 1024
PLAIN = {"accept-encoding": "identity"}
"""Pictures are packed already, and what is unpacked here is not bounded by what came."""


class RemotePictures:
    def __init__(self, hosts: Collection[str], *, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._http = httpx2.AsyncClient(transport=transport, timeout=SECONDS, follow_redirects=False)

    def knows(self, address: str) -> bool:
        """Whether the address is of a host that is trusted."""
        try:
            parts = urlsplit(address)
            return parts.scheme == "https" and parts.netloc.lower() in self._hosts
        except ValueError:
            return False

    async def get(self, address: str) -> bytes | None:
        """What lies there; none where there is nothing for us, whenever one asks. Raises `Unavailable` for now."""
        if not self.knows(address):
            return None
        try:
            async with asyncio.timeout(SECONDS), self._http.stream("GET", address, headers=PLAIN) as answer:
                if answer.status_code >= 500 or answer.status_code == httpx2.codes.TOO_MANY_REQUESTS:
                    raise _unavailable(Cause.STATUS)
                return await _bounded(answer) if answer.status_code == httpx2.codes.OK else None
        except (TimeoutError, httpx2.TimeoutException):
            raise _unavailable(Cause.TIMEOUT) from None
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise _unavailable(Cause.NETWORK) from None

    async def close(self) -> None:
        await self._http.aclose()


async def _bounded(answer: httpx2.Response) -> bytes | None:
    if answer.headers.get("content-encoding", "identity") != "identity":
        return None
    content = bytearray()
    async for part in answer.aiter_bytes():
        content += part
        if len(content) > BYTES_MOST:
            return None
    return bytes(content)


def _unavailable(cause: Cause) -> Unavailable:
    return Unavailable(platform="remote", path="picture", cause=cause)
