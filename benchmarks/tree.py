"""`python -m benchmarks.tree SERVER_URL [--size N] [--others K]`: referral trees of depth 40, on PostgreSQL.

In a scratch database it plants one tree of N members by bulk SQL, asks it for a path to the root, a first and a later
page of the subtree and the counts by depth, plants K more trees of the same size, and asks again: the answers must cost
the same, above all in pages touched, whatever else the machine does. At the end a tree of 100,000 is hung under the
first one while newcomers come in below it, and the audit says whether everything is still in its place.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from statistics import median
from uuid import UUID

from models.members.member import Member
from models.points.account import Account
from models.spread.invite_stage import ASSIST_LOST, TOPIC
from models.spread.referral import Referral
from models.spread.referral_audit import audit_referrals
from models.spread.referral_change import ReferralChange
from models.spread.referral_place import ancestors_of
from models.spread.referral_subtree import Subtree
from models.spread.referral_team import ReferralTeam, fold_referrals
from store.bulk import loading
from store.database import close_database, execute, fetch, is_unavailable, open_database, transaction
from store.ids import new_id
from store.migrations.connection import scratch_database
from store.migrations.runner import migrate
from store.outbox import held_back

DEPTH = 40
BRANCH = 100_000
NEWCOMERS = 200
REPEATS = 40
AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)

_ID = "md5(format('%s-%s-%s', {tree}, {level}, {number}))::uuid"
_LEVEL = f"""
INSERT INTO referral (id, inviter_id, invitee_id, created_at, ordinal, root_id, depth, trunk, path, activated_at,
    is_counted, is_activation_counted, needs_counting)
SELECT md5(format('r%s-%s-%s', $1::int, $2::int, n.number))::uuid, n.inviter_id,
    {_ID.format(tree="$1::int", level="$2::int", number="n.number")}, $4::timestamptz, n.ordinal, n.root_id, $2::int,
    n.above || n.step, n.above || n.step, CASE WHEN n.number % 3 = 0 THEN $4::timestamptz END, TRUE, n.number % 3 = 0,
    FALSE
