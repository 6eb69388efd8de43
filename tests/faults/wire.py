"""A wire: one open connection to the server, over which a request is bytes that are ready and an answer is read.

A client of a thousand connections that is made of more than this takes longer than the server that it measures.
"""

import asyncio
from dataclasses import dataclass
from time import perf_counter
from typing import Self

import orjson

from tests.faults.load import Act, Answer

ANSWER_SECONDS_MOST = 60.0


@dataclass
class Wire:
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, port: int) -> Self:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, act: Act) -> Answer:
        began = perf_counter()
        async with asyncio.timeout(ANSWER_SECONDS_MOST):
            self._writer.write(_request(act))
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await self._reader.readexactly(int(headers["content-length"]))
        seconds = perf_counter() - began
        return Answer(int(first.split()[1]), orjson.loads(body), headers.get("retry-after"), seconds, began)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


def _request(act: Act) -> bytes:
    body = orjson.dumps(act.body)
    head = (
        "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {act.token}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
