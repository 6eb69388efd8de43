"""Grants to many: drawn up, checked, handed in, approved by somebody else."""

import strawberry
from strawberry import Info

from auth.permissions import StaffCan
from auth.scope import demand_whole_brand
from engine.declare import Connection, mirrored
from models.points.grant_batch import GrantBatch as GrantBatchRecord
from models.points.grant_row import GrantRow as GrantRowRecord
from models.staff.right import StaffRight
from schema.ids import id_of, optional_id_of
from schema.payload import listed, mutation
from schema.points.grant_batch import (
    AddGrantBatchRowsInput,
    AddGrantBatchRowsPayload,
    ApproveGrantBatchInput,
    ApproveGrantBatchPayload,
    CheckGrantBatchInput,
    CheckGrantBatchPayload,
    CreateGrantBatchInput,
    CreateGrantBatchPayload,
    GrantBatch,
    RejectGrantBatchInput,
    RejectGrantBatchPayload,
    RemoveGrantBatchRowsInput,
    RemoveGrantBatchRowsPayload,
    SubmitGrantBatchInput,
    SubmitGrantBatchPayload,
)


@strawberry.type
class GrantBatchQueries:
    grant_batches: Connection[GrantBatch] = listed(
        GrantBatchRecord,
        order=("-created_at", "-id"),
        allow=StaffCan(StaffRight.POINTS_READ),
        description="Grants to many, newest first.",
    )


@strawberry.type
class GrantBatchMutations:
    @mutation(allow=StaffCan(StaffRight.POINTS_GRANT), description="Begin a grant to many.")
    async def create_grant_batch(self, info: Info, input: CreateGrantBatchInput) -> CreateGrantBatchPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        batch = await GrantBatchRecord.draft(
            name=input.name,
            reason=input.reason,
            budget_id=optional_id_of("Budget", input.budget_id, field="budgetId"),
            staff_id=context.staff_id,
            at=context.at,
            once=once,
        )
        return CreateGrantBatchPayload(batch=mirrored(batch), is_replay=once.replayed)

    @mutation(allow=StaffCan(StaffRight.POINTS_GRANT), description="Add rows to a grant; each is judged at once.")
    async def add_grant_batch_rows(self, info: Info, input: AddGrantBatchRowsInput) -> AddGrantBatchRowsPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        batch_id = id_of("GrantBatch", input.batch_id, field="batchId")
        given = [row.given() for row in input.rows]
        rows = await GrantRowRecord.add(batch_id, given, staff_id=context.staff_id, at=context.at, once=once)
        batch = await GrantBatchRecord.get(id=batch_id)
        return AddGrantBatchRowsPayload(batch=mirrored(batch), rows=mirrored(rows), is_replay=once.replayed)

    @mutation(allow=StaffCan(StaffRight.POINTS_GRANT), description="Take rows out of a grant.")
    async def remove_grant_batch_rows(
        self, info: Info, input: RemoveGrantBatchRowsInput
    ) -> RemoveGrantBatchRowsPayload:
        demand_whole_brand(info.context)
        batch_id = id_of("GrantBatch", input.batch_id, field="batchId")
        await GrantRowRecord.remove(batch_id, input.positions, staff_id=info.context.staff_id)
        return RemoveGrantBatchRowsPayload(batch=mirrored(await GrantBatchRecord.get(id=batch_id)))

    @mutation(allow=StaffCan(StaffRight.POINTS_GRANT), description="Judge the rows of a grant anew; nothing is paid.")
    async def check_grant_batch(self, info: Info, input: CheckGrantBatchInput) -> CheckGrantBatchPayload:
        demand_whole_brand(info.context)
        batch_id = id_of("GrantBatch", input.batch_id, field="batchId")
        return CheckGrantBatchPayload(
            batch=mirrored(await GrantRowRecord.check(batch_id, staff_id=info.context.staff_id))
        )

    @mutation(
        allow=StaffCan(StaffRight.POINTS_GRANT),
        description="Hand a grant in: it is paid, or waits for somebody else where it exceeds the threshold.",
    )
    async def submit_grant_batch(self, info: Info, input: SubmitGrantBatchInput) -> SubmitGrantBatchPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        batch = await GrantBatchRecord.submit(
            id_of("GrantBatch", input.batch_id, field="batchId"),
            skips_faulty=input.skips_faulty,
            staff_id=context.staff_id,
            at=context.at,
            once=once,
        )
        return SubmitGrantBatchPayload(batch=mirrored(batch), is_replay=once.replayed)

    @mutation(allow=StaffCan(StaffRight.POINTS_APPROVE), description="Let a grant of somebody else be paid.")
    async def approve_grant_batch(self, info: Info, input: ApproveGrantBatchInput) -> ApproveGrantBatchPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        batch_id = id_of("GrantBatch", input.batch_id, field="batchId")
        batch = await GrantBatchRecord.approve(
            batch_id, staff_id=context.staff_id, reason=input.reason, at=context.at, once=once
        )
        return ApproveGrantBatchPayload(batch=mirrored(batch), is_replay=once.replayed)

    @mutation(allow=StaffCan(StaffRight.POINTS_APPROVE), description="Have a grant not be paid, ever.")
    async def reject_grant_batch(self, info: Info, input: RejectGrantBatchInput) -> RejectGrantBatchPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        batch_id = id_of("GrantBatch", input.batch_id, field="batchId")
        batch = await GrantBatchRecord.reject(
            batch_id, staff_id=context.staff_id, reason=input.reason, at=context.at, once=once
        )
        return RejectGrantBatchPayload(batch=mirrored(batch), is_replay=once.replayed)
