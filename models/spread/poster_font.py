"""The font of posters, Noto Sans SC, and which signs it can draw.

Names bear whatever a phone can type. Signs without a picture of their own (controls, marks that turn the direction of
writing, joiners) and those that the font does not have (emoji, scripts of other families) are left out, and so is a
second mark on one letter, which would grow out of its line.
"""

import unicodedata
from functools import lru_cache
from importlib.metadata import distribution

from PIL import ImageFont

_FILE = "zhplot/fonts/NotoSansSC-Regular.ttf"
_TRIAL_SIZE = 24
_NONCHARACTER = "\uffff"
"""No font has it, so its picture is the one that stands for every missing sign."""


@lru_cache(maxsize=64)
def font(size: int) -> ImageFont.FreeTypeFont:
    """The font at a height in pixels. It is laid out the same on every machine, whatever libraries there are."""
    path = distribution("zhplot").locate_file(_FILE)
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4_096)
def has(sign: str) -> bool:
    """Whether the font draws a sign; a space is drawn."""
    if sign == " ":
        return True
    if unicodedata.category(sign)[0] in "CZ":
        return False
    return _picture(sign) != _missing()


def drawable(text: str) -> str:
    """What of a text can be drawn, in one line."""
    plain = unicodedata.normalize("NFC", " ".join(text.split()))
    pairs = zip(" " + plain, plain, strict=False)
    found = "".join(_plainest(sign) for before, sign in pairs if not (_is_mark(sign) and _is_mark(before)))
    return " ".join(found.split())


def _plainest(sign: str) -> str:
    """A sign, or the plain ones that it stands for, as an 𝓐 does for an A; nothing where the font has neither."""
    if has(sign):
        return sign
    plain = unicodedata.normalize("NFKC", sign)
    return plain if plain != sign and all(has(one) for one in plain) else ""


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign)[0] == "M"


def _picture(sign: str) -> tuple[tuple[int, int], bytes]:
    mask = font(_TRIAL_SIZE).getmask(sign)
    return mask.size, bytes(mask)


@lru_cache(maxsize=1)
def _missing() -> tuple[tuple[int, int], bytes]:
    return _picture(_NONCHARACTER)
