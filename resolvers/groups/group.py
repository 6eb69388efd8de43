"""Groups: found by all members, run by staff within their scope."""

from dataclasses import replace
from typing import Annotated

import strawberry
from strawberry import Info

from auth.context import Context
from auth.permissions import IsMemberOrStaff
from auth.scope import demand_group
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import Condition
from models.actor import Actor
from models.errors import NotAllowed
from models.groups.group import Group as GroupRecord
from models.groups.group import GroupStatus
from models.groups.settings import GroupSettings
from models.staff.colleague import DataScope
from models.staff.staff import Staff as StaffRecord
from resolvers.groups.acting import STAFF
from schema.groups.group import Group
from schema.groups.group_settings import (
    ArchiveGroupInput,
    ArchiveGroupPayload,
    GroupSettingsInput,
    OpenGroupInput,
    OpenGroupPayload,
    ReopenGroupInput,
    ReopenGroupPayload,
    UpdateGroupInput,
    UpdateGroupPayload,
)
from schema.ids import id_of, optional_id_of
from schema.payload import mutation, query

CircleId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only the groups of this circle; all if absent.")
]
Status = Annotated[GroupStatus, strawberry.argument(description="Those in use, or those put out of use.")]
GroupId = Annotated[strawberry.ID, strawberry.argument(description="The group.")]


@strawberry.type
class GroupQueries:
    @query(allow=IsMemberOrStaff(), description="Groups, the oldest first; for staff those in their scope.")
    async def groups(
        self,
        info: Info,
        circle_id: CircleId = None,
        status: Status = GroupStatus.ACTIVE,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Group]:
        circle = optional_id_of("Circle", circle_id, field="circleId")
        where = Condition("{row}.status = ?", (status.value,))
        if circle:
            where = Condition(f"{where.sql} AND {{row}}.circle_id = ?", (*where.values, circle))
        found = listing(GroupRecord, order=("created_at", "id"), where=where)
        page: Connection[Group] = await info.context.loads.list_page(found, PageArguments(first, after, last, before))
        return page

    @query(allow=IsMemberOrStaff(), description="A group by its id; nothing where it is absent or out of scope.")
    async def group(self, info: Info, id: GroupId) -> Group | None:
        found: Group | None = await info.context.loads.by_id(GroupRecord, id_of("Group", id, field="id"))
        return found


@strawberry.type
class GroupMutations:
    @mutation(allow=STAFF, description="Open a group under the next number of its name.")
    async def open_group(self, info: Info, input: OpenGroupInput) -> OpenGroupPayload:
        settings = _within_scope(info.context, await _settings(input.settings), is_new=True)
        group = await GroupRecord.open(
            id_of("Circle", input.circle_id, field="circleId"),
            settings,
            actor=Actor.staff(info.context.staff_id),
            at=info.context.at,
        )
        return OpenGroupPayload(group=mirrored(group))

    @mutation(allow=STAFF, description="Change the settings of a group.")
    async def update_group(self, info: Info, input: UpdateGroupInput) -> UpdateGroupPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        await demand_group(info.context, group_id)
        group = await GroupRecord.change(
            group_id,
            _within_scope(info.context, await _settings(input.settings), is_new=False),
            actor=Actor.staff(info.context.staff_id),
            reason=input.reason,
            at=info.context.at,
        )
        return UpdateGroupPayload(group=mirrored(group))

    @mutation(allow=STAFF, description="Put a group out of use; nobody joins it any more.")
    async def archive_group(self, info: Info, input: ArchiveGroupInput) -> ArchiveGroupPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        await demand_group(info.context, group_id)
        actor = Actor.staff(info.context.staff_id)
        group = await GroupRecord.archive(group_id, reason=input.reason, actor=actor, at=info.context.at)
        return ArchiveGroupPayload(group=mirrored(group))

    @mutation(allow=STAFF, description="Use a group again.")
    async def reopen_group(self, info: Info, input: ReopenGroupInput) -> ReopenGroupPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        await demand_group(info.context, group_id)
        actor = Actor.staff(info.context.staff_id)
        group = await GroupRecord.reopen(group_id, reason=input.reason, actor=actor, at=info.context.at)
        return ReopenGroupPayload(group=mirrored(group))


async def _settings(given: GroupSettingsInput) -> GroupSettings:
    manager_id = optional_id_of("Staff", given.manager_id, field="managerId")
    if manager_id is not None:
        await StaffRecord.existing(manager_id, field="managerId")
    return replace(given.given(), manager_staff_id=manager_id)


def _within_scope(context: Context, settings: GroupSettings, *, is_new: bool) -> GroupSettings:
    """Staff of a part open groups within it only, and move none out of it."""
    caller = context.caller
    if caller.scope is DataScope.REGION:
        if settings.region not in (None, caller.region):
            raise NotAllowed(field="region")
        return replace(settings, region=caller.region) if is_new else settings
    if caller.scope is DataScope.OWN_GROUPS:
        if settings.manager_staff_id not in (None, caller.id):
            raise NotAllowed(field="managerId")
        return replace(settings, manager_staff_id=caller.id) if is_new else settings
    return settings
