"""The versions of a plan: the rules it had before each change, so that what was paid can be counted anew by them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.checkins.plan import RULES, CheckInPlan, PlanScope
from models.checkins.plan_rules import checked, refuse_crossed
from models.errors import DomainError, Invalid, NotFound
from models.groups.circle import Circle
from models.groups.group import Group
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from store.database import transaction


class PlanChanged(DomainError):
    code = "PLAN_CHANGED"
    zh = "该计划刚被他人修改，请刷新后重试"
    en = "Somebody changed this plan meanwhile; read it again."
    field = "expectedVersion"


class CheckInPlanVersion(Record):
    plan: fields.ForeignKeyRelation[CheckInPlan] = fields.ForeignKeyField(
        "models.CheckInPlan", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    plan_id: UUID
    version = fields.IntField()
    rules: dict[str, object] = fields.JSONField()
    replaced_at: datetime = fields.DatetimeField()

    class Meta:
        table = "check_in_plan_version"
        constraints = (UniqueConstraint(fields=("plan_id", "version"), name="check_in_plan_version_once"),)

    @classmethod
    async def keep(cls, plan: CheckInPlan, *, at: datetime) -> None:
        """Keep the rules of a plan that is about to change, inside the transaction of the change."""
        rules = orjson.loads(orjson.dumps({name: getattr(plan, name) for name in RULES}, default=str))
        await cls.create(plan_id=plan.id, version=plan.version, rules=rules, replaced_at=at)

    @classmethod
    async def of(cls, plan: CheckInPlan, versions: Iterable[int]) -> dict[int, CheckInPlan]:
        """The plan as it was in each of these versions; asks nothing where only the present one is wanted."""
        wanted = set(versions) - {plan.version}
        found = {plan.version: plan}
        for row in await cls.filter(plan_id=plan.id, version__in=sorted(wanted)) if wanted else []:
            found[row.version] = _as_it_was(plan, row)
        return found


async def open_plan(
    given: Mapping[str, object],
    *,
    scope: PlanScope,
    scope_id: UUID | None,
    is_default: bool,
    staff_id: UUID,
    at: datetime,
) -> CheckInPlan:
    """A new plan with the given rules; the others are those of the default. Raises `Invalid`, `NotFound`."""
    plan = CheckInPlan(scope=scope, is_default=is_default, **checked(given))
    if scope is PlanScope.CIRCLE:
        plan.circle_id = (await Circle.existing(scope_id, field="scopeId")).id
    elif scope is PlanScope.GROUP:
        plan.group_id = (await Group.existing(scope_id, field="scopeId")).id
    if is_default and scope is not PlanScope.ALL:
        raise Invalid("isDefault", zh="默认计划须面向全体成员", en="the default plan is for every member")
    refuse_crossed(plan)
    async with transaction():
        if is_default:
            await CheckInPlan.filter(is_default=True).update(is_default=False)
        await plan.save(force_create=True)
        after = columns_of(plan, "scope", "circle_id", "group_id", "is_default", *RULES)
        await AuditRow.write(
            staff_id=staff_id, action="create_check_in_plan", subject=plan, before=None, after=after, reason=None, at=at
        )
    return plan


async def change_plan(
    id: UUID,
    given: Mapping[str, object],
    *,
    staff_id: UUID,
    reason: str | None,
    at: datetime,
    expected_version: int | None = None,
) -> CheckInPlan:
    """Give a plan other rules from now on, as a new version; what was paid keeps the version it was paid under.

    Raises `PlanChanged` where the present version is not the expected one, `Invalid`, `NotFound`.
    """
    rules = checked(given)
    async with transaction():
        plan = await CheckInPlan.select_for_update().get_or_none(id=id)
        if plan is None:
            raise NotFound(field="planId")
        if expected_version is not None and expected_version != plan.version:
            raise PlanChanged()
        changed = {name: value for name, value in rules.items() if getattr(plan, name) != value}
        if not changed:
            return plan
        before = columns_of(plan, *changed, "version")
        await CheckInPlanVersion.keep(plan, at=at)
        plan.update_from_dict(changed | {"version": plan.version + 1})
        refuse_crossed(plan)
        await plan.save(update_fields=[*changed, "version"])
        await AuditRow.write(
            staff_id=staff_id,
            action="update_check_in_plan",
            subject=plan,
            before=before,
            after=columns_of(plan, *changed, "version"),
            reason=reason,
            at=at,
        )
    return plan


def _as_it_was(plan: CheckInPlan, row: CheckInPlanVersion) -> CheckInPlan:
    """A plan to count with, never to be saved."""
    now = {name: getattr(plan, name) for name in plan._meta.db_fields}
    then = CheckInPlan(**now)
    rules = {name: value for name, value in row.rules.items() if name in RULES}
    return then.update_from_dict(rules | {"version": row.version})
