"""What members hand in: once a task, in time, enough of it; and what staff make of it."""

from datetime import timedelta
from typing import Any

import pytest

from models.groups.role import Role
from models.learning.camp_cancellation import cancel_camp
from models.learning.camp_place import CampPlace
from models.learning.camp_post import CampPost
from models.learning.camp_progress import camp_progress
from models.learning.camp_settlement import settle_due
from models.learning.camp_tally import PlaceState
from models.learning.camp_task import CampTask
from models.learning.camp_terms import TaskKind, TaskTerms
from models.members.erasure import erase
from models.members.member import MemberStatus
from models.staff.audit import AuditRow
from tests.build import a_member
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.learning.camps import DAY, STAFF_ID, STARTS, a_camp, handed_in, joined, now, outcomes_of, posts
from tests.mall.build import outcomes, refused

REASON = "与主题无关"


async def voided(post: CampPost, at: Any) -> CampPost:
    return await CampPost.void(post.id, reason=REASON, staff_id=STAFF_ID, at=at)


async def test_a_task_is_handed_in_once_however_often_it_is_sent(database: str) -> None:
    place = await joined(await a_camp())

    ended = await outcomes([handed_in(place, 1) for _ in range(6)])

    assert ended == {"done": 1, "ALREADY_HANDED_IN": 5}
    post = await CampPost.get()
    assert (post.words, post.pictures, post.is_late, post.day) == ("早起、跑步、读书", [], False, 1)


async def test_a_day_is_locked_until_it_begins(database: str) -> None:
    place = await joined(await a_camp())

    refusal = await refused(handed_in(place, 2, at=STARTS + DAY - timedelta(microseconds=1)))

    assert (refusal.code, refusal.retry_at) == ("CAMP_DAY_LOCKED", STARTS + DAY)
    assert await CampPost.all().count() == 0
    assert (await handed_in(place, 1, at=STARTS)).day == 1


@pytest.mark.parametrize(
    ("words", "pictures", "field"),
    [
        ("短", ("/media/a.jpg",), "words"),
        ("今天早起读了半小时书", (), "pictures"),
        ("今天早起读了半小时书", ("javascript:alert(1)",), "pictures"),
        ("今天早起读了半小时书", ("/media/a.jpg",) * 10, "pictures"),
        (None, (), "words"),
        ("长" * 1_001, ("/media/a.jpg",), "words"),
    ],
)
async def test_less_than_the_task_asks_for_is_refused(
    database: str, words: str | None, pictures: tuple[str, ...], field: str
) -> None:
    task = TaskTerms(1, TaskKind.POST, "读书", words_least=5, pictures_least=1)
    place = await joined(await a_camp(tasks=(task,)))
    found = await CampTask.get()

    refusal = await refused(
        CampPost.hand_in(place.member_id, found.id, words=words, pictures=pictures, at=STARTS + DAY / 2)
    )

    assert (refusal.code, refusal.field) == ("INVALID_INPUT", field)
    assert await CampPost.all().count() == 0


async def test_only_who_takes_part_hands_in(database: str) -> None:
    camp = await a_camp(seats=1, has_waiting_list=True)
    place = await joined(camp)
    waiting = await joined(camp, waits=True)
    task = await CampTask.get(camp_id=camp.id, day=1)
    stranger = await a_member()

    async def code(member_id: Any) -> str:
        act = CampPost.hand_in(member_id, task.id, words="好", pictures=(), at=STARTS + DAY / 2)
        return (await refused(act)).code

    assert await code(stranger.id) == "NOT_IN_CAMP"
    assert await code(waiting.member_id) == "NOT_IN_CAMP"
    await cancel_camp(camp.id, reason="停办", staff_id=STAFF_ID, at=STARTS + DAY / 4)
    assert await code(place.member_id) == "NOT_IN_CAMP"
    assert await CampPost.all().count() == 0


async def test_who_is_out_hands_in_nothing_more_also_before_the_job_says_so(database: str) -> None:
    place = await joined(await a_camp())

    refusal = await refused(handed_in(place, 2))

    assert refusal.code == "NOT_IN_CAMP"
    assert (await now(place)).state is PlaceState.JOINED
    await settle_due(at=STARTS + 2 * DAY)
    assert (await now(place)).state is PlaceState.FAILED


async def test_who_is_muted_shows_nothing(database: str) -> None:
    camp = await a_camp()
    muted = await a_member()
    place = await joined(camp, muted)
    await type(muted).filter(id=muted.id).update(status=MemberStatus.MUTED)

    assert (await refused(handed_in(place, 1))).code == "MEMBER_MUTED"


async def test_who_is_muted_in_the_group_shows_nothing_in_its_camp(database: str) -> None:
    from models.groups.membership import Membership

    group = await a_group()
    camp, member = await a_camp(group_id=group.id), await a_place(group, role=Role.MEMBER)
    place = await joined(camp, member)
    await Membership.filter(member_id=member.id).update(muted_until=STARTS + 9 * DAY)

    assert (await refused(handed_in(place, 1))).code == "MUTED_IN_GROUP"
    assert await CampPost.all().count() == 0


