"""An earning: one payment of an earn rule to a member for one cause.

Whether a member may be paid is read and written while its row is held, so caps are exact however many causes come at
one instant. The payments for a cause are numbered, and the numbers are unique, so a hook that is called again pays
nothing more. A rule with a budget pays out of the budget's account, whose own condition decides when it is used up.
Points that wait for a review go to the member's pending account; they are released when their day comes or staff
approve them, unless they were taken back before.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.eligibility import Eligibility
from models.errors import DomainError
from models.insight.standing import standing_changed
from models.members.member import Member, MemberErased
from models.one_by_one import OneByOne
from models.points.account import AccountKey, Bucket, Currency, of_budget, of_member, of_platform
from models.points.behaviour import Behaviour
from models.points.budget import Budget
from models.points.budget_alert import BudgetAlert, BudgetAlertKind
from models.points.budget_balance import balances_of
from models.points.deed import Deed, tell
from models.points.earn_amount import Facts
from models.points.earn_cause import EarnCause
from models.points.earn_decision import (
    BudgetUsedUp,
    Cause,
    NothingToEarn,
    Payment,
    decide,
)
from models.points.earn_preview import weighed
from models.points.earn_rule import EarnRule
from models.points.earn_standing import EarnCase
from models.points.entry import InsufficientPoints, Move, PointEntry, undo
from models.record import Record
from store.database import execute, savepoint, transaction

RELEASED_AT_ONCE = 200
RELEASE = "release"
TRIES = 5
TARGET_MOST = 80

_WAITS = "(needs_review OR release_at IS NOT NULL) AND released_at IS NULL AND reversed_at IS NULL"


class Earning(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    rule: fields.ForeignKeyRelation[EarnRule] = fields.ForeignKeyField(
        "models.EarnRule", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    rule_id: UUID
    rule_code = fields.CharField(max_length=40, description="The rule's, over all of its versions.")
    behaviour = fields.CharEnumField(Behaviour, max_length=40)
    source = fields.CharField(max_length=80, description="The cause, such as `referral:<id>`.")
    number = fields.SmallIntField(default=0, description="Which of the payments for its cause it is, from 0.")
    facts: Mapping[str, Any] = fields.JSONField(default=dict, description="What the amount followed from.")
    target = fields.CharField(max_length=TARGET_MOST, null=True, description="The thing that it was about.")
    pair_id: UUID | None = fields.UUIDField(null=True, description="The other member that it was about.")
    budget_id: UUID | None = fields.UUIDField(null=True, description="The budget that paid.")
    amount = fields.BigIntField()
    growth = fields.BigIntField()
    needs_review = fields.BooleanField(default=False, description="Whether it waited for staff.")
    created_at: datetime = fields.DatetimeField()
    release_at: datetime | None = fields.DatetimeField(null=True)
    released_at: datetime | None = fields.DatetimeField(null=True)
    reversed_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "earning"
        constraints = (
            UniqueConstraint(fields=("member_id", "behaviour", "source", "number"), name="earning_once_per_cause"),
            # Staff read what waits for them out of this one, which holds nothing else.
            UniqueConstraint(
                fields=("created_at", "id"),
                condition="needs_review AND released_at IS NULL AND reversed_at IS NULL",
                name="earning_by_review",
            ),
        )
        indexes = (
            Index(fields=("member_id", "behaviour", "created_at"), name="earning_by_member"),
            Index(fields=("member_id", "created_at", "id"), name="earning_by_time"),
            Index(fields=("released_at", "release_at"), name="earning_by_release"),
        )

    @classmethod
    async def pay(
        cls,
        member_id: UUID,
        behaviour: Behaviour,
        source: str,
        *,
        at: datetime,
        facts: Facts | None = None,
        target: str | None = None,
        pair: UUID | None = None,
        circle_id: UUID | None = None,
    ) -> Self | None:
        """Pay a member for a cause what the rules say, in the caller's transaction or one of its own.

        `facts` are the figures that formulas and tiers go by, `target` what the act was about (`post:<id>`), `pair` the
        other member, `circle_id` where it happened, if that is known: its budget pays. Other areas are told of the deed
        as well (`models/points/deed.py`), whether it pays points or not.

        Returns the largest payment; None where nothing is due: no rule, a limit reached, a budget used up, a member who
        takes no part, a cause that was paid before. It never refuses, so it can hang on any act. It takes the member's
        row; call it before other rows are taken.
        """
        cause = Cause(behaviour, at, {str(name): value for name, value in (facts or {}).items()}, target, pair)
        async with transaction():
            try:
                await Member.hold(member_id)
            except MemberErased:
                return None
            await tell(Deed(member_id, behaviour, source, at))
            if await cls.exists(member_id=member_id, behaviour=behaviour, source=source):
                return None
            made, refusal = await cls._decided(member_id, source, cause, circle_id=circle_id)
            await EarnCause.keep(member_id, source, cause, refusal, circle_id=circle_id)
            return made[0] if made else None

    @classmethod
    async def _decided(
        cls, member_id: UUID, source: str, cause: Cause, *, circle_id: UUID | None
    ) -> tuple[list[Self], DomainError | None]:
        """What was paid for a cause, or why nothing was."""
        # One that has not begun stays, since it says when it will.
        rules = [rule for rule in await EarnRule.in_force(cause.behaviour) if not rule.is_over(cause.at)]
        if not rules:
            return [], NothingToEarn()
        for _ in range(TRIES):
            case = await EarnCase.of(member_id, rules, at=cause.at, cause=cause, circle_id=circle_id)
            payments, refusal = decide(case.candidates, cause, case.standing)
            if not payments:
                await _tell_if_used_up(case, refusal, at=cause.at)
                return [], refusal
            try:
                async with savepoint() if case.budgets else transaction():
                    made = await cls._paid(member_id, source, cause, payments)
            except InsufficientPoints:
                continue  # Others have drawn on the budget since it was read; what it bears now is read anew.
            await _watch(case, made, at=cause.at)
            return made, None
        return [], BudgetUsedUp()

    @classmethod
    async def eligibility(
        cls, member_id: UUID, behaviour: Behaviour, *, at: datetime, facts: Facts | None = None
    ) -> Eligibility:
        """Everything that stands against being paid for a behaviour at `at`, and what it pays."""
        rules, cause = await EarnRule.in_force(behaviour), Cause(behaviour, at, facts or {})
        return weighed(await EarnCase.of(member_id, rules, at=at, cause=cause), cause)

    @classmethod
    async def _paid(cls, member_id: UUID, source: str, cause: Cause, payments: Sequence[Payment]) -> list[Self]:
        """Write the payments for a cause and post them together."""
        made = [await cls._made(member_id, source, cause, number, one) for number, one in enumerate(payments)]
        moves = [move for earning, one in zip(made, payments, strict=True) for move in earning._moves(one)]
        await PointEntry.post([*await _overdrafts(made), *moves], at=cause.at)
        await standing_changed([member_id], at=cause.at)
        return made

    @classmethod
    async def _made(cls, member_id: UUID, source: str, cause: Cause, number: int, payment: Payment) -> Self:
        rule, terms, purse = payment.rule, payment.rule.terms, payment.candidate.purse
        # Growth comes at once, so what pays no points has nothing to wait for.
        release_days = terms.release_days if payment.points else None
        return await cls.create(
            member_id=member_id,
            rule_id=rule.id,
            rule_code=rule.code,
            behaviour=rule.behaviour,
            source=source,
            number=number,
            facts=dict(cause.facts),
            target=cause.target,
            pair_id=cause.pair_id,
            budget_id=purse.budget_id if purse and payment.points else None,
            amount=payment.points,
            growth=payment.growth,
            needs_review=terms.needs_review and payment.points > 0,
            created_at=cause.at,
            release_at=cause.at + timedelta(days=release_days) if release_days else None,
        )

    def _moves(self, payment: Payment) -> list[Move]:
        """The growth comes at once, the points where the rule says and, where it names one, from its budget."""
        origin = of_budget(self.budget_id) if self.budget_id else of_platform(Bucket.ISSUED)
        bucket = payment.rule.bucket
        wanted = (
            (origin, of_member(self.member_id, bucket=bucket), self.amount),
            (of_platform(Bucket.ISSUED, Currency.GROWTH), of_member(self.member_id, Currency.GROWTH), self.growth),
        )
        return [
            Move(
                debit=debit,
                credit=credit,
                amount=amount,
                reason=self.behaviour,
                source=self.entry_source,
                rule=payment.rule.as_rule,
                available_at=self.release_at if credit.bucket is Bucket.PENDING else None,
            )
            for debit, credit, amount in wanted
            if amount
        ]

    @classmethod
    async def take_back(
        cls, member_id: UUID, behaviour: Behaviour, source: str, *, at: datetime, note: str, staff_id: UUID | None
    ) -> int:
        """Take back all that a cause paid, inside the caller's transaction, which holds the member's row; how many.

        Raises `InsufficientPoints` where the member has spent meanwhile what would have to come back.
        """
        paid = cls.filter(member_id=member_id, behaviour=behaviour, source=source, reversed_at__isnull=True)
        # Rows of budgets are taken in the order of their ids, here as where it pays.
        payments = await paid.order_by("budget_id", "number")
        moves = [await one.undoing(at=at, note=note, staff_id=staff_id) for one in payments]
        await PointEntry.post([move for some in moves for move in some or ()], at=at)
        return len(moves)

    @property
    def entry_source(self) -> str:
        return f"earning:{self.id}"

    @property
    def is_waiting(self) -> bool:
        """Whether its points are pending still."""
        return (self.needs_review or self.release_at is not None) and not (self.released_at or self.reversed_at)

    async def release(self, *, at: datetime) -> bool:
        """Make the waiting points spendable; False where that happened before or they were taken back."""
        async with transaction():
            await Member.bump(self.member_id)
            return await self.released(at=at)

    async def released(self, *, at: datetime) -> bool:
        """The same inside the caller's transaction, which holds the member's row."""
        sql = f"UPDATE earning SET released_at = $1 WHERE id = $2 AND {_WAITS}"  # noqa: S608 - own text
        if not await execute(sql, at, self.id):
            return False
        pending, available = of_member(self.member_id, bucket=Bucket.PENDING), of_member(self.member_id)
        await PointEntry.post([Move(pending, available, self.amount, RELEASE, self.entry_source)], at=at)
        await standing_changed([self.member_id], at=at)
        return True

    async def undoing(self, *, at: datetime, note: str, staff_id: UUID | None) -> list[Move] | None:
        """The movements that take it back, growth and all, to where it came from; None where that happened before.

        It is marked as taken back, so the caller, who holds the member's row, posts them in the same transaction.
        """
        if not await Earning.filter(id=self.id, reversed_at__isnull=True).update(reversed_at=at):
            return None
        lines = await PointEntry.filter(source=self.entry_source, member_id=self.member_id, amount__gt=0).order_by("id")
        gone = {Bucket.PENDING} if any(line.reason == RELEASE for line in lines) else set()
        moves = [undo(line, note=note, staff_id=staff_id) for line in lines if line.bucket not in gone]
        home = await Budget.home_of(self.budget_id)
        return [_homeward(move, home) for move in moves]


def _homeward(move: Move, home: AccountKey) -> Move:
    """Points go back to the budget that paid them; growth was never of one."""
    return replace(move, credit=home) if move.credit.currency is home.currency else move


async def _watch(case: EarnCase, made: Sequence[Earning], *, at: datetime) -> None:
    """Leave the alert of a budget that these payments have brought over its threshold, or to its end."""
    for budget_id in sorted({one.budget_id for one in made if one.budget_id}):
        after = (await balances_of([budget_id]))[budget_id]
        if not case.budgets[budget_id].is_past_threshold or after.is_used_up:
            await after.watch(at=at)


async def _tell_if_used_up(case: EarnCase, refusal: DomainError, *, at: datetime) -> None:
    """Leave the alert of a budget that could not bear what was due."""
    for budget in case.budgets.values():
        if isinstance(refusal, BudgetUsedUp) and budget.stops:
            await BudgetAlert.raise_once(budget, BudgetAlertKind.USED_UP, at=at)


async def _overdrafts(made: Sequence[Earning]) -> list[Move]:
    """What budgets that do not stop lack for these payments, lent to them; their rows in the order of their ids."""
    wanted, sources = Counter[UUID](), dict[UUID, str]()
    for one in made:
        if one.budget_id:
            wanted[one.budget_id] += one.amount
            sources.setdefault(one.budget_id, one.entry_source)
    return [move for one in sorted(wanted) for move in await Budget.overdraft(one, wanted[one], sources[one])]


async def release_due(*, at: datetime) -> int:
    """Release what has waited long enough, oldest first; returns how many earnings."""
    released, run = 0, OneByOne("release points")
    while True:
        due = Earning.filter(release_at__lte=at, released_at__isnull=True, reversed_at__isnull=True)
        some = await due.exclude(id__in=run.failed).order_by("release_at", "id").limit(RELEASED_AT_ONCE)
        released += sum([bool(await run.do(one.id, one.release(at=at))) for one in some])
        if len(some) < RELEASED_AT_ONCE:
            return released
