"""A file of questions on its way into the bank: checked first, row by row, and taken in as a whole afterwards.

Checking writes nothing of the bank. It keeps each row with what it says, what is wrong with it, what was left out and
what it doubles, so people can look before they decide. Taking in is one transaction: all rows that were to come are
there, or none, whatever happens in between; and of two who take the same file in, one does.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, bounded_text
from models.learning.bank_row import ROWS_MOST, TITLE_MOST, BankRow, unreadable
from models.learning.question import Question, QuestionStatus, WrittenQuestion
from models.learning.question_kind import QuestionKind
from models.learning.question_terms import QuestionTerms
from models.learning.rich_text import line
from models.record import Record
from models.staff.audit import AuditRow
from store.database import among, fetch, transaction
from store.ids import as_id, new_id

NAME_MOST = 120
KEPT_FOR = timedelta(days=14)
AT_ONCE = 500


class QuestionImportOver(DomainError):
    code = "QUESTION_IMPORT_OVER"
    zh = "该文件已导入或已放弃"
    en = "This file was taken in or dropped before."
    field = "importId"


class QuestionImportFaulty(DomainError):
    code = "QUESTION_IMPORT_FAULTY"
    zh = "有 {rows} 行存在问题，请修正文件或选择跳过"
    en = "{rows} rows have problems; mend the file or skip them."


class QuestionImportEmpty(DomainError):
    code = "QUESTION_IMPORT_EMPTY"
    zh = "没有可导入的题目"
    en = "There is no question to take in."


class BankFormat(StrEnum):
    """How a file of questions is written."""

    XLSX = "xlsx"
    GIFT = "gift"
    MOODLE_XML = "moodle_xml"


class ImportStatus(StrEnum):
    """How far a file has come."""

    CHECKED = "checked"
    TAKEN_IN = "taken_in"
    DROPPED = "dropped"


class QuestionImport(Record):
    format = fields.CharEnumField(BankFormat, max_length=12)
    name = fields.CharField(max_length=NAME_MOST, null=True, description="What the file is called.")
    status = fields.CharEnumField(ImportStatus, max_length=10, default=ImportStatus.CHECKED)
    row_count = fields.IntField()
    faulty_count = fields.IntField(description="Rows with problems.")
    duplicate_count = fields.IntField(description="Rows that say what a question or an earlier row says.")
    taken_count = fields.IntField(default=0, description="Questions that came of it.")
    staff_id: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True, description="When it was taken in or dropped.")

    class Meta:
        table = "question_import"
        indexes = (Index(fields=("created_at", "id"), name="question_import_by_time"),)

    @classmethod
    async def check(
        cls, rows: Sequence[BankRow], *, format: BankFormat, name: str | None, staff_id: UUID, at: datetime
    ) -> Self:
        """Keep the rows of a file, with what is wrong with each. Raises `Invalid` for a file without any."""
        if not rows or len(rows) > ROWS_MOST:
            raise unreadable(f"文件应有 1–{ROWS_MOST} 题", f"a file has 1 to {ROWS_MOST} questions")
        told_as = bounded_text(line(name or ""), "name", most=NAME_MOST) or None
        found = cls(format=format, name=told_as, staff_id=staff_id, created_at=at, row_count=len(rows))
        kept = await QuestionImportRow.kept(found.id, rows)
        found.faulty_count = sum(one.problem is not None for one in kept)
        found.duplicate_count = sum(one.is_duplicate for one in kept)
        async with transaction():
            await found.save(force_create=True)
            await QuestionImportRow.bulk_create(kept, batch_size=AT_ONCE)
        return found

    @classmethod
    async def take_in(
        cls,
        import_id: UUID,
        *,
        status: QuestionStatus,
        staff_id: UUID,
        at: datetime,
        skips_faulty: bool = False,
        skips_duplicates: bool = True,
    ) -> Self:
        """Make questions of the rows of a file that was checked, all of them at once.

        What it doubles is looked up again, for the bank may have grown since. Raises `QuestionImportOver`,
        `QuestionImportFaulty`, `QuestionImportEmpty`, `NotFound`.
        """
        async with transaction():
            found = await cls._ended(import_id, ImportStatus.TAKEN_IN, at=at)
            if found.faulty_count and not skips_faulty:
                raise QuestionImportFaulty(rows=found.faulty_count)
            rows = await QuestionImportRow.filter(import_id=import_id, problem__isnull=True).order_by("position")
            if skips_duplicates:
                known = await known_fingerprints(one.fingerprint for one in rows)
                rows = [one for one in rows if one.doubles_row is None and one.fingerprint not in known]
            if not rows:
                raise QuestionImportEmpty(field="importId")
            many = [WrittenQuestion(one.question_id, QuestionTerms.from_json(one.terms or {})) for one in rows]
            await Question.write_many(many, status=status, staff_id=staff_id, at=at)
            found.taken_count = len(rows)
            await found.save(update_fields=["taken_count"])
            await QuestionImportRow.filter(import_id=import_id).update(terms=None)
            await found._audit("import_questions", staff_id=staff_id, at=at)
        return found

    @classmethod
    async def drop(cls, import_id: UUID, *, staff_id: UUID, at: datetime) -> Self:
        """Take nothing in of a file that was checked. Raises `QuestionImportOver`, `NotFound`."""
        async with transaction():
            found = await cls._ended(import_id, ImportStatus.DROPPED, at=at)
            await QuestionImportRow.filter(import_id=import_id).delete()
            await found._audit("drop_question_import", staff_id=staff_id, at=at)
        return found

    @classmethod
    async def forget_old(cls, *, at: datetime) -> int:
        """Delete the rows of files that were checked long ago and never taken in; returns how many files these were."""
        old = await cls.filter(status=ImportStatus.CHECKED, created_at__lt=at - KEPT_FOR).limit(100)
        for one in old:
            async with transaction():
                if await cls.filter(id=one.id, status=ImportStatus.CHECKED).update(
                    status=ImportStatus.DROPPED, ended_at=at
                ):
                    await QuestionImportRow.filter(import_id=one.id).delete()
        return len(old)

    @classmethod
    async def _ended(cls, import_id: UUID, status: ImportStatus, *, at: datetime) -> Self:
        """The file, which was only checked so far; one statement decides who was first."""
        found = await cls.existing(import_id, field="importId")
        still = cls.filter(id=import_id, status=ImportStatus.CHECKED)
        if not await still.update(status=status, ended_at=at):
            raise QuestionImportOver()
        found.status, found.ended_at = status, at
        return found

    async def _audit(self, action: str, *, staff_id: UUID, at: datetime) -> None:
        after = {name: getattr(self, name) for name in ("format", "name", "status", "row_count", "taken_count")}
        await AuditRow.write(
            staff_id=staff_id, action=action, subject=self, before=None, after=after, reason=None, at=at
        )


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
        found = [cls._of(import_id, position, row) for position, row in enumerate(rows, start=1)]
        known = await known_fingerprints(one.fingerprint for one in found)
        earlier: dict[str, int] = {}
        for one in found:
            if one.fingerprint:
                one.doubles_question_id = known.get(one.fingerprint)
                first = earlier.setdefault(one.fingerprint, one.position)
                one.doubles_row = first if first != one.position else None
        return found

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
