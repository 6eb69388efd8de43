"""A file of questions on its way into the bank: checked first, row by row, and taken in as a whole afterwards.

Checking writes nothing of the bank. It keeps each row with what it says, what is wrong with it, what was left out and
what it doubles, so people can look before they decide. Taking in is one transaction: all rows that were to come are
there, or none, whatever happens in between; and of two who take the same file in, one does.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.errors import DomainError, bounded_text
from models.learning.bank_row import ROWS_MOST, BankRow, unreadable
from models.learning.question import Question, QuestionStatus, WrittenQuestion
from models.learning.question_import_row import AT_ONCE, QuestionImportRow
from models.learning.question_terms import QuestionTerms
from models.learning.rich_text import line
from models.record import Record
from models.staff.audit import AuditRow
from store.database import transaction

NAME_MOST = 120
KEPT_FOR = timedelta(days=14)


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
            async for rows in QuestionImportRow.pages(import_id, skips_duplicates=skips_duplicates):
                many = [WrittenQuestion(one.question_id, QuestionTerms.from_json(one.terms or {})) for one in rows]
                await Question.write_many(many, status=status, staff_id=staff_id, at=at)
                found.taken_count += len(rows)
            if not found.taken_count:
                raise QuestionImportEmpty(field="importId")
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
