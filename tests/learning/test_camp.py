"""Camps: what staff may say of them, and what stays once members count on it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.idempotency import Once
from models.learning.camp import Camp, CampStatus
from models.learning.camp_cancellation import cancel_camp
from models.learning.camp_task import CampTask
from models.learning.camp_terms import CampTerms, TaskKind, TaskTerms
from models.learning.camp_version import change_camp, create_camp, publish_camp
from models.staff.audit import AuditRow
from store.ids import new_id
from tests.build import LONG_AGO
from tests.conftest import NOON
from tests.learning.camps import DAY, STAFF_ID, STARTS, TUESDAY, a_camp, a_draft, joined, posts, terms
from tests.mall.build import outcomes, refused, rows_of


async def changed(camp: Camp, said: CampTerms, *, version: int, at: datetime = NOON) -> Camp:
    return await change_camp(camp.id, said, expected_version=version, reason="调整", staff_id=STAFF_ID, at=at)


async def test_a_draft_knows_its_instants_and_its_tasks(database: str) -> None:
    camp = await a_draft(14, late_until_day=2, tasks=(*posts(14), TaskTerms(1, TaskKind.CHECK_IN, "早起打卡")))

    assert (camp.status, camp.version, camp.taken) == (CampStatus.DRAFT, 1, 0)
    assert camp.starts_at == STARTS
    assert camp.ends_at == STARTS + 14 * DAY
    assert camp.joins_until == STARTS + 2 * DAY
    assert [(one.day, one.position, one.kind) for one in await CampTask.of(camp.id)][:2] == [
        (1, 0, TaskKind.POST),
        (1, 1, TaskKind.CHECK_IN),
    ]
    assert (await AuditRow.get(subject_id=camp.id)).action == "create_camp"


async def test_a_day_begins_at_the_hour_of_the_zone_also_when_the_clocks_change(database: str) -> None:
    berlin = await a_draft(
        3, zone="Europe/Berlin", day_start_hour=4, starts_on=datetime(2026, 10, 24, tzinfo=UTC).date()
    )

    assert berlin.day_opens(1) == datetime(2026, 10, 24, 2, tzinfo=UTC)
    assert berlin.day_opens(2) == datetime(2026, 10, 25, 3, tzinfo=UTC)
    assert berlin.number_of(datetime(2026, 10, 25, 2, 59, tzinfo=UTC)) == 1
    assert berlin.number_of(datetime(2026, 10, 25, 3, 0, tzinfo=UTC)) == 2


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"days": 0}, "days"),
        ({"days": 101}, "days"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"title": " "}, "title"),
        ({"seats": 0}, "seats"),
        ({"price": -1}, "price"),
        ({"late_until_day": 4}, "lateUntilDay"),
        ({"tasks": posts(4)}, "tasks.day"),
        ({"tasks": (TaskTerms(1, TaskKind.QUIZ, "小测"),)}, "tasks.targetId"),
        ({"tasks": posts(1) * 11}, "tasks"),
        ({"circle_id": new_id(), "group_id": new_id()}, "groupId"),
        ({"signs_up_from": NOON, "signs_up_until": NOON}, "signsUpUntil"),
    ],
)
async def test_terms_out_of_bounds_are_refused(database: str, rules: dict[str, Any], field: str) -> None:
    refusal = await refused(create_camp(terms(**rules), staff_id=STAFF_ID, at=NOON, once=None))

    assert (refusal.code, refusal.field) == ("INVALID_INPUT", field)
    assert (await Camp.all().count(), await rows_of("audit_row")) == (0, 0)


async def test_a_camp_of_a_group_that_is_not_there_is_not_found(database: str) -> None:
    refusal = await refused(a_draft(group_id=new_id()))

    assert (refusal.code, refusal.field) == ("NOT_FOUND", "groupId")


async def test_of_two_editors_the_second_reads_again(database: str) -> None:
    camp = await a_draft()

    ended = await outcomes([changed(camp, terms(title=f"改名 {n}"), version=1) for n in range(5)])

    assert ended == {"done": 1, "CAMP_CHANGED": 4}
    assert (await Camp.get()).version == 2


async def test_what_members_count_on_stays_once_it_is_published(database: str) -> None:
    camp = await a_camp()
    rules: list[tuple[dict[str, Any], str]] = [
        ({"misses_allowed": 2}, "missesAllowed"),
        ({"price": 10}, "price"),
        ({"finish_points": 5}, "finishPoints"),
        ({"starts_on": TUESDAY + DAY}, "startsOn"),
    ]

    for rule, field in rules:
        refusal = await refused(changed(camp, terms(**rule), version=2))
        assert (refusal.code, refusal.field) == ("CAMP_TERMS_FIXED", field)
    after = await changed(camp, terms(title="21 天早起训练营（第二期）", seats=30), version=2)

    assert (after.title, after.seats, after.version) == ("21 天早起训练营（第二期）", 30, 3)


async def test_tasks_of_days_that_have_begun_stay(database: str) -> None:
    camp = await a_camp()
    known = {one.day: one.id for one in await CampTask.of(camp.id)}
    second = TaskTerms(3, TaskKind.POST, "换一个题目")

    refusal = await refused(changed(camp, terms(tasks=(second,)), version=2, at=STARTS + DAY))
    await changed(camp, terms(tasks=(*posts(2), second)), version=2, at=STARTS + DAY)

    assert (refusal.code, refusal.facts) in [("CAMP_DAY_BEGUN", {"day": 1}), ("CAMP_DAY_BEGUN", {"day": 2})]
    after = {one.day: one for one in await CampTask.of(camp.id)}
    assert [after[1].id, after[2].id] == [known[1], known[2]]
    assert after[3].title == "换一个题目"


async def test_seats_do_not_go_below_those_taken(database: str) -> None:
    camp = await a_camp(seats=5)
    for _ in range(3):
        await joined(camp)

    refusal = await refused(changed(camp, terms(seats=2), version=2))

    assert (refusal.code, refusal.facts) == ("CAMP_SEATS_BELOW_TAKEN", {"taken": 3})


async def test_a_camp_is_published_once_with_tasks_and_in_time(database: str) -> None:
    empty, late, good = await a_draft(tasks=()), await a_draft(), await a_draft()

    async def code(camp: Camp, at: datetime, version: int = 1) -> str:
        return (await refused(publish_camp(camp.id, expected_version=version, staff_id=STAFF_ID, at=at))).code

    assert await code(empty, NOON) == "CAMP_WITHOUT_TASKS"
    assert await code(late, STARTS) == "CAMP_OVER"
    assert await code(good, NOON, version=9) == "CAMP_CHANGED"
    await publish_camp(good.id, expected_version=1, staff_id=STAFF_ID, at=NOON)
    assert await code(good, NOON, version=2) == "CAMP_PUBLISHED"
    assert await Camp.filter(status=CampStatus.PUBLISHED).count() == 1


async def test_what_is_cancelled_is_not_changed(database: str) -> None:
    camp = await a_camp()
    await cancel_camp(camp.id, reason="讲师生病", staff_id=STAFF_ID, at=NOON)

    over = await a_camp()
    late = await refused(cancel_camp(over.id, reason="忘了", staff_id=STAFF_ID, at=over.ends_at))

    assert (late.code, (await Camp.get(id=over.id)).status) == ("CAMP_OVER", CampStatus.PUBLISHED)
    assert (await refused(changed(camp, terms(), version=3))).code == "CAMP_OVER"
    assert (await refused(cancel_camp(camp.id, reason="再取消", staff_id=STAFF_ID, at=NOON))).code == "CAMP_OVER"
    assert await AuditRow.filter(subject_id=camp.id).count() == 3


async def test_a_key_creates_one_camp(database: str) -> None:
    def once() -> Once:
        return Once.of("staff:1", "CreateCamp", "key-00000001", {"a": 1})

    first = await create_camp(terms(), staff_id=STAFF_ID, at=LONG_AGO, once=once())
    again = await create_camp(terms(), staff_id=STAFF_ID, at=LONG_AGO + timedelta(minutes=1), once=once())

    assert first.id == again.id
    assert await Camp.all().count() == 1
