"""A visit: somebody came by a scene code, and whether that counts.

One visitor (`visitor.py`) makes one visit a day by a code, however often it comes, and one address so many a day by all
codes together, so nobody fills the table by coming again. Of device and address only keyed hashes are kept, and for
some months only (`visit_forgetting.py`); what is counted are the numbers of visitors, which lead nowhere and stay.

A visit counts where somebody else than the inviter came who had not come of late. What comes from one address or by one
visitor is decided one after the other, where it is written, so that many at once count no more than one by one. What
does not count is kept with its reason: most of it is still a way by which somebody came (`TOUCHES`), only not one to be
paid for. A day's first visit that was no such way gives place to a later one that is.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.members.member import Member
from models.record import Record
from models.spread.member_device import HASH_MOST, MemberDevice
from models.spread.scene_code import SceneCode
from models.spread.visit_policy import VisitPolicy, VisitRules
from models.spread.visitor import Visitor
from store.brand_day import brand_day
from store.database import execute, fetch, transaction
from store.ids import new_id

ADDRESS_DAY_MOST = 500
"""Visits of one address that are written down in a day; behind one gateway of a carrier sit many people."""


class VisitDoubt(StrEnum):
    """Why a visit does not count."""

    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    BOT = "bot"
    SELF = "self"
    DEVICE = "device"
    KNOWN = "known"
    CIRCLE_MATE = "circle_mate"
    BURST = "burst"


TOUCHES = "({row}.counts OR {row}.reason IN ('device', 'known', 'circle_mate', 'burst'))"
"""Visits by which somebody may have come, whether they count or not; `{row}` is the alias."""

_FACTS = """
SELECT EXISTS (SELECT 1 FROM member_device d WHERE d.hash = $1 AND d.member_id = $2) AS is_of_inviter,
    EXISTS (SELECT 1 FROM member_device d WHERE d.hash = $1 AND NOT COALESCE(d.member_id = $3, FALSE)) AS is_of_another,
    EXISTS (SELECT 1 FROM visit v WHERE v.visitor = $4 AND v.counts AND v.visited_at >= $5)
        OR EXISTS (SELECT 1 FROM visit v WHERE v.member_id = $3 AND v.counts AND v.visited_at >= $5) AS is_known,
    (SELECT COUNT(*) FROM (SELECT 1 FROM visit v WHERE v.address_hash = $6 AND v.code_id = $7 AND v.visited_at >= $8
        LIMIT 1001) near) AS from_address,
    (SELECT COUNT(*) FROM visit v WHERE v.address_hash = $6 AND v.code_id = $7 AND v.day = $9 AND v.counts) AS today,
    {is_circle_mate} AS is_circle_mate
"""
# Everybody is in the official circle, so being there together says nothing.
_CIRCLE_MATE = """EXISTS (SELECT 1 FROM membership a JOIN chat_group g ON g.id = a.group_id
    JOIN circle i ON i.id = g.circle_id AND NOT i.is_official
    JOIN membership b ON b.member_id = $2 JOIN chat_group h ON h.id = b.group_id AND h.circle_id = g.circle_id
    WHERE a.member_id = $3)"""
_OLD, _NEW = TOUCHES.format(row="visit"), TOUCHES.format(row="excluded")
_INSERT = f"""
INSERT INTO visit (id, code_id, member_id, device_hash, address_hash, visitor, visitor_no, day, counts, reason,
    visited_at, last_at, is_forgotten)
SELECT $1::uuid, $2::uuid, $3::uuid, $4::varchar, $5::varchar, $6::varchar,
    COALESCE((SELECT k.visitor_no FROM visit k WHERE k.visitor = $6::varchar LIMIT 1), $1::uuid),
    $7::date, $8::boolean, $9::varchar, $10::timestamptz, $10::timestamptz, FALSE
WHERE $11::boolean OR (SELECT COUNT(*) FROM (SELECT 1 FROM visit v WHERE v.address_hash = $5::varchar
    AND v.day = $7::date LIMIT {ADDRESS_DAY_MOST}) today) < {ADDRESS_DAY_MOST}
    OR EXISTS (SELECT 1 FROM visit o WHERE o.code_id = $2::uuid AND o.visitor = $6::varchar AND o.day = $7::date)
ON CONFLICT (code_id, visitor, day) DO UPDATE SET member_id = COALESCE(visit.member_id, excluded.member_id),
    counts = CASE WHEN {_NEW} AND NOT {_OLD} THEN excluded.counts ELSE visit.counts END,
    reason = CASE WHEN {_NEW} AND NOT {_OLD} THEN excluded.reason ELSE visit.reason END,
    visited_at = CASE WHEN {_NEW} AND NOT {_OLD} THEN excluded.visited_at ELSE visit.visited_at END,
    last_at = CASE WHEN {_NEW} THEN excluded.last_at ELSE visit.last_at END
