"""Levels over HTTP: a member sees its own, staff with the right change the ladder and move a member."""

from datetime import timedelta

from models.points.level import Level
from models.points.level_change import LevelChange
from models.points.level_upkeep import level_drift
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from tests.build import a_member, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.points.level_build import BRONZE, GOLD, SILVER, a_ladder, grow, history, points_of

DAY = timedelta(days=1)


async def test_a_member_sees_what_is_missing_to_rise_and_to_stay(callers: Callers) -> None:
    member = await a_member()
    await a_ladder(BRONZE, SILVER, GOLD)
    await grow(member.id, 600, at=NOON - DAY)
    await grow(member.id, 30, at=NOON)
    caller, other = await callers.member(member), await callers.member(await a_member())

    found = (
        await caller.data(
            "{ viewer { level { level { name benefits } nextLevel { name } growthToNext growthInPeriod growthToKeep "
            "since validUntil endsAt } "
            "levelChanges(first: 5) { edges { node { id cause position level { name } } } } } }"
        )
    )["viewer"]

    assert found["level"] == {
        "level": {"name": "白银", "benefits": []},
        "nextLevel": {"name": "黄金"},
        "growthToNext": "1370",
        "growthInPeriod": "30",
        "growthToKeep": "170",
        "since": "2026-11-22T04:00:00Z",
        "validUntil": "2026-12-22T04:00:00Z",
        "endsAt": "2026-12-27T04:00:00Z",
    }
    [edge] = found["levelChanges"]["edges"]
    assert {key: edge["node"][key] for key in ("cause", "position", "level")} == {
        "cause": "REACHED",
        "position": 3,
        "level": {"name": "白银"},
    }
    node = await other.data("query($id: ID!) { node(id: $id) { id } }", id=edge["node"]["id"])
    assert node == {"node": None}


PUT = {
    "expectedVersion": 0,
    "reason": "新年改版",
    "levels": [
        {"name": "新芽", "threshold": "0"},
        {"name": "青铜", "threshold": "100", "giftPoints": "20", "benefits": ["生日礼包"], "validDays": 365},
    ],
}


async def test_levels_are_changed_by_those_with_the_right_and_told_to_the_audit(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("points.rules"))

    done = await staff.do("putLevels", PUT, "version levels { position name giftPoints benefits }")
    stale = await staff.refusal("putLevels", PUT)

    assert (done["version"], done["levels"][1]) == (
        1,
        {"position": 2, "name": "青铜", "giftPoints": "20", "benefits": ["生日礼包"]},
    )
    assert stale == "LEVELS_CHANGED"
    assert (await staff.data("{ levelsVersion }"))["levelsVersion"] == 1
    row = await AuditRow.get()
    assert (row.action, row.before, row.reason) == ("put_levels", {"levels": []}, "新年改版")


async def test_levels_are_not_changed_without_the_right(callers: Callers) -> None:
    query = "mutation($input: PutLevelsInput!) { putLevels(input: $input) { version } }"

    assert await callers.nobody().error(query, input=PUT) == "UNAUTHENTICATED"
    assert await (await callers.member(await a_member())).error(query, input=PUT) == "FORBIDDEN"
    assert await (await callers.staff(await a_staff("points.grant"))).error(query, input=PUT) == "FORBIDDEN"
    regional = await callers.staff(await a_staff("points.rules", scope=DataScope.REGION, region="四川"))
    assert await regional.refusal("putLevels", PUT) == "NOT_FOUND"
    assert await Level.all().count() == 0


async def test_staff_put_a_member_on_a_level_by_hand(callers: Callers) -> None:
    member, staff = await a_member(), await callers.staff(await a_staff("points.rules"))
    await a_ladder(BRONZE, SILVER)
    await grow(member.id, 120, at=NOON - DAY)
    given = {"memberId": public_id(member), "position": 3, "reason": "老客户升级"}

    done = await staff.do("moveMemberLevel", given, "level { level { name } growthToNext validUntil }")
    again = await staff.refusal("moveMemberLevel", given)

    assert done["level"] == {"level": {"name": "白银"}, "growthToNext": None, "validUntil": "2026-12-23T04:00:00Z"}
    assert again == "INVALID_INPUT"
    assert (await history(member.id))[-1] == (2, 3, "moved", NOON, 120)
    assert await points_of(member.id) == 70
    assert await AuditRow.filter(action="move_level", reason="老客户升级").count() == 1
    assert await level_drift() == []


async def test_a_level_is_not_moved_without_right_or_scope(callers: Callers) -> None:
    member = await a_member()
    await a_ladder(BRONZE)
    given = {"memberId": public_id(member), "position": 2, "reason": "升级"}
    query = "mutation($input: MoveMemberLevelInput!) { moveMemberLevel(input: $input) { userErrors { code } } }"

    assert await callers.nobody().error(query, input=given) == "UNAUTHENTICATED"
    assert await (await callers.member(member)).error(query, input=given) == "FORBIDDEN"
    assert await (await callers.staff(await a_staff("points.read"))).error(query, input=given) == "FORBIDDEN"
    own = await callers.staff(await a_staff("points.rules", scope=DataScope.OWN_GROUPS))
    assert await own.refusal("moveMemberLevel", given) == "NOT_FOUND"
    assert await LevelChange.all().count() == 0


async def test_a_level_that_is_none_is_named_by_the_field_it_came_in(callers: Callers) -> None:
    await a_ladder(BRONZE, SILVER)
    staff = await callers.staff(await a_staff("points.rules"))
    given = {"memberId": public_id(await a_member()), "position": 99, "reason": "补偿"}

    [error] = (await staff.do("moveMemberLevel", given))["userErrors"]

    assert (error["code"], error["field"]) == ("NOT_FOUND", "position")
