"""Quizzes: homework after each evening class, a week's quiz with a text that waits for its marker, and practice.

Homework is taken by those with a seat in its course. Of the first weeks, a trial without points, the results are
written in bulk, as the verbs would have left them. The latest homework was taken by the verbs themselves, with passes
that are paid; the last one is open.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from tortoise.expressions import Q, Subquery

from models.groups.membership import Membership
from models.learning.answer_mark import ByHand, mark_answer
from models.learning.asked import Asked
from models.learning.course_session import CourseSession, SessionState
from models.learning.enrollment import Enrollment
from models.learning.enrollment_change import EnrollmentState
from models.learning.handing_in import hand_in
from models.learning.marking import ScoreRule
from models.learning.presentation import Presentation
from models.learning.question import Question, QuestionStatus, WrittenQuestion
from models.learning.quiz import Quiz
from models.learning.quiz_answer import Given, QuizAnswer
from models.learning.quiz_attempt import QuizAttempt
from models.learning.quiz_terms import Band, DrawnRule, PaperItem, Pays, QuizKind, QuizTerms
from models.learning.quiz_version import create_quiz, publish_quiz
from models.learning.response import Response
from models.learning.review import ReviewMatrix
from models.learning.starting import begin_attempt
from seeds.community import Act, Community
from seeds.learning_classroom import regulars
from seeds.learning_courses import WEEKLY as CLASSES
from seeds.learning_homework import CATEGORY, TOPICS, text_terms
from seeds.learning_homework import terms_of as question_terms
from seeds.learning_results import Taker, plant_results
from seeds.personas import Persona
from store.ids import new_id

COURSES = {one.weekday: one.title for one in CLASSES}
WEEKLY, PRACTICE = "酒茶圈每周知识测验", "课后题随手练"
PAID = 4
"""How many of the latest homework quizzes pay for a pass, and were taken by the verbs."""
TAKERS, TAKERS_OF_THE_WEEK = 10, 5
BANDS = (Band(0, "再看一遍回放吧"), Band(60, "听得很认真"), Band(100, "满分，课代表就是您"))
_DAY = timedelta(days=1)
_TEXTS = (
    "放在铁罐里密封好，柜子里阴凉没有光，茶容易受潮串味。",
    "绿茶放冰箱冷藏，用两层密封袋，因为怕潮也怕串味。",
    "普洱就放书房架子上，通风但不晒太阳。",
    "塑料袋扎紧放厨房。",
    "紫砂罐，避光，远离香水和油烟，不然茶会吸味道。",
)


def acts(community: Community) -> Iterator[Act]:
    calendar = community.calendar
    yield Act(calendar.at(calendar.first_day, 7), partial(_written, community))
    evenings = [day for day in calendar.days if day.isoweekday() in COURSES and calendar.at(day, 21) < calendar.now]
    for number, day in enumerate(evenings):
        title, is_paid = f"{COURSES[day.isoweekday()]}·课后作业 {day:%m-%d}", number >= len(evenings) - PAID
        yield Act(calendar.at(day, 21), partial(_homework, community, title, day, is_paid))
        if is_paid:
            yield from _taken(community, title, day)
        elif calendar.at(day + 3 * _DAY, 22) < calendar.now:
            yield Act(calendar.at(day + 3 * _DAY, 22), partial(_trial, community, title))
    yield from _weekly(community)


def _chance(name: str) -> Random:
    """A chance of one's own, so that the story of the others is the same with quizzes and without."""
    return Random(name)


