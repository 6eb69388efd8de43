"""Categories as Moodle writes them: `$course$/top/汽车/保养`, where a `/` of a name is doubled."""

import re

from models.learning.question_terms import UNSORTED

_ROOT = re.compile(r"^\s*\$[a-z0-9]+\$\s*(?:/\s*|$)")
_TOP = re.compile(r"^top\s*(?:/\s*|$)")
_DOUBLED = "\ue0f0"


def from_moodle(text: str) -> str:
    """Our path of one of theirs."""
    path = _TOP.sub("", _ROOT.sub("", text.strip().replace("//", _DOUBLED)))
    return path.strip().replace(_DOUBLED, "／") or UNSORTED


def to_moodle(path: str) -> str:
    """Their path of one of ours; where nobody sorted a question, it lies at the top."""
    return "$course$/top" if path == UNSORTED else f"$course$/top/{path}"
