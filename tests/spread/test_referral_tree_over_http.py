"""Referral trees over HTTP: members name their inviter and see counts; staff read trees, change bonds, decide."""

from datetime import timedelta
from itertools import pairwise

import pytest

from models.members.member import Member
from models.points.account import Account, of_member
from models.points.behaviour import Behaviour
from models.points.earn_rule import EarnRule
from models.points.earn_terms import EarnTerms
from models.spread.member_device import MemberDevice
from models.spread.referral import Referral
from models.spread.referral_change import ReferralChange
from models.spread.referral_finding import FindingKind, FindingState, ReferralFinding
from models.spread.referral_policy import ReferralPolicy
from models.spread.referral_reward import ReferralReward, RewardState
from models.spread.referral_watch import watch_referrals
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from tests.build import LONG_AGO, a_member, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON

SUBTREE = """query($id: ID!, $after: String) { referralSubtree(memberId: $id, first: 2, after: $after) {
    totalCount edges { cursor node { member { nickname } } } pageInfo { hasNextPage endCursor } } }"""
PATH = """query($id: ID!) { referralPath(memberId: $id) { totalCount edges { node { nickname } } }
    referralGenerations(memberId: $id) { generation members } }"""
PERIOD = {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}
FIGURES = """query($period: ReferralPeriod!) { referralGrowth(period: $period) { members invitees k }
    referralStaying(period: $period) { generation members ripe7 stayed7 } }"""


async def a_family() -> list[Member]:
    """A root with two invitees, the first of whom brought two more."""
    root, first, second, third, fourth = [await a_member(nickname=name) for name in "甲乙丙丁戊"]
    for inviter, invitee in ((root, first), (first, second), (first, third), (root, fourth)):
        await Referral.record(inviter.id, invitee.id, at=NOON)
    return [root, first, second, third, fourth]


