"""graphql-transport-ws: the protocol to the letter, and what a public socket refuses."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from api import connection
from api.stream import Recheck
from tests.api.conftest import serving
from tests.api.toy import SECRET, World, toy_app

PROTOCOL = Subprotocol("graphql-transport-ws")
INIT = {"type": "connection_init", "payload": {"authorization": "Bearer member"}}
LONG = "subscription { ticks }"


def subscribe(id: str, query: str, **members: object) -> dict[str, object]:
    return {"id": id, "type": "subscribe", "payload": {"query": query, **members}}


@asynccontextmanager
async def opened(host: str, *, init: bool = True, **options: Any) -> AsyncIterator[ClientConnection]:
    options = {"subprotocols": [PROTOCOL], "origin": None, "max_size": None, **options}
    async with connect(f"ws://{host}/graphql", proxy=None, **options) as one:
        if init:
            await say(one, INIT)
            assert await heard(one) == {"type": "connection_ack"}
        yield one


async def say(socket: ClientConnection, *messages: object) -> None:
    for message in messages:
        await socket.send(message if isinstance(message, str | bytes) else json.dumps(message))


async def heard(socket: ClientConnection) -> dict[str, Any]:
    """The next message; every message must be text."""
    async with asyncio.timeout(5):
        message = await socket.recv()
    assert isinstance(message, str)
    told: dict[str, Any] = json.loads(message)
    return told


async def closing(socket: ClientConnection) -> int:
    """The code the server closes with, after whatever it still says."""
    with suppress(ConnectionClosed):
        async with asyncio.timeout(5):
            while True:
                await socket.recv()
    return socket.close_code or 0


async def is_alive(socket: ClientConnection) -> bool:
    await say(socket, {"type": "ping", "payload": {"n": 1}})
    while (message := await heard(socket))["type"] == "next":
        pass
    return message == {"type": "pong", "payload": {"n": 1}}


async def test_a_query_has_one_result_and_completes(host: str) -> None:
    async with opened(host) as socket:
        assert socket.subprotocol == PROTOCOL
        await say(socket, subscribe("1", "query A($n: String!) { hello(name: $n) }", variables={"n": "李雷"}))
        assert (await heard(socket))["payload"]["data"] == {"hello": "你好，李雷"}
        assert await heard(socket) == {"id": "1", "type": "complete"}


async def test_a_subscription_streams_and_completes(host: str) -> None:
    async with opened(host) as socket:
        await say(socket, subscribe("1", "subscription { countdown(start: 3) }"))
        told = [await heard(socket) for _ in range(4)]
    assert [message.get("payload", {}).get("data") for message in told] == [
        {"countdown": 3},
        {"countdown": 2},
        {"countdown": 1},
        None,
    ]
    assert told[-1] == {"id": "1", "type": "complete"}


async def test_each_event_reads_anew(host: str) -> None:
    async with opened(host) as socket:
        await say(socket, subscribe("1", "subscription { generations { number } }"))
        numbers = [(await heard(socket))["payload"]["data"]["generations"]["number"] for _ in range(3)]
    assert numbers == [2, 2, 2]  # renewed for the operation, and from there for each event


async def test_a_mutation_runs(world: World, host: str) -> None:
    async with opened(host) as socket:
        await say(socket, subscribe("1", 'mutation { checkIn(note: "早安") }'))
        assert (await heard(socket))["payload"]["data"] == {"checkIn": "早安"}
    assert world.written == ["早安"]


@pytest.mark.parametrize(
    "message",
    [
        "{not json",
        b"\x01\x02\x03",
        "[]",
        "null",
        "42",
        '"ping"',
        "{}",
        '{"type":null}',
        '{"type":{}}',
        '{"type":"nonsense"}',
        '{"type":"ping","payload":"x"}',
        '{"type":"pong","payload":[]}',
        '{"type":"complete"}',
        '{"type":"complete","id":7}',
        '{"type":"subscribe","payload":{"query":"{ hello }"}}',
        '{"id":7,"type":"subscribe","payload":{"query":"{ hello }"}}',
        '{"id":"","type":"subscribe","payload":{"query":"{ hello }"}}',
        '{"id":"1","type":"subscribe"}',
        '{"id":"1","type":"subscribe","payload":null}',
        '{"id":"1","type":"subscribe","payload":{}}',
        '{"id":"1","type":"subscribe","payload":{"query":7}}',
        '{"id":"1","type":"subscribe","payload":{"query":"{ hello }","variables":"x"}}',
        '{"id":"1","type":"subscribe","payload":{"query":"{ hello }","operationName":7}}',
        '{"id":"1","type":"subscribe","payload":{"query":"{ hello }","extensions":[]}}',
        '{"id":"1","type":"subscribe","payload":{"query":"{ hello }","variables":{"a":"\\u0000"}}}',
        '{"id":"1","type":"subscribe","payload":{"query":"{ hello }","variables":{"a":NaN}}}',
        '{"id":"1","type":"subscribe","payload":{"query":"{ hello }","variables":' + "[" * 900 + "]" * 900 + "}}",
        '{"type":"connection_init","payload":"x"}',
    ],
)
async def test_what_is_no_message_closes_4400(host: str, message: str | bytes) -> None:
    async with opened(host) as socket:
        await say(socket, message)
        assert await closing(socket) == 4400


async def test_subscribing_before_the_ack_closes_4401(host: str) -> None:
    async with opened(host, init=False) as socket:
        await say(socket, subscribe("1", "{ hello }"))
        assert await closing(socket) == 4401


async def test_a_second_initialisation_closes_4429(host: str) -> None:
    async with opened(host) as socket:
        await say(socket, INIT)
        assert await closing(socket) == 4429


async def test_an_id_in_use_closes_4409(host: str) -> None:
    async with opened(host) as socket:
        await say(socket, subscribe("x", LONG), subscribe("x", LONG))
        assert await closing(socket) == 4409


async def test_no_initialisation_in_time_closes_4408(world: World) -> None:
    async with serving(toy_app(world, init_seconds=0.1)) as host, opened(host, init=False) as socket:
        await say(socket, {"type": "ping"})
        assert await heard(socket) == {"type": "pong"}
        assert await closing(socket) == 4408


async def test_an_initialised_socket_may_stay_quiet(world: World) -> None:
    async with serving(toy_app(world, init_seconds=0.1)) as host, opened(host) as socket:
        await asyncio.sleep(0.2)
        assert await is_alive(socket)


@pytest.mark.parametrize("payload", [None, {}, {"authorization": "Bearer forged"}, {"authorization": "坏"}])
async def test_a_socket_without_a_good_token_closes_4403(host: str, payload: object) -> None:
    async with opened(host, init=False) as socket:
        await say(socket, {"type": "connection_init", "payload": payload})
        assert await closing(socket) == 4403


async def test_the_token_may_come_with_the_handshake(host: str) -> None:
    async with opened(host, init=False, additional_headers={"authorization": "Bearer member"}) as socket:
        await say(socket, {"type": "connection_init", "payload": None})
        assert await heard(socket) == {"type": "connection_ack"}


async def test_an_outage_at_the_door_is_not_called_forbidden(world: World, host: str) -> None:
    world.open_fails = True
    async with opened(host, init=False) as socket:
        await say(socket, INIT)
        assert await closing(socket) == 1013


@pytest.mark.parametrize(
    "options",
    [
        {"subprotocols": None},
        {"subprotocols": [Subprotocol("graphql-ws")]},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "https://admin.example.cn.evil.example"},
    ],
)
async def test_a_stranger_is_turned_away_before_the_socket_opens(host: str, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with opened(host, **options):
            pass
    assert refused.value.response.status_code == 403


async def test_a_listed_origin_and_the_own_host_are_welcome(host: str) -> None:
    for origin in ("https://admin.example.cn", f"http://{host}"):
        async with opened(host, origin=origin) as socket:
            assert await is_alive(socket)


@pytest.mark.parametrize(
    ("query", "members", "code"),
    [
        ("{ helo }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ oops", {}, "GRAPHQL_PARSE_FAILED"),
        ("", {}, "GRAPHQL_PARSE_FAILED"),
        ("query A { hello }", {"operationName": "B"}, "OPERATION_NOT_FOUND"),
        ("query ($n: Int!) { members(first: $n) { totalCount } }", {"variables": {"n": "x"}}, "BAD_USER_INPUT"),
        ("{" + "".join(f" a{i}: hello" for i in range(300)) + "}", {}, "QUERY_TOO_COMPLEX"),
        ("{ members(first: 101) { totalCount } }", {}, "BAD_PAGE_SIZE"),
        ("{ __schema { types { name } } }", {}, "INTROSPECTION_DISABLED"),
        ("subscription { countdown }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription ($n: Int!) { countdown(start: $n) }", {}, "BAD_USER_INPUT"),
    ],
)
async def test_a_bad_operation_gets_one_error_and_harms_no_other(
    host: str, query: str, members: dict[str, object], code: str
) -> None:
    async with opened(host) as socket:
        await say(socket, subscribe("good", LONG))
        await heard(socket)
        await say(socket, subscribe("bad", query, **members))
        while (message := await heard(socket))["id"] == "good":
            pass
        assert (message["type"], message["id"]) == ("error", "bad")
        assert message["payload"][0]["extensions"]["code"] == code
        assert (await heard(socket))["id"] == "good"
        assert await is_alive(socket)


async def test_a_stream_that_breaks_ends_in_a_masked_error(host: str) -> None:
    async with opened(host) as socket:
        await say(socket, subscribe("1", "subscription { breaking }"))
        first, second = await heard(socket), await heard(socket)
        assert first["payload"]["data"] == {"breaking": 1}
        assert (second["type"], second["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL_SERVER_ERROR")
        assert SECRET not in json.dumps(second)
        assert await is_alive(socket)


async def test_an_id_is_free_again_after_its_operation(host: str) -> None:
    async with opened(host) as socket:
        for _ in range(3):
            await say(socket, subscribe("r", "{ hello }"))
            assert [(await heard(socket))["type"] for _ in range(2)] == ["next", "complete"]


async def test_nothing_is_said_after_the_client_completes(world: World, host: str) -> None:
    async with opened(host) as socket:
        await say(socket, subscribe("1", LONG))
        await heard(socket)
        await say(socket, {"id": "1", "type": "complete"}, {"id": "nobody", "type": "complete"}, {"type": "pong"})
        await asyncio.wait_for(world.ended.wait(), 5)
        assert await is_alive(socket)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.recv(), 0.1)


async def test_fifty_operations_share_a_socket_and_the_one_beyond_sixty_four_is_refused(host: str) -> None:
    async with opened(host) as socket:
        await say(socket, *(subscribe(str(n), "subscription { ticks(every: 60) }") for n in range(65)))
        told = {message["id"]: message for message in [await heard(socket) for _ in range(65)]}
        assert [name for name, message in told.items() if message["type"] == "error"] == ["64"]
        assert told["64"]["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"
        await say(socket, {"id": "0", "type": "complete"}, subscribe("65", "{ hello }"))
        assert (await heard(socket))["id"] == "65"


async def test_a_caller_may_have_ten_sockets(host: str) -> None:
    async with AsyncExitStack() as kept:
        sockets = [await kept.enter_async_context(opened(host)) for _ in range(10)]
        async with opened(host, init=False) as socket:
            await say(socket, INIT)
            assert await closing(socket) == 4429
        await sockets[0].close()
        async with opened(host) as socket:
            assert await is_alive(socket)


async def test_a_message_that_is_too_large_closes_1009(host: str) -> None:
    async with opened(host) as socket:
        await say(socket, subscribe("1", "{ hello }", variables={"a": "x" * 131_072}))
        assert await closing(socket) == 1009


async def test_a_subscription_ends_with_its_socket(world: World, host: str) -> None:
    async with opened(host) as socket:
        await say(socket, subscribe("1", LONG))
        await heard(socket)
        socket.transport.abort()
    await asyncio.wait_for(world.ended.wait(), 5)


async def test_a_mutation_outlives_its_socket(world: World, host: str) -> None:
    async with opened(host) as socket:
        await say(socket, subscribe("1", "mutation { slowCheckIn }"))
        await world.started.wait()
    world.go_on.set()
    await asyncio.wait_for(world.ended.wait(), 5)
    assert world.written == ["slow"]


async def test_a_revoked_token_ends_a_stream(world: World, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recheck.__init__, "__kwdefaults__", {"seconds": 0})
    async with opened(host) as socket:
        await say(socket, subscribe("1", LONG))
        await heard(socket)
        world.revoked.add("member")
        assert await closing(socket) == 4403
    await asyncio.wait_for(world.ended.wait(), 5)


async def test_a_revoked_token_ends_a_quiet_socket(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recheck.__init__, "__kwdefaults__", {"seconds": 0})
    async with serving(toy_app(world, idle_recheck_seconds=0.05)) as host, opened(host) as socket:
        assert await is_alive(socket)
        world.revoked.add("member")
        assert await closing(socket) == 4403


async def test_a_caller_who_does_not_read_is_dropped(world: World, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SEND_SECONDS", 0.2)
    async with opened(host, max_queue=1, compression=None) as socket:
        await say(socket, subscribe("1", "subscription { large }"), subscribe("2", "subscription { ticks(every: 60) }"))
        await asyncio.wait_for(world.ended.wait(), 10)
        socket.transport.abort()


async def test_sockets_are_told_that_the_server_stops(world: World) -> None:
    async with AsyncExitStack() as kept:
        async with serving(toy_app(world)) as host:
            socket = await kept.enter_async_context(opened(host))
            await say(socket, subscribe("1", LONG))
            await heard(socket)
        assert await closing(socket) == 1012
    await asyncio.wait_for(world.ended.wait(), 5)


async def test_the_application_can_close_its_sockets(world: World) -> None:
    app = toy_app(world)
    async with serving(app) as host, opened(host) as socket:
        await app.state.sockets.close()
        assert await closing(socket) == 1012
