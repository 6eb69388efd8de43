"""The characters of GIFT: which are taken letter by letter behind a backslash, and how a text says its format."""

import re

from models.learning.rich_text import TextFormat

_RESERVED = "\\#=~{}:"
_HIDDEN = {letter: chr(0xE000 + place) for place, letter in enumerate(_RESERVED)}
_SHOWN = {hidden: letter for letter, hidden in _HIDDEN.items()}
_LINE = chr(0xE010)
_ESCAPE = re.compile(r"\\([\\#=~{}:n])")
_PRIVATE = re.compile("[\ue000-\ue0ff]")
_FORMAT = re.compile(r"\[(moodle|html|plain|markdown)\]")
_MARKUP = re.compile(r"<[a-zA-Z/!]|&(?:#\d+|#x[0-9a-fA-F]+|\w+);")

_NAME_OF = {TextFormat.PLAIN: "plain", TextFormat.MARKDOWN: "markdown", TextFormat.HTML: "html"}
_FORMAT_OF = {name: one for one, name in _NAME_OF.items()}


def hidden(text: str) -> str:
    """The text with what stands behind backslashes as characters that no mark of GIFT is."""
    return _ESCAPE.sub(lambda found: _LINE if found[1] == "n" else _HIDDEN[found[1]], _PRIVATE.sub("", text))


def shown(text: str) -> str:
    """The same characters as themselves."""
    return "".join("\n" if one == _LINE else _SHOWN.get(one, one) for one in text).strip()


def escaped(text: str) -> str:
    """A text that GIFT reads as it is; in one line, since a paragraph ends at an empty one."""
    return "".join(f"\\{one}" if one in _RESERVED else one for one in text).replace("\n", "\\n")


def read_format(text: str, otherwise: TextFormat) -> tuple[str, TextFormat]:
    """A text and its format, which is another one than usual where the text says so."""
    found = _FORMAT.match(text.strip())
    rest = shown(text.strip()[found.end() :] if found else text)
    return rest, _FORMAT_OF.get(found[1], otherwise) if found else otherwise


def usual_format(text: str) -> TextFormat:
    """What Moodle's own format comes to, in which a question is that says no other: HTML where it has markup."""
    return TextFormat.HTML if _MARKUP.search(text) else TextFormat.PLAIN


def told_format(text: str, format: TextFormat) -> str:
    """A text with its format before it."""
    return f"[{_NAME_OF[format]}]{escaped(text)}"


def plainly(text: str, format: TextFormat) -> str:
    """A part of a question whose format is that of the stem: said again only where the text might be taken for one."""
    return told_format(text, format) if text.startswith("[") else escaped(text)
