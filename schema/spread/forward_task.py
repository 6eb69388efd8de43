"""Forwarding tasks in the contract, and what staff do with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry

from auth.caller import CallerKind
from engine.declare import Connection, Node, batch, computed, connection, many, one, record_type
from models.points.budget import Budget as BudgetRecord
from models.spread.forward_claim import ForwardClaim as ForwardClaimRecord
from models.spread.forward_ending import ForwardEnding as ForwardEndingRecord
from models.spread.forward_ending import ForwardEndingKind
from models.spread.forward_figures import ForwardFigures as ForwardFiguresFound
from models.spread.forward_task import ForwardTask as ForwardTaskRecord
from models.spread.forward_task import ForwardTaskState, PendingFate
from models.spread.forward_terms import (
    MATERIALS_MOST,
    MILESTONES_MOST,
    Exclusion,
    ForwardProofMode,
    Measure,
    SharingProfile,
)
from models.spread.sharing_acceptance import SharingAcceptance as SharingAcceptanceRecord
from models.spread.sharing_rules import CLAUSES, Clause
from models.staff.staff import Staff as StaffRecord
from schema.enums import publish
from schema.members.audience import Audience, audience_field
from schema.payload import Payload, changed
from schema.points.budget import Budget
from schema.scalars import BigInt
from schema.spread.forward_sight import published, reads, staff_only
from schema.spread.forward_terms import ForwardMaterial, ForwardMilestone, ForwardTargetPlace, ForwardTermsInput
from schema.staff.staff import Staff

if TYPE_CHECKING:
    from auth.context import Context
    from schema.spread.forward_claim import ForwardClaim

ACCEPTED_CLAUSES = (
    "The codes of the clauses that the word is about; refused where it breaks one that is not among them."
)

publish(
    ForwardTaskState,
    "What has become of a task.",
    draft="Members do not see it yet.",
    published="Members see it, and may take it within its time.",
    stopped="Staff have stopped it.",
    ended="It is over.",
    voided="It was declared void; what it paid comes back.",
)
publish(
    PendingFate,
    "What becomes of points that are pending when a task is stopped.",
    named="ForwardPendingFate",
    wait="They wait until staff decide.",
    release="They are paid when their time comes.",
    take_back="They are taken back.",
)
publish(ForwardEndingKind, "How staff ended a task.", stopped="It was stopped.", voided="It was declared void.")


@strawberry.type(description="A clause of the sharing rules that a task breaks.")
class SharingViolation:
    code: str = strawberry.field(description="Its stable code.")
    text: str = strawberry.field(description="What it says, in the caller's language.")
    source: str = strawberry.field(description="Where it comes from.")

    @classmethod
    def of(cls, clause: Clause, locale: str) -> Self:
        return cls(code=clause.code, text=clause.sentence(locale), source=clause.source)


@strawberry.type(description="A clause as it read when it was accepted.")
class AcceptedClause:
    code: str = strawberry.field(description="Its stable code.")
    zh: str = strawberry.field(description="What it said, in Chinese.")
    en: str = strawberry.field(description="What it said, in English.")
    source: str = strawberry.field(description="Where it came from.")


@record_type(
    SharingAcceptanceRecord, description="An operator's word for what a task breaks; never changed.", visible=staff_only
)
class SharingAcceptance(Node):
    version: int = strawberry.field(description="The version of the task.")
    words: str = strawberry.field(description="What the operator wrote.")
    staff: Staff | None = one(StaffRecord, "staff_id", description="Who wrote them.")
    created_at: datetime = strawberry.field(description="When.")

    @computed(needs=("clauses",), bound=len(CLAUSES), description="The codes of the clauses, as of then.")
    def codes(self: Any) -> list[str]:
        return [str(one["code"]) for one in self.clauses]

    @computed(needs=("clauses",), bound=len(CLAUSES), description="The clauses as they read then.")
    def clauses(self: Any) -> list[AcceptedClause]:
        return [AcceptedClause(**one) for one in self.clauses]


@record_type(ForwardEndingRecord, description="That staff stopped a task or declared it void.", visible=staff_only)
class ForwardEnding(Node):
    kind: ForwardEndingKind = strawberry.field(description="Which of both.")
    pending: PendingFate = strawberry.field(description="What becomes of pending points.")
    reason: str = strawberry.field(description="Why.")
    staff: Staff | None = one(StaffRecord, "staff_id", description="By whom.")
    created_at: datetime = strawberry.field(description="When.")


@strawberry.type(description="What only staff see of a task's terms.")
class ForwardTaskControls:
    sample_percent: int = strawberry.field(description="How many of a hundred claims of honour are looked at.")
    exclusions: list[Exclusion] = strawberry.field(description="Visits that do not count.")
    profile: SharingProfile = strawberry.field(description="By which rules it is looked at.")
    promotes_virtual: bool = strawberry.field(description="Whether what is spread is virtual.")
    is_required: bool = strawberry.field(description="Whether members must forward before they go on.")
    gives_chance: bool = strawberry.field(description="Whether doing it gives chances in draws.")
    page: str | None = strawberry.field(description="The page that codes lead to; absent: the usual one.")
    newly_broken: list[SharingViolation] = strawberry.field(
        description="Clauses that it breaks by now and that nobody accepted; looked at once a day."
    )

    @classmethod
    def of(cls, task: ForwardTaskRecord, locale: str) -> Self:
        terms = task.terms
        given = {name: getattr(terms, name) for name in cls.__annotations__ if name != "newly_broken"}
        broken = [SharingViolation.of(CLAUSES[code], locale) for code in task.broken if code in CLAUSES]
        return cls(**{**given, "exclusions": list(terms.exclusions), "newly_broken": broken})


async def controls_of(tasks: Sequence[ForwardTaskRecord], context: "Context") -> list[ForwardTaskControls | None]:
    """What staff see of some tasks, and nobody else."""
    is_staff = context.caller.kind is CallerKind.STAFF and reads(context)
    return [ForwardTaskControls.of(one, context.locale) if is_staff else None for one in tasks]


async def own_claims(tasks: Sequence[ForwardTaskRecord], context: "Context") -> list[ForwardClaimRecord | None]:
    """The caller's part in each of some tasks, in one statement."""
    wanted = ForwardClaimRecord.filter(member_id=context.caller.id, task_id__in=[one.id for one in tasks])
    found = {claim.task_id: claim for claim in await wanted} if context.caller.id else {}
    return [found.get(one.id) for one in tasks]


