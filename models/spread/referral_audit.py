"""The audit of the referral trees: what must hold of them is computed anew from who brought whom.

It mends nothing. `make reconcile` runs it beside the audit of the ledger.
"""

from collections.abc import Mapping
from typing import Any

from models.spread.referral_team import GENERATIONS_MOST
from store.database import dialect, execute, fetch, transaction

_TREE = """
WITH RECURSIVE tree(id, inviter_id, invitee_id, root_id, depth, path) AS (
    SELECT n.id, n.inviter_id, n.invitee_id, n.inviter_id, 1, {first} FROM referral n
    WHERE NOT EXISTS (SELECT 1 FROM referral r WHERE r.invitee_id = n.inviter_id)
    UNION ALL SELECT n.id, n.inviter_id, n.invitee_id, t.root_id, t.depth + 1, {next}
    FROM referral n JOIN tree t ON t.invitee_id = n.inviter_id
)
"""
_STEP = {"postgres": "lpad(to_hex(n.ordinal), 6, '0')", "sqlite": "printf('%06x', n.ordinal)"}
_TEXT = {"postgres": "convert_from({}, 'UTF8')", "sqlite": "CAST({} AS TEXT)"}

_RINGS = (
    "Referral {id} of {invitee_id} by {inviter_id} hangs under no root: it is in a ring, or below one.",
    "{tree} SELECT r.id, r.inviter_id, r.invitee_id FROM referral r LEFT JOIN tree t ON t.id = r.id "
    "WHERE t.id IS NULL ORDER BY r.id LIMIT 100",
)
_PLACES = (
    "Referral {id} says it is {depth} below {root_id}; it is {found} below {found_root}, or its path differs.",
    "{tree} SELECT r.id, r.depth, r.root_id, t.depth AS found, t.root_id AS found_root FROM referral r "
    "JOIN tree t ON t.id = r.id WHERE r.root_id <> t.root_id OR r.depth <> t.depth OR {path} <> t.path "
    "OR r.trunk <> substr(r.path, 1, 1596) ORDER BY r.id LIMIT 100",
)
_FIGURES = (
    "Member {member_id} is said to have {members} ({activated} active) in generation {generation}; "
    "counted there are {found} ({found_active}).",
    """WITH RECURSIVE up(member_id, generation, people, active) AS (
        SELECT inviter_id, 1, CASE WHEN is_counted THEN 1 ELSE 0 END, CASE WHEN is_activation_counted THEN 1 ELSE 0 END
        FROM referral
        UNION ALL SELECT r.inviter_id, up.generation + 1, up.people, up.active
        FROM up JOIN referral r ON r.invitee_id = up.member_id
    ), both_ways AS (
        SELECT member_id, CASE WHEN generation > {most} THEN {most} ELSE generation END AS generation,
            0 AS members, 0 AS activated, people AS found, active AS found_active FROM up
        UNION ALL SELECT member_id, generation, members, activated, 0, 0 FROM referral_team
    ) SELECT member_id, generation, SUM(members) AS members, SUM(activated) AS activated,
        SUM(found) AS found, SUM(found_active) AS found_active FROM both_ways GROUP BY member_id, generation
    HAVING SUM(members) <> SUM(found) OR SUM(activated) <> SUM(found_active) ORDER BY 1, 2 LIMIT 100""",
)


async def audit_referrals() -> list[str]:
    """What does not hold of the trees, in sentences; at most a hundred of each kind."""
    async with transaction():
        if dialect() == "postgres":
            await execute("SET LOCAL statement_timeout = 0")
        told = []
        for sentence, sql in (_RINGS, _PLACES, _FIGURES):
            told += [sentence.format(**row) for row in await _rows(sql)]
            if told and sentence is _RINGS[0]:
                break  # In a ring nobody can be counted, and the count would have no end.
        return told


async def _rows(sql: str) -> list[Mapping[str, Any]]:
    step, text = _STEP[dialect()], _TEXT[dialect()]
    tree = _TREE.format(first=step, next=f"t.path || {step}")
    return await fetch(sql.format(tree=tree, path=text.format("r.path"), most=GENERATIONS_MOST))
