"""Text in a cell of a sheet that goes out: a spreadsheet takes what begins with some marks for a formula, and runs it.

An apostrophe before it makes it text again. `plain_cell` says so of what people read; `kept_cell` of what is read in
again by `given_cell`, which gives back every text as it was, also those that had an apostrophe of their own.
"""

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_QUOTED = (*_FORMULAS, "'")


def plain_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULAS) else text


def kept_cell(text: str) -> str:
    """The same, such that `given_cell` gives the text back."""
    return f"'{text}" if _is_quoted(text) else plain_cell(text)


def given_cell(text: str) -> str:
    """What was written by `kept_cell`."""
    return text[1:] if _is_quoted(text) else text


def _is_quoted(text: str) -> bool:
    return text.startswith("'") and text[1:].startswith(_QUOTED)
