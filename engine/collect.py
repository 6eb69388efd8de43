"""Collecting: which fields an operation asks of a type, with fragments followed and directives applied.

The rules of merging are graphql-core's own. `ask` is what the compiler works with: what stands under each key.
"""

from collections.abc import Mapping
from typing import NamedTuple

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.language import print_ast, visit
from graphql.language.visitor import BREAK, Visitor

from engine.level import Asked
from engine.plan import Arguments

INTROSPECTION = frozenset({"__schema", "__type"})

Details = list[FieldDetails]


class NotCovered(Exception):
    """Something that graphql-core has to execute."""


class Ask(NamedTuple):
    """What stands under a key of an answer; `asked` is None for `__typename`."""

    key: str
    asked: Asked | None
    details: Details


class Collector:
    """The selections of one operation, for the truth values of its directives."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDetails],
        operation: OperationDefinitionNode,
        directives: VariableValues,
    ) -> None:
        self.schema = schema
        self._fragments = dict(fragments)
        self._operation = operation
        self._directives = directives

    def root(self) -> tuple[GraphQLObjectType, list[Ask]]:
        """The root type and what is asked of it; raises `NotCovered`."""
        type_ = self.schema.get_root_type(self._operation.operation)
        if type_ is None:
            raise NotCovered("the schema has no such root")
        found = collect_fields(
            self.schema, self._fragments, self._directives, type_, self._operation, hide_suggestions=True
        )
        return type_, self._asks(type_, found.grouped_field_set)

    def below(self, type_: GraphQLObjectType, details: Details) -> list[Ask]:
        """What is asked of a field's objects where they are of this type."""
        found = collect_subfields(
            self.schema, self._fragments, self._directives, self._operation, type_, details, hide_suggestions=True
        )
        return self._asks(type_, found.grouped_field_set)

    def _asks(self, type_: GraphQLObjectType, grouped: GroupedFieldSet) -> list[Ask]:
        found: list[Ask] = []
        for key, details in grouped.items():
            name = details[0].node.name.value
            if name in INTROSPECTION:
                raise NotCovered("introspection")
            definition = self.schema.get_field(type_, name)
            if name == "__typename":
                found.append(Ask(key, None, details))
            elif definition is not None:
                asked = Asked(key, len(found), definition, [one.node for one in details], type_)
                found.append(Ask(key, asked, details))
        return found


def arguments_of(asked: Asked) -> Arguments:
    """How a field's arguments are found in a run; coerced once where they hold no variable."""
    definition, node = asked.definition, asked.nodes[0]
    if not definition.args:
        return lambda run: {}
    if not has_variables(asked) and not can_change(asked):
        try:
            written = get_argument_values(definition, node, hide_suggestions=True)
        except Exception:
            written = None  # every run is told what is wrong with them
        if written is not None:
            return lambda run: dict(written)
    return lambda run: get_argument_values(definition, node, run.variables, hide_suggestions=True)


def can_change(asked: Asked) -> bool:
    """Whether a resolver could change the arguments it is given, so that each call needs its own."""
    types = [argument.type for argument in asked.definition.args.values()]
    return any(not is_leaf_type(get_nullable_type(type_)) for type_ in types)


def written_arguments(asked: Asked) -> str:
    """The arguments as they are written, whatever their order."""
    return ",".join(sorted(print_ast(argument) for argument in asked.nodes[0].arguments or ()))


def key_of(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def standing_for(type_: GraphQLObjectType, details: Details) -> Asked:
    """A field as if it were declared to lead to this type."""
    return Asked(key_of(details[0].node), 0, GraphQLField(type_), [one.node for one in details], type_)


def has_variables(asked: Asked) -> bool:
    """Whether the arguments depend on a request."""
    found = []

    class Finder(Visitor):
        def enter_variable(self, variable: VariableNode, *_: object) -> object:
            found.append(variable)
            return BREAK

    for argument in asked.nodes[0].arguments or ():
        visit(argument, Finder())
    return bool(found)
