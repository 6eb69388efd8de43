"""What is asked: versions of questions as they are read for papers, their keys with them.

A version never changes, so what was read once is kept in memory: a thousand members who hand in the same paper within a
minute cost one reading of its questions. A key that is here has not left the server; `reviewing` alone lets it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from models.learning.answer_key import AnswerKey
from models.learning.question_content import Content
from models.learning.question_version import QuestionVersion

KEPT_MOST = 5_000


@dataclass(frozen=True)
class Asked:
    """A version of a question."""

    id: UUID
    question_id: UUID
    version: int
    content: Content
    key: AnswerKey = field(repr=False)
    explanation: str | None = field(default=None, repr=False)

    @classmethod
    async def versions(cls, ids: Iterable[UUID]) -> "dict[UUID, Asked]":
        """The versions of some ids, in one statement at most."""
        wanted = set(ids)
        found = {one: _kept[one] for one in wanted if one in _kept}
        if missing := wanted - found.keys():
            read = [cls._of(row) for row in await QuestionVersion.filter(id__in=list(missing))]
            if len(_kept) + len(read) > KEPT_MOST:
                _kept.clear()
            _kept.update((one.id, one) for one in read)
            found.update((one.id, one) for one in read)
        return found

    @classmethod
    def _of(cls, row: QuestionVersion) -> Self:
        return cls(
            id=row.id,
            question_id=row.question_id,
            version=row.version,
            content=Content.from_json(row.content),
            key=AnswerKey.from_json(row.key),
            explanation=row.explanation,
        )


_kept: dict[UUID, Asked] = {}
