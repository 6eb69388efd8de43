"""Processor time of processes, in seconds, as Linux counts it."""

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(pids: Iterable[int]) -> dict[int, float]:
    """The time each process has run, all its threads together; those that have ended are left out."""
    found = {pid: _of(pid) for pid in pids}
    return {pid: seconds for pid, seconds in found.items() if seconds is not None}


def spent(before: dict[int, float], after: dict[int, float]) -> float:
    """What processes ran between two readings; one that is in the second alone has run all of it in between."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def _of(pid: int) -> float | None:
    try:
        threads = [int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
        if any(threads):
            return sum(threads) / 1e9  # nanoseconds, where the kernel keeps them
        user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    except OSError:
        return None
    return (int(user) + int(system)) / _TICKS
