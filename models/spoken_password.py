"""Passwords that are told in a group aloud or in writing: for red packets, for quizzes."""

import unicodedata


def same_words(given: str, wanted: str) -> bool:
    """Whether two passwords are the same said aloud: letter case, width and space aside."""
    return _spoken(given) == _spoken(wanted)


def _spoken(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
