"""Steps that ask Python: an attribute, a resolver, a function for all parents at once."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from graphql.pyutils import is_awaitable, is_iterable

from engine.complete import Completion, Levels
from engine.leaf import FAILED
from engine.level import Asked, Level
from engine.plan import Arguments, Explained, ObjectPlan

if TYPE_CHECKING:
    from engine.run import Run

Read = Callable[[Any], Any]
Guard = Callable[[Any], None]
Resolve = Callable[..., Any]
Parents = Callable[[Sequence[Any]], list[Any]]


class AttributeStep:
    """An object or a list of objects that a row holds already."""

    def __init__(self, asked: Asked, read: Read, complete: Completion) -> None:
        self.asked = asked
        self._read = read
        self._complete = complete

    def start(self, run: "Run", level: Level) -> Levels | Coroutine[Any, Any, Levels]:
        values: list[Any] = []
        for position, row in enumerate(level.rows):
            try:
                values.append(self._read(row))
            except Exception as error:
                run.fault(level, position, self.asked, error)
                values.append(FAILED)
        return self._complete(run, level, values)

    def explain(self, run: "Run") -> Explained:
        return Explained(f"{self.asked.key}: held by the row", below=list(self._complete.plans.known.values()))


class SameRowStep:
    """An object that is another view of the row itself: an edge's node, a viewer's member."""

    def __init__(self, asked: Asked, plan: ObjectPlan) -> None:
        self.asked = asked
        self._plan = plan

    def start(self, run: "Run", level: Level) -> Levels:
        return [Level(self._plan, level.rows, level, self.asked, range(len(level.rows)))]

    def explain(self, run: "Run") -> Explained:
        return Explained(f"{self.asked.key}: the same row", below=[self._plan])


class CallStep:
    """A resolver of its own, asked for each row; what it leaves to be awaited is awaited together."""

    def __init__(
        self, asked: Asked, resolve: Resolve, arguments: Arguments, parents: Parents, complete: Completion
    ) -> None:
        self.asked = asked
        self._resolve = resolve
        self._arguments = arguments
        self._parents = parents
        self._complete = complete

    def start(self, run: "Run", level: Level) -> Levels | Coroutine[Any, Any, Levels]:
        try:
            arguments = self._arguments(run)
        except Exception as error:
            run.fault_all(level, self.asked, error)
            return []
        values: list[Any] = []
        waiting: list[tuple[int, Awaitable[Any]]] = []
        for position, row in enumerate(self._parents(level.rows)):
            try:
                value = self._resolve(row, run.info(level, position, self.asked), **arguments)
                if (pending := self._pending(value)) is not None:
                    waiting.append((position, pending))
                    value = FAILED
            except Exception as error:
                run.fault(level, position, self.asked, error)
                value = FAILED
            values.append(value)
        return self._later(run, level, values, waiting) if waiting else self._complete(run, level, values)

    def explain(self, run: "Run") -> Explained:
        return Explained(f"{self.asked.key}: a resolver for each row", below=list(self._complete.plans.known.values()))

    def _pending(self, value: Any) -> Awaitable[Any] | None:
        if is_awaitable(value):
            return self._awaited(value) if self.asked.list_depth else value
        if self.asked.list_depth and _waits(value):
            return _items(value)
        return None

    async def _awaited(self, value: Awaitable[Any]) -> Any:
        found = await value
        return await _items(found) if _waits(found) else found

    async def _later(
        self, run: "Run", level: Level, values: list[Any], waiting: Sequence[tuple[int, Awaitable[Any]]]
    ) -> Levels:
        if len(waiting) == 1:
            found = [await _or_error(waiting[0][1])]
        else:
            found = await asyncio.gather(*(one for _, one in waiting), return_exceptions=True)
        for (position, _), value in zip(waiting, found, strict=True):
            if isinstance(value, BaseException) and not isinstance(value, Exception):
                raise value
            values[position] = value
        done = self._complete(run, level, values)
        return done if isinstance(done, list) else await done


class BatchStep:
    """A function that is given all parents of the level and answers for each of them."""

    def __init__(self, asked: Asked, load: Resolve, parents: Parents, complete: Completion) -> None:
        self.asked = asked
        self._load = load
        self._parents = parents
        self._complete = complete

    async def start(self, run: "Run", level: Level) -> Levels:
        try:
            values = await self._load(self._parents(level.rows), run.context)
            if len(values) != len(level.rows):
                raise RuntimeError(f"{self.asked.parent}.{self.asked.name} answered for {len(values)} parents")
        except Exception as error:
            run.fault_all(level, self.asked, error)
            return []
        done = self._complete(run, level, values)
        return done if isinstance(done, list) else await done

    def explain(self, run: "Run") -> Explained:
        return Explained(
            f"{self.asked.key}: a function for all parents at once", below=list(self._complete.plans.known.values())
        )


class GuardedStep:
    """A step that runs only where the caller may."""

    def __init__(self, asked: Asked, guard: Guard, step: Any) -> None:
        self.asked = asked
        self._guard = guard
        self._step = step

    def start(self, run: "Run", level: Level) -> Levels | Coroutine[Any, Any, Levels]:
        try:
            self._guard(run.context)
        except Exception as error:
            run.fault_all(level, self.asked, error)
            return []
        started: Levels | Coroutine[Any, Any, Levels] = self._step.start(run, level)
        return started

    def explain(self, run: "Run") -> Explained:
        inner: Explained = self._step.explain(run)
        return Explained(f"{inner.line}, if the caller may", inner.statement, inner.below)


def _waits(value: Any) -> bool:
    """Whether a list's value has to be awaited: its items, or itself as an asynchronous iterable."""
    if isinstance(value, AsyncIterable):
        return True
    return isinstance(value, list | tuple) and is_iterable(value) and any(is_awaitable(one) for one in value)


async def _items(value: Any) -> list[Any]:
    """The items of a list that has to be awaited; an item that fails is its error."""
    items = [one async for one in value] if isinstance(value, AsyncIterable) else value
    return [await _or_error(one) if is_awaitable(one) else one for one in items]


async def _or_error(value: Awaitable[Any]) -> Any:
    try:
        return await value
    except Exception as error:
        return error
