"""Handing a quiz in, written by hand: the statements that the rules need, on one connection, and the answer from them.

Answers are kept and marked in one statement, and the attempt is written once. What the key says is kept in memory, as
versions of questions never change. The marking is the project's own pure function.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import orjson

from benchmarks.bare_check_in import ENTRIES, LOT, OUTBOX, PAY, TOUCH, Answer
from engine.cursor import decode_id
from models.insight.standing import TOPIC
from models.learning.answer_key import AnswerKey
from models.learning.marking import Mark, ScoreRule, mark
from models.learning.presentation import Presentation
from models.learning.question_content import Content
from models.learning.response import Response
from models.points.account import Bucket, Currency, of_member, of_platform
from models.points.lot import NEVER
from store.ids import new_id
from store.outbox import RELAY_AFTER

ATTEMPT = "SELECT * FROM quiz_attempt WHERE id = $1 AND member_id = $2 FOR NO KEY UPDATE"
TERMS = "SELECT rules FROM quiz_version WHERE quiz_id = $1 AND version = $2"
ANSWERS = (
    "SELECT id, position, question_id, question_version_id, presentation, rule, points_most FROM quiz_answer "
    "WHERE attempt_id = $1 ORDER BY position"
)
KEYS = "SELECT question_id, question_version_id FROM quiz_regrade WHERE quiz_id = $1 ORDER BY id"
VERSIONS = "SELECT id, content, key FROM question_version WHERE id = ANY($1::uuid[])"
MARK = (
    "UPDATE quiz_answer n SET response = g.response, sequence = g.sequence, answered_at = $6, points = g.points, "
    "is_right = g.is_right, handed_in_at = $6 "
    "FROM unnest($1::uuid[], $2::jsonb[], $3::bigint[], $4::int[], $5::bool[]) "
    "AS g(id, response, sequence, points, is_right) WHERE n.id = g.id AND n.sequence < g.sequence"
)
STANDINGS = (
    "INSERT INTO question_standing (id, member_id, question_id, attempt_id, answer_id, is_right, answered, wrong, "
    "last_at) SELECT g.id, $5, g.question_id, $6, g.answer_id, g.is_right, 1, 1 - g.is_right::int, $7 "
    "FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bool[]) AS g(id, question_id, answer_id, is_right) "
    "ORDER BY g.question_id ON CONFLICT (member_id, question_id) DO UPDATE SET attempt_id = excluded.attempt_id, "
    "answer_id = excluded.answer_id, is_right = excluded.is_right, answered = question_standing.answered + 1, "
    "wrong = question_standing.wrong + excluded.wrong, last_at = excluded.last_at"
)
GRADE = (
    "UPDATE quiz_attempt SET state = 'graded', submitted_at = $2, later_at = $3, graded_at = $2, points = $4, "
    "score = $5, is_passed = $6 WHERE id = $1"
)
EARLIER = "SELECT score FROM quiz_attempt WHERE quiz_id = $1 AND member_id = $2 AND state = 'graded' AND id <> $3"
PAID = "SELECT paid FROM quiz_standing WHERE quiz_id = $1 AND member_id = $2"
STAND = (
    "INSERT INTO quiz_standing (id, quiz_id, member_id, graded, score, best, submitted_at, passed_at, paid) "
    "VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8) ON CONFLICT (quiz_id, member_id) DO UPDATE SET "
    "graded = excluded.graded, score = excluded.score, best = excluded.best, submitted_at = excluded.submitted_at, "
    "passed_at = COALESCE(quiz_standing.passed_at, excluded.passed_at), paid = quiz_standing.paid + excluded.paid"
)

_known: dict[UUID, tuple[Content, AnswerKey]] = {}


@dataclass(frozen=True)
class HandedIn:
    """An attempt that is graded: its answer, what the boards have to be told, and the outbox row that says so."""

    answer: Answer
    payload: dict[str, object]
    effect_id: UUID


async def hand_in(
    connection: asyncpg.Connection, member_id: UUID, given: Mapping[str, Any], *, at: datetime
) -> HandedIn:
    named = decode_id(given["attemptId"])
    assert named is not None
    async with connection.transaction():
        await connection.fetchval(TOUCH, at, member_id)
        attempt = await connection.fetchrow(ATTEMPT, named[1], member_id)
        assert attempt["state"] == "open"
        terms = orjson.loads(await connection.fetchval(TERMS, attempt["quiz_id"], attempt["quiz_version"]))
        points = await _marked(connection, attempt, given["answers"], at=at)
        score = points * 10_000 // attempt["points_most"]
        is_passed = score >= terms["pass_percent"] * 100
        later_at = at + timedelta(minutes=terms["right_after_minutes"])
        await connection.execute(GRADE, attempt["id"], at, later_at, points, score, is_passed)
        balance = await _stood(connection, attempt, terms, score, is_passed, at=at)
        payload: dict[str, object] = {"member_ids": [str(member_id)], "at": at.isoformat()}
        effect = new_id()
        await connection.execute(OUTBOX, effect, TOPIC, orjson.dumps(payload).decode(), at, at + RELAY_AFTER)
    told = {
        "attempt": {
            "state": "GRADED",
            "pointsMost": attempt["points_most"],
            "result": {"points": points, "percent": score // 100, "isPassed": is_passed},
        },
        "viewer": {"account": {"available": str(balance)}},
        "isReplay": False,
        "userErrors": [],
    }
    return HandedIn({"handInQuiz": told}, payload, effect)


async def _marked(
    connection: asyncpg.Connection, attempt: Any, given: Sequence[Mapping[str, Any]], *, at: datetime
) -> int:
    """Keep and mark the answers; returns the points."""
    rows = await connection.fetch(ANSWERS, attempt["id"])
    keys = {row["question_id"]: row["question_version_id"] for row in await connection.fetch(KEYS, attempt["quiz_id"])}
    by = {row["position"]: keys.get(row["question_id"], row["question_version_id"]) for row in rows}
    await _read(connection, by.values())
    sent = {one["position"]: one for one in given}
    kept, marks = [], []
    for row in rows:
        content, key = _known[by[row["position"]]]
        one = sent[row["position"]]
        shown = Presentation.from_json(orjson.loads(row["presentation"]))
        response = shown.taken(Response.from_json(one["response"])).checked(content)
        found = mark(content, key, response, ScoreRule(row["rule"]), row["points_most"])
        kept.append((row["id"], orjson.dumps(response.to_json()).decode(), int(one["sequence"])))
        marks.append(found)
    ids, responses, sequences = zip(*kept, strict=True)
    points, rights = [one.points for one in marks], [bool(one.is_right) for one in marks]
    await connection.execute(MARK, ids, responses, sequences, points, rights, at)
    await _noted(connection, attempt, rows, marks, at=at)
    return sum(points)


async def _noted(
    connection: asyncpg.Connection, attempt: Any, rows: Sequence[Any], marks: Sequence[Mark], *, at: datetime
) -> None:
    ids, questions = [new_id() for _ in rows], [row["question_id"] for row in rows]
    answers, rights = [row["id"] for row in rows], [bool(one.is_right) for one in marks]
    await connection.execute(STANDINGS, ids, questions, answers, rights, attempt["member_id"], attempt["id"], at)


async def _stood(
    connection: asyncpg.Connection,
    attempt: Any,
    terms: Mapping[str, Any],
    score: int,
    is_passed: bool,
    *,
    at: datetime,
) -> int:
    """Bring the member's standing up to date and pay what a better score is worth; returns what can be spent."""
    quiz_id, member_id = attempt["quiz_id"], attempt["member_id"]
    earlier = [row["score"] for row in await connection.fetch(EARLIER, quiz_id, member_id, attempt["id"])]
    best = max(score, *earlier) if earlier else score
    paid = await connection.fetchval(PAID, quiz_id, member_id) or 0
    due = max(terms["score_points"] * best // 10_000 - paid, 0)
    await connection.execute(
        STAND, new_id(), quiz_id, member_id, len(earlier) + 1, best, at, at if is_passed else None, due
    )
    return await _pay(connection, attempt, due, at=at)


async def _pay(connection: asyncpg.Connection, attempt: Any, points: int, *, at: datetime) -> int:
    member_id, transfer = attempt["member_id"], new_id()
    own, pool = of_member(member_id).id, of_platform(Bucket.ISSUED).id
    balance = await connection.fetchval(PAY, points, own)
    shared = ("quiz_score", f"quiz_attempt:{attempt['id']}", attempt["quiz_id"], attempt["quiz_version"])
    rows = (
        (new_id(), transfer, pool, None, Currency.POINTS, "issued", -points, None, *shared, None, at),
        (new_id(), transfer, own, member_id, Currency.POINTS, "available", points, balance, *shared, at, at),
    )
    await connection.execute(ENTRIES, *(list(column) for column in zip(*rows, strict=True)))
    await connection.execute(LOT, new_id(), own, member_id, NEVER, points)
    return int(balance)


async def _read(connection: asyncpg.Connection, version_ids: Any) -> None:
    if missing := [one for one in version_ids if one not in _known]:
        for row in await connection.fetch(VERSIONS, missing):
            content, key = orjson.loads(row["content"]), orjson.loads(row["key"])
            _known[row["id"]] = (Content.from_json(content), AnswerKey.from_json(key))
