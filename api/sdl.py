"""The committed schema: printed, written down, and held against what clients already use.

A part of the contract may go only after a commit in which it was deprecated. Clients are taken to use the file of HEAD
without what is deprecated in it, and without the types that only deprecated parts lead to.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphql import (
    REMOVE,
    DefinitionNode,
    DocumentNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    NamedTypeNode,
    Node,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    Visitor,
    build_ast_schema,
    build_schema,
    find_breaking_changes,
    parse,
    visit,
)

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "schema.graphql"
ROOT_TYPES = {"Query", "Mutation", "Subscription"}


def printed() -> str:
    """The schema as it is."""
    from api.schema import schema

    return schema.as_str().rstrip() + "\n"


def write_down() -> None:
    FILE.write_text(printed(), encoding="utf-8")


def faults() -> list[str]:
    """What keeps the committed schema from being current and safe for clients, a sentence each."""
    current = printed()
    found = []
    if not FILE.exists() or FILE.read_text(encoding="utf-8") != current:
        found.append("schema.graphql is stale: run `make sdl` and commit it.")
    committed = _committed()
    if committed is not None:
        found += broken_promises(committed, current)
    return found


def broken_promises(before: str, after: str) -> list[str]:
    """What clients of the schema `before` lose in `after` without having been told by a deprecation."""
    changes = find_breaking_changes(build_ast_schema(_promised(parse(before))), build_schema(after))
    return [f"schema.graphql breaks clients: {change.description}" for change in changes]


def _committed() -> str | None:
    """The file of HEAD; None in a folder without history, and before the file's first commit."""
    command = ["git", "-C", str(ROOT), "show", f"HEAD:{FILE.name}"]
    try:
        shown = subprocess.run(command, capture_output=True, check=False, timeout=30)  # noqa: S603  our own command line
    except FileNotFoundError:
        return None
    return shown.stdout.decode("utf-8") if shown.returncode == 0 else None


def _promised(document: DocumentNode) -> DocumentNode:
    kept: DocumentNode = visit(document, _WithoutDeprecated())
    reachable = _reachable(kept.definitions)
    return DocumentNode(
        definitions=tuple(
            definition
            for definition in kept.definitions
            if not isinstance(definition, TypeDefinitionNode) or definition.name.value in reachable
        )
    )


class _WithoutDeprecated(Visitor):
    def enter(self, node: Node, *_: Any) -> Any:
        parts = (FieldDefinitionNode, InputValueDefinitionNode, EnumValueDefinitionNode)
        if isinstance(node, parts) and any(given.name.value == "deprecated" for given in node.directives or ()):
            return REMOVE
        return None


def _reachable(definitions: Sequence[DefinitionNode]) -> set[str]:
    """The names of the types that the roots lead to, also by way of an interface that a type implements."""
    types = {one.name.value: one for one in definitions if isinstance(one, TypeDefinitionNode)}
    leads = {name: _names_in(definition) for name, definition in types.items()}
    interfaces = {
        name: {interface.name.value for interface in definition.interfaces or ()}
        for name, definition in types.items()
        if isinstance(definition, ObjectTypeDefinitionNode)
    }
    reached: set[str] = set()
    further = ROOT_TYPES & types.keys()
    while further:
        reached |= further
        led_to = set[str]().union(*(leads[name] for name in reached))
        led_to |= {name for name, implemented in interfaces.items() if implemented & reached}
        further = (led_to & types.keys()) - reached
    return reached


def _names_in(definition: DefinitionNode) -> set[str]:
    class Names(Visitor):
        def enter_named_type(self, node: NamedTypeNode, *_: Any) -> None:
            found.add(node.name.value)

    found: set[str] = set()
    visit(definition, Names())
    return found
