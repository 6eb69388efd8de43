"""Channels, codes and visits as the API shows them, and to whom."""

from datetime import timedelta
from typing import Any

import pytest

from auth.visiting import VISITS_PER_DEVICE
from models.spread.arrival import Arrival
from models.spread.channel import Channel
from models.spread.channel_cost import ChannelCost
from models.spread.channel_post import ChannelPost
from models.spread.scene_code import SceneCode
from models.spread.visit import Visit, VisitDoubt
from models.spread.visit_policy import VisitPolicy
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from tests.build import a_member, a_staff, new_key, public_id
from tests.callers import Answer, Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.spread.build import a_channel, a_code, a_visit
from tests.statements import WITH_PLANS, statements

PERIOD = {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}
FUNNEL = """query($period: ReferralPeriod!, $by: FunnelBy!, $ways: FunnelWaysInput) {
    channelFunnel(period: $period, by: $by, ways: $ways) {
        channel { name } code { code } campaign visits visitors counted registered cost costPerRegistered } }"""
OWN = "{ viewer { sceneCodes(first: 10) { edges { node { scene page figures { visits registered } } } } } }"
NODE = "query($id: ID!) { node(id: $id) { __typename } }"


def channel(**said: object) -> Answer:
    return {"kind": "XIAOHONGSHU", "name": "小红书", **said}


async def test_staff_keep_channels_and_the_audit_tells_before_and_after(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("spread.read", "spread.write"))

    made = await staff.do("putChannel", channel(owner="小周"), "channel { id name kind archivedAt }")
    changed = await staff.do(
        "putChannel",
        channel(channelId=made["channel"]["id"], name="小红书好物", isArchived=True, reason="停运"),
        "channel { name owner archivedAt }",
    )

    assert made["channel"] | {"id": None} == {"id": None, "name": "小红书", "kind": "XIAOHONGSHU", "archivedAt": None}
    assert changed["channel"] == {"name": "小红书好物", "owner": None, "archivedAt": "2026-11-23T04:00:00Z"}
    first, second = await AuditRow.filter(action="put_channel").order_by("id")
    assert (first.before, second.reason) == (None, "停运")
    assert second.before
    assert (second.before["name"], second.before["owner"]) == ("小红书", "小周")
    assert await staff.refusal("putChannel", channel(name="小红书好物")) == "CHANNEL_NAME_TAKEN"
    assert await staff.refusal("putChannel", channel(name=" ")) == "INVALID_INPUT"
    assert await Channel.all().count() == 1


async def test_nobody_else_keeps_channels_codes_costs_posts_or_the_policy(callers: Callers) -> None:
    found = await a_channel()
    code = await a_code(channel=found)
    here = {"channelId": public_id(found)}
    acts: dict[str, Answer] = {
        "putChannel": channel(),
        "makeChannelCode": here,
        "decideSceneCode": {"codeId": public_id(code), "expectedVersion": 1, "isWithdrawn": True, "reason": "试试"},
        "recordChannelCost": {**here, "idempotencyKey": new_key(), "day": "2026-11-23", "amount": "1", "words": "广告"},
        "putChannelPost": {**here, "title": "文章", "publishedAt": "2026-11-23T00:00:00Z"},
        "putVisitPolicy": {"expectedVersion": 0, "reason": "试试"},
    }
    reader = await callers.staff(await a_staff("spread.read"))
    part = await callers.staff(await a_staff("spread.write", scope=DataScope.REGION, region="华南"))
    for name, given in acts.items():
        mutation = (
            f"mutation($i: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $i) {{ userErrors {{ code }} }} }}"
        )
        assert await callers.nobody().error(mutation, i=given) == "UNAUTHENTICATED"
        assert await (await callers.member(await a_member())).error(mutation, i=given) == "FORBIDDEN"
        assert await reader.error(mutation, i=given) == "FORBIDDEN"
        assert await part.refusal(name, given) == "NOT_FOUND"

    assert (await Channel.all().count(), await SceneCode.all().count()) == (1, 1)
    assert await ChannelCost.all().count() == await ChannelPost.all().count() == await VisitPolicy.all().count() == 0
    assert (await SceneCode.get()).withdrawn_at is None
    assert await AuditRow.all().count() == 0


