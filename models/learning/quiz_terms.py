"""The terms of a quiz as staff say them, checked as a whole before anything of them is written.

Points are whole numbers of hundredths of a point, percentages whole percents.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from models.errors import Invalid, bounded_text, within
from models.learning.marking import ScoreRule
from models.learning.question_kind import QuestionKind
from models.learning.review import Aspect, ReviewMatrix
from models.members.audience import Audience

QUESTIONS_MOST = 200
RULES_MOST = 30
POINTS_MOST = 100_000
ATTEMPTS_MOST = 100
MINUTES_MOST = 60 * 24 * 30
PAYS_MOST = 1_000_000
BANDS_MOST = 10
DIFFICULTY_MOST = 5


class QuizKind(StrEnum):
    """What a quiz is for."""

    HOMEWORK = "homework"
    WEEKLY = "weekly"
    PRACTICE = "practice"


class Overdue(StrEnum):
    """What becomes of an attempt whose time runs out."""

    SUBMIT = "submit"
    ABANDON = "abandon"


class Keeps(StrEnum):
    """Which of a member's attempts counts."""

    BEST = "best"
    LAST = "last"
    FIRST = "first"
    MEAN = "mean"


class Pays(StrEnum):
    """What a quiz pays for."""

    NOTHING = "nothing"
    PASSING = "passing"
    SCORE = "score"


@dataclass(frozen=True)
class PaperItem:
    """A question that everybody gets."""

    question_id: UUID
    points: int = 100
    rule: ScoreRule = ScoreRule.ALL_RIGHT

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(UUID(stored["question_id"]), stored["points"], ScoreRule(stored["rule"]))

    def to_json(self) -> dict[str, Any]:
        return {"question_id": str(self.question_id), "points": self.points, "rule": self.rule.value}


@dataclass(frozen=True)
class DrawnRule:
    """So many questions drawn from those of the bank that meet every condition which is given."""

    count: int
    points: int = 100
    rule: ScoreRule = ScoreRule.ALL_RIGHT
    category: str | None = None
    tag: str | None = None
    kind: QuestionKind | None = None
    difficulty_least: int | None = None
    difficulty_most: int | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        kind = QuestionKind(stored["kind"]) if stored.get("kind") else None
        return cls(**{**stored, "rule": ScoreRule(stored["rule"]), "kind": kind})

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}

    def checked(self) -> None:
        within("draws.count", self.count, 1, QUESTIONS_MOST)
        within("draws.points", self.points, 1, POINTS_MOST)
        bounded_text(self.category, "draws.category", most=200)
        bounded_text(self.tag, "draws.tag", most=40)
        within("draws.difficultyLeast", self.difficulty_least, 1, DIFFICULTY_MOST)
        within("draws.difficultyMost", self.difficulty_most, self.difficulty_least or 1, DIFFICULTY_MOST)


@dataclass(frozen=True)
class Band:
    """What is said to whoever reaches `percent`; of several the highest that is reached."""

    percent: int
    words: str


