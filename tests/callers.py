"""Callers of the API over HTTP, as a client sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import httpx2
from starlette.types import ASGIApp

from models.members.member import Member
from models.members.session import Session, SubjectKind
from models.staff.staff import Staff
from store.clock import FixedClock

Answer = dict[str, Any]

PHONE = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50 MiniProgramEnv/android"
"""A program's own name would say that it is a robot, whose visits do not count."""


class Caller:
    """One caller with its token."""

    def __init__(self, http: httpx2.AsyncClient, token: str | None, language: str = "zh-CN") -> None:
        self._http = http
        said = {"accept-language": language, "user-agent": PHONE}
        self._headers = said | ({"authorization": f"Bearer {token}"} if token else {})

    async def ask(self, query: str, **variables: object) -> Answer:
        """The whole answer: `data`, `errors`, `extensions`."""
        answer = await self._http.post("/graphql", json={"query": query, "variables": variables}, headers=self._headers)
        body: Answer = answer.json()
        return body

    async def data(self, query: str, **variables: object) -> Answer:
        """The data of an answer that must bear no error."""
        answer = await self.ask(query, **variables)
        assert "errors" not in answer, answer
        found: Answer = answer["data"]
        return found

    async def do(self, mutation: str, input: Answer, fields: str = "") -> Answer:
        """The payload of a mutation: its `userErrors`, and the `fields` asked for."""
        kind = mutation[0].upper() + mutation[1:]
        query = (
            f"mutation($input: {kind}Input!) {{ {mutation}(input: $input) "
            f"{{ {fields} userErrors {{ code field retryAt message }} }} }}"
        )
        found: Answer = (await self.data(query, input=input))[mutation]
        return found

    async def refusal(self, mutation: str, input: Answer) -> str:
        """The code of the one refusal with which a mutation is answered."""
        [error] = (await self.do(mutation, input))["userErrors"]
        return str(error["code"])

    async def error(self, query: str, **variables: object) -> str:
        """The code of the one error with which an operation is answered."""
        [error] = (await self.ask(query, **variables))["errors"]
        return str(error["extensions"]["code"])


class Callers:
    """Hands out callers of one application."""

    def __init__(self, http: httpx2.AsyncClient, clock: FixedClock) -> None:
        self._http = http
        self._clock = clock

    @classmethod
    @asynccontextmanager
    async def of(cls, app: ASGIApp, clock: FixedClock) -> AsyncIterator[Self]:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://shequn.test") as http:
            yield cls(http, clock)

    def nobody(self) -> Caller:
        return Caller(self._http, None)

    def with_token(self, token: str, language: str = "zh-CN") -> Caller:
        return Caller(self._http, token, language)

    async def member(self, member: Member, language: str = "zh-CN") -> Caller:
        """A member that has just logged in."""
        tokens = await Session.start(SubjectKind.MEMBER, member.id, at=self._clock.now())
        return Caller(self._http, tokens.access, language)

    async def staff(self, staff: Staff, language: str = "zh-CN") -> Caller:
        """A staff member that has just logged in."""
        tokens = await Session.start(SubjectKind.STAFF, staff.id, at=self._clock.now())
        return Caller(self._http, tokens.access, language)
