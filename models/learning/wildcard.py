"""Moodle's way to accept a text in part: `*` stands for anything. It has no patterns, so few of ours can be said in it.

`*wine*` is a text that is contained. A `*` elsewhere becomes a pattern of pieces with `.*` between, and goes back.
"""

import re

from models.learning.bank_row import unsayable
from models.learning.written_key import Accepted, Matching

_ANY = ".*"
_LITERAL = re.compile(r"(?:[^\\.^$*+?()\[\]{}|]|\\[^A-Za-z0-9])*", re.DOTALL)
_STAR = re.compile(r"(?<!\\)\*")


def from_wildcard(text: str) -> tuple[str, Matching]:
    """What a text of Moodle accepts."""
    pieces = [one.replace("\\*", "*") for one in _STAR.split(text)]
    if len(pieces) == 1:
        return pieces[0], Matching.EXACT
    if len(pieces) == 3 and not pieces[0].strip() and not pieces[2].strip() and pieces[1].strip():
        return pieces[1], Matching.CONTAINS
    return _ANY.join(re.escape(one) for one in pieces), Matching.REGEX


def to_wildcard(accepted: Accepted) -> str:
    """The text of Moodle that accepts the same, or `Invalid` where there is none."""
    if accepted.matching is Matching.EXACT:
        return _starless(accepted.text)
    if accepted.matching is Matching.CONTAINS:
        return f"*{_starless(accepted.text)}*"
    pieces = accepted.text.split(_ANY)
    if len(pieces) == 1 or not all(_LITERAL.fullmatch(one) for one in pieces):
        raise unsayable("答案", "正则表达式无法用该格式表示", "this format has no patterns")
    literal = [re.sub(r"\\(.)", r"\1", one, flags=re.DOTALL) for one in pieces]
    found = "*".join(_starless(one) for one in literal)
    if from_wildcard(found) != (accepted.text, Matching.REGEX):
        raise unsayable("答案", "正则表达式无法用该格式表示", "this format has no patterns")
    return found


def _starless(text: str) -> str:
    if "\\*" in text or text.endswith("\\"):
        raise unsayable("答案", "反斜杠后的星号无法用该格式表示", "this format cannot say a star behind a backslash")
    return text.replace("*", "\\*")
