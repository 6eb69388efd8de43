"""The group in whose feed a check-in shows, which is also the proof that a member belongs to a plan's scope."""

from collections.abc import Sequence
from uuid import UUID

from models.checkins.plan import CheckInPlan, PlanScope
from models.errors import DomainError, NotFound
from models.groups.membership import GroupPlace, Membership


class NotInPlan(DomainError):
    code = "NOT_IN_PLAN"
    zh = "加入对应的社群后才能参加该签到计划"
    en = "This plan is for members of its group or circle."


async def feed_group(member_id: UUID, plan: CheckInPlan) -> UUID | None:
    """The member's first group in the plan's scope; none where a loner uses a plan for all. Raises `NotInPlan`."""
    return chosen_group(await Membership.active_groups(member_id), plan)


def chosen_group(places: Sequence[GroupPlace], plan: CheckInPlan, group_id: UUID | None = None) -> UUID | None:
    """The group asked for, else the first in the plan's scope; none where a loner uses a plan for all.

    `places` are the groups in use that a member belongs to, the earliest joined first. Raises `NotInPlan`, and
    `NotFound` for a group that is not the member's or not in the scope.
    """
    groups = list(places)
    if plan.scope is PlanScope.CIRCLE:
        groups = [group for group in groups if group.circle_id == plan.circle_id]
    elif plan.scope is PlanScope.GROUP:
        groups = [group for group in groups if group.group_id == plan.group_id]
    if group_id is not None:
        groups = [group for group in groups if group.group_id == group_id]
        if not groups:
            raise NotFound(field="groupId")
    if not groups and plan.scope is not PlanScope.ALL:
        raise NotInPlan()
    return groups[0].group_id if groups else None
