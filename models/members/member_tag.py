"""A tag on a member: put on and taken off by staff, by rules or by imports, for good or until an instant.

A member bears a tag once, and of a group of single choice one tag: putting on another takes the first off. The unique
keys decide, and whoever puts tags on takes the members' rows first, in one order. Rows that have expired are not seen,
and a job sweeps them away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.actor import Actor
from models.errors import DomainError, Invalid, NotFound, bounded_text
from models.members.member import Member, MemberErased, MemberStatus
from models.members.tag import Tag
from models.members.tag_group import TagChoice, TagGroup
from models.record import Record
from models.staff.audit import REASON_MOST
from store.database import among, dialect, fetch, transaction
from store.ids import as_id, new_id
from store.together import insertion

AT_ONCE = 250
SWEPT_AT_ONCE = 1_000
_COLUMNS = ("id", "member_id", "tag_id", "single_group_id", "source", "by_staff_id", "created_at", "expires_at")


class TagSource(StrEnum):
    """By which way a member came by a tag."""

    MANUAL = "manual"
    RULE = "rule"
    IMPORT = "import"
    BEHAVIOUR = "behaviour"
    CHANNEL = "channel"


class TagArchived(DomainError):
    code = "TAG_ARCHIVED"
    zh = "该标签已归档"
    en = "This tag is archived."
    field = "tagId"


@dataclass(frozen=True)
class TagOutcome:
    """What came of one member: nothing stands against it where `refusal` is absent."""

    member_id: UUID
    refusal: DomainError | None = None


class MemberTag(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    tag: fields.ForeignKeyRelation[Tag] = fields.ForeignKeyField(
        "models.Tag", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    tag_id: UUID
    single_group_id: UUID | None = fields.UUIDField(null=True, description="The group, where it is of single choice.")
    source = fields.CharEnumField(TagSource, max_length=10)
    by_staff_id: UUID | None = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField()
    expires_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "member_tag"
        constraints = (
            UniqueConstraint(fields=("member_id", "tag_id"), name="member_tag_once"),
            UniqueConstraint(fields=("member_id", "single_group_id"), name="member_tag_one_of_a_group"),
        )
        indexes = (
            Index(fields=("member_id", "created_at", "id"), name="member_tag_by_member"),
            Index(fields=("tag_id", "created_at", "id"), name="member_tag_by_tag"),
            Index(fields=("expires_at",), name="member_tag_by_expiry"),
        )

    @classmethod
    async def put_on(
        cls,
        tag_id: UUID,
        member_ids: Sequence[UUID],
        *,
        source: TagSource,
        actor: Actor,
        at: datetime,
        expires_at: datetime | None = None,
        reason: str | None = None,
    ) -> list[TagOutcome]:
        """Put a tag on members, in their order; one who bears it keeps it, until the new instant.

        A member that is not there or was erased is refused by itself. Raises `TagArchived`, `Invalid`, `NotFound`.
        """
        tag, group = await _tag_of(tag_id)
        if tag.archived_at:
            raise TagArchived()
        if expires_at and expires_at <= at:
            raise Invalid("expiresAt", zh="应晚于现在", en="it must lie ahead")
        async with transaction():
            outcomes = await _taken(member_ids)
            found = [one.member_id for one in outcomes if one.refusal is None]
            single_group_id = group.id if group.choice is TagChoice.SINGLE else None
            if found and single_group_id:
                others = cls.filter(member_id__in=found, single_group_id=single_group_id)
                await others.exclude(tag_id=tag.id).delete()
            if found:
                by_staff_id = actor.id if actor.kind == "staff" else None
                shared = (tag.id, single_group_id, source, by_staff_id, at, expires_at)
                values = [value for member_id in found for value in (new_id(), member_id, *shared)]
                await fetch(_insertion(len(found)), *values)
                facts: dict[str, object] = {"members": found, "source": source, "expires_at": expires_at}
                await _told("put_tag_on", actor, tag, facts, reason, at=at)
        return outcomes

    @classmethod
    async def take_off(
        cls, tag_id: UUID, member_ids: Sequence[UUID], *, actor: Actor, at: datetime, reason: str | None = None
    ) -> list[TagOutcome]:
        """Take a tag off members, in their order; one who does not bear it is left as it is. As `put_on`."""
        tag, _ = await _tag_of(tag_id)
        async with transaction():
            outcomes = await _taken(member_ids)
            found = [one.member_id for one in outcomes if one.refusal is None]
            borne = await cls.filter(tag_id=tag.id, member_id__in=found).values_list("member_id", flat=True)
            if borne:
                await cls.filter(tag_id=tag.id, member_id__in=borne).delete()
                await _told("take_tag_off", actor, tag, {"members": list(borne)}, reason, at=at)
        return outcomes

    @classmethod
    async def sweep(cls, *, at: datetime) -> int:
        """Delete what has expired; returns how many. For the schedule."""
        swept = 0
        while expired := await cls.filter(expires_at__lte=at).limit(SWEPT_AT_ONCE).values_list("id", flat=True):
            swept += await cls.filter(id__in=expired, expires_at__lte=at).delete()
        return swept


async def tag_counts(tag_ids: Sequence[UUID], *, at: datetime) -> dict[UUID, int]:
    """How many members bear each of some tags."""
    rows = await fetch(
        f"SELECT tag_id, COUNT(*) AS members FROM member_tag WHERE {among('tag_id', 1, 'uuid')} "  # noqa: S608 - own text
        "AND (expires_at IS NULL OR expires_at > $2) GROUP BY tag_id",
        list(tag_ids),
        at,
    )
    return {as_id(row["tag_id"]): int(row["members"]) for row in rows}


async def _tag_of(tag_id: UUID) -> tuple[Tag, TagGroup]:
    tag = await Tag.existing(tag_id, field="tagId")
    return tag, await TagGroup.existing(tag.group_id)


async def _taken(member_ids: Sequence[UUID]) -> list[TagOutcome]:
    """Take the rows of members, in one order, and say who cannot be tagged; in the order given, without doubles."""
    wanted = list(dict.fromkeys(member_ids))
    if len(wanted) > AT_ONCE:
        raise Invalid("memberIds", zh=f"一次最多 {AT_ONCE} 名成员", en=f"at most {AT_ONCE} members at once")
    lock = " FOR UPDATE" if dialect() == "postgres" else ""
    sql = f"SELECT id, status FROM member WHERE {among('id', 1, 'uuid')} ORDER BY id{lock}"  # noqa: S608 - own text
    found = {as_id(row["id"]): row["status"] for row in await fetch(sql, wanted)}
    return [TagOutcome(one, _refusal(found.get(one))) for one in wanted]


def _refusal(status: str | None) -> DomainError | None:
    if status is None:
        return NotFound(field="memberIds")
    return MemberErased(field="memberIds") if status == MemberStatus.ERASED else None


def _insertion(rows: int) -> str:
    again = "source = excluded.source, by_staff_id = excluded.by_staff_id, expires_at = excluded.expires_at"
    return f"{insertion('member_tag', _COLUMNS, rows)} ON CONFLICT (member_id, tag_id) DO UPDATE SET {again}"


async def _told(
    action: str, actor: Actor, tag: Tag, facts: dict[str, object], reason: str | None, *, at: datetime
) -> None:
    why = bounded_text(reason, "reason", most=REASON_MOST)
    await actor.audit(action, tag, before=None, after=facts, reason=why, at=at)
