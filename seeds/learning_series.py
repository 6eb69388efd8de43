"""A standing order: the car circle's quiz of each week, made by the job, taken by some, reminded of and analysed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from random import Random

from models.groups.membership import Membership
from models.learning.asked import Asked
from models.learning.handing_in import hand_in
from models.learning.presentation import Presentation
from models.learning.question_kind import QuestionKind
from models.learning.quiz import Quiz
from models.learning.quiz_analysis import QuizAnalysis
from models.learning.quiz_answer import Given, QuizAnswer
from models.learning.quiz_notice import QuizNotice
from models.learning.quiz_series import QuizSeries
from models.learning.quiz_series_terms import SeriesTerms
from models.learning.quiz_series_week import make_due
from models.learning.quiz_terms import DrawnRule
from models.learning.starting import begin_attempt
from models.members.member import MemberStatus
from seeds.community import Act, Community

TITLE, CATEGORY = "汽车圈每周知识测验", "汽车"
WEEKS, TAKERS = 3, 8
_DAY = timedelta(days=1)


def acts(community: Community) -> Iterator[Act]:
    """It opens at eight in the evening, for a day and a half; the last one opened yesterday. A third misses each."""
    calendar = community.calendar
    first = calendar.today - (7 * (WEEKS - 1) + 1) * _DAY
    yield Act(calendar.at(first, 10), partial(_ordered, community))
    for week in range(WEEKS):
        day = first + 7 * week * _DAY
        yield Act(calendar.at(day, 20), make_due)
        for number in (one for one in range(TAKERS) if (one + week) % 3):
            yield Act(calendar.at(day, 20.2 + number * 1.3), partial(_take, community, number))
    yield Act(calendar.now - timedelta(hours=1), QuizNotice.remind)
    yield Act(calendar.now - timedelta(minutes=5), QuizAnalysis.compute_due)


async def _ordered(community: Community, *, at: datetime) -> None:
    terms = SeriesTerms(
        TITLE,
        circle_id=community.circles["auto"].id,
        weekday=(community.calendar.today - _DAY).isoweekday(),
        minute=20 * 60,
        window_hours=36,
        minutes=10,
        draws=(
            DrawnRule(2, category=CATEGORY, kind=QuestionKind.SINGLE),
            DrawnRule(2, category=CATEGORY, kind=QuestionKind.JUDGE),
        ),
        score_points=10,
    )
    await QuizSeries.order(terms, staff_id=community.owner.id, at=at, once=None)


async def _take(community: Community, number: int, *, at: datetime) -> None:
    """A member of the circle takes the quiz that is open, mostly rightly."""
    quiz = await Quiz.filter(title__startswith=TITLE, opens_at__lte=at, ends_at__gt=at).first()
    places = Membership.filter(group__circle_id=community.circles["auto"].id, member__status=MemberStatus.NORMAL)
    members = list(dict.fromkeys(one.member_id for one in await places.order_by("joined_at", "id")))
    if quiz is None or number >= len(members):
        return
    attempt = (await begin_attempt(members[number], quiz.id, at=at)).attempt
    rows = await QuizAnswer.filter(attempt_id=attempt.id).order_by("position")
    asked, chance = await Asked.versions(row.question_version_id for row in rows), Random(f"{quiz.title}:{number}")
    given = []
    for row in rows:
        by = asked[row.question_version_id]
        if chance.random() < 0.8:
            response = Presentation.from_json(row.presentation).right(by.content, by.key)
            given.append(Given(row.position, response, row.position))
    await hand_in(members[number], attempt.id, given, at=at + timedelta(minutes=3))
