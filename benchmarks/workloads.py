"""What is asked: for each workload a document of our contract, and who asks it with which variables."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import orjson

from benchmarks.dialects import GRAPHQL, Dialect
from benchmarks.extras import not_yet_today, token_of
from benchmarks.papers import begun, given
from engine.cursor import encode_id
from store.brand_day import brand_day
from store.clock import SystemClock
from store.ids import new_id

ASKERS = 5_000
Variables = dict[str, object]
Asker = tuple[UUID, Variables]


@dataclass(frozen=True)
class Workload:
    """`askers` finds who asks with which variables; of one that `writes`, nobody asks twice."""

    name: str
    document: str
    askers: Callable[[asyncpg.Connection], Awaitable[Sequence[Asker]]]
    writes: bool = False

    def lines(self, askers: Sequence[Asker], dialect: Dialect = GRAPHQL) -> Iterator[str]:
        """The requests for a server: a token, a tab and a body each."""
        for member_id, variables in askers:
            given = dialect.body(self.name, self.document, variables)
            yield f"{token_of(member_id)}\t{orjson.dumps(given).decode()}"


async def _with_five_groups(connection: asyncpg.Connection) -> Sequence[Asker]:
    rows = await connection.fetch(
        "SELECT p.member_id FROM membership p JOIN streak s USING (member_id) WHERE s.last_day >= $2::date - 1 "
        "GROUP BY p.member_id HAVING count(*) >= 5 ORDER BY md5(p.member_id::text) LIMIT $1",
        ASKERS,
        brand_day(SystemClock().now()),
    )
    return [(row["member_id"], {}) for row in rows]


async def _anybody(connection: asyncpg.Connection) -> Sequence[Asker]:
    rows = await connection.fetch("SELECT id FROM member ORDER BY md5(id::text) LIMIT $1", ASKERS)
    return [(row["id"], {}) for row in rows]


async def _one_of_each_group(connection: asyncpg.Connection) -> Sequence[Asker]:
    rows = await connection.fetch(
        "SELECT DISTINCT ON (group_id) member_id, group_id FROM membership "
        "WHERE group_id IN (SELECT id FROM chat_group WHERE member_count > 50) "
        "ORDER BY group_id, joined_at DESC LIMIT $1",
        ASKERS,
    )
    return [(row["member_id"], {"group": encode_id("Group", row["group_id"])}) for row in rows]


async def _with_a_whole_tree(connection: asyncpg.Connection) -> Sequence[Asker]:
    rows = await connection.fetch(
        "SELECT a.inviter_id FROM referral a JOIN referral b ON b.inviter_id = a.invitee_id "
        "JOIN referral c ON c.inviter_id = b.invitee_id GROUP BY a.inviter_id HAVING count(*) >= 125 "
        "ORDER BY md5(a.inviter_id::text) LIMIT $1",
        ASKERS,
    )
    return [(row["inviter_id"], {}) for row in rows]


async def _not_yet_today(connection: asyncpg.Connection) -> Sequence[Asker]:
    members = await not_yet_today(connection)
    return [(member_id, {"input": {"idempotencyKey": str(new_id())}}) for member_id in members]


async def _begun(connection: asyncpg.Connection) -> Sequence[Asker]:
    return [
        (member_id, {"input": {"attemptId": encode_id("QuizAttempt", attempt_id), "answers": given()}})
        for member_id, attempt_id in await begun(connection)
    ]


HOME = """
query Home {
  viewer {
    member { nickname }
    account { available }
    streakDays
    groups(first: 5) {
      edges { node { id name memberCount
        checkIns(first: 3) { edges { node { createdAt member { id nickname } } } } } }
    }
  }
}
"""

BOARD = """
query Board {
  board(metric: POINTS, window: ALL) {
    entries(first: 50) { edges { rank score node { id nickname } } }
  }
}
"""

PAGE = """
query Page($group: ID!) {
  node(id: $group) {
    ... on Group {
      members(first: 50) {
        edges { cursor role joinedAt node { nickname pointsEarned introduction { likes goodAt } } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""

TREE = """
query Tree {
  viewer {
    referrals(first: 5) { edges { node { createdAt member { nickname }
      referrals(first: 5) { edges { node { createdAt member { nickname }
        referrals(first: 5) { edges { node { createdAt member { nickname } } } } } } } } } }
  }
}
"""

CHECK_IN = """
mutation CheckIn($input: CheckInInput!) {
  checkIn(input: $input) {
    checkIn { businessDay dayIndex streakDays pointsPaid }
    viewer { account { available } streakDays }
    nextAt
    userErrors { code field message }
  }
}
"""

HAND_IN = """
mutation HandIn($input: HandInQuizInput!) {
  handInQuiz(input: $input) {
    attempt { state pointsMost result { points percent isPassed } }
    viewer { account { available } }
    isReplay
    userErrors { code field message }
  }
}
"""

WORKLOADS = {
    one.name: one
    for one in (
        Workload("home", HOME, _with_five_groups),
        Workload("board", BOARD, _anybody),
        Workload("page", PAGE, _one_of_each_group),
        Workload("tree", TREE, _with_a_whole_tree),
        Workload("check-in", CHECK_IN, _not_yet_today, writes=True),
        Workload("hand-in", HAND_IN, _begun, writes=True),
    )
}