async def test_a_member_makes_its_own_code_and_the_same_one_again(callers: Callers) -> None:
    member = await a_member()
    caller = await callers.member(member)

    first = await caller.do("makeSceneCode", {"page": "pages/join/join"}, "code { id scene page inviter { id } }")
    again = await caller.do("makeSceneCode", {"page": "pages/join/join"}, "code { id }")

    assert first["code"]["inviter"]["id"] == public_id(member)
    assert (again["code"]["id"], first["code"]["page"]) == (first["code"]["id"], "pages/join/join")
    assert await caller.refusal("makeSceneCode", {"page": "pages/secret"}) == "INVALID_INPUT"
    nobody = callers.nobody()
    mutation = "mutation($i: MakeSceneCodeInput!) { makeSceneCode(input: $i) { userErrors { code } } }"
    assert await nobody.error(mutation, i={}) == "UNAUTHENTICATED"
    assert await (await callers.staff(await a_staff())).error(mutation, i={}) == "FORBIDDEN"
    assert await SceneCode.all().count() == 1


async def test_own_codes_show_what_they_brought_and_nobody_elses(callers: Callers) -> None:
    member, other = await a_member(), await a_member()
    code = await a_code(member)
    for _ in range(3):
        await a_visit(code, at=NOON)

    own = await (await callers.member(member)).data(OWN)
    others = await (await callers.member(other)).data(OWN)

    assert own["viewer"]["sceneCodes"]["edges"] == [
        {"node": {"scene": code.scene, "page": "pages/index/index", "figures": {"visits": 3, "registered": 0}}}
    ]
    assert others["viewer"]["sceneCodes"]["edges"] == []
    assert (await (await callers.member(other)).data(NODE, id=public_id(code)))["node"] is None
    assert (await (await callers.member(member)).data(NODE, id=public_id(code)))["node"] == {"__typename": "SceneCode"}


