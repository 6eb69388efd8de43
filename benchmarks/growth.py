"""Whether rates hold as the community grows: the same servers on a small database and on a large one, in turns."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

from benchmarks.database import Databases
from benchmarks.servers import Contender

SIZES = (20_000, 200_000)
WORKLOADS = ("home", "board")
SERVERS = ("ours", "bare")


def databases(postgres: str, redis: str, sizes: Sequence[int]) -> list[Databases]:
    """The small one's boards lie in the Redis database before the given one, which holds those of the large."""
    parts = urlsplit(redis)
    own = urlunsplit(parts._replace(path=f"/{max(int(parts.path.strip('/') or 0) - 1, 0)}"))
    return [Databases(postgres, url, size) for url, size in zip((own, redis), sizes, strict=True)]


def on(contender: Contender, members: int) -> Contender:
    """The contender as it is called on a community of this size."""
    return replace(contender, name=f"{contender.name}-{members}")


def on_small(server: str, members: int) -> str:
    """The name of the same server on the small community."""
    return f"{server.rpartition('-')[0]}-{members}"
