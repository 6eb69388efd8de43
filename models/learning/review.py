"""The review: what of an attempt its member may see at which time, told in one place.

A matrix says it: in each phase (while answering, right after handing in, later while the quiz is open, after its close)
some aspects are shown. Nothing of a question's key is read for a member by any other way. What it says holds for the
quiz as it stands now, not for the version of the attempt: whoever extends a quiz keeps its answers covered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, Self

from models.errors import Invalid


class Aspect(StrEnum):
    """What can be shown of an attempt."""

    ANSWERS = "answers"
    CORRECTNESS = "correctness"
    MARKS = "marks"
    RIGHT_ANSWER = "right_answer"
    EXPLANATION = "explanation"
    FEEDBACK = "feedback"


class Phase(StrEnum):
    """When it is looked at."""

    DURING = "during"
    RIGHT_AFTER = "right_after"
    LATER = "later"
    AFTER_CLOSE = "after_close"


KEY_ASPECTS = frozenset(
    {Aspect.CORRECTNESS, Aspect.MARKS, Aspect.RIGHT_ANSWER, Aspect.EXPLANATION},
)
"""What tells something of a question's key."""

_ALL = tuple(Aspect)
_RESULT = (Aspect.ANSWERS, Aspect.CORRECTNESS, Aspect.MARKS, Aspect.FEEDBACK)


class Looked(Protocol):
    """What of an attempt decides its phase."""

    submitted_at: datetime | None
    later_at: datetime | None


@dataclass(frozen=True)
class ReviewMatrix:
    """The aspects shown in each phase; a phase that is not named shows the member's own answers."""

    shown: Mapping[Phase, tuple[Aspect, ...]] = field(default_factory=dict)

    @classmethod
    def usual(cls) -> Self:
        """The result at once, the keys once nobody can hand in any more."""
        return cls({Phase.RIGHT_AFTER: _RESULT, Phase.LATER: _RESULT, Phase.AFTER_CLOSE: _ALL})

    @classmethod
    def open_book(cls) -> Self:
        """Everything about a question as soon as it is answered: for practice."""
        return cls(dict.fromkeys(Phase, _ALL))

    @classmethod
    def open_review(cls) -> Self:
        """Everything once it is handed in."""
        return cls(dict.fromkeys((Phase.RIGHT_AFTER, Phase.LATER, Phase.AFTER_CLOSE), _ALL))

    @classmethod
    def from_json(cls, stored: Mapping[str, Sequence[str]]) -> Self:
        return cls({Phase(phase): tuple(Aspect(one) for one in some) for phase, some in stored.items()})

    def to_json(self) -> dict[str, list[str]]:
        return {phase.value: sorted({one.value for one in some}) for phase, some in self.shown.items()}

    def checked(self, *, is_practice: bool) -> Self:
        """This matrix, or `Invalid`: only in practice is anything but one's own answers told while answering."""
        if not is_practice and set(self.shown.get(Phase.DURING, ())) - {Aspect.ANSWERS}:
            raise Invalid("review", zh="作答中只有练习可以显示结果", en="only practice shows results while answering")
        return self

    def at(self, phase: Phase) -> frozenset[Aspect]:
        """What is shown in a phase. While answering, one's own answers always are, or nobody could go on."""
        found = frozenset(self.shown.get(phase, (Aspect.ANSWERS,)))
        return found | {Aspect.ANSWERS} if phase is Phase.DURING else found

    def phases_of(self, aspect: Aspect) -> str:
        """The phases that show an aspect, as `PHASE` compares them."""
        return _listed(phase for phase in Phase if aspect in self.at(phase))


def phase_of(attempt: Looked, *, is_closed: bool, at: datetime) -> Phase:
    """In which phase an attempt is looked at."""
    if is_closed:
        return Phase.AFTER_CLOSE
    if attempt.submitted_at is None:
        return Phase.DURING
    return Phase.RIGHT_AFTER if attempt.later_at and at < attempt.later_at else Phase.LATER


SHOWS_CORRECTNESS = (
    "EXISTS (SELECT 1 FROM quiz_attempt qa JOIN quiz qz ON qz.id = qa.quiz_id WHERE qa.id = {row}.attempt_id "
    "AND qz.correctness_in LIKE '%,' || CASE "
    "WHEN qz.status IN ('closed', 'archived') OR qz.ends_at <= ? THEN 'after_close' "
    "WHEN qa.submitted_at IS NULL THEN 'during' WHEN qa.later_at > ? THEN 'right_after' ELSE 'later' END || ',%')"
)
"""The same as `phase_of`, said to the database: whether a row's attempt shows what was right, at both values."""


def _listed(phases: Iterable[Phase]) -> str:
    return f",{','.join(phase.value for phase in phases)},"
