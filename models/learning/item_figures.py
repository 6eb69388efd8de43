"""The figures of a quiz and of its questions, added up answer by answer: nothing of an attempt is kept.

Everything is a sum of whole numbers, so the order in which attempts come changes nothing, and it is divided once at the
end. Of each question: how hard it is (the mean share of its points), and its discrimination, the correlation of the
share earned for it with the share earned for the rest of the paper; for a question that is right or wrong that is the
point-biserial correlation, corrected in that the question itself is not part of what it is compared with. Of the quiz:
mean, median, deviation, a histogram of ten steps, and Cronbach's alpha, which is KR-20 where every question is right or
wrong; it stands only where everybody got the same questions.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from uuid import UUID

WHOLE = 10_000
"""Shares are whole numbers of so many parts."""
STEPS = 10


@dataclass(frozen=True)
class Answered:
    """An answer as it counts here; `chosen` are the ids of the options that were ticked, None where nothing was."""

    question_id: UUID
    version_id: UUID
    points: int
    points_most: int
    is_right: bool
    chosen: Sequence[str] | None


@dataclass
class ItemSums:
    """The sums of a question; x is the share earned for it, y that of the rest of the paper."""

    version_id: UUID
    asked: int = 0
    answered: int = 0
    right: int = 0
    x: int = 0
    xx: int = 0
    y: int = 0
    yy: int = 0
    xy: int = 0
    points: int = 0
    points_squared: int = 0
    chosen: Counter[str] = field(default_factory=Counter)

    def add(self, one: Answered, points_of_rest: int, most_of_rest: int) -> None:
        x, y = _share(one.points, one.points_most), _share(points_of_rest, most_of_rest)
        self.version_id = max(self.version_id, one.version_id)
        self.asked += 1
        self.answered += one.chosen is not None
        self.right += one.is_right
        self.x, self.xx, self.xy = self.x + x, self.xx + x * x, self.xy + x * y
        self.y, self.yy = self.y + y, self.yy + y * y
        self.points, self.points_squared = self.points + one.points, self.points_squared + one.points**2
        self.chosen.update(one.chosen or ())

    @property
    def mean(self) -> int:
        """The mean share of its points, in hundredths of a percent, rounded down."""
        return self.x // self.asked

    @property
    def discrimination(self) -> float | None:
        """From -1 to 1; None where the answers, or the rest of the papers, are all alike."""
        spread_x, spread_y = self.asked * self.xx - self.x**2, self.asked * self.yy - self.y**2
        if not spread_x or not spread_y:
            return None
        return (self.asked * self.xy - self.x * self.y) / (sqrt(spread_x) * sqrt(spread_y))

    @property
    def spread(self) -> int:
        """Its variance in points, times the square of how often it was asked."""
        return self.asked * self.points_squared - self.points**2


@dataclass
class PaperSums:
    """The sums of a quiz; scores are shares of the whole paper."""

    items: dict[UUID, ItemSums] = field(default_factory=dict)
    attempts: int = 0
    scores: Counter[int] = field(default_factory=Counter)
    points: int = 0
    points_squared: int = 0

    def add(self, answers: Sequence[Answered]) -> None:
        """Count an attempt by all of its answers."""
        points, most = sum(one.points for one in answers), sum(one.points_most for one in answers)
        self.attempts += 1
        self.scores[_share(points, most)] += 1
        self.points, self.points_squared = self.points + points, self.points_squared + points**2
        for one in answers:
            sums = self.items.setdefault(one.question_id, ItemSums(one.version_id))
            sums.add(one, points - one.points, most - one.points_most)

    @property
    def mean(self) -> int:
        """The mean score in hundredths of a percent, rounded down."""
        return self._sum // self.attempts

    @property
    def median(self) -> int:
        """The score in the middle; between two of them, half-way, rounded down."""
        return (self._at((self.attempts - 1) // 2) + self._at(self.attempts // 2)) // 2

    @property
    def deviation(self) -> float:
        """The standard deviation of the scores, in hundredths of a percent."""
        squares = sum(score * score * count for score, count in self.scores.items())
        return sqrt(self.attempts * squares - self._sum**2) / self.attempts

    @property
    def histogram(self) -> list[int]:
        """How many scores lie in each of ten steps of ten percent; a whole score is in the last."""
        found = [0] * STEPS
        for score, count in self.scores.items():
            found[min(score * STEPS // WHOLE, STEPS - 1)] += count
        return found

    @property
    def reliability(self) -> float | None:
        """Cronbach's alpha; None for one question, for papers that differ, and where all scores are alike."""
        count, spread = len(self.items), self.attempts * self.points_squared - self.points**2
        if count < 2 or not spread or any(one.asked != self.attempts for one in self.items.values()):
            return None
        return count / (count - 1) * (1 - sum(one.spread for one in self.items.values()) / spread)

    @property
    def _sum(self) -> int:
        return sum(score * count for score, count in self.scores.items())

    def _at(self, place: int) -> int:
        for score, count in sorted(self.scores.items()):
            place -= count
            if place < 0:
                return score
        raise IndexError(place)


def add_all(sums: PaperSums, attempts: Mapping[UUID, Sequence[Answered]]) -> None:
    """Count some attempts by their answers; those without any say nothing."""
    for answers in attempts.values():
        if answers:
            sums.add(answers)


def _share(points: int, most: int) -> int:
    return points * WHOLE // most if most else 0
