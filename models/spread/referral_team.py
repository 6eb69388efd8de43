"""Teams as they are counted: for every member, how many came through it in each generation, and how many are active.

A count over a subtree of a million would read a million rows, so the figures are kept. A newcomer raises those of
everybody above it; to write them at once would have all newcomers of a tree wait for the root's row. So a referral
says that it has yet to be counted, and a job folds what has come in, some hundred at a time, one run after another. A
reading adds what has not been folded yet, by the same snapshot, and is exact at every moment.

Generations from the hundredth on are counted together: otherwise a chain of n members would need n² figures.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.record import Record
from models.spread.referral_place import BELOW, Place
from store.database import among, dialect, execute, fetch, transaction
from store.ids import as_id, new_id
from store.together import insertion

GENERATIONS_MOST = 100
FOLDED_AT_ONCE = 500
_ROWS_AT_ONCE = 500
_TURN = 0x5EFE_44A1
"""The number of the lock under which the figures change."""

_COLUMNS = ("id", "member_id", "generation", "members", "activated")
_ADD = (
    " ON CONFLICT (member_id, generation) DO UPDATE SET members = referral_team.members + excluded.members, "
    "activated = referral_team.activated + excluded.activated"
)
_NEW = "CASE WHEN is_counted THEN 0 ELSE 1 END"
_WOKEN = "(CASE WHEN activated_at IS NULL THEN 0 ELSE 1 END - CASE WHEN is_activation_counted THEN 1 ELSE 0 END)"
_PENDING = "SELECT id FROM referral WHERE needs_counting ORDER BY id LIMIT $1"
_ABOVE = f"""
WITH RECURSIVE up(member_id, generation, members, activated) AS (
    SELECT inviter_id, 1, {_NEW}, {_WOKEN} FROM referral WHERE {{among}}
    UNION ALL SELECT r.inviter_id, up.generation + 1, up.members, up.activated
    FROM up JOIN referral r ON r.invitee_id = up.member_id
) SELECT member_id, CASE WHEN generation > {GENERATIONS_MOST} THEN {GENERATIONS_MOST} ELSE generation END AS step,
    CAST(SUM(members) AS BIGINT) AS members, CAST(SUM(activated) AS BIGINT) AS activated FROM up GROUP BY 1, 2
"""  # noqa: S608 - own text
_DONE = """
UPDATE referral SET is_counted = TRUE, is_activation_counted = activated_at IS NOT NULL, needs_counting = FALSE
WHERE {among}
"""
_READ = f"""
SELECT generation, CAST(SUM(members) AS BIGINT) AS members, CAST(SUM(activated) AS BIGINT) AS activated FROM (
    SELECT generation, members, activated FROM referral_team WHERE member_id = $6
    UNION ALL SELECT CASE WHEN depth - $7 > {GENERATIONS_MOST} THEN {GENERATIONS_MOST} ELSE depth - $7 END,
        {_NEW}, {_WOKEN} FROM referral r WHERE needs_counting AND {BELOW.format(row="r")}
) found GROUP BY generation HAVING SUM(members) <> 0 OR SUM(activated) <> 0 ORDER BY generation
"""  # noqa: S608 - own text

Figures = Mapping[int, tuple[int, int]]
"""Members and active ones by how far below."""


@dataclass(frozen=True, slots=True)
class Generation:
    """Those so many steps below a member; the hundredth stands for all from there on."""

    generation: int
    members: int
    activated: int


class ReferralTeam(Record):
    member_id: UUID = fields.UUIDField()
    generation = fields.SmallIntField(description="Steps below the member.")
    members = fields.IntField()
    activated = fields.IntField(description="Those of them who have checked in.")

    class Meta:
        table = "referral_team"
        constraints = (
            UniqueConstraint(fields=("member_id", "generation"), name="referral_team_once"),
            CheckConstraint(check="generation BETWEEN 1 AND 100", name="referral_team_generations"),
        )

    @classmethod
    async def of(cls, member_id: UUID) -> list[Generation]:
        """How many came through a member, generation by generation."""
        place = await Place.of(member_id)
        rows = await fetch(_READ, *place.range, member_id, place.depth)
        return [Generation(row["generation"], row["members"], row["activated"]) for row in rows]

    @classmethod
    async def figures(cls, member_id: UUID) -> Figures:
        """The folded figures of a member, for whoever has the turn."""
        return {one.generation: (one.members, one.activated) for one in await cls.filter(member_id=member_id)}

    @classmethod
    async def shift(cls, figures: Figures, above: Sequence[UUID], sign: int) -> None:
        """Give those above a team its figures (`sign` 1), or take them off (-1), the nearest first."""
        rows = [
            (new_id(), member_id, generation, sign * members, sign * activated)
            for steps, member_id in enumerate(above, start=1)
            for generation, (members, activated) in _moved(figures, steps).items()
        ]
        await _add(rows)


async def fold_referrals(*, at: datetime) -> int:
    """Count what has come in and what has changed; returns how many referrals."""
    folded = 0
    while some := await _fold_some():
        folded += some
    return folded


@asynccontextmanager
async def counting() -> AsyncIterator[None]:
    """A transaction that has the turn: nobody else changes the figures until its end."""
    async with transaction():
        await take_turn()
        yield


async def take_turn() -> None:
    """Have the turn until the caller's transaction ends. SQLite has one writer at a time anyway."""
    if dialect() == "postgres":
        await fetch("SELECT pg_advisory_xact_lock($1::bigint)", _TURN)


async def _fold_some() -> int:
    async with counting():
        in_hand = " FOR UPDATE" if dialect() == "postgres" else ""
        ids = [as_id(row["id"]) for row in await fetch(_PENDING + in_hand, FOLDED_AT_ONCE)]
        if ids:
            those = among("id", 1, "uuid")
            above = await fetch(_ABOVE.format(among=those), ids)
            rows = [(new_id(), as_id(row["member_id"]), row["step"], row["members"], row["activated"]) for row in above]
            await _add([row for row in rows if row[3] or row[4]])
            await execute(_DONE.format(among=those), ids)
        return len(ids)


async def _add(rows: Sequence[tuple[UUID, UUID, int, int, int]]) -> None:
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[start : start + _ROWS_AT_ONCE]
        await execute(insertion("referral_team", _COLUMNS, len(some)) + _ADD, *(value for row in some for value in row))


def _moved(figures: Figures, steps: int) -> Figures:
    """Figures as somebody so many steps above counts them."""
    members, activated = Counter[int](), Counter[int]()
    for generation, (some, active) in figures.items():
        found = min(generation + steps, GENERATIONS_MOST)
        members[found] += some
        activated[found] += active
    return {one: (members[one], activated[one]) for one in members}
