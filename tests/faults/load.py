"""A stream of mutations from parallel clients, and what each of them was told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import httpx2

from tests.faults.server import Server

CLIENTS = 16


@dataclass(frozen=True)
class Act:
    """One mutation that a caller wants to happen once, however often it must be sent."""

    token: str
    mutation: str
    input: dict[str, Any]
    fields: str

    @property
    def key(self) -> str:
        return str(self.input["idempotencyKey"])

    @property
    def body(self) -> dict[str, Any]:
        kind = self.mutation[0].upper() + self.mutation[1:]
        query = (
            f"mutation($input: {kind}Input!) {{ {self.mutation}(input: $input) "
            f"{{ {self.fields} isReplay userErrors {{ code }} }} }}"
        )
        return {"query": query, "variables": {"input": self.input}}


@dataclass(frozen=True)
class Answer:
    """What came back for one request."""

    status: int
    body: dict[str, Any]
    retry_after: str | None
    seconds: float
    asked_at: float

    @property
    def payload(self) -> dict[str, Any]:
        """The payload of the one mutation; there must be one."""
        assert self.status == 200, (self.status, self.body)
        assert "errors" not in self.body, self.body
        [payload] = self.body["data"].values()
        return dict(payload)

    @property
    def code(self) -> str | None:
        """The code of the answer's first error."""
        errors = self.body.get("errors")
        return str(errors[0]["extensions"]["code"]) if errors else None


@dataclass
class Heard:
    """The answers by key, and the keys of which nothing was heard."""

    answers: dict[str, Answer] = field(default_factory=dict)
    unanswered: dict[str, float] = field(default_factory=dict)
    """With the instant, by `perf_counter`, at which each was sent."""

    def payloads(self) -> dict[str, dict[str, Any]]:
        return {key: answer.payload for key, answer in self.answers.items()}


async def ask(http: httpx2.AsyncClient, token: str, body: dict[str, Any]) -> Answer:
    began = perf_counter()
    answer = await http.post("/graphql", json=body, headers={"authorization": f"Bearer {token}"})
    return Answer(answer.status_code, answer.json(), answer.headers.get("retry-after"), perf_counter() - began, began)


async def stream(
    server: Server, acts: Iterable[Act], *, clients: int = CLIENTS, on_answer: Callable[[int], None] | None = None
) -> Heard:
    """Send all acts, each once; a client whose connection is lost gives up, as all do when the server is killed.

    `on_answer` is told after each answer how many there were.
    """
    heard, waiting = Heard(), iter(list(acts))

    async def client(http: httpx2.AsyncClient) -> None:
        for act in waiting:
            sent_at = perf_counter()
            try:
                heard.answers[act.key] = await ask(http, act.token, act.body)
            except httpx2.TransportError:
                heard.unanswered[act.key] = sent_at
                return
            if on_answer is not None:
                on_answer(len(heard.answers))

    async with server.http(connections=clients) as http:
        await asyncio.gather(*(client(http) for _ in range(clients)))
    return heard


@asynccontextmanager
async def under_load(
    server: Server, bodies: Sequence[tuple[str, dict[str, Any]]], *, clients: int = 4
) -> AsyncIterator[list[Answer]]:
    """Ask the same things (token and body) in turn for as long as the block lasts; the answers are in the list."""
    answers: list[Answer] = []
    is_over = asyncio.Event()

    async def client(http: httpx2.AsyncClient, first: int) -> None:
        turn = first
        while not is_over.is_set():
            answers.append(await ask(http, *bodies[turn % len(bodies)]))
            turn += 1

    async with server.http() as http, asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(client(http, number))
        try:
            yield answers
        finally:
            is_over.set()


def percentile(answers: Sequence[Answer], percent: float) -> float:
    """The seconds within which `percent` of the answers came."""
    ordered = sorted(answer.seconds for answer in answers)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
