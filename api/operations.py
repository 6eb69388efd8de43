"""Clients' operations, held against the schema and told by their hashes: `python -m api operations`."""

from pathlib import Path

import orjson

from engine.documents import Documents
from engine.limits import Limits
from engine.registered import CannotRegister, Registered, register

__all__ = ["CannotRegister", "listed", "manifested", "registered"]


def registered(path: Path) -> list[Registered]:
    """The operations of a folder or JSON file as the server would register them; raises `CannotRegister`."""
    from api.schema import schema

    return register(Documents(schema._schema, Limits()), path)


def listed(found: list[Registered]) -> str:
    """A line for each document: its hash, the names of its operations, and its file."""
    return "\n".join(f"{one.document.hash.hex()}  {_names(one)}  {one.source}" for one in found)


def manifested(found: list[Registered]) -> str:
    """Each document by its hash, in JSON."""
    return orjson.dumps({one.document.hash.hex(): one.text for one in found}, option=orjson.OPT_INDENT_2).decode()


def _names(one: Registered) -> str:
    return ",".join(operation.name or "-" for operation in one.document.operations)
