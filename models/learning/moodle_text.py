"""The texts of Moodle XML: their formats, and the pictures that come inside the file."""

import base64
import binascii
from html import escape
from typing import Any
from urllib.parse import quote

from models.learning.bank_row import Gallery, Notes, demand_short
from models.learning.gift_text import usual_format
from models.learning.rich_text import TextFormat

Element = Any
"""An element of the tree that a parser makes; the parser bears no types."""

EMBEDDED = "@@PLUGINFILE@@"
FORMAT_NAMES = {TextFormat.PLAIN: "plain_text", TextFormat.MARKDOWN: "markdown", TextFormat.HTML: "html"}
_FORMAT_OF = {name: one for one, name in FORMAT_NAMES.items()}


def text_of(parent: Element, path: str = "text") -> str:
    """The text of an element below another, an empty one where it is missing."""
    found = parent.find(path) if parent is not None else None
    return "".join(found.itertext()).strip() if found is not None else ""


def fragment(element: Element, gallery: Gallery, notes: Notes) -> tuple[str, TextFormat]:
    """A text with its format; pictures inside the file are handed to the gallery and named by their addresses."""
    if element is None:
        return "", TextFormat.PLAIN
    text = demand_short(text_of(element))
    for file in element.findall("file"):
        name = str(file.get("name") or "")
        address = _taken(file, name, gallery, notes)
        path = str(file.get("path") or "/")
        for spelt in (name, quote(name)):
            text = text.replace(f"{EMBEDDED}{path}{spelt}", address).replace(f"{EMBEDDED}/{spelt}", address)
    if EMBEDDED in text:
        notes.add("题干媒体", zh="引用的文件不在文件中，未导入", en="a file that it names is not in it")
    return text, format_of(element)


def format_of(element: Element) -> TextFormat:
    """In which format the text of an element is written."""
    return _FORMAT_OF.get(str(element.get("format"))) or usual_format(text_of(element))


def told_text(text: str, name: str = "text") -> str:
    return f"<{name}>{escape(text, quote=False)}</{name}>"


def told_fragment(name: str, text: str, format: TextFormat, inside: str = "") -> str:
    """An element with a text of a format."""
    return f'<{name} format="{FORMAT_NAMES[format]}">{told_text(text)}{inside}</{name}>'


def _taken(file: Element, name: str, gallery: Gallery, notes: Notes) -> str:
    """The address of a picture in the file; an empty one for what is none."""
    try:
        content = base64.b64decode("".join((file.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        content = b""
    address = gallery.take(content) if content else None
    if address is None:
        notes.add("题干媒体", zh=f"文件 {name[:40]} 不是图片，未导入", en=f"the file {name[:40]} is no picture")
    return address or ""
