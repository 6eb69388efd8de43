"""What is kept comes back as it went in; what is of no known type, too large or under a foreign path does not go in."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from platforms.errors import Unavailable
from platforms.storage.document import ENDINGS, OFFICE, document_type
from platforms.storage.picture import content_type
from platforms.storage.storage import Document, NotADocument, NotAPicture, Picture, Storage, TooLarge, open_storage

PNG = b"\x89PNG\r\n\x1a\n" + "签到照片".encode()
KEY = "check-ins/2026/11/0190f1.png"


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return open_storage(tmp_path / "files")
    return Storage(MemoryStore(), public_url="/files")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xff\xd8\xff\xe0...", "image/jpeg"),
        (PNG, "image/png"),
        (b"GIF89a...", "image/gif"),
        (b"GIF87a...", "image/gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_a_type_is_read_from_the_bytes(content: bytes, expected: str | None) -> None:
    assert content_type(content) == expected


async def test_a_picture_comes_back(storage: Storage) -> None:
    assert await storage.put(KEY, PNG) == Picture("image/png", PNG)
    assert await storage.get(KEY) == Picture("image/png", PNG)
    assert storage.url(KEY) == "/files/check-ins/2026/11/0190f1.png"


async def test_a_key_that_holds_nothing_gives_nothing(storage: Storage) -> None:
    assert await storage.get("check-ins/none.png") is None


async def test_what_is_no_picture_is_not_kept(storage: Storage) -> None:
    with pytest.raises(NotAPicture):
        await storage.put(KEY, b"<script>alert(1)</script>")
    assert await storage.get(KEY) is None


async def test_the_largest_picture_is_kept_and_a_larger_one_is_not() -> None:
    storage = Storage(MemoryStore(), public_url="/files", largest=len(PNG))
    await storage.put(KEY, PNG)
    with pytest.raises(TooLarge):
        await storage.put("other.png", PNG + b"\x00")
    assert await storage.get("other.png") is None


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../secret.key",
        "a/../b.png",
        "a//b.png",
        "照片.png",
        "a\x00.png",
        "a.png\n",
        "A.png",
        "a" * 201,
    ],
)
async def test_a_path_that_is_no_key_is_refused(storage: Storage, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        await storage.put(key, PNG)
    with pytest.raises(ValueError, match="key"):
        await storage.get(key)
    with pytest.raises(ValueError, match="key"):
        storage.url(key)


async def test_a_store_that_fails_is_unavailable(tmp_path: Path) -> None:
    storage = open_storage(tmp_path / "files")
    (tmp_path / "files" / "check-ins").write_text("a file where a folder is needed")
    with pytest.raises(Unavailable):
        await storage.put(KEY, PNG)


def archive(*names: str) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        for name in names:
            parts.writestr(name, "讲义")
    return file.getvalue()


TYPES = "[Content_Types].xml"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"%PDF-1.7\n...", "application/pdf"),
        (archive(TYPES, "word/document.xml"), OFFICE["word/"]),
        (archive(TYPES, "xl/workbook.xml"), OFFICE["xl/"]),
        (archive(TYPES, "ppt/presentation.xml"), OFFICE["ppt/"]),
        (archive(TYPES, "word/document.xml", "word/vbaProject.bin"), None),
        (archive(TYPES, "word/document.xml", "xl/workbook.xml"), None),
        (archive("setup.exe"), None),
        (b"PK\x03\x04 and nothing behind it", None),
        (b"ID3\x04...", "audio/mpeg"),
        (b"\xff\xfb\x90...", "audio/mpeg"),
        (b"\x00\x00\x00\x18ftypM4A ...", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypisom...", "video/mp4"),
        (b"\x00\x00\x00\x18ftypheic...", None),
        (PNG, "image/png"),
        ("第一讲：行业观察\n".encode(), "text/plain"),
        (b"<html><script>alert(1)</script>", None),
        (b"\xef\xbb\xbf  <svg/>", None),
        (b"#!/bin/sh\nrm -r ~", None),
        (b"MZ\x90\x00", None),
        (b"text with a bell \x07", None),
        (b"", None),
    ],
)
def test_a_documents_type_is_read_from_the_bytes(content: bytes, expected: str | None) -> None:
    assert document_type(content) == expected
    assert expected is None or expected in ENDINGS


async def test_a_document_comes_back(storage: Storage) -> None:
    slides = archive(TYPES, "ppt/presentation.xml")
    assert await storage.put_document("materials/1.pptx", slides) == Document(OFFICE["ppt/"], slides)
    assert await storage.get_document("materials/1.pptx") == Document(OFFICE["ppt/"], slides)
    assert await storage.get_document("materials/2.pptx") is None
    assert await storage.get("materials/1.pptx") is None


async def test_what_is_no_document_or_too_large_is_not_kept() -> None:
    storage = Storage(MemoryStore(), public_url="/files", largest_document=10)
    for content, refusal in ((b"MZ\x90\x00", NotADocument), (b"%PDF-123456", TooLarge)):
        with pytest.raises(refusal):
            await storage.put_document("materials/1", content)
    assert await storage.get_document("materials/1") is None


async def test_what_is_deleted_is_gone_and_nothing_else(storage: Storage) -> None:
    for key in ("posters/a/1", "posters/a/2", "posters/ab/1"):
        await storage.put(key, PNG)

    await storage.delete("posters/a/1")
    await storage.delete("posters/a/1")
    assert [await storage.get("posters/a/1") is None, await storage.get("posters/a/2") is None] == [True, False]
    await storage.clear("posters/a")
    await storage.clear("posters/a")
    await storage.clear("posters/none")

    assert await storage.get("posters/a/2") is None
    assert await storage.get("posters/ab/1") == Picture("image/png", PNG)


async def test_a_key_that_somebody_else_wrote_is_looked_at_first(storage: Storage) -> None:
    await storage.put(KEY, PNG)
    assert await storage.find(KEY) == Picture("image/png", PNG)
    assert [await storage.find(key) for key in ("../secret.key", "", "/etc/passwd", "a//b", "a" * 300)] == [None] * 5
