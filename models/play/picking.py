"""Picking: winners out of a frozen list by a revealed seed, each once, in proportion to their tickets.

For each place a number is rolled below the tickets of those who are not picked yet, laid one after the other in the
order of the list. A tree of partial sums finds who it falls on without laying them anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from models.play.roll import number_below


@dataclass(frozen=True)
class Pick:
    """Who stands in the list at `index` was picked for `place` (from 1) by a number below a bound."""

    place: int
    index: int
    number: int
    bound: int


def picks(draw_id: UUID, list_hash: str, tickets: Sequence[int], seed: str, wanted: int) -> Iterator[Pick]:
    """As many different picks as wanted, or as there are entrants; every entrant has a ticket at least."""
    tree = _PartialSums(tickets)
    for place in range(1, min(wanted, len(tickets)) + 1):
        number = number_below(tree.total, seed, f"{draw_id}:{list_hash}:{place}")
        index, bound = tree.find(number), tree.total
        tree.take_out(index, tickets[index])
        yield Pick(place, index, number, bound)


class _PartialSums:
    """A binary indexed tree over the tickets that are still there."""

    def __init__(self, tickets: Sequence[int]) -> None:
        self.total = sum(tickets)
        self._sums = [0, *tickets]
        for index in range(1, len(self._sums)):
            above = index + (index & -index)
            if above < len(self._sums):
                self._sums[above] += self._sums[index]

    def find(self, number: int) -> int:
        """Whom the number falls on, counted from 0."""
        index, step = 0, 1 << len(self._sums).bit_length()
        while step:
            ahead = index + step
            if ahead < len(self._sums) and self._sums[ahead] <= number:
                index, number = ahead, number - self._sums[ahead]
            step >>= 1
        return index

    def take_out(self, index: int, tickets: int) -> None:
        self.total -= tickets
        index += 1
        while index < len(self._sums):
            self._sums[index] -= tickets
            index += index & -index
