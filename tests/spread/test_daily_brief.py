"""The daily brief: one a day and circle, and the right one for each member."""

from datetime import date, timedelta

import pytest

from models.errors import DomainError, Invalid
from models.groups.circle import Circle
from models.spread.daily_brief import BriefPublished, DailyBrief
from models.staff.audit import AuditRow
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON
from tests.groups.build import STAFF, a_circle, a_group, a_place
from tests.groups.conftest import boards_elsewhere  # noqa: F401  # an autouse fixture, for this file as well

TODAY = date(2026, 11, 23)


async def a_brief(circle: Circle, *, title: str = "早安", day: date = TODAY) -> DailyBrief:
    return await DailyBrief.publish(circle.id, day, title=title, body="今日小雪，注意保暖。", actor=STAFF, at=NOON)


async def test_one_brief_a_day_and_circle(database: str) -> None:
    circle, other = await a_circle(), await a_circle()
    await a_brief(circle)

    with pytest.raises(BriefPublished):
        await a_brief(circle)
    await a_brief(other)
    await a_brief(circle, day=TODAY + timedelta(days=1))

    assert await DailyBrief.all().count() == 3


async def test_a_member_reads_the_brief_of_its_first_theme(database: str) -> None:
    official, auto, wine = await a_circle(is_official=True), await a_circle(), await a_circle()
    member = await a_member()
    for days, circle in enumerate((official, auto, wine)):
        await a_place(await a_group(circle=circle), member=member, at=LONG_AGO + timedelta(days=days))
        await a_brief(circle, title=circle.name)

    found = await DailyBrief.for_member(member.id, TODAY)

    assert found is not None
    assert found.circle_id == auto.id


async def test_without_a_brief_of_the_theme_the_official_one_is_read(database: str) -> None:
    official, auto, wine = await a_circle(is_official=True), await a_circle(), await a_circle()
    member, newcomer = await a_member(), await a_member()
    await a_place(await a_group(circle=auto), member=member)
    await a_brief(official)
    await a_brief(wine)

    found = [await DailyBrief.for_member(one.id, TODAY) for one in (member, newcomer)]

    assert [one and one.circle_id for one in found] == [official.id, official.id]
    assert await DailyBrief.for_member(member.id, TODAY + timedelta(days=1)) is None


async def test_a_brief_is_revised_and_the_audit_keeps_what_it_said(database: str) -> None:
    brief = await a_brief(await a_circle(), title="早安")

    revised = await DailyBrief.revise(brief.id, title="早安，朋友们", actor=STAFF, at=NOON)

    assert (revised.title, revised.body) == ("早安，朋友们", "今日小雪，注意保暖。")
    row = await AuditRow.get(action="revise_daily_brief")
    assert row.before == {"title": "早安", "body": "今日小雪，注意保暖。"}


async def test_an_empty_or_homeless_brief_is_refused(database: str) -> None:
    circle = await a_circle()

    with pytest.raises(Invalid):
        await a_brief(circle, title=" ")
    with pytest.raises(DomainError) as refused:
        await DailyBrief.publish(STAFF.id or circle.id, TODAY, title="早安", body="…", actor=STAFF, at=NOON)

    assert (refused.value.code, refused.value.field) == ("NOT_FOUND", "circleId")
    assert await DailyBrief.all().count() == 0
