"""What a run needs beside the seeds: everybody logged in and introduced, some in five groups, no job at work.

Tokens follow from members' ids, so that a run knows them without keeping them.
"""

import base64
import hashlib
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from jobs.schedule import SCHEDULE
from store.brand_day import brand_day
from store.clock import SystemClock
from store.ids import new_id
from store.vault import token_hash

TOKEN_LIFE = timedelta(days=365)
AT_HOME = 5_000
"""So many members are in five groups: a full home screen."""

_FEWER = (
    "SELECT member_id, row_number() OVER (ORDER BY md5(member_id::text)) - 1 AS n, max(joined_at) AS joined_at "
    "FROM membership GROUP BY member_id HAVING count(*) < 5 ORDER BY md5(member_id::text) LIMIT $1"
)
_INTRODUCTIONS = (
    "INSERT INTO introduction (id, member_id, version, is_latest, likes, good_at, published_at) SELECT "
    "gen_random_uuid(), id, 1, TRUE, ($1::text[])[1 + abs(hashtext(id::text)) % 5], "
    "($2::text[])[1 + abs(hashtext(nickname)) % 5], joined_at FROM member"
)
LIKES = ("周末带孩子露营", "晨跑和骑行", "烘焙，也爱喝茶", "摄影和自驾", "种花，养了两只猫")
GOOD_AT = ("修自行车", "做川菜", "讲故事", "写毛笔字", "教小朋友游泳")
_ROOM = (
    "UPDATE chat_group g SET member_count = s.n, member_cap = greatest(g.member_cap, s.n) "
    "FROM (SELECT group_id, count(*) AS n FROM membership GROUP BY group_id) s WHERE s.group_id = g.id"
)
_NOT_YET = (
    "SELECT s.member_id FROM streak s JOIN member m ON m.id = s.member_id LEFT JOIN account a ON a.holder_id = m.id "
    "AND a.holder = 'member' AND a.currency = 'points' AND a.bucket = 'available' "
    "WHERE s.last_day = $1::date - 1 AND m.status = 'normal' "
    "WINDOW alike AS (PARTITION BY s.current_days, s.longest_days, s.total_days, s.cycle_done, a.balance) "
    "ORDER BY count(*) OVER alike DESC, s.current_days, s.longest_days, s.total_days, s.cycle_done, a.balance, m.id"
)


def token_of(member_id: UUID) -> str:
    """The access token of a member of the planted community; it opens nothing else."""
    digest = hashlib.sha256(b"benchmark:" + member_id.bytes).digest()
    return "shq_a_" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def not_yet_today(connection: asyncpg.Connection) -> Sequence[UUID]:
    """Members that were here yesterday and can check in today; those whose answers will be alike come together."""
    return [row["member_id"] for row in await connection.fetch(_NOT_YET, brand_day(SystemClock().now()))]


async def add(connection: asyncpg.Connection) -> None:
    """Into a database that was planted just now."""
    await _log_in_everybody(connection)
    await _join_more_groups(connection)
    await connection.execute(_INTRODUCTIONS, list(LIKES), list(GOOD_AT))
    await _hold_the_jobs(connection)


async def _log_in_everybody(connection: asyncpg.Connection) -> None:
    at = SystemClock().now()
    members = [row["id"] for row in await connection.fetch("SELECT id FROM member ORDER BY id")]
    rows = [(new_id(), "member", one, token_hash(token_of(one)), at + TOKEN_LIFE, at) for one in members]
    columns = ("id", "kind", "subject_id", "access_hash", "access_expires_at", "created_at")
    await connection.copy_records_to_table("session", records=rows, columns=columns)


async def _join_more_groups(connection: asyncpg.Connection) -> None:
    groups = [row["id"] for row in await connection.fetch("SELECT id FROM chat_group ORDER BY id")]
    held = await connection.fetch("SELECT member_id, group_id FROM membership")
    places = {(row["member_id"], row["group_id"]) for row in held}
    count: dict[UUID, int] = {}
    for row in held:
        count[row["member_id"]] = count.get(row["member_id"], 0) + 1
    rows = []
    for row in await connection.fetch(_FEWER, AT_HOME):
        wanted, place = 5 - count[row["member_id"]], row["n"] * 5
        for step in range(len(groups)):
            group = groups[(place + step) % len(groups)]
            if wanted and (row["member_id"], group) not in places:
                rows.append((new_id(), row["member_id"], group, "member", row["joined_at"] + timedelta(days=1)))
                wanted -= 1
            if not wanted:
                break
    columns = ("id", "member_id", "group_id", "role", "joined_at")
    await connection.copy_records_to_table("membership", records=rows, columns=columns)
    await connection.execute(_ROOM)


async def _hold_the_jobs(connection: asyncpg.Connection) -> None:
    """Take the lease of every job that one process runs at a time, so that none works beside the load."""
    until = SystemClock().now() + TOKEN_LIFE
    rows = [(job.name, new_id(), until) for job in SCHEDULE if job.is_shared]
    await connection.copy_records_to_table("job_lease", records=rows, columns=("name", "holder", "until"))
