"""The ladder: moved with a reason, never over somebody else's move, and kept on record."""

import asyncio
from datetime import timedelta

import pytest

from models.errors import DomainError, Invalid
from models.members.erasure import erase
from models.members.ladder import LadderChange, LadderStep, MemberLadder
from models.members.member import Member, MemberErased
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.ids import new_id
from tests.build import a_member, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON

PROSPECT, CUSTOMER, MEMBER, PARTNER = LadderStep
REPEATS = 10


async def moved(member: Member, step: LadderStep, before: LadderStep, **more: object) -> LadderChange:
    given = {"reason": "首单", "staff_id": new_id(), "at": NOON, **more}
    return await LadderChange.by_staff(member.id, step, expected_step=before, **given)  # type: ignore[arg-type]  # by name


async def test_a_move_is_put_on_record_with_its_evidence(database: str) -> None:
    member = await a_member()

    change = await moved(member, CUSTOMER, PROSPECT, evidence=["订单 20261123001"], hold_until=NOON + timedelta(days=9))

    assert await MemberLadder.step_of(member.id) is CUSTOMER
    kept = await LadderChange.get(id=change.id)
    assert (kept.step_before, kept.step, kept.cause, kept.evidence) == (
        PROSPECT,
        CUSTOMER,
        "manual",
        ["订单 20261123001"],
    )
    row = await AuditRow.get()
    assert (row.action, row.before) == ("move_on_ladder", {"step": "prospect"})


async def test_a_move_down_is_a_move(database: str) -> None:
    member = await a_member()
    await moved(member, PARTNER, PROSPECT)

    await moved(member, CUSTOMER, PARTNER, reason="合作到期")

    assert await MemberLadder.step_of(member.id) is CUSTOMER


@pytest.mark.parametrize(
    ("step", "expected", "code"),
    [
        (MEMBER, PROSPECT, "LADDER_CHANGED"),
        (CUSTOMER, CUSTOMER, "LADDER_STEP_UNCHANGED"),
        (PARTNER, MEMBER, "LADDER_CHANGED"),
    ],
)
async def test_a_move_from_elsewhere_is_refused(
    database: str, step: LadderStep, expected: LadderStep, code: str
) -> None:
    member = await a_member()
    await moved(member, CUSTOMER, PROSPECT)

    with pytest.raises(DomainError) as refused:
        await moved(member, step, expected)

    assert refused.value.code == code
    assert await LadderChange.all().count() == 1 == await AuditRow.all().count()


@pytest.mark.parametrize("begins_on", [PROSPECT, CUSTOMER])
async def test_of_a_rule_and_hands_at_once_one_wins_each_step(database: str, begins_on: LadderStep) -> None:
    for _ in range(REPEATS):
        member = await a_member()
        if begins_on is CUSTOMER:
            await moved(member, CUSTOMER, PROSPECT)
        outcomes = await asyncio.gather(
            *(moved(member, step, begins_on) for step in (MEMBER, PARTNER)),
            LadderChange.climb(member.id, MEMBER, cause="purchase", at=NOON),
            return_exceptions=True,
        )

        changes = await LadderChange.filter(member_id=member.id).order_by("id")
        steps = [(one.step_before, one.step) for one in changes]
        # Each row goes on where the one before it ended, so no move went over another.
        assert [before for before, _ in steps[1:]] == [after for _, after in steps[:-1]]
        assert await MemberLadder.step_of(member.id) is steps[-1][1]
        codes = [one.code for one in outcomes if isinstance(one, DomainError)]
        assert set(codes) == {"LADDER_CHANGED"}


async def test_two_hands_at_once_one_wins(database: str) -> None:
    member = await a_member()

    outcomes = await asyncio.gather(*(moved(member, CUSTOMER, PROSPECT) for _ in range(8)), return_exceptions=True)

    codes = [one.code if isinstance(one, DomainError) else "done" for one in outcomes]
    assert sorted(codes) == ["LADDER_CHANGED"] * 7 + ["done"]
    assert await LadderChange.all().count() == 1


