"""Setting text on a poster: names cut short by their measured width, slogans broken into lines as Chinese is.

A line may break between any two Chinese signs, but never before a sign that closes or after one that opens; words in
letters and numbers stay whole as long as they fit a line. A slogan that does not fit its box becomes smaller, and is
cut where even that does not help.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import ImageFont

from models.spread.poster_font import drawable, font

MORE = "…"
LINE_HEIGHT = 1.35
"""Of the size."""

SMALLEST = 0.55
"""How far a slogan shrinks before it is cut."""

_STEPS = 6
_NARROWING = 0.01
_CLOSING = "，。、；：？！）》」』】〕”’…—～·％,.;:?!)]}%"
_STOPS = tuple("，、。；：！？,;!?")
_OPENING = "（《「『【〔“‘([{"
_PIECE = re.compile(
    rf"[{re.escape(_OPENING)}]*(?:[0-9A-Za-z\u00C0-\u024F@#&+\-_/'.,:%]*[0-9A-Za-z\u00C0-\u024F@#&+\-_/%]|\S|\s)"
    rf"[{re.escape(_CLOSING)}]*"
)


@dataclass(frozen=True)
class Lines:
    """A text as it is set; `size` is the height of its signs in pixels."""

    size: int
    lines: tuple[str, ...]

    @property
    def height(self) -> int:
        return round(len(self.lines) * self.size * LINE_HEIGHT)


def shortened(text: str, letters: ImageFont.FreeTypeFont, width: int) -> str:
    """A text in one line of at most `width` pixels, whose end becomes … where it is longer."""
    if letters.getlength(text) <= width:
        return text
    least, most = 0, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        if letters.getlength(text[:middle].rstrip() + MORE) <= width:
            least = middle
        else:
            most = middle - 1
    return text[:least].rstrip() + MORE


@lru_cache(maxsize=256)
def fitted(text: str, *, size: int, width: int, height: int) -> Lines:
    """A text in lines that fit a box, as large as may be up to `size`; a template's slogan is set once a process."""
    least = max(1, round(size * SMALLEST))
    for step in range(_STEPS + 1):
        tried = Lines(size - (size - least) * step // _STEPS, ())
        lines = tuple(_lines(text, font(tried.size), width))
        if Lines(tried.size, lines).height <= height:
            return Lines(tried.size, lines)
    return _cut(lines, least, width, height)


def _cut(lines: tuple[str, ...], size: int, width: int, height: int) -> Lines:
    """As many lines as fit, at least one, the last with … at its end."""
    count = max(1, int(height // (size * LINE_HEIGHT)))
    if count >= len(lines):
        return Lines(size, lines)
    letters = font(size)
    last = lines[count - 1]
    while last and letters.getlength(last + MORE) > width:
        last = last[:-1]
    return Lines(size, (*lines[: count - 1], last.rstrip() + MORE))


def _lines(text: str, letters: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    """The lines of a text; what it breaks itself stays broken."""
    for paragraph in text.splitlines():
        if plain := drawable(paragraph):
            pieces = [part for piece in _PIECE.findall(plain) for part in _parts(piece, letters, width)]
            measured = [(piece, letters.getlength(piece)) for piece in pieces]
            clauses = _clauses(measured)
            is_clean = len(_broken(clauses, width)) <= len(_broken(measured, width))
            is_narrow = all(length <= width for _, length in clauses)
            yield from _balanced(clauses if is_clean and is_narrow else measured, width)


def _clauses(pieces: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Pieces joined up to each stop: where that costs no line more, lines end where a reader pauses."""
    clauses, is_open = list[tuple[str, float]](), False
    for piece, length in pieces:
        if is_open:
            before, taken = clauses.pop()
            piece, length = before + piece, taken + length
        clauses.append((piece, length))
        is_open = not piece.rstrip().endswith(_STOPS)
    return clauses


def _parts(piece: str, letters: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    """A piece that fits a line, or as many signs of it at once as do."""
    while piece and letters.getlength(piece) > width:
        fits = next((n for n in range(len(piece) - 1, 0, -1) if letters.getlength(piece[:n]) <= width), 1)
        yield piece[:fits]
        piece = piece[fits:]
    if piece:
        yield piece


def _balanced(pieces: Sequence[tuple[str, float]], width: float) -> list[str]:
    """Pieces in as few lines as they need, which are about equally long: no sign stands alone in the last."""
    lines = _broken(pieces, width)
    least, most = width / 2, width
    while most - least > width * _NARROWING:
        middle = (least + most) / 2
        if len(tried := _broken(pieces, middle)) == len(lines):
            lines, most = tried, middle
        else:
            least = middle
    return lines


def _broken(pieces: Sequence[tuple[str, float]], width: float) -> list[str]:
    """Pieces in lines of at most `width` pixels; what is wider by itself has a line of its own."""
    lines, line, taken = list[str](), "", 0.0
    for piece, length in pieces:
        if line and taken + length > width and piece.strip():
            lines.append(line.strip())
            line, taken = "", 0.0
        if line or piece.strip():
            line, taken = line + piece, taken + length
    return [*lines, line.strip()] if line.strip() else lines
