"""F1 for quizzes: the server is killed while members answer. No acknowledged answer is lost, none is graded twice."""

import asyncio
import random
from typing import Any

import httpx2

from engine.cursor import encode_id
from models.learning.quiz_answer import QuizAnswer
from models.learning.quiz_attempt import AttemptState, QuizAttempt
from models.learning.quiz_terms import Pays
from models.learning.response import Response
from models.learning.starting import begin_attempt
from models.points.entry import PointEntry
from models.points.reconciliation import reconcile
from tests.build import public_id
from tests.faults.community import Community, database_open
from tests.faults.conftest import ServerFor
from tests.faults.load import ask
from tests.faults.server import Server
from tests.faults.test_kill import build_boards
from tests.learning.quizzes import a_quiz, questions

MEMBERS = 6
QUESTIONS = 5
ROUNDS = 3

SAVE = "mutation($input: SaveQuizAnswersInput!) { done: saveQuizAnswers(input: $input) { userErrors { code } } }"
HAND_IN = (
    "mutation($input: HandInQuizInput!) { done: handInQuiz(input: $input) "
    "{ isReplay attempt { state result { points } } userErrors { code } } }"
)


class Taker:
    """A member that answers one question after the other, and remembers what the server acknowledged."""

    def __init__(self, token: str, attempt: QuizAttempt) -> None:
        self.token, self.attempt_id = token, public_id(attempt)
        self.acknowledged: dict[int, tuple[int, str]] = {}
        self.sequence = 0

    async def answer(self, http: httpx2.AsyncClient, chance: random.Random) -> None:
        """Answer until the connection is lost."""
        while True:
            self.sequence += 1
            position, option = chance.randint(1, QUESTIONS), str(chance.randint(1, 4))
            given = {"position": position, "sequence": str(self.sequence), "response": {"options": [option]}}
            try:
                await self._ask(http, SAVE, answers=[given])
            except httpx2.TransportError:
                return
            self.acknowledged[position] = (self.sequence, option)

    async def hand_in(self, http: httpx2.AsyncClient) -> dict[str, Any]:
        return await self._ask(http, HAND_IN)

    async def _ask(self, http: httpx2.AsyncClient, query: str, **given: object) -> dict[str, Any]:
        body = {"query": query, "variables": {"input": {"attemptId": self.attempt_id, **given}}}
        payload = (await ask(http, self.token, body)).payload
        assert payload["userErrors"] == []
        return payload


async def test_a_kill_amid_attempts_loses_no_acknowledged_answer(
    server_for: ServerFor, database_url: str, redis_settings: dict[str, str]
) -> None:
    server, chance = server_for(**redis_settings), random.Random("quiz")
    async with database_open(database_url):
        community = await Community.born(members=MEMBERS, plans=1)
        quiz = await a_quiz(*await questions(QUESTIONS), pays=Pays.SCORE, score_points=500)
        now = server.clock.now()
        tokens = await community.member_tokens(at=now)
        takers = [
            Taker(token, (await begin_attempt(member_id, quiz.id, at=now)).attempt)
            for token, member_id in zip(tokens, community.member_ids, strict=True)
        ]
    await build_boards(server, database_url, redis_settings)
    await server.start()
    for _ in range(ROUNDS):
        await answered_until_killed(server, takers, chance)
        async with database_open(database_url):
            await hold_acknowledged(takers)
        await server.start()
    async with server.http(connections=MEMBERS) as http:
        done = [await taker.hand_in(http) for taker in takers]
        again = [await taker.hand_in(http) for taker in takers]
    await server.stop()

    assert again == [{**payload, "isReplay": True} for payload in done]
    async with database_open(database_url):
        assert await QuizAttempt.filter(state=AttemptState.GRADED).count() == MEMBERS
        for attempt in await QuizAttempt.all():
            paid = await PointEntry.filter(member_id=attempt.member_id, reason="quiz_score").values_list(
                "amount", flat=True
            )
            assert sum(int(one) for one in paid) == attempt.points  # type: ignore[call-overload]  # numbers
        assert await reconcile() == []
    assert server.bugs() == []


async def answered_until_killed(server: Server, takers: list[Taker], chance: random.Random) -> None:
    async with server.http(connections=MEMBERS) as http:
        answering = [asyncio.create_task(taker.answer(http, chance)) for taker in takers]
        await asyncio.sleep(0.4 + chance.random() / 2)
        server.kill()
        await asyncio.gather(*answering)
    assert await server.ended() == -9


async def hold_acknowledged(takers: list[Taker]) -> None:
    """What was acknowledged stands there, or something that was sent later and not answered any more."""
    rows = {(encode_id("QuizAttempt", row.attempt_id), row.position): row for row in await QuizAnswer.all()}
    for taker in takers:
        assert taker.acknowledged
        for position, (sequence, option) in taker.acknowledged.items():
            row = rows[taker.attempt_id, position]
            assert row.sequence >= sequence
            if row.sequence == sequence:
                assert row.given == Response(options=(row.presentation["options"][int(option) - 1],))
            else:
                assert row.sequence == taker.sequence, "only what was under way may stand there instead"
