"""Steps that ask Python: an attribute, a resolver, a function for all parents at once."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine, Iterable, Sequence
from types import GeneratorType
from typing import TYPE_CHECKING, Any, cast

from graphql.pyutils import is_awaitable, is_iterable
from tortoise import Model

from engine.collect import can_change
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
    """An object or a list that a row holds already."""

    def __init__(self, asked: Asked, read: Read, complete: Completion) -> None:
        self.asked = asked
        self._read = read
        self._complete = complete

    def start(self, run: "Run", level: Level) -> Levels | Coroutine[Any, Any, Levels]:
        values: list[Any] = []
        waiting: list[tuple[int, Awaitable[Any]]] = []
        for position, row in enumerate(level.rows):
            try:
                value, pending = opened(self._read(row), self.asked.list_depth)
                if pending is not None:
                    waiting.append((position, pending))
                    value = FAILED
            except Exception as error:
                run.fault(level, position, self.asked, error)
                value = FAILED
            values.append(value)
        return later(self._complete, run, level, values, waiting)

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
        self._can_change = can_change(asked)
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
                if position and self._can_change:
                    arguments = self._arguments(run)
                value = self._resolve(row, run.info(level, position, self.asked), **arguments)
                value, pending = opened(value, self.asked.list_depth)
                if pending is not None:
                    waiting.append((position, pending))
                    value = FAILED
            except Exception as error:
                run.fault(level, position, self.asked, error)
                value = FAILED
            values.append(value)
        return later(self._complete, run, level, values, waiting)

    def explain(self, run: "Run") -> Explained:
        return Explained(f"{self.asked.key}: a resolver for each row", below=list(self._complete.plans.known.values()))


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


def later(
    complete: Completion, run: "Run", level: Level, values: list[Any], waiting: Sequence[tuple[int, Awaitable[Any]]]
) -> Levels | Coroutine[Any, Any, Levels]:
    """Complete the values of a level once those that are waited for are there."""
    return _once_there(complete, run, level, values, waiting) if waiting else complete(run, level, values)


async def _once_there(
    complete: Completion, run: "Run", level: Level, values: list[Any], waiting: Sequence[tuple[int, Awaitable[Any]]]
) -> Levels:
    if len(waiting) == 1:
        found = [await _or_error(waiting[0][1])]
    else:
        found = await asyncio.gather(*(_or_error(one) for _, one in waiting))
    for (position, _), value in zip(waiting, found, strict=True):
        values[position] = value
    done = complete(run, level, values)
    return done if isinstance(done, list) else await done


async def _or_error(value: Awaitable[Any]) -> Any:
    try:
        return await value
    except Exception as error:
        return error


def opened(value: Any, depth: int) -> tuple[Any, Awaitable[Any] | None]:
    """A field's value with its lists as lists, and what to await where it or anything in it has to be."""
    return (value, _awaited(value, depth)) if waits(value) else _listed(value, depth)


def waits(value: Any) -> bool:
    """Whether a value has to be awaited. A Tortoise record says so too, but is what comes of it."""
    return not isinstance(value, Model) and is_awaitable(value)


def _listed(value: Any, depth: int) -> tuple[Any, Awaitable[Any] | None]:
    if not depth or value is None or isinstance(value, Exception):
        return value, None
    if isinstance(value, AsyncIterable):
        return value, _all_of(value, depth)
    if not is_iterable(value):
        return value, None
    items: list[Any] = value if isinstance(value, list) else list(value)
    if depth == 1 and not any(map(waits, _samples(items))):
        return items, None
    parts = [opened(item, depth - 1) for item in items]
    if not any(pending is not None for _, pending in parts):
        return [item for item, _ in parts], None
    return items, _settled(parts)


def _samples(items: Sequence[Any]) -> Iterable[Any]:
    """An item of each type; whether one can be awaited is a question of its type, but for generators."""
    samples = {type(item): item for item in items}
    return items if GeneratorType in samples else samples.values()


async def _awaited(value: Awaitable[Any], depth: int) -> Any:
    found, pending = _listed(await value, depth)
    return found if pending is None else await pending


async def _all_of(value: AsyncIterable[Any], depth: int) -> list[Any]:
    found, pending = _listed([item async for item in value], depth)
    return cast("list[Any]", found if pending is None else await pending)


async def _settled(parts: Sequence[tuple[Any, Awaitable[Any] | None]]) -> list[Any]:
    waiting = [pending for _, pending in parts if pending is not None]
    found = iter(await asyncio.gather(*(_or_error(one) for one in waiting)))
    return [item if pending is None else next(found) for item, pending in parts]
