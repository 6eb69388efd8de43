"""Weekly quizzes: made once a week, also after standing still, on the wall of their zone; ordered by staff alone."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models.errors import Invalid, NotFound
from models.groups.circle import Circle
from models.learning.quiz import Quiz, QuizStatus
from models.learning.quiz_series import QuizSeries, QuizSeriesChanged, QuizSeriesEnded, SeriesStatus
from models.learning.quiz_series_terms import SeriesTerms
from models.learning.quiz_series_week import QuizSeriesWeek, make_due
from models.learning.quiz_terms import DrawnRule, Pays, QuizKind
from models.learning.quiz_version import QuizVersion
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.ids import new_id
from tests.build import a_member, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_circle, a_group, a_place
from tests.learning.quizzes import DAY, MINUTE, STAFF, handed_in, points_of, questions

WEEK, HOUR = timedelta(days=7), timedelta(hours=1)
MONDAY = date(2026, 11, 23)
FRIDAY_EIGHT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
"""20:00 in Shanghai."""


async def terms(circle: Circle | None = None, **about: Any) -> SeriesTerms:
    """Two questions each Friday at eight in the evening, for a day."""
    given = {"weekday": 5, "minute": 20 * 60, "draws": (DrawnRule(2, category="汽车"),), **about}
    return SeriesTerms("汽车圈每周知识测验", (circle or await a_circle()).id, **given)


async def a_series(circle: Circle | None = None, *, at: datetime = NOON, **about: Any) -> QuizSeries:
    return await QuizSeries.order(await terms(circle, **about), staff_id=STAFF, at=at, once=None)


async def weeks_of(series: QuizSeries) -> list[tuple[date, bool]]:
    """The weeks that are settled, and whether each has its quiz."""
    rows = await QuizSeriesWeek.filter(series_id=series.id).order_by("monday")
    return [(one.monday, one.quiz_id is not None) for one in rows]


async def test_each_week_gets_its_quiz_once(database: str) -> None:
    await questions(3)
    series = await a_series(score_points=10)

    made = [await make_due(at=FRIDAY_EIGHT + after) for after in (-MINUTE, timedelta(0), MINUTE, WEEK - MINUTE, WEEK)]

    assert made == [0, 1, 0, 0, 1]
    assert await weeks_of(series) == [(MONDAY, True), (MONDAY + WEEK, True)]
    first, second = await Quiz.all().order_by("opens_at")
    assert (first.title, first.kind, first.status, first.version) == (
        "汽车圈每周知识测验（11月27日）",
        QuizKind.WEEKLY,
        QuizStatus.PUBLISHED,
        1,
    )
    assert (first.circle_id, first.opens_at, first.closes_at) == (series.circle_id, FRIDAY_EIGHT, FRIDAY_EIGHT + DAY)
    assert (first.pays, first.score_points, first.attempts_most) == (Pays.SCORE, 10, 1)
    assert second.opens_at == FRIDAY_EIGHT + WEEK
    assert (await QuizVersion.of(first.id, 1)).draws == series.terms.draws


async def test_a_member_of_the_circle_takes_it_and_is_paid(database: str) -> None:
    await questions(2)
    group = await a_group()
    member = await a_place(group)
    await a_series(await Circle.get(id=group.circle_id), score_points=10)
    await make_due(at=FRIDAY_EIGHT)
    quiz = await Quiz.get()

    await handed_in(member, quiz, 1, at=FRIDAY_EIGHT + MINUTE)

    assert await points_of(member) == 5


async def test_many_at_one_instant_make_one(database: str) -> None:
    await questions(2)
    series = await a_series()

    made = await asyncio.gather(*(QuizSeriesWeek.make(series.id, MONDAY, at=FRIDAY_EIGHT) for _ in range(10)))

    assert sum(one is not None for one in made) == 1
    assert (await Quiz.all().count(), await QuizVersion.all().count()) == (1, 1)


async def test_after_standing_still_what_is_open_is_made_and_the_rest_is_missed(database: str) -> None:
    await questions(2)
    series = await a_series()
    at = FRIDAY_EIGHT + 3 * WEEK + 23 * HOUR

    assert (await make_due(at=at), await make_due(at=at + MINUTE)) == (1, 0)
    assert await weeks_of(series) == [
        (MONDAY, False),
        (MONDAY + WEEK, False),
        (MONDAY + 2 * WEEK, False),
        (MONDAY + 3 * WEEK, True),
    ]
    quiz = await Quiz.get()
    assert (quiz.opens_at, quiz.closes_at, quiz.published_at) == (
        FRIDAY_EIGHT + 3 * WEEK,
        FRIDAY_EIGHT + 3 * WEEK + DAY,
        at,
    )


async def test_an_order_begins_with_the_next_time(database: str) -> None:
    await questions(2)
    series = await a_series(weekday=1, minute=0, window_hours=7 * 24)

    assert await make_due(at=NOON + HOUR) == 0
    assert await make_due(at=NOON + WEEK) == 1
    assert await weeks_of(series) == [(MONDAY + WEEK, True)]


@pytest.mark.parametrize(
    ("monday", "opens_at"),
    [
        (date(2026, 10, 19), datetime(2026, 10, 23, 18, 0, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 30, 19, 0, tzinfo=UTC)),
    ],
)
async def test_eight_in_the_evening_stays_eight_when_the_clocks_are_put(
    database: str, monday: date, opens_at: datetime
) -> None:
    found = await terms(zone="Europe/Berlin")

    assert found.opens_at(monday) == opens_at


async def test_a_bank_with_too_few_questions_is_told_and_tried_again(database: str) -> None:
    series = await a_series()

    assert await make_due(at=FRIDAY_EIGHT) == 0
    assert (await QuizSeries.get(id=series.id)).problem == "NOT_ENOUGH_QUESTIONS"
    assert await Quiz.all().count() == await QuizSeriesWeek.all().count() == 0
    await questions(2)

    assert await make_due(at=FRIDAY_EIGHT + HOUR) == 1
    assert (await QuizSeries.get(id=series.id)).problem is None
    assert (await Quiz.get()).opens_at == FRIDAY_EIGHT


async def test_a_series_on_another_day_makes_no_second_quiz_in_a_week(database: str) -> None:
    await questions(2)
    series = await a_series()
    await make_due(at=FRIDAY_EIGHT)
    moved = await terms(await Circle.get(id=series.circle_id), weekday=7)
    saturday = FRIDAY_EIGHT + DAY
    await QuizSeries.change(series.id, moved, expected_version=1, reason="周日人更多", staff_id=STAFF, at=saturday)

    made = [await make_due(at=saturday + n * DAY) for n in (1, 2, 8)]

    assert made == [0, 0, 1]
    assert (await Quiz.all().order_by("-opens_at").first()).opens_at == FRIDAY_EIGHT + 9 * DAY  # type: ignore[union-attr]
    assert await weeks_of(series) == [(MONDAY, True), (MONDAY + WEEK, True)]


async def test_a_time_that_has_passed_when_it_is_ordered_is_not_made_up_for(database: str) -> None:
    await questions(2)
    series = await a_series(window_hours=7 * 24)
    wednesday = NOON + 2 * DAY
    moved = await terms(await Circle.get(id=series.circle_id), weekday=2, window_hours=7 * 24)
    await QuizSeries.change(series.id, moved, expected_version=1, reason="改到周二", staff_id=STAFF, at=wednesday)

    assert [await make_due(at=wednesday + n * DAY) for n in (0, 3, 7)] == [0, 0, 1]
    assert await weeks_of(series) == [(MONDAY + WEEK, True)]


async def test_a_change_holds_from_the_next_quiz_on_and_an_end_ends(database: str) -> None:
    await questions(3)
    series = await a_series()
    await make_due(at=FRIDAY_EIGHT)
    three = await terms(await Circle.get(id=series.circle_id), draws=(DrawnRule(3),))
    changed = await QuizSeries.change(
        series.id, three, expected_version=1, reason="题目加一道", staff_id=STAFF, at=FRIDAY_EIGHT + HOUR
    )
    await make_due(at=FRIDAY_EIGHT + WEEK)
    await QuizSeries.end(series.id, reason="改为双周", staff_id=STAFF, at=FRIDAY_EIGHT + WEEK + HOUR)

    assert await make_due(at=FRIDAY_EIGHT + 2 * WEEK) == 0
    assert [one.draws[0]["count"] for one in await Quiz.all().order_by("opens_at")] == [2, 3]
    assert changed.version == 2
    ended = await QuizSeries.get(id=series.id)
    assert (ended.status, ended.version) == (SeriesStatus.ENDED, 3)
    actions = await AuditRow.filter(subject_id=series.id).order_by("id").values_list("action", "reason")
    assert actions == [
        ("create_quiz_series", None),
        ("change_quiz_series", "题目加一道"),
        ("end_quiz_series", "改为双周"),
    ]
    with pytest.raises(QuizSeriesEnded):
        await QuizSeries.end(series.id, reason="再结束", staff_id=STAFF, at=NOON)
    with pytest.raises(QuizSeriesEnded):
        await QuizSeries.change(series.id, three, expected_version=3, reason="改", staff_id=STAFF, at=NOON)


async def test_two_who_change_a_series_at_once_do_not_undo_each_other(database: str) -> None:
    series = await a_series()
    other = await terms(await Circle.get(id=series.circle_id), weekday=3)
    await QuizSeries.change(series.id, other, expected_version=1, reason="改到周三", staff_id=STAFF, at=NOON)

    with pytest.raises(QuizSeriesChanged):
        await QuizSeries.change(series.id, await terms(), expected_version=1, reason="改", staff_id=STAFF, at=NOON)
    assert (await QuizSeries.get(id=series.id)).weekday == 3


@pytest.mark.parametrize(
    ("about", "field"),
    [
        ({"weekday": 0}, "weekday"),
        ({"weekday": 8}, "weekday"),
        ({"minute": 1_440}, "minute"),
        ({"zone": "Asia/Peking"}, "zone"),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"window_hours": 169}, "windowHours"),
        ({"draws": ()}, "items"),
        ({"pass_percent": 101}, "passPercent"),
    ],
)
async def test_an_order_that_cannot_be_meant_writes_nothing(database: str, about: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await a_series(**about)

    assert refused.value.field == field
    assert await QuizSeries.all().count() == await AuditRow.filter(action="create_quiz_series").count() == 0


async def test_an_order_names_a_circle_that_is_there(database: str) -> None:
    nowhere = SeriesTerms("测验", new_id(), 1, 0, (DrawnRule(1),))
    with pytest.raises(NotFound):
        await QuizSeries.order(nowhere, staff_id=STAFF, at=NOON, once=None)


FIELDS = """series { id version status title opensAtTime draws { count category } circle { name }
    weeks(first: 5) { edges { node { monday quiz { title } } } } }"""


async def test_staff_order_change_and_end_a_series(callers: Callers) -> None:
    circle = await a_circle()
    await questions(2)
    writer = await callers.staff(await a_staff("quizzes.write", "quizzes.read", "groups.read"))
    said = {
        "title": "每周一测",
        "circleId": public_id(circle),
        "weekday": 1,
        "minute": 1200,
        "draws": [{"count": 2, "category": "汽车"}],
    }
    key = new_key()

    first = await writer.do("orderQuizSeries", {"idempotencyKey": key, "terms": said}, f"isReplay {FIELDS}")
    again = await writer.do("orderQuizSeries", {"idempotencyKey": key, "terms": said}, f"isReplay {FIELDS}")
    series_id = first["series"]["id"]
    await make_due(at=NOON + DAY)
    changed = await writer.do(
        "changeQuizSeries",
        {"quizSeriesId": series_id, "expectedVersion": 1, "terms": {**said, "minute": 540}, "reason": "改到早上"},
        FIELDS,
    )
    ended = await writer.do("endQuizSeries", {"quizSeriesId": series_id, "reason": "暂停"}, FIELDS)
    listed = await writer.data("{ quizSeries(first: 5) { edges { node { id title } } } }")

    assert (first["isReplay"], again["isReplay"], again["series"]["id"]) == (False, True, series_id)
    assert (first["series"]["opensAtTime"], changed["series"]["opensAtTime"]) == ("20:00", "09:00")
    assert first["series"]["draws"] == [{"count": 2, "category": "汽车"}]
    assert changed["series"]["weeks"]["edges"] == [
        {"node": {"monday": "2026-11-23", "quiz": {"title": "每周一测（11月23日）"}}}
    ]
    assert (ended["series"]["status"], ended["series"]["version"]) == ("ENDED", 3)
    assert [one["node"]["id"] for one in listed["quizSeries"]["edges"]] == [series_id]


async def test_only_staff_who_see_the_whole_brand_order_series(callers: Callers) -> None:
    series = await a_series()
    said = {
        "title": "测验",
        "circleId": public_id(await a_circle()),
        "weekday": 1,
        "minute": 0,
        "draws": [{"count": 1}],
    }
    acts: dict[str, dict[str, Any]] = {
        "orderQuizSeries": {"idempotencyKey": new_key(), "terms": said},
        "changeQuizSeries": {"quizSeriesId": public_id(series), "expectedVersion": 1, "terms": said, "reason": "x"},
        "endQuizSeries": {"quizSeriesId": public_id(series), "reason": "x"},
    }
    narrow = await callers.staff(await a_staff("quizzes.write", "quizzes.read", scope=DataScope.REGION, region="华东"))
    member, reader = await callers.member(await a_member()), await callers.staff(await a_staff("quizzes.read"))

    for act, given in acts.items():
        kind = act[0].upper() + act[1:]
        document = f"mutation($input: {kind}Input!) {{ {act}(input: $input) {{ userErrors {{ code }} }} }}"
        assert await narrow.refusal(act, given) == "NOT_FOUND"
        assert await member.error(document, input=given) == "FORBIDDEN"
        assert await reader.error(document, input=given) == "FORBIDDEN"
        assert await callers.nobody().error(document, input=given) == "UNAUTHENTICATED"
    seen = await narrow.data("{ quizSeries(first: 5) { edges { node { id } } } }")
    assert seen["quizSeries"]["edges"] == []
    assert (await QuizSeries.get()).version == 1
