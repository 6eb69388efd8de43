"""Claims of forwarding tasks in the contract: a member's part, what it was paid, and what reviewers decide.

Whether a claim is among those that are looked at, a member learns only when it is asked for a proof.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import strawberry

from auth.caller import CallerKind
from engine.declare import Node, batch, computed, many, mirrored, one, record_type
from models.members.member import Member as MemberRecord
from models.spread.forward_claim import ForwardClaim as ForwardClaimRecord
from models.spread.forward_claim import ForwardClaimState
from models.spread.forward_decision import ForwardDecision as ForwardDecisionRecord
from models.spread.forward_decision import RejectionReason
from models.spread.forward_eligibility import ForwardEligibility as ForwardEligibilityFound
from models.spread.forward_eligibility import ForwardStep
from models.spread.forward_hand_in import ROUNDS_MOST
from models.spread.forward_hand_in import ForwardHandIn as ForwardHandInRecord
from models.spread.forward_progress import Progress, origins_of, progress_of
from models.spread.forward_proof import with_same_picture
from models.spread.forward_reward import UNPAID, ForwardRewardState
from models.spread.forward_reward import ForwardReward as ForwardRewardRecord
from models.spread.forward_task import ForwardTask as ForwardTaskRecord
from models.spread.forward_task_version import ForwardTaskVersion
from models.spread.forward_terms import ForwardTerms, Measure
from models.spread.scene_code import SceneCode as SceneCodeRecord
from schema.eligibility import Eligibility
from schema.enums import publish
from schema.members.member import Member
from schema.payload import Payload, changed
from schema.spread.forward_decision import ForwardDecision, ForwardHandIn
from schema.spread.forward_sight import own, reads
from schema.spread.forward_task import ForwardTask
from schema.spread.forward_terms import ForwardMilestone

if TYPE_CHECKING:
    from auth.context import Context

REWARDS_MOST = 20
GONE = (ForwardRewardState.TAKEN_BACK, ForwardRewardState.UNREACHED, ForwardRewardState.OWED)

publish(
    ForwardClaimState,
    "Where a claim stands.",
    taken="The member has taken the task.",
    claimed="The member says that it is done.",
    proof_asked="A proof is asked for.",
    approved="It was approved.",
    rejected="It was rejected.",
    taken_back="Staff have taken back what it was paid.",
)
publish(
    ForwardRewardState,
    "What has become of a reward, as staff see it.",
    waiting="It is pending until a reviewer decides.",
    held="It is pending until its hour.",
    paid="It was paid.",
    rejected="Its claim was rejected; it is taken back within minutes.",
    taken_back="It was taken back.",
    owed="It is to come back, but the member has spent it.",
    waived="It was to come back, and staff let it be.",
    unreached="It was taken back because its milestone did not stand; it pays anew once that is reached.",
)
publish(
    ForwardStep,
    "What a member would do next.",
    take="Take the task.",
    claim="Claim it.",
    prove="Hand in a proof that is asked for, or stand by what was rejected.",
    nothing="Nothing is left.",
)


@record_type(ForwardRewardRecord, description="Points of a claim.", visible=own)
class ForwardReward(Node):
    cause: str = strawberry.field(description="What for: a milestone such as `visits:10`, or which hand-in.")
    amount: int = strawberry.field(description="Points.")
    release_at: datetime = strawberry.field(description="When they are the member's own, unless they are looked at.")
    note: str | None = strawberry.field(description="Why they were taken back.")
    created_at: datetime = strawberry.field(description="When they were set pending.")
    member: Member = one(MemberRecord, "member_id", description="Whose points they are.")

    @computed(needs=("state",), description="Whether they are pending still.")
    def is_pending(self: Any) -> bool:
        return self.state in UNPAID

    @computed(needs=("state",), description="Whether they were paid and stand.")
    def is_paid(self: Any) -> bool:
        return self.state in (ForwardRewardState.PAID, ForwardRewardState.WAIVED)

    @computed(needs=("state",), description="Whether they were taken back, or are owed.")
    def is_taken_back(self: Any) -> bool:
        return self.state in GONE


@strawberry.type(description="How far a claim has come.")
class ForwardProgress:
    measure: Measure = strawberry.field(description="What is counted.")
    count: int = strawberry.field(description="How many so far.")

    @classmethod
    def all_of(cls, found: Progress) -> "list[ForwardProgress]":
        return [cls(measure=one, count=found.counts[one]) for one in Measure if one in found.counts]


@strawberry.type(description="Where the visitors of a claim come from, for reviewers.")
class ForwardOrigin:
    visitors: int = strawberry.field(description="How many count, each address by itself.")
    of_one_address: int = strawberry.field(description="How many of these from the address that most come from.")
    without_device: int = strawberry.field(description="How many of these named no device.")


@strawberry.type(description="The terms that hold for a claim: those of the version that it was taken under.")
class ForwardClaimTerms:
    points: int = strawberry.field(description="For a claim of honour or with a screenshot.")
    milestones: list[ForwardMilestone] = strawberry.field(description="What the counted modes pay for.")
    hold_hours: int = strawberry.field(description="How long points are pending.")
    proof_hours: int = strawberry.field(description="Within how long a proof, or a dispute, is due.")
    ends_at: datetime = strawberry.field(description="Until when what comes by the code is counted.")
    description: str | None = strawberry.field(description="The rules in words.")

    @classmethod
    def of(cls, terms: ForwardTerms) -> Self:
        names = ("points", "hold_hours", "proof_hours", "ends_at", "description")
        milestones = [ForwardMilestone(**vars(one)) for one in terms.milestones]
        return cls(milestones=milestones, **{name: getattr(terms, name) for name in names})


async def origins_shown(claims: Sequence[ForwardClaimRecord], context: "Context") -> list[ForwardOrigin | None]:
    is_staff = context.caller.kind is CallerKind.STAFF and reads(context)
    found = await origins_of([one.id for one in claims if one.is_counted]) if is_staff else {}
    return [ForwardOrigin(**vars(found[one.id])) if one.id in found else None for one in claims]


async def terms_shown(claims: Sequence[ForwardClaimRecord], context: "Context") -> list[ForwardClaimTerms | None]:
    """The terms of some claims, in one statement."""
    found = await ForwardTaskVersion.terms_of_all([(one.task_id, one.version) for one in claims])
    return [ForwardClaimTerms.of(found[one.task_id, one.version]) for one in claims]


async def same_pictures(claims: Sequence[ForwardClaimRecord], context: "Context") -> list[bool | None]:
    is_staff = context.caller.kind is CallerKind.STAFF and reads(context)
    found = await with_same_picture([one.id for one in claims if one.proof_id]) if is_staff else set()
    return [one.id in found if is_staff else None for one in claims]


async def progress_shown(claims: Sequence[ForwardClaimRecord], context: "Context") -> list[list[ForwardProgress]]:
    counted = [one.id for one in claims if one.is_counted]
    found = await progress_of(counted)
    return [ForwardProgress.all_of(found[one.id]) if one.id in found else [] for one in claims]


async def queue_of(claims: Sequence[ForwardClaimRecord], context: "Context") -> list[datetime | None]:
    is_staff = context.caller.kind is CallerKind.STAFF and reads(context)
    return [one.queued_at if is_staff else None for one in claims]


async def samples_of(claims: Sequence[ForwardClaimRecord], context: "Context") -> list[bool | None]:
    is_staff = context.caller.kind is CallerKind.STAFF and reads(context)
    return [one.is_sampled if is_staff else None for one in claims]


async def reasons_of(claims: Sequence[ForwardClaimRecord], context: "Context") -> list[RejectionReason | None]:
    """Why each of some claims stands rejected, in one statement."""
    rejected = [one.id for one in claims if one.state is ForwardClaimState.REJECTED]
    standing = ForwardDecisionRecord.filter(claim_id__in=rejected, verdict="rejected", undone_at__isnull=True)
    found = {(one.claim_id, one.round): one.reason for one in await standing} if rejected else {}
    return [found.get((one.id, one.round)) for one in claims]


async def codes_of(claims: Sequence[ForwardClaimRecord], context: "Context") -> list[str | None]:
    """The codes of some claims, as they travel, in one statement."""
    wanted = [one.code_id for one in claims if one.code_id]
    found = {one.id: one.scene for one in await SceneCodeRecord.filter(id__in=wanted)} if wanted else {}
    return [found.get(one.code_id) if one.code_id else None for one in claims]


@record_type(ForwardClaimRecord, description="A member's part in a forwarding task.", visible=own)
class ForwardClaim(Node):
    task: ForwardTask = one(ForwardTaskRecord, "task_id", description="The task.")
    member: Member = one(MemberRecord, "member_id", description="Whose part it is.")
    version: int = strawberry.field(description="The version of the task's terms that hold for it.")
    state: ForwardClaimState = strawberry.field(description="Where it stands.")
    round: int = strawberry.field(description="How often something was handed in.")
    proof_due_at: datetime | None = strawberry.field(description="Until when the proof that is asked for may come.")
    taken_at: datetime = strawberry.field(description="When it was taken.")
    claimed_at: datetime | None = strawberry.field(description="When it was claimed.")
    scene: str | None = batch(
        codes_of,
        needs=("code_id",),
        description="The member's own code, as it stands in the scene of a code; none outside the mini-program.",
    )
    rejection_reason: RejectionReason | None = batch(
        reasons_of, needs=("id", "round", "state"), description="Why it was rejected."
    )
    progress: list[ForwardProgress] = batch(
        progress_shown, needs=("id", "is_counted"), description="How far it has come; none where nothing is counted."
    )
    rewards: list[ForwardReward] = many(
        ForwardRewardRecord,
        "claim_id",
        order=("created_at", "id"),
        bound=REWARDS_MOST,
        description="What it was paid.",
    )
    queued_at: datetime | None = batch(
        queue_of, needs=("queued_at",), description="Since when it waits for a reviewer; for staff."
    )
    is_sampled: bool | None = batch(
        samples_of, needs=("is_sampled",), description="Whether it is among those looked at; for staff."
    )
    has_same_picture: bool | None = batch(
        same_pictures,
        needs=("id", "proof_id"),
        description="Whether its picture was handed in for another claim as well; for staff.",
    )
    origin: ForwardOrigin | None = batch(
        origins_shown, needs=("id", "is_counted"), description="Where its visitors come from; for staff."
    )
    terms: ForwardClaimTerms | None = batch(
        terms_shown, needs=("task_id", "version"), description="The terms that hold for it."
    )
    hand_ins: list[ForwardHandIn] = many(
        ForwardHandInRecord,
        "claim_id",
        order=("round", "id"),
        bound=ROUNDS_MOST,
        description="What was handed in; for staff.",
    )
    decisions: list[ForwardDecision] = many(
        ForwardDecisionRecord,
        "claim_id",
        order=("created_at", "id"),
        bound=REWARDS_MOST,
        description="What reviewers decided; for staff.",
    )


@strawberry.type(description="What a caller may do next with a task, and what it would bring.")
class ForwardEligibility:
    task: ForwardTask = strawberry.field(description="The task.")
    step: ForwardStep = strawberry.field(description="The next step.")
    eligibility: Eligibility = strawberry.field(description="Whether it is allowed, why not, when next, and what for.")
    claim: ForwardClaim | None = strawberry.field(description="The caller's part; absent where it has taken none.")
    progress: list[ForwardProgress] = strawberry.field(description="How far it has come.")

    @classmethod
    def of(cls, found: ForwardEligibilityFound, locale: str) -> Self:
        return cls(
            task=mirrored(found.task),
            step=found.step,
            eligibility=Eligibility.of(found.eligibility, locale),
            claim=mirrored(found.claim),
            progress=ForwardProgress.all_of(found.progress) if found.progress else [],
        )


@strawberry.input(description="A task to take.")
class TakeForwardTaskInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never takes twice.")
    forward_task_id: strawberry.ID = strawberry.field(description="The task.")


@strawberry.input(description="A task that is done.")
class ClaimForwardTaskInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never claims twice.")
    forward_task_id: strawberry.ID = strawberry.field(description="The task.")
    proof_id: strawberry.ID | None = strawberry.field(
        default=None, description="With a screenshot: the picture, as `POST /uploads/proofs` named it."
    )


@strawberry.input(description="A proof that was asked for, or with which the caller stands by what was rejected.")
class ProveForwardClaimInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    forward_claim_id: strawberry.ID = strawberry.field(description="The claim.")
    proof_id: strawberry.ID = strawberry.field(description="The picture, as `POST /uploads/proofs` named it.")
    words: str | None = strawberry.field(default=None, description="What is said to it, at most 200 characters.")


@strawberry.type
class ForwardClaimPayload(Payload):
    claim: ForwardClaim | None = changed("The caller's part in the task.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A task that was taken: the first tap.")
class TakeForwardTaskPayload(ForwardClaimPayload):
    pass


@strawberry.type(description="A task that was claimed: the second tap.")
class ClaimForwardTaskPayload(ForwardClaimPayload):
    pass


@strawberry.type(description="A proof that was handed in.")
class ProveForwardClaimPayload(ForwardClaimPayload):
    pass
