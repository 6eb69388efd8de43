"""Running a plan: level by level, each field once for all rows of its level."""

import asyncio
from collections.abc import Awaitable, Coroutine, Mapping, Sequence
from typing import Any, NamedTuple

from graphql import (
    FragmentDefinitionNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import is_awaitable
from graphql.type.definition import GraphQLResolveInfoHelpers

from engine.leaf import FAILED, exactly
from engine.level import HERE, Asked, Fault, Level, Place
from engine.outcome import is_fatal, settle
from engine.plan import ObjectPlan


class _Late(NamedTuple):
    level: Level
    row: int
    asked: Asked
    value: Awaitable[Any]


class Run:
    """One execution of a plan: whose it is, with which variables, and what has failed so far."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
        variables: VariableValues,
        context: Any,
        root: Any,
    ) -> None:
        self.schema = schema
        self.fragments = dict(fragments)
        self.operation = operation
        self.variables = variables
        self.context = context
        self.root = root
        self.faults: list[Fault] = []
        self.memory: dict[Any, Any] = {}
        self._late: list[_Late] = []

    async def query(self, plan: ObjectPlan) -> tuple[dict[str, Any] | None, list[Any]]:
        """The data and errors of a plan over the root."""
        level = Level(plan, [self.root])
        await self.drive([level])
        return self._settled(level.out[0])

    async def mutation(self, plan: ObjectPlan) -> tuple[dict[str, Any] | None, list[Any]]:
        """As `query`, with one root field after the other; one that makes the data null is the last."""
        level = Level(plan, [self.root])
        self.fill(level)
        last = min((fault.asked.position for fault in self.faults if is_fatal(fault)), default=len(plan.keys))
        before = len(self.faults)
        for step in plan.steps:
            if step.asked.position > last:
                break
            started = step.start(self, level)
            await self.drive(started if isinstance(started, list) else await started)
            if any(map(is_fatal, self.faults[before:])):
                break
        return self._settled(level.out[0])

    async def drive(self, levels: list[Level]) -> None:
        """Complete levels and everything below them; branches that have to wait do so side by side."""
        waiting: list[Coroutine[Any, Any, list[Level]]] = []
        while levels:
            level = levels.pop()
            self.fill(level)
            for step in level.plan.steps:
                started = step.start(self, level)
                if isinstance(started, list):
                    levels += started
                else:
                    waiting.append(started)
        if self._late:
            late, self._late = self._late, []
            waiting.append(self._awaited(late))
        if len(waiting) == 1:
            await self.drive(await waiting[0])
        elif waiting:
            await asyncio.gather(*(self._follow(one) for one in waiting))

    async def _awaited(self, late: "Sequence[_Late]") -> list[Level]:
        """Leaves that a row holds as something to await."""
        found = await asyncio.gather(*(one.value for one in late), return_exceptions=True)
        for one, value in zip(late, found, strict=True):
            one.level.out[one.row][one.asked.key] = self._exactly(one.level, one.row, one.asked, value)
        return []

    def _exactly(self, level: Level, row: int, asked: Asked, value: Any) -> Any:
        """A leaf of a row, with what is wrong about it noted."""

        def note(place: Place, error: Exception) -> None:
            self.fault(level, row, asked, error, place)

        written = exactly(asked, asked.definition.type, value, note)
        return None if written is FAILED else written

    async def _follow(self, branch: Coroutine[Any, Any, list[Level]]) -> None:
        await self.drive(await branch)

    def fill(self, level: Level) -> None:
        """Complete the leaves of a level and put its objects in their places."""

        def slow(row: Any, position: int) -> dict[str, Any]:
            return self._leaf_by_leaf(level, row, position)

        level.plan.fill(level.rows, level.out, slow)
        level.link()

    def fault(self, level: Level, row: int, asked: Asked, error: Exception, place: Place = HERE) -> None:
        self.faults.append(Fault(level, row, asked, place, error))

    def fault_all(self, level: Level, asked: Asked, error: Exception) -> None:
        """The same error for every row."""
        for row in range(len(level.rows)):
            self.fault(level, row, asked, error)

    def info(self, level: Level, row: int, asked: Asked) -> GraphQLResolveInfo[Any]:
        """What a resolver is told of the field it resolves."""
        return GraphQLResolveInfo(
            asked.name,
            asked.nodes,
            asked.definition.type,
            asked.parent,
            level.path(row, asked),
            self.schema,
            self.fragments,
            self.root,
            self.operation,
            self.variables,
            self.context,
            is_awaitable,
            None,
            HELPERS,
        )

    def _leaf_by_leaf(self, level: Level, row: Any, position: int) -> dict[str, Any]:
        plan = level.plan
        done: dict[str, Any] = {}
        for leaf in plan.leaves:
            try:
                value = leaf.read(row)
            except Exception as error:
                self.fault(level, position, leaf.asked, error)
                continue
            if is_awaitable(value):
                self._late.append(_Late(level, position, leaf.asked, value))
            else:
                done[leaf.asked.key] = self._exactly(level, position, leaf.asked, value)
        return {key: done.get(key, plan.constants.get(key)) for key in plan.keys}

    def _settled(self, data: dict[str, Any]) -> tuple[dict[str, Any] | None, list[Any]]:
        return settle(data, self.faults) if self.faults else (data, [])


async def _gathered(values: Sequence[Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*values))


def _tracked(values: Sequence[Any]) -> None:
    """Bring to its end, in the background, what a resolver began and leaves behind; what comes of it is nobody's."""
    for value in values:
        if is_awaitable(value):
            task = asyncio.gather(value, return_exceptions=True)
            _left_behind.add(task)
            task.add_done_callback(_left_behind.discard)


_left_behind: set[asyncio.Future[Any]] = set()
HELPERS = GraphQLResolveInfoHelpers(_gathered, _tracked)
