"""Choices: whole numbers that decide everything about a case, from Hypothesis, from a seed, or from a record.

A case is drawn once and may be drawn again from the record of its choices. 0 is always the plainest choice, and a
record that ends goes on with 0: so a record that is shorter or smaller is a plainer case.
"""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
Source = Callable[[int], int]
"""From n to a number below n."""


class Choices:
    """Decisions of a case, kept in `record`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.record: list[int] = []

    def below(self, count: int) -> int:
        """A number from 0 to `count` - 1."""
        if count < 2:
            return 0
        chosen = self._source(count)
        self.record.append(chosen)
        return chosen

    def between(self, least: int, most: int) -> int:
        return least + self.below(most - least + 1)

    def chance(self, percent: int) -> bool:
        return self.below(100) >= 100 - percent

    def pick(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def some(self, options: Sequence[T], percent: int = 50) -> list[T]:
        """Those that are chosen, in their order."""
        return [one for one in options if self.chance(percent)]


def of_seed(seed: str) -> Choices:
    return Choices(Random(seed).randrange)


def of_number(seed: int) -> Choices:
    """Few choices, fast: for the values that resolvers make up."""
    state = seed

    def following(count: int) -> int:
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % count

    return Choices(following)


def of_record(record: Sequence[int]) -> Choices:
    left = iter(record)
    return Choices(lambda count: min(next(left, 0), count - 1))


_numbers = {count: st.integers(0, count - 1) for count in range(2, 101)}


def of_hypothesis(draw: st.DrawFn) -> Choices:
    """Choices that Hypothesis makes, and shrinks."""
    return Choices(lambda count: draw(_numbers[count] if count in _numbers else st.integers(0, count - 1)))


def plainest(record: Sequence[int], fails: Callable[[Sequence[int]], bool], *, tries: int = 1_500) -> list[int]:
    """A plainer record that fails still: parts are left out and numbers lowered as long as that helps."""
    best, left = list(record), tries
    is_better = True
    while is_better:
        is_better = False
        for change in (_shorter, _lower):
            at = 0
            while at < len(best):
                for candidate in change(best, at):
                    left -= 1
                    if left < 0:
                        return best
                    if fails(candidate):
                        best, is_better = candidate, True
                        break
                else:
                    at += 1
    return best


def _shorter(record: list[int], at: int) -> Iterator[list[int]]:
    for size in (256, 64, 16, 4, 2, 1):
        if at + size <= len(record):
            yield record[:at] + record[at + size :]


def _lower(record: list[int], at: int) -> Iterator[list[int]]:
    for value in sorted({0, record[at] // 2, record[at] - 1}):
        if 0 <= value < record[at]:
            yield [*record[:at], value, *record[at + 1 :]]
