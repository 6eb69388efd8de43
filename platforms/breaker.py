"""A fuse between us and a platform that does not answer.

After so many failures in a row it refuses at once, so that callers do not queue up behind a hanging host. When it has
rested it lets a single call through as a probe: success closes it, failure lets it rest again.
"""

import time
from collections.abc import Callable


class Breaker:
    def __init__(self, *, failures: int = 5, rest: float = 5.0, tick: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._rest, self._tick = failures, rest, tick
        self._streak = 0
        self._rested_at = 0.0
        self._probing = False

    def admits(self) -> bool:
        """Whether a call may go out now; whoever is admitted reports one of the three endings below."""
        if self._streak < self._limit:
            return True
        if self._probing or self._tick() < self._rested_at:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        self._streak, self._probing = 0, False

    def failed(self) -> None:
        self._streak, self._probing = self._streak + 1, False
        self._rested_at = self._tick() + self._rest

    def abandoned(self) -> None:
        """The caller went away before the end, which says nothing about the platform."""
        self._probing = False
