"""A visit: somebody came by a scene code, and whether that counts.

One visitor makes one visit a day by a code, however often it comes, and one address so many a day by all codes
together, so nobody fills the table by coming again. A visitor is a device where the client names one, or else a member,
or else an address with its program; of device and address only keyed hashes are kept, and for some months only
(`visit_forgetting.py`).

A visit counts where somebody else than the inviter came who had not come of late. That a visitor counts once a day is
the database's promise, also where it opens many codes at one moment. What does not count is kept with its reason: most
of it is still a way by which somebody came (`TOUCHES`), only not one to be paid for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.members.member import Member
from models.record import Record
from models.spread.member_device import HASH_MOST, MemberDevice, device_hash
from models.spread.scene_code import SceneCode
from models.spread.visit_policy import VisitPolicy, VisitRules
from store.brand_day import brand_day
from store.database import fetch, savepoint, violates
from store.ids import new_id
from store.vault import vault

ADDRESS_DAY_MOST = 500
"""Visits of one address that are written down in a day; behind one gateway of a carrier sit many people."""

# Phones named Cubot are no robots.
_BOT = re.compile(
    r"(?<!cu)bot\b|spider|crawl|slurp|curl/|wget/|python-|go-http|java/|okhttp$|headless|preview|monitor",
    re.IGNORECASE,
)


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
    EXISTS (SELECT 1 FROM membership a JOIN chat_group g ON g.id = a.group_id JOIN chat_group h
        ON h.circle_id = g.circle_id JOIN membership b ON b.group_id = h.id
        WHERE a.member_id = $3 AND b.member_id = $2) AS is_circle_mate
"""
_INSERT = """
INSERT INTO visit (id, code_id, member_id, device_hash, address_hash, visitor, day, counts, reason, visited_at,
    is_forgotten)
SELECT $1::uuid, $2::uuid, $3::uuid, $4::varchar, $5::varchar, $6::varchar, $7::date, $8::boolean, $9::varchar,
    $10::timestamptz, FALSE
WHERE (SELECT COUNT(*) FROM (SELECT 1 FROM visit v WHERE v.address_hash = $5::varchar AND v.day = $7::date
    LIMIT 500) today) < 500
ON CONFLICT (code_id, visitor, day) DO UPDATE SET member_id = COALESCE(visit.member_id, excluded.member_id)
RETURNING *
"""


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
    day: date = fields.DateField(description="The brand's day.")
    counts = fields.BooleanField()
    reason: VisitDoubt | None = fields.CharEnumField(VisitDoubt, max_length=12, null=True)  # type: ignore[assignment]  # Tortoise types it as never null
    visited_at: datetime = fields.DatetimeField()
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
        at: datetime,
    ) -> Self | None:
        """Write down that somebody came by a code; the visit of the same day where it came before.

        None where an address has come so often today that no more is written.
        """
        coming = _Coming.of(code, member_id, device, address, agent)
        doubt = await coming.doubt(await VisitPolicy.current(), at=at)
        try:
            async with savepoint():
                found = await cls._written(coming, doubt, at=at)
        except IntegrityError as error:
            if not violates(error, cls, "visit_counts_once_a_day"):
                raise
            found = await cls._written(coming, VisitDoubt.KNOWN, at=at)
        if found and member_id and coming.device_hash:
            await MemberDevice.seen(member_id, coming.device_hash, at=at)
        return found

    @classmethod
    async def _written(cls, coming: "_Coming", doubt: VisitDoubt | None, *, at: datetime) -> Self | None:
        rows = await fetch(
            _INSERT,
            new_id(),
            coming.code.id,
            coming.member_id,
            coming.device_hash,
            coming.address_hash,
            coming.visitor,
            brand_day(at),
            doubt is None,
            doubt,
            at,
        )
        return cls.from_row(rows[0]) if rows else None


@dataclass(frozen=True)
class _Coming:
    """Who comes by a code, as far as it is kept."""

    code: SceneCode
    member_id: UUID | None
    device_hash: str | None
    address_hash: str | None
    visitor: str
    is_bot: bool

    @classmethod
    def of(
        cls, code: SceneCode, member_id: UUID | None, device: str | None, address: str | None, agent: str | None
    ) -> "_Coming":
        hashed = device_hash(device)
        whose = hashed or (f"member:{member_id}" if member_id else f"{address}|{(agent or '')[:200]}")
        return cls(
            code,
            member_id,
            hashed,
            vault().keyed_hash(f"address:{_household(address)}") if address else None,
            vault().keyed_hash(f"visitor:{whose}"),
            bool(agent and _BOT.search(agent)),
        )

    async def doubt(self, rules: VisitRules, *, at: datetime) -> VisitDoubt | None:
        """Why this visit does not count; None where it does."""
        if not self.code.holds(at):
            return VisitDoubt.WITHDRAWN if self.code.withdrawn_at else VisitDoubt.EXPIRED
        if self.is_bot:
            return VisitDoubt.BOT
        inviter_id = self.code.inviter_id
        if inviter_id and inviter_id == self.member_id:
            return VisitDoubt.SELF
        [facts] = await fetch(
            _FACTS,
            self.device_hash,
            inviter_id,
            self.member_id,
            self.visitor,
            at - timedelta(days=rules.window_days),
            self.address_hash,
            self.code.id,
            at - timedelta(minutes=rules.burst_minutes),
        )
        return _first_doubt(facts, rules)


def _household(address: str) -> str:
    """What stands for an address: of IPv6 the network of a household, whose devices choose the rest as they like."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def _first_doubt(facts: Mapping[str, Any], rules: VisitRules) -> VisitDoubt | None:
    if facts["is_of_inviter"]:
        return VisitDoubt.SELF
    if facts["is_of_another"]:
        return VisitDoubt.DEVICE
    if facts["is_known"]:
        return VisitDoubt.KNOWN
    if facts["is_circle_mate"] and rules.excludes_circle_mates:
        return VisitDoubt.CIRCLE_MATE
    return VisitDoubt.BURST if facts["from_address"] >= rules.burst_count else None
