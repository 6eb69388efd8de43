"""The rules of a group, in versions. The committee has the highest say: while a group has one, only it makes rules."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.actor import SYSTEM, Actor, ActorKind
from models.errors import DomainError, bounded_text
from models.groups.group import Group
from models.groups.role import Right, Role, authorize
from models.record import Record
from models.staff.audit import columns_of
from store.database import among, fetch, transaction

BODY_MOST = 5000


class CommitteeDecides(DomainError):
    code = "COMMITTEE_DECIDES"
    zh = "该社群的群规由管委会制定"
    en = "The rules of this group are made by its committee."


class GroupRules(Record):
    group: fields.ForeignKeyRelation[Group] = fields.ForeignKeyField(
        "models.Group", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    group_id: UUID
    version = fields.IntField()
    body = fields.CharField(max_length=BODY_MOST)
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    published_at: datetime = fields.DatetimeField()

    class Meta:
        table = "group_rules"
        constraints = (UniqueConstraint(fields=("group_id", "version"), name="group_rules_version_once"),)

    @classmethod
    async def publish(cls, group_id: UUID, body: str, *, actor: Actor, at: datetime) -> Self:
        """Put a new version in force. Raises `NotAllowed`, `CommitteeDecides`, `NotFound`, `Invalid`."""
        text = bounded_text(body, "body", least=1, most=BODY_MOST)
        async with transaction():
            group = await Group.held(group_id)
            role = await authorize(actor, group.id, Right.PUBLISH_RULES)
            if role is Role.OWNER and await _has_committee(group.id):
                raise CommitteeDecides()
            current = await cls.current(group.id)
            rules = await cls.create(
                group_id=group.id,
                version=current.version + 1 if current else 1,
                body=text,
                by_kind=actor.kind,
                by_id=actor.id,
                published_at=at,
            )
            after = columns_of(rules, "group_id", "version")
            await actor.audit("publish_group_rules", rules, before=None, after=after, reason=None, at=at)
        return rules

    @classmethod
    async def current(cls, group_id: UUID) -> Self | None:
        """The version in force."""
        return await cls.filter(group_id=group_id).order_by("-version").first()

    @classmethod
    async def in_force(cls, group_ids: Sequence[UUID]) -> dict[UUID, Self]:
        """The version in force of each of these groups that has rules."""
        rows = await fetch(
            f"SELECT r.* FROM group_rules r WHERE {among('r.group_id', 1, 'uuid')} AND NOT EXISTS "  # noqa: S608 - own text
            "(SELECT 1 FROM group_rules n WHERE n.group_id = r.group_id AND n.version > r.version)",
            list(group_ids),
        )
        return {rules.group_id: rules for rules in (cls.from_row(row) for row in rows)}

    @classmethod
    async def inherit(cls, group_id: UUID, from_group_id: UUID, *, at: datetime) -> None:
        """Give a newly opened group the rules of the one before it in its series."""
        current = await cls.current(from_group_id)
        if current:
            await cls.create(
                group_id=group_id, version=1, body=current.body, by_kind=SYSTEM.kind, by_id=None, published_at=at
            )


async def _has_committee(group_id: UUID) -> bool:
    return bool(await fetch("SELECT 1 FROM membership WHERE group_id = $1 AND role = 'committee' LIMIT 1", group_id))
