"""The kinds of question: by them it is decided what is shown, what a key holds, and what an answer looks like."""

from enum import StrEnum


class QuestionKind(StrEnum):
    """What a question asks for."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    JUDGE = "judge"
    BLANK = "blank"
    NUMBER = "number"
    ORDER = "order"
    MATCH = "match"
    SHORT_TEXT = "short_text"


CHOSEN_KINDS = frozenset({QuestionKind.SINGLE, QuestionKind.MULTIPLE})
"""Kinds in which options are ticked."""
OPTION_KINDS = CHOSEN_KINDS | {QuestionKind.ORDER, QuestionKind.MATCH}
"""Kinds that show options."""
ARRANGED_KINDS = frozenset({QuestionKind.ORDER, QuestionKind.MATCH})
"""Kinds whose options come with ids of our own, since those of a sender might tell the order."""
