"""The statement: lines of the ledger as their holder sees them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from auth.scope import own_or_in_scope
from engine.declare import Node, batch, record_type
from engine.relation import Condition
from models.points.account import Bucket, Currency
from models.points.earning import RELEASE
from models.points.entry import PointEntry as PointEntryRecord
from models.points.hold import HOLD, HoldOutcome, PointHold
from models.staff.right import StaffRight
from schema.enums import publish
from schema.scalars import BigInt

if TYPE_CHECKING:
    from auth.context import Context

publish(Currency, "What is counted.", points="Can be spent.", growth="Only ever raises a level.")
publish(
    Bucket,
    "What can be done with the points of an account.",
    available="They can be spent.",
    pending="They wait for a review.",
    held="They are set aside for an order.",
    issued="Where new points come from.",
    spent="Where spent points go.",
    expired="Where expired points go.",
)


def _own(context: "Context") -> Condition:
    """A member sees its own lines; staff who may see points those of the members in their scope."""
    return own_or_in_scope(context, StaffRight.POINTS_READ)


class EntryState(StrEnum):
    """What became of a line of the statement."""

    AVAILABLE = "available"
    PENDING = "pending"
    HELD = "held"
    SPENT = "spent"
    EXPIRED = "expired"
    REVERSED = "reversed"


publish(
    EntryState,
    "What became of the points of a line.",
    available="They came in and can be spent, or could.",
    pending="They wait for a review.",
    held="They are set aside for an order.",
    spent="They were spent, or given away.",
    expired="They ran out.",
    reversed="They were taken back, or this line takes others back.",
)


async def states_of(entries: Sequence[PointEntryRecord], context: object) -> list[EntryState]:
    """What became of each line, in their order: one question about their other sides, one about what came after."""
    ids = [entry.id for entry in entries]
    transfers = {entry.transfer_id for entry in entries}
    sides = await PointEntryRecord.filter(transfer_id__in=transfers).only("id", "transfer_id", "bucket", "amount")
    others = {(side.transfer_id, side.amount > 0): side.bucket for side in sides}
    reversals = await PointEntryRecord.filter(reversal_of__in=ids).only("id", "reversal_of")
    taken_back = {reversal.reversal_of for reversal in reversals}
    waiting = [entry.source for entry in entries if entry.bucket is Bucket.PENDING and entry.amount > 0]
    released = await _released(waiting)
    ended = await _ended([entry.source for entry in entries if entry.reason == HOLD])
    return [
        ended.get((entry.source, entry.reason))
        or _state(entry, others.get((entry.transfer_id, entry.amount < 0)), taken_back, released)
        for entry in entries
    ]


async def _released(sources: Sequence[str]) -> set[str]:
    if not sources:
        return set()
    found = PointEntryRecord.filter(source__in=sources, reason=RELEASE, amount__gt=0)
    return {release.source for release in await found.only("id", "source")}


async def _ended(sources: Sequence[str]) -> dict[tuple[str, str], EntryState]:
    """What became of points that were set aside, by source and reason of the lines that say so."""
    found = await PointHold.filter(source__in=sources, ended_at__isnull=False) if sources else []
    return {
        (hold.source, HOLD): EntryState.SPENT if hold.outcome is HoldOutcome.CAPTURED else EntryState.AVAILABLE
        for hold in found
    }


def _state(
    entry: PointEntryRecord, other: Bucket | None, taken_back: set[UUID | None], released: set[str]
) -> EntryState:
    if entry.id in taken_back or entry.reversal_of is not None:
        return EntryState.REVERSED
    if entry.amount > 0:
        is_waiting = entry.bucket is Bucket.PENDING and entry.source not in released
        held = EntryState.HELD if entry.bucket is Bucket.HELD else EntryState.AVAILABLE
        return EntryState.PENDING if is_waiting else held
    if entry.bucket is Bucket.AVAILABLE and other is Bucket.AVAILABLE:
        return EntryState.SPENT  # They went to another holder.
    went_to = {Bucket.EXPIRED: EntryState.EXPIRED, Bucket.HELD: EntryState.HELD, Bucket.AVAILABLE: EntryState.AVAILABLE}
    return went_to.get(other, EntryState.SPENT) if other else EntryState.SPENT


@record_type(PointEntryRecord, description="One line of the ledger.", visible=_own)
class PointEntry(Node):
    currency: Currency = strawberry.field(description="Points or growth.")
    bucket: Bucket = strawberry.field(description="The kind of account that it changed.")
    amount: BigInt = strawberry.field(description="Above 0 came in, below 0 went out.")
    balance_after: BigInt | None = strawberry.field(description="The account's balance after it.")
    state: EntryState = batch(states_of, description="What became of these points.")
    reason: str = strawberry.field(description="What it was for, such as `check_in`, `cycle_bonus` or `reversal`.")
    note: str | None = strawberry.field(description="A word to the member.")
    rule_version: int | None = strawberry.field(description="The version of the rule that paid.")
    expires_at: datetime | None = strawberry.field(
        description="When what came in lapses; absent where it never does, or came with the life it had before."
    )
    posted_at: datetime = strawberry.field(description="When it was posted.")
