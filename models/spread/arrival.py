"""An arrival: by which codes somebody came who then became a member, the first touch and the last one before.

It is worked out once, at registration, by the window that holds then: from the visits of its device, which become its
own, and the one that it registers by. Whoever came by no code has no arrival.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.members.member import Member
from models.record import Record
from models.spread.member_device import MemberDevice, device_hash
from models.spread.scene_code import SceneCode
from models.spread.visit import TOUCHES, Visit
from models.spread.visit_policy import VisitPolicy
from store.brand_day import brand_day
from store.database import execute
from store.ids import new_id

_MINE = (
    f"FROM visit v WHERE v.member_id = $2 AND v.visited_at >= $3 AND v.visited_at <= $4 AND {TOUCHES.format(row='v')}"
)
_ARRIVE = f"""
INSERT INTO arrival (id, member_id, first_code_id, first_at, last_code_id, last_at, registered_at,
    day)
SELECT $1::uuid, $2::uuid, f.code_id, f.visited_at, l.code_id, l.visited_at, $4::timestamptz, $5::date
FROM (SELECT v.code_id, v.visited_at {_MINE} ORDER BY v.visited_at, v.id LIMIT 1) f,
    (SELECT v.code_id, v.visited_at {_MINE} ORDER BY v.last_at DESC, v.visited_at DESC, v.id DESC LIMIT 1) l
WHERE TRUE ON CONFLICT (member_id) DO NOTHING
"""  # noqa: S608 - SQL of the program; values are bound


class Arrival(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    first_code: fields.ForeignKeyRelation[SceneCode] = fields.ForeignKeyField(
        "models.SceneCode", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    first_code_id: UUID
    first_at: datetime = fields.DatetimeField(description="When it first came.")
    last_code: fields.ForeignKeyRelation[SceneCode] = fields.ForeignKeyField(
        "models.SceneCode", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    last_code_id: UUID
    last_at: datetime = fields.DatetimeField(description="When it last came before it registered.")
    registered_at: datetime = fields.DatetimeField()
    day: date = fields.DateField(description="The brand's day of the registration.")

    class Meta:
        table = "arrival"
        constraints = (UniqueConstraint(fields=("member_id",), name="arrival_once"),)
        indexes = (
            Index(fields=("first_at", "first_code_id"), name="arrival_by_first"),
            Index(fields=("last_at", "last_code_id"), name="arrival_by_last"),
            Index(fields=("first_code_id", "first_at"), name="arrival_by_first_code"),
            Index(fields=("last_code_id", "last_at"), name="arrival_by_last_code"),
        )

    @classmethod
    async def record(
        cls,
        member_id: UUID,
        code: SceneCode | None,
        *,
        device: str | None = None,
        address: str | None = None,
        agent: str | None = None,
        at: datetime,
    ) -> None:
        """Say by which codes a new member came, inside the transaction of its registration."""
        hashed = device_hash(device)
        if code is None and hashed is None:
            return
        rules = await VisitPolicy.current()
        since = at - timedelta(days=rules.window_days)
        if code:
            who: dict[str, str | None] = {"device": device, "address": address, "agent": agent}
            await Visit.record(code, member_id=member_id, is_registration=True, rules=rules, at=at, **who)
        if hashed:
            # After the visit, which waits for its turn: whoever waits must hold no rows that others wait for.
            await Visit.tie(member_id, hashed, is_new=True)
            await MemberDevice.seen(member_id, hashed, at=at)
        await execute(_ARRIVE, new_id(), member_id, since, at, brand_day(at))
