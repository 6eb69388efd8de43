"""Spans: which seconds of a session were watched, as pieces `[from, to)` that are in order and do not touch.

What is watched twice counts once, however often and in whichever order it was watched, since the pieces are a set of
seconds and nothing else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The seconds from `start` up to, and without, `end`."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        return max(self.end - self.start, 0)

    def within(self, length: int) -> Self:
        """As much of it as lies in a session of so many seconds."""
        return type(self)(min(max(self.start, 0), length), min(max(self.end, 0), length))

    def first(self, seconds: int) -> Self:
        """Its beginning, of so many seconds at most."""
        return type(self)(self.start, min(self.end, self.start + max(seconds, 0)))


Spans = Sequence[Span]


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same seconds in pieces that are in order and do not touch; empty pieces are dropped."""
    found: list[Span] = []
    for span in sorted(one for one in spans if one.seconds):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def seconds_of(spans: Spans) -> int:
    """How many seconds merged pieces hold."""
    return sum(span.seconds for span in spans)


def skipped(spans: Spans) -> list[Span]:
    """What merged pieces leave out before the furthest second that they reach."""
    edges = [Span(0, 0), *spans]
    return [Span(before.end, after.start) for before, after in pairwise(edges) if before.end < after.start]


def from_json(stored: Iterable[Sequence[int]]) -> list[Span]:
    return [Span(start, end) for start, end in stored]


def to_json(spans: Spans) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]
