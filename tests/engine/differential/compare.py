"""Comparing: one case, executed by graphql-core with synchronous resolvers and by the executor that is tried.

The rule is that data, errors and their order do not depend on whether a resolver waits. So what is tried executes the
schema as it was drawn and its synchronous twin, and both have to say what graphql-core says of the twin.
"""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute, execute_sync, print_schema
from graphql.pyutils import is_awaitable

from engine.documents import Documents, Operation
from engine.limits import Limits
from tests.engine.differential.choices import Choices
from tests.engine.differential.documents import Request, draw_request
from tests.engine.differential.schemas import Asking, build
from tests.engine.differential.shapes import draw_shape
from tests.engine.differential.strawberry_types import schema as strawberry_schema

Execute = Callable[[Operation, dict[str, Any] | None, Any], Awaitable[ExecutionResult]]
Executor = Callable[[GraphQLSchema], Execute]
"""What is tried: made for a schema, it executes many operations."""

MANY = 1_000_000
LIMITS = Limits(MANY, MANY, 5, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY)


@dataclass(frozen=True)
class Case:
    """A schema, its twin, and requests of it. A schema that is its own twin has its resolvers driven at once there."""

    waiting: GraphQLSchema
    twin: GraphQLSchema
    requests: tuple[Request, ...]


def draw_case(choices: Choices) -> Case:
    shape = draw_shape(choices)
    waiting, twin = build(shape, waits=True), build(shape, waits=False)
    return Case(waiting, twin, tuple(draw_request(choices, twin) for _ in range(choices.between(1, 4))))


def draw_strawberry_case(choices: Choices) -> Case:
    schema = strawberry_schema._schema
    return Case(schema, schema, tuple(draw_request(choices, schema) for _ in range(choices.between(1, 4))))


def of_core(schema: GraphQLSchema) -> Execute:
    """Executes with graphql-core."""

    async def run(operation: Operation, variables: dict[str, Any] | None, context: Any) -> ExecutionResult:
        result = execute(
            schema,
            operation.document,
            context_value=context,
            variable_values=variables,
            operation_name=operation.name,
            hide_suggestions=True,
        )
        return result if isinstance(result, ExecutionResult) else await result

    return run


def in_turn(case: Case, operation: Operation, variables: dict[str, Any] | None, context: Any = None) -> ExecutionResult:
    """The result by graphql-core where no resolver waits."""
    return execute_sync(
        case.twin,
        operation.document,
        context_value=context,
        variable_values=variables,
        operation_name=operation.name,
        middleware=[_at_once] if case.twin is case.waiting else None,
        hide_suggestions=True,
    )


def _at_once(resolve: Callable[..., Any], source: Any, info: Any, **arguments: Any) -> Any:
    value = resolve(source, info, **arguments)
    if not is_awaitable(value):
        return value
    turns = value.__await__()
    try:
        while True:
            next(turns)
    except StopIteration as stopped:
        return stopped.value


@dataclass(frozen=True)
class Difference:
    """What an executor says otherwise than graphql-core; as text, with all that is needed to see it again."""

    found: str
    schema: GraphQLSchema
    text: str
    variables: Any

    def __str__(self) -> str:
        return f"{self.found}\n\n{self.text}\n\nVariables: {self.variables!r}\n\n{print_schema(self.schema)}"


async def difference(case: Case, executor: Executor, *, tells_errors_in_turn: bool = True) -> Difference | None:
    """The first difference of a case; None where there is none.

    An executor that does not tell errors in turn, as graphql-core itself, has its errors of waiting resolvers believed,
    and so has every one where it is left to graphql-core.
    """
    documents = Documents(case.twin, LIMITS)
    runs = {"waiting": executor(case.waiting)}
    if case.twin is not case.waiting:
        runs["in turn"] = executor(case.twin)
    for request in case.requests:
        operation = documents.get(request.text).operation(request.operation_name)
        for variables in request.variables:
            expected_asking = Asking()
            expected = in_turn(case, operation, variables, expected_asking)
            for name, run in runs.items():
                asking = Asking()
                said = await run(operation, variables, asking)
                is_exact = name == "in turn" or (tells_errors_in_turn and not is_left_to_core(request.text, variables))
                found = compared(expected, said, with_errors=is_exact)
                found = found or (_noted(expected_asking, asking) if is_exact else None)
                if found:
                    schema = case.waiting if name == "waiting" else case.twin
                    return Difference(f"resolvers {name}: {found}", schema, request.text, variables)
    return None


def is_left_to_core(text: str, variables: dict[str, Any]) -> bool:
    """Whether no plan covers a request: it introspects, or has null for a directive that may not be null."""
    conditions = re.findall(r"\$(\w+): Boolean = ", text)
    return "__schema" in text or any(variables.get(name, True) is None for name in conditions)


def compared(expected: ExecutionResult, said: ExecutionResult, *, with_errors: bool = True) -> str | None:
    """Data with the order of keys, and errors with theirs."""
    pairs: list[tuple[str, Any, Any]] = [("data", written(expected.data), written(said.data))]
    if with_errors:
        pairs.append(("errors", errors(expected), errors(said)))
    for what, one, other in pairs:
        if one != other:
            return f"{what} differ.\nExpected: {one}\nFound:    {other}\nErrors expected: {errors(expected)}"
    return None


def _noted(expected: Asking, said: Asking) -> str | None:
    """Resolvers may be asked whose answer is in vain; none may be asked twice, or told something else."""
    if expected.log != said.log:
        return f"mutations differ.\nExpected: {expected.log}\nFound:    {said.log}"
    missing = list((expected.calls - said.calls).elements())
    if missing:
        others = [call for call in said.calls if call[0] == missing[0][0]]
        return f"a resolver is told something else.\nExpected: {missing[0]}\nFound:    {others}"
    twice = [call for call, count in said.calls.items() if count > max(1, expected.calls[call])]
    return f"a resolver is asked twice: {twice[0]}" if twice else None


def written(data: Any) -> str:
    return json.dumps(data, default=repr, ensure_ascii=False)


def errors(result: ExecutionResult) -> list[tuple[Any, ...]]:
    return [_error(one) for one in result.errors or ()]


def _error(error: GraphQLError) -> tuple[Any, ...]:
    places = [(place.line, place.column) for place in error.locations or ()]
    original = error.original_error
    return (error.message, error.path, places, error.extensions, type(original).__name__, str(original))
