"""Builders of forwarding tasks; each takes what a test is about by keyword."""

import hashlib
import zlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models.members.member import Member
from models.points.account import Account, Bucket, of_member
from models.spread.arrival import Arrival
from models.spread.forward_claim import ForwardClaim
from models.spread.forward_hand_in import ForwardHandIn
from models.spread.forward_proof import ForwardProof
from models.spread.forward_task import ForwardTask
from models.spread.forward_task_version import create_forward_task, publish_forward_task
from models.spread.forward_terms import ForwardProofMode, ForwardTerms, Material, MaterialKind, Measure, Milestone
from models.spread.invite_stage_name import InviteStage
from models.spread.referral import Referral
from models.spread.referral_stage import ReferralStage
from models.spread.scene_code import SceneCode
from models.spread.sharing_acceptance import Accepted
from models.spread.sharing_rules import CLAUSES
from models.spread.visit import Visit
from store.ids import new_id
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON

STAFF_ID = UUID(int=7)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = "活动期间领取素材并转发给一位好友，核对后发放积分。"
WORDS = "已知悉风险，仅限内部员工群试点。"
ACCEPTED = Accepted(WORDS, frozenset(CLAUSES))
COPY = Material(MaterialKind.COPY, text="周末茶会，一起来坐坐")


def honour(**rules: Any) -> ForwardTerms:
    """A task of honour that pays 20 points and looks at nobody."""
    return ForwardTerms(
        **{
            "title": "转发茶会",
            "mode": ForwardProofMode.HONOUR,
            "description": RULES,
            "starts_at": NOON - DAY,
            "ends_at": NOON + 30 * DAY,
            "materials": (COPY,),
            "points": 20,
            "sample_percent": 0,
            **rules,
        }
    )


def screenshot(**rules: Any) -> ForwardTerms:
    return honour(**{"mode": ForwardProofMode.SCREENSHOT, **rules})


def counted(*milestones: Milestone, **rules: Any) -> ForwardTerms:
    """A task that counts; by default, whom one first check-in of an invitee pays 50 points."""
    wanted = milestones or (Milestone(Measure.FIRST_CHECK_IN, 1, 50),)
    is_of_visits = wanted[0].measure is Measure.VISITS
    mode = ForwardProofMode.VISITS if is_of_visits else ForwardProofMode.CONVERSIONS
    return honour(**{"mode": mode, "points": 0, "milestones": wanted, **rules})


async def a_draft(terms: ForwardTerms | None = None, **rules: Any) -> ForwardTask:
    return await create_forward_task(terms or honour(**rules), staff_id=STAFF_ID, at=LONG_AGO)


async def a_task(terms: ForwardTerms | None = None, **rules: Any) -> ForwardTask:
    """A published task, whose breaches were accepted."""
    draft = await a_draft(terms, **rules)
    opened = await publish_forward_task(
        draft.id, acceptance=ACCEPTED, expected_version=draft.version, staff_id=STAFF_ID, at=NOON - DAY
    )
    return opened.task


async def taken(task: ForwardTask, member: Member | None = None, *, at: datetime = NOON) -> ForwardClaim:
    return await ForwardClaim.take((member or await a_member()).id, task.id, at=at)


async def claimed(task: ForwardTask, member: Member | None = None, *, at: datetime = NOON) -> ForwardClaim:
    """A claim that was taken and handed in, with a picture of its own where the task asks for one."""
    claim = await taken(task, member, at=at)
    is_shown = task.mode is ForwardProofMode.SCREENSHOT
    proof_id = (await a_proof(claim.member_id)).id if is_shown else None
    await ForwardHandIn.record(claim.member_id, task.id, proof_id=proof_id, at=at)
    return await ForwardClaim.get(id=claim.id)


async def a_proof(member_id: UUID, *, picture: bytes | None = None) -> ForwardProof:
    """A picture of a member, unlike all others unless its bytes are given."""
    proof_id = new_id()
    return await ForwardProof.take_in(
        proof_id,
        member_id,
        storage_key=f"proofs/{proof_id.hex}.png",
        content_type="image/png",
        sha256=hashlib.sha256(picture or proof_id.bytes).hexdigest(),
        at=NOON,
    )


async def code_of(claim: ForwardClaim) -> SceneCode:
    assert claim.code_id
    return await SceneCode.get(id=claim.code_id)


async def visited(claim: ForwardClaim, *devices: str, at: datetime = NOON + HOUR) -> None:
    """Visits by a claim's code, one from each device and each from another address."""
    code = await code_of(claim)
    for device in devices:
        address = f"2001:db8:{zlib.crc32(device.encode()) & 0xFFFF:x}::1"
        await Visit.record(code, device=device, address=address, agent="Mozilla/5.0", at=at)


async def brought(
    claim: ForwardClaim, *stages: InviteStage, device: str | None = None, at: datetime = NOON + HOUR
) -> Member:
    """A newcomer that registered by a claim's code and went through some stages."""
    newcomer = await a_member(at=at)
    await Arrival.record(newcomer.id, await code_of(claim), device=device or f"device-{newcomer.id}", at=at)
    await Referral.record(claim.member_id, newcomer.id, at=at)
    for stage in stages:
        await ReferralStage.reach(newcomer.id, stage, at=at)
    return newcomer


async def points_of(member_id: UUID) -> tuple[int, int]:
    """What a member has pending, and what it can spend."""
    found = {one.id: one.balance for one in await Account.filter(holder_id=member_id)}
    pending, own = of_member(member_id, bucket=Bucket.PENDING), of_member(member_id)
    return found.get(pending.id, 0), found.get(own.id, 0)
