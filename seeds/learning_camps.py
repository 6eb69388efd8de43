"""Three camps: one of seven days that is over and brought certificates, one of fourteen days that goes on, and one that
is open for signing up. Some hand in every day, some miss a day and make it up, and a few give up."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial

from models.learning.camp import Camp
from models.learning.camp_certificate import CampCertificate
from models.learning.camp_making_up import CampNotMadeUp, NotInCamp
from models.learning.camp_notice import remind_due
from models.learning.camp_place import CampPlace
from models.learning.camp_post import CampPost
from models.learning.camp_settlement import move_camps_on
from models.learning.camp_task import CampTask
from models.learning.camp_terms import CampTerms, MissRule, TaskKind, TaskTerms
from models.learning.camp_version import create_camp, publish_camp
from models.points.entry import InsufficientPoints
from seeds.community import Act, Community
from seeds.learning_camp_texts import PARENTS_TASK, READING_TASKS, WORDS, WRITING_TASKS
from seeds.personas import Habit, Persona
from store.database import savepoint
from store.settings import settings

READING, WRITING, PARENTS = "7 天早起读书营", "14 天生活观察写作营", "21 天亲子共读营"
READ_AGO, WRITTEN_AGO, AHEAD = 13, 5, 4
MEMBERS_MOST = 24
_DAY = timedelta(days=1)


def acts(community: Community) -> Iterator[Act]:
    calendar = community.calendar
    read_on, written_on = calendar.today - READ_AGO * _DAY, calendar.today - WRITTEN_AGO * _DAY
    ahead_on = calendar.today + AHEAD * _DAY
    yield from _opened(community, _reading(read_on), before=4)
    yield from _opened(community, _writing(written_on), before=4)
    yield from _opened(community, _parents(ahead_on), before=AHEAD + 3)
    # The one that `make token` logs in writes as well: every day so far, and today's is open still.
    yield from _told(community, WRITING, written_on, 14, with_first=True)
    yield from _told(community, READING, read_on, 7, with_first=False)
    for number, persona in enumerate(_cast(community, calendar.today - 2 * _DAY, with_first=False)[:6]):
        yield Act(calendar.at(calendar.today - 2 * _DAY, 12 + number), partial(_join, community, persona, PARENTS))
    for day in [read_on + n * _DAY for n in range(READ_AGO + 1)]:
        yield Act(calendar.at(day, 0.1), move_camps_on)
        yield Act(calendar.at(day, 20.1), remind_due)
    yield Act(calendar.at(written_on + 2 * _DAY, 22), partial(_edit, community))
    yield Act(calendar.at(read_on + 9 * _DAY, 10), partial(_withdraw, community))


def _posts(texts: tuple[str, ...]) -> tuple[TaskTerms, ...]:
    return tuple(TaskTerms(day, TaskKind.POST, text, words_least=5) for day, text in enumerate(texts, start=1))


def _reading(starts_on: date) -> CampTerms:
    return CampTerms(
        READING,
        days=7,
        starts_on=starts_on,
        tasks=_posts(READING_TASKS),
        summary="早起二十分钟，七天读完一本书；允许缺勤一天。",
        zone=settings().brand_zone,
        day_start_hour=settings().day_start_hour,
        price=20,
        seats=30,
        misses_allowed=1,
        finish_points=60,
        certificate_days=365,
        remind_hour=20,
    )


def _writing(starts_on: date) -> CampTerms:
    """Words every day, and a check-in besides on the last of each week."""
    check_ins = tuple(TaskTerms(day, TaskKind.CHECK_IN, "完成今天的签到") for day in (7, 14))
    return CampTerms(
        WRITING,
        days=14,
        starts_on=starts_on,
        tasks=(*_posts(WRITING_TASKS), *check_ins),
        summary="每天一个题目，写不少于五个字；错过两天以内可以补交。",
        zone=settings().brand_zone,
        day_start_hour=settings().day_start_hour,
        seats=30,
        late_until_day=2,
        misses_allowed=2,
        miss_rule=MissRule.GO_ON,
        allows_late=True,
        make_ups_most=2,
        finish_points=120,
        remind_hour=20,
    )


def _parents(starts_on: date) -> CampTerms:
    tasks = tuple(
        TaskTerms(day, TaskKind.POST, f"第 {day} 天：{PARENTS_TASK}", pictures_least=1) for day in range(1, 22)
    )
    return CampTerms(
        PARENTS,
        days=21,
        starts_on=starts_on,
        tasks=tasks,
        summary="每天共读十五分钟，连续二十一天；名额有限，满员可候补。",
        zone=settings().brand_zone,
        day_start_hour=settings().day_start_hour,
        price=30,
        seats=5,
        has_waiting_list=True,
        misses_allowed=3,
        allows_late=True,
        finish_points=200,
        remind_hour=19,
    )


def _opened(community: Community, terms: CampTerms, *, before: int) -> Iterator[Act]:
    """Published some days before it begins."""

    async def publish(*, at: datetime) -> None:
        draft = await create_camp(terms, staff_id=community.owner.id, at=at, once=None)
        await publish_camp(draft.id, expected_version=1, staff_id=community.owner.id, at=at)

    yield Act(community.calendar.at(terms.starts_on - before * _DAY, 10), publish)


def _told(community: Community, title: str, starts_on: date, days: int, *, with_first: bool) -> Iterator[Act]:
    """Who signs up, and what it hands in day by day."""
    calendar, chance = community.calendar, community.chance
    for number, persona in enumerate(_cast(community, starts_on - 2 * _DAY, with_first=with_first)):
        at = calendar.at(starts_on - 2 * _DAY, 9 + number / 4)
        yield Act(at, partial(_join, community, persona, title))
        is_steady = persona.number == 0 or number % 4 != 3
        for day in range(1, days + 1):
            date = starts_on + (day - 1) * _DAY
            if date == calendar.today and persona.number == 0:
                continue
            if is_steady or chance.random() < 0.6:
                at = calendar.moment(date, chance)
                yield Act(at, partial(_hand_in, community, persona, title, day, chance.choice(WORDS)))
            elif chance.random() < 0.5:
                at = calendar.at(date + _DAY, 8 + number / 10)
                yield Act(at, partial(_hand_in, community, persona, title, day, "昨天加班到太晚，今天补上。"))


def _cast(community: Community, before: date, *, with_first: bool) -> list[Persona]:
    found = community.with_habit(Habit.ACTIVE, Habit.PASSIVE, joined_before=before)
    first = [one for one in found if one.number == 0 and with_first]
    others = [one for one in found if one.number > 0]
    return [*first, *others[:: max(len(others) // MEMBERS_MOST, 1)]][:MEMBERS_MOST]


async def _join(community: Community, persona: Persona, title: str, *, at: datetime) -> None:
    """Somebody signs up who has the points, or waits."""
    camp, member_id = await Camp.get(title=title), community.member_of(persona).id
    try:
        async with savepoint():
            await CampPlace.join(member_id, camp.id, at=at, once=None, waits=True)
    except InsufficientPoints:
        return


async def _hand_in(community: Community, persona: Persona, title: str, day: int, words: str, *, at: datetime) -> None:
    """Hand in a day's words; who did not get in, or is out, or late where that is of no use, does not."""
    camp = await Camp.get(title=title)
    task = await CampTask.get(camp_id=camp.id, day=day, position=0)
    try:
        async with savepoint():
            await CampPost.hand_in(community.member_of(persona).id, task.id, words=words, pictures=(), at=at)
    except (NotInCamp, CampNotMadeUp):
        return


async def _edit(community: Community, *, at: datetime) -> None:
    """Staff show two posts to the camp, and take one out."""
    camp = await Camp.get(title=WRITING)
    posts = await CampPost.filter(camp_id=camp.id).order_by("id").limit(8)
    for post in posts[1:3]:
        await CampPost.show(post.id, is_showcase=True, staff_id=community.owner.id, at=at)
    for post in posts[7:]:
        await CampPost.void(post.id, reason="内容与题目无关，请重新提交", staff_id=community.owner.id, at=at)


async def _withdraw(community: Community, *, at: datetime) -> None:
    """One certificate did not hold."""
    camp = await Camp.get(title=READING)
    for certificate in (await CampCertificate.filter(camp_id=camp.id).order_by("id"))[4:5]:
        reason = "经核实作业系转载"
        await CampCertificate.withdraw(certificate.id, reason=reason, staff_id=community.owner.id, at=at)
