"""The rules of a group: published, and accepted."""

import strawberry
from strawberry import Info

from auth.permissions import IsMember
from engine.declare import mirrored
from models.groups.rules import GroupRules as GroupRulesRecord
from models.groups.rules_acceptance import RulesAcceptance as RulesAcceptanceRecord
from resolvers.groups.acting import ANYBODY_WITH_A_SAY, acting
from schema.groups.rules import (
    AcceptGroupRulesInput,
    AcceptGroupRulesPayload,
    PublishGroupRulesInput,
    PublishGroupRulesPayload,
)
from schema.ids import id_of
from schema.payload import mutation


@strawberry.type
class RulesMutations:
    @mutation(
        allow=ANYBODY_WITH_A_SAY, description="Put a version of the rules in force: committee, else owner, staff."
    )
    async def publish_group_rules(self, info: Info, input: PublishGroupRulesInput) -> PublishGroupRulesPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        actor = await acting(info.context, group_id)
        rules = await GroupRulesRecord.publish(group_id, input.body, actor=actor, at=info.context.at)
        return PublishGroupRulesPayload(rules=mirrored(rules))

    @mutation(allow=IsMember(), description="Accept the rules in force; a second time changes nothing.")
    async def accept_group_rules(self, info: Info, input: AcceptGroupRulesInput) -> AcceptGroupRulesPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        acceptance = await RulesAcceptanceRecord.record(
            info.context.member_id, group_id, input.version, at=info.context.at
        )
        rules = await info.context.loads.by_id(GroupRulesRecord, acceptance.rules_id)
        return AcceptGroupRulesPayload(rules=rules)