async def test_a_rule_leads_up_only_and_not_while_staff_hold_the_member(database: str) -> None:
    member = await a_member()
    await moved(member, CUSTOMER, PROSPECT, hold_until=NOON + timedelta(days=1))

    held = await LadderChange.climb(member.id, MEMBER, cause="purchase", at=NOON + timedelta(hours=23))
    led = await LadderChange.climb(
        member.id, MEMBER, cause="purchase", evidence=["满 3 单"], at=NOON + timedelta(days=1)
    )
    down = await LadderChange.climb(member.id, CUSTOMER, cause="purchase", at=NOON + timedelta(days=2))

    assert (held, down) == (None, None)
    assert led
    assert led.by_kind == "system"
    assert await MemberLadder.step_of(member.id) is MEMBER


@pytest.mark.parametrize(
    "wrong", [{"reason": " "}, {"hold_until": NOON}, {"evidence": ["证据"] * 11}, {"evidence": ["长" * 201]}]
)
async def test_moves_without_sense_are_refused(database: str, wrong: dict[str, object]) -> None:
    member = await a_member()

    with pytest.raises(Invalid):
        await moved(member, CUSTOMER, PROSPECT, **wrong)

    assert await LadderChange.all().count() == 0 == await MemberLadder.all().count()


async def test_history_is_never_altered_and_its_words_go_with_the_member(database: str) -> None:
    member = await a_member()
    await moved(member, CUSTOMER, PROSPECT, evidence=["王小明的订单"])
    with pytest.raises(Exception, match="append-only"):
        await LadderChange.filter(member_id=member.id).update(step=PARTNER)

    await erase(member.id, at=NOON)

    kept = await LadderChange.get(member_id=member.id)
    assert (kept.step, kept.reason, kept.evidence) == (CUSTOMER, None, None)
    with pytest.raises(MemberErased):
        await moved(member, MEMBER, CUSTOMER)


MOVE = (
    "change { stepBefore step evidence byKind } "
    "file { ladderStep ladder { holdUntil } ladderChanges(first: 3) { totalCount } }"
)


async def test_staff_move_a_member_over_http_and_it_sees_its_step(callers: Callers) -> None:
    member, staff = await a_member(), await callers.staff(await a_staff("members.write", "members.read"))
    given = {
        "memberId": public_id(member),
        "step": "CUSTOMER",
        "expectedStep": "PROSPECT",
        "reason": "到店购买",
        "evidence": ["小票 8812"],
        "holdUntil": "2026-12-01T00:00:00Z",
    }

    done = await staff.do("moveOnLadder", given, MOVE)
    stale = await staff.refusal("moveOnLadder", given | {"step": "MEMBER"})
    own = await (await callers.member(member)).data("{ viewer { ladderStep } }")

    assert done["change"] == {
        "stepBefore": "PROSPECT",
        "step": "CUSTOMER",
        "evidence": ["小票 8812"],
        "byKind": "STAFF",
    }
    assert done["file"] == {
        "ladderStep": "CUSTOMER",
        "ladder": {"holdUntil": "2026-12-01T00:00:00Z"},
        "ladderChanges": {"totalCount": 1},
    }
    assert stale == "LADDER_CHANGED"
    assert own == {"viewer": {"ladderStep": "CUSTOMER"}}


async def test_nobody_else_moves_a_member(callers: Callers) -> None:
    member = await a_member()
    given = {"memberId": public_id(member), "step": "CUSTOMER", "expectedStep": "PROSPECT", "reason": "购买"}
    query = "mutation($input: MoveOnLadderInput!) { moveOnLadder(input: $input) { userErrors { code } } }"

    assert await callers.nobody().error(query, input=given) == "UNAUTHENTICATED"
    assert await (await callers.member(member)).error(query, input=given) == "FORBIDDEN"
    assert await (await callers.staff(await a_staff("members.read"))).error(query, input=given) == "FORBIDDEN"
    own = await callers.staff(await a_staff("members.write", scope=DataScope.OWN_GROUPS))
    assert await own.refusal("moveOnLadder", given) == "NOT_FOUND"
    assert await LadderChange.all().count() == 0
