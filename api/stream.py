"""One operation as a stream of outcomes, for event streams and sockets alike."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from time import perf_counter
from typing import Generic

from graphql import ExecutionResult

from api import metrics
from api.errors import JSON, ErrorCode, RequestRefused, published, published_refusals, sentence
from api.execution import Access, C, Execution, Prepared, codes
from api.guard import Exchange
from api.request import GraphQLRequest
from engine.documents import OperationKind
from engine.refusal import DocumentRefused

RECHECK_SECONDS = 3.0
BUDGET_SECONDS = 10.0


class Revoked(Exception):
    """The caller's token is no longer good; nothing more is sent."""

    code = ErrorCode.UNAUTHENTICATED


class Recheck(Generic[C]):
    """Asks at most every `seconds` whether a caller who stays connected may still be here."""

    def __init__(self, access: Access[C], context: C, *, seconds: float = RECHECK_SECONDS) -> None:
        self._access = access
        self._context = context
        self._seconds = seconds
        self._next = asyncio.get_running_loop().time() + seconds

    async def __call__(self) -> None:
        """Raises `Revoked`."""
        now = asyncio.get_running_loop().time()
        if now < self._next:
            return
        self._next = now + self._seconds
        if not await self._access.still_valid(self._context):
            raise Revoked


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is sent for one result; `has_run` is false where the operation was refused or could not begin."""

    answer: JSON
    has_run: bool = True


class Streams(Generic[C]):
    """Runs operations for callers who stay connected. `budget` bounds, in seconds, each of them but its events."""

    def __init__(self, execution: Execution, access: Access[C], *, budget: float = BUDGET_SECONDS) -> None:
        self._execution = execution
        self._access = access
        self._budget = budget

    async def outcomes(
        self, request: GraphQLRequest, context: C, exchange: Exchange, recheck: Recheck[C]
    ) -> AsyncGenerator[Outcome, None]:
        """One outcome for a query or mutation, many for a subscription; raises `Revoked`."""
        started = perf_counter()
        try:
            prepared = self._execution.prepare(request, context)
            exchange.operation, exchange.kind = prepared.operation.name, prepared.operation.kind
            async with aclosing(self._results(prepared, context)) as results:
                async for result in results:
                    await recheck()
                    yield self._outcome(result, prepared, context, exchange)
        except DocumentRefused as refused:
            yield _refused(exchange, published_refusals(refused.refusals))
        except Revoked:
            exchange.outcome = ErrorCode.UNAUTHENTICATED
            raise
        except Exception as error:
            yield _refused(exchange, [published(error, locale=context.locale, request_id=exchange.request_id)])
        finally:
            seconds = perf_counter() - started
            metrics.operation_done(exchange.kind or "none", exchange.outcome or "ok", exchange.operation, seconds)

    async def _results(self, prepared: Prepared, context: C) -> AsyncGenerator[ExecutionResult, None]:
        operation, variables = prepared.operation, prepared.variables
        try:
            async with asyncio.timeout(self._budget) as clock:
                if operation.kind is OperationKind.SUBSCRIPTION:
                    events = await self._execution.stream(prepared, context, self._access.renewed)
                elif operation.kind is OperationKind.MUTATION:
                    events = await self._execution.run_to_the_end(operation, variables, context)
                else:
                    events = await self._execution.run(operation, variables, context)
        except TimeoutError:
            if not clock.expired():
                raise
            raise RequestRefused(ErrorCode.TIMEOUT, sentence(ErrorCode.TIMEOUT, context.locale)) from None
        if isinstance(events, ExecutionResult):
            yield events
            return
        metrics.stream_opened(1)
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
                    # A source that never waits must not keep everybody else from being served.
                    await asyncio.sleep(0)
        finally:
            metrics.stream_opened(-1)

    def _outcome(self, result: ExecutionResult, prepared: Prepared, context: C, exchange: Exchange) -> Outcome:
        answer = self._execution.answer(result, context, prepared.cost)
        exchange.outcome = next(iter(codes(answer)), "ok")
        # A subscription without data has no event to tell of: its source could not be opened.
        began = result.data is not None or prepared.operation.kind is not OperationKind.SUBSCRIPTION
        return Outcome(answer, has_run="data" in answer and (began or exchange.outcome == "ok"))


def _refused(exchange: Exchange, errors: list[JSON]) -> Outcome:
    answer: JSON = {"errors": errors}
    exchange.outcome = next(iter(codes(answer)))
    return Outcome(answer, has_run=False)
