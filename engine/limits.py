"""How large a document may be, told in one linear pass over its text.

Fragments multiply: twenty levels of `fragment F1 { ...F2 ...F2 }` are 700 bytes that stand for a million fields. So the
pass measures each fragment once, keeps the result and adds it wherever the fragment is spread; its time is that of
reading the document, whatever the document stands for. It runs before the rules of the specification, which therefore
never see a document that could keep them busy. Counts are of the document with all fragments written out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
)

from engine.refusal import Refusal, RefusalCode, too_complex

INTROSPECTION = frozenset({"__schema", "__type"})
# Beyond this a count only has to stay "too large"; fragments written out could make it astronomical.
CEILING = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one document. Those of `nodes` and `page` are applied with the variables, by `engine.cost`."""

    text_bytes: int = 50 * 1024
    tokens: int = 2_000
    errors: int = 5
    operations: int = 10
    depth: int = 12
    introspection_depth: int = 15
    aliases: int = 30
    directives: int = 50
    fields: int = 500
    repeats: int = 20
    root_fields: int = 20
    mutations: int = 5
    input_items: int = 250
    nodes: int = 10_000
    page: int = 100
    list_bound: int = 10


@dataclass(slots=True)
class Measure:
    """What a selection set stands for.

    `answers` counts the fields at its top by the name they answer to, spreads written out; `repeats` is the largest of
    such counts here or below. Repeats are bounded because the rule that compares fields of one name takes their square.
    """

    depth: int = 0
    introspection_depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    roots: int = 0
    repeats: int = 0
    root_names: set[str] = dataclass_field(default_factory=set)
    answers: dict[str, int] = dataclass_field(default_factory=dict)

    def add(self, part: "Measure") -> None:
        self.depth = max(self.depth, part.depth)
        self.introspection_depth = max(self.introspection_depth, part.introspection_depth)
        self.aliases = min(self.aliases + part.aliases, CEILING)
        self.directives = min(self.directives + part.directives, CEILING)
        self.fields = min(self.fields + part.fields, CEILING)
        self.roots = min(self.roots + part.roots, CEILING)
        self.repeats = max(self.repeats, part.repeats)
        self.root_names |= part.root_names
        for name, count in part.answers.items():
            self.answers[name] = min(self.answers.get(name, 0) + count, CEILING)
            self.repeats = max(self.repeats, self.answers[name])


class Sizes:
    """The measures of a document's operations and fragments, each taken once."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._measured: dict[str, Measure] = {}
        self._open: set[str] = set()

    def of(self, definition: OperationDefinitionNode | FragmentDefinitionNode) -> Measure:
        if isinstance(definition, FragmentDefinitionNode):
            return self._fragment(definition.name.value)
        return self._definition(definition)

    def _definition(self, definition: OperationDefinitionNode | FragmentDefinitionNode) -> Measure:
        measure = self._selections(definition.selection_set)
        measure.directives += len(definition.directives or ())
        measure.directives += sum(len(variable.directives or ()) for variable in definition.variable_definitions or ())
        return measure

    def _selections(self, selection_set: SelectionSetNode | None) -> Measure:
        total = Measure()
        for selection in selection_set.selections if selection_set else ():
            if isinstance(selection, FieldNode):
                total.add(self._field(selection))
            elif isinstance(selection, FragmentSpreadNode):
                total.add(self._fragment(selection.name.value))
            elif isinstance(selection, InlineFragmentNode):
                total.add(self._selections(selection.selection_set))
            total.directives += len(selection.directives or ())
        return total

    def _field(self, node: FieldNode) -> Measure:
        name, measure = node.name.value, self._selections(node.selection_set)
        measure.depth += 1
        if name in INTROSPECTION:
            measure.depth, measure.introspection_depth = 0, measure.depth
        measure.aliases += node.alias is not None
        measure.fields += 1
        measure.roots = 1
        measure.root_names = {name}
        measure.answers = {node.alias.value if node.alias else name: 1}
        return measure

    def _fragment(self, name: str) -> Measure:
        # A cycle or an unknown name adds nothing here: the rules of the specification refuse the document for it.
        if name in self._open or name not in self._fragments:
            return Measure()
        if name not in self._measured:
            self._open.add(name)
            self._measured[name] = self._definition(self._fragments[name])
            self._open.discard(name)
        return self._measured[name]


def exceeded(document: DocumentNode, limits: Limits) -> list[Refusal]:
    """The limits that the document breaks, whether or not it is valid; empty when it breaks none."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) > limits.operations:
        return [too_complex(f"The document has {len(operations)} operations; the limit is {limits.operations}.")]
    sizes = Sizes(document)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            refusals = list(_broken(definition, sizes.of(definition), limits))
            if refusals:
                return refusals
    return list(_bad_values(document, limits))


def _broken(
    definition: OperationDefinitionNode | FragmentDefinitionNode, measure: Measure, limits: Limits
) -> Iterator[Refusal]:
    counts = [
        ("nested fields of introspection", measure.introspection_depth, limits.introspection_depth),
        ("aliases", measure.aliases, limits.aliases),
        ("directives", measure.directives, limits.directives),
        ("fields", measure.fields, limits.fields),
        ("fields of one name side by side", measure.repeats, limits.repeats),
    ]
    if isinstance(definition, OperationDefinitionNode):
        is_mutation = definition.operation is OperationType.MUTATION
        # A fragment alone may be as deep as introspection needs it; where it is spread is what counts.
        counts.append(("nested fields", measure.depth, limits.depth))
        counts.append(("root fields", measure.roots, limits.root_fields))
        counts.append(("mutations", measure.roots if is_mutation else 0, limits.mutations))
    else:
        counts.append(("nested fields", measure.depth, limits.introspection_depth))
    for noun, count, limit in counts:
        if count > limit:
            said = "far too many" if count >= CEILING else str(count)
            yield too_complex(f"The document has {said} {noun}; the limit is {limit}.")


def _bad_values(document: DocumentNode, limits: Limits) -> Iterator[Refusal]:
    for value in _values(document):
        if isinstance(value, ListValueNode) and len(value.values) > limits.input_items:
            message = f"A list of input has {len(value.values)} items; the limit is {limits.input_items}."
            yield Refusal(RefusalCode.BAD_USER_INPUT, message)
        elif isinstance(value, StringValueNode) and "\0" in value.value:
            yield Refusal(RefusalCode.BAD_USER_INPUT, "Text must not contain the NUL character.")


def _values(document: DocumentNode) -> Iterator[ValueNode]:
    """Every literal of the document, also inside lists and objects."""
    waiting: list[Node] = list(document.definitions)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ListValueNode):
            waiting.extend(node.values)
        elif isinstance(node, ObjectValueNode):
            waiting.extend(field.value for field in node.fields)
        if isinstance(node, ValueNode):
            yield node
        else:
            waiting.extend(_below(node))


def _below(node: Node) -> Iterable[Node]:
    for name in ("selection_set", "default_value", "value"):
        child = getattr(node, name, None)
        if isinstance(child, Node):
            yield child
    for name in ("selections", "arguments", "directives", "variable_definitions"):
        yield from getattr(node, name, None) or ()
