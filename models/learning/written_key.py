"""What counts as right where an answer is written by hand: accepted texts and accepted numbers.

A pattern is run by RE2, whose time grows with the length of the answer and never explodes, whoever wrote the pattern.
It must fit the whole answer, as every accepted text must. Patterns that only a backtracking engine can run (references
back, looking around) are refused when the key is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Any, Self

import re2

from models.errors import Invalid, bounded_text
from models.learning.folding import folded, number_in
from models.learning.rich_text import TextFormat, cleaned

TEXT_MOST = 200
NUMBER_TEXT_MOST = 40
PATTERN_MEMORY = 1 << 20
FULL = Decimal(100)


class Matching(StrEnum):
    """How an accepted text is compared with an answer."""

    EXACT = "exact"
    CONTAINS = "contains"
    REGEX = "regex"


@dataclass(frozen=True)
class Accepted:
    """A text that is accepted, and its share of the blank in percent."""

    text: str
    matching: Matching = Matching.EXACT
    is_case_sensitive: bool = False
    share: Decimal = FULL

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        matching, case = Matching(stored.get("matching", "exact")), stored.get("case", False)
        return cls(stored["text"], matching, case, Decimal(stored.get("share", "100")))

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"text": self.text}
        if self.matching is not Matching.EXACT:
            found["matching"] = self.matching.value
        if self.is_case_sensitive:
            found["case"] = True
        if self.share != FULL:
            found["share"] = told_share(self.share)
        return found

    def checked(self, field: str) -> Self:
        text = bounded_text(cleaned(self.text, TextFormat.PLAIN), f"{field}.text", least=1, most=TEXT_MOST) or ""
        if self.matching is Matching.REGEX:
            if _pattern(text, self.is_case_sensitive) is None:
                raise Invalid(f"{field}.text", zh="正则表达式不受支持", en="RE2 cannot run this pattern")
        elif not folded(text):
            raise Invalid(f"{field}.text", zh="不能为空", en="it is empty")
        return replace(self, text=text, share=checked_share(self.share, f"{field}.share"))

    def fits(self, answer: str) -> bool:
        """Whether an answer is accepted by this."""
        given = folded(answer, keeps_case=self.is_case_sensitive)
        if self.matching is Matching.REGEX:
            pattern = _pattern(self.text, self.is_case_sensitive)
            return bool(pattern and pattern.fullmatch(folded(answer, keeps_case=True)))
        wanted = folded(self.text, keeps_case=self.is_case_sensitive)
        return wanted in given if self.matching is Matching.CONTAINS else wanted == given


@dataclass(frozen=True)
class AcceptedNumber:
    """A number that is accepted, with how far an answer may lie beside it, and its share in percent."""

    value: str
    tolerance: str = "0"
    is_percent: bool = False
    share: Decimal = FULL

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        share = Decimal(stored.get("share", "100"))
        return cls(stored["value"], stored.get("tolerance", "0"), stored.get("percent", False), share)

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"value": self.value}
        if self.tolerance != "0":
            found["tolerance"] = self.tolerance
        if self.is_percent:
            found["percent"] = True
        if self.share != FULL:
            found["share"] = told_share(self.share)
        return found

    def checked(self, field: str) -> Self:
        """Both numbers as they are kept: `３，１４０.50 ` is 3140.50, a tolerance is not below 0."""
        value, tolerance = _number(self.value, f"{field}.value"), _number(self.tolerance, f"{field}.tolerance")
        if tolerance.startswith("-"):
            raise Invalid(f"{field}.tolerance", zh="误差不能为负", en="a tolerance is not below 0")
        is_percent = self.is_percent and Fraction(tolerance) != 0
        share = checked_share(self.share, f"{field}.share")
        return replace(self, value=value, tolerance=tolerance, is_percent=is_percent, share=share)

    def fits(self, number: Fraction) -> bool:
        """Whether a number is accepted by this; the edge of the tolerance is within."""
        within = Fraction(self.tolerance)
        if self.is_percent:
            within = abs(Fraction(self.value)) * within / 100
        return abs(number - Fraction(self.value)) <= within

    @property
    def width(self) -> str:
        """How far an answer may lie beside it, where percent are not understood."""
        if not self.is_percent:
            return self.tolerance
        return f"{abs(Decimal(self.value)) * Decimal(self.tolerance) / 100:f}"


def checked_share(share: Decimal, field: str, *, least: int = 0) -> Decimal:
    """A share in percent of at most five places, above `least`, or `Invalid`."""
    try:
        found = Decimal(share)
    except InvalidOperation:
        raise Invalid(field, zh="应为数字", en="it must be a number") from None
    if not found.is_finite() or not (least < found <= FULL or found == least < 0):
        raise Invalid(field, zh=f"应大于 {least} 且不超过 100", en=f"it must be above {least} and at most 100")
    return Decimal(told_share(found))


def told_share(share: Decimal) -> str:
    """A share as it is kept: at most five places, none that says nothing."""
    text = f"{share:.5f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _number(text: str, field: str) -> str:
    found = number_in(text)
    if found is None or len(text) > NUMBER_TEXT_MOST:
        raise Invalid(field, zh="应为数字", en="it must be a number")
    kept = folded(text).replace("−", "-").replace(",", "").lstrip("+")
    return "0" if found == 0 else kept


@lru_cache(maxsize=4_096)
def _pattern(text: str, is_case_sensitive: bool) -> Any:
    """The pattern, compiled; None for one that RE2 cannot run."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = PATTERN_MEMORY
    options.case_sensitive = is_case_sensitive
    try:
        return re2.compile(text, options)
    except re2.error:
        return None
