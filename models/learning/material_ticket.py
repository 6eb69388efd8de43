"""A ticket: the part of a download's address by which one reader may have one file for a few minutes.

A browser or a mini-program loads files without a token, so the address says itself for whom it is and until when, under
a seal. It opens nothing by itself: whether its reader may still read the file is asked again when it is used.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from typing import Self
from uuid import UUID

from store.vault import vault

LASTS = timedelta(minutes=10)


class ReaderKind(StrEnum):
    """Who reads."""

    MEMBER = "m"
    STAFF = "s"


@dataclass(frozen=True)
class MaterialTicket:
    material_id: UUID
    kind: ReaderKind
    reader_id: UUID
    until: datetime

    @classmethod
    def issue(cls, material_id: UUID, kind: ReaderKind, reader_id: UUID, *, at: datetime) -> str:
        """The text of a ticket from now on."""
        until = int((at + LASTS).timestamp())
        body = f"{material_id.hex}.{kind}.{reader_id.hex}.{until}"
        return f"{body}.{_seal(body)}"

    @classmethod
    def read(cls, text: str, *, at: datetime) -> Self | None:
        """The ticket in a text; None for one that is forged or has run out."""
        body, _, seal = text.rpartition(".")
        if not text.isascii() or not compare_digest(seal, _seal(body)):
            return None
        material, kind, reader, until = body.split(".")
        ends_at = datetime.fromtimestamp(int(until), UTC)
        return cls(UUID(material), ReaderKind(kind), UUID(reader), ends_at) if at < ends_at else None


def _seal(body: str) -> str:
    return vault().keyed_hash(f"material:{body}")
