"""Visits by codes: said by anybody, read by staff, who also decide which of them count."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import Anyone, StaffCan
from auth.scope import demand_whole_brand
from auth.visiting import visit
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import Condition, all_of
from models.spread.arrival import Arrival as ArrivalRecord
from models.spread.visit import Visit as VisitRecord
from models.spread.visit import VisitDoubt
from models.spread.visit_policy import VisitPolicy as VisitPolicyRecord
from models.staff.right import StaffRight
from schema.ids import optional_id_of
from schema.payload import mutation, query
from schema.spread.arrival import Arrival
from schema.spread.visit import (
    PutVisitPolicyInput,
    PutVisitPolicyPayload,
    RecordVisitInput,
    RecordVisitPayload,
    Visit,
    VisitPolicy,
)

READ, WRITE = StaffCan(StaffRight.SPREAD_READ), StaffCan(StaffRight.SPREAD_WRITE)
OfCode = Annotated[strawberry.ID | None, strawberry.argument(description="By which code; by any if absent.")]
LastCode = Annotated[strawberry.ID | None, strawberry.argument(description="By which code last; any if absent.")]
LastChannel = Annotated[
    strawberry.ID | None, strawberry.argument(description="By a code of which channel last; any if absent.")
]
OfMember = Annotated[strawberry.ID | None, strawberry.argument(description="Who came; anybody if absent.")]
Doubted = Annotated[VisitDoubt | None, strawberry.argument(description="Only those doubted for this; any if absent.")]


@strawberry.type
class VisitQueries:
    @query(allow=READ, description="Visits by codes, the latest first.")
    async def visits(
        self,
        info: Info,
        code_id: OfCode = None,
        reason: Doubted = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Visit]:
        wanted = {"code_id": optional_id_of("SceneCode", code_id, field="codeId"), "reason": reason}
        where = all_of(Condition(f"{{row}}.{column} = ?", (one,)) for column, one in wanted.items() if one is not None)
        every = listing(VisitRecord, order=("-visited_at", "-id"), where=where)
        arguments = PageArguments(first, after, last, before)
        page: Connection[Visit] = await info.context.loads.list_page(every, arguments)
        return page

    @query(allow=READ, description="Who came by codes and became a member, the latest to come last first.")
    async def arrivals(
        self,
        info: Info,
        code_id: LastCode = None,
        channel_id: LastChannel = None,
        member_id: OfMember = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Arrival]:
        wanted = {
            "{row}.last_code_id = ?": optional_id_of("SceneCode", code_id, field="codeId"),
            "{row}.last_code_id IN (SELECT c.id FROM scene_code c WHERE c.channel_id = ?)": optional_id_of(
                "Channel", channel_id, field="channelId"
            ),
            "{row}.member_id = ?": optional_id_of("Member", member_id, field="memberId"),
        }
        where = all_of(Condition(sql, (one,)) for sql, one in wanted.items() if one is not None)
        every = listing(ArrivalRecord, order=("-last_at", "-id"), where=where)
        arguments = PageArguments(first, after, last, before)
        page: Connection[Arrival] = await info.context.loads.list_page(every, arguments)
        return page

    @query(allow=READ, description="The policy of visits that holds; nothing before staff decided.")
    async def visit_policy(self, info: Info) -> VisitPolicy | None:
        found: VisitPolicy | None = mirrored(await VisitPolicyRecord.get_or_none(is_active=True))
        return found


@strawberry.type
class VisitMutations:
    @mutation(allow=Anyone(), description="Say that the mini-program was opened by a code, logged in or not.")
    async def record_visit(self, info: Info, input: RecordVisitInput) -> RecordVisitPayload:
        return RecordVisitPayload(page=await visit(info.context, input.scene, input.device))

    @mutation(allow=WRITE, description="Decide how long a touch counts, and which visits do not.")
    async def put_visit_policy(self, info: Info, input: PutVisitPolicyInput) -> PutVisitPolicyPayload:
        demand_whole_brand(info.context)
        policy = await VisitPolicyRecord.put(
            input.rules(),
            expected_version=input.expected_version,
            staff_id=info.context.staff_id,
            reason=input.reason,
            at=info.context.at,
        )
        return PutVisitPolicyPayload(policy=mirrored(policy))
