"""Text that staff format: plain, Markdown, or HTML of which only what is harmless is kept.

HTML is cleaned when it comes in, once, so that nobody who shows it has to think of it: no scripts, no styles, no
frames, and pictures only by https or from our own host. Cleaning what was cleaned changes nothing.
"""

import re
from enum import StrEnum
from html import escape, unescape

import nh3

from models.errors import ADDRESS_PATTERN

TAGS = frozenset(
    {
        *("a", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h3", "h4", "h5", "h6", "hr"),
        *("i", "img", "ins", "li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "u", "ul"),
        *("table", "tbody", "td", "th", "thead", "tr", "audio", "video", "source", "figure", "figcaption"),
    }
)
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "audio": {"src", "controls"},
    "video": {"src", "controls", "width", "height"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_MARKUP = re.compile(r"<[^>]*>")
_BREAKS = re.compile(r"(?i)<(?:br|/p|/div|/li|/tr|/h[3-6])\b[^>]*>")
_SPACES = re.compile(r"\s+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


class TextFormat(StrEnum):
    """How a text is written."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    HTML = "html"


def _address(tag: str, name: str, value: str) -> str | None:
    """Keep an address only where it leads to https or to our own host; of links, also to mail."""
    if name not in ("src", "href"):
        return value
    return value if ADDRESS_PATTERN.fullmatch(value.strip()) else None


_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    attributes={name: set(kept) for name, kept in ATTRIBUTES.items()},
    attribute_filter=_address,
    url_schemes={"https"},
    link_rel="noopener noreferrer",
    strip_comments=True,
)


def line(text: str) -> str:
    """A text without format, in one line, without control characters."""
    return _SPACES.sub(" ", _CONTROLS.sub("", text)).strip()


def cleaned(text: str, format: TextFormat) -> str:
    """The text as it is kept: without control characters and surrounding space, HTML without what may do harm."""
    kept = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if format is TextFormat.HTML and ("<" in kept or "&" in kept or ">" in kept):
        return _CLEANER.clean(kept).strip()
    return kept


def as_html(text: str, format: TextFormat) -> str:
    """Plain text as HTML that reads the same; HTML as it is."""
    return text if format is TextFormat.HTML else escape(text, quote=False).replace("\n", "<br>")


def plain(text: str, format: TextFormat) -> str:
    """The words alone, in one line: for lists, for searching and for comparing."""
    if format is TextFormat.HTML:
        text = unescape(_MARKUP.sub("", _BREAKS.sub(" ", text)))
    return _SPACES.sub(" ", text).strip()
