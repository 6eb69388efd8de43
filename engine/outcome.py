"""The outcome: from faults noted in any order to the data and errors of the answer.

Errors are told in the order of a depth-first execution. A fault where null is not allowed makes the nearest place null
that may be; what stood behind it there, in the order of the document, was in vain and is not told.
"""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError
from graphql.error import located_error

from engine.level import HERE, Asked, Fault, Level, Place

Step = tuple[str | int, int, bool]
"""A key of the path, its rank among its neighbours, and whether null may stand there."""


def settle(data: dict[str, Any], faults: Sequence[Fault]) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
    """The data with null where faults make it so, and the errors to tell."""
    told: list[GraphQLError] = []
    trails = [(_trail(fault), fault) for fault in faults]
    for trail, fault in sorted(trails, key=lambda pair: [rank for _, rank, _ in pair[0]]):
        holders = _holders(data, trail)
        if holders is None:
            continue
        told.append(located_error(fault.error, fault.asked.nodes, [key for key, _, _ in trail]))
        for holder, (key, _, nullable) in zip(reversed(holders), reversed(trail), strict=True):
            if nullable:
                holder[key] = None
                break
        else:
            return None, told
    return data, told


def is_fatal(fault: Fault) -> bool:
    """Whether it leaves no data at all."""
    return not any(nullable for _, _, nullable in _trail(fault))


def _holders(data: dict[str, Any], trail: Sequence[Step]) -> list[Any] | None:
    """What holds each step of a trail; None where something on the way is null already."""
    holders: list[Any] = [data]
    for key, _, _ in trail[:-1]:
        following = holders[-1][key]
        if following is None:
            return None
        holders.append(following)
    return holders


def _trail(fault: Fault) -> list[Step]:
    """The way to a fault from the root."""
    level: Level = fault.level
    row, asked, place = fault.row, fault.asked, fault.place
    found: list[list[Step]] = []
    while True:
        found.append(_steps(asked, place))
        if level.parent is None or level.asked is None:
            return [step for steps in reversed(found) for step in steps]
        asked, place = level.asked, level.places[row] if level.places else HERE
        row, level = level.owners[row], level.parent


def _steps(asked: Asked, place: Place) -> list[Step]:
    steps: list[Step] = [(asked.key, asked.position, asked.nullable[0])]
    steps += [(index, index, asked.nullable[depth]) for depth, index in enumerate(place, start=1)]
    return steps
