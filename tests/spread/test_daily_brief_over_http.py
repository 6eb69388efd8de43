"""Daily briefs over HTTP: staff of the whole brand publish them, members read theirs."""

from models.spread.daily_brief import DailyBrief
from models.staff.colleague import DataScope
from tests.build import a_member, a_staff, public_id
from tests.callers import Callers
from tests.groups.build import a_circle, a_group, a_place

BRIEF = {"day": "2026-11-23", "title": "早安", "body": "今日小雪，注意保暖。"}
PUBLISH = "mutation($input: PublishDailyBriefInput!) { publishDailyBrief(input: $input) { __typename } }"
REVISE = "mutation($input: ReviseDailyBriefInput!) { reviseDailyBrief(input: $input) { __typename } }"


async def test_staff_publish_and_members_read(callers: Callers) -> None:
    circle = await a_circle()
    member = await a_place(await a_group(circle=circle))
    values = {**BRIEF, "circleId": public_id(circle)}
    staff = await callers.staff(await a_staff("groups.write"))
    partial = await callers.staff(await a_staff("groups.write", scope=DataScope.REGION, region="华东"))

    assert await callers.nobody().error(PUBLISH, input=values) == "UNAUTHENTICATED"
    assert await (await callers.member(member)).error(PUBLISH, input=values) == "FORBIDDEN"
    assert await partial.refusal("publishDailyBrief", values) == "NOT_FOUND"
    assert await DailyBrief.all().count() == 0
    published = await staff.do("publishDailyBrief", values, "dailyBrief { id title circle { name } }")
    again = await staff.refusal("publishDailyBrief", values)

    assert published["dailyBrief"]["circle"] == {"name": circle.name}
    assert again == "BRIEF_PUBLISHED"
    read = await (await callers.member(member)).data('{ dailyBrief(day: "2026-11-23") { title body day } }')
    assert read["dailyBrief"] == {"title": "早安", "body": "今日小雪，注意保暖。", "day": "2026-11-23"}


async def test_staff_correct_a_brief(callers: Callers) -> None:
    circle = await a_circle()
    staff, member = await callers.staff(await a_staff("groups.write")), await callers.member(await a_member())
    made = await staff.do("publishDailyBrief", {**BRIEF, "circleId": public_id(circle)}, "dailyBrief { id }")
    values = {"briefId": made["dailyBrief"]["id"], "title": "早安，朋友们"}

    assert await callers.nobody().error(REVISE, input=values) == "UNAUTHENTICATED"
    assert await member.error(REVISE, input=values) == "FORBIDDEN"
    revised = await staff.do("reviseDailyBrief", values, "dailyBrief { title body }")

    assert revised["dailyBrief"] == {"title": "早安，朋友们", "body": "今日小雪，注意保暖。"}
    listed = await member.data(
        "query($id: ID!) { node(id: $id) { ... on Circle { dailyBriefs(first: 1) { edges { node { title } } } } } }",
        id=public_id(circle),
    )
    assert listed["node"]["dailyBriefs"]["edges"] == [{"node": {"title": "早安，朋友们"}}]
