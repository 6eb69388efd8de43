"""`python -m tests.points.stateful --operations 100000 [--seed N]`: a long random history of the ledger.

It lives in a scratch database: a file, or on the PostgreSQL of TEST_DATABASE_URL.
"""

import argparse
import asyncio
import os
import secrets
import time

from models.points.account import Account
from store.database import close_database, in_this_thread, open_database
from store.migrations.connection import scratch_database
from store.migrations.runner import migrate
from tests.points.stateful.history import history


async def main(operations: int, seed: int) -> None:
    print(f"{operations} operations, --seed {seed}", flush=True)
    begun = time.perf_counter()
    async with scratch_database(os.environ.get("TEST_DATABASE_URL")) as url:
        await migrate(url)
        await open_database(url)
        try:
            await Account.open_pools()
            with in_this_thread():
                world = await history(operations, seed)
        finally:
            await close_database()
    for name, count in sorted(world.acts.items()):
        print(f"{count:>8} {name}")
    print(f"The ledger and the model agree after {time.perf_counter() - begun:.0f} s, at {world.at:%Y-%m-%d}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    given = parser.parse_args()
    asyncio.run(main(given.operations, given.seed))
