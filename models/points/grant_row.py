"""A row of a grant: one member and how many points, judged when it is added and paid once.

A member may be named by its id, its phone or its invite code. Of a phone the masked form alone is kept. What is wrong
with a row is a code beside it, so a list of thousands is mended without being sent again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError, Invalid, NotFound, bounded_text
from models.idempotency import Once, perform_once
from models.insight.standing import standing_changed
from models.members.identity import PHONES, Identity, hash_of, masked
from models.members.identity_kind import IdentityKind
from models.members.member import Member, MemberErased, MemberStatus
from models.members.phone import with_country
from models.one_by_one import OneByOne
from models.points.account import Bucket, of_budget, of_member, of_platform
from models.points.budget import Budget
from models.points.earn_decision import BudgetUsedUp
from models.points.entry import InsufficientPoints, Move, PointEntry
from models.points.grant_batch import GrantBatch, GrantBatchStatus
from models.points.posting import AMOUNT_MOST
from models.record import Record
from store.database import execute, transaction
from store.ids import new_id

ROWS_AT_ONCE = 250
ROWS_MOST = 50_000
NOTE_MOST = 100
PAID_AT_ONCE = 200
PAID_A_RUN = 2_000
REASON = "staff_grant"


class GrantRowDoubled(DomainError):
    code = "GRANT_ROW_DOUBLED"
    zh = "同一批次中该成员已出现过"
    en = "This batch names the member before."


class NamedBy(StrEnum):
    """How a row names its member."""

    MEMBER_ID = "member_id"
    PHONE = "phone"
    INVITE_CODE = "invite_code"


@dataclass(frozen=True)
class GivenRow:
    """A row as it comes in; a phone with or without its country code."""

    named_by: NamedBy
    name: str
    amount: int
    note: str | None = None

    @property
    def key(self) -> str:
        """By what its member is looked up."""
        if self.named_by is NamedBy.PHONE:
            return hash_of(IdentityKind.PHONE, with_country(self.name))
        return self.name.strip()

    @property
    def shown(self) -> str:
        """What is kept of the name."""
        if self.named_by is NamedBy.PHONE:
            return masked(with_country(self.name).removeprefix("+86"))
        return self.name.strip()


class GrantRows(Record):
    """One handing over of rows, kept for its key: a client that sends them again adds nothing."""

    batch_id: UUID = fields.UUIDField()
    first_position = fields.IntField()
    row_count = fields.IntField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "grant_rows"

    @classmethod
    async def last_position(cls, batch_id: UUID) -> int:
        """The last position that was given away; one whose row was removed is not given to another."""
        last = await cls.filter(batch_id=batch_id).order_by("-first_position").first()
        return last.first_position + last.row_count - 1 if last else 0


class GrantRow(Record):
    batch: fields.ForeignKeyRelation[GrantBatch] = fields.ForeignKeyField(
        "models.GrantBatch", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    batch_id: UUID
    position = fields.IntField(description="From 1, as the rows came.")
    named_by = fields.CharEnumField(NamedBy, max_length=12)
    name = fields.CharField(max_length=60)
    member_id: UUID | None = fields.UUIDField(null=True)
    amount = fields.BigIntField()
    note = fields.CharField(max_length=NOTE_MOST, null=True, description="A word to the member; else the batch's.")
    problem = fields.CharField(max_length=60, null=True, description="The code of why it cannot be paid.")
    paid_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "grant_row"
        constraints = (
            UniqueConstraint(fields=("batch_id", "position"), name="grant_row_position_once"),
            UniqueConstraint(
                fields=("batch_id", "member_id"), condition="problem IS NULL", name="grant_row_one_of_a_member"
            ),
            CheckConstraint(check="paid_at IS NULL OR problem IS NULL", name="grant_row_paid_or_faulty"),
        )
        indexes = (
            Index(fields=("batch_id", "paid_at", "position"), name="grant_row_by_state"),
            Index(fields=("member_id",), name="grant_row_by_member"),
        )

    @classmethod
    async def add(
        cls,
        batch_id: UUID,
        given: Sequence[GivenRow],
        *,
        staff_id: UUID,
        at: datetime,
        once: Once | None = None,
    ) -> list[Self]:
        """Add rows to a draft, judged; returns them in their order.

        Raises `GrantBatchNotDraft`, `NotYourBatch`, `NotFound`, and `Invalid` for none or too many.
        """
        if not 1 <= len(given) <= ROWS_AT_ONCE:
            raise Invalid("rows", zh=f"每次 1–{ROWS_AT_ONCE} 行", en=f"send 1 to {ROWS_AT_ONCE} rows at a time")

        async def act(id: UUID) -> GrantRows:
            batch = await GrantBatch.held(batch_id)
            batch.demand_draft(staff_id)
            if await cls.filter(batch_id=batch_id).count() + len(given) > ROWS_MOST:
                raise Invalid("rows", zh=f"每批最多 {ROWS_MOST} 行", en=f"a batch has at most {ROWS_MOST} rows")
            before = await GrantRows.last_position(batch_id)
            rows = [cls._of(batch_id, before + number, one) for number, one in enumerate(given, start=1)]
            await _judge(batch_id, rows, await _members_named(given), given)
            await cls.bulk_create(rows)
            return await GrantRows.create(
                id=id, batch_id=batch_id, first_position=before + 1, row_count=len(rows), created_at=at
            )

        handed = await perform_once(once, GrantRows, act, at=at)
        last = handed.first_position + handed.row_count
        return await cls.filter(
            batch_id=handed.batch_id, position__gte=handed.first_position, position__lt=last
        ).order_by("position")

    @classmethod
    async def remove(cls, batch_id: UUID, positions: Sequence[int], *, staff_id: UUID) -> int:
        """Take rows out of a draft; returns how many. Raises `GrantBatchNotDraft`, `NotYourBatch`, `NotFound`."""
        async with transaction():
            batch = await GrantBatch.held(batch_id)
            batch.demand_draft(staff_id)
            return await cls.filter(batch_id=batch_id, position__in=list(positions)).delete()

    @classmethod
    async def check(cls, batch_id: UUID, *, staff_id: UUID) -> GrantBatch:
        """Judge the rows of a draft anew: members who were erased since are named. Raises as `add`."""
        async with transaction():
            batch = await GrantBatch.held(batch_id)
            batch.demand_draft(staff_id)
            await execute(_ERASED_SINCE, MemberErased.code, batch_id)
        return batch

    async def pay(self, batch: GrantBatch, *, at: datetime) -> bool:
        """Pay the row in a transaction of its own; False where that was done, or cannot be and is said so."""
        assert self.member_id is not None
        try:
            async with transaction():
                await Member.hold(self.member_id)
                marked = "UPDATE grant_row SET paid_at = $1 WHERE id = $2 AND paid_at IS NULL AND problem IS NULL"
                if not await execute(marked, at, self.id):
                    return False
                await PointEntry.post(await self._moves(batch), at=at)
                await standing_changed([self.member_id], at=at)
                return True
        except (MemberErased, NotFound) as refusal:
            await self._cannot(refusal)
        except InsufficientPoints:
            await self._cannot(BudgetUsedUp())
        return False

    async def _moves(self, batch: GrantBatch) -> list[Move]:
        assert self.member_id is not None
        source = f"grant_row:{self.id}"
        lent = await Budget.overdraft(batch.budget_id, self.amount, source) if batch.budget_id else []
        origin = of_budget(batch.budget_id) if batch.budget_id else of_platform(Bucket.ISSUED)
        note, by = self.note or batch.reason, batch.submitted_by
        return [*lent, Move(origin, of_member(self.member_id), self.amount, REASON, source, note=note, staff_id=by)]

    async def _cannot(self, refusal: DomainError) -> None:
        await GrantRow.filter(id=self.id, paid_at__isnull=True).update(problem=refusal.code)

    @classmethod
    def _of(cls, batch_id: UUID, position: int, given: GivenRow) -> Self:
        return cls(
            id=new_id(),
            batch_id=batch_id,
            position=position,
            named_by=given.named_by,
            name=given.shown[:60],
            amount=given.amount if 1 <= given.amount <= AMOUNT_MOST else 0,
            note=bounded_text(given.note, "rows.note", most=NOTE_MOST) or None,
        )


_ERASED_SINCE = (
    "UPDATE grant_row SET problem = $1 WHERE batch_id = $2 AND problem IS NULL AND EXISTS "
    "(SELECT 1 FROM member m WHERE m.id = grant_row.member_id AND m.status = 'erased')"
)


async def _judge(
    batch_id: UUID, rows: Sequence[GrantRow], members: Mapping[tuple[NamedBy, str], Member], given: Sequence[GivenRow]
) -> None:
    """Find each row's member, and say what is wrong with it."""
    named = GrantRow.filter(batch_id=batch_id, problem__isnull=True, member_id__in=[one.id for one in members.values()])
    seen: set[UUID | None] = {row.member_id for row in await named.only("id", "member_id")}
    for row, one in zip(rows, given, strict=True):
        member = members.get((one.named_by, one.key))
        row.member_id = member.id if member else None
        if member is None:
            row.problem = NotFound.code
        elif member.status is MemberStatus.ERASED:
            row.problem = MemberErased.code
        elif not row.amount:
            row.problem = Invalid.code
        elif member.id in seen:
            row.problem = GrantRowDoubled.code
        else:
            seen.add(member.id)


