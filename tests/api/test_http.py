"""GraphQL over HTTP: what is answered, with which status, and what hostile bytes get."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from uuid import UUID

import httpx2
import pytest
from structlog.typing import EventDict

from tests.api.conftest import client_of, serving
from tests.api.toy import SECRET, World, toy_app

GRAPHQL = {"accept": "application/graphql-response+json"}
STAFF = {"authorization": "Bearer staff"}


def body(query: str, **members: object) -> bytes:
    return json.dumps({"query": query, **members}).encode()


def told(answer: httpx2.Response) -> list[str]:
    return [error["extensions"]["code"] for error in answer.json()["errors"]]


async def test_a_query_is_answered(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/graphql", content=body("{ hello }"))
    assert answer.status_code == 200
    assert answer.json() == {
        "data": {"hello": "你好，社群"},
        "extensions": {"cost": {"requested": 0, "limit": 10_000}},
    }
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_variables_and_operation_name_are_used(client: httpx2.AsyncClient) -> None:
    query = "query A($name: String!) { hello(name: $name) } query B { __typename }"
    answer = await client.post("/graphql", content=body(query, operationName="A", variables={"name": "王芳"}))
    assert answer.json()["data"] == {"hello": "你好，王芳"}


async def test_every_answer_carries_its_headers(client: httpx2.AsyncClient) -> None:
    for answer in (
        await client.post("/graphql", content=body("{ hello }")),
        await client.post("/graphql", content=b"{"),
        await client.get("/graphql"),
        await client.get("/nowhere"),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert UUID(answer.headers["x-request-id"]).version == 7
        assert "server" not in answer.headers


async def test_a_safe_request_id_is_kept_and_another_is_replaced(client: httpx2.AsyncClient) -> None:
    kept = await client.post("/graphql", content=body("{ hello }"), headers={"x-request-id": "gateway-20261123.7"})
    replaced = await client.post("/graphql", content=body("{ hello }"), headers={"x-request-id": "a b<script>"})
    assert kept.headers["x-request-id"] == "gateway-20261123.7"
    assert UUID(replaced.headers["x-request-id"]).version == 7


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "BAD_REQUEST"),
        (b"{", 400, "BAD_REQUEST"),
        (b"null", 400, "BAD_REQUEST"),
        (b"1", 400, "BAD_REQUEST"),
        (b'"x"', 400, "BAD_REQUEST"),
        (b"[]", 400, "BAD_REQUEST"),
        (b'[{"query": "{ hello }"}]', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }"', 400, "BAD_REQUEST"),
        (b'{"query": "\xff\xfe"}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": {"a": NaN}}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": {"a": Infinity}}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": {"a": 1e999}}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": {"a": 99999999999999999999}}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": {"a": -10000000000000000000}}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": {"a": ' + b"9" * 5_000 + b"}}", 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": {"a": "\\u0000"}}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": {"a\\u0000": 1}}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "operationName": "\\u0000"}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }\\u0000"}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": {"a": "\\ud800"}}', 400, "BAD_REQUEST"),
        (b'{"query": "\\udc00"}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": ' + b'{"a":' * 64 + b"1" + b"}" * 64 + b"}", 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": {"a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}}", 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": {"a": [' + b"1," * 250 + b"1]}}", 400, "BAD_USER_INPUT"),
        (b'{"query": 7}', 400, "BAD_REQUEST"),
        (b'{"query": null}', 400, "BAD_REQUEST"),
        (b"{}", 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": []}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "operationName": {}}', 400, "BAD_REQUEST"),
        (b'{"query": "{ hello }", "extensions": "x"}', 400, "BAD_REQUEST"),
        (b'{"query": "' + b"x" * 262_144 + b'"}', 413, "BODY_TOO_LARGE"),
    ],
)
async def test_a_body_that_is_no_request_is_refused(
    client: httpx2.AsyncClient, content: bytes, status: int, code: str
) -> None:
    answer = await client.post("/graphql", content=content, headers=GRAPHQL)
    assert (answer.status_code, told(answer)) == (status, [code])


async def test_the_deepest_body_allowed_is_read(client: httpx2.AsyncClient) -> None:
    deep = b'{"a":' * 62 + b"1" + b"}" * 62
    answer = await client.post("/graphql", content=b'{"query": "{ hello }", "variables": {"a": ' + deep + b"}}")
    assert answer.json()["data"] == {"hello": "你好，社群"}


async def test_a_body_is_counted_while_it_streams(client: httpx2.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    answer = await client.post("/graphql", content=endless())
    assert (answer.status_code, told(answer)) == (413, ["BODY_TOO_LARGE"])
    assert sent <= 262_144 + 65_536


@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
async def test_both_spellings_of_the_path_are_served(world: World, path: str) -> None:
    async with client_of(toy_app(world)) as client:
        assert (await client.post(path, content=body("{ hello }"))).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_only_post_is_served(client: httpx2.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/graphql", params={"query": "{ hello }"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=gbk",
        "application/jsonp",
    ],
)
async def test_only_json_is_read(client: httpx2.AsyncClient, content_type: str) -> None:
    answer = await client.post("/graphql", content=body("{ hello }"), headers={"content-type": content_type})
    assert (answer.status_code, told(answer)) == (415, ["UNSUPPORTED_MEDIA_TYPE"])


async def test_a_compressed_body_is_refused(client: httpx2.AsyncClient) -> None:
    content = gzip.compress(body("{ hello }"))
    answer = await client.post("/graphql", content=content, headers={"content-encoding": "gzip"})
    assert (answer.status_code, told(answer)) == (415, ["UNSUPPORTED_MEDIA_TYPE"])


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        ("application/graphql-response+json", "application/graphql-response+json"),
        ("application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json"),
        ("application/json;q=0.5, application/graphql-response+json;q=0.8", "application/graphql-response+json"),
        ("text/html, */*;q=0.1", "application/json"),
        ("Application/JSON; charset=utf-8", "application/json"),
    ],
)
async def test_the_answer_is_in_the_type_asked_for(client: httpx2.AsyncClient, accept: str, content_type: str) -> None:
    answer = await client.post("/graphql", content=body("{ hello }"), headers={"accept": accept})
    assert answer.headers["content-type"] == f"{content_type}; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "image/*", "nonsense", "application/xml;q=x"])
async def test_an_answer_that_cannot_be_given_is_refused(client: httpx2.AsyncClient, accept: str) -> None:
    answer = await client.post("/graphql", content=body("{ hello }"), headers={"accept": accept})
    assert (answer.status_code, told(answer)) == (406, ["NOT_ACCEPTABLE"])


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", None, "GRAPHQL_PARSE_FAILED"),
        ("{ helo }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($name: String!) { hello(name: $name) }", None, "BAD_USER_INPUT"),
        ("query ($name: String!) { hello(name: $name) }", {"name": 7}, "BAD_USER_INPUT"),
        ("query ($n: Int) { members(first: $n) { totalCount } }", {"n": 101}, "BAD_PAGE_SIZE"),
        ("query ($n: Int) { members(first: $n) { totalCount } }", {"n": "x"}, "BAD_USER_INPUT"),
        ("query A { hello } query B { hello }", None, "OPERATION_NOT_FOUND"),
        ("{ members(first: 100) { nodes { friends(first: 100) { nodes { number } } } } }", None, "QUERY_TOO_COMPLEX"),
        ("{ __schema { types { name } } }", None, "INTROSPECTION_DISABLED"),
    ],
)
@pytest.mark.parametrize(("accept", "status"), [("application/graphql-response+json", 400), ("application/json", 200)])
async def test_a_document_that_may_not_run_is_refused_without_data(
    client: httpx2.AsyncClient, query: str, variables: object, code: str, accept: str, status: int
) -> None:
    answer = await client.post("/graphql", content=body(query, variables=variables), headers={"accept": accept})
    assert (answer.status_code, told(answer)) == (status, [code])
    assert "data" not in answer.json()


async def test_a_refusal_says_where(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/graphql", content=body("{\n  helo\n}"))
    assert answer.json()["errors"][0]["locations"] == [{"line": 2, "column": 3}]


async def test_introspection_is_open_to_those_who_may(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/graphql", content=body('{ __type(name: "Member") { name } }'), headers=STAFF)
    assert answer.json()["data"] == {"__type": {"name": "Member"}}


async def test_a_cost_at_the_limit_runs(client: httpx2.AsyncClient) -> None:
    query = "{ members(first: 99) { nodes { friends(first: 100) { totalCount nodes { number } } } } }"
    answer = await client.post("/graphql", content=body(query))
    assert answer.json()["extensions"]["cost"] == {"requested": 9_999, "limit": 10_000}
    assert len(answer.json()["data"]["members"]["nodes"]) == 99


@pytest.mark.parametrize("accept", ["application/graphql-response+json", "application/json"])
async def test_a_bad_token_is_refused_by_status_and_code(client: httpx2.AsyncClient, accept: str) -> None:
    headers = {"accept": accept, "authorization": "Bearer forged"}
    answer = await client.post("/graphql", content=body("{ hello }"), headers=headers)
    assert (answer.status_code, told(answer)) == (401, ["UNAUTHENTICATED"])


async def test_a_bug_is_masked_and_logged_once_with_the_request_id(
    client: httpx2.AsyncClient, logged: list[EventDict]
) -> None:
    answer = await client.post("/graphql", content=body("{ broken again: broken hello }"))
    assert SECRET not in answer.text
    assert answer.status_code == 200
    assert answer.json()["data"] == {"broken": None, "again": None, "hello": "你好，社群"}
    error = answer.json()["errors"][0]
    request_id = answer.headers["x-request-id"]
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id}
    assert error["path"] == ["broken"]
    bugs = [event for event in logged if event["event"] == "bug"]
    assert [event["request_id"] for event in bugs] == [request_id, request_id]
    assert all(isinstance(event["exc_info"], KeyError) for event in bugs)


@pytest.mark.parametrize(
    ("language", "sentence"), [("zh-CN", "只剩 2 件"), ("en-GB,en;q=0.9", "Only 2 left."), ("", "只剩 2 件")]
)
async def test_a_refusal_of_the_domain_is_told_in_the_callers_language(
    client: httpx2.AsyncClient, language: str, sentence: str
) -> None:
    answer = await client.post("/graphql", content=body("{ soldOut }"), headers={"accept-language": language})
    assert answer.json()["errors"] == [
        {
            "message": sentence,
            "extensions": {"code": "TOY_SOLD_OUT", "field": "good"},
            "locations": [{"line": 1, "column": 3}],
            "path": ["soldOut"],
        }
    ]


@pytest.mark.parametrize(("code", "told_code"), [("FORBIDDEN", "FORBIDDEN"), ("MADE_UP", "INTERNAL_SERVER_ERROR")])
async def test_only_codes_of_the_list_are_published(client: httpx2.AsyncClient, code: str, told_code: str) -> None:
    answer = await client.post("/graphql", content=body(f'{{ refused(code: "{code}") }}'))
    assert told(answer) == [told_code]


async def test_a_part_that_is_away_is_503_with_a_time_to_retry(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/graphql", content=body("{ away }"))
    assert (answer.status_code, told(answer), answer.headers["retry-after"]) == (503, ["SERVICE_UNAVAILABLE"], "2")


async def test_a_database_that_is_away_at_the_door_is_503(world: World, client: httpx2.AsyncClient) -> None:
    world.open_fails = True
    answer = await client.post("/graphql", content=body("{ hello }"))
    assert (answer.status_code, told(answer), answer.headers["retry-after"]) == (503, ["SERVICE_UNAVAILABLE"], "2")
    assert SECRET not in answer.text


async def test_a_value_that_is_no_json_is_masked(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/graphql", content=body("{ unprintable }"))
    assert (answer.status_code, told(answer)) == (500, ["INTERNAL_SERVER_ERROR"])


async def test_a_subscription_is_pointed_elsewhere(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/graphql", content=body("subscription { countdown(start: 1) }"))
    assert (answer.status_code, told(answer)) == (406, ["NOT_ACCEPTABLE"])


async def test_a_query_that_takes_too_long_is_cut(world: World) -> None:
    async with client_of(toy_app(world, budget=0.1)) as client:
        answer = await client.post("/graphql", content=body("{ waiting }"))
    assert (answer.status_code, told(answer), answer.headers["retry-after"]) == (503, ["TIMEOUT"], "2")
    assert world.ended.is_set()


async def test_a_mutation_that_takes_too_long_goes_on_to_its_end(world: World) -> None:
    app = toy_app(world, budget=0.1)
    async with client_of(app) as client:
        answer = await client.post("/graphql", content=body("mutation { slowCheckIn }"))
    assert (answer.status_code, told(answer), world.written) == (503, ["TIMEOUT"], [])
    world.go_on.set()
    await app.state.execution.drain(5)
    assert world.written == ["slow"]


async def test_a_query_ends_when_its_caller_goes_away(world: World, host: str) -> None:
    _, writer = await asyncio.open_connection(*host.split(":"))
    await _post(writer, body("{ waiting }"))
    await world.started.wait()
    writer.close()
    await asyncio.wait_for(world.ended.wait(), 5)


async def test_a_mutation_goes_on_when_its_caller_goes_away(world: World, host: str) -> None:
    _, writer = await asyncio.open_connection(*host.split(":"))
    await _post(writer, body("mutation { slowCheckIn }"))
    await world.started.wait()
    writer.close()
    await asyncio.sleep(0.15)
    world.go_on.set()
    await asyncio.wait_for(world.ended.wait(), 5)
    assert world.written == ["slow"]


async def test_a_server_says_nothing_about_itself(world: World) -> None:
    async with serving(toy_app(world)) as host, httpx2.AsyncClient() as client:
        answer = await client.post(f"http://{host}/graphql", json={"query": "{ hello }"})
    assert "server" not in answer.headers


async def test_each_request_leaves_one_line_without_its_variables(
    client: httpx2.AsyncClient, logged: list[EventDict]
) -> None:
    query = "query Greet($name: String!) { hello(name: $name) }"
    await client.post("/graphql", content=body(query, variables={"name": "13800138000"}), headers=STAFF)
    (line,) = [event for event in logged if event["event"] == "request"]
    assert (line["operation"], line["kind"], line["outcome"], line["status"]) == ("Greet", "query", "ok", 200)
    assert line["ms"] >= 0
    assert not any(secret in str(line) for secret in ("13800138000", "staff"))


async def _post(writer: asyncio.StreamWriter, content: bytes) -> None:
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    writer.write(head.encode() + content)
    await writer.drain()
