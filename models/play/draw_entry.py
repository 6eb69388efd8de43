"""An entry into a scheduled draw: a chance that was used for a ticket, until the draw's end freezes the list."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.idempotency import Once, perform_once
from models.members.member import Member
from models.play.draw import Draw, WrongDrawKind
from models.play.draw_chance import DrawChance
from models.play.roll import entrant_of
from models.record import Record
from store.brand_day import Windows
from store.database import fetch
from store.engines.guards import AppendOnly


class DrawEntry(Record):
    draw: fields.ForeignKeyRelation[Draw] = fields.ForeignKeyField(
        "models.Draw", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    draw_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    entrant = fields.CharField(max_length=64, description="The member's name in the log, which tells nobody who it is.")
    number = fields.IntField(description="The member's nth ticket, from 1.")
    chance_id: UUID = fields.UUIDField(description="The gift whose chance was used.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "draw_entry"
        constraints = (UniqueConstraint(fields=("draw_id", "member_id", "number"), name="draw_entry_number_once"),)
        indexes = (Index(fields=("member_id", "created_at", "id"), name="draw_entry_by_member"),)
        guards = (AppendOnly("draw_entry"),)

    @classmethod
    async def enter(
        cls, member_id: UUID, draw_id: UUID, *, at: datetime, once: Once | None = None, buys: bool = False
    ) -> Self:
        """Use a chance for a ticket of a scheduled draw, or with `buys` buy one where none is left.

        Raises what `DrawResult.draw_once` raises.
        """

        async def write(id: UUID) -> Self:
            await Member.touch(member_id, at=at)
            draw = await Draw.shared(draw_id)
            draw.refuse_closed(at=at)
            if not draw.is_scheduled:
                raise WrongDrawKind()
            await draw.for_whom.demand(member_id, at=at)
            entered, today = await cls.counts(member_id, draw, at=at)
            for refusal in draw.limits_reached(entered, today, at=at):
                raise refusal
            first = await cls.get_or_none(draw_id=draw_id, member_id=member_id, number=1)
            return await cls.create(
                id=id,
                draw_id=draw_id,
                member_id=member_id,
                entrant=first.entrant if first else entrant_of(draw_id, member_id),
                number=entered + 1,
                chance_id=await DrawChance.use(member_id, draw, at=at, buys=buys),
                created_at=at,
            )

        return await perform_once(once, cls, write, at=at)

    @classmethod
    async def counts(cls, member_id: UUID, draw: Draw, *, at: datetime) -> tuple[int, int]:
        """A member's tickets in all, and those of the brand's day; exact under the member's row."""
        begins_at = Windows.at(at).day_from
        own = cls.filter(draw_id=draw.id, member_id=member_id)
        return await own.count(), await own.filter(created_at__gte=begins_at).count()


async def entrants(draw: Draw) -> list[tuple[str, int, UUID]]:
    """Who has entered: name in the log, tickets that count, member; in the order of the names."""
    rows = await fetch(
        "SELECT entrant, member_id, count(*) AS tickets FROM draw_entry WHERE draw_id = $1 "
        "GROUP BY entrant, member_id ORDER BY entrant",
        draw.id,
    )
    return sorted(
        (row["entrant"], int(row["tickets"]) if draw.counts_tickets else 1, UUID(str(row["member_id"]))) for row in rows
    )
