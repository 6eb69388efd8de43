"""Numbers of certificates: 12 letters that nobody guesses (about 2**59 of them) and one that gives slips away.

There are 31 letters, none to be mistaken for another, and 31 is prime: with the sum of the letters weighed by their
places, any one letter that is wrong, and any two that are swapped, are found without asking the database.
"""

import secrets

from models.groups.invitation import ALPHABET

LETTERS = 12
LENGTH = LETTERS + 1


def new_number() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
    return letters + ALPHABET[_weighed(letters)]


def read_number(text: str) -> str | None:
    """The number in what somebody typed, with or without spaces and strokes; None where it cannot be one."""
    plain = "".join(text.upper().split()).replace("-", "")
    if len(plain) != LENGTH or not set(plain) <= set(ALPHABET):
        return None
    return plain if ALPHABET[_weighed(plain[:LETTERS])] == plain[LETTERS] else None


def shown_number(number: str) -> str:
    """As people read it: 7K2M-Q9PD-A4TX-8."""
    return "-".join(number[start : start + 4] for start in range(0, len(number), 4))


def _weighed(letters: str) -> int:
    return sum(weight * ALPHABET.index(letter) for weight, letter in enumerate(letters, start=1)) % len(ALPHABET)
