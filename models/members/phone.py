"""A phone as people write it: with or without the code of its country, with spaces and hyphens between the digits."""

import re

_WRITTEN = re.compile(r"\+?[\d\s-]{8,20}")
_MAINLAND = re.compile(r"(?:\+86|0086|86)?(1\d{10})")


def is_phone(text: str) -> bool:
    """Whether a text may be meant as a phone."""
    return bool(_WRITTEN.fullmatch(text))


def with_country(text: str) -> str:
    """A phone as identities keep it, the code of its country in front; without one it is of the mainland."""
    plain = "".join(one for one in text if one.isdigit() or one == "+")
    found = _MAINLAND.fullmatch(plain)
    return f"+86{found[1]}" if found else plain