async def test_staff_read_a_tree(callers: Callers) -> None:
    family = await a_family()
    caller = await callers.staff(await a_staff("spread.read", "members.read"))

    names, after = list[str](), None
    for _ in range(3):
        page = (await caller.data(SUBTREE, id=public_id(family[0]), after=after))["referralSubtree"]
        names += [edge["node"]["member"]["nickname"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert (names, page["totalCount"]) == (list("乙丙丁戊"), 4)
    assert await caller.data(PATH, id=public_id(family[3])) == {
        "referralPath": {"totalCount": 2, "edges": [{"node": {"nickname": "乙"}}, {"node": {"nickname": "甲"}}]},
        "referralGenerations": [],
    }
    found = await caller.data(PATH, id=public_id(family[0]))
    assert found["referralGenerations"] == [{"generation": 1, "members": 2}, {"generation": 2, "members": 2}]


async def test_trees_and_figures_are_for_staff_who_see_the_whole_brand(callers: Callers) -> None:
    family = await a_family()
    regional = await callers.staff(await a_staff("spread.read", scope=DataScope.REGION, region="华东"))
    other, member = await callers.staff(await a_staff("points.read")), await callers.member(family[0])

    for query, given in ((SUBTREE, {"id": public_id(family[0])}), (FIGURES, {"period": PERIOD})):
        assert "errors" in await callers.nobody().ask(query, **given)
        assert "errors" in await member.ask(query, **given)
        assert "errors" in await other.ask(query, **given)
        assert "errors" in await regional.ask(query, **given)


async def test_figures_of_a_period(callers: Callers) -> None:
    await a_family()
    caller = await callers.staff(await a_staff("spread.read"))

    found = await caller.data(FIGURES, period={"since": "2026-09-15T00:00:00Z", "until": "2026-12-01T00:00:00Z"})

    # All five came on 1 October and brought nobody within thirty days: the bonds are of November.
    assert found["referralGrowth"] == {"members": 5, "invitees": 0, "k": 0.0}
    assert found["referralStaying"] == [
        {"generation": 1, "members": 2, "ripe7": 0, "stayed7": 0},
        {"generation": 2, "members": 2, "ripe7": 0, "stayed7": 0},
    ]


async def test_a_member_names_its_inviter_once_per_key(callers: Callers) -> None:
    inviter, member = await a_member(nickname="李思远"), await a_member()
    caller, wanted = await callers.member(member), {"idempotencyKey": new_key(), "inviteCode": inviter.invite_code}

    first = await caller.do("nameInviter", wanted, "inviter { nickname } isReplay")
    again = await caller.do("nameInviter", wanted, "inviter { nickname } isReplay")

    assert first == {"inviter": {"nickname": "李思远"}, "isReplay": False, "userErrors": []}
    assert again == {"inviter": {"nickname": "李思远"}, "isReplay": True, "userErrors": []}
    assert await ReferralChange.all().count() == 1
    assert await caller.refusal("nameInviter", {**wanted, "idempotencyKey": new_key()}) == "REFERRAL_UNCHANGED"
    assert await caller.refusal("nameInviter", {"idempotencyKey": new_key(), "inviteCode": "nobody"}) == "NOT_FOUND"
    team = await (await callers.member(inviter)).data("{ viewer { referralTeam { generation members activated } } }")
    assert team["viewer"] == {"referralTeam": [{"generation": 1, "members": 1, "activated": 0}]}


async def test_staff_change_a_bond_with_reason_and_proof(callers: Callers) -> None:
    family, other = await a_family(), await a_member(nickname="己")
    wanted = {
        "idempotencyKey": new_key(),
        "memberId": public_id(family[1]),
        "inviterId": public_id(other),
        "reason": "线下地推登记",
        "proof": "登记表第 3 页",
    }

    for caller in (await callers.member(family[1]), await callers.staff(await a_staff("spread.read"))):
        answer = await caller.ask(
            "mutation($input: ChangeReferralInput!) { changeReferral(input: $input) { userErrors { code } } }",
            input=wanted,
        )
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await ReferralChange.all().count() == 0
    staff = await a_staff("spread.read", "spread.write", "members.read")
    caller = await callers.staff(staff)
    done = await caller.do("changeReferral", wanted, "change { kind reason inviterBefore { nickname } }")

    assert done["change"] == {"kind": "REBOUND", "reason": "线下地推登记", "inviterBefore": {"nickname": "甲"}}
    assert (await AuditRow.get(action="referral_rebound")).actor_id == staff.id
    found = await caller.data("{ referralChanges(first: 5) { edges { node { kind proof } } } }")
    assert found["referralChanges"]["edges"] == [{"node": {"kind": "REBOUND", "proof": "登记表第 3 页"}}]
    without = {**wanted, "idempotencyKey": new_key(), "proof": None}
    assert await caller.refusal("changeReferral", without) == "INVALID_INPUT"


async def test_a_policy_is_put_by_staff_and_read_by_all(callers: Callers) -> None:
    caller = await callers.staff(await a_staff("spread.write"))
    wanted = {
        "expectedVersion": 0,
        "reason": "上线",
        "bindMode": "PROTECT_DAYS",
        "levelsPaid": 2,
        "tiers": [{"people": 3}],
    }

    done = await caller.do("putReferralPolicy", wanted, "policy { version levelsPaid tiers { people stage } }")

    tiers = [{"people": 3, "stage": "FIRST_CHECK_IN"}]
    assert done["policy"] == {"version": 1, "levelsPaid": 2, "tiers": tiers}
    assert await caller.refusal("putReferralPolicy", wanted) == "REFERRAL_POLICY_CHANGED"
    assert (
        await caller.refusal("putReferralPolicy", {**wanted, "expectedVersion": 1, "levelsPaid": 3}) == "INVALID_INPUT"
    )
    seen = await (await callers.member(await a_member())).data("{ referralPolicy { bindMode protectDays } }")
    assert seen["referralPolicy"] == {"bindMode": "PROTECT_DAYS", "protectDays": 30}
    assert (await ReferralPolicy.current()).version == 1


async def test_odd_referrals_are_found_once_and_voiding_takes_back(callers: Callers) -> None:
    await EarnRule.put(Behaviour.INVITE_REGISTERED, EarnTerms(5), at=LONG_AGO)
    inviter, newcomers = await a_member(nickname="刷号者"), [await a_member() for _ in range(20)]
    for number, newcomer in enumerate(newcomers):
        await Referral.record(inviter.id, newcomer.id, at=NOON + timedelta(seconds=number))
        await MemberDevice.seen(newcomer.id, f"device-{min(number, 18)}", at=NOON)
    chain = [await a_member() for _ in range(5)]
    for above, below in pairwise(chain):
        await Referral.record(above.id, below.id, at=NOON - timedelta(days=8))

    at = NOON + timedelta(minutes=1)
    assert (await watch_referrals(at=at), await watch_referrals(at=at)) == (3, 0)

    burst = await ReferralFinding.get(kind=FindingKind.BURST)
    assert (burst.member_id, len(burst.named)) == (inviter.id, 20)
    alike = await ReferralFinding.get(kind=FindingKind.SAME_DEVICE)
    assert set(alike.named) == {str(one.id) for one in newcomers[18:]}
    silent = await ReferralFinding.get(kind=FindingKind.SILENT_CHAIN)
    assert set(silent.named) == {str(one.id) for one in chain[1:]}
    caller = await callers.staff(await a_staff("spread.read", "spread.write", "members.read"))
    decided = {"findingId": public_id(burst), "isVoid": True, "reason": "刷号"}
    done = await caller.do("decideReferralFinding", decided, "finding { state memberIds }")
    assert (done["finding"]["state"], len(done["finding"]["memberIds"])) == ("VOIDED", 20)
    assert await caller.refusal("decideReferralFinding", decided) == "FINDING_DECIDED"
    assert int((await Account.get(id=of_member(inviter.id).id)).balance) == 0
    assert {one.state for one in await ReferralReward.filter(member_id=inviter.id)} == {RewardState.TAKEN_BACK}
    found = await caller.data(
        "{ referralFindings(first: 5, state: OPEN) { edges { node { kind inviter { nickname } } } } }"
    )
    assert len(found["referralFindings"]["edges"]) == 2
    assert await caller.data("{ owedReferralRewards(first: 5) { edges { node { amount } } } }") == {
        "owedReferralRewards": {"edges": []}
    }
    assert (await ReferralFinding.get(id=burst.id)).state is FindingState.VOIDED


@pytest.mark.parametrize(
    "mutation", ["changeReferral", "putReferralPolicy", "decideReferralFinding", "waiveReferralReward"]
)
async def test_members_decide_nothing(callers: Callers, mutation: str) -> None:
    kind = mutation[0].upper() + mutation[1:]
    caller = await callers.member(await a_member())
    inputs = {
        "changeReferral": {"idempotencyKey": new_key(), "memberId": "x", "reason": "试试"},
        "putReferralPolicy": {"expectedVersion": 0, "reason": "试试", "bindMode": "OVERWRITE"},
        "decideReferralFinding": {"findingId": "x", "isVoid": True, "reason": "试试"},
        "waiveReferralReward": {"rewardId": "x", "reason": "试试"},
    }
    query = f"mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"

    assert await caller.error(query, input=inputs[mutation]) == "FORBIDDEN"
    assert await callers.nobody().error(query, input=inputs[mutation]) == "UNAUTHENTICATED"