@dataclass(frozen=True)
class QuizTerms:
    """Limits that are None do not hold. A quiz has questions that everybody gets (`items`), drawn ones (`draws`), or
    both. What is handed in after `closes_at`, within `late_minutes`, counts `late_percent` of its score."""

    title: str
    kind: QuizKind = QuizKind.HOMEWORK
    description: str | None = None
    course_session_id: UUID | None = None
    circle_id: UUID | None = None
    group_id: UUID | None = None
    audience: Audience = field(default_factory=Audience)
    items: tuple[PaperItem, ...] = ()
    draws: tuple[DrawnRule, ...] = ()
    shuffles_questions: bool = False
    shuffles_options: bool = True
    minutes: int | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    late_minutes: int = 0
    late_percent: int = 100
    overdue: Overdue = Overdue.SUBMIT
    attempts_most: int | None = None
    gap_minutes: int = 0
    keeps: Keeps = Keeps.BEST
    pass_percent: int = 60
    pays: Pays = Pays.PASSING
    score_points: int | None = None
    password: str | None = None
    review: ReviewMatrix = field(default_factory=ReviewMatrix.usual)
    right_after_minutes: int = 2
    bands: tuple[Band, ...] = ()

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The terms of a version."""
        return cls(**{name: _READ[name](value) if name in _READ else value for name, value in stored.items()})

    @classmethod
    def of_columns(cls, columns: Mapping[str, Any]) -> Self:
        """The terms that lie in the columns of a quiz."""
        return cls(**{name: _READ[name](value) if name in _JSON else value for name, value in columns.items()})

    def to_json(self) -> dict[str, Any]:
        """What a version keeps: all but the password, which opens a door and decides nothing."""
        found = self.columns()
        del found["password"], found["ends_at"], found["correctness_in"]
        return {name: _plain(value) for name, value in found.items() if value is not None}

    def columns(self) -> dict[str, Any]:
        """The quiz's own columns."""
        late = timedelta(minutes=self.late_minutes)
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {
            "audience": self.audience.to_json(),
            "items": [one.to_json() for one in self.items],
            "draws": [one.to_json() for one in self.draws],
            "review": self.review.to_json(),
            "bands": [asdict(one) for one in self.bands],
            "ends_at": self.closes_at + late if self.closes_at else None,
            "correctness_in": self.review.phases_of(Aspect.CORRECTNESS),
        }

    def checked(self) -> Self:
        """These terms, or `Invalid`."""
        bounded_text(self.title, "title", least=1, most=60)
        bounded_text(self.description, "description", most=2_000)
        bounded_text(self.password, "password", least=1, most=40)
        self.audience.checked()
        self.review.checked(is_practice=self.is_practice)
        for name, value, least, most in (
            ("minutes", self.minutes, 1, MINUTES_MOST),
            ("lateMinutes", self.late_minutes, 0, MINUTES_MOST),
            ("latePercent", self.late_percent, 0, 100),
            ("attemptsMost", self.attempts_most, 1, ATTEMPTS_MOST),
            ("gapMinutes", self.gap_minutes, 0, MINUTES_MOST),
            ("passPercent", self.pass_percent, 0, 100),
            ("rightAfterMinutes", self.right_after_minutes, 0, MINUTES_MOST),
        ):
            within(name, value, least, most)
        self._check_place()
        self._check_window()
        self._check_paper()
        self._check_pay()
        self._check_bands()
        return self

    @property
    def is_practice(self) -> bool:
        return self.kind is QuizKind.PRACTICE

    @property
    def question_count(self) -> int:
        return len(self.items) + sum(one.count for one in self.draws)

    def band_of(self, percent: int) -> str | None:
        """What is said to whoever has reached so much."""
        reached = [one for one in self.bands if one.percent <= percent]
        return max(reached, key=lambda one: one.percent).words if reached else None

    def _check_place(self) -> None:
        if self.circle_id and self.group_id:
            raise Invalid("groupId", zh="圈子与社群只能选一个", en="it is of a circle or of a group")
        if self.course_session_id and self.kind is not QuizKind.HOMEWORK:
            raise Invalid("courseSessionId", zh="只有课后作业属于课程", en="only homework belongs to a session")
        if self.kind is QuizKind.WEEKLY and not self.circle_id:
            raise Invalid("circleId", zh="每周知识测验属于一个圈子", en="a weekly quiz is of a circle")

    def _check_window(self) -> None:
        if self.opens_at and self.closes_at and self.opens_at >= self.closes_at:
            raise Invalid("closesAt", zh="结束时间应晚于开始时间", en="it must be after the start")
        if self.late_minutes and not self.closes_at:
            raise Invalid("lateMinutes", zh="没有截止时间，不存在迟交", en="without a close nothing is late")

    def _check_paper(self) -> None:
        if not 1 <= self.question_count <= QUESTIONS_MOST:
            raise Invalid("items", zh=f"题目应为 1–{QUESTIONS_MOST} 道", en=f"1 to {QUESTIONS_MOST} questions")
        within("draws", len(self.draws), 0, RULES_MOST)
        for item in self.items:
            within("items.points", item.points, 1, POINTS_MOST)
        if len({one.question_id for one in self.items}) < len(self.items):
            raise Invalid("items.questionId", zh="题目重复", en="a question stands there twice")
        for rule in self.draws:
            rule.checked()

    def _check_pay(self) -> None:
        if self.is_practice and self.pays is not Pays.NOTHING:
            raise Invalid("pays", zh="练习不发积分", en="practice pays nothing")
        if (self.pays is Pays.SCORE) != (self.score_points is not None):
            raise Invalid("scorePoints", zh="按得分发放时填写满分的积分", en="it goes with paying for the score")
        within("scorePoints", self.score_points, 1, PAYS_MOST)

    def _check_bands(self) -> None:
        within("bands", len(self.bands), 0, BANDS_MOST)
        if len({one.percent for one in self.bands}) < len(self.bands):
            raise Invalid("bands.percent", zh="分段重复", en="two bands begin alike")
        for band in self.bands:
            within("bands.percent", band.percent, 0, 100)
            bounded_text(band.words, "bands.words", least=1, most=200)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value


_JSON = ("audience", "items", "draws", "review", "bands")
_READ: Mapping[str, Callable[[Any], Any]] = {
    "kind": QuizKind,
    "course_session_id": UUID,
    "circle_id": UUID,
    "group_id": UUID,
    "audience": Audience.from_json,
    "items": lambda stored: tuple(PaperItem.from_json(one) for one in stored),
    "draws": lambda stored: tuple(DrawnRule.from_json(one) for one in stored),
    "opens_at": datetime.fromisoformat,
    "closes_at": datetime.fromisoformat,
    "overdue": Overdue,
    "keeps": Keeps,
    "pays": Pays,
    "review": ReviewMatrix.from_json,
    "bands": lambda stored: tuple(Band(**one) for one in stored),
}
