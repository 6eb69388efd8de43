"""A row of a file of questions: what it says, what is wrong with it, what stays behind, what it doubles."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.learning.bank_row import TITLE_MOST, BankRow
from models.learning.question_kind import QuestionKind
from models.record import Record
from store.database import among, fetch
from store.ids import as_id, new_id

AT_ONCE = 500


class QuestionImportRow(Record):
    import_id: UUID = fields.UUIDField()
    position = fields.IntField(description="From 1, as the rows came.")
    file_place = fields.IntField(description="The row, line or number to find it by in the file.")
    title = fields.CharField(max_length=TITLE_MOST)
    kind = fields.CharEnumField(QuestionKind, max_length=10, null=True)
    terms: dict[str, Any] | None = fields.JSONField(null=True, description="The question, until it is taken in.")
    fingerprint = fields.CharField(max_length=32, null=True)
    problem: dict[str, str] | None = fields.JSONField(null=True, description="What is wrong: column, zh, en.")
    notes: list[dict[str, str]] = fields.JSONField(default=list, description="What stays behind: column, zh, en.")
    doubles_row: int | None = fields.IntField(null=True, description="The position of an earlier row that says it too.")
    doubles_question_id: UUID | None = fields.UUIDField(null=True, description="The question that says it too.")
    question_id: UUID = fields.UUIDField(default=new_id, description="The id that its question has, once taken in.")

    class Meta:
        table = "question_import_row"
        constraints = (UniqueConstraint(fields=("import_id", "position"), name="question_import_row_once"),)

    @property
    def is_duplicate(self) -> bool:
        return self.doubles_row is not None or self.doubles_question_id is not None

    @classmethod
    async def kept(cls, import_id: UUID, rows: Sequence[BankRow]) -> list[Self]:
        """The rows with what they double, not yet saved."""
        found = await asyncio.to_thread(lambda: [cls._of(import_id, place, row) for place, row in enumerate(rows, 1)])
        known = await known_fingerprints(one.fingerprint for one in found)
        earlier: dict[str, int] = {}
        for one in found:
            if one.fingerprint:
                one.doubles_question_id = known.get(one.fingerprint)
                first = earlier.setdefault(one.fingerprint, one.position)
                one.doubles_row = first if first != one.position else None
        return found

    @classmethod
    async def pages(cls, import_id: UUID, *, skips_duplicates: bool) -> AsyncIterator[list[Self]]:
        """The rows that can come in, some at a time, so that nobody else waits long while they are worked on."""
        position = 0
        while (
            rows := await cls.filter(import_id=import_id, problem__isnull=True, position__gt=position)
            .order_by("position")
            .limit(AT_ONCE)
        ):
            position = rows[-1].position
            known = await known_fingerprints(one.fingerprint for one in rows) if skips_duplicates else {}
            yield [one for one in rows if not skips_duplicates or not (one.doubles_row or one.fingerprint in known)]

    @classmethod
    def _of(cls, import_id: UUID, position: int, row: BankRow) -> Self:
        terms = row.terms
        return cls(
            import_id=import_id,
            position=position,
            file_place=row.place,
            title=row.title,
            kind=terms.content.kind if terms else None,
            terms=terms.to_json() if terms else None,
            fingerprint=terms.fingerprint if terms else None,
            problem=row.problem.to_json() if row.problem else None,
            notes=[one.to_json() for one in row.notes],
        )


async def known_fingerprints(wanted: Iterable[str | None]) -> dict[str, UUID]:
    """Questions in use or in draft by fingerprint, as far as they are wanted."""
    prints, found = sorted({one for one in wanted if one}), dict[str, UUID]()
    sql = f"SELECT fingerprint, id FROM question WHERE {among('fingerprint', 1, 'text')} AND status <> 'archived'"  # noqa: S608 - own text, values are bound
    for start in range(0, len(prints), 5_000):
        for row in await fetch(sql, prints[start : start + 5_000]):
            found.setdefault(str(row["fingerprint"]), as_id(row["id"]))
    return found
