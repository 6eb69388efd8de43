"""A roll: how a secret seed, committed to beforehand, becomes a number that anybody can compute again.

The operator publishes the SHA-256 of a seed before the first chance exists, and the seed when its time is over. In
between each roll is an HMAC of what neither side can choose any more: the draw, the entrant, and how many times this
entrant has drawn; a text from the client may be mixed in. Numbers that would make some results likelier than others by
the remainder of a division are thrown away, and the next ones are taken.

`docs/draws.md` says the same for those who check it, and `tests/play/verify.py` is that recipe as a program.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from itertools import accumulate, count
from uuid import UUID

from store.vault import vault

SEED_BYTES = 32
_NUMBER_BYTES = 8
_NUMBERS = 2 ** (8 * _NUMBER_BYTES)


def new_seed() -> str:
    """A seed that nobody guesses, in hexadecimal digits."""
    return secrets.token_hex(SEED_BYTES)


def commitment_of(seed: str) -> str:
    """What is published of a seed while it is secret."""
    return hashlib.sha256(bytes.fromhex(seed)).hexdigest()


def entrant_of(draw_id: UUID, member_id: UUID) -> str:
    """The name of a member in the log of a draw: always the same there, and telling nobody who it is."""
    return vault().keyed_hash(f"draw:{draw_id}:{member_id}")


def roll_message(draw_id: UUID, entrant: str, sequence: int, client_text: str | None) -> str:
    """What the roll of an entrant's nth draw is made from, beside the seed."""
    return f"{draw_id}:{entrant}:{sequence}:{client_text or ''}"


def unmet_message(message: str) -> str:
    """What a roll is made from that follows because a guarantee could not be met."""
    return f"{message}:unmet"


def number_below(bound: int, seed: str, message: str) -> int:
    """A number from 0 to `bound - 1`, each as likely as any other; `bound` is above 0."""
    key, fair = bytes.fromhex(seed), _NUMBERS - _NUMBERS % bound
    for block in count():
        digest = hmac.digest(key, f"{message}:{block}".encode(), "sha256")
        for start in range(0, len(digest), _NUMBER_BYTES):
            number = int.from_bytes(digest[start : start + _NUMBER_BYTES], "big")
            if number < fair:
                return number % bound
    raise AssertionError("unreachable")


def place_of(number: int, weights: Sequence[int]) -> int:
    """Which of the weights, laid one after the other, the number falls on."""
    return next(place for place, end in enumerate(accumulate(weights)) if number < end)


def entrants_hash(entrants: Sequence[tuple[str, int]]) -> str:
    """The hash of a list of entrants and their tickets, a line each, in the order given."""
    return hashlib.sha256("".join(f"{entrant}:{tickets}\n" for entrant, tickets in entrants).encode()).hexdigest()
