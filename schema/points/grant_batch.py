"""Grants to many in the contract."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from auth.caller import CallerKind
from auth.scope import is_whole_brand
from engine.cursor import decode_id, encode_id
from engine.declare import Connection, Node, batch, computed, connection, one, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.errors import Invalid
from models.members.member import Member as MemberRecord
from models.points.budget import Budget as BudgetRecord
from models.points.grant_batch import GrantAct, GrantBatchStatus
from models.points.grant_batch import GrantBatch as GrantBatchRecord
from models.points.grant_batch import GrantDecision as GrantDecisionRecord
from models.points.grant_row import GivenRow, NamedBy
from models.points.grant_row import GrantRow as GrantRowRecord
from models.staff.right import StaffRight
from models.staff.staff import Staff as StaffRecord
from schema.enums import publish
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.points.budget import Budget
from schema.scalars import BigInt
from schema.staff.staff import Staff

if TYPE_CHECKING:
    from auth.context import Context

publish(
    GrantBatchStatus,
    "How far a grant to many has come.",
    draft="It is being drawn up.",
    submitted="It waits for somebody else to approve it.",
    approved="It is being paid.",
    paid="All its rows are done.",
    rejected="It is not paid, ever.",
)
publish(
    GrantAct, "What somebody did with a grant.", submitted="Handed it in.", approved="Said yes.", rejected="Said no."
)
publish(
    NamedBy,
    "How a row names its member.",
    member_id="By the member's id.",
    phone="By the phone, of which the masked form is kept.",
    invite_code="By the invite code.",
)


def _read_by_staff(context: "Context") -> Condition:
    """Grants to many are of the whole brand, so staff who see a part only see none."""
    caller = context.caller
    is_meant = caller.kind is CallerKind.STAFF and caller.may(StaffRight.POINTS_READ) and is_whole_brand(context)
    return EVERY_ROW if is_meant else NO_ROW


@record_type(GrantRowRecord, description="One member of a grant, and how many points.", visible=_read_by_staff)
class GrantRow(Node):
    position: int = strawberry.field(description="From 1, as the rows came.")
    named_by: NamedBy = strawberry.field(description="How the member was named.")
    member: Member | None = one(MemberRecord, "member_id", description="The member, where one was found.")
    amount: BigInt = strawberry.field(description="How many points; 0 where the number was out of bounds.")
    note: str | None = strawberry.field(description="A word to the member.")
    problem: str | None = strawberry.field(description="The code of why it cannot be paid, as of a user error.")
    paid_at: datetime | None = strawberry.field(description="When it was paid.")

    @computed(needs=("named_by", "name", "member_id"), description="By what it was named; a phone is masked.")
    def name(self: Any) -> str:
        is_known = self.named_by is NamedBy.MEMBER_ID and self.member_id
        return encode_id("Member", self.member_id) if is_known else str(self.name)


@record_type(GrantDecisionRecord, description="What somebody did with a grant.", visible=_read_by_staff)
class GrantDecision(Node):
    act: GrantAct = strawberry.field(description="What was done.")
    staff: Staff | None = one(StaffRecord, "staff_id", description="By whom.")
    reason: str | None = strawberry.field(description="Why.")
    created_at: datetime = strawberry.field(description="When.")


@strawberry.type(description="What the rows of a grant come to.")
class GrantSums:
    payable: int = strawberry.field(description="Rows that can be paid, or were.")
    faulty: int = strawberry.field(description="Rows with problems.")
    points: BigInt = strawberry.field(description="Points of the former in all.")
    needs_second_person: bool = strawberry.field(description="Whether somebody else has to approve so much.")


async def sums_of(batches: Sequence[GrantBatchRecord], context: object) -> list[GrantSums]:
    found = await GrantBatchRecord.sums_of([one.id for one in batches])
    return [
        GrantSums(
            payable=one.payable,
            faulty=one.faulty,
            points=BigInt(one.points),
            needs_second_person=one.needs_second_person,
        )
        for one in (found[one.id] for one in batches)
    ]


@record_type(GrantBatchRecord, description="A grant of points to many members.", visible=_read_by_staff)
class GrantBatch(Node):
    name: str = strawberry.field(description="Its name.")
    reason: str = strawberry.field(description="What members are told it is for.")
    status: GrantBatchStatus = strawberry.field(description="How far it has come.")
    budget: Budget | None = one(BudgetRecord, "budget_id", description="The budget that pays; absent for none.")
    sums: GrantSums = batch(sums_of, needs=("id",), description="What its rows come to.")
    created_by: Staff | None = one(StaffRecord, "created_by", description="Who drew it up.")
    approved_by: Staff | None = one(StaffRecord, "approved_by", description="Who else approved it, if needed.")
    created_at: datetime = strawberry.field(description="When it was begun.")
    submitted_at: datetime | None = strawberry.field(description="When it was handed in.")
    paid_at: datetime | None = strawberry.field(description="When its last row was done.")
    rows: Connection[GrantRow] = connection(
        GrantRowRecord, "batch_id", order=("position", "id"), description="Its rows, as they came."
    )
    faulty_rows: Connection[GrantRow] = connection(
        GrantRowRecord,
        "batch_id",
        order=("position", "id"),
        where=Condition("{row}.problem IS NOT NULL"),
        description="Its rows with problems.",
    )
    decisions: Connection[GrantDecision] = connection(
        GrantDecisionRecord, "batch_id", order=("created_at", "id"), description="What was done with it, in order."
    )


@strawberry.input(description="A member and how many points; named by one of id, phone and invite code.")
class GrantRowInput:
    amount: BigInt = strawberry.field(description="How many points, above 0.")
    member_id: strawberry.ID | None = strawberry.field(default=None, description="The member's id.")
    phone: str | None = strawberry.field(default=None, description="The phone, with or without its country code.")
    invite_code: str | None = strawberry.field(default=None, description="The member's invite code.")
    note: str | None = strawberry.field(default=None, description="A word to the member, up to 100 characters.")

    def given(self) -> GivenRow:
        named = [
            (kind, text)
            for kind, text in (
                (NamedBy.MEMBER_ID, self.member_id),
                (NamedBy.PHONE, self.phone),
                (NamedBy.INVITE_CODE, self.invite_code),
            )
            if text is not None
        ]
        if len(named) != 1:
            raise Invalid("rows", zh="每行须以一种方式指明成员", en="each row names its member in one way")
        [(kind, text)] = named
        decoded = decode_id(text) if kind is NamedBy.MEMBER_ID else None
        name = str(decoded[1]) if decoded and decoded[0] == "Member" else text
        return GivenRow(kind, name, self.amount, self.note)


@strawberry.input(description="A grant to begin.")
class CreateGrantBatchInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never begins twice.")
    name: str = strawberry.field(description="Its name, up to 60 characters.")
    reason: str = strawberry.field(description="What members are told it is for.")
    budget_id: strawberry.ID | None = strawberry.field(default=None, description="The budget that pays.")


@strawberry.input(description="Rows for a grant that is being drawn up.")
class AddGrantBatchRowsInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never adds twice.")
    batch_id: strawberry.ID = strawberry.field(description="The grant.")
    rows: list[GrantRowInput] = strawberry.field(description="1 to 250 rows.")


@strawberry.input(description="Rows to take out of a grant that is being drawn up.")
class RemoveGrantBatchRowsInput:
    batch_id: strawberry.ID = strawberry.field(description="The grant.")
    positions: list[int] = strawberry.field(description="1 to 250 positions.")


@strawberry.input(description="A grant whose rows are to be judged anew.")
class CheckGrantBatchInput:
    batch_id: strawberry.ID = strawberry.field(description="The grant.")


@strawberry.input(description="A grant to hand in.")
class SubmitGrantBatchInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    batch_id: strawberry.ID = strawberry.field(description="The grant.")
    skips_faulty: bool = strawberry.field(default=False, description="Whether rows with problems are left out.")


@strawberry.input(description="A grant of somebody else to approve.")
class ApproveGrantBatchInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    batch_id: strawberry.ID = strawberry.field(description="The grant.")
    reason: str | None = strawberry.field(default=None, description="A word for the audit.")


@strawberry.input(description="A grant to reject.")
class RejectGrantBatchInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    batch_id: strawberry.ID = strawberry.field(description="The grant.")
    reason: str = strawberry.field(description="Why.")


@strawberry.type
class GrantBatchPayload(Payload):
    batch: GrantBatch | None = changed("The grant after it.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A grant that was begun.")
class CreateGrantBatchPayload(GrantBatchPayload):
    pass


@strawberry.type(description="Rows that were added, each judged.")
class AddGrantBatchRowsPayload(GrantBatchPayload):
    rows: list[GrantRow] | None = changed("The rows, in their order.")


@strawberry.type(description="A grant from which rows were taken out.")
class RemoveGrantBatchRowsPayload(Payload):
    batch: GrantBatch | None = changed("The grant after it.")


@strawberry.type(description="What the grant would do, were it handed in now; nothing is paid.")
class CheckGrantBatchPayload(Payload):
    batch: GrantBatch | None = changed("The grant, with what is wrong in its rows.")


@strawberry.type(description="A grant that was handed in.")
class SubmitGrantBatchPayload(GrantBatchPayload):
    pass


@strawberry.type(description="A grant that was approved.")
class ApproveGrantBatchPayload(GrantBatchPayload):
    pass


@strawberry.type(description="A grant that was rejected.")
class RejectGrantBatchPayload(GrantBatchPayload):
    pass
