"""A task of a day of a camp. There may be several; a day without any is a day of rest, and is counted for nobody."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError
from models.learning.camp import Camp, CampStatus
from models.learning.camp_terms import DETAIL_MOST, TITLE_MOST, CampTerms, TaskKind
from models.record import Record

_SAID = ("day", "position", "kind", "title", "detail", "target_id", "words_least", "pictures_least")


class CampDayBegun(DomainError):
    code = "CAMP_DAY_BEGUN"
    zh = "第 {day} 天已开始，任务不能再更改"
    en = "Day {day} has begun; its tasks cannot be changed any more."
    field = "tasks"


class CampTask(Record):
    camp: fields.ForeignKeyRelation[Camp] = fields.ForeignKeyField(
        "models.Camp", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    camp_id: UUID
    day = fields.SmallIntField()
    position = fields.SmallIntField(description="Its place in the day, from 0.")
    kind = fields.CharEnumField(TaskKind, max_length=10)
    title = fields.CharField(max_length=TITLE_MOST)
    detail = fields.CharField(max_length=DETAIL_MOST, null=True)
    target_id: UUID | None = fields.UUIDField(null=True, description="The session, the quiz or the check-in plan.")
    words_least = fields.SmallIntField(default=0)
    pictures_least = fields.SmallIntField(default=0)
    opens_at: datetime = fields.DatetimeField(description="When its day begins.")

    class Meta:
        table = "camp_task"
        constraints = (UniqueConstraint(fields=("camp_id", "day", "position"), name="camp_task_place"),)

    @classmethod
    async def of(cls, camp_id: UUID) -> list[Self]:
        return await cls.filter(camp_id=camp_id).order_by("day", "position")

    @classmethod
    async def put(cls, camp: Camp, terms: CampTerms, *, at: datetime) -> None:
        """Write the tasks of a camp, whose row the caller holds, anew; those of days that have begun must be the same.

        Raises `CampDayBegun`.
        """
        wanted = [cls._made(camp, position, task.columns()) for position, task in terms.numbered()]
        known = await cls.of(camp.id)
        if camp.status is not CampStatus.DRAFT:
            _refuse_begun(known, wanted, at)
            known, wanted = [one for one in known if one.opens_at > at], [one for one in wanted if one.opens_at > at]
        await cls.filter(id__in=[one.id for one in known]).delete()
        await cls.bulk_create(wanted)

    @classmethod
    def _made(cls, camp: Camp, position: int, columns: dict[str, object]) -> Self:
        day = int(str(columns["day"]))
        return cls(camp_id=camp.id, position=position, opens_at=camp.day_opens(day), **columns)

    def said(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in _SAID)


def _refuse_begun(known: Sequence[CampTask], wanted: Sequence[CampTask], at: datetime) -> None:
    before = {one.said() for one in known if one.opens_at <= at}
    after = {one.said() for one in wanted if one.opens_at <= at}
    for said in before ^ after:
        raise CampDayBegun(day=said[0])
