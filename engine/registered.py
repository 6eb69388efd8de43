"""Registered operations: documents that are read, checked and kept for ever before the first request.

They come from a folder of `.graphql` files, or from one JSON file that gives each text by its hash, as the builds of
clients write it. A text counts byte for byte as it stands in its file, the last line end included.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import orjson

from engine.documents import Document, Documents, Operation
from engine.persisted import PREFIX
from engine.refusal import DocumentRefused, Refusal, too_complex

MOST = 2_000
"""Documents that may be registered; each takes some hundred times the memory of its text."""


class CannotRegister(Exception):
    """A line for each fault, with the name of its file."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A document, and what it was read from: a file's path within its folder, or a key of the JSON file."""

    source: str
    text: str
    document: Document


def register(
    documents: Documents, path: Path, *, on_warm: Callable[[Operation], object] | None = None
) -> list[Registered]:
    """Register what a folder or a JSON file holds, and tell `on_warm` each operation; raises `CannotRegister`."""
    try:
        texts = _folder(path) if path.is_dir() else _manifest(path)
    except OSError as error:
        raise CannotRegister(f"{error.filename}: {error.strerror}.") from None
    if not 0 < len(texts) <= MOST:
        raise CannotRegister(f"{path}: It holds {len(texts)} documents; there may be from 1 to {MOST}.")
    found: list[Registered] = []
    faults: list[str] = []
    for source, data in texts.items():
        try:
            found.append(_registered(documents, source, data))
        except UnicodeDecodeError:
            faults.append(f"{source}: It is not UTF-8.")
        except DocumentRefused as refused:
            faults += [f"{source}{_place(refusal)}: {refusal.message}" for refusal in refused.refusals]
    if faults:
        raise CannotRegister("\n".join(faults))
    if on_warm:
        for one in found:
            for operation in one.document.operations:
                on_warm(operation)
    return found


def _registered(documents: Documents, source: str, data: bytes) -> Registered:
    text = data.decode()
    document, most = documents.register(text), documents.limits.nodes
    for operation in document.operations:
        if operation.bound.constant > most:
            raise DocumentRefused([too_complex(f"It may read {operation.bound.constant} nodes; the limit is {most}.")])
    return Registered(source, text, document)


def _place(refusal: Refusal) -> str:
    return f":{refusal.places[0][0]}:{refusal.places[0][1]}" if refusal.places else ""


def _folder(path: Path) -> dict[str, bytes]:
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in sorted(path.rglob("*.graphql"))}


def _manifest(path: Path) -> dict[str, bytes]:
    try:
        texts = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        raise CannotRegister(f"{path}: It is neither a folder nor JSON.") from None
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise CannotRegister(f"{path}: It must be an object that gives each document by its hash.")
    found = {source: text.encode() for source, text in texts.items()}
    wrong = [source for source, data in found.items() if source.removeprefix(PREFIX) != sha256(data).hexdigest()]
    if wrong:
        raise CannotRegister("\n".join(f"{source}: This is not the hash of its document." for source in wrong))
    return found
