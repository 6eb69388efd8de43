"""Documents by their text: parsed, checked against limits and rules, and kept.

Members' clients send the same few texts for ever, so a document is read once and found by the hash of its text after
that. Refusals are kept too: a client that repeats a bad document costs a look-up, not a parse. What depends on the
caller or on the variables is not decided here but told by the document: whether it introspects, and what it may cost.

Registered documents are never dropped. With `only_registered` they are all that callers may run; `engine.persisted`
decides that, and answers the callers who name a document by its hash.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    parse,
    validate,
    value_from_ast_untyped,
)

from engine.cost import Bound, Costs, declared
from engine.limits import INTROSPECTION, Limits, Sizes, exceeded
from engine.refusal import DocumentRefused, Refusal, RefusalCode, too_complex


class OperationKind(StrEnum):
    QUERY = "query"
    MUTATION = "mutation"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation of a document that may run."""

    name: str | None
    kind: OperationKind
    introspects: bool
    document: DocumentNode
    node: OperationDefinitionNode
    bound: Bound
    defaults: Mapping[str, object]

    def cost(self, variables: Mapping[str, object] | None) -> int:
        """The most nodes it can read with these variables, still raw; raises `DocumentRefused` for a bad page size."""
        if not self.bound.terms:
            return self.bound.constant
        return self.bound.nodes({**self.defaults, **variables} if variables else self.defaults)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A valid document. `hash` is the SHA-256 of its text."""

    hash: bytes
    operations: tuple[Operation, ...]

    def operation(self, name: str | None) -> Operation:
        """The operation to run; raises `DocumentRefused` where the name is unknown, or missing among several."""
        if name is None and len(self.operations) == 1:
            return self.operations[0]
        for operation in self.operations:
            if name is not None and operation.name == name:
                return operation
        message = "Give the name of the operation to run." if name is None else "The document has no such operation."
        raise DocumentRefused([Refusal(RefusalCode.OPERATION_NOT_FOUND, message)])

    def cost(self, operation_name: str | None, variables: Mapping[str, object] | None) -> int:
        return self.operation(operation_name).cost(variables)


class Documents:
    """The documents of one schema, the most recently used kept: at most `size` of them and `text` characters in all.

    A parsed document takes some hundred times the memory of its text, so the text is bounded besides the number.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        *,
        size: int = 1_000,
        text: int = 1_000_000,
        only_registered: bool = False,
        on_lookup: Callable[[bool], None] | None = None,
        on_persisted: Callable[[str], None] | None = None,
    ) -> None:
        self.schema = schema
        self.limits = limits
        self.only_registered = only_registered
        self.on_persisted = on_persisted or (lambda what: None)
        self.registered: dict[bytes, Document] = {}
        self.hits = 0
        self.misses = 0
        self._size = size
        self._text = text
        self._text_kept = 0
        self._on_lookup = on_lookup
        self._kept: OrderedDict[bytes, tuple[Document | tuple[Refusal, ...], int]] = OrderedDict()

    def get(self, text: str, hash: bytes | None = None) -> Document:
        """The document of a text, whose hash may be given; raises `DocumentRefused` where it may not run."""
        key = hash or self.hash(text)
        found = self._known(key)
        if self._on_lookup:
            self._on_lookup(found is not None)
        if found is None:
            self.misses += 1
            found = self._read(key, text)
            self._keep(key, found, len(text))
        return _or_refused(found)

    def named(self, hash: bytes) -> Document | None:
        """The document with a hash, while it is kept; raises `DocumentRefused` where it may not run."""
        found = self._known(hash)
        return _or_refused(found) if found else None

    def register(self, text: str) -> Document:
        """Keep a document for ever; raises `DocumentRefused` where it may not run."""
        key = self.hash(text)
        document = self.registered[key] = _or_refused(self._read(key, text))
        return document

    def hash(self, text: str) -> bytes:
        """The SHA-256 of a text; raises `DocumentRefused` for one so long that it is neither hashed nor parsed."""
        data = text.encode() if len(text) <= self.limits.text_bytes else b""
        if (not data and text) or len(data) > self.limits.text_bytes:
            raise DocumentRefused([too_complex(f"The document is longer than {self.limits.text_bytes} bytes.")])
        return sha256(data).digest()

    def __len__(self) -> int:
        return len(self._kept)

    def _known(self, key: bytes) -> Document | tuple[Refusal, ...] | None:
        found: Document | tuple[Refusal, ...] | None = self.registered.get(key)
        if found is None and (kept := self._kept.get(key)):
            self._kept.move_to_end(key)
            found = kept[0]
        self.hits += found is not None
        return found

    def _keep(self, key: bytes, found: Document | tuple[Refusal, ...], length: int) -> None:
        weight = length if isinstance(found, Document) else 0
        self._kept[key] = (found, weight)
        self._text_kept += weight
        while len(self._kept) > self._size or self._text_kept > self._text:
            self._text_kept -= self._kept.popitem(last=False)[1][1]

    def _read(self, key: bytes, text: str) -> Document | tuple[Refusal, ...]:
        try:
            document = parse(text, max_tokens=self.limits.tokens)
            refusals = exceeded(document, self.limits) or self._invalid(document)
            return tuple(refusals[: self.limits.errors]) if refusals else Document(key, self._operations(document))
        except GraphQLSyntaxError as error:
            return (_told(error, RefusalCode.GRAPHQL_PARSE_FAILED),)
        except DocumentRefused as refused:
            return refused.refusals
        except RecursionError:
            return (too_complex("The document is nested too deeply."),)

    def _invalid(self, document: DocumentNode) -> list[Refusal]:
        errors = validate(self.schema, document, max_errors=self.limits.errors, hide_suggestions=True)
        return [_told(error, RefusalCode.GRAPHQL_VALIDATION_FAILED) for error in errors]

    def _operations(self, document: DocumentNode) -> tuple[Operation, ...]:
        costs, sizes = Costs(self.schema, document, self.limits), Sizes(document)
        operations = []
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                measure = sizes.of(node)
                if measure.roots > 1:
                    self._refuse_beside_single(node, measure.root_names)
                operations.append(
                    Operation(
                        name=node.name.value if isinstance(node.name, NameNode) else None,
                        kind=OperationKind(node.operation.value),
                        introspects=not INTROSPECTION.isdisjoint(measure.root_names),
                        document=document,
                        node=node,
                        bound=costs.of(node),
                        defaults=_defaults(node),
                    )
                )
        return tuple(operations)

    def _refuse_beside_single(self, node: OperationDefinitionNode, names: set[str]) -> None:
        """A mutation that declares `single` runs alone in its request: a draw is one draw, whatever the aliases."""
        root = self.schema.mutation_type
        if node.operation is not OperationType.MUTATION or root is None:
            return
        for name in sorted(names):
            if name in root.fields and declared(root.fields[name], "single"):
                raise DocumentRefused([too_complex(f"`{name}` must be the only mutation of its request.")])


def _or_refused(found: Document | tuple[Refusal, ...]) -> Document:
    if isinstance(found, Document):
        return found
    raise DocumentRefused(found)


def _defaults(node: OperationDefinitionNode) -> dict[str, object]:
    return {
        variable.variable.name.value: value_from_ast_untyped(variable.default_value)
        for variable in node.variable_definitions or ()
        if variable.default_value not in (None, Undefined)
    }


def _told(error: GraphQLError, code: RefusalCode) -> Refusal:
    return Refusal(code, error.message, tuple((place.line, place.column) for place in error.locations or ()))