@WITH_PLANS
async def test_codes_with_figures_cost_the_same_whether_few_or_many(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = await a_member()
    caller = await callers.member(member)
    counts = []
    for pages in (("pages/join/join",), ("pages/task/task", "pages/good/good", "pages/index/index")):
        for page in pages:
            await SceneCode.of(inviter_id=member.id, page=page, at=NOON)
        await caller.data(OWN)
        with statements(monkeypatch) as seen:
            await caller.data(OWN)
        counts.append(len(seen))

    assert counts[0] == counts[1]


async def test_anybody_says_that_it_came_and_is_told_the_page_only(callers: Callers) -> None:
    code = await a_code(await a_member())
    nobody = callers.nobody()
    said = {"scene": code.scene, "device": "phone-1"}

    first = await nobody.do("recordVisit", said, "page")
    again = await nobody.do("recordVisit", said, "page")
    unknown = await nobody.do("recordVisit", {"scene": "s=AAAAAAAAAA"}, "page")

    assert first == again == {"page": "pages/index/index", "userErrors": []}
    assert unknown == {"page": None, "userErrors": []}
    [visit] = await Visit.all()
    assert (visit.code_id, visit.member_id, visit.counts) == (code.id, None, True)


async def test_a_member_that_comes_is_known_as_itself_and_the_inviter_counts_not(callers: Callers) -> None:
    inviter, member = await a_member(), await a_member()
    code = await a_code(inviter)

    await (await callers.member(member)).do("recordVisit", {"scene": code.scene, "device": "phone-1"})
    await (await callers.member(inviter)).do("recordVisit", {"scene": code.scene, "device": "phone-2"})

    assert {(one.member_id, one.reason) for one in await Visit.all()} == {
        (member.id, None),
        (inviter.id, VisitDoubt.SELF),
    }


async def test_a_device_that_says_so_too_often_waits(callers: Callers) -> None:
    code, nobody = await a_code(), callers.nobody()
    said = {"scene": code.scene, "device": "phone-1"}
    for _ in range(VISITS_PER_DEVICE.most):
        await nobody.do("recordVisit", said)

    assert await nobody.refusal("recordVisit", said) == "RATE_LIMITED"
    assert await Visit.all().count() == 1


async def test_staff_make_codes_of_channels_take_them_back_and_see_visits_masked(callers: Callers) -> None:
    found = await a_channel()
    staff = await callers.staff(await a_staff("spread.read", "spread.write", "members.read"))
    made = await staff.do(
        "makeChannelCode", {"channelId": public_id(found), "campaign": "spring"}, "code { id scene channel { name } }"
    )
    await callers.nobody().do("recordVisit", {"scene": made["code"]["scene"], "device": "phone-1"})

    deciding = {"codeId": made["code"]["id"], "expectedVersion": 1, "isWithdrawn": True, "reason": "张贴错误"}
    await staff.do("decideSceneCode", deciding)
    assert await staff.refusal("decideSceneCode", deciding) == "SCENE_CODE_CHANGED"
    told = await callers.nobody().do("recordVisit", {"scene": made["code"]["scene"], "device": "phone-2"}, "page")
    seen = await staff.data(
        "query($c: ID!) { visits(codeId: $c, first: 5) { edges { node { visitorMark counts reason } } }"
        ' sceneCodes(campaign: "spring", first: 5) { edges { node { withdrawnAt figures { visits counted } } } } }',
        c=made["code"]["id"],
    )

    assert made["code"]["channel"]["name"] == found.name
    assert told["page"] is None
    visits = [edge["node"] for edge in seen["visits"]["edges"]]
    assert [(one["counts"], one["reason"]) for one in visits] == [(False, "WITHDRAWN"), (True, None)]
    assert all(len(one["visitorMark"]) == 8 for one in visits)
    assert seen["sceneCodes"]["edges"] == [
        {"node": {"withdrawnAt": "2026-11-23T04:00:00Z", "figures": {"visits": 1, "counted": 1}}}
    ]


async def test_visits_and_the_funnel_are_for_those_who_see_the_whole_brand(callers: Callers) -> None:
    await a_visit(await a_code(channel=await a_channel()), at=NOON)
    visits = "{ visits(first: 5) { edges { node { id } } } }"
    part = await callers.staff(await a_staff("spread.read", scope=DataScope.REGION, region="华南"))

    assert (await part.data(visits))["visits"]["edges"] == []
    assert await part.error(FUNNEL, period=PERIOD, by="CHANNEL") == "NOT_FOUND"
    for caller in (await callers.member(await a_member()), await callers.staff(await a_staff("members.read"))):
        assert await caller.error(visits) == "FORBIDDEN"
        assert await caller.error(FUNNEL, period=PERIOD, by="CHANNEL") == "FORBIDDEN"


ARRIVALS = """query($channel: ID) { arrivals(channelId: $channel, first: 5) {
    edges { node { member { id } firstCode { code } lastCode { code } } } } }"""


async def test_staff_see_by_what_the_members_in_their_scope_came(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, other = await a_channel(), await a_channel()
    first, last = await a_code(channel=other), await a_code(channel=channel)
    members = []
    for name in ("phone-1", "phone-2", "phone-3"):
        await a_visit(first, name, at=NOON - timedelta(days=1))
        await a_visit(last, name, at=NOON)
        members.append(await a_member())
        await Arrival.record(members[-1].id, None, device=name, at=NOON)
    await a_place(await a_group(region="华南"), member=members[0])
    whole = await callers.staff(await a_staff("spread.read", "members.read"))
    part = await callers.staff(await a_staff("spread.read", "members.read", scope=DataScope.REGION, region="华南"))

    with statements(monkeypatch) as seen:
        found = (await whole.data(ARRIVALS, channel=public_id(channel)))["arrivals"]["edges"]
    shown = (await part.data(ARRIVALS))["arrivals"]["edges"]

    assert {edge["node"]["member"]["id"] for edge in found} == {public_id(one) for one in members}
    assert found[0]["node"]["firstCode"] == {"code": first.code}
    assert found[0]["node"]["lastCode"] == {"code": last.code}
    assert len(seen) <= 5
    assert [edge["node"]["member"]["id"] for edge in shown] == [public_id(members[0])]
    assert (await whole.data(ARRIVALS, channel=public_id(other)))["arrivals"]["edges"] == []
    assert await (await callers.member(members[0])).error(ARRIVALS) == "FORBIDDEN"


async def test_a_cost_is_booked_once_per_key_and_told_in_the_funnel(callers: Callers) -> None:
    found = await a_channel("抖音")
    code = await a_code(channel=found, campaign="spring")
    await a_visit(code, at=NOON)
    staff = await callers.staff(await a_staff("spread.read", "spread.write"))
    cost = {
        "idempotencyKey": new_key(),
        "channelId": public_id(found),
        "day": "2026-11-20",
        "amount": "5000",
        "words": "投放",
    }

    first = await staff.do("recordChannelCost", cost, "cost { id amount } isReplay")
    again = await staff.do("recordChannelCost", cost, "cost { id amount } isReplay")

    assert (first["cost"], first["isReplay"], again["cost"], again["isReplay"]) == (
        first["cost"],
        False,
        first["cost"],
        True,
    )
    assert await ChannelCost.all().count() == 1
    assert await staff.refusal("recordChannelCost", {**cost, "amount": "1"}) == "IDEMPOTENCY_MISMATCH"
    row: dict[str, Any] = {"visits": 1, "visitors": 1, "counted": 1, "registered": 0, "costPerRegistered": None}
    nothing = {"channel": None, "code": None, "campaign": None, "cost": None}
    for by, told in (
        ("CHANNEL", {"channel": {"name": "抖音"}, "cost": "5000"}),
        ("CODE", {"code": {"code": code.code}}),
        ("CAMPAIGN", {"campaign": "spring"}),
    ):
        funnel = await staff.data(FUNNEL, period=PERIOD, by=by, ways={"channelId": public_id(found)})
        assert funnel["channelFunnel"] == [{**row, **nothing, **told}]


@pytest.mark.parametrize("by", ["CHANNEL", "CODE"])
async def test_a_funnel_of_many_rows_costs_no_statement_more(
    by: str, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = await callers.staff(await a_staff("spread.read"))
    counts = []
    for number in (1, 4):
        for _ in range(number):
            await a_visit(await a_code(channel=await a_channel()), at=NOON)
        with statements(monkeypatch) as seen:
            assert (await staff.data(FUNNEL, period=PERIOD, by=by))["channelFunnel"]
        counts.append(len(seen))

    assert counts[0] == counts[1]


async def test_posts_are_logged_with_the_figures_of_their_code_and_taken_off(callers: Callers) -> None:
    found, other = await a_channel(), await a_channel()
    code = await a_code(channel=found)
    await a_visit(code, at=NOON)
    staff = await callers.staff(await a_staff("spread.read", "spread.write"))
    post = {
        "channelId": public_id(found),
        "codeId": public_id(code),
        "title": "好物清单",
        "link": "https://example.com/p/1",
        "publishedAt": "2026-11-22T00:00:00Z",
    }
    listed = "{ channels(first: 5) { edges { node { name posts(first: 5) { totalCount } } } } }"

    made = await staff.do("putChannelPost", post, "post { id title publishedBy { id } code { figures { visits } } }")
    late = await staff.refusal("putChannelPost", {**post, "publishedAt": "2026-12-22T00:00:00Z"})
    wrong = await staff.refusal("putChannelPost", {**post, "channelId": public_id(other)})
    bad = await staff.refusal("putChannelPost", {**post, "link": "javascript:alert(1)"})

    assert made["post"]["code"]["figures"]["visits"] == 1
    assert (late, wrong, bad) == ("INVALID_INPUT",) * 3
    assert await ChannelPost.all().count() == 1
    counts = {one["node"]["name"]: one["node"]["posts"] for one in (await staff.data(listed))["channels"]["edges"]}
    assert counts == {found.name: {"totalCount": 1}, other.name: {"totalCount": 0}}
    await staff.do("putChannelPost", {**post, "postId": made["post"]["id"], "isRemoved": True})
    counts = {one["node"]["name"]: one["node"]["posts"] for one in (await staff.data(listed))["channels"]["edges"]}
    assert counts[found.name] == {"totalCount": 0}


async def test_the_policy_of_visits_is_put_in_versions(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("spread.read", "spread.write"))
    put = {"expectedVersion": 0, "reason": "缩短", "windowDays": 7}

    made = await staff.do("putVisitPolicy", put, "policy { version windowDays burstCount }")

    assert made["policy"] == {"version": 1, "windowDays": 7, "burstCount": 20}
    assert await staff.refusal("putVisitPolicy", put) == "VISIT_POLICY_CHANGED"
    assert await staff.refusal("putVisitPolicy", {**put, "expectedVersion": 1, "windowDays": 0}) == "INVALID_INPUT"
    assert (await staff.data("{ visitPolicy { version windowDays } }"))["visitPolicy"] == {
        "version": 1,
        "windowDays": 7,
    }
    assert await VisitPolicy.all().count() == 1
