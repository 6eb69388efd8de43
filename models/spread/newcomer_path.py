"""The path of newcomers: which steps were done, and when. Each is read from what tells of it; nothing is kept twice.

A step may not apply: there are no rules to accept, nobody brought the member, or the policy does not want it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.spread.newcomer import Newcomer
from models.spread.newcomer_step import NewcomerStep
from store.clock import as_instant
from store.database import among, fetch
from store.ids import as_id

_REPLIED = (
    "(SELECT MIN(r.created_at) FROM introduction_reply r WHERE r.newcomer_id = n.id AND r.deleted_at IS NULL AND {who})"
)
HAS_RULES = "EXISTS (SELECT 1 FROM group_rules r WHERE r.group_id = n.group_id)"
INVITER = "(SELECT f.inviter_id FROM referral f WHERE f.invitee_id = n.member_id)"
DONE_AT: Mapping[NewcomerStep, str] = {
    NewcomerStep.RULES_ACCEPTED: (
        "(SELECT MIN(a.accepted_at) FROM group_rules r JOIN group_rules_acceptance a ON a.rules_id = r.id "
        "WHERE r.group_id = n.group_id AND a.member_id = n.member_id)"
    ),
    NewcomerStep.INTRODUCED: (
        "(SELECT i.published_at FROM introduction i WHERE i.member_id = n.member_id AND i.version = 1)"
    ),
    NewcomerStep.INVITER_REPLIED: _REPLIED.format(who="r.kind = 'inviter'"),
    NewcomerStep.OWNER_COMMENTED: _REPLIED.format(who="r.is_of_leader"),
    NewcomerStep.SPOKE: "n.spoke_at",
    NewcomerStep.CHECKED_IN: (
        "(SELECT MIN(k.created_at) FROM check_in k WHERE k.member_id = n.member_id AND k.voided_at IS NULL)"
    ),
}
"""When each step was done, as SQL over a newcomer's row `n`."""

_READ = ", ".join(f"{sql} AS {step}" for step, sql in DONE_AT.items())
_FACTS = f"SELECT n.id, {HAS_RULES} AS has_rules, {INVITER} AS inviter_id, {_READ} FROM newcomer n WHERE {{among}}"  # noqa: S608 - own text


@dataclass(frozen=True)
class StepStanding:
    """A step of a newcomer: when it was done, if it was, and whether it is wanted of this one at all."""

    step: NewcomerStep
    is_wanted: bool
    done_at: datetime | None

    @property
    def is_missing(self) -> bool:
        return self.is_wanted and self.done_at is None


@dataclass(frozen=True)
class NewcomerPath:
    """How far a newcomer has come, and who brought it."""

    steps: Sequence[StepStanding]
    inviter_id: UUID | None

    @property
    def following(self) -> StepStanding | None:
        """The first step that is missing."""
        return next((one for one in self.steps if one.is_missing), None)


async def paths_of(newcomers: Sequence[Newcomer]) -> list[NewcomerPath]:
    """The paths of newcomers, in their order, by one statement."""
    rows = await fetch(_FACTS.format(among=among("n.id", 1, "uuid")), [one.id for one in newcomers])
    facts = {as_id(row["id"]): row for row in rows}
    return [_path(one.steps, facts[one.id]) for one in newcomers]


def _path(wanted: Sequence[str], facts: Mapping[str, Any]) -> NewcomerPath:
    applies = {
        NewcomerStep.RULES_ACCEPTED: bool(facts["has_rules"]),
        NewcomerStep.INVITER_REPLIED: facts["inviter_id"] is not None,
    }
    steps = [
        StepStanding(
            step,
            is_wanted=step in wanted and applies.get(step, True),
            done_at=as_instant(facts[step]) if facts[step] else None,
        )
        for step in NewcomerStep
    ]
    return NewcomerPath(steps, as_id(facts["inviter_id"]) if facts["inviter_id"] else None)
