"""Forwarding tasks as clients see them: two taps, a review queue, and nothing for anybody else."""

import asyncio
import io
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from api.app import app
from auth.platforms import documents, pictures, use_documents, use_pictures
from models.members.erasure import erase
from models.members.member import Member
from models.members.session import Session, SubjectKind
from models.points.reconciliation import reconcile
from models.spread.forward_claim import ForwardClaim
from models.spread.forward_decision import ForwardDecision
from models.spread.forward_hand_in import ForwardHandIn
from models.spread.forward_progress import weigh_due
from models.spread.forward_proof import ForwardProof
from models.spread.forward_reward import ForwardReward
from models.spread.forward_settlement import settle_due
from models.spread.forward_task import ForwardTask
from models.spread.forward_terms import Measure, Milestone
from models.spread.sharing_rules import PLATFORM_RULES
from models.spread.visit import Visit
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from platforms.storage.storage import open_storage
from store.outbox import relay
from tests.build import a_member, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.play.build import a_budget
from tests.spread.forwarding import (
    DAY,
    RULES,
    WORDS,
    a_draft,
    a_proof,
    a_task,
    claimed,
    code_of,
    counted,
    points_of,
    screenshot,
    taken,
    visited,
)
from tests.statements import WITH_PLANS, statements


def a_picture(colour: str, kind: str = "PNG", **more: Any) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (40, 60), colour).save(kept, kind, **more)
    return kept.getvalue()


PNG = a_picture("teal")
CLAIM = "claim { state scene rewards { amount isPending isPaid } isSampled queuedAt }"
REASONS = "eligibility { isAllowed reasons { code } nextAt preview { reason points } }"
ASKED = (
    "query($id: ID!) { forwardTaskEligibility(forwardTaskId: $id) "
    "{ step " + REASONS + " claim { state } progress { measure count } } }"
)
TERMS: dict[str, Any] = {
    "title": "转发周末茶会",
    "mode": "HONOUR",
    "description": RULES,
    "startsAt": "2026-11-22T00:00:00Z",
    "endsAt": "2026-12-22T00:00:00Z",
    "materials": [{"kind": "COPY", "text": "周末来喝茶"}, {"kind": "LINK", "address": "https://brand.example/tea"}],
    "points": 20,
}


def of(task: ForwardTask, **more: object) -> dict[str, object]:
    return {"idempotencyKey": new_key(), "forwardTaskId": public_id(task), **more}


