"""Operations named by their hash, and the allow-list: over HTTP, event streams and sockets."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from engine.documents import Documents
from tests.api.conftest import client_of, serving
from tests.api.test_events import EVENTS, told
from tests.api.test_socket import heard, opened, say
from tests.api.toy import World, toy_app

Members = dict[str, Any]
GRAPHQL = {"accept": "application/graphql-response+json"}
MEMBER = {"authorization": "Bearer member"}
STAFF = {"authorization": "Bearer staff"}
HELLO = "query Hello($name: String!) { hello(name: $name) }\n"
COUNTDOWN = "subscription Countdown { countdown(start: 2) }"
SCHEMA = "query Schema { __schema { queryType { name } } }"
DEARER = (
    "query Dear($first: Int!) { members(first: $first) "
    "{ nodes { friends(first: 100) { nodes { number tags { name } } } } } }"
)
DATA = {"hello": "你好，王芳"}
WANG = {"name": "王芳"}
ABSENT = "0" * 64


def name_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def automatic(name: object, version: object = 1) -> Members:
    return {"extensions": {"persistedQuery": {"version": version, "sha256Hash": name}}}


@pytest.fixture
def app(world: World) -> Starlette:
    return toy_app(world)


@pytest.fixture
def documents(app: Starlette) -> Documents:
    """Those of the app, with some registered."""
    found: Documents = app.state.execution.documents
    for text in (HELLO, COUNTDOWN, SCHEMA, DEARER):
        found.register(text)
    return found


@pytest.fixture
def counted(documents: Documents) -> list[str]:
    heard: list[str] = []
    documents.on_persisted = heard.append
    return heard


@pytest.fixture
def listed(documents: Documents) -> Documents:
    """With the allow-list."""
    documents.only_registered = True
    return documents


@pytest.fixture
async def client(app: Starlette, documents: Documents) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app) as one:
        yield one


@pytest.fixture
async def host(app: Starlette, documents: Documents) -> AsyncIterator[str]:
    async with serving(app) as address:
        yield address


async def post(client: httpx2.AsyncClient, headers: Members | None = None, **members: Any) -> httpx2.Response:
    return await client.post("/graphql", json=members, headers=GRAPHQL | (headers or {}))


def code(answer: httpx2.Response) -> tuple[int, str]:
    [error] = answer.json()["errors"]
    return answer.status_code, error["extensions"]["code"]


@pytest.mark.parametrize(
    "members",
    [
        {"documentId": name_of(HELLO)},
        {"documentId": f"sha256:{name_of(HELLO)}"},
        {"documentId": name_of(HELLO), "query": None, "operationName": "Hello"},
        {"documentId": name_of(HELLO), "query": ""},
        {"documentId": name_of(HELLO), "query": HELLO},
        {"documentId": f"sha256:{name_of(HELLO)}", **automatic(name_of(HELLO))},
        automatic(name_of(HELLO)),
        {"query": HELLO, **automatic(name_of(HELLO))},
    ],
)
async def test_a_hash_names_a_registered_document(client: httpx2.AsyncClient, members: Members) -> None:
    answer = await post(client, variables=WANG, **members)

    assert (answer.status_code, answer.json()["data"]) == (200, DATA)


@pytest.mark.parametrize(
    "members",
    [
        {"documentId": 7},
        {"documentId": [name_of(HELLO)]},
        {"documentId": {}},
        {"documentId": True},
        {"documentId": ""},
        {"documentId": name_of(HELLO)[:-1]},
        {"documentId": name_of(HELLO) + "0"},
        {"documentId": name_of(HELLO).upper()},
        {"documentId": f"SHA256:{name_of(HELLO)}"},
        {"documentId": f"md5:{name_of(HELLO)}"},
        {"documentId": f"sha256:sha256:{name_of(HELLO)}"},
        {"documentId": f" {name_of(HELLO)[1:]}"},
        {"documentId": "٣" * 64},
        {"documentId": "../../../../etc/passwd"},
        {"documentId": name_of(HELLO), "query": "{ hello }"},
        {"documentId": name_of(HELLO), "query": HELLO.strip()},
        {"documentId": name_of(HELLO)[1:], "query": HELLO},
        {"documentId": name_of(HELLO), "query": 7},
        {"documentId": name_of(HELLO), **automatic(ABSENT)},
        {"query": "{ hello }", **automatic(name_of(HELLO))},
        automatic(7),
        automatic(None),
        automatic(name_of(HELLO), version=2),
        automatic(name_of(HELLO), version="1"),
        {"extensions": {"persistedQuery": name_of(HELLO)}},
        {"extensions": {"persistedQuery": {"sha256Hash": name_of(HELLO)}}},
        {"documentId": name_of(HELLO), "variables": []},
        {"documentId": None},
    ],
)
async def test_a_name_that_is_none_is_refused(client: httpx2.AsyncClient, members: Members) -> None:
    answer = await post(client, **({"variables": WANG} | members))

    assert code(answer) == (400, "BAD_REQUEST")


async def test_an_unknown_hash_is_told_so_that_clients_send_the_text(client: httpx2.AsyncClient) -> None:
    for members in ({"documentId": ABSENT}, automatic(ABSENT)):
        answer = await post(client, **members)
        assert code(answer) == (400, "PERSISTED_OPERATION_NOT_FOUND")
        assert answer.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    legacy = await client.post("/graphql", json=automatic(ABSENT), headers={"accept": "application/json"})
    assert code(legacy) == (200, "PERSISTED_OPERATION_NOT_FOUND")


async def test_a_text_that_was_sent_is_found_by_its_hash(client: httpx2.AsyncClient, counted: list[str]) -> None:
    text = "{ hello }"
    name = automatic(name_of(text))

    first = await post(client, **name)
    second = await post(client, query=text, **name)
    third = await post(client, **name)

    assert code(first) == (400, "PERSISTED_OPERATION_NOT_FOUND")
    assert second.json()["data"] == third.json()["data"] == {"hello": "你好，社群"}
    assert counted == ["miss", "hit"]


async def test_a_text_under_a_wrong_hash_is_not_kept(client: httpx2.AsyncClient, documents: Documents) -> None:
    await post(client, query="{ hello }", **automatic(ABSENT))

    assert code(await post(client, documentId=ABSENT))[1] == "PERSISTED_OPERATION_NOT_FOUND"
    assert len(documents) == 0


async def test_names_fill_no_memory_and_texts_a_bounded_one(client: httpx2.AsyncClient, documents: Documents) -> None:
    documents._size = 3
    for number in range(20):
        await post(client, documentId=f"{number:064x}")
    assert len(documents) == 0
    for number in range(20):
        text = f"{{ a{number}: hello }}"
        await post(client, query=text, **automatic(name_of(text)))
    assert len(documents) == 3
    assert (await post(client, documentId=name_of(HELLO), variables=WANG)).json()["data"] == DATA
    assert code(await post(client, documentId=name_of("{ a0: hello }")))[1] == "PERSISTED_OPERATION_NOT_FOUND"


async def test_a_registered_text_is_parsed_once(client: httpx2.AsyncClient, documents: Documents) -> None:
    registered = documents.registered[bytes.fromhex(name_of(HELLO))]

    assert documents.get(HELLO) is documents.named(registered.hash) is registered
    assert (await post(client, query=HELLO, variables=WANG)).json()["data"] == DATA
    assert (len(documents), documents.misses) == (0, 0)


async def test_the_same_rules_hold_as_for_texts(client: httpx2.AsyncClient) -> None:
    assert code(await post(client, MEMBER, documentId=name_of(SCHEMA))) == (400, "INTROSPECTION_DISABLED")
    assert (await post(client, STAFF, documentId=name_of(SCHEMA))).status_code == 200
    assert code(await post(client, documentId=name_of(HELLO))) == (400, "BAD_USER_INPUT")
    assert code(await post(client, documentId=name_of(HELLO), operationName="Bye")) == (400, "OPERATION_NOT_FOUND")
    dear = await post(client, documentId=name_of(DEARER), variables={"first": 100})
    assert code(dear) == (400, "QUERY_TOO_COMPLEX")
    cheap = await post(client, documentId=name_of(DEARER), variables={"first": 1})
    assert cheap.json()["extensions"]["cost"]["requested"] == 401
    assert code(await post(client, documentId=name_of(DEARER), variables={"first": 0})) == (400, "BAD_PAGE_SIZE")


async def test_neither_lists_nor_get_are_opened_by_names(client: httpx2.AsyncClient) -> None:
    named = {"documentId": name_of(HELLO), "variables": WANG}

    batch = await client.post("/graphql", json=[named], headers=GRAPHQL)
    get = await client.get("/graphql", params={"documentId": name_of(HELLO), "variables": json.dumps(WANG)})

    assert code(batch) == (400, "BAD_REQUEST")
    assert (code(get), get.headers["allow"]) == ((405, "METHOD_NOT_ALLOWED"), "POST")


@pytest.mark.parametrize("caller", [{}, MEMBER], ids=["nobody", "member"])
async def test_the_allow_list_binds_callers(
    client: httpx2.AsyncClient, listed: Documents, counted: list[str], caller: dict[str, str]
) -> None:
    await post(client, STAFF, query="{ hello }")

    assert (await post(client, caller, documentId=name_of(HELLO), variables=WANG)).json()["data"] == DATA
    assert (await post(client, caller, query=HELLO, variables=WANG)).json()["data"] == DATA
    assert code(await post(client, caller, query="{ hello }")) == (400, "OPERATION_NOT_REGISTERED")
    known = await post(client, caller, documentId=name_of("{ hello }"))
    assert code(known) == (400, "PERSISTED_OPERATION_NOT_FOUND")
    assert counted == ["hit", "refused", "miss"]


@pytest.mark.parametrize("text", ["{ helo }", "{ hello(nam: 1) }", "{", "", "{ members { nope } }", SCHEMA + " "])
async def test_the_allow_list_tells_nothing_of_the_schema(
    client: httpx2.AsyncClient, listed: Documents, text: str
) -> None:
    answer = await post(client, MEMBER, query=text)

    assert code(answer) == (400, "OPERATION_NOT_REGISTERED")
    message = f"Only registered operations may run here; this one is sha256:{name_of(text)}."
    assert answer.json()["errors"][0]["message"] == message
    assert len(listed) == 0


async def test_the_allow_list_is_not_filled_by_a_text_beside_its_hash(
    client: httpx2.AsyncClient, listed: Documents
) -> None:
    name = automatic(name_of("{ hello }"))

    assert code(await post(client, MEMBER, query="{ hello }", **name)) == (400, "OPERATION_NOT_REGISTERED")
    assert code(await post(client, MEMBER, **name)) == (400, "PERSISTED_OPERATION_NOT_FOUND")


async def test_the_allow_list_leaves_staff_free(client: httpx2.AsyncClient, listed: Documents) -> None:
    assert (await post(client, STAFF, query="{ hello }")).json()["data"] == {"hello": "你好，社群"}
    assert (await post(client, STAFF, documentId=name_of("{ hello }"))).json()["data"] == {"hello": "你好，社群"}


async def test_an_event_stream_takes_names(client: httpx2.AsyncClient, listed: Documents) -> None:
    named = await client.post("/graphql", json={"documentId": name_of(COUNTDOWN)}, headers=EVENTS)
    absent = await client.post("/graphql", json={"documentId": ABSENT}, headers=EVENTS)
    free = await client.post("/graphql", json={"query": "{ hello }"}, headers=EVENTS)

    assert [one and one["data"] for _, one in told(named.text)] == [{"countdown": 2}, {"countdown": 1}, None]
    [(_, not_found), (end, _)] = told(absent.text)
    assert (not_found["errors"][0]["extensions"]["code"], end) == ("PERSISTED_OPERATION_NOT_FOUND", "complete")
    assert told(free.text)[0][1]["errors"][0]["extensions"]["code"] == "OPERATION_NOT_REGISTERED"


async def test_a_socket_takes_names_and_stays_open_for_bad_ones(host: str, listed: Documents) -> None:
    refused = {
        "absent": ({"documentId": ABSENT}, "PERSISTED_OPERATION_NOT_FOUND"),
        "short": ({"documentId": "abc"}, "BAD_REQUEST"),
        "differs": ({"documentId": ABSENT, "query": HELLO}, "BAD_REQUEST"),
        "free": ({"query": "{ hello }"}, "OPERATION_NOT_REGISTERED"),
    }
    async with opened(host) as socket:
        for name, (wrong, why) in refused.items():
            await say(socket, {"id": name, "type": "subscribe", "payload": wrong})
            error = await heard(socket)
            assert (error["id"], error["type"], error["payload"][0]["extensions"]["code"]) == (name, "error", why)
        named: list[Members] = [{"documentId": name_of(COUNTDOWN)}, {"query": "", **automatic(name_of(COUNTDOWN))}]
        for payload in named:
            await say(socket, {"id": "1", "type": "subscribe", "payload": payload})
            heard_data = [(await heard(socket))["payload"]["data"] for _ in range(2)]
            assert heard_data == [{"countdown": 2}, {"countdown": 1}]
            assert (await heard(socket))["type"] == "complete"


async def test_a_text_that_is_too_long_is_refused_unread(client: httpx2.AsyncClient, listed: Documents) -> None:
    assert code(await post(client, MEMBER, query="社" * 17_067)) == (400, "QUERY_TOO_COMPLEX")
