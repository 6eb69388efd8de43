"""The paper of an attempt: which questions, in which order, drawn from a seed.

A drawn rule takes, of the bank's active questions that meet it, those that come first in an order which follows from
the seed and the question's id alone: whoever knows the seed and what there was to choose from draws the same again. A
member gets no question twice over its attempts at a quiz as long as there are others.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from models.errors import DomainError
from models.learning.asked import Asked
from models.learning.marking import ScoreRule
from models.learning.presentation import Presentation, shuffled
from models.learning.quiz_terms import DrawnRule, QuizTerms
from store.database import among, fetch
from store.ids import as_id


class NotEnoughQuestions(DomainError):
    code = "NOT_ENOUGH_QUESTIONS"
    zh = "题库中符合条件的题目不足：需要 {needed} 道，只有 {found} 道"
    en = "The bank has too few questions of this kind: {needed} needed, {found} there."
    field = "items"


@dataclass(frozen=True)
class Placed:
    """A question in its place, as it stands now."""

    asked: Asked
    points: int
    rule: ScoreRule


async def composed(terms: QuizTerms, *, seed: str, seen: Collection[UUID]) -> list[Placed]:
    """The questions of an attempt in their order, none of them twice. Raises `NotEnoughQuestions`.

    `seen` are the questions that the member has had in this quiz before.
    """
    supplies = [await supply(rule) for rule in terms.draws]
    drawn = drawn_from(terms, supplies, seed=seed, seen=seen)
    wanted = [(one.question_id, one.points, one.rule) for one in terms.items]
    wanted += [(one, rule.points, rule.rule) for rule, some in zip(terms.draws, drawn, strict=True) for one in some]
    current = await _current([one for one, _, _ in wanted])
    placed = [Placed(current[one], points, rule) for one, points, rule in wanted if one in current]
    if len(placed) < terms.question_count:
        raise NotEnoughQuestions(needed=terms.question_count, found=len(placed))
    if not terms.shuffles_questions:
        return placed
    places = {one.asked.question_id: one for one in placed}
    return [places[one] for one in shuffled(seed, "questions", items=list(places))]


def drawn_from(
    terms: QuizTerms, supplies: Sequence[Sequence[UUID]], *, seed: str, seen: Collection[UUID]
) -> list[list[UUID]]:
    """What each rule draws from its supply. The rule with the least to choose from draws first."""
    taken = {one.question_id for one in terms.items}
    drawn: list[list[UUID]] = [[] for _ in terms.draws]
    for number in sorted(range(len(supplies)), key=lambda one: (len(supplies[one]), one)):
        order = shuffled(seed, "draw", number, items=supplies[number])
        free = sorted((one for one in order if one not in taken), key=lambda one: one in seen)
        drawn[number] = free[: terms.draws[number].count]
        taken.update(drawn[number])
    return drawn


async def demand_supply(terms: QuizTerms) -> None:
    """Raise `NotEnoughQuestions` for terms by which no paper could be made now."""
    await composed(terms, seed="", seen=())


async def previewed(terms: QuizTerms) -> list[tuple[Placed, Presentation]]:
    """A paper as it might be drawn for somebody new, and how each question would be shown. Nothing is written."""
    seed = secrets.token_hex(16)
    return [(one, shown(one, terms, seed=seed)) for one in await composed(terms, seed=seed, seen=())]


def shown(placed: Placed, terms: QuizTerms, *, seed: str) -> Presentation:
    """How a question of a paper is put before a member."""
    asked = placed.asked
    return Presentation.of(asked.content, seed=seed, name=asked.question_id, shuffles=terms.shuffles_options)


async def supply(rule: DrawnRule) -> list[UUID]:
    """The bank's active questions that meet a rule."""
    clauses, values = ["q.status = 'active'"], list[object]()
    for sql, value in (
        ("q.category = {} OR q.category LIKE {} || '/%'", rule.category),
        ("EXISTS (SELECT 1 FROM question_tag t WHERE t.question_id = q.id AND t.name = {})", rule.tag),
        ("v.kind = {}", rule.kind),
        ("q.difficulty >= {}", rule.difficulty_least),
        ("q.difficulty <= {}", rule.difficulty_most),
    ):
        if value is not None:
            values.append(value)
            clauses.append(f"({sql.replace('{}', f'${len(values)}')})")
    found = await fetch(f"SELECT q.id {_FROM} WHERE {' AND '.join(clauses)} ORDER BY q.id", *values)
    return [as_id(row["id"]) for row in found]


async def _current(question_ids: Sequence[UUID]) -> Mapping[UUID, Asked]:
    """The active ones of some questions in the version that holds now."""
    sql = f"SELECT v.id {_FROM} WHERE q.status = 'active' AND {among('q.id', 1, 'uuid')}"
    ids = [as_id(row["id"]) for row in await fetch(sql, list(question_ids))]
    return {one.question_id: one for one in (await Asked.versions(ids)).values()}


_FROM = "FROM question q JOIN question_version v ON v.question_id = q.id AND v.version = q.version"