async def open_of(tasks: Sequence[ForwardTaskRecord], context: "Context") -> list[bool]:
    """Whether each of some tasks can be taken as far as its time, state and places go."""
    return [one.closing(at=context.at) is None and one.quota_reached(at=context.at) is None for one in tasks]


@record_type(ForwardTaskRecord, description="A task to forward something.", visible=published)
class ForwardTask(Node):
    title: str = strawberry.field(description="What it is called.")
    description: str | None = strawberry.field(description="Its rules in words.")
    mode: ForwardProofMode = strawberry.field(description="What shows that a member has done its part.")
    state: ForwardTaskState = strawberry.field(description="What has become of it.")
    version: int = strawberry.field(description="The version of its terms; a change brings a new one.")
    starts_at: datetime = strawberry.field(description="From when it can be taken.")
    ends_at: datetime = strawberry.field(description="Until when it can be taken and claimed.")
    audience: Audience | None = audience_field()
    total_most: int | None = strawberry.field(description="Places in all; absent where there is no end.")
    day_most: int | None = strawberry.field(description="Places a day; absent where there is no end.")
    claimed: int = strawberry.field(description="Places that were taken.")
    points: int = strawberry.field(description="For a claim of honour or with a screenshot.")
    hold_hours: int = strawberry.field(description="How long points are pending.")
    proof_hours: int = strawberry.field(description="Within how long a proof that is asked for is due.")
    bar_days: int = strawberry.field(description="Days for which who failed a check takes no task of honour.")
    in_mini_program: bool = strawberry.field(description="Whether it is published in the mini-program.")
    published_at: datetime | None = strawberry.field(description="When it was published.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    budget: Budget | None = one(BudgetRecord, "budget_id", description="The budget that pays; for staff who see it.")
    controls: ForwardTaskControls | None = batch(controls_of, description="The rest of its terms, for staff.")
    is_open: bool = batch(open_of, description="Whether it is open and has places left.")
    viewer_claim: Annotated["ForwardClaim", strawberry.lazy("schema.spread.forward_claim")] | None = batch(
        own_claims, needs=("id",), description="The caller's part in it; absent where it has taken none."
    )
    claims: Connection[Annotated["ForwardClaim", strawberry.lazy("schema.spread.forward_claim")]] = connection(
        ForwardClaimRecord,
        "task_id",
        order=("-taken_at", "-id"),
        description="Who has taken it, the newest first: for members their own, for staff those they see.",
    )
    acceptances: list[SharingAcceptance] = many(
        SharingAcceptanceRecord,
        "task_id",
        order=("-version", "-id"),
        bound=50,
        description="What operators wrote to publish it though it breaks rules; for staff.",
    )
    endings: list[ForwardEnding] = many(
        ForwardEndingRecord, "task_id", order=("created_at", "id"), bound=10, description="How it was ended; for staff."
    )

    @computed(needs=("materials",), bound=MATERIALS_MOST, description="What is ready to send.")
    def materials(self: Any) -> list[ForwardMaterial]:
        names = ("kind", "text", "picture_url", "address")
        return [ForwardMaterial(**{name: one.get(name) for name in names}) for one in self.materials]

    @computed(needs=("targets",), bound=3, description="Where it is to be sent.")
    def targets(self: Any) -> list[ForwardTargetPlace]:
        return [ForwardTargetPlace(**one) for one in self.targets]

    @computed(needs=("milestones",), bound=MILESTONES_MOST, description="What the counted modes pay for.")
    def milestones(self: Any) -> list[ForwardMilestone]:
        return [ForwardMilestone(**one) for one in self.milestones]


@strawberry.type(description="How many came by the codes of a task and reached a stage.")
class ForwardStageCount:
    measure: Measure = strawberry.field(description="The stage.")
    members: int = strawberry.field(description="How many.")


@strawberry.type(description="What a task has brought and cost so far.")
class ForwardFigures:
    taken: int = strawberry.field(description="How many have taken it.")
    claimed: int = strawberry.field(description="How many have claimed.")
    waiting: int = strawberry.field(description="How many wait for a reviewer.")
    approved: int = strawberry.field(description="How many were approved.")
    rejected: int = strawberry.field(description="How many were rejected.")
    touches: int = strawberry.field(description="Visits by its codes.")
    visits: int = strawberry.field(description="Visitors by its codes that count.")
    conversions: int = strawberry.field(description="Who registered by its codes and counts.")
    stages: list[ForwardStageCount] = strawberry.field(description="How many have reached each stage.")
    pending: BigInt = strawberry.field(description="Points that are pending.")
    paid: BigInt = strawberry.field(description="Points that were paid and stand.")
    taken_back: BigInt = strawberry.field(description="Points that were taken back.")
    owed: BigInt = strawberry.field(description="Points that are to come back and were spent.")
    cost_per_conversion: float | None = strawberry.field(
        description="Points, paid and pending, for each conversion; absent where there is none."
    )

    @classmethod
    def of(cls, found: ForwardFiguresFound) -> Self:
        plain = ("taken", "claimed", "waiting", "approved", "rejected", "touches", "visits")
        points = ("pending", "paid", "taken_back", "owed")
        return cls(
            **{name: getattr(found, name) for name in plain},
            **{name: BigInt(getattr(found, name)) for name in points},
            conversions=found.conversions,
            stages=[ForwardStageCount(measure=Measure(one), members=n) for one, n in sorted(found.stages.items())],
            cost_per_conversion=found.cost_per_conversion,
        )


@strawberry.input(description="A task to write down.")
class CreateForwardTaskInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never creates two.")
    terms: ForwardTermsInput = strawberry.field(description="Its terms.")


@strawberry.input(description="Other terms: a draft is written anew, a published task gets a new version.")
class ChangeForwardTaskInput:
    forward_task_id: strawberry.ID = strawberry.field(description="The task.")
    expected_version: int = strawberry.field(description="The version read; refused where another came.")
    terms: ForwardTermsInput = strawberry.field(description="All its terms.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit; needed once it is published.")
    acceptance: str | None = strawberry.field(
        default=None, description="The operator's word where it breaks sharing rules, 10 to 500 characters; kept."
    )
    accepted_clauses: list[str] = strawberry.field(default_factory=list, description=ACCEPTED_CLAUSES)


@strawberry.input(description="A draft to publish.")
class PublishForwardTaskInput:
    forward_task_id: strawberry.ID = strawberry.field(description="The task.")
    expected_version: int = strawberry.field(description="The version that was read; refused where another came.")
    acceptance: str | None = strawberry.field(
        default=None, description="The operator's word where it breaks sharing rules, 10 to 500 characters; kept."
    )
    accepted_clauses: list[str] = strawberry.field(default_factory=list, description=ACCEPTED_CLAUSES)


@strawberry.input(description="A task to stop at once, or a stopped one whose pending points are decided on.")
class StopForwardTaskInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    forward_task_id: strawberry.ID = strawberry.field(description="The task.")
    pending: PendingFate = strawberry.field(default=PendingFate.WAIT, description="What becomes of pending points.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.input(description="A task to declare void.")
class VoidForwardTaskInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never voids twice.")
    forward_task_id: strawberry.ID = strawberry.field(description="The task.")
    reason: str = strawberry.field(description="Why, for the members and the audit.")


@strawberry.type
class ForwardTaskPayload(Payload):
    task: ForwardTask | None = changed("The task.")


@strawberry.type(description="A task that was written down.")
class CreateForwardTaskPayload(ForwardTaskPayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A task whose terms were changed.")
class ChangeForwardTaskPayload(ForwardTaskPayload):
    warnings: list[SharingViolation] | None = changed("Clauses that it breaks: accepted, or outside the mini-program.")


@strawberry.type(description="A task that was published.")
class PublishForwardTaskPayload(ForwardTaskPayload):
    warnings: list[SharingViolation] | None = changed("Clauses that it breaks: accepted, or outside the mini-program.")


@strawberry.type(description="A task that was stopped; what is taken back comes in the background.")
class StopForwardTaskPayload(ForwardTaskPayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A task that was declared void; its unwinding goes on in the background.")
class VoidForwardTaskPayload(ForwardTaskPayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")
