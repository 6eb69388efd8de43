"""The demo community keeps every promise that a community of requests keeps."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

import seeds
from auth import demo as demo_logins
from models.checkins.card import CheckInCard
from models.checkins.check_in import CheckIn
from models.checkins.plan import CheckInPlan
from models.checkins.streak import Progress, Streak
from models.groups.group import Group
from models.groups.membership import Membership
from models.groups.role import Role
from models.insight.board_drift import drift
from models.learning.question_standing import QuestionStanding
from models.learning.quiz import Quiz
from models.learning.quiz_analysis import QuizAnalysis
from models.learning.quiz_answer import QuizAnswer
from models.learning.quiz_attempt import AttemptState, QuizAttempt
from models.learning.quiz_notice import QuizNotice
from models.learning.quiz_series_week import QuizSeriesWeek
from models.learning.quiz_standing import QuizStanding
from models.learning.quiz_terms import QuizKind
from models.members.ladder import LadderStep, MemberLadder
from models.members.member import Member
from models.members.member_tag import MemberTag
from models.members.segment import Segment
from models.members.segment_snapshot import SegmentSnapshot
from models.members.tag import Tag
from models.play.draw import Draw, DrawState
from models.play.draw_entry import DrawEntry
from models.play.draw_result import DrawResult
from models.play.prize_claim import PrizeClaim
from models.points.earning import Earning
from models.points.entry import PointEntry
from models.points.expiry_notice import ExpiryNotice
from models.points.gift import PointGift
from models.points.level_change import LevelChange
from models.points.level_standing import LevelCause
from models.points.level_upkeep import level_drift
from models.points.reconciliation import reconcile
from models.spread.arrival import Arrival
from models.spread.channel_funnel import funnel
from models.spread.referral import Referral
from models.spread.referral_audit import audit_referrals
from models.staff.api_key import ApiKey
from models.staff.staff import Staff
from platforms.wechat.fake import FakeWeChat
from seeds import checkins, draws, groups, learning_series, members, points, staff
from seeds.calendar import Calendar
from seeds.community import Community
from seeds.demo import SEED, plant_demo
from seeds.personas import Persona, cast
from store.clock import business_day
from store.database import fetch, fetch_value
from store.outbox import Outbox
from store.settings import Settings
from tests.conftest import NOON
from tests.seeds.conftest import DAYS, SIZE


async def _default_streaks() -> dict[str, Streak]:
    plan = await CheckInPlan.chosen(None)
    return {str(streak.member_id): streak for streak in await Streak.filter(plan_id=plan.id)}


async def test_it_has_all_its_parts(demo: None) -> None:
    counts = {
        table: await fetch_value(f"SELECT count(*) FROM {table}")
        for table in ("circle", "member", "staff", "level", "daily_brief", "check_in_plan", "check_in_void")
    }
    assert counts == {
        "circle": 8,
        "member": SIZE,
        "staff": 3,
        "level": 6,
        "daily_brief": 8 * 7,
        "check_in_plan": 2,
        "check_in_void": 1,
    }
    assert await Group.all().count() == 12
    assert await fetch_value("SELECT count(*) FROM (SELECT circle_id, name FROM chat_group GROUP BY 1, 2) AS s") == 8


async def test_its_quizzes_have_results_and_a_text_that_waits(demo: None) -> None:
    states = Counter(attempt.state for attempt in await QuizAttempt.all())
    kinds = Counter(quiz.kind for quiz in await Quiz.all())
    assert (kinds[QuizKind.WEEKLY], kinds[QuizKind.PRACTICE]) == (1 + learning_series.WEEKS, 1)
    # Of eight evenings one was a holiday, and one was called off.
    assert kinds[QuizKind.HOMEWORK] == 6
    assert await Quiz.filter(kind=QuizKind.HOMEWORK, course_session_id=None).count() == 0
    assert states[AttemptState.GRADED] > 20
    assert (states[AttemptState.OPEN], states[AttemptState.WAITING]) == (1, 4)
    assert await QuizAnswer.filter(needs_marker=True).count() == 4
    assert await Earning.filter(source__startswith="quiz:").count() > 5
    assert await QuestionStanding.filter(is_right=False).count() > 0
    for standing in await QuizStanding.all():
        attempts = await QuizAttempt.filter(
            quiz_id=standing.quiz_id, member_id=standing.member_id, score__not_isnull=True
        )
        assert (standing.graded, standing.best) == (len(attempts), max(one.score or 0 for one in attempts))


async def test_its_weekly_quiz_is_made_taken_reminded_of_and_analysed(demo: None) -> None:
    weeks = await QuizSeriesWeek.all().order_by("monday")
    taken = [await QuizAttempt.filter(quiz_id=week.quiz_id, state=AttemptState.GRADED).count() for week in weeks]
    assert len(weeks) == learning_series.WEEKS
    assert all(count > 0 for count in taken)
    assert [(await QuizAnalysis.get(quiz_id=week.quiz_id)).attempts for week in weeks] == taken
    assert await QuizNotice.filter(quiz_id=weeks[-1].quiz_id).count() > 0
    assert await PointEntry.filter(reason="quiz_score", amount__gt=0).count() > 0


async def test_its_ledger_is_balanced(demo: None) -> None:
    assert await PointEntry.all().count() > 1000
    assert await reconcile() == []


async def test_its_points_lapse_and_are_given(demo: None) -> None:
    lots = await fetch(
        "SELECT count(*) AS soon FROM point_lot WHERE remaining > 0 AND expires_at < $1", NOON + timedelta(days=30)
    )
    assert lots[0]["soon"] >= 4
    assert await PointGift.all().count() >= 5
    assert {notice.days_before for notice in await ExpiryNotice.all()} == {30, 7, 1}
    assert await PointEntry.filter(reason="expired").count() >= 2


async def test_its_levels_are_what_growth_and_history_say(demo: None) -> None:
    assert await level_drift() == []
    causes = Counter(change.cause for change in await LevelChange.all())
    assert causes[LevelCause.REACHED] > 0


async def test_its_members_bear_tags_and_stand_on_the_ladder(demo: None) -> None:
    steps = Counter(standing.step for standing in await MemberLadder.all())
    assert set(steps) >= {LadderStep.CUSTOMER, LadderStep.MEMBER, LadderStep.PARTNER}
    assert await Tag.all().count() == 11
    assert await MemberTag.all().count() > SIZE


async def test_its_segments_find_somebody(demo: None) -> None:
    sizes = {segment.name: await segment.size(at=NOON) for segment in await Segment.all()}
    assert len(sizes) == 6
    assert sizes["川渝女性"] > 0
    assert (await SegmentSnapshot.get()).member_count == sizes["川渝女性"]


async def test_its_boards_equal_sql_and_nothing_waits(own_demo: None) -> None:
    assert await drift(at=NOON) == []
    assert await Outbox.all().count() == 0


async def test_a_third_is_active_a_third_passive_a_third_silent(demo: None) -> None:
    """By check-ins a week over the days that a member has been there."""
    kinds: Counter[str] = Counter()
    daily = await CheckInPlan.chosen(None)
    for number, member in enumerate(await Member.all().order_by("joined_at", "id")):
        count = await CheckIn.filter(member_id=member.id, plan_id=daily.id).count()
        present = min(DAYS, (NOON - member.joined_at).days)
        if number == 0 or present < 14:
            continue
        weekly = count * 7 / present
        kinds["silent" if weekly == 0 else "passive" if weekly < 3 else "active"] += 1
    assert set(kinds) == {"silent", "passive", "active"}
    assert max(kinds.values()) - min(kinds.values()) <= 2


async def test_groups_count_their_members_and_have_one_owner(demo: None) -> None:
    for group in await Group.all():
        places = await Membership.filter(group_id=group.id)
        roles = Counter(place.role for place in places)
        assert group.member_count == len(places) <= group.member_cap
        assert roles[Role.OWNER] <= 1
        assert roles[Role.ADMIN] <= group.admin_seats_most


async def test_referrals_make_a_forest(demo: None) -> None:
    inviter = {row.invitee_id: row.inviter_id for row in await Referral.all()}
    joined = {member.id: member.joined_at for member in await Member.all()}
    assert SIZE // 4 < len(inviter) < SIZE
    assert all(joined[inviter[one]] < joined[one] for one in inviter)
    assert max(one.depth for one in await Referral.all()) >= 3
    assert await audit_referrals() == []


def test_the_whole_demo_has_branches_of_nine_steps() -> None:
    depths: list[int] = []
    for persona in cast(300, Calendar(NOON, 60), Random(SEED)):
        depths.append(0 if persona.inviter is None else 1 + depths[persona.inviter])
    assert max(depths) >= 9


async def test_streaks_are_those_of_the_check_ins(demo: None) -> None:
    plan = await CheckInPlan.chosen(None)
    for member_id, streak in (await _default_streaks()).items():
        covered = await CheckInCard.covered_days(streak.member_id, plan.id)
        progress = Progress()
        for check_in in await CheckIn.standing_days(streak.member_id, plan.id):
            progress = progress.advance(check_in.business_day, plan, covered)
        assert streak.progress == progress, member_id


async def test_cards_were_bought_and_used(demo: None) -> None:
    used = await CheckInCard.filter(used_for__isnull=False)
    assert {card.kind.value for card in used} == {"make_up", "freeze"}


async def test_a_wheel_goes_on_and_a_scheduled_draw_has_its_winners(demo: None) -> None:
    wheel, scheduled = await Draw.get(title=draws.WHEEL), await Draw.get(title=draws.SCHEDULED)
    assert (wheel.state, scheduled.state) == (DrawState.PUBLISHED, DrawState.ENDED)
    assert await DrawResult.filter(draw_id=wheel.id).count() >= 10
    winners = await DrawResult.filter(draw_id=scheduled.id, prize_id__isnull=False).count()
    assert winners == min(14, await DrawEntry.filter(draw_id=scheduled.id).count())
    assert await PrizeClaim.filter(draw_id=scheduled.id, state="fulfilled").count() == 1


@pytest.mark.parametrize("hour", [-12, 0, 11.99], ids=["midnight", "noon", "late"])
async def test_nothing_happens_after_the_present(database: str, empty_redis: str, hour: float) -> None:
    now = NOON + timedelta(hours=hour, seconds=1)
    await plant_demo(now=now, size=12, days=15)
    for table, column in (("check_in", "created_at"), ("point_entry", "posted_at"), ("membership", "joined_at")):
        [row] = await fetch(f"SELECT count(*) AS late FROM {table} WHERE {column} > $1", now)
        assert row["late"] == 0, table
    assert await reconcile() == []


async def test_the_member_of_the_token_completes_a_cycle_today(own_demo: None) -> None:
    first = await Member.filter(status="normal").order_by("joined_at", "id").first()
    assert first is not None
    plan = await CheckInPlan.chosen(None)
    check_in = await CheckIn.record(first.id, plan, at=NOON)
    assert (check_in.day_index, check_in.points_paid) == (7, 40)


async def test_logins_are_those_that_are_printed(demo: None) -> None:
    assert tuple(name for name, *_ in staff.COLLEAGUES) == demo_logins.DEMO_COLLEAGUES
    assert demo_logins.DEMO_PASSWORD == staff.DEMO_PASSWORD
    assert demo_logins.DEMO_KEY == staff.PARTNER_KEY
    assert FakeWeChat().app_id == members.FAKE_APP_ID
    assert {one.name for one in await Staff.all()} == set(demo_logins.DEMO_COLLEAGUES)
    assert await ApiKey.exists(name=demo_logins.DEMO_KEY)


async def test_it_is_planted_once(own_demo: None) -> None:
    assert await seeds.is_planted()
    before = await CheckIn.all().count()
    with pytest.raises(seeds.AlreadyPlanted, match="holds a community already"):
        await seeds.plant()
    with pytest.raises(seeds.AlreadyPlanted):
        await plant_demo(now=NOON, size=SIZE, days=DAYS)
    with pytest.raises(seeds.AlreadyPlanted):
        await seeds.plant(scale=100)
    assert (await Member.all().count(), await CheckIn.all().count()) == (SIZE, before)


async def test_a_planting_that_fails_leaves_nothing(
    database: str, empty_redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*_: object, **__: object) -> None:
        raise ConnectionError("the database went away")

    monkeypatch.setattr(CheckIn, "record", lost)
    with pytest.raises(ConnectionError):
        await plant_demo(now=NOON, size=6, days=7)
    assert not await seeds.is_planted()
    assert (await Member.all().count(), await Staff.all().count()) == (0, 0)


async def test_it_is_not_planted_in_production(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    production = Settings(environment="production", secret_key="x" * 32, wechat_app_id="wx1", wechat_secret="s")
    monkeypatch.setattr(seeds, "settings", lambda: production)
    with pytest.raises(seeds.NotHere):
        await seeds.plant()
    assert not await seeds.is_planted()


def test_every_moment_lies_in_its_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on the day that has 23 hours, where the brand's clocks go forward."""
    new_york = Settings(brand_zone="America/New_York", day_start_hour=4)
    monkeypatch.setattr("store.brand_day.settings", lambda: new_york)
    days = Calendar(datetime(2026, 3, 20, tzinfo=UTC), 30)
    chance = Random(1)
    for day in days.days:
        moments = [days.moment(day, chance) for _ in range(200)]
        assert {business_day(at, "America/New_York", 4) for at in moments} == {day}


def test_it_tells_the_same_story_every_time() -> None:
    def told() -> tuple[list[Persona], list[datetime]]:
        chance, days = Random(SEED), Calendar(NOON, DAYS)
        community = Community(days, chance, cast(SIZE, days, chance))
        areas = (members, groups, checkins, points)
        return community.personas, [act.at for area in areas for act in area.acts(community)]

    personas, instants = told()
    assert (personas, instants) == told()
    assert len({persona.name.nickname for persona in personas}) == SIZE
    assert len(instants) > 400


async def test_its_people_came_by_channels(demo: None) -> None:
    rows = await funnel(NOON - timedelta(days=200), NOON, at=NOON)
    named = [row for row in rows if row.key]

    assert len(named) == 6
    assert all(row.visits >= row.visitors >= row.registered for row in rows)
    assert sum(row.registered for row in rows) == await Arrival.filter(member__is_staff=False).count() > 0
