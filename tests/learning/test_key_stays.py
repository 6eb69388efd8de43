"""The key never leaves before it may: everything a member can ask while its attempt is open, asked.

The documents are made from the schema, so fields that come later are asked too. What comes back bears none of the marks
that were put into keys and explanations, and is the same to the letter when the keys say the opposite.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

import orjson
from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type

from api.schema import schema
from auth.permissions import IsMember, IsMemberOr, IsMemberOrStaff
from engine.cursor import encode_id
from engine.relation import declared_by_name
from models.learning import asked as asked_module
from models.learning.answer_key import AnswerKey, Criterion, right_options
from models.learning.asked import Asked
from models.learning.question_content import Content
from models.learning.question_kind import QuestionKind
from models.learning.question_version import QuestionVersion
from models.learning.quiz import Quiz
from models.learning.quiz_answer import QuizAnswer
from models.learning.quiz_attempt import QuizAttempt
from models.learning.quiz_terms import Pays, QuizKind
from models.learning.review import ReviewMatrix
from models.learning.written_key import Accepted, AcceptedNumber
from models.members.member import Member
from schema.payload import ALLOW
from tests.build import a_member, public_id
from tests.callers import Caller, Callers
from tests.conftest import NOON
from tests.house.test_permissions import root_fields
from tests.learning.questions import Pair, judge, match, multiple, order, single
from tests.learning.quizzes import a_question, a_quiz, answers_of, handed_in, right

TYPES = schema._schema.type_map
MARKS = ("秘密解析", "密钥词", "31415", "密钥范文", "密钥评分点", "密钥口令", "秘密评语")
UNASKED = ("QUERY_TOO_COMPLEX", "GRAPHQL_VALIDATION_FAILED", "BAD_PAGE_SIZE", "INTERNAL")
"""Codes of documents that asked for nothing."""
TOO_WIDE = "query {  courseSession("
"""What goes from a session to the sessions of its materials is more than one may ask; each is asked on its own."""
DEPTH = 5
ROWS_MOST = 20
OPEN_TO_MEMBERS = (IsMember, IsMemberOr, IsMemberOrStaff)


def marked_pairs() -> list[Pair]:
    """A question of every kind, whose key bears marks wherever it holds words."""
    blank = Content(QuestionKind.BLANK, "刹车油多久换一次？", blanks=1), AnswerKey(blanks=((Accepted("密钥词"),),))
    number = Content(QuestionKind.NUMBER, "一箱油多少升？"), AnswerKey(numbers=(AcceptedNumber("31415"),))
    text = (
        Content(QuestionKind.SHORT_TEXT, "怎样省油？"),
        AnswerKey(rubric=(Criterion("密钥评分点", Decimal(100)),), sample="密钥范文"),
    )
    return [single(), multiple(), judge(), blank, number, order(), match(), text]


@dataclass(frozen=True)
class World:
    """A member with an open attempt of everything, and one that was handed in with the same questions before."""

    member: Member
    open_one: QuizAttempt
    version_ids: set[UUID]
    arguments: Mapping[str, str]


async def a_world() -> World:
    asked = [await a_question(pair, explanation="秘密解析") for pair in marked_pairs()]
    member = await a_member()
    practice = await a_quiz(*asked, kind=QuizKind.PRACTICE, pays=Pays.NOTHING, review=ReviewMatrix.open_book())
    done = await handed_in(member, practice, 1)
    exam = await a_quiz(*asked, review=ReviewMatrix.open_review(), password="密钥口令", minutes=30)
    attempt = await _begun(member, exam)
    await QuizAnswer.save_all(member.id, attempt.id, await right(attempt, 1, 3), at=NOON)
    rows = [*await answers_of(attempt), *await answers_of(done.attempt)]
    version_ids = {row.question_version_id for row in rows}
    return World(member, attempt, version_ids, {"quizId": public_id(exam), "id": public_id(attempt)})


async def _begun(member: Member, quiz: Quiz) -> QuizAttempt:
    from models.learning.starting import begin_attempt

    return (await begin_attempt(member.id, quiz.id, at=NOON, password="密钥口令")).attempt


def given(field: GraphQLField, world: World) -> str | None:
    """The arguments of a field, or None where it needs one that nobody knows here."""
    found = []
    for name, argument in field.args.items():
        if name == "first":
            found.append("first: 4")
        elif str(argument.type).endswith("!") and str(argument.default_value) == "Undefined":
            if name not in world.arguments:
                return None
            found.append(f'{name}: "{world.arguments[name]}"')
    return f"({', '.join(found)})" if found else ""


def selection(kind: GraphQLObjectType, world: World, *, seen: tuple[str, ...] = ()) -> str:
    """All leaves of a type, and those of the plain objects in it; other records are reached on paths of their own."""
    parts = ["__typename"]
    for name, field in kind.fields.items():
        named, arguments = get_named_type(field.type), given(field, world)
        if arguments is None:
            continue
        if is_leaf_type(named):
            parts.append(name + arguments)
        elif isinstance(named, GraphQLObjectType) and not is_record(named) and named.name not in seen:
            parts.append(f"{name}{arguments} {{ {selection(named, world, seen=(*seen, kind.name))} }}")
    return " ".join(parts)


def is_record(kind: GraphQLObjectType) -> bool:
    return kind.name.endswith(("Connection", "Edge")) or any(one.name == "Node" for one in kind.interfaces)


def paths(world: World) -> Iterator[str]:
    """A document for every field that leads from one object to another, on the shortest way there."""
    query = TYPES["Query"]
    assert isinstance(query, GraphQLObjectType)
    open_roots = {name for root, name, field in root_fields() if root == "Query" and _is_open(field.metadata[ALLOW])}
    ways: list[tuple[GraphQLObjectType, str, str]] = [(query, "", "")]
    reached = {"Query"}
    while ways:
        kind, head, tail = ways.pop(0)
        for name, field in kind.fields.items():
            named, arguments = get_named_type(field.type), given(field, world)
            if (
                arguments is None
                or (kind is query and name not in open_roots)
                or not isinstance(named, GraphQLObjectType)
            ):
                continue
            way = f"{head} {name}{arguments} {{"
            yield f"query {{ {way} {selection(named, world)} }} {tail} }}"
            if named.name not in reached and way.count("{") < 2 * DEPTH:
                reached.add(named.name)
                ways.append((named, way, "} " + tail))


def _is_open(permission: object) -> bool:
    return isinstance(permission, OPEN_TO_MEMBERS) or type(permission).__name__ == "IsKnown"


async def nodes(world: World) -> AsyncIterator[str]:
    """A document for every record there is, as the type that shows it, whoever it belongs to."""
    for name, declared in declared_by_name.items():
        kind = TYPES.get(name)
        if isinstance(kind, GraphQLObjectType) and is_record(kind):
            for row in await declared.record.all().limit(ROWS_MOST):
                text = selection(kind, world)
                yield f'query {{ node(id: "{encode_id(name, row.pk)}") {{ ... on {name} {{ {text} }} }} }}'


async def walked(caller: Caller, world: World) -> dict[str, str]:
    found = {}
    for document in [*paths(world), *[one async for one in nodes(world)]]:
        answer = await caller.ask(document)
        if "QUERY_TOO_COMPLEX" in str(answer) and document.startswith(TOO_WIDE):
            continue
        answer.pop("extensions", None)
        found[document] = orjson.dumps(answer).decode()
    return found


async def test_no_field_tells_a_member_with_an_open_attempt_anything_of_a_key(callers: Callers) -> None:
    world = await a_world()
    caller = await callers.member(world.member)

    found = await walked(caller, world)

    unasked = {document: answer for document, answer in found.items() if any(one in answer for one in UNASKED)}
    assert unasked == {}
    assert {mark for mark in MARKS for answer in found.values() if mark in answer} == set()
    told = "".join(found.values())
    assert told.count('"__typename":"AnswerReview"') >= 16, "the walk has missed the answers"
    for name in ("isRight", "rightResponse", "explanation", "guide", "paper"):
        assert f'"{name}":null' in told
        assert told.count(f'"{name}":') == told.count(f'"{name}":null'), name
    flipped(world)
    assert await walked(caller, world) == found


def flipped(world: World) -> None:
    """Let every key say the opposite of what it says, without a trace in the database."""
    for version_id, known in list(asked_module._kept.items()):
        if version_id in world.version_ids:
            asked_module._kept[version_id] = replace(known, key=_other(known), explanation="完全不同")


def _other(known: Asked) -> AnswerKey:
    key = known.key
    match known.content.kind:
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            return replace(key, shares=right_options(*(set(known.content.option_ids) - key.right_ids)))
        case QuestionKind.JUDGE:
            return replace(key, truth=not key.truth)
        case QuestionKind.ORDER:
            return replace(key, order=tuple(reversed(key.order)))
        case QuestionKind.MATCH:
            return replace(key, pairs=dict(zip(key.pairs, reversed(key.pairs.values()), strict=True)))  # type: ignore[call-overload]
        case _:
            return AnswerKey(blanks=((Accepted("别的"),),), numbers=(AcceptedNumber("7"),), sample="别的")


async def test_no_act_and_no_error_tells_anything_of_a_key(callers: Callers) -> None:
    world = await a_world()
    caller = await callers.member(world.member)
    page = "answers(first: 20) { edges { node { review { isRight points } } } }"
    attempt = f"attempt {{ state result {{ points percent isPassed feedback }} {page} }}"
    positions = {row.position: row for row in await answers_of(world.open_one)}

    async def acted() -> list[object]:
        told: list[object] = []
        for position, row in positions.items():
            for response in ({"options": ["1"]}, {"truth": True}, {"texts": ["密"]}, {"number": "1"}, {"text": "省"}):
                answers = [{"position": position, "sequence": str(10**6), "response": response}]
                saving = {"attemptId": public_id(world.open_one), "answers": answers}
                payload = await caller.do("saveQuizAnswers", saving, attempt)
                told.append((row.position, response, payload))
        begin = {"quizId": world.arguments["quizId"], "idempotencyKey": "again-0001"}
        told.append(await caller.do("beginQuiz", begin, f"isResumed {attempt}"))
        book = await caller.data("{ viewer { wrongAnswers(first: 20) { totalCount edges { node { id } } } } }")
        told.append(book)
        return told

    first = await acted()
    flipped(world)

    assert await acted() == first
    assert not any(mark in str(first) for mark in MARKS)
    assert "'totalCount': 0" in str(first[-1])


def test_no_subscription_leads_to_a_question() -> None:
    subscription = TYPES["Subscription"]
    assert isinstance(subscription, GraphQLObjectType)
    reached, waiting = set[str](), [subscription]
    while waiting:
        kind = waiting.pop()
        if kind.name not in reached:
            reached.add(kind.name)
            below = (get_named_type(field.type) for field in kind.fields.values())
            waiting += [one for one in below if isinstance(one, GraphQLObjectType)]

    assert reached & {"AnswerReview", "QuizAttempt", "QuestionContent", "WrongAnswer"} == set()


async def test_the_walk_sees_a_key_where_one_may_be_seen(callers: Callers) -> None:
    """Once it is handed in and the quiz is closed the same walk finds every mark of a key: so it would have before."""
    from models.learning.handing_in import hand_in

    world = await a_world()
    caller = await callers.member(world.member)
    await hand_in(world.member.id, world.open_one.id, at=NOON)

    told = "".join((await walked(caller, world)).values())

    assert {mark for mark in MARKS if mark in told} == {"秘密解析", "密钥词", "31415", "密钥范文"}
    assert await QuestionVersion.all().count() == 8