def _topic(day: date) -> str:
    topics = list(TOPICS[day.isoweekday()])
    return topics[day.toordinal() // 7 % len(topics)]


async def _written(community: Community, *, at: datetime) -> None:
    """The questions of all topics are there, and a quiz to practise them."""
    lines = [(line, topic) for topics in TOPICS.values() for topic, some in topics.items() for line in some]
    said = [WrittenQuestion(new_id(), question_terms(line, topic).checked()) for line, topic in lines]
    await Question.write_many(said, status=QuestionStatus.ACTIVE, staff_id=community.owner.id, at=at)
    practice = QuizTerms(
        PRACTICE,
        kind=QuizKind.PRACTICE,
        description="每次从课后题里随机抽五道，答完一题马上知道对错，不计积分。",
        draws=(DrawnRule(5, tag=CATEGORY),),
        shuffles_questions=True,
        pays=Pays.NOTHING,
        review=ReviewMatrix.open_book(),
    )
    await _published(community, practice, at=at)


async def _homework(community: Community, title: str, day: date, is_paid: bool, *, at: datetime) -> None:
    """What the session of the evening leaves to do; an evening without one leaves nothing."""
    calendar = community.calendar
    held = CourseSession.filter(starts_at__gte=calendar.at(day), starts_at__lt=at).exclude(state=SessionState.CANCELLED)
    session = await held.filter(course__title=COURSES[day.isoweekday()]).first()
    if session is None:
        return
    topic = session.title or _topic(day)
    asked = await Question.filter(category=f"{CATEGORY}/{topic}").order_by("id")
    terms = QuizTerms(
        title,
        course_session_id=session.id,
        description=f"听完《{topic}》，花两分钟做三道小题。" + ("" if is_paid else "（试运行，暂不发积分）"),
        items=tuple(PaperItem(one.id, rule=ScoreRule.PER_OPTION) for one in asked),
        opens_at=calendar.at(day, 21),
        closes_at=calendar.at(day + 2 * _DAY, 22),
        late_minutes=24 * 60,
        late_percent=80,
        attempts_most=2,
        pays=Pays.PASSING if is_paid else Pays.NOTHING,
        bands=BANDS,
    )
    await _published(community, terms, at=at)


async def _published(community: Community, terms: QuizTerms, *, at: datetime) -> Quiz:
    draft = await create_quiz(terms, staff_id=community.owner.id, at=at, once=None)
    return await publish_quiz(draft.id, staff_id=community.owner.id, at=at)


async def _trial(community: Community, title: str, *, at: datetime) -> None:
    """What a homework of the trial came to, written in bulk once it was over."""
    quiz, chance = await Quiz.get_or_none(title=title), _chance(title)
    if quiz is None or quiz.opens_at is None:
        return
    places = await Enrollment.filter(_seat_of(quiz), seated_at__lt=quiz.opens_at).order_by("id")
    takers = [
        Taker(place.member_id, quiz.opens_at + timedelta(minutes=chance.randrange(24 * 60)), chance.choice((0.9, 0.7)))
        for place in places
    ]
    await plant_results(quiz, takers, chance)


def _seat_of(quiz: Quiz) -> Q:
    """The seats of those whom homework is for."""
    course = CourseSession.filter(id=quiz.course_session_id).values_list("course_id", flat=True)
    return Q(course_id__in=Subquery(course), state=EnrollmentState.ENROLLED)


def _taken(community: Community, title: str, day: date) -> Iterator[Act]:
    """Some take it on the same evening and the next day; of the one that goes on, the first has not handed in."""
    calendar, chance = community.calendar, _chance(title)
    course, seated_by = sorted(COURSES).index(day.isoweekday()), calendar.at(day) - _DAY
    people = [one for one in regulars(community, course) if one.number > 0 and one.joined_at < seated_by]
    for number, persona in enumerate(chance.sample(people, min(len(people), TAKERS))):
        at = calendar.at(day, 21.2 + number * 1.7)
        if at < calendar.now:
            is_left_open = number == 0 and calendar.at(day + 3 * _DAY, 22) > calendar.now
            yield Act(at, partial(_take, community, title, persona, is_left_open))


async def _take(community: Community, title: str, persona: Persona, is_left_open: bool, *, at: datetime) -> None:
    quiz, member = await Quiz.get_or_none(title=title), community.member_of(persona)
    if quiz is None or not await Enrollment.exists(_seat_of(quiz), member_id=member.id):
        return
    attempt = (await begin_attempt(member.id, quiz.id, at=at)).attempt
    given = await _answered(attempt, f"{title}:{persona.number}")
    if is_left_open:
        await QuizAnswer.save_all(member.id, attempt.id, given[:1], at=at)
    else:
        await hand_in(member.id, attempt.id, given, at=at + timedelta(minutes=2))


async def _answered(attempt: QuizAttempt, name: str) -> Sequence[Given]:
    """What somebody answers who has mostly listened: a question wrong now and then."""
    rows = await QuizAnswer.filter(attempt_id=attempt.id).order_by("position")
    asked = await Asked.versions(row.question_version_id for row in rows)
    chance, found = _chance(name), []
    for row in rows:
        if chance.random() < 0.85:
            by = asked[row.question_version_id]
            response = Presentation.from_json(row.presentation).right(by.content, by.key)
            found.append(Given(row.position, response, row.position))
    return found


def _weekly(community: Community) -> Iterator[Act]:
    """The wine and tea circle's quiz of the week: three questions from the bank, and a text."""
    calendar = community.calendar
    opened = max(calendar.today - 3 * _DAY, calendar.first_day)
    if calendar.at(opened + _DAY, 10) >= calendar.now:
        return
    yield Act(calendar.at(opened, 9), partial(_opened, community))
    for number in range(TAKERS_OF_THE_WEEK):
        yield Act(calendar.at(opened, 12 + 3 * number), partial(_told, community, number))
    yield Act(calendar.at(opened + _DAY, 10), partial(_marked, community))


async def _opened(community: Community, *, at: datetime) -> None:
    text = await Question.write(text_terms(), status=QuestionStatus.ACTIVE, staff_id=community.owner.id, at=at)
    terms = QuizTerms(
        WEEKLY,
        kind=QuizKind.WEEKLY,
        description="三道小题加一道小问答，问答由群主批阅。",
        circle_id=community.circles["wine-tea"].id,
        items=(PaperItem(text.id, points=200),),
        draws=(DrawnRule(3, category=f"{CATEGORY}/一杯好茶的水温"),),
        minutes=15,
        opens_at=at,
        closes_at=at + 7 * _DAY,
        attempts_most=1,
        bands=BANDS,
    )
    await _published(community, terms, at=at)


async def _told(community: Community, number: int, *, at: datetime) -> None:
    quiz = await Quiz.get(title=WEEKLY)
    places = await Membership.filter(group__circle_id=quiz.circle_id).order_by("joined_at", "id")
    if number >= len(places):
        return
    member_id = places[number].member_id
    attempt = (await begin_attempt(member_id, quiz.id, at=at)).attempt
    text = await QuizAnswer.get(attempt_id=attempt.id, points_most=200)
    chosen = [one for one in await _answered(attempt, f"{WEEKLY}:{number}") if one.position != text.position]
    given = [*chosen, Given(text.position, Response(text=_TEXTS[number % len(_TEXTS)]), 9)]
    await hand_in(member_id, attempt.id, given, at=at + timedelta(minutes=8))


async def _marked(community: Community, *, at: datetime) -> None:
    """The first text is marked, and the others wait."""
    text = await QuizAnswer.filter(needs_marker=True).order_by("handed_in_at", "id").first()
    if text:
        given = ByHand(rubric=(140, 50), words="存得很好，再说说为什么怕光就满分了。")
        await mark_answer(text.id, given, staff_id=community.owner.id, at=at)
