"""A portion: points, cash and pieces of an order that have gone back, or have not."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Portion:
    """A part of an order: points, cash in minor units, and pieces."""

    points: int = 0
    cash_minor: int = 0
    pieces: int = 0
