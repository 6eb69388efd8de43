"""Forwarding tasks: seen by members, run by staff of the whole brand."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Info

from auth.permissions import IsMember, IsMemberOr, StaffCan
from auth.scope import demand_whole_brand
from engine.declare import Connection, mirrored
from engine.relation import Condition
from models.spread.forward_eligibility import forward_eligibility
from models.spread.forward_ending import ForwardEnding
from models.spread.forward_figures import figures_of
from models.spread.forward_task import ForwardTask as ForwardTaskRecord
from models.spread.forward_task_version import change_forward_task, create_forward_task, publish_forward_task
from models.spread.sharing_acceptance import Accepted, surroundings
from models.spread.sharing_rules import violated
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.payload import listed, mutation, query
from schema.spread.forward_claim import ForwardEligibility
from schema.spread.forward_task import (
    ChangeForwardTaskInput,
    ChangeForwardTaskPayload,
    CreateForwardTaskInput,
    CreateForwardTaskPayload,
    ForwardFigures,
    ForwardTask,
    PublishForwardTaskInput,
    PublishForwardTaskPayload,
    SharingViolation,
    StopForwardTaskInput,
    StopForwardTaskPayload,
    VoidForwardTaskInput,
    VoidForwardTaskPayload,
)
from schema.spread.forward_terms import ForwardTermsInput

READ, WRITE = StaffCan(StaffRight.SPREAD_READ), StaffCan(StaffRight.SPREAD_WRITE)
TaskId = Annotated[strawberry.ID, strawberry.argument(description="The task.")]
Terms = Annotated[ForwardTermsInput, strawberry.argument(description="The terms, as they would be written.")]


def task_id_of(text: str) -> UUID:
    return id_of("ForwardTask", text, field="forwardTaskId")


@strawberry.type
class ForwardTaskQueries:
    forward_tasks: Connection[ForwardTask] = listed(
        ForwardTaskRecord,
        order=("-starts_at", "-id"),
        where=Condition("{row}.in_mini_program"),
        allow=IsMemberOr(StaffRight.SPREAD_READ),
        description="Forwarding tasks of the mini-program, the newest first.",
    )
    outside_forward_tasks: Connection[ForwardTask] = listed(
        ForwardTaskRecord,
        order=("-starts_at", "-id"),
        where=Condition("NOT {row}.in_mini_program"),
        allow=IsMemberOr(StaffRight.SPREAD_READ),
        description="Forwarding tasks of other channels, the newest first; the mini-program must not show them.",
    )
    open_forward_tasks: Connection[ForwardTask] = listed(
        ForwardTaskRecord,
        order=("ends_at", "id"),
        where=Condition("{row}.state = 'published' AND {row}.in_mini_program"),
        allow=IsMemberOr(StaffRight.SPREAD_READ),
        description="Those of the mini-program that go on or are announced, the first to end in front.",
    )
    broken_forward_tasks: Connection[ForwardTask] = listed(
        ForwardTaskRecord,
        order=("ends_at", "id"),
        where=Condition("{row}.state = 'published' AND CAST({row}.broken AS TEXT) <> '[]'"),
        allow=READ,
        description="Those that break sharing rules by now which they did not when they were published.",
    )

    @query(allow=IsMember(), description="What the caller may do next with a task, and what it would bring.")
    async def forward_task_eligibility(self, info: Info, forward_task_id: TaskId) -> ForwardEligibility:
        context = info.context
        found = await forward_eligibility(context.member_id, task_id_of(forward_task_id), at=context.at)
        return ForwardEligibility.of(found, context.locale)

    @query(allow=READ, description="Which clauses of the sharing rules terms would break; nothing is written.")
    async def sharing_rule_check(self, info: Info, terms: Terms) -> list[SharingViolation]:
        given = (await terms.terms()).checked()
        clauses = violated(given, await surroundings(given, at=info.context.at))
        return [SharingViolation.of(one, info.context.locale) for one in clauses]

    @query(allow=READ, description="What a task has brought and cost so far.")
    async def forward_figures(self, info: Info, forward_task_id: TaskId) -> ForwardFigures:
        demand_whole_brand(info.context)
        task = await ForwardTaskRecord.existing(task_id_of(forward_task_id), field="forwardTaskId")
        return ForwardFigures.of(await figures_of(task.id))


@strawberry.type
class ForwardTaskMutations:
    @mutation(allow=WRITE, description="Write a forwarding task down as a draft.")
    async def create_forward_task(self, info: Info, input: CreateForwardTaskInput) -> CreateForwardTaskPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        task = await create_forward_task(await input.terms.terms(), staff_id=context.staff_id, at=context.at, once=once)
        return CreateForwardTaskPayload(task=mirrored(task), is_replay=once.replayed)

    @mutation(allow=WRITE, description="Give a task other terms; published, as a new version that is checked anew.")
    async def change_forward_task(self, info: Info, input: ChangeForwardTaskInput) -> ChangeForwardTaskPayload:
        context = info.context
        demand_whole_brand(context)
        opened = await change_forward_task(
            task_id_of(input.forward_task_id),
            await input.terms.terms(),
            expected_version=input.expected_version,
            reason=input.reason,
            acceptance=Accepted.of(input.acceptance, input.accepted_clauses),
            staff_id=context.staff_id,
            at=context.at,
        )
        warnings = [SharingViolation.of(one, context.locale) for one in opened.clauses]
        return ChangeForwardTaskPayload(task=mirrored(opened.task), warnings=warnings)

    @mutation(allow=WRITE, description="Open a task to members, unless it breaks sharing rules that nobody accepts.")
    async def publish_forward_task(self, info: Info, input: PublishForwardTaskInput) -> PublishForwardTaskPayload:
        context = info.context
        demand_whole_brand(context)
        opened = await publish_forward_task(
            task_id_of(input.forward_task_id),
            acceptance=Accepted.of(input.acceptance, input.accepted_clauses),
            expected_version=input.expected_version,
            staff_id=context.staff_id,
            at=context.at,
        )
        warnings = [SharingViolation.of(one, context.locale) for one in opened.clauses]
        return PublishForwardTaskPayload(task=mirrored(opened.task), warnings=warnings)

    @mutation(allow=WRITE, description="Stop a task at once: no claim and no payment from now on.")
    async def stop_forward_task(self, info: Info, input: StopForwardTaskInput) -> StopForwardTaskPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        ending = await ForwardEnding.stop(
            task_id_of(input.forward_task_id),
            input.pending,
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
            once=once,
        )
        task = await ForwardTaskRecord.get(id=ending.task_id)
        return StopForwardTaskPayload(task=mirrored(task), is_replay=once.replayed)

    @mutation(allow=WRITE, description="Declare a task void; everything that it paid comes back.")
    async def void_forward_task(self, info: Info, input: VoidForwardTaskInput) -> VoidForwardTaskPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        ending = await ForwardEnding.void(
            task_id_of(input.forward_task_id), reason=input.reason, staff_id=context.staff_id, at=context.at, once=once
        )
        task = await ForwardTaskRecord.get(id=ending.task_id)
        return VoidForwardTaskPayload(task=mirrored(task), is_replay=once.replayed)
