"""A group's points: what staff give a group to spend, or take back of it, with a reason and told to the audit.

They lie in the group's own account, of which whoever may spend them sends red packets.
"""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import bounded_text, within
from models.groups.group import Group
from models.idempotency import Once, perform_once
from models.points.account import Account, AccountKey, Bucket, of_budget, of_group, of_platform
from models.points.budget import Budget
from models.points.entry import Move, PointEntry
from models.points.posting import AMOUNT_MOST
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow


class FundingKind(StrEnum):
    """What staff did."""

    GIVE = "give"
    TAKE_BACK = "take_back"


class GroupFunding(Record):
    group: fields.ForeignKeyRelation[Group] = fields.ForeignKeyField(
        "models.Group", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    group_id: UUID
    kind = fields.CharEnumField(FundingKind, max_length=10)
    amount = fields.BigIntField()
    budget_id: UUID | None = fields.UUIDField(null=True, description="Absent: from the platform, or back to it.")
    reason = fields.CharField(max_length=REASON_MOST)
    staff_id: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "group_funding"
        constraints = (CheckConstraint(check="amount > 0", name="group_funding_moves_something"),)
        indexes = (Index(fields=("group_id", "created_at", "id"), name="group_funding_by_group"),)

    @classmethod
    async def record(
        cls,
        group_id: UUID,
        kind: FundingKind,
        amount: int,
        *,
        reason: str,
        staff_id: UUID,
        at: datetime,
        once: Once | None,
        budget_id: UUID | None = None,
    ) -> Self:
        """Give a group points, or take some back that it has not spent.

        Raises `InsufficientPoints` where the budget, or the group, has fewer; `BudgetClosed`, `Invalid`, `NotFound`.
        """

        async def write(id: UUID) -> Self:
            why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
            within("amount", amount, 1, AMOUNT_MOST)
            group = await Group.held(group_id)
            if budget_id:
                # An account stands for any id, so points would go to a budget that is none and come back from nowhere.
                await Budget.held(budget_id)
            before = await fund_of(group.id)
            made = await cls.create(
                id=id,
                group_id=group.id,
                kind=kind,
                amount=amount,
                budget_id=budget_id,
                reason=why,
                staff_id=staff_id,
                created_at=at,
            )
            await PointEntry.post([made._move()], at=at)
            await AuditRow.write(
                staff_id=staff_id,
                action="fund_group" if kind is FundingKind.GIVE else "take_back_group_fund",
                subject=group,
                before={"fund": before},
                after={"fund": await fund_of(group.id), "budget_id": budget_id},
                reason=why,
                at=at,
            )
            return made

        return await perform_once(once, cls, write, at=at)

    def _move(self) -> Move:
        giver: AccountKey = of_budget(self.budget_id) if self.budget_id else of_platform(Bucket.ISSUED)
        ends = (giver, of_group(self.group_id))
        debit, credit = ends if self.kind is FundingKind.GIVE else ends[::-1]
        source, reason = f"group_funding:{self.id}", f"group_fund_{self.kind}"
        return Move(debit, credit, self.amount, reason, source, note=self.reason, staff_id=self.staff_id)


async def fund_of(group_id: UUID) -> int:
    """The points that a group can spend."""
    account = await Account.get_or_none(id=of_group(group_id).id)
    return int(account.balance) if account else 0
