"""Matching: who is put together with whom. It is pure, and the same people under the same seed are matched the same.

Squads differ by one member at most, so do the newcomers in them, and those whom one member brought (and that member)
are kept apart as far as there are squads. That this can always be had at once is König's theorem: take each person as
a line between its family and its place in a line of newcomers first, cut both into pieces of as many as there are
squads, and colour the lines so that no two of one piece have one colour. The colours are the squads.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from uuid import UUID


@dataclass(frozen=True)
class Candidate:
    """Somebody who asked to be matched. A `family` is one inviter with all whom it brought."""

    id: UUID
    is_new: bool
    family: UUID


@dataclass(frozen=True)
class OpenSquad:
    """A squad that takes in whom it is given, with those who are there."""

    id: UUID
    members: tuple[Candidate, ...]
    free: int


@dataclass(frozen=True)
class Matching:
    """Who joins which squad, who makes a new one, and who is left over."""

    joins: dict[UUID, list[Candidate]] = field(default_factory=dict)
    squads: list[list[Candidate]] = field(default_factory=list)
    left: list[Candidate] = field(default_factory=list)


def matched(
    candidates: Iterable[Candidate], open_squads: Sequence[OpenSquad], *, least: int, most: int, seed: int
) -> Matching:
    """Match candidates to squads of `least` to `most`.

    Open squads that are too small are filled first, where that saves them; the rest make squads of their own, and who
    is left over then goes where there is room.
    """
    chance = Random(seed)  # noqa: S311 - it has to be repeatable, not secret
    waiting = sorted(candidates, key=lambda one: one.id)
    chance.shuffle(waiting)
    homes = {squad.id: _Home(squad) for squad in sorted(open_squads, key=lambda one: (-len(one.members), one.id))}
    for home in homes.values():
        missing = least - len(home.members)
        if 0 < missing <= min(home.free, len(waiting)):
            _fill(home, waiting, missing)
    count = how_many(len(waiting), least, most)
    taken, waiting = waiting[: count * most], waiting[count * most :]
    for home in homes.values():
        if len(home.members) >= least:
            _fill(home, waiting, min(home.free, len(waiting)))
    joins = {squad_id: home.joined for squad_id, home in homes.items() if home.joined}
    return Matching(joins, dealt(taken, count), waiting)


def how_many(people: int, least: int, most: int) -> int:
    """Into how many squads so many people go, as near to the middle of the sizes as can be; 0 for too few."""
    fewest, greatest = -(-people // most), people // least
    return max(min(max(people * 2 // (least + most), fewest), greatest), 0)


def dealt(people: Sequence[Candidate], count: int) -> list[list[Candidate]]:
    """The people in so many squads: as even in size, in newcomers and in families as can be."""
    if not count:
        return []
    colours = _coloured(_lines(people, count), count)
    squads: list[list[Candidate]] = [[] for _ in range(count)]
    for person, colour in zip(people, colours, strict=True):
        squads[colour].append(person)
    return squads


class _Home:
    """An open squad while it is filled."""

    def __init__(self, squad: OpenSquad) -> None:
        self.members, self.free = list(squad.members), squad.free
        self.joined: list[Candidate] = []

    def take(self, one: Candidate) -> None:
        self.members.append(one)
        self.joined.append(one)
        self.free -= 1

    def fits(self, one: Candidate) -> tuple[bool, bool]:
        """Smaller is better: nobody of its family is there, and it is of the rarer kind."""
        newcomers = sum(mate.is_new for mate in self.members)
        has_more_new = newcomers * 2 > len(self.members)
        return any(mate.family == one.family for mate in self.members), one.is_new == has_more_new


def _fill(home: _Home, waiting: list[Candidate], count: int) -> None:
    for _ in range(count):
        best = min(waiting, key=home.fits)
        waiting.remove(best)
        home.take(best)


Line = tuple[tuple[object, int], tuple[object, int]]


def _lines(people: Sequence[Candidate], count: int) -> list[Line]:
    """Each person as the piece of its family and the piece of the line of newcomers that it lies in."""
    seen: dict[UUID, int] = {}
    order = sorted(range(len(people)), key=lambda number: not people[number].is_new)
    places = {number: place for place, number in enumerate(order)}
    lines: list[Line] = []
    for number, person in enumerate(people):
        position = seen.get(person.family, 0)
        seen[person.family] = position + 1
        lines.append(((person.family, position // count), ("line", places[number] // count)))
    return lines


def _coloured(lines: Sequence[Line], count: int) -> list[int]:
    """A colour for each line, so that no two lines with an end in common have the same."""
    at: dict[tuple[object, int], dict[int, int]] = {}
    colours = [-1] * len(lines)
    for number, (left, right) in enumerate(lines):
        free_left, free_right = [_free(at.setdefault(end, {}), count) for end in (left, right)]
        if free_left not in at[right]:
            free_right = free_left
        elif free_right in at[left]:
            _swap(lines, colours, at, left, free_right, free_left)
        colours[number] = free_right
        at[left][free_right] = at[right][free_right] = number
    return colours


def _free(taken: dict[int, int], count: int) -> int:
    return next(colour for colour in range(count) if colour not in taken)


def _swap(
    lines: Sequence[Line],
    colours: list[int],
    at: dict[tuple[object, int], dict[int, int]],
    end: tuple[object, int],
    colour: int,
    other: int,
) -> None:
    """Exchange two colours along the path that leaves an end by the first, which is free there afterwards.

    The path never comes to the far end of the line that is to be coloured: it would come there by `colour`, which is
    free there.
    """
    path, here, wanted = list[int](), end, colour
    while (number := at[here].get(wanted)) is not None:
        path.append(number)
        left, right = lines[number]
        here, wanted = (right if here == left else left), colour + other - wanted
    for number in path:
        for one in lines[number]:
            del at[one][colours[number]]
    for number in path:
        colours[number] = colour + other - colours[number]
        for one in lines[number]:
            at[one][colours[number]] = number