async def _members_named(given: Sequence[GivenRow]) -> dict[tuple[NamedBy, str], Member]:
    """The members that rows name, by how they are named and the key."""
    keys = {kind: [one.key for one in given if one.named_by is kind] for kind in NamedBy}
    ids = [UUID(key) for key in keys[NamedBy.MEMBER_ID] if _is_id(key)]
    found = {(NamedBy.MEMBER_ID, str(one.id)): one for one in await Member.filter(id__in=ids)}
    coded = await Member.filter(invite_code__in=keys[NamedBy.INVITE_CODE])
    found |= {(NamedBy.INVITE_CODE, one.invite_code): one for one in coded}
    phones = Identity.filter(kind=IdentityKind.PHONE, issuer=PHONES, value_hash__in=keys[NamedBy.PHONE])
    for identity in await phones.prefetch_related("member"):
        found[NamedBy.PHONE, identity.value_hash] = identity.member
    return found


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


async def pay_granted(*, at: datetime) -> int:
    """Pay rows of approved batches, the earliest first, at most so many a run; returns how many."""
    paid, run = 0, OneByOne("pay granted points")
    for batch in await GrantBatch.filter(status=GrantBatchStatus.APPROVED).order_by("submitted_at", "id"):
        while paid < PAID_A_RUN:
            open_rows = GrantRow.filter(batch_id=batch.id, paid_at__isnull=True, problem__isnull=True)
            some = await open_rows.exclude(id__in=run.failed).order_by("position").limit(PAID_AT_ONCE)
            if not some and await open_rows.exists():
                break
            if not some:
                approved = GrantBatch.filter(id=batch.id, status=GrantBatchStatus.APPROVED)
                await approved.update(status=GrantBatchStatus.PAID, paid_at=at)
                break
            paid += sum([bool(await run.do(row.id, row.pay(batch, at=at))) for row in some])
    return paid
