"""The policy for newcomers: read by all, decided by staff within their scope."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from auth.context import Context
from auth.permissions import IsMemberOrStaff
from auth.scope import demand_group, demand_whole_brand
from models.actor import Actor
from models.errors import Invalid
from models.groups.circle import Circle as CircleRecord
from models.groups.group import Group as GroupRecord
from models.spread.newcomer_policy import NewcomerPolicy as NewcomerPolicyRecord
from models.spread.newcomer_policy import NewcomerRules
from resolvers.groups.acting import STAFF
from schema.ids import id_of
from schema.payload import mutation, query
from schema.spread.newcomer_policy import NewcomerPolicy, PutNewcomerPolicyInput, PutNewcomerPolicyPayload

GroupAsked = Annotated[strawberry.ID | None, strawberry.argument(description="What holds in this group.")]
CircleAsked = Annotated[
    strawberry.ID | None, strawberry.argument(description="What holds in a circle's groups at large.")
]


@strawberry.type
class NewcomerPolicyQueries:
    @query(allow=IsMemberOrStaff(), description="The rules for whoever joins a group, or a group of a circle, now.")
    async def newcomer_policy(
        self, info: Info, group_id: GroupAsked = None, circle_id: CircleAsked = None
    ) -> NewcomerPolicy:
        home = await _home(group_id, circle_id)
        if info.context.caller.kind is CallerKind.STAFF and isinstance(home, GroupRecord):
            await demand_group(info.context, home.id)
        return await _in_force(home)


@strawberry.type
class NewcomerPolicyMutations:
    @mutation(allow=STAFF, description="Decide how many days newcomers have, which steps are wanted, whose days count.")
    async def put_newcomer_policy(self, info: Info, input: PutNewcomerPolicyInput) -> PutNewcomerPolicyPayload:
        context: Context = info.context
        home = await _home(input.group_id, input.circle_id)
        if isinstance(home, GroupRecord):
            await demand_group(context, home.id)
        else:
            demand_whole_brand(context)
        actor = Actor.staff(context.staff_id)
        if input.rules:
            await NewcomerPolicyRecord.put(
                home,
                input.rules.given(),
                expected_version=input.expected_version,
                actor=actor,
                reason=input.reason,
                at=context.at,
            )
        else:
            await NewcomerPolicyRecord.remove(
                home, expected_version=input.expected_version, actor=actor, reason=input.reason, at=context.at
            )
        return PutNewcomerPolicyPayload(policy=await _in_force(home))


async def _home(group: str | None, circle: str | None) -> GroupRecord | CircleRecord:
    if group is not None and circle is None:
        return await GroupRecord.existing(id_of("Group", group, field="groupId"), field="groupId")
    if circle is not None and group is None:
        return await CircleRecord.existing(id_of("Circle", circle, field="circleId"), field="circleId")
    raise Invalid("groupId", zh="请指定社群或圈层其中之一", en="name either a group or a circle")


async def _in_force(home: GroupRecord | CircleRecord) -> NewcomerPolicy:
    own = await NewcomerPolicyRecord.own(home)
    found = await NewcomerPolicyRecord.of_group(home) if isinstance(home, GroupRecord) else own
    rules = found.rules if found and found.is_in_force else NewcomerRules.default()
    return NewcomerPolicy.of(rules, own)
