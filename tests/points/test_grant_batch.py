"""Grants to many: judged row by row, approved by somebody else, paid once wherever the payment is broken off."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from models.errors import DomainError
from models.idempotency import Once
from models.members.identity import Identity
from models.points.account import Account, of_budget, of_member
from models.points.adjustment import PointAdjustment
from models.points.budget import Budget, BudgetPlan
from models.points.entry import PointEntry
from models.points.grant_batch import (
    GrantBatch,
    GrantBatchEmpty,
    GrantBatchFaulty,
    GrantBatchNotDraft,
    GrantBatchStatus,
    NotYourBatch,
    SecondPersonNeeded,
)
from models.points.grant_row import GivenRow, GrantRow, NamedBy, pay_granted
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.ids import new_id
from tests.build import LONG_AGO, a_member, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON

ONE, OTHER = new_id(), new_id()


def by_id(member_id: UUID, amount: int = 100, note: str | None = None) -> GivenRow:
    return GivenRow(NamedBy.MEMBER_ID, str(member_id), amount, note)


async def a_batch(rows: Sequence[GivenRow], *, budget_id: UUID | None = None) -> GrantBatch:
    batch = await GrantBatch.draft(name="双十一补贴", reason="活动奖励", staff_id=ONE, at=NOON, budget_id=budget_id)
    await GrantRow.add(batch.id, rows, staff_id=ONE, at=NOON)
    return batch


async def balance_of(member_id: UUID) -> int:
    return int((await Account.get(id=of_member(member_id).id)).balance)


async def test_members_are_named_in_three_ways_and_a_phone_is_kept_masked(database: str) -> None:
    members = [await a_member() for _ in range(3)]
    await Identity.bind_phone(members[1].id, "86", "13812345678", at=NOON)
    given = [
        by_id(members[0].id),
        GivenRow(NamedBy.PHONE, "138 1234 5678", 20),
        GivenRow(NamedBy.INVITE_CODE, members[2].invite_code, 30),
    ]

    batch = await a_batch(given)

    rows = await GrantRow.filter(batch_id=batch.id).order_by("position")
    assert [row.member_id for row in rows] == [one.id for one in members]
    assert (rows[1].name, [row.problem for row in rows]) == ("138****5678", [None, None, None])


async def test_each_row_is_judged(database: str) -> None:
    member, gone = await a_member(), await a_member(status="erased")
    given = [by_id(member.id), by_id(member.id), by_id(gone.id), by_id(new_id()), by_id((await a_member()).id, 0)]

    batch = await a_batch([*given, GivenRow(NamedBy.PHONE, "13900000000", 5), GivenRow(NamedBy.MEMBER_ID, "x", 5)])

    problems = [row.problem for row in await GrantRow.filter(batch_id=batch.id).order_by("position")]
    assert problems == [
        None,
        "GRANT_ROW_DOUBLED",
        "MEMBER_ERASED",
        "NOT_FOUND",
        "INVALID_INPUT",
        "NOT_FOUND",
        "NOT_FOUND",
    ]
    sums = await batch.sums()
    assert (sums.payable, sums.faulty, sums.points, sums.needs_second_person) == (1, 6, 100, False)


async def test_faulty_rows_are_mended_or_skipped(database: str) -> None:
    member = await a_member()
    batch = await a_batch([by_id(member.id), by_id(new_id())])

    with pytest.raises(GrantBatchFaulty):
        await GrantBatch.submit(batch.id, staff_id=ONE, at=NOON)
    assert (await GrantBatch.get(id=batch.id)).status is GrantBatchStatus.DRAFT
    await GrantRow.remove(batch.id, [2], staff_id=ONE)

    assert (await GrantBatch.submit(batch.id, staff_id=ONE, at=NOON)).status is GrantBatchStatus.APPROVED


async def test_only_who_drew_it_up_hands_it_in_and_it_is_not_empty(database: str) -> None:
    batch, empty = await a_batch([by_id((await a_member()).id)]), await a_batch([by_id(new_id())])

    with pytest.raises(NotYourBatch):
        await GrantBatch.submit(batch.id, staff_id=OTHER, at=NOON)
    with pytest.raises(GrantBatchEmpty):
        await GrantBatch.submit(empty.id, staff_id=ONE, at=NOON, skips_faulty=True)


async def test_a_small_grant_is_paid_without_anybody_else(database: str) -> None:
    member, other = await a_member(), await a_member()
    batch = await a_batch([by_id(member.id, 10_000 - 7, "感谢"), by_id(other.id, 7)])
    await GrantBatch.submit(batch.id, staff_id=ONE, at=NOON)

    paid = await asyncio.gather(*(pay_granted(at=NOON) for _ in range(3)))

    assert (sum(paid), await balance_of(member.id), await balance_of(other.id)) == (2, 9_993, 7)
    assert (await GrantBatch.get(id=batch.id)).status is GrantBatchStatus.PAID
    assert [line.note for line in await PointEntry.filter(amount__gt=0).order_by("amount")] == ["活动奖励", "感谢"]
    assert await pay_granted(at=NOON) == 0
    assert await reconcile() == []


async def test_a_large_grant_needs_somebody_else(database: str) -> None:
    member = await a_member()
    batch = await a_batch([by_id(member.id, 10_001)])
    submitted = await GrantBatch.submit(batch.id, staff_id=ONE, at=NOON)
    await pay_granted(at=NOON)

    with pytest.raises(SecondPersonNeeded):
        await GrantBatch.approve(batch.id, staff_id=ONE, at=NOON)
    before = (submitted.status, await balance_of(member.id))
    approved = await GrantBatch.approve(batch.id, staff_id=OTHER, at=NOON)
    await pay_granted(at=NOON)

    assert before == (GrantBatchStatus.SUBMITTED, 0)
    assert (approved.approved_by, await balance_of(member.id)) == (OTHER, 10_001)


async def test_a_rejected_grant_is_never_paid_and_a_submitted_one_never_changes(database: str) -> None:
    member = await a_member()
    batch = await a_batch([by_id(member.id, 10_001)])
    await GrantBatch.submit(batch.id, staff_id=ONE, at=NOON)

    with pytest.raises(GrantBatchNotDraft):
        await GrantRow.add(batch.id, [by_id(member.id)], staff_id=ONE, at=NOON)
    await GrantBatch.reject(batch.id, staff_id=OTHER, reason="名单有误", at=NOON)

    assert await pay_granted(at=NOON) == 0
    assert await balance_of(member.id) == 0


async def test_of_many_who_decide_at_once_one_does(database: str) -> None:
    batch = await a_batch([by_id((await a_member()).id, 20_000)])
    await GrantBatch.submit(batch.id, staff_id=ONE, at=NOON)
    approvals = [GrantBatch.approve(batch.id, staff_id=new_id(), at=NOON) for _ in range(4)]
    rejections = [GrantBatch.reject(batch.id, staff_id=new_id(), reason="不妥", at=NOON) for _ in range(4)]

    outcomes = await asyncio.gather(*approvals, *rejections, return_exceptions=True)

    assert sum(isinstance(one, GrantBatch) for one in outcomes) == 1
    assert {one.code for one in outcomes if isinstance(one, DomainError)} == {"GRANT_BATCH_NOT_WAITING"}


async def test_a_payment_that_was_broken_off_goes_on_where_it_was(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = [await a_member() for _ in range(6)]
    batch = await a_batch([by_id(one.id, 10) for one in members])
    await GrantBatch.submit(batch.id, staff_id=ONE, at=NOON)
    whole, calls = PointEntry.post.__func__, 0  # type: ignore[attr-defined]  # a classmethod

    async def broken(cls: type[PointEntry], /, *given: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise ConnectionAbortedError("killed")
        return await whole(cls, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(PointEntry, "post", classmethod(broken))
        with pytest.raises(ConnectionAbortedError):
            await pay_granted(at=NOON)
    marked = await GrantRow.filter(paid_at__not_isnull=True).count()
    await pay_granted(at=NOON)

    assert marked == 3
    assert [await balance_of(one.id) for one in members] == [10] * 6
    assert await reconcile() == []


async def test_a_budget_pays_and_what_it_cannot_bear_is_said(database: str) -> None:
    budget = await Budget.open(BudgetPlan("gifts", 25), at=LONG_AGO, staff_id=ONE)
    members = [await a_member() for _ in range(3)]
    batch = await a_batch([by_id(one.id, 10) for one in members], budget_id=budget.id)
    await GrantBatch.submit(batch.id, staff_id=ONE, at=NOON)

    await pay_granted(at=NOON)

    assert [await balance_of(one.id) for one in members] == [10, 10, 0]
    assert (await GrantRow.get(position=3)).problem == "BUDGET_USED_UP"
    assert (await Account.get(id=of_budget(budget.id).id)).balance == 5
    assert await reconcile() == []


async def test_a_granted_line_is_taken_back_to_its_budget(database: str) -> None:
    budget = await Budget.open(BudgetPlan("gifts", 25), at=LONG_AGO, staff_id=ONE)
    member = await a_member()
    batch = await a_batch([by_id(member.id, 10)], budget_id=budget.id)
    await GrantBatch.submit(batch.id, staff_id=ONE, at=NOON)
    await pay_granted(at=NOON)
    line = await PointEntry.get(member_id=member.id)

    await PointAdjustment.reverse(line.id, reason="发错", staff_id=OTHER, at=NOON, once=None)

    assert (await balance_of(member.id), (await Account.get(id=of_budget(budget.id).id)).balance) == (0, 25)
    assert await reconcile() == []


async def test_the_whole_way_over_http(callers: Callers) -> None:
    member = await a_member()
    author = await callers.staff(await a_staff("points.grant", "points.read", "staff.read"))
    second = await callers.staff(await a_staff("points.approve", "points.read"))
    made = await author.do(
        "createGrantBatch", {"idempotencyKey": new_key(), "name": "国庆礼", "reason": "节日快乐"}, "batch { id status }"
    )
    batch_id = made["batch"]["id"]
    key, rows = new_key(), [{"memberId": public_id(member), "amount": "20000"}, {"phone": "13900000000", "amount": "5"}]

    added = [
        await author.do(
            "addGrantBatchRows",
            {"idempotencyKey": key, "batchId": batch_id, "rows": rows},
            "isReplay rows { position name problem amount }",
        )
        for _ in range(2)
    ]
    checked = await author.do(
        "checkGrantBatch",
        {"batchId": batch_id},
        "batch { sums { payable faulty points needsSecondPerson } "
        "faultyRows(first: 5) { edges { node { position } } } }",
    )
    refused = await author.refusal("submitGrantBatch", {"idempotencyKey": new_key(), "batchId": batch_id})
    submitted = await author.do(
        "submitGrantBatch",
        {"idempotencyKey": new_key(), "batchId": batch_id, "skipsFaulty": True},
        "batch { status }",
    )
    approval = {"idempotencyKey": new_key(), "batchId": batch_id}
    approved = [await second.do("approveGrantBatch", approval, "isReplay batch { status }") for _ in range(2)]
    await pay_granted(at=NOON)

    assert added[0]["rows"] == [
        {"position": 1, "name": public_id(member), "problem": None, "amount": "20000"},
        {"position": 2, "name": "139****0000", "problem": "NOT_FOUND", "amount": "5"},
    ]
    assert added[1] == {**added[0], "isReplay": True}
    assert checked["batch"]["sums"] == {"payable": 1, "faulty": 1, "points": "20000", "needsSecondPerson": True}
    assert checked["batch"]["faultyRows"] == {"edges": [{"node": {"position": 2}}]}
    assert (refused, submitted["batch"]["status"]) == ("GRANT_BATCH_FAULTY", "SUBMITTED")
    assert approved == [
        {"isReplay": False, "batch": {"status": "APPROVED"}, "userErrors": []},
        {"isReplay": True, "batch": {"status": "APPROVED"}, "userErrors": []},
    ]
    assert await balance_of(member.id) == 20_000
    told = [row.action for row in await AuditRow.all().order_by("id")]
    assert told == ["submitted_grant_batch", "approved_grant_batch"]


async def test_the_same_person_does_not_approve_over_http(callers: Callers) -> None:
    staff = await a_staff("points.grant", "points.approve", "points.read")
    batch = await GrantBatch.draft(name="礼", reason="礼", staff_id=staff.id, at=NOON)
    await GrantRow.add(batch.id, [by_id((await a_member()).id, 20_000)], staff_id=staff.id, at=NOON)
    await GrantBatch.submit(batch.id, staff_id=staff.id, at=NOON)
    caller = await callers.staff(staff)

    given = {"idempotencyKey": new_key(), "batchId": public_id(batch)}

    assert await caller.refusal("approveGrantBatch", given) == "SECOND_PERSON_NEEDED"
    assert (await GrantBatch.get(id=batch.id)).status is GrantBatchStatus.SUBMITTED
    assert await AuditRow.filter(action="approved_grant_batch").count() == 0


@pytest.mark.parametrize(
    "mutation",
    ["createGrantBatch", "addGrantBatchRows", "submitGrantBatch", "approveGrantBatch", "rejectGrantBatch"],
)
async def test_grants_are_not_made_without_the_right(callers: Callers, mutation: str) -> None:
    extra = {
        "createGrantBatch": 'name: "x", reason: "x"',
        "addGrantBatchRows": 'batchId: "x", rows: []',
        "rejectGrantBatch": 'batchId: "x", reason: "x"',
    }.get(mutation, 'batchId: "x"')
    query = f'mutation {{ {mutation}(input: {{idempotencyKey: "12345678", {extra}}}) {{ isReplay }} }}'

    assert await callers.nobody().error(query) == "UNAUTHENTICATED"
    assert await (await callers.member(await a_member())).error(query) == "FORBIDDEN"
    assert await (await callers.staff(await a_staff("points.read"))).error(query) == "FORBIDDEN"


async def test_staff_of_a_part_make_no_grants_to_many_and_see_none(callers: Callers) -> None:
    await a_batch([by_id((await a_member()).id)])
    staff = await callers.staff(await a_staff("points.grant", "points.read", scope=DataScope.OWN_GROUPS))

    given = {"idempotencyKey": new_key(), "name": "x", "reason": "x"}

    assert await staff.refusal("createGrantBatch", given) == "NOT_FOUND"
    assert await staff.data("{ grantBatches(first: 5) { edges { node { id } } } }") == {"grantBatches": {"edges": []}}


async def test_a_position_whose_row_was_removed_is_not_given_to_another(database: str) -> None:
    given = [by_id((await a_member()).id) for _ in range(4)]
    batch, key = await a_batch(given[:2]), Once.of("staff:1", "AddGrantBatchRows", new_key(), {})
    await GrantRow.remove(batch.id, [1], staff_id=ONE)

    third = await GrantRow.add(batch.id, [given[2]], staff_id=ONE, at=NOON, once=key)
    await GrantRow.remove(batch.id, [3], staff_id=ONE)
    fourth = await GrantRow.add(batch.id, [given[3]], staff_id=ONE, at=NOON)

    assert [row.position for row in (*third, *fourth)] == [3, 4]
    assert await GrantRow.add(batch.id, [given[2]], staff_id=ONE, at=NOON, once=key) == []
