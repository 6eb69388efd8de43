"""A day of a squad that has been settled: there is one row for it, and one for each member who owed it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.checkins.squad import Squad
from models.checkins.squad_challenge import SquadChallenge
from models.checkins.squad_place import SquadPlace
from models.checkins.squad_tally import DayResult
from models.record import Record


class SquadDay(Record):
    squad: fields.ForeignKeyRelation[Squad] = fields.ForeignKeyField(
        "models.Squad", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    squad_id: UUID
    day = fields.SmallIntField()
    done = fields.SmallIntField(description="How many checked in of those who owed it.")
    missed = fields.SmallIntField(description="How many did not, empty seats among them.")
    settled_at: datetime = fields.DatetimeField(description="When it was due to be settled.")

    class Meta:
        table = "squad_day"
        constraints = (UniqueConstraint(fields=("squad_id", "day"), name="squad_day_once"),)

    @classmethod
    async def write(
        cls, squad: Squad, challenge: SquadChallenge, places: Mapping[UUID, SquadPlace], results: Sequence[DayResult]
    ) -> None:
        """Write down what days came to, inside the caller's transaction; raises where one was settled before."""
        missed, days, marks = squad.missed_days, list[SquadDay](), list[SquadMark]()
        for result in results:
            settled_at = challenge.settles_at(result.day)
            days.append(
                cls(
                    squad_id=squad.id,
                    day=result.day,
                    done=result.done,
                    missed=result.after.missed - missed,
                    settled_at=settled_at,
                )
            )
            missed = result.after.missed
            marks += [
                SquadMark(
                    place_id=place_id,
                    member_id=places[place_id].member_id,
                    day=result.day,
                    is_done=is_done,
                    settled_at=settled_at,
                )
                for place_id, is_done in result.marks.items()
            ]
        await cls.bulk_create(days)
        await SquadMark.bulk_create(marks)


class SquadMark(Record):
    """What a settled day came to for a member who owed it."""

    place: fields.ForeignKeyRelation[SquadPlace] = fields.ForeignKeyField(
        "models.SquadPlace", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    place_id: UUID
    member_id: UUID = fields.UUIDField()
    day = fields.SmallIntField()
    is_done = fields.BooleanField()
    settled_at: datetime = fields.DatetimeField()

    class Meta:
        table = "squad_mark"
        constraints = (UniqueConstraint(fields=("place_id", "day"), name="squad_mark_once"),)
