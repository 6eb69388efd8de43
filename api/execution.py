"""From a request to a result: which operation, may it run, run it.

`Execution.run` and `stream` are the seam: everything above them knows operations, variables and results, and nothing of
how fields are resolved. With an engine they are executed from compiled plans, without one by graphql-core.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, cast

import structlog
from graphql import ExecutionResult, GraphQLSchema, execute
from graphql.execution import Executor, create_source_event_stream, map_source_to_response_event
from graphql.execution.execute import execute_subscription_event

from api.errors import JSON, published_results
from api.request import GraphQLRequest
from engine.documents import Documents, Operation
from engine.execute import Engine
from engine.persisted import asked
from engine.refusal import DocumentRefused, Refusal, RefusalCode, too_complex

log = structlog.get_logger("api")


class RequestContext(Protocol):
    """What the endpoint itself reads of a context."""

    @property
    def request_id(self) -> str: ...
    @property
    def locale(self) -> str: ...
    @property
    def may_introspect(self) -> bool: ...


C = TypeVar("C", bound=RequestContext)
Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Access(Generic[C]):
    """Who is asking, as the endpoint needs it: functions over the context of one application.

    `open(headers, client_address, request_id)` raises a coded exception for a bad token. `caller` is a lasting name of
    who asks, None for nobody. `renewed` is the same caller with fresh loaders, for each operation or event of a stream.
    """

    open: Callable[[Headers, str | None, str], Awaitable[C]]
    caller: Callable[[C], str | None]
    still_valid: Callable[[C], Awaitable[bool]]
    renewed: Callable[[C], C]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that may run, with its variables and the most nodes it may read."""

    operation: Operation
    variables: dict[str, object] | None
    cost: int


class Execution:
    """The operations of one schema."""

    def __init__(self, schema: GraphQLSchema, documents: Documents, engine: Engine | None = None) -> None:
        self.schema = schema
        self.documents = documents
        self._engine = engine
        self._unfinished: set[asyncio.Task[ExecutionResult]] = set()

    def prepare(self, request: GraphQLRequest, context: RequestContext) -> Prepared:
        """The operation asked for; raises `DocumentRefused` where this caller may not run it with these variables."""
        document = asked(self.documents, request.query, request.document_id, any_document=context.may_introspect)
        operation = document.operation(request.operation_name)
        if operation.introspects and not context.may_introspect:
            message = "Introspection is not open to this caller."
            raise DocumentRefused([Refusal(RefusalCode.INTROSPECTION_DISABLED, message)])
        cost, limit = operation.cost(request.variables), self.documents.limits.nodes
        if cost > limit:
            raise DocumentRefused([too_complex(f"The operation may read {cost} nodes; the limit is {limit}.")])
        return Prepared(operation, request.variables, cost)

    async def run(
        self, operation: Operation, variables: dict[str, object] | None, context: RequestContext
    ) -> ExecutionResult:
        """The result of a query or mutation. Errors of fields are in it; anything raised is a bug."""
        if self._engine:
            return await self._engine.execute(operation, variables, context)
        result = execute(
            self.schema,
            operation.document,
            context_value=context,
            variable_values=variables,
            operation_name=operation.name,
            hide_suggestions=True,
        )
        return result if isinstance(result, ExecutionResult) else await result

    async def run_to_the_end(
        self, operation: Operation, variables: dict[str, object] | None, context: RequestContext
    ) -> ExecutionResult:
        """As `run`, in a task of its own that goes on when the waiting one is cancelled: a mutation is never cut."""
        task = asyncio.create_task(self.run(operation, variables, context))
        self._unfinished.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    async def stream(
        self, prepared: Prepared, context: C, renewed: Callable[[C], C]
    ) -> AsyncGenerator[ExecutionResult, None] | ExecutionResult:
        """The events of a subscription, each executed with a renewed context; one result where it cannot begin."""
        operation = prepared.operation
        executor = Executor.build(
            self.schema,
            operation.document,
            context_value=context,
            raw_variable_values=prepared.variables,
            operation_name=operation.name,
            hide_suggestions=True,
        )
        if isinstance(executor, list):
            return ExecutionResult(None, executor)
        source = create_source_event_stream(executor)
        if isinstance(source, Awaitable):
            source = await source
        if isinstance(source, ExecutionResult):
            return source

        if self._engine:
            return self._events(self._engine, cast("AsyncGenerator[object, None]", source), prepared, context, renewed)

        def event(one: "Executor[object]") -> Awaitable[ExecutionResult] | ExecutionResult:
            one.context_value = renewed(context)
            return execute_subscription_event(one)

        return map_source_to_response_event(executor, source, event)

    async def _events(
        self,
        engine: Engine,
        source: AsyncGenerator[object, None],
        prepared: Prepared,
        context: C,
        renewed: Callable[[C], C],
    ) -> AsyncGenerator[ExecutionResult, None]:
        async with aclosing(source):
            async for event in source:
                yield await engine.execute(prepared.operation, prepared.variables, renewed(context), event)

    async def drain(self, seconds: float) -> None:
        """Let mutations finish whose callers have gone."""
        if self._unfinished:
            await asyncio.wait(self._unfinished, timeout=seconds)

    def _finished(self, task: asyncio.Task[ExecutionResult]) -> None:
        self._unfinished.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("bug in a mutation", exc_info=error)

    def answer(self, result: ExecutionResult, context: RequestContext, cost: int) -> JSON:
        """The JSON of a result. `data` is absent where nothing ran."""
        answer: JSON = {}
        if result.errors:
            errors = published_results(result.errors, locale=context.locale, request_id=context.request_id)
            answer["errors"] = errors
        if result.data is not None or not all(error.path is None for error in result.errors or ()):
            answer["data"] = result.data
        answer["extensions"] = {"cost": {"requested": cost, "limit": self.documents.limits.nodes}}
        return answer


def codes(answer: JSON) -> list[str]:
    """The codes of an answer's errors."""
    errors = cast("list[dict[str, dict[str, str]]]", answer.get("errors") or [])
    return [error["extensions"]["code"] for error in errors]
