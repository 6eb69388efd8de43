"""Questions that say nearly the same: two are compared by how many runs of three characters they share.

To compare all with all would take too long, so a run that is rare leads to the few others that have it. Two texts that
are alike to a share `s` cannot differ in more than `1 - s` of their runs, so among the rarest of each there is a common
one. What is still too much is cut off, and then said to be.
"""

import asyncio
import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models.errors import Invalid
from models.learning.question_terms import category_path
from store.database import fetch
from store.ids import as_id

QUESTIONS_MOST = 20_000
PAIRS_MOST = 100
COMPARED_MOST = 3_000_000
RUN = 3
LEAST, MOST = 0.5, 1.0
_SAYS_NOTHING = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Twins:
    """Two questions, and how alike they are: 1 for the same words."""

    one: UUID
    other: UUID
    similarity: float


@dataclass(frozen=True)
class Duplicates:
    """The pairs that are most alike, and whether all were compared."""

    pairs: Sequence[Twins]
    is_complete: bool


async def near_duplicates(similarity: float, *, category: str | None = None) -> Duplicates:
    """Pairs of questions in use or in draft that are alike at least to `similarity`, in a category or below it."""
    if not LEAST <= similarity <= MOST:
        raise Invalid("similarity", zh=f"应为 {LEAST}–{MOST}", en=f"it must be {LEAST} to {MOST}")
    path = category_path(category) if category else None
    rows = await fetch(
        "SELECT id, words FROM question WHERE status <> 'archived' "
        "AND (CAST($2 AS TEXT) IS NULL OR category = $2 OR substr(category, 1, length($2) + 1) = $2 || '/') "
        "ORDER BY created_at DESC, id DESC LIMIT $1",
        QUESTIONS_MOST + 1,
        path,
    )
    texts = {as_id(row["id"]): str(row["words"]) for row in rows[:QUESTIONS_MOST]}
    found = await asyncio.to_thread(alike, texts, similarity)
    return Duplicates(found.pairs, found.is_complete and len(rows) <= QUESTIONS_MOST)


def alike(texts: dict[UUID, str], similarity: float) -> Duplicates:
    """The pairs among some texts; those that are most alike first."""
    runs = {one: _runs(text) for one, text in texts.items()}
    often = Counter(run for some in runs.values() for run in some)
    ordered = sorted(runs.items(), key=lambda item: (len(item[1]), item[0]))
    having: dict[str, list[tuple[UUID, frozenset[str]]]] = defaultdict(list)
    found: list[Twins] = []
    compared = 0
    for one, some in ordered:
        rarest = sorted(some, key=lambda run: (often[run], run))[: len(some) - math.ceil(similarity * len(some)) + 1]
        met = {other: others for run in rarest for other, others in having[run]}
        compared += len(met)
        if compared > COMPARED_MOST:
            return Duplicates(_best(found), is_complete=False)
        for other, others in met.items():
            if len(others) >= similarity * len(some) and (share := _share(some, others)) >= similarity:
                found.append(Twins(other, one, share))
        for run in rarest:
            having[run].append((one, some))
    return Duplicates(_best(found), is_complete=len(found) <= PAIRS_MOST)


def _best(found: Sequence[Twins]) -> list[Twins]:
    return sorted(found, key=lambda one: (-one.similarity, one.one, one.other))[:PAIRS_MOST]


def _share(some: frozenset[str], others: frozenset[str]) -> float:
    common = len(some & others)
    return common / (len(some) + len(others) - common)


def _runs(text: str) -> frozenset[str]:
    bare = _SAYS_NOTHING.sub("", text)
    return frozenset(bare[place : place + RUN] for place in range(max(len(bare) - RUN + 1, 1)))
