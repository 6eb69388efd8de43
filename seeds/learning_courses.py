"""Courses: three that come back every week, with what happens to a timetable, and two tastings with their warm-ups.

Of the fixed ones 60 days lie behind and some weeks ahead; a holiday was left out, one session was moved, one called off
and made up for, and one given by a substitute. Of the tastings one was held, and one is being warmed up for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from models.learning.course import Course
from models.learning.course_decision import CourseDecision, DecisionOutcome
from models.learning.course_session import CourseSession, SessionTerms
from models.learning.course_slot import CourseSlot, SlotTerms
from models.learning.course_terms import CourseKind, CourseTerms, Medium
from models.learning.holiday import Holiday
from models.learning.session_cancel import cancel_session
from models.learning.session_move import move_session
from models.learning.substitution import substitute
from models.learning.teacher import Teacher, TeacherTerms
from models.learning.timetable import Series, make_sessions
from models.learning.warm_up import WarmUpChannel, WarmUpState, WarmUpTask, WarmUpTerms
from seeds.community import Act, Community
from seeds.personas import Habit

WEEKS_AHEAD = 4
EVENING = 20 * 60
HOLIDAY = "品牌店庆日"
HELD, COMING = "手冲咖啡与岩茶之夜", "新茶品鉴会"
HELD_AGO, COMING_IN = 21, 5
PRICES = {COMING: 10}
"""What comes has a seat for one member in twenty, so that some wait for one."""
_DAY = timedelta(days=1)

TEACHERS = (
    TeacherTerms("周岚", title="行业分析师", bio="十二年汽车与消费行业研究，擅长把报告讲成故事。"),
    TeacherTerms("苏晴", title="高级茶艺师", bio="武夷山驻地十年，主持百余场茶会。"),
    TeacherTerms("何志远", title="跨界创业者", bio="三家门店的主理人，社群运营爱好者。"),
)


@dataclass(frozen=True)
class Weekly:
    """A course of every week: on which weekday, by which of the teachers, and what its sessions were about."""

    title: str
    summary: str
    weekday: int
    teacher: str
    topics: tuple[str, ...]


WEEKLY = (
    Weekly(
        "周一行业观察",
        "每周一晚，用四十分钟看懂一个行业正在发生的变化。",
        1,
        "周岚",
        ("新能源车怎么选", "社区商业的第二春", "直播电商退潮之后", "县城里的咖啡馆", "储能到底储什么"),
    ),
    Weekly(
        "周三生活美学",
        "茶、花、器物与节气，把日子过得更讲究一点。",
        3,
        "苏晴",
        ("一杯好茶的水温", "瓶花入门", "认识建盏", "家常餐桌的摆法", "香道初识"),
    ),
    Weekly(
        "周五达人分享",
        "社群里的达人轮流开讲：自驾、跑步、理财、摄影。",
        5,
        "何志远",
        ("川西自驾十日", "第一次跑半马", "记账三年的收获", "手机拍出好照片", "开一家小店要想清楚的事"),
    ),
)

PLAN = (
    WarmUpTerms(-14, "发布悬念海报", WarmUpChannel.GROUP_CHAT, copy="两周后的晚上，有一杯值得等的茶。"),
    WarmUpTerms(-12, "公布嘉宾与主题", WarmUpChannel.OFFICIAL_ACCOUNT, copy="这一次，请来武夷山的苏晴老师。"),
    WarmUpTerms(-10, "嘉宾短视频一", WarmUpChannel.SHORT_VIDEO, copy="三十秒，看懂什么叫岩骨花香。"),
    WarmUpTerms(-7, "开放报名", WarmUpChannel.MINI_PROGRAM, copy="名额有限，先到先得，满员可候补。"),
    WarmUpTerms(-5, "群内问答：你喝过最难忘的茶", WarmUpChannel.GROUP_CHAT, copy="说出你的故事，抽三位送茶样。"),
    WarmUpTerms(-3, "核心会员一对一邀请", WarmUpChannel.PRIVATE_CHAT, copy="给您留了一个靠前的座位。"),
    WarmUpTerms(-1, "倒计时海报", WarmUpChannel.MOMENTS, copy="明晚八点，不见不散。"),
    WarmUpTerms(0, "开课前两小时提醒", WarmUpChannel.GROUP_CHAT, copy="今晚八点，茶已备好。"),
)


def acts(community: Community) -> Iterator[Act]:
    calendar = community.calendar
    yield Act(calendar.at(calendar.first_day, 8), partial(_opened, community))
    for days_ago, deed in ((20, _taken_by_a_member), (16, _called_off), (1, _moved)):
        # A short story begins too late for some of it.
        if days_ago < calendar.length:
            yield Act(calendar.at(calendar.today - days_ago * _DAY, 10), partial(deed, community))
    yield from _tasting(community, HELD, calendar.today - HELD_AGO * _DAY)
    yield from _tasting(community, COMING, calendar.today + COMING_IN * _DAY)
    yield Act(calendar.now - timedelta(seconds=1), CourseSession.finish)


async def _opened(community: Community, *, at: datetime) -> None:
    """The season opens: teachers, holidays, and three courses with their sessions up to some weeks from now."""
    staff_id, calendar = community.owner.id, community.calendar
    teachers = {terms.name: await Teacher.add(terms, staff_id=staff_id, at=at) for terms in TEACHERS}
    new_year = date(calendar.today.year + 1, 1, 1)
    holidays = {_weekday_before(calendar.today - 9 * _DAY, 3): HOLIDAY, new_year: "元旦"}
    await Holiday.take_in(holidays, staff_id=staff_id, at=at)
    weeks = calendar.length // 7 + 1 + WEEKS_AHEAD
    for weekly in WEEKLY:
        terms = CourseTerms(weekly.title, weekly.summary, teacher_id=teachers[weekly.teacher].id)
        course = await _published(terms, CourseKind.FIXED, community, at=at)
        slot = SlotTerms(weekly.weekday, EVENING, live_url=f"https://live.example.cn/{weekly.weekday}")
        await CourseSlot.add(course.id, slot, expected_version=2, staff_id=staff_id, at=at)
        series = Series(calendar.first_day, weeks=weeks)
        made = await make_sessions(course.id, series, expected_version=3, staff_id=staff_id, at=at)
        for number, session in enumerate(made.sessions):
            topic = weekly.topics[number % len(weekly.topics)]
            await CourseSession.filter(id=session.id).update(title=topic, is_preview=number == 0)


async def _published(terms: CourseTerms, kind: CourseKind, community: Community, *, at: datetime) -> Course:
    course = await Course.draft(kind, terms, staff_id=community.owner.id, at=at)
    return await Course.publish(course.id, expected_version=1, staff_id=community.owner.id, at=at)


async def _taken_by_a_member(community: Community, *, at: datetime) -> None:
    """A member gives the next talk of the Friday."""
    session = await _next(WEEKLY[2], at=at)
    known = community.with_habit(Habit.ACTIVE, joined_before=community.calendar.first_day)
    if session is None or not known:
        return
    member = community.member_of(known[-1])
    terms = TeacherTerms(member.nickname, title="社群达人", member_id=member.id)
    teacher = await Teacher.add(terms, staff_id=community.owner.id, at=at)
    await substitute(
        session.id,
        teacher.id,
        reason="本期由社群达人主讲",
        expected_version=session.version,
        staff_id=community.owner.id,
        at=at,
    )


async def _called_off(community: Community, *, at: datetime) -> None:
    """A Monday is called off, and its course is one longer for it."""
    if session := await _next(WEEKLY[0], at=at):
        await cancel_session(
            session.id,
            reason="讲师航班取消",
            appends_make_up=True,
            expected_version=session.version,
            staff_id=community.owner.id,
            at=at,
        )


async def _moved(community: Community, *, at: datetime) -> None:
    """The next Wednesday but one is on the Thursday."""
    coming = await _coming(WEEKLY[1], at=at)
    if len(coming) > 1:
        await move_session(
            coming[1].id,
            coming[1].starts_at + _DAY,
            reason="场地当晚有活动",
            expected_version=coming[1].version,
            staff_id=community.owner.id,
            at=at,
        )


def _tasting(community: Community, title: str, day: date) -> Iterator[Act]:
    """A temporary course, drafted sixteen days ahead, and its warm-up as far as today."""
    calendar = community.calendar
    yield Act(calendar.at(day - 16 * _DAY, 10), partial(_planned, community, title, day))
    for number, task in enumerate(PLAN):
        done_at = calendar.at(day + task.day * _DAY, 11 + number / 4)
        yield Act(done_at, partial(_done, community, title, number))
    if title == HELD:
        yield Act(calendar.at(day - 2 * _DAY, 18), partial(_decided, community))


async def _planned(community: Community, title: str, day: date, *, at: datetime) -> None:
    calendar, staff_id = community.calendar, community.owner.id
    teacher = await Teacher.filter(name="苏晴").first()
    terms = CourseTerms(
        title,
        "一席六泡，从干茶香到叶底，边喝边讲。",
        circle_id=community.circles["wine-tea"].id,
        teacher_id=teacher.id if teacher else None,
        medium=Medium.HYBRID,
        minutes=45,
        seats=60 if title == HELD else max(len(community.personas) // 20, 4),
        price=PRICES.get(title),
        location="徐汇店二楼茶室",
        purpose="带动酒茶圈活跃，转化到店",
        theme="武夷岩茶",
        sign_up_target=20,
        decides_at=calendar.at(day - _DAY, 18),
    )
    course = await _published(terms, CourseKind.TEMPORARY, community, at=at)
    starts_at = calendar.at(day, 20)
    await CourseSession.add(course.id, SessionTerms(), starts_at=starts_at, staff_id=staff_id, at=at)
    tasks = [replace(task, by_staff_id=community.staff["demo-operator"].id) for task in PLAN]
    await WarmUpTask.plan(course.id, tasks, expected_version=2, staff_id=staff_id, at=at)


async def _done(community: Community, title: str, number: int, *, at: datetime) -> None:
    """A task is done on its day; the video was never made."""
    course = await Course.get(title=title)
    task = (await WarmUpTask.filter(course_id=course.id).order_by("day", "id"))[number]
    is_skipped = task.channel is WarmUpChannel.SHORT_VIDEO
    await WarmUpTask.close(
        task.id,
        WarmUpState.SKIPPED if is_skipped else WarmUpState.DONE,
        proof_text="嘉宾未拍摄" if is_skipped else f"已完成：{task.what}",
        staff_id=community.staff["demo-operator"].id,
        at=at,
    )


async def _decided(community: Community, *, at: datetime) -> None:
    course = await Course.get(title=HELD)
    await CourseDecision.make(
        course.id,
        DecisionOutcome.GO,
        reason="嘉宾与场地均已确认",
        expected_version=course.version,
        staff_id=community.owner.id,
        at=at,
    )


async def _next(weekly: Weekly, *, at: datetime) -> CourseSession | None:
    return next(iter(await _coming(weekly, at=at)), None)


async def _coming(weekly: Weekly, *, at: datetime) -> list[CourseSession]:
    course = await Course.get(title=weekly.title)
    return await CourseSession.filter(course_id=course.id, starts_at__gt=at).order_by("starts_at").limit(2)


def _weekday_before(day: date, weekday: int) -> date:
    return day - timedelta(days=(day.isoweekday() - weekday) % 7)
