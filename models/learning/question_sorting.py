"""Putting many questions in order at once: another category, other tags, another difficulty.

Each of them gets its next version, as by any change, so whoever had one open is told that it changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from models.errors import Invalid, NotFound, within
from models.learning.question import AT_ONCE_MOST, Question
from models.learning.question_export import terms_of
from models.learning.question_terms import QuestionTerms, checked_tags
from store.database import transaction


@dataclass(frozen=True)
class Sorting:
    """What is to be said of some questions; what is None or empty stays as it is."""

    category: str | None = None
    difficulty: int | None = None
    added_tags: tuple[str, ...] = ()
    removed_tags: tuple[str, ...] = ()

    def of(self, terms: QuestionTerms) -> QuestionTerms:
        added, removed = checked_tags(self.added_tags), set(self.removed_tags)
        return replace(
            terms,
            category=terms.category if self.category is None else self.category,
            difficulty=terms.difficulty if self.difficulty is None else self.difficulty,
            tags=tuple(one for one in dict.fromkeys((*terms.tags, *added)) if one not in removed),
        )


async def sort_questions(
    question_ids: Sequence[UUID], sorting: Sorting, *, staff_id: UUID, at: datetime, reason: str | None = None
) -> list[Question]:
    """Sort questions, all of them or none; those that are so already keep their version.

    Raises `NotFound`, `Invalid`, `QuestionArchived`, and `QuestionChanged` where somebody else was quicker.
    """
    ids = sorted(set(question_ids))
    within("questionIds", len(ids), 1, AT_ONCE_MOST)
    if sorting == Sorting():
        raise Invalid("sorting", zh="请至少填写一项", en="say what is to change")
    async with transaction():
        known = {one.id: one for one in await Question.filter(id__in=ids)}
        if len(known) < len(ids):
            raise NotFound(field="questionIds")
        for question_id, terms in zip(ids, await terms_of(ids), strict=True):
            said = sorting.of(terms)
            if said.checked() != terms.checked():
                version = known[question_id].version
                await Question.change(
                    question_id, said, expected_version=version, staff_id=staff_id, at=at, reason=reason
                )
        return await Question.filter(id__in=ids).order_by("id")
