"""A notice: a member is told once of each thing that concerns it in a camp; of a day that is open, once a day.

The client reads its notices; whatever sends them on (a message, a mail) can work them off by their id.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.learning.camp import Camp, CampStatus
from models.learning.camp_proof import all_proven, window_of
from models.learning.camp_task import CampTask
from models.members.condition_sql import Clause
from models.one_by_one import OneByOne
from models.record import Record
from models.staff.audit import AuditRow
from store.clock import day_start
from store.database import fetch, transaction
from store.ids import as_id

TOLD_AT_ONCE = 500


class NoticeKind(StrEnum):
    """What a member is told."""

    BEHIND = "behind"
    SEATED = "seated"
    FINISHED = "finished"
    OUT = "out"
    CANCELLED = "cancelled"


class CampNotice(Record):
    camp: fields.ForeignKeyRelation[Camp] = fields.ForeignKeyField(
        "models.Camp", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    camp_id: UUID
    member_id: UUID = fields.UUIDField()
    kind = fields.CharEnumField(NoticeKind, max_length=10)
    day = fields.SmallIntField(description="The day that is open; 0 where it is about none.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "camp_notice"
        constraints = (UniqueConstraint(fields=("camp_id", "member_id", "kind", "day"), name="camp_notice_once"),)
        indexes = (Index(fields=("member_id", "created_at", "id"), name="camp_notice_by_member"),)

    @classmethod
    async def tell(
        cls, member_ids: Sequence[UUID], camp: Camp, kind: NoticeKind, *, at: datetime, day: int = 0
    ) -> None:
        """Tell members something; who was told it before is told nothing."""
        notices = [cls(camp_id=camp.id, member_id=one, kind=kind, day=day, created_at=at) for one in member_ids]
        await cls.bulk_create(notices, ignore_conflicts=True)

    @classmethod
    async def remind(cls, camp: Camp, *, at: datetime) -> int:
        """Remind those whose tasks of today are open and who were not reminded of them before; returns how many."""
        day = camp.number_of(at)
        behind = await behind_today(camp, at=at)
        if behind is None:
            return 0
        sql = f"SELECT p.member_id FROM camp_place p WHERE {behind.of('p', first=1)} "  # noqa: S608 - own text, values are bound
        places = len(behind.values)
        untold = (
            f"AND NOT EXISTS (SELECT 1 FROM camp_notice n WHERE n.camp_id = ${places + 1} "  # noqa: S608 - own text
            f"AND n.member_id = p.member_id AND n.kind = 'behind' AND n.day = ${places + 2}) LIMIT ${places + 3}"
        )
        told = 0
        while rows := await fetch(sql + untold, *behind.values, camp.id, day, TOLD_AT_ONCE):
            await cls.tell([as_id(row["member_id"]) for row in rows], camp, NoticeKind.BEHIND, day=day, at=at)
            told += len(rows)
        return told


async def behind_today(camp: Camp, *, at: datetime) -> Clause | None:
    """That a place `{row}` of the camp takes part and has not done today's tasks; None where there are none."""
    day = camp.number_of(at)
    tasks = await CampTask.filter(camp_id=camp.id, day=day) if camp.is_published else []
    if not tasks:
        return None
    window = window_of(camp, day)
    done = all_proven([(task, window) for task in tasks])
    text = done.sql.replace("{row}", "{row}.member_id")
    sql = f"{{row}}.camp_id = ? AND {{row}}.state = 'joined' AND {{row}}.settled_through < ? AND NOT ({text})"
    return Clause(sql, (camp.id, day, *done.values))


async def remind_by_staff(camp_id: UUID, *, staff_id: UUID, at: datetime) -> int:
    """Remind, at the word of staff, everybody who is behind today; returns how many were told. Raises `NotFound`."""
    camp = await Camp.shown(camp_id)
    async with transaction():
        told = await CampNotice.remind(camp, at=at)
        await AuditRow.write(
            staff_id=staff_id,
            action="remind_camp_members",
            subject=camp,
            before=None,
            after={"day": camp.number_of(at), "told": told},
            reason=None,
            at=at,
        )
    return told


async def remind_due(*, at: datetime) -> int:
    """Remind in every camp whose hour for that has come today; returns how many were told."""
    told, run = 0, OneByOne("remind camp")
    running = Camp.filter(status=CampStatus.PUBLISHED, starts_at__lte=at, ends_at__gt=at, remind_hour__isnull=False)
    for camp in await running.order_by("starts_at", "id"):
        if reminded_at(camp, camp.number_of(at)) <= at:
            told += await run.do(camp.id, CampNotice.remind(camp, at=at)) or 0
    return told


def reminded_at(camp: Camp, day: int) -> datetime:
    """When the clock shows the hour of reminders within a business day, which may be after midnight."""
    hour = int(camp.remind_hour or 0)
    date = camp.date_of(day) + timedelta(days=hour < camp.day_start_hour)
    return day_start(date, camp.zone, hour)
