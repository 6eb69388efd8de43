"""Answers written by hand, brought to one form before they are compared.

People type the same word in many ways: full-width digits and letters, capitals, a space more or less, a space between
Chinese characters that means nothing, a mark of width zero that came with a copied text. None of that is a mistake.
"""

import re
import unicodedata
from fractions import Fraction

_SPACES = re.compile(r"\s+")
_HAN = "\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SPACE_AT_HAN = re.compile(rf"(?<=[{_HAN}]) | (?=[{_HAN}])")
_NUMBER = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,2})?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
NUMBER_MOST = 80


def folded(text: str, *, keeps_case: bool = False) -> str:
    """The text in NFKC, without marks of no width and spaces that mean nothing, in one case unless that counts."""
    found = unicodedata.normalize("NFKC", text)
    if not found.isprintable():
        found = "".join(letter for letter in found if unicodedata.category(letter) != "Cf")
    found = _SPACE_AT_HAN.sub("", _SPACES.sub(" ", found).strip())
    return found if keeps_case else unicodedata.normalize("NFKC", found.casefold())


def number_in(text: str, unit: str | None = None) -> Fraction | None:
    """The number that a text says, exactly; its unit may stand behind it. None where it says no number."""
    found = folded(text, keeps_case=True)[:NUMBER_MOST].replace("−", "-")
    if unit:
        found = _without_unit(found, folded(unit, keeps_case=True))
    if _GROUPED.fullmatch(found):
        found = found.replace(",", "")
    return Fraction(found) if _NUMBER.fullmatch(found) else None


def _without_unit(text: str, unit: str) -> str:
    if unit and text.casefold().endswith(unit.casefold()):
        return text[: len(text) - len(unit)].strip()
    return text
