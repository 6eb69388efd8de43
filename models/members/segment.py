"""A segment: a named audience that staff keep, as a condition on members.

Segments may name other segments and never themselves. A ring can only close where the segments that a new condition
leads to lead back; so the rows of all of them are taken, in one order, and looked at again before it is written.
Members who left or erased their account are in no segment.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, bounded_text
from models.groups.circle import Circle
from models.groups.group import Group
from models.members.condition import ANY, COUNT_MOST, Condition
from models.members.condition_sql import Clause, Compiler
from models.members.member import MAY_LOG_IN
from models.members.segment_use import SegmentUse, uses_of
from models.members.tag import Tag
from models.record import Record
from models.staff.audit import AuditRow
from store.database import among, dialect, fetch, fetch_value, transaction, violates

NAME_MOST, SUMMARY_MOST = 40, 300
HELD = Clause(f"{{row}}.status IN ({', '.join(repr(str(one)) for one in MAY_LOG_IN)})")
"""Who can be in a segment at all."""
NOBODY = Condition("level_least", COUNT_MOST)


class SegmentNameTaken(DomainError):
    code = "SEGMENT_NAME_TAKEN"
    zh = "已有同名的人群"
    en = "There is a segment of this name."
    field = "name"


class SegmentChanged(DomainError):
    code = "SEGMENT_CHANGED"
    zh = "该人群刚被他人修改，请刷新后重试"
    en = "Somebody changed this segment meanwhile; read it again."
    field = "expectedVersion"


class SegmentRing(DomainError):
    code = "SEGMENT_RING"
    zh = "人群之间不能循环引用"
    en = "Segments cannot name each other in a ring."
    field = "condition"


class SegmentInUse(DomainError):
    code = "SEGMENT_IN_USE"
    zh = "该人群正在使用中，不能归档"
    en = "This segment is in use and cannot be archived."


class Segment(Record):
    name = fields.CharField(max_length=NAME_MOST)
    summary = fields.CharField(max_length=SUMMARY_MOST, null=True)
    condition: dict[str, Any] = fields.JSONField()
    version = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()
    changed_at: datetime = fields.DatetimeField()
    archived_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "segment"
        constraints = (UniqueConstraint(fields=("name",), name="segment_name_once"),)
        indexes = (Index(fields=("created_at", "id"), name="segment_by_created"),)

    @classmethod
    async def make(
        cls, *, name: str, condition: Condition, summary: str | None = None, staff_id: UUID, at: datetime
    ) -> Self:
        """Keep a condition under a name. Raises `SegmentNameTaken`, `Invalid`, `NotFound`."""
        await _refuse_unknown(condition)
        segment = cls(
            name=bounded_text(name, "name", least=1, most=NAME_MOST),
            summary=bounded_text(summary, "summary", most=SUMMARY_MOST) or None,
            condition=condition.told,
            created_at=at,
            changed_at=at,
        )
        try:
            async with transaction():
                await clause_of(condition, at=at)
                await segment.save(force_create=True)
                await segment._told("make_segment", None, None, staff_id=staff_id, at=at)
        except IntegrityError as error:
            raise _named(error) from None
        return segment

    @classmethod
    async def change(
        cls,
        id: UUID,
        *,
        expected_version: int,
        name: str | None = None,
        summary: str | None = None,
        condition: Condition | None = None,
        reason: str | None = None,
        staff_id: UUID,
        at: datetime,
    ) -> Self:
        """Change a segment; what is absent stays.

        Raises `SegmentChanged`, `SegmentRing`, `SegmentNameTaken`, `Invalid`, `NotFound`.
        """
        if condition:
            await _refuse_unknown(condition)
        try:
            async with transaction():
                await _take({id} | (condition.segment_ids if condition else set()))
                segment = await cls.existing(id, field="segmentId")
                if segment.version != expected_version:
                    raise SegmentChanged()
                before = segment._facts()
                segment.name = bounded_text(name, "name", least=1, most=NAME_MOST) or segment.name
                if summary is not None:
                    segment.summary = bounded_text(summary, "summary", most=SUMMARY_MOST) or None
                if condition:
                    if id in await reached(condition):
                        raise SegmentRing()
                    await clause_of(condition, at=at)
                    segment.condition = condition.told
                segment.version, segment.changed_at = segment.version + 1, at
                await segment.save(update_fields=["name", "summary", "condition", "version", "changed_at"])
                await segment._told("change_segment", before, reason, staff_id=staff_id, at=at)
        except IntegrityError as error:
            raise _named(error) from None
        return segment

    @classmethod
    async def archive(cls, id: UUID, *, reason: str | None = None, staff_id: UUID, at: datetime) -> Self:
        """Put a segment that nothing uses out of the lists. Raises `SegmentInUse`, `NotFound`."""
        async with transaction():
            await _take({id})
            segment = await cls.existing(id, field="segmentId")
            if await segment.uses():
                raise SegmentInUse()
            before = segment._facts()
            segment.archived_at, segment.version = segment.archived_at or at, segment.version + 1
            await segment.save(update_fields=["archived_at", "version"])
            await segment._told("archive_segment", before, reason, staff_id=staff_id, at=at)
        return segment

    @property
    def tree(self) -> Condition:
        return Condition.parsed(self.condition)

    async def size(self, *, at: datetime, within: Clause | None = None) -> int:
        """How many members are in it, `within` a part of the brand."""
        return await size_of(self.tree, at=at, within=within)

    async def holds(self, member_id: UUID, *, at: datetime) -> bool:
        """Whether a member is in it."""
        clause = await members_of(self.tree, at=at)
        sql = f"SELECT 1 AS found FROM member m WHERE m.id = $1 AND {clause.of('m', first=2)}"  # noqa: S608 - own text, values are bound
        return bool(await fetch(sql, member_id, *clause.values))

    async def uses(self) -> list[SegmentUse]:
        """What names it: other segments, and whatever has an audience."""
        return await uses_of(self.id)

    def _facts(self) -> dict[str, object]:
        names = ("name", "summary", "condition", "version", "archived_at")
        return {name: getattr(self, name) for name in names}

    async def _told(
        self, action: str, before: dict[str, object] | None, reason: str | None, *, staff_id: UUID, at: datetime
    ) -> None:
        await AuditRow.write(
            staff_id=staff_id, action=action, subject=self, before=before, after=self._facts(), reason=reason, at=at
        )


async def members_of(condition: Condition, *, at: datetime, within: Clause | None = None) -> Clause:
    """The members whom a condition holds for, as a clause over their rows."""
    return both(HELD, await clause_of(condition, at=at), *([within] if within else []))


async def size_of(condition: Condition, *, at: datetime, within: Clause | None = None) -> int:
    """How many members a condition holds for, saved or not."""
    clause = await members_of(condition, at=at, within=within)
    sql = f"SELECT COUNT(*) FROM member m WHERE {clause.of('m', first=1)}"  # noqa: S608 - own text, values are bound
    return int(await fetch_value(sql, *clause.values))


async def sizes_of(conditions: Sequence[Condition], *, at: datetime, within: Clause) -> list[int]:
    """The sizes of several conditions, in their order, in one statement beside those that read what they name."""
    named = await reached(Condition(ANY, parts=tuple(conditions)))
    counts: list[str] = []
    values: list[object] = []
    for number, condition in enumerate(conditions):
        clause = both(HELD, Compiler(at=at, segments=named).compile(condition), within)
        text = clause.of("m", first=len(values) + 1)
        counts.append(f"(SELECT COUNT(*) FROM member m WHERE {text}) AS size_{number}")  # noqa: S608 - own text
        values += clause.values
    [row] = await fetch(f"SELECT {', '.join(counts)}", *values) if counts else [{}]
    return [int(row[f"size_{number}"]) for number in range(len(conditions))]


async def clause_of(condition: Condition, *, at: datetime) -> Clause:
    """The condition in SQL, with the segments that it names. Raises `Invalid` where they are too many."""
    return Compiler(at=at, segments=await reached(condition)).compile(condition)


def both(*clauses: Clause) -> Clause:
    """Clauses that must all hold."""
    values = tuple(value for one in clauses for value in one.values)
    return Clause("(" + " AND ".join(f"({one.sql})" for one in clauses) + ")", values)


async def reached(condition: Condition) -> dict[UUID, Condition]:
    """The conditions of all segments that one leads to; a segment that is not there holds for nobody."""
    known: dict[UUID, Condition] = {}
    wanted = condition.segment_ids
    while wanted:
        found = {one.id: one.tree for one in await Segment.filter(id__in=list(wanted))}
        known |= dict.fromkeys(wanted, NOBODY) | found
        wanted = {named for one in found.values() for named in one.segment_ids} - known.keys()
    return known


async def _take(ids: set[UUID]) -> None:
    """Take the rows of segments and of all that they lead to, in one order; SQLite has one writer at a time anyway."""
    held: set[UUID] = set()
    if dialect() != "postgres":
        return
    while True:
        wanted = set(ids)
        for one in await Segment.filter(id__in=list(ids)):
            wanted |= {one.id, *await reached(one.tree)}
        if wanted <= held:
            return
        sql = f"SELECT id FROM segment WHERE {among('id', 1, 'uuid')} ORDER BY id FOR UPDATE"  # noqa: S608 - own text
        await fetch(sql, sorted(wanted))
        held = wanted


async def _refuse_unknown(condition: Condition) -> None:
    """Raise `NotFound` for ids of nothing."""
    places = [node.value for node in condition.nodes() if node.kind == "place"]
    named: Sequence[tuple[str, type[Record], set[UUID]]] = (
        ("tagIn", Tag, condition.named("tag_in")),
        ("segment", Segment, condition.segment_ids),
        ("circleIds", Circle, {one for place in places for one in place.circle_ids}),
        ("groupIds", Group, {one for place in places for one in place.group_ids}),
    )
    for part, record, ids in named:
        await record.refuse_unknown(ids, field=f"condition.{part}")


def _named(error: IntegrityError) -> Exception:
    return SegmentNameTaken() if violates(error, Segment, "segment_name_once") else error