@pytest.fixture
async def http(callers: object, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    use_documents(open_storage(tmp_path / "documents"))
    use_pictures(open_storage(tmp_path / "pictures"))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://shequn.test") as client:
        yield client


async def bearer(kind: SubjectKind, subject: Any) -> dict[str, str]:
    tokens = await Session.start(kind, subject.id, at=NOON)
    return {"authorization": f"Bearer {tokens.access}"}


async def test_a_member_takes_and_claims_in_two_taps(callers: Callers) -> None:
    task, member = await a_task(), await a_member()
    caller = await callers.member(member)

    first = await caller.do("takeForwardTask", of(task), CLAIM + " isReplay")
    second = await caller.do("claimForwardTask", of(task), CLAIM + " isReplay")

    assert first["userErrors"] == second["userErrors"] == []
    assert first["claim"]["state"] == "TAKEN"
    assert first["claim"]["scene"].startswith("s=")
    assert second["claim"]["state"] == "CLAIMED"
    assert second["claim"]["rewards"] == [{"amount": 20, "isPending": True, "isPaid": False}]
    assert (second["claim"]["isSampled"], second["claim"]["queuedAt"]) == (None, None)
    assert await points_of(member.id) == (20, 0)


async def test_a_replay_answers_as_the_first_time(callers: Callers) -> None:
    task = await a_task()
    caller = await callers.member(await a_member())
    take, claim = of(task), of(task)

    first = [await caller.do(*one, CLAIM) for one in (("takeForwardTask", take), ("claimForwardTask", claim))]
    again = [
        await caller.do(*one, "isReplay " + CLAIM) for one in (("takeForwardTask", take), ("claimForwardTask", claim))
    ]

    assert [one["isReplay"] for one in again] == [True, True]
    assert again[1]["claim"] == first[1]["claim"]
    assert await ForwardReward.all().count() == 1
    assert (await ForwardTask.get(id=task.id)).claimed == 1


async def test_places_are_exact_under_many_at_once(callers: Callers) -> None:
    budget = await a_budget(1_000)
    task = await a_task(total_most=4, budget_id=budget.id)
    members = [await a_member() for _ in range(8)]
    for member in members:
        await taken(task, member)
    many = [await callers.member(member) for member in members]

    payloads = await asyncio.gather(*(one.do("claimForwardTask", of(task)) for one in many for _ in range(2)))

    codes = Counter(error["code"] for one in payloads for error in one["userErrors"])
    assert sum(not one["userErrors"] for one in payloads) == 4
    assert set(codes) <= {"FORWARD_QUOTA_REACHED", "FORWARD_TASK_CLAIMED"}
    assert (await ForwardTask.get(id=task.id)).claimed == 4
    assert await ForwardReward.all().count() == await ForwardHandIn.all().count() == 4
    assert await reconcile() == []


async def test_nobody_takes_or_claims_without_being_a_member(callers: Callers) -> None:
    task = await a_task()
    take = "mutation($input: TakeForwardTaskInput!) { takeForwardTask(input: $input) { userErrors { code } } }"
    claim = "mutation($input: ClaimForwardTaskInput!) { claimForwardTask(input: $input) { userErrors { code } } }"

    for caller, code in ((callers.nobody(), "UNAUTHENTICATED"), (await callers.staff(await a_staff()), "FORBIDDEN")):
        for document in (take, claim):
            assert await caller.error(document, input=of(task)) == code

    assert await ForwardClaim.all().count() == 0


async def test_another_members_claim_is_not_proved_nor_seen(callers: Callers) -> None:
    claim, stranger = await claimed(await a_task(screenshot())), await a_member()
    caller = await callers.member(stranger)
    proof = await a_proof(stranger.id)
    given = {"idempotencyKey": new_key(), "forwardClaimId": public_id(claim), "proofId": public_id(proof)}

    assert await caller.refusal("proveForwardClaim", given) == "NOT_FOUND"
    assert (await caller.data("query($id: ID!) { node(id: $id) { id } }", id=public_id(claim)))["node"] is None
    assert await ForwardHandIn.all().count() == 1


async def test_members_see_no_drafts_and_their_own_part_alone(callers: Callers) -> None:
    task, member = await a_task(), await a_member()
    await a_draft()
    await taken(task, member)
    await taken(task)
    query = """{ forwardTasks(first: 5) { edges { node { title isOpen controls { samplePercent }
        materials { kind text } targets { kind count } viewerClaim { state }
        claims(first: 5) { totalCount } } } } }"""

    found = await (await callers.member(member)).data(query)

    assert [edge["node"] for edge in found["forwardTasks"]["edges"]] == [
        {
            "title": "转发茶会",
            "isOpen": True,
            "controls": None,
            "materials": [{"kind": "COPY", "text": "周末茶会，一起来坐坐"}],
            "targets": [{"kind": "FRIEND", "count": 1}],
            "viewerClaim": {"state": "TAKEN"},
            "claims": {"totalCount": 1},
        }
    ]


@WITH_PLANS
async def test_a_list_of_tasks_costs_the_same_however_long_it_is(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = await a_member()
    caller = await callers.member(member)
    query = """{ openForwardTasks(first: 20) { edges { node {
        title isOpen milestones { points } viewerClaim { state progress { count } } } } } }"""
    counts = []
    for _ in range(2):
        for _ in range(3):
            await taken(await a_task(counted()), member)
        await caller.data(query)
        with statements(monkeypatch) as seen:
            await caller.data(query)
        counts.append(len(seen))

    assert counts[0] == counts[1]


async def test_eligibility_over_http(callers: Callers) -> None:
    task = await a_task(counted(Milestone(Measure.VISITS, 2, 5)))
    member = await a_member()
    caller = await callers.member(member)

    before = (await caller.data(ASKED, id=public_id(task)))["forwardTaskEligibility"]
    await visited(await taken(task, member), "phone-1")
    after = (await caller.data(ASKED, id=public_id(task)))["forwardTaskEligibility"]

    assert before == {
        "step": "TAKE",
        "eligibility": {
            "isAllowed": True,
            "reasons": [],
            "nextAt": None,
            "preview": [{"reason": "visits:2", "points": 5}],
        },
        "claim": None,
        "progress": [],
    }
    assert after["step"] == "NOTHING"
    assert after["progress"] == [{"measure": "VISITS", "count": 1}]


async def test_staff_write_publish_stop_and_void(callers: Callers) -> None:
    staff = await a_staff("spread.read", "spread.write", "staff.read")
    caller = await callers.staff(staff)

    made = await caller.do(
        "createForwardTask", {"idempotencyKey": new_key(), "terms": TERMS}, "task { id state version }"
    )
    task_id = made["task"]["id"]
    changed = await caller.do(
        "changeForwardTask",
        {"forwardTaskId": task_id, "expectedVersion": 0, "terms": {**TERMS, "points": 30}},
        "task { points version }",
    )
    refused = await caller.refusal("publishForwardTask", {"forwardTaskId": task_id, "expectedVersion": 1})
    opened = await caller.do(
        "publishForwardTask",
        {
            "forwardTaskId": task_id,
            "expectedVersion": 1,
            "acceptance": WORDS,
            "acceptedClauses": ["REWARD_FOR_SHARING"],
        },
        """task { state acceptances { words codes clauses { code source } staff { name } }
        controls { samplePercent newlyBroken { code } } } warnings { code text source }""",
    )
    ending = {"idempotencyKey": new_key(), "forwardTaskId": task_id, "reason": "发现刷量"}
    stopped = await caller.do("stopForwardTask", ending, "task { state endings { kind pending reason } }")
    void = {**ending, "idempotencyKey": new_key()}
    voided = await caller.do("voidForwardTask", void, "task { state }")

    assert (made["task"]["state"], changed["task"]) == ("DRAFT", {"points": 30, "version": 1})
    assert refused == "SHARING_RULES_VIOLATED"
    assert opened["task"] == {
        "state": "PUBLISHED",
        "acceptances": [
            {
                "words": WORDS,
                "codes": ["REWARD_FOR_SHARING"],
                "clauses": [{"code": "REWARD_FOR_SHARING", "source": PLATFORM_RULES}],
                "staff": {"name": staff.name},
            }
        ],
        "controls": {"samplePercent": 10, "newlyBroken": []},
    }
    assert [one["code"] for one in opened["warnings"]] == ["REWARD_FOR_SHARING"]
    assert stopped["task"] == {
        "state": "STOPPED",
        "endings": [{"kind": "STOPPED", "pending": "WAIT", "reason": "发现刷量"}],
    }
    assert voided["task"] == {"state": "VOIDED"}
    actions = [row.action for row in await AuditRow.all().order_by("id")]
    assert actions == [
        "create_forward_task",
        "change_forward_task",
        "accept_sharing_risk",
        "publish_forward_task",
        "stop_forward_task",
        "void_forward_task",
    ]


async def test_drafts_are_checked_before_they_are_written(callers: Callers) -> None:
    caller = await callers.staff(await a_staff("spread.read"), language="en")
    query = "query($terms: ForwardTermsInput!) { sharingRuleCheck(terms: $terms) { code text source } }"

    found = (await caller.data(query, terms={**TERMS, "targets": [{"kind": "MOMENTS"}]}))["sharingRuleCheck"]

    assert [one["code"] for one in found] == ["REWARD_FOR_SHARING", "REWARD_FOR_MOMENTS"]
    assert found[1]["text"] == "Nothing whatever may be given for sharing to Moments."
    assert await ForwardTask.all().count() == 0


async def test_who_may_run_tasks(callers: Callers) -> None:
    create = "mutation($input: CreateForwardTaskInput!) { createForwardTask(input: $input) { userErrors { code } } }"
    given = {"idempotencyKey": new_key(), "terms": TERMS}
    reader, part = await a_staff("spread.read"), await a_staff("spread.write", scope=DataScope.REGION, region="华南")

    assert await callers.nobody().error(create, input=given) == "UNAUTHENTICATED"
    assert await (await callers.member(await a_member())).error(create, input=given) == "FORBIDDEN"
    assert await (await callers.staff(reader)).error(create, input=given) == "FORBIDDEN"
    assert await (await callers.staff(part)).refusal("createForwardTask", given) == "NOT_FOUND"
    assert await ForwardTask.all().count() == 0


async def test_reviewers_decide_in_batches_and_see_what_is_next(callers: Callers) -> None:
    task = await a_task(screenshot())
    claims = [await claimed(task, at=NOON) for _ in range(3)]
    caller = await callers.staff(await a_staff("spread.review", "members.read"))
    queue = """{ forwardClaimsToReview(first: 5) { edges { node { id hasSamePicture member { nickname }
        handIns { round proofPath isDisputed } } } } disputedForwardClaims(first: 5) { totalCount } }"""
    waiting = await caller.data(queue)
    decisions = [
        {"forwardClaimId": public_id(claims[0]), "verdict": "APPROVED"},
        {"forwardClaimId": public_id(claims[1]), "verdict": "REJECTED", "reason": "UNREADABLE", "note": "全黑"},
    ]

    done = await caller.do(
        "decideForwardClaims",
        {"idempotencyKey": new_key(), "decisions": decisions},
        "outcomes { claimId decision { id verdict reason } errors { code } } next { id }",
    )

    assert [edge["node"]["id"] for edge in waiting["forwardClaimsToReview"]["edges"]] == [
        public_id(one) for one in claims
    ]
    assert waiting["disputedForwardClaims"] == {"totalCount": 0}
    assert [one["decision"]["verdict"] for one in done["outcomes"]] == ["APPROVED", "REJECTED"]
    assert done["next"] == {"id": public_id(claims[2])}
    undone = await caller.do(
        "undoForwardDecision",
        {"forwardDecisionId": done["outcomes"][1]["decision"]["id"]},
        "claim { state rejectionReason }",
    )
    assert undone["claim"] == {"state": "CLAIMED", "rejectionReason": None}
    reviewed = await caller.data(
        """{ forwardReviewers(period: {since: "2026-11-23T00:00:00Z", until: "2026-11-24T00:00:00Z"}) {
        decided approved rejected undone } }"""
    )
    assert reviewed["forwardReviewers"] == [{"decided": 2, "approved": 1, "rejected": 0, "undone": 1}]


async def test_two_reviewers_at_once_never_decide_one_twice(callers: Callers) -> None:
    task = await a_task(screenshot(hold_hours=0))
    claims = [await claimed(task) for _ in range(4)]
    many = [await callers.staff(await a_staff("spread.review")) for _ in range(3)]

    def decisions(verdict: dict[str, str]) -> dict[str, object]:
        given = [{"forwardClaimId": public_id(one), **verdict} for one in claims]
        return {"idempotencyKey": new_key(), "decisions": given}

    verdicts = [{"verdict": "APPROVED"}, {"verdict": "REJECTED", "reason": "FORGED"}, {"verdict": "APPROVED"}]
    payloads = await asyncio.gather(
        *(
            one.do("decideForwardClaims", decisions(verdict), "outcomes { decision { id } errors { code } }")
            for one, verdict in zip(many, verdicts, strict=True)
        )
    )

    decided = [one for payload in payloads for one in payload["outcomes"] if one["decision"]]
    refused = {one["errors"][0]["code"] for payload in payloads for one in payload["outcomes"] if one["errors"]}
    assert len(decided) == 4 == await ForwardDecision.all().count()
    assert refused == {"FORWARD_CLAIM_DECIDED"}
    assert await settle_due(at=NOON + DAY) == 4
    assert await reconcile() == []


async def test_reviewers_decide_about_members_of_their_scope_alone(callers: Callers) -> None:
    group = await a_group(region="华东")
    claim = await claimed(await a_task(screenshot()), await a_place(group))
    caller = await callers.staff(await a_staff("spread.review", scope=DataScope.REGION, region="华南"))
    given = [{"forwardClaimId": public_id(claim), "verdict": "APPROVED"}]

    done = await caller.do(
        "decideForwardClaims",
        {"idempotencyKey": new_key(), "decisions": given},
        "outcomes { errors { code } } next { id }",
    )

    assert done["outcomes"] == [{"errors": [{"code": "NOT_FOUND"}]}]
    assert done["next"] is None
    assert await ForwardDecision.all().count() == 0


async def test_figures_are_for_staff_of_the_whole_brand(callers: Callers) -> None:
    task = await a_task()
    await claimed(task)
    query = """query($id: ID!) { forwardFigures(forwardTaskId: $id) { taken claimed pending paid conversions
        costPerConversion stages { measure members } } }"""

    found = await (await callers.staff(await a_staff("spread.read"))).data(query, id=public_id(task))

    assert found["forwardFigures"] == {
        "taken": 1,
        "claimed": 1,
        "pending": "20",
        "paid": "0",
        "conversions": 0,
        "costPerConversion": None,
        "stages": [],
    }
    assert await (await callers.member(await a_member())).error(query, id=public_id(task)) == "FORBIDDEN"


async def handed_over(http: httpx2.AsyncClient, member: Member, content: bytes = PNG) -> httpx2.Response:
    return await http.post("/uploads/proofs", content=content, headers=await bearer(SubjectKind.MEMBER, member))


async def test_a_picture_is_handed_over_shown_to_reviewers_and_found_again(
    http: httpx2.AsyncClient, callers: Callers
) -> None:
    task, members = await a_task(screenshot()), [await a_member(), await a_member()]
    proof_ids = []
    for member in members:
        answer = await handed_over(http, member)
        assert answer.status_code == 201
        proof_ids.append(answer.json()["proof"]["id"])
        await taken(task, member)
        caller = await callers.member(member)
        done = await caller.do("claimForwardTask", of(task, proofId=proof_ids[-1]), "claim { hasSamePicture }")
        assert (done["userErrors"], done["claim"]) == ([], {"hasSamePicture": None})
    reviewer, stranger = await a_staff("spread.review"), await a_staff("spread.read")

    async def status(kind: SubjectKind, who: Any) -> int:
        answer = await http.get(f"/files/proofs/{proof_ids[0]}", headers=await bearer(kind, who))
        return answer.status_code

    assert [await status(SubjectKind.MEMBER, one) for one in members] == [200, 404]
    assert [await status(SubjectKind.STAFF, one) for one in (reviewer, stranger)] == [200, 403]
    assert (await http.get(f"/files/proofs/{proof_ids[0]}")).status_code == 401
    queue = "{ forwardClaimsToReview(first: 5) { edges { node { hasSamePicture handIns { proofPath } } } } }"
    found = await (await callers.staff(reviewer)).data(queue)
    edges = found["forwardClaimsToReview"]["edges"]
    assert [edge["node"]["hasSamePicture"] for edge in edges] == [True, True]
    shown = await http.get(
        edges[0]["node"]["handIns"][0]["proofPath"], headers=await bearer(SubjectKind.STAFF, reviewer)
    )
    assert Image.open(io.BytesIO(shown.content)).size == (40, 60)
    assert (shown.headers["content-type"], shown.headers["cache-control"]) == ("image/jpeg", "no-store")
    key = (await ForwardProof.all().order_by("id"))[0].storage_key
    assert (await http.get(f"/files/{key}")).status_code == 404
    assert await pictures().get(key) is None


async def test_a_picture_loses_what_it_carried_and_is_known_again_all_the_same(http: httpx2.AsyncClient) -> None:
    exif = Image.Exif()
    exif[0x010F] = "geheim"
    member = await a_member()
    for content in (PNG, a_picture("teal", exif=exif), a_picture("navy", exif=exif)):
        assert (await handed_over(http, member, content)).status_code == 201

    first, second, third = await ForwardProof.all().order_by("id")
    assert first.sha256 == second.sha256 != third.sha256
    kept = await documents().get_document(second.storage_key)
    assert kept
    assert b"geheim" not in kept.content


async def test_pictures_go_with_their_member_and_unused_ones_after_a_day(http: httpx2.AsyncClient) -> None:
    gone, stays = await a_member(), await a_member()
    for member in (gone, stays):
        assert (await handed_over(http, member)).status_code == 201
    keys = {one.member_id: one.storage_key for one in await ForwardProof.all()}

    await erase(gone.id, at=NOON)
    await relay(at=NOON + DAY)

    assert await documents().get_document(keys[gone.id]) is None
    assert await documents().get_document(keys[stays.id])
    assert await ForwardProof.forget_unused(at=NOON + DAY) == 0
    assert await ForwardProof.forget_unused(at=NOON + 2 * DAY) == 1
    await relay(at=NOON + 2 * DAY)
    assert await documents().get_document(keys[stays.id]) is None
    assert await ForwardProof.all().count() == 0


async def test_staff_take_a_claim_back_and_members_do_not(callers: Callers) -> None:
    claim = await claimed(await a_task())
    await settle_due(at=NOON + DAY)
    given = {"idempotencyKey": new_key(), "forwardClaimId": public_id(claim), "reason": "刷量"}
    fields = "isReplay claim { state rewards { isTakenBack note } }"
    take_back = "mutation($input: TakeBackForwardClaimInput!) { takeBackForwardClaim(input: $input) { isReplay } }"
    member = await callers.member(await Member.get(id=claim.member_id))
    for caller, code in ((callers.nobody(), "UNAUTHENTICATED"), (member, "FORBIDDEN")):
        assert await caller.error(take_back, input=given) == code
    elsewhere = await callers.staff(await a_staff("spread.review", scope=DataScope.REGION, region="华南"))
    assert await elsewhere.refusal("takeBackForwardClaim", given) == "NOT_FOUND"
    assert await points_of(claim.member_id) == (0, 20)
    caller = await callers.staff(await a_staff("spread.review"))

    first = await caller.do("takeBackForwardClaim", given, fields)
    again = await caller.do("takeBackForwardClaim", given, fields)

    assert first["claim"] == {"state": "TAKEN_BACK", "rewards": [{"isTakenBack": True, "note": "刷量"}]}
    assert (first["isReplay"], again["isReplay"], again["claim"]) == (False, True, first["claim"])
    assert await points_of(claim.member_id) == (0, 0)
    assert await AuditRow.filter(action="take_back_forward_claim").count() == 1


async def test_owed_points_are_listed_and_waived_by_staff_who_write(callers: Callers) -> None:
    claim = await claimed(await a_task())
    await settle_due(at=NOON + DAY)
    await ForwardReward.all().update(state="owed")
    caller = await callers.staff(await a_staff("spread.read", "spread.write"))
    query = "{ owedForwardRewards(first: 5) { edges { node { id amount member { nickname } } } } }"
    [edge] = (await caller.data(query))["owedForwardRewards"]["edges"]
    given = {"rewardId": edge["node"]["id"], "reason": "情有可原"}
    waive = "mutation($input: WaiveForwardRewardInput!) { waiveForwardReward(input: $input) { reward { id } } }"
    member = await callers.member(await Member.get(id=claim.member_id))
    assert await member.error(waive, input=given) == "FORBIDDEN"

    done = await caller.do("waiveForwardReward", given, "reward { isPaid note }")

    assert done["reward"] == {"isPaid": True, "note": "情有可原"}
    assert (await caller.data(query))["owedForwardRewards"]["edges"] == []


async def test_tasks_outside_the_mini_program_are_listed_apart(callers: Callers) -> None:
    await a_task(title="小程序内")
    await a_task(title="小程序外", in_mini_program=False)
    caller = await callers.member(await a_member())
    node = "(first: 5) { edges { node { title } } }"

    found = await caller.data(f"{{ forwardTasks{node} openForwardTasks{node} outsideForwardTasks{node} }}")

    told = {name: [edge["node"]["title"] for edge in page["edges"]] for name, page in found.items()}
    assert told == {"forwardTasks": ["小程序内"], "openForwardTasks": ["小程序内"], "outsideForwardTasks": ["小程序外"]}


async def test_a_claim_tells_its_own_terms_and_the_queue_where_visitors_come_from(callers: Callers) -> None:
    task = await a_task(counted(Milestone(Measure.VISITS, 3, 5)))
    claim = await taken(task)
    code = await code_of(claim)
    for number in range(3):
        await Visit.record(code, device=f"phone-{number}", address="203.0.113.9", agent="M", at=NOON)
    await weigh_due(at=NOON + DAY)
    caller = await callers.staff(await a_staff("spread.review", "spread.read"))
    query = """{ forwardClaimsToReview(first: 5) { edges { node { terms { milestones { count points } holdHours }
        origin { visitors ofOneAddress withoutDevice } } } } }"""

    [edge] = (await caller.data(query))["forwardClaimsToReview"]["edges"]

    assert edge["node"] == {
        "terms": {"milestones": [{"count": 3, "points": 5}], "holdHours": 24},
        "origin": {"visitors": 3, "ofOneAddress": 3, "withoutDevice": 0},
    }
    too_long = (
        '{ forwardReviewers(period: {since: "2020-01-01T00:00:00Z", until: "2026-01-01T00:00:00Z"}) { decided } }'
    )
    assert await caller.error(too_long) == "INVALID_INPUT"


async def test_what_is_no_picture_is_not_taken_in(http: httpx2.AsyncClient) -> None:
    assert (await handed_over(http, await a_member(), b"<script>")).status_code == 415
    assert (await http.post("/uploads/proofs", content=PNG)).status_code == 401


async def test_a_member_reads_all_that_it_has_taken(callers: Callers) -> None:
    member = await a_member()
    claim = await claimed(await a_task(), member)
    await taken(await a_task(counted()), member, at=NOON)
    await settle_due(at=NOON + 2 * DAY)
    query = """{ viewer { forwardClaims(first: 5) { totalCount edges { node { state task { mode }
        handIns { round } rewards { cause isPending isPaid isTakenBack note } } } } } }"""

    found = (await (await callers.member(member)).data(query))["viewer"]["forwardClaims"]

    assert found["totalCount"] == 2
    [counting, done] = sorted((edge["node"] for edge in found["edges"]), key=lambda one: one["task"]["mode"])
    assert counting["rewards"] == []
    assert done == {
        "state": "CLAIMED",
        "task": {"mode": "HONOUR"},
        "handIns": [],
        "rewards": [
            {"cause": f"hand_in:{claim.round}", "isPending": False, "isPaid": True, "isTakenBack": False, "note": None}
        ],
    }


@WITH_PLANS
async def test_the_queue_costs_the_same_however_long_it_is(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    task = await a_task(screenshot())
    caller = await callers.staff(await a_staff())
    query = """{ forwardClaimsToReview(first: 20) { edges { node { state scene hasSamePicture isSampled rejectionReason
        member { nickname } task { title } handIns { proofPath } decisions { verdict } rewards { amount } } } } }"""
    counts = []
    for _ in range(2):
        for _ in range(3):
            await claimed(task)
        await caller.data(query)
        with statements(monkeypatch) as seen:
            await caller.data(query)
        counts.append(len(seen))

    assert counts[0] == counts[1]
