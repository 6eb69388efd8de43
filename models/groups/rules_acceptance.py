"""Who accepted which version of a group's rules.

Whoever joins accepts the version in force first. A version published later asks nobody to leave: it is shown to a
member until it is accepted.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError
from models.groups.group import Group
from models.groups.rules import GroupRules
from models.members.member import Member
from models.record import Record
from store.database import transaction


class RulesNotAccepted(DomainError):
    code = "RULES_NOT_ACCEPTED"
    zh = "请先阅读并接受群规（第 {version} 版）"
    en = "Accept version {version} of the group's rules first."
    field = "acceptedRulesVersion"


class GroupHasNoRules(DomainError):
    code = "GROUP_HAS_NO_RULES"
    zh = "该社群还没有群规"
    en = "This group has no rules yet."


class RulesAcceptance(Record):
    rules: fields.ForeignKeyRelation[GroupRules] = fields.ForeignKeyField(
        "models.GroupRules", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    rules_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    member_id: UUID
    accepted_at: datetime = fields.DatetimeField()

    class Meta:
        table = "group_rules_acceptance"
        constraints = (UniqueConstraint(fields=("rules_id", "member_id"), name="group_rules_accepted_once"),)

    @classmethod
    async def record(cls, member_id: UUID, group_id: UUID, version: int, *, at: datetime) -> Self:
        """A member accepts the version in force; a second time answers as the first did.

        Raises `RulesNotAccepted` where another version is in force by now, `GroupHasNoRules`, `NotFound`.
        """
        async with transaction():
            await Member.touch(member_id, at=at)
            await Group.existing(group_id, field="groupId")
            rules = await GroupRules.current(group_id)
            if rules is None:
                raise GroupHasNoRules()
            if rules.version != version:
                raise RulesNotAccepted(field="version", version=rules.version)
            return await cls._kept(member_id, rules, at=at)

    @classmethod
    async def demand(cls, member_id: UUID, group_id: UUID, version: int | None, *, at: datetime) -> None:
        """Keep that a joiner accepts the version in force, or raise `RulesNotAccepted`; in the caller's transaction."""
        rules = await GroupRules.current(group_id)
        if rules is None or await cls.exists(rules_id=rules.id, member_id=member_id):
            return
        if version != rules.version:
            raise RulesNotAccepted(version=rules.version)
        await cls._kept(member_id, rules, at=at)

    @classmethod
    async def carry(cls, member_id: UUID, group_id: UUID, *, from_group_id: UUID, at: datetime) -> None:
        """Let an acceptance count in the next group of a series too, where the words are the same."""
        here, there = await GroupRules.current(group_id), await GroupRules.current(from_group_id)
        if here and there and here.body == there.body and await cls.exists(rules_id=there.id, member_id=member_id):
            await cls._kept(member_id, here, at=at)

    @classmethod
    async def _kept(cls, member_id: UUID, rules: GroupRules, *, at: datetime) -> Self:
        acceptance = cls(rules_id=rules.id, member_id=member_id, accepted_at=at)
        await cls.bulk_create([acceptance], ignore_conflicts=True)
        return await cls.get(rules_id=rules.id, member_id=member_id)
