"""How many nodes an operation may read, bounded before it runs.

A node is an object of the answer; connections, their edges and `pageInfo` only carry nodes and count nothing. The bound
is the product of the page sizes along each path: literals, variables or their defaults. It is worked out once for a
document as a sum whose unknowns are the variables; a request only fills them in. `@skip`, `@include` and fields that
merge are not followed, so the bound is never below what is read.

A list without page arguments says its bound itself: `bound` in the field's extensions or Strawberry metadata.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_named_type,
    is_composite_type,
)

from engine.limits import Limits
from engine.refusal import DocumentRefused, Refusal, RefusalCode

Variables = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A page size given by a variable, and what the schema uses when the variable is absent."""

    variable: str
    default: int | None


PageSize = int | Unknown | None


@dataclass(frozen=True, slots=True)
class Page:
    """The page arguments of one field as written; `most` is the largest page."""

    first: PageSize
    last: PageSize
    most: int
    path: str = field(compare=False)

    def size(self, variables: Variables) -> int:
        """The number of items asked for; raises `DocumentRefused` unless one argument is given, in 1..most."""
        given = [value for size in (self.first, self.last) if (value := _filled(size, variables)) is not None]
        if len(given) != 1:
            raise self._refused(f"Give exactly one of `first` and `last` for `{self.path}`.")
        size = _whole(given[0])
        if size is None:
            # Not a number: coercion refuses the variable and says why. Until then it counts as the largest page.
            return self.most
        if not 1 <= size <= self.most:
            raise self._refused(f"The page size of `{self.path}` must be from 1 to {self.most}.")
        return size

    @property
    def is_literal(self) -> bool:
        return not isinstance(self.first, Unknown) and not isinstance(self.last, Unknown)

    def _refused(self, message: str) -> DocumentRefused:
        return DocumentRefused([Refusal(RefusalCode.BAD_PAGE_SIZE, message)])


@dataclass(frozen=True, slots=True)
class Bound:
    """`constant` nodes, and for each term its page size times what one item stands for."""

    constant: int = 0
    terms: tuple["Term", ...] = ()

    def nodes(self, variables: Variables) -> int:
        total = self.constant
        for term in self.terms:
            total += term.page.size(variables) * term.item.nodes(variables)
        return total

    def __add__(self, other: "Bound") -> "Bound":
        return Bound(self.constant + other.constant, self.terms + other.terms)

    def times(self, count: int) -> "Bound":
        repeated = tuple(Term(term.page, term.item.times(count)) for term in self.terms)
        return Bound(self.constant * count, repeated)


@dataclass(frozen=True, slots=True)
class Term:
    page: Page
    item: Bound


class Costs:
    """The bounds of a valid document's operations; each fragment is worked out once for each page it stands in."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[tuple[str, Page | None], Bound] = {}

    def of(self, operation: OperationDefinitionNode) -> Bound:
        """Raises `DocumentRefused` for literal page sizes out of bounds."""
        return self._selections(operation.selection_set, self._schema.get_root_type(operation.operation), None)

    def _selections(
        self, selection_set: SelectionSetNode | None, parent: GraphQLNamedType | None, page: Page | None
    ) -> Bound:
        total = Bound()
        for selection in selection_set.selections if selection_set else ():
            if isinstance(selection, FieldNode):
                total += self._field(selection, parent, page)
            elif isinstance(selection, FragmentSpreadNode):
                total += self._fragment(selection.name.value, page)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._schema.get_type(condition.name.value) if condition else parent
                total += self._selections(selection.selection_set, inner, page)
        return total

    def _fragment(self, name: str, page: Page | None) -> Bound:
        if (name, page) not in self._known:
            fragment = self._fragments[name]
            inner = self._schema.get_type(fragment.type_condition.name.value)
            self._known[name, page] = self._selections(fragment.selection_set, inner, page)
        return self._known[name, page]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, page: Page | None) -> Bound:
        name = node.name.value
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) or name not in parent.fields:
            return Bound()  # `__typename` and introspection read no rows
        definition = parent.fields[name]
        own_page = self._page(node, definition, parent)
        child = get_named_type(definition.type)
        if not is_composite_type(child):
            return Bound(0, (Term(own_page, Bound()),)) if own_page and not own_page.is_literal else Bound()
        levels = _list_levels(definition.type)
        inner_page = own_page if not levels else None
        item = self._selections(node.selection_set, child, inner_page)
        if not _carries(name, child, inner_page, page):
            item += Bound(1)
        return self._repeated(item, own_page, page if name in ("edges", "nodes") else None, definition, levels)

    def _repeated(
        self, item: Bound, own_page: Page | None, outer_page: Page | None, definition: GraphQLField, levels: int
    ) -> Bound:
        """What a field stands for, given what one of its items stands for."""
        if not levels:
            # The page of a connection is spent by its `edges` and `nodes`; it is checked also where both are absent.
            return item if own_page is None or own_page.is_literal else item + Bound(0, (Term(own_page, Bound()),))
        page = own_page or outer_page
        if page is None:
            return item.times(self._declared_bound(definition) ** levels)
        return item.times(page.size({})) if page.is_literal else Bound(0, (Term(page, item),))

    def _page(self, node: FieldNode, definition: GraphQLField, parent: GraphQLNamedType) -> Page | None:
        accepted = {name: definition.args[name] for name in ("first", "last") if name in definition.args}
        if not accepted:
            return None
        sizes = {name: _written(node, name, argument) for name, argument in accepted.items()}
        path = f"{parent.name}.{node.name.value}"
        page = Page(sizes.get("first"), sizes.get("last"), self._limits.page, path)
        if page.is_literal:
            page.size({})
        return page

    def _declared_bound(self, definition: GraphQLField) -> int:
        bound = declared(definition, "bound")
        return bound if isinstance(bound, int) else self._limits.list_bound


def declared(definition: GraphQLField, name: str) -> object:
    """What a field declares about itself, in its extensions or in the metadata of its Strawberry definition."""
    extensions = definition.extensions or {}
    if name in extensions:
        return extensions[name]
    metadata: Mapping[str, object] = getattr(extensions.get("strawberry-definition"), "metadata", None) or {}
    return metadata.get(name)


def _carries(name: str, child: GraphQLNamedType, inner_page: Page | None, page: Page | None) -> bool:
    """Connections, the edges of one and `pageInfo` carry nodes without being nodes."""
    return inner_page is not None or child.name == "PageInfo" or (name == "edges" and page is not None)


def _list_levels(type_: GraphQLOutputType) -> int:
    levels = 0
    while isinstance(type_, GraphQLList | GraphQLNonNull):
        levels += isinstance(type_, GraphQLList)
        type_ = type_.of_type
    return levels


def _written(node: FieldNode, name: str, argument: GraphQLArgument) -> PageSize:
    default = argument.default_value if argument.default_value is not Undefined else None
    default = default if isinstance(default, int) else None
    for given in node.arguments or ():
        if given.name.value == name:
            if isinstance(given.value, VariableNode):
                return Unknown(given.value.name.value, default)
            return int(given.value.value) if isinstance(given.value, IntValueNode) else None
    return default


def _filled(size: PageSize, variables: Variables) -> object:
    if isinstance(size, Unknown):
        return variables.get(size.variable, size.default)
    return size


def _whole(value: object) -> int | None:
    """GraphQL's Int takes 20 and 20.0; anything else is for coercion to refuse."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None
