"""The rules of a group in the contract."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from engine.declare import Node, one, record_type
from models.groups.group import Group as GroupRecord
from models.groups.rules import GroupRules as GroupRulesRecord
from models.groups.rules_acceptance import RulesAcceptance as RulesAcceptanceRecord
from models.members.member import Member as MemberRecord
from schema.actor import ActorKind
from schema.members.member import Member
from schema.payload import Payload, changed


@record_type(GroupRulesRecord, description="A version of a group's rules.")
class GroupRules(Node):
    version: int = strawberry.field(description="Counts the versions of a group's rules.")
    body: str = strawberry.field(description="The text.")
    by_kind: ActorKind = strawberry.field(description="On whose word.")
    by: Member | None = one(MemberRecord, "by_id", description="Who published it, where it was a member.")
    published_at: datetime = strawberry.field(description="Since when it is in force, until the next version.")


async def rules_in_force(groups: Sequence[GroupRecord], context: object) -> list[GroupRulesRecord | None]:
    found = await GroupRulesRecord.in_force([group.id for group in groups])
    return [found.get(group.id) for group in groups]


async def viewer_acceptances(groups: Sequence[GroupRecord], context: Any) -> list[bool]:
    """Whether the caller accepted the version in force; true where there are no rules."""
    rules = await rules_in_force(groups, context)
    ids = [one.id for one in rules if one]
    mine = RulesAcceptanceRecord.filter(member_id=context.caller.id, rules_id__in=ids) if ids else None
    accepted = set(await mine.values_list("rules_id", flat=True)) if mine is not None else set()
    return [one is None or one.id in accepted for one in rules]


@strawberry.input(description="A new version of a group's rules.")
class PublishGroupRulesInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    body: str = strawberry.field(description="The text, 1 to 5000 characters.")


@strawberry.input(description="That the caller accepts the rules in force.")
class AcceptGroupRulesInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    version: int = strawberry.field(description="The version that was read.")


@strawberry.type
class GroupRulesPayload(Payload):
    rules: GroupRules | None = changed("The rules.")


@strawberry.type(description="Rules that were published.")
class PublishGroupRulesPayload(GroupRulesPayload):
    pass


@strawberry.type(description="Rules that were accepted.")
class AcceptGroupRulesPayload(GroupRulesPayload):
    pass
