"""The document of a request that may name it by its hash, and the allow-list of registered documents.

A hash finds a registered document at any time, and another document while it is kept, so a client may send its hash
alone and the whole text only where the hash is not known ("automatic persisted queries"). Where only registered
documents may run, others are refused by their hash before they are parsed: nothing of the schema is told by errors.
"""

from engine.documents import Document, Documents
from engine.refusal import DocumentRefused, Refusal, RefusalCode

# Clients of automatic persisted queries know by this very text that they have to send the document itself.
NOT_FOUND = "PersistedQueryNotFound"
PREFIX = "sha256:"
DIGITS = frozenset("0123456789abcdef")


def asked(documents: Documents, text: str | None, name: str | None, *, any_document: bool) -> Document:
    """The document of a text, of a name (its SHA-256 in hexadecimal digits), or of both.

    Raises `DocumentRefused` where it may not run. `any_document` is for callers whom the allow-list does not bind.
    """
    if text is None:
        return _named(documents, hash_of(name or ""), any_document=any_document)
    key = documents.hash(text)
    if name is not None and hash_of(name) != key:
        raise _refused(RefusalCode.BAD_REQUEST, "The hash is not that of `query`.")
    if documents.only_registered and not any_document and key not in documents.registered:
        documents.on_persisted("refused")
        message = f"Only registered operations may run here; this one is {PREFIX}{key.hex()}."
        raise _refused(RefusalCode.OPERATION_NOT_REGISTERED, message)
    return documents.get(text, key)


def hash_of(name: str) -> bytes:
    """The hash in a document's name; raises `DocumentRefused` where there is none."""
    digits = name.removeprefix(PREFIX)
    if len(digits) != 64 or not DIGITS.issuperset(digits):
        message = "A document is named by its SHA-256: 64 hexadecimal digits in lower case, after `sha256:` or alone."
        raise _refused(RefusalCode.BAD_REQUEST, message)
    return bytes.fromhex(digits)


def _named(documents: Documents, key: bytes, *, any_document: bool) -> Document:
    is_bound = documents.only_registered and not any_document
    found = documents.registered.get(key) if is_bound else documents.named(key)
    documents.on_persisted("hit" if found else "miss")
    if found is None:
        raise _refused(RefusalCode.PERSISTED_OPERATION_NOT_FOUND, NOT_FOUND)
    return found


def _refused(code: RefusalCode, message: str) -> DocumentRefused:
    return DocumentRefused([Refusal(code, message)])