RETURNING *
"""  # noqa: S608 - SQL of the program; values are bound
_BECOME = """
UPDATE visit SET member_id = $1, visitor = $2
WHERE code_id = $3 AND visitor = $4 AND day = $5 AND member_id IS NULL
"""
_TIE = "UPDATE visit SET member_id = $1 WHERE device_hash = $2 AND member_id IS NULL"
_BUT_OF_OTHERS = " AND NOT EXISTS (SELECT 1 FROM member_device d WHERE d.hash = $2 AND d.member_id <> $1)"


class Visit(Record):
    code: fields.ForeignKeyRelation[SceneCode] = fields.ForeignKeyField(
        "models.SceneCode", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    code_id: UUID
    member: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True
    )
    member_id: UUID | None
    device_hash = fields.CharField(max_length=HASH_MOST, null=True)
    address_hash = fields.CharField(max_length=HASH_MOST, null=True)
    visitor = fields.CharField(max_length=HASH_MOST, null=True, description="Tells one visitor from another.")
    visitor_no: UUID = fields.UUIDField(description="The id of the visitor's first visit, which outlives its hash.")
    day: date = fields.DateField(description="The brand's day.")
    counts = fields.BooleanField()
    reason: VisitDoubt | None = fields.CharEnumField(VisitDoubt, max_length=12, null=True)  # type: ignore[assignment]  # Tortoise types it as never null
    visited_at: datetime = fields.DatetimeField(description="When it came first on that day.")
    last_at: datetime = fields.DatetimeField(description="When it came last on that day.")
    is_forgotten = fields.BooleanField(default=False, description="Whether the hashes are gone.")

    class Meta:
        table = "visit"
        constraints = (
            UniqueConstraint(fields=("code_id", "visitor", "day"), name="visit_once_a_day"),
            UniqueConstraint(fields=("visitor", "day"), condition="counts", name="visit_counts_once_a_day"),
            # Small as long as hashes are kept for some months only.
            UniqueConstraint(fields=("visited_at", "id"), condition="NOT is_forgotten", name="visit_to_forget"),
            CheckConstraint(check="counts = (reason IS NULL)", name="visit_doubted_or_counted"),
        )
        indexes = (
            Index(fields=("code_id", "visited_at", "id"), name="visit_by_code"),
            Index(fields=("visited_at", "id"), name="visit_by_time"),
            Index(fields=("member_id", "visited_at"), name="visit_by_member"),
            Index(fields=("device_hash", "visited_at"), name="visit_by_device"),
            Index(fields=("address_hash", "day"), name="visit_by_address"),
            Index(fields=("visitor",), name="visit_by_visitor"),
            Index(fields=("reason", "visited_at", "id"), name="visit_by_reason"),
        )

    @classmethod
    async def record(
        cls,
        code: SceneCode,
        *,
        member_id: UUID | None = None,
        device: str | None = None,
        address: str | None = None,
        agent: str | None = None,
        is_registration: bool = False,
        rules: VisitRules | None = None,
        at: datetime,
    ) -> Self | None:
        """Write down that somebody came by a code; the visit of the same day where it came before.

        None where an address has come so often today that no more is written, unless somebody registers by it. `rules`
        are those of the policy that holds, where the caller has read it.
        """
        rules = rules or await VisitPolicy.current()
        async with transaction():
            visitor = await Visitor.of(member_id, device, address, agent)
            await visitor.take_turn()
            if is_registration and not visitor.device_hash:
                # It opened the code before it was anybody, and had nothing to be known by.
                await execute(_BECOME, member_id, visitor.key, code.id, visitor.unnamed, brand_day(at))
            doubt = await _doubt(code, visitor, rules, at=at)
            found = await cls._written(code, visitor, doubt, is_bounded=not is_registration, at=at)
            if found and member_id and visitor.device_hash:
                await MemberDevice.seen(member_id, visitor.device_hash, at=at)
        return found

    @classmethod
    async def tie(cls, member_id: UUID, hashed: str, *, is_new: bool) -> None:
        """Have a member's device bring it the visits that are nobody's; a newcomer's also where others have it too."""
        await execute(_TIE if is_new else _TIE + _BUT_OF_OTHERS, member_id, hashed)

    @classmethod
    async def _written(
        cls, code: SceneCode, visitor: Visitor, doubt: VisitDoubt | None, *, is_bounded: bool, at: datetime
    ) -> Self | None:
        rows = await fetch(
            _INSERT,
            new_id(),
            code.id,
            visitor.member_id,
            visitor.device_hash,
            visitor.address_hash,
            visitor.key,
            brand_day(at),
            doubt is None,
            doubt,
            at,
            not is_bounded,
        )
        return cls.from_row(rows[0]) if rows else None


async def _doubt(code: SceneCode, visitor: Visitor, rules: VisitRules, *, at: datetime) -> VisitDoubt | None:
    """Why a visit does not count; None where it does."""
    if not code.holds(at):
        return VisitDoubt.WITHDRAWN if code.withdrawn_at else VisitDoubt.EXPIRED
    if visitor.is_bot:
        return VisitDoubt.BOT
    if code.inviter_id and code.inviter_id == visitor.taken_for:
        return VisitDoubt.SELF
    [facts] = await fetch(
        _FACTS.format(is_circle_mate=_CIRCLE_MATE if rules.excludes_circle_mates else "FALSE"),
        visitor.device_hash,
        code.inviter_id,
        visitor.taken_for,
        visitor.key,
        at - timedelta(days=rules.window_days),
        visitor.address_hash,
        code.id,
        at - timedelta(minutes=rules.burst_minutes),
        brand_day(at),
    )
    return _first_doubt(facts, rules)


def _first_doubt(facts: Mapping[str, Any], rules: VisitRules) -> VisitDoubt | None:
    if facts["is_of_inviter"]:
        return VisitDoubt.SELF
    if facts["is_of_another"]:
        return VisitDoubt.DEVICE
    if facts["is_known"]:
        return VisitDoubt.KNOWN
    if facts["is_circle_mate"]:
        return VisitDoubt.CIRCLE_MATE
    is_burst = facts["from_address"] >= rules.burst_count or facts["today"] >= rules.address_day_count
    return VisitDoubt.BURST if is_burst else None