FROM (
    SELECT m.number, m.inviter_id, COALESCE(p.root_id, m.inviter_id) AS root_id,
        COALESCE(p.path, ''::bytea) AS above, m.ordinal,
        convert_to(lpad(to_hex(m.ordinal), 6, '0'), 'UTF8') AS step
    FROM (
        SELECT g.number, g.inviter_id, row_number() OVER (PARTITION BY g.inviter_id ORDER BY g.number) - 1 AS ordinal
        FROM (
            SELECT number, CASE WHEN $2::int = 1 THEN {_ID.format(tree="$1::int", level="0", number="0")}
                ELSE {_ID.format(tree="$1::int", level="$2::int - 1", number="floor(random() * $3)::int")} END
                AS inviter_id
            FROM generate_series(0, $3::int - 1) number
        ) g
    ) m LEFT JOIN referral p ON p.invitee_id = m.inviter_id AND p.depth = $2::int - 1
) n
"""  # noqa: S608 - own text
_TEAMS = """
INSERT INTO referral_team (id, member_id, generation, members, activated)
SELECT gen_random_uuid(), f.inviter_id, f.generation, SUM(f.members), SUM(f.activated) FROM (
    SELECT inviter_id, 1 AS generation, 1 AS members, is_activation_counted::int AS activated FROM referral
    WHERE root_id = $1 AND depth = $2
    UNION ALL SELECT r.inviter_id, t.generation + 1, t.members, t.activated FROM referral r
    JOIN referral_team t ON t.member_id = r.invitee_id WHERE r.root_id = $1 AND r.depth = $2
) f GROUP BY f.inviter_id, f.generation
"""
_PAGES = (
    "SELECT SUM(heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read + COALESCE(toast_blks_hit, 0) "
    "+ COALESCE(toast_blks_read, 0)) AS pages FROM pg_statio_user_tables"
)


async def plant(tree: int, size: int) -> UUID:
    """A tree of so many members below its root, `DEPTH` deep, in levels of one width; returns its root."""
    width = size // DEPTH
    [row] = await fetch(f"SELECT {_ID.format(tree=tree, level=0, number=0)} AS id")
    async with transaction():
        await execute("SET LOCAL statement_timeout = 0")
        await execute("SET LOCAL session_replication_role = replica")
        for level in range(1, DEPTH + 1):
            await execute(_LEVEL, tree, level, width, AT)
            await execute("ANALYZE referral") if level in (2, 10) else None
        for level in range(DEPTH, 0, -1):
            await execute(_TEAMS, row["id"], level)
        await execute("SET LOCAL session_replication_role = DEFAULT")
    await vacuum()
    found: UUID = row["id"]
    return found


async def vacuum() -> None:
    """Statistics, and pages that are known to be visible, as autovacuum leaves them; and nothing left to be written."""
    async with loading():
        await execute("ANALYZE referral")
        await execute("ANALYZE referral_team")
        await execute("CHECKPOINT")


async def measure(root: UUID) -> None:
    """Print what each question about a tree costs, warm."""
    [deep] = await fetch("SELECT invitee_id, id FROM referral WHERE root_id = $1 AND depth = $2 LIMIT 1", root, DEPTH)
    [middle] = await fetch("SELECT invitee_id FROM referral WHERE root_id = $1 AND depth = 3 LIMIT 1", root)
    [counted] = await fetch("SELECT count(*) AS n FROM referral")
    team = sum(one.members for one in await ReferralTeam.of(root))
    print(f"\n{counted['n']:,} referrals in all, {team:,} of them below the root asked about; milliseconds:")

    async def first_page() -> object:
        return await (await Subtree.of(root)).page(21)

    async def later_page() -> object:
        return await (await Subtree.of(root)).page(21, after=deep["id"])

    async def page_below() -> object:
        return await (await Subtree.of(middle["invitee_id"])).page(21)

    for name, act in (
        ("path to the root from depth 40", lambda: ancestors_of(deep["invitee_id"])),
        ("first page of the subtree", first_page),
        ("a page from within", later_page),
        ("first page below a member of depth 3", page_below),
        ("counts by depth", lambda: ReferralTeam.of(root)),
    ):
        await _timed(name, act)


async def _timed(name: str, act: Callable[[], Awaitable[object]]) -> None:
    taken, before = [], await _pages_touched()
    for _ in range(REPEATS):
        begun = time.perf_counter()
        await act()
        taken.append((time.perf_counter() - begun) * 1000)
    pages = (await _pages_touched() - before) / REPEATS
    taken = sorted(taken[3:])
    slow = taken[int(len(taken) * 0.95)]
    print(f"  {name:40} median {median(taken):7.2f}   95th percentile {slow:7.2f}   {pages:6,.0f} pages")


async def _pages_touched() -> int:
    """Pages of 8 KiB that statements have asked for so far: what they cost, whatever else the machine does."""
    await fetch("SELECT pg_stat_force_next_flush()")
    [row] = await fetch(_PAGES)
    return int(row["pages"])


async def move_a_branch(root: UUID) -> None:
    """Hang a tree of 100,000 under another one while newcomers come in below it."""
    branch = await plant(999, BRANCH)
    [target] = await fetch("SELECT invitee_id FROM referral WHERE root_id = $1 AND depth = 20 LIMIT 1", root)
    inner = await fetch("SELECT invitee_id FROM referral WHERE root_id = $1 ORDER BY random() LIMIT 50", branch)
    inviters = [row["invitee_id"] for row in inner]
    for member_id in {root, branch, target["invitee_id"], *inviters}:
        await Member.create(id=member_id, nickname="压测", joined_at=AT)
    newcomers = []
    for _ in range(NEWCOMERS):
        async with transaction():
            newcomers.append(await Member.born(at=AT))

    async def come_in() -> list[float]:
        taken = []
        for number, newcomer in enumerate(newcomers):
            begun = time.perf_counter()
            while not await _came_in(inviters[number % len(inviters)], newcomer.id):
                continue
            taken.append(time.perf_counter() - begun)
        return taken

    async def move() -> float:
        begun = time.perf_counter()
        await ReferralChange.by_staff(
            branch, target["invitee_id"], reason="压测", proof="压测", staff_id=new_id(), at=AT, once=None
        )
        return time.perf_counter() - begun

    with held_back(TOPIC, ASSIST_LOST, "standing"):
        moved, taken, _ = await asyncio.gather(move(), come_in(), fold_referrals(at=AT))
    print(f"\nA tree of {BRANCH:,} was hung under a member of depth 20 in {moved:.1f} s; {len(taken)} came in below it")
    print(f"meanwhile, the slowest waiting {max(taken):.1f} s.")
    await fold_referrals(at=AT)
    print(f"The audit finds: {await audit_referrals() or 'nothing amiss.'}")


async def _came_in(inviter_id: UUID, newcomer_id: UUID) -> bool:
    """Bring a newcomer in, as a client does that tries again when it has waited as long as a statement may last."""
    try:
        await Referral.record(inviter_id, newcomer_id, at=AT)
    except Exception as error:
        if not is_unavailable(error):
            raise
        return False
    return True


async def run(server: str, size: int, others: int) -> None:
    async with scratch_database(server) as url:
        await migrate(url)
        await open_database(url, pool_size=8)
        try:
            await Account.open_pools()
            root = await plant(0, size)
            await measure(root)
            for tree in range(1, others + 1):
                await plant(tree, size)
            if others:
                await measure(root)
            await move_a_branch(root)
        finally:
            await close_database()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server")
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--others", type=int, default=9)
    given = parser.parse_args()
    asyncio.run(run(given.server, given.size, given.others))