async def test_a_task_of_another_kind_is_not_handed_in(database: str) -> None:
    place = await joined(await a_camp(tasks=posts(3, TaskKind.CHECK_IN)))

    assert (await refused(handed_in(place, 1))).code == "NOT_FOUND"


async def test_staff_show_one_as_an_example(database: str) -> None:
    post = await handed_in(await joined(await a_camp()), 1)

    shown = await CampPost.show(post.id, is_showcase=True, staff_id=STAFF_ID, at=STARTS + DAY / 2)
    audited = await AuditRow.get(subject_id=post.id)

    assert shown.is_showcase
    assert (audited.action, audited.before, audited.after) == (
        "show_camp_post",
        {"is_showcase": False},
        {"is_showcase": True},
    )


async def test_a_void_within_the_day_opens_the_task_again(database: str) -> None:
    place = await joined(await a_camp(1))
    post = await handed_in(place, 1)
    await voided(post, STARTS + DAY / 2)

    await handed_in(place, 1, at=STARTS + DAY * 0.9)
    await settle_due(at=STARTS + DAY)

    assert await outcomes_of(place) == {1: "done"}
    assert await CampPost.all().count() == 2


async def test_a_void_after_the_day_makes_it_missed(database: str) -> None:
    place = await joined(await a_camp(3, misses_allowed=1))
    first, second = await handed_in(place, 1), await handed_in(place, 2)

    await voided(first, STARTS + 2 * DAY)
    one = await now(place)
    await voided(second, STARTS + 2 * DAY + timedelta(hours=1))
    found = await now(place)

    assert (one.state, one.done_days, one.missed_days) == (PlaceState.JOINED, 1, 1)
    assert await outcomes_of(place) == {1: "missed", 2: "missed"}
    assert (found.state, found.ended_at) == (PlaceState.FAILED, STARTS + 2 * DAY + timedelta(hours=1))
    again = await refused(voided(second, STARTS + 3 * DAY))
    assert again.code == "CAMP_POST_VOIDED"
    audited = await AuditRow.filter(action="void_camp_post").order_by("id")
    assert [row.reason for row in audited] == [REASON, REASON]


async def test_a_void_changes_nothing_of_what_has_ended(database: str) -> None:
    place = await joined(await a_camp(1, finish_points=10))
    post = await handed_in(place, 1)
    await settle_due(at=STARTS + DAY)

    await voided(post, STARTS + 2 * DAY)

    assert ((await now(place)).state, await outcomes_of(place)) == (PlaceState.FINISHED, {1: "done"})


async def test_a_void_without_a_reason_is_refused(database: str) -> None:
    post = await handed_in(await joined(await a_camp()), 1)

    refusal = await refused(CampPost.void(post.id, reason=" ", staff_id=STAFF_ID, at=NOON))

    assert (refusal.code, (await CampPost.get()).voided_at) == ("INVALID_INPUT", None)


async def test_words_go_with_who_is_erased(database: str) -> None:
    place = await joined(await a_camp())
    await handed_in(place, 1)

    await erase(place.member_id, at=STARTS + DAY / 2)

    post = await CampPost.get()
    assert (post.words, post.pictures) == (None, [])


async def test_progress_tells_every_day_as_it_stands(database: str) -> None:
    tasks = tuple(TaskTerms(day, TaskKind.POST, f"第 {day} 天") for day in (1, 2, 3, 4, 6))
    camp = await a_camp(6, tasks=tasks, misses_allowed=2, allows_late=True, late_until_day=6)
    place, other = await joined(camp), await joined(camp)
    await handed_in(place, 1)
    await handed_in(place, 2, at=STARTS + 2 * DAY)
    await handed_in(other, 1)
    await handed_in(other, 2)
    at = STARTS + 3 * DAY + timedelta(hours=8)

    found = await camp_progress(place.member_id, camp.id, at=at)
    late = await camp_progress((await joined(camp, at=at)).member_id, camp.id, at=at)

    assert found is not None
    assert late is not None
    assert [one.state for one in found.days] == ["done", "made_up", "missed", "open", "rest", "ahead"]
    assert [one.state for one in late.days] == ["not_owed", "not_owed", "not_owed", "open", "rest", "ahead"]
    assert (found.tally.done, found.tally.missed, found.misses_left) == (2, 1, 1)
    assert [len(one.tasks) for one in found.days] == [1, 1, 1, 1, 0, 0]
    assert [one.is_done for day in found.days for one in day.tasks] == [True, True, False, False]
    assert (found.ranked, late.ranked) == (2, 3)
    assert await CampPlace.filter(camp_id=camp.id).count() == 3
    await handed_in(place, 4)
    again = await camp_progress(place.member_id, camp.id, at=STARTS + 3 * DAY + timedelta(hours=10))
    assert again is not None
    assert again.days[3].state == "done"
    assert await camp_progress((await a_member()).id, camp.id, at=at) is None
