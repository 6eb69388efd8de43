"""A device that a member came from, as a keyed hash that says nothing by itself, kept for some months.

Whoever knows a device at registration or at a visit says so here; the watch over referrals compares.
"""

from datetime import datetime, timedelta
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.members.member import Member
from models.record import Record
from store.database import execute, fetch
from store.ids import as_id, new_id
from store.together import insertion
from store.vault import vault

KEPT_FOR = timedelta(days=100)
HASH_MOST = 64
DEVICE_MOST = 100

_SEEN = insertion("member_device", ("id", "member_id", "hash", "seen_at")) + (
    " ON CONFLICT (member_id, hash) DO UPDATE SET seen_at = excluded.seen_at"
)


class MemberDevice(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    hash = fields.CharField(max_length=HASH_MOST, description="Keyed, so that nobody can tell the device from it.")
    seen_at: datetime = fields.DatetimeField()

    class Meta:
        table = "member_device"
        constraints = (UniqueConstraint(fields=("member_id", "hash"), name="member_device_once"),)
        indexes = (
            Index(fields=("hash", "member_id"), name="member_device_by_hash"),
            Index(fields=("seen_at",), name="member_device_by_age"),
        )

    @classmethod
    async def seen(cls, member_id: UUID, hash: str, *, at: datetime) -> None:
        """Say that a member came from a device."""
        await execute(_SEEN, new_id(), member_id, hash, at)

    @classmethod
    async def only_owner(cls, hash: str) -> UUID | None:
        """The member that a device is of; None where it is of nobody known, or of several."""
        rows = await fetch("SELECT d.member_id FROM member_device d WHERE d.hash = $1 LIMIT 2", hash)
        return as_id(rows[0]["member_id"]) if len(rows) == 1 else None

    @classmethod
    async def forget_old(cls, *, at: datetime) -> int:
        """Delete what is kept no longer; returns how many."""
        return await cls.filter(seen_at__lt=at - KEPT_FOR).delete()


def device_hash(device: str | None) -> str | None:
    """The keyed hash of what a client calls its device; nothing for what is absent or too long to be one."""
    name = (device or "").strip()
    return vault().keyed_hash(f"device:{name}") if 0 < len(name) <= DEVICE_MOST else None
