"""What a document is: told by its own bytes, never by its name; what can run on a reader's machine is none.

Office files are archives, so their kind is read from the parts inside, and one with macros is refused. Plain text has
no mark of its own: it is what reads as UTF-8 and holds no control characters. Nothing of it is ever shown in place; it
is handed out to be saved.
"""

import re
import zipfile
from io import BytesIO

from platforms.storage.picture import content_type as picture_type

PARTS_MOST = 10_000
OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
ENDINGS = {
    "application/pdf": "pdf",
    OFFICE["word/"]: "docx",
    OFFICE["xl/"]: "xlsx",
    OFFICE["ppt/"]: "pptx",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "video/mp4": "mp4",
    "text/plain": "txt",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
}
"""The types that are kept, and the ending that each is handed out with."""

_SPOKEN = (b"M4A ", b"M4B ")
_SHOWN = (b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")


def document_type(content: bytes) -> str | None:
    """One of the types of `ENDINGS`; none for anything else."""
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"PK\x03\x04"):
        return _office_type(content)
    if content.startswith(b"ID3") or (content[:1] == b"\xff" and content[1:2] in (b"\xfb", b"\xf3", b"\xf2")):
        return "audio/mpeg"
    if content[4:8] == b"ftyp":
        return _film_type(content[8:12])
    return picture_type(content) or _text_type(content)


def _office_type(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    is_plain = len(names) <= PARTS_MOST and not any(name.lower().endswith("vbaproject.bin") for name in names)
    if not is_plain or "[Content_Types].xml" not in names:
        return None
    kinds = [kind for part, kind in OFFICE.items() if any(name.startswith(part) for name in names)]
    return kinds[0] if len(kinds) == 1 else None


def _film_type(brand: bytes) -> str | None:
    if brand in _SPOKEN:
        return "audio/mp4"
    return "video/mp4" if brand in _SHOWN else None


def _text_type(content: bytes) -> str | None:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not text or text.lstrip("\ufeff \t\r\n").startswith(("<", "#!")):
        return None  # a page or a script, whatever it is called
    return None if _CONTROL.search(text) else "text/plain"
