"""The engine: plans of operations, kept, and run."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from graphql import (
    DirectiveNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    VariableNode,
    execute,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues, get_variable_values
from graphql.language import visit
from graphql.language.visitor import Visitor

from engine.collect import Collector, NotCovered
from engine.compile import Compiler
from engine.documents import Operation, OperationKind
from engine.explain import explained
from engine.plan import ObjectPlan
from engine.run import Run
from engine.writing import SqlForm

NO_VARIABLES = VariableValues({}, {})
WARMED = 3
BRIEF_NODES = 300
"""An operation that may read no more is read so soon that its statements may wait for those of others."""
Counted = Callable[[str], None]
"""Told `hit`, `compiled` or `fallback` for each execution."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """What an operation needs to be compiled: its fragments, and which variables stand in `@skip` and `@include`."""

    definitions: Mapping[str, FragmentDefinitionNode]
    fragments: Mapping[str, FragmentDetails]
    conditions: tuple[str, ...]


class Engine:
    """Executes the operations of one schema from plans; `size` of them are kept, the most recently used.

    With `forms`, how the schema's own scalars are written in SQL, subtrees that are data alone become one statement.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        forms: Mapping[str, SqlForm] | None = None,
        size: int = 1_000,
        on_execution: Counted | None = None,
    ) -> None:
        self.schema = schema
        self._forms = forms
        self._size = size
        self._on_execution = on_execution or (lambda what: None)
        self._plans: OrderedDict[Any, ObjectPlan | None] = OrderedDict()
        self._prepared: OrderedDict[Operation, Prepared] = OrderedDict()

    async def execute(
        self, operation: Operation, variables: Mapping[str, object] | None, context: Any, root: Any = None
    ) -> ExecutionResult:
        """The data and errors of an operation. Whatever no plan covers is executed by graphql-core."""
        coerced = self._coerced(operation, variables)
        if isinstance(coerced, list):
            return ExecutionResult(None, coerced)
        plan = self.plan(operation, coerced, is_postgres=_is_postgres(context))
        if plan is None:
            result = execute(
                self.schema,
                operation.document,
                root,
                context,
                dict(variables) if variables else None,
                operation.name,
                hide_suggestions=True,
            )
            return result if isinstance(result, ExecutionResult) else await result
        definitions = self._prepare(operation).definitions
        _say_whether_brief(context, operation, variables)
        run = Run(self.schema, definitions, operation.node, coerced, context, root)
        is_mutation = operation.kind is OperationKind.MUTATION
        data, errors = await (run.mutation(plan) if is_mutation else run.query(plan))
        return ExecutionResult(data, errors or None)

    def warm(self, operation: Operation, *, is_postgres: bool) -> None:
        """Compile the plans of an operation before it is asked for, for every answer to its first few conditions."""
        names = self._prepare(operation).conditions[:WARMED]
        for truths in product((True, False), repeat=len(names)):
            self.plan(operation, VariableValues({}, dict(zip(names, truths, strict=True))), is_postgres=is_postgres)

    def explain(
        self, operation: Operation, variables: Mapping[str, object] | None, context: Any, *, source: bool = False
    ) -> str:
        """What `execute` would do, as text; raises `GraphQLError` for variables that do not fit."""
        coerced = self._coerced(operation, variables)
        if isinstance(coerced, list):
            raise coerced[0]
        plan = self.plan(operation, coerced, is_postgres=_is_postgres(context))
        if plan is None:
            return "No plan: graphql-core executes it."
        run = Run(self.schema, self._prepare(operation).definitions, operation.node, coerced, context, None)
        return explained(plan, run, source=source)

    def plan(self, operation: Operation, variables: VariableValues, *, is_postgres: bool) -> ObjectPlan | None:
        """The plan of an operation for these variables; None where graphql-core has to execute it."""
        prepared = self._prepare(operation)
        truths = tuple(variables.coerced.get(name) for name in prepared.conditions)
        key = (operation, truths, is_postgres)
        if key in self._plans:
            self._plans.move_to_end(key)
            plan = self._plans[key]
            self._on_execution("hit" if plan else "fallback")
            return plan
        try:
            collector = Collector(
                self.schema, prepared.fragments, operation.node, _only(variables, prepared.conditions)
            )
            plan = Compiler(collector, is_postgres=is_postgres, forms=self._forms).root()
        except (NotCovered, GraphQLError):
            plan = None
        self._plans[key] = plan
        if len(self._plans) > self._size:
            self._plans.popitem(last=False)
        self._on_execution("compiled" if plan else "fallback")
        return plan

    def _coerced(
        self, operation: Operation, variables: Mapping[str, object] | None
    ) -> VariableValues | list[GraphQLError]:
        definitions = operation.node.variable_definitions
        if not definitions:
            return NO_VARIABLES
        return get_variable_values(
            self.schema, definitions, dict(variables or {}), max_errors=50, hide_suggestions=True
        )

    def _prepare(self, operation: Operation) -> Prepared:
        found = self._prepared.get(operation)
        if found is None:
            definitions = {
                node.name.value: node
                for node in operation.document.definitions
                if isinstance(node, FragmentDefinitionNode)
            }
            fragments = {name: FragmentDetails(node) for name, node in definitions.items()}
            found = self._prepared[operation] = Prepared(definitions, fragments, _conditions(operation))
            if len(self._prepared) > self._size:
                self._prepared.popitem(last=False)
        return found


def _conditions(operation: Operation) -> tuple[str, ...]:
    """The variables on which it depends what a document asks for."""
    names: set[str] = set()

    class Finder(Visitor):
        def enter_directive(self, directive: DirectiveNode, *_: Any) -> None:
            if directive.name.value not in ("skip", "include"):
                return
            values = (argument.value for argument in directive.arguments or ())
            names.update(value.name.value for value in values if isinstance(value, VariableNode))

    visit(operation.document, Finder())
    return tuple(sorted(names))


def _only(variables: VariableValues, names: tuple[str, ...]) -> VariableValues:
    """What a plan may know of a request: the variables in its directives."""
    return VariableValues(
        {name: value for name, value in variables.sources.items() if name in names},
        {name: value for name, value in variables.coerced.items() if name in names},
    )


def _say_whether_brief(context: Any, operation: Operation, variables: Mapping[str, object] | None) -> None:
    if _is_postgres(context):
        context.loads.reader.is_brief = operation.cost(variables) <= BRIEF_NODES


def _is_postgres(context: Any) -> bool:
    loads = getattr(context, "loads", None)
    return loads is not None and loads.reader.is_postgres
