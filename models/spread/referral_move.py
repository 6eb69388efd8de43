"""Hanging a tree elsewhere: when somebody who has brought others gets an inviter, another one, or none any more.

Everybody below it gets a new place, some thousand rows at a time. Whoever comes in meanwhile holds the place above it
(`Place.of(held=True)`), so it is either finished and found by a later round, or waits and then sees the new place. The
rounds end with one that finds nobody in the old range, by when all that was in it is held.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from models.spread.referral_place import BELOW, TRUNK_MOST, Place, ancestors_of
from models.spread.referral_team import Figures, ReferralTeam, take_turn
from store.database import dialect, execute, fetch

MOVED_AT_ONCE = 10_000

_MOVE = f"""
UPDATE referral SET root_id = $6, depth = depth + $7,
    trunk = CAST(substr(CAST($8::bytea || substr(path, $9) AS {{blob}}), 1, {TRUNK_MOST}) AS {{blob}}),
    path = CAST($8::bytea || substr(path, $9) AS {{blob}})
WHERE id IN (SELECT r.id FROM referral r WHERE {BELOW.format(row="r")} LIMIT {MOVED_AT_ONCE})
"""  # noqa: S608 - own text
_OWN = "SELECT is_counted, is_activation_counted FROM referral WHERE invitee_id = $1"


@asynccontextmanager
async def hang(member_id: UUID, *, has_team: bool = True) -> AsyncIterator[None]:
    """Let everybody below a member go with it where the block writes, changes or deletes its own referral.

    The caller's transaction holds the rows that `rows_to_take` names.
    """
    if not has_team:
        yield
        return
    await take_turn()
    team, before = await ReferralTeam.figures(member_id), await Place.of(member_id)
    await ReferralTeam.shift(await _with_itself(member_id, team), await ancestors_of(member_id), -1)
    yield
    await _move(before, await Place.of(member_id))
    await ReferralTeam.shift(await _with_itself(member_id, team), await ancestors_of(member_id), 1)


async def _move(before: Place, after: Place) -> None:
    """Give those below one place the same places below another."""
    sql = _MOVE.format(blob="bytea" if dialect() == "postgres" else "blob")
    steps = (after.root_id, after.depth - before.depth, after.path, len(before.path) + 1)
    while await execute(sql, *before.range, *steps):
        continue


async def _with_itself(member_id: UUID, team: Figures) -> Figures:
    """A team's figures with its head, as far as those above have counted it."""
    own = await fetch(_OWN, member_id)
    if not own:
        return team
    return {0: (int(own[0]["is_counted"]), int(own[0]["is_activation_counted"])), **team}
