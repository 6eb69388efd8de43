"""Cutting a total into lucky shares that favour nobody for coming early or late.

All shares of a packet are cut when it is sent, and a grab takes the next one. Naive packets draw each share from what
is left at the moment of the grab, and whoever comes early gets more on average. Here every way of writing the total as
so many whole numbers is equally likely (stars and bars: the bars are a sample without repetition), and swapping two
shares makes another such way, so each place in the order has the same distribution, and the mean total / count. Where
no share may pass a maximum, what is above it is cut again, in the same manner, among the shares that have room; and a
total nearer to the highest possible than to the lowest is cut from above, by what its shares lack, so that a tight
maximum does not make all shares but one the largest. Either step treats all places alike, and the shuffle at the end
keeps it so whatever is changed here later. Chance comes from the operating system.
"""

from itertools import pairwise
from secrets import SystemRandom

_chance = SystemRandom()


def cut(total: int, count: int, *, least: int = 1, most: int | None = None) -> list[int]:
    """`count` shares of `least` to `most` points each that sum to `total`, in the order in which they are taken.

    Raises `ValueError` where there is no such way to cut.
    """
    if count < 1 or total < least * count or (most is not None and total > most * count):
        raise ValueError(f"{total} cannot be cut into {count} shares of {least} to {most}")
    if most is None:
        shares = _spread(total - least * count, count, room=total)
    elif 2 * total > (least + most) * count:
        shares = [most - least - lacking for lacking in _spread(most * count - total, count, room=most - least)]
    else:
        shares = _spread(total - least * count, count, room=most - least)
    _chance.shuffle(shares)
    return [least + share for share in shares]


def _spread(points: int, count: int, *, room: int) -> list[int]:
    """`points` dealt to `count` shares of at most `room` each; every round that overflows fills a share for good."""
    shares, roomy = [0] * count, list(range(count))
    while points:
        for place, more in zip(roomy, _composition(points, len(roomy)), strict=True):
            given = min(more, room - shares[place])
            shares[place] += given
            points -= given
        roomy = [place for place in roomy if shares[place] < room]
    return shares


def _composition(points: int, count: int) -> list[int]:
    """One of all the ways to write `points` as `count` whole numbers from 0, each as likely as any other."""
    slots = points + count - 1
    bars = sorted(_chance.sample(range(slots), count - 1))
    return [after - before - 1 for before, after in pairwise([-1, *bars, slots])]
