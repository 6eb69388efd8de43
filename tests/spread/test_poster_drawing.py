"""Posters as they come out, and pictures as they come in: whatever is sent, one comes about, and nothing bursts."""

import random
import struct
import zlib
from dataclasses import replace

import pytest
from PIL import Image

from models.errors import Invalid
from models.spread import poster_picture
from models.spread.poster_design import PLAIN_BOXES, Alignment, Box, CodeKind, PosterDesign
from models.spread.poster_drawing import PosterContent, drawn
from models.spread.poster_picture import BadPicture, avatar_of, background_of, read_picture
from seeds.posters import TEMPLATES
from tests.spread.pictures import a_picture, holds_code, opened, two_halves

LINK = "https://go.example.com/i/7kQ2Ab9xZ1"
SMALL = PosterDesign(
    width=400,
    height=600,
    slogan="一起喝茶",
    slogan_size=40,
    boxes={
        "avatar": Box(160, 20, 80, 80),
        "nickname": Box(20, 110, 360, 40),
        "slogan": Box(20, 160, 360, 120),
        "code": Box(100, 300, 200, 200),
        "note": Box(20, 520, 360, 40),
    },
).checked()


def test_a_poster_bears_the_code_of_its_text() -> None:
    poster = drawn(SMALL, PosterContent("林小雨", LINK))

    assert (opened(poster).format, opened(poster).size) == ("JPEG", (400, 600))
    assert holds_code(poster, SMALL.boxes["code"], LINK)
    assert not holds_code(poster, SMALL.boxes["code"], f"{LINK}0")


def test_a_code_stands_on_white_also_before_a_dark_picture() -> None:
    dark = a_picture(200, 300, colour="black")
    poster = drawn(SMALL, PosterContent("林小雨", LINK, background=dark))

    assert holds_code(poster, SMALL.boxes["code"], LINK)
    assert max(opened(poster).getpixel((5, 5))) < 10  # type: ignore[arg-type]  # of three channels
    assert min(opened(poster).getpixel((200, 303))) > 240  # type: ignore[arg-type]  # of three channels


def test_a_picture_of_a_code_takes_its_place() -> None:
    poster = drawn(SMALL, PosterContent("林小雨", LINK, code_picture=a_picture(430, 430, kind="PNG", colour="#00aa00")))

    red, green, blue = opened(poster).getpixel((200, 400))  # type: ignore[misc]  # of three channels
    assert (red < 20, green > 150, blue < 20) == (True, True, True)


def test_an_avatar_is_round_and_a_missing_one_is_made_up() -> None:
    with_one = opened(drawn(SMALL, PosterContent("林小雨", LINK, avatar=a_picture(300, 200, colour="#0000ff"))))
    without = opened(drawn(SMALL, PosterContent("林小雨", LINK)))
    nameless = opened(drawn(SMALL, PosterContent("🌸", LINK)))

    def is_blue(picture: object, place: tuple[int, int]) -> bool:
        red, _, blue = picture.getpixel(place)  # type: ignore[attr-defined]  # a picture
        return bool(blue > 200 and red < 60)

    assert [is_blue(with_one, place) for place in ((200, 60), (162, 22), (238, 98))] == [True, False, False]
    assert not is_blue(without, (200, 60))
    assert without.tobytes() != nameless.tobytes()


@pytest.mark.parametrize(
    "name", ["林小雨", "江" * 40, "🌸🐱", "مرحبا\u202e", "W" * 40, "", "\x00", "e" + "\u0301" * 500, "䶮𬭸"]
)
def test_a_poster_comes_about_for_every_name(name: str) -> None:
    assert opened(drawn(SMALL, PosterContent(name, LINK, avatar=b"broken"))).size == (400, 600)


def test_the_same_poster_is_the_same_picture() -> None:
    content = PosterContent("林小雨", LINK, avatar=a_picture(), background=a_picture(50, 80))
    assert drawn(SMALL, content) == drawn(SMALL, content)


@pytest.mark.parametrize("slogan", ["", "读书" * 60, "A" * 120, "一\n二\n三\n四\n五\n六\n七\n八\n九", "🌸" * 60])
def test_a_poster_comes_about_for_every_slogan(slogan: str) -> None:
    for alignment in Alignment:
        design = replace(SMALL, slogan=slogan, slogan_size=200, alignment=alignment).checked()
        assert holds_code(drawn(design, PosterContent("林小雨", LINK)), design.boxes["code"], LINK)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"width": 299}, "width"),
        ({"width": 2_701}, "width"),
        ({"width": 2_700, "height": 2_700}, "height"),
        ({"background": "../secret.key"}, "background"),
        ({"background": f"avatars/{'a' * 40}.jpg"}, "background"),
        ({"upper_colour": "red"}, "upperColour"),
        ({"slogan_colour": "#12345"}, "sloganColour"),
        ({"slogan": "字" * 121}, "slogan"),
        ({"slogan_size": 201}, "sloganSize"),
        ({"note": "字" * 41}, "note"),
        ({"boxes": {**PLAIN_BOXES, "code": Box(0, 0, 159, 159)}}, "code"),
        ({"boxes": {**PLAIN_BOXES, "code": Box(0, 0, 200, 240)}}, "code"),
        ({"boxes": {**PLAIN_BOXES, "avatar": Box(-1, 0, 100, 100)}}, "avatar"),
        ({"boxes": {**PLAIN_BOXES, "note": Box(0, 1_900, 300, 24)}}, "noteBox"),
        ({"boxes": {**PLAIN_BOXES, "slogan": Box(0, 0, 23, 24)}}, "sloganBox"),
    ],
)
def test_a_design_out_of_bounds_is_refused(said: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        PosterDesign(**said).checked()  # type: ignore[arg-type]  # what a test is about
    assert refused.value.field == field


def test_a_design_is_kept_as_it_is() -> None:
    assert PosterDesign.from_json(SMALL.to_json()) == SMALL
    qr = replace(SMALL, code_kind=CodeKind.QR, alignment=Alignment.LEFT)
    assert PosterDesign.from_json(qr.to_json()) == qr
    assert PosterDesign.from_json({}) == PosterDesign()


@pytest.mark.parametrize(
    ("kind", "mode", "colour"),
    [
        ("JPEG", "RGB", "teal"),
        ("JPEG", "L", 128),
        ("JPEG", "CMYK", (255, 0, 0, 0)),
        ("PNG", "RGBA", (0, 128, 128, 0)),
        ("PNG", "LA", (90, 0)),
        ("PNG", "P", 3),
        ("PNG", "1", 1),
        ("WEBP", "RGBA", (0, 128, 128, 100)),
    ],
)
def test_every_sort_of_picture_becomes_plain(kind: str, mode: str, colour: object) -> None:
    found = read_picture(a_picture(kind=kind, mode=mode, colour=colour), about=(64, 64))
    assert (found.mode, found.size) == ("RGB", (64, 64))


def test_what_is_transparent_has_white_behind_it() -> None:
    found = read_picture(a_picture(kind="PNG", mode="RGBA", colour=(255, 0, 0, 0)), about=(64, 64))
    assert found.getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.parametrize(("orientation", "size"), [(1, (40, 20)), (3, (40, 20)), (6, (20, 40)), (8, (20, 40))])
def test_a_picture_is_turned_as_its_camera_was_held(orientation: int, size: tuple[int, int]) -> None:
    content, _ = background_of(two_halves(orientation=orientation), side=100)
    kept = opened(content)

    assert (kept.size, dict(kept.getexif())) == (size, {})
    red_at = {1: (3, 10), 3: (36, 10), 6: (10, 3), 8: (10, 36)}[orientation]
    assert kept.getpixel(red_at)[0] > 200  # type: ignore[index]  # of three channels


DAMAGED = [
    b"Exif\0\0" + b"II*\0\x08\0\0\0" + b"\xff" * 30,
    b"Exif\0\0" + b"MM\0*\0\0\0\x08" + b"\0\x02\x01\x12\0\x05\0\0\0\x01\xff\xff\xff\xff\x01\x1a",
    b"Exif\0\0",
    b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x04\0\0\0abc\0\0\0\0\0",
]


@pytest.mark.filterwarnings("ignore::UserWarning")  # the library warns of what is damaged, and reads on
@pytest.mark.parametrize("exif", DAMAGED)
def test_what_a_camera_says_wrongly_hurts_nothing(exif: bytes) -> None:
    content, size = background_of(a_picture(40, 20, exif=exif), side=100)

    assert (size, opened(content).info.keys() & {"exif", "icc_profile"}) == ((40, 20), set())


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_broken_bytes_are_a_picture_or_are_refused(kind: str) -> None:
    chance, exif = random.Random(kind), Image.Exif()
    exif[0x0112], exif[0x8769], exif[0x010F] = 6, {0x9000: b"0230"}, "camera"
    sound = a_picture(24, 16, kind=kind, exif=exif.tobytes())
    for _ in range(150):
        broken = bytearray(sound)
        for _ in range(chance.randint(1, 6)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            assert avatar_of(bytes(broken))
        except BadPicture:
            continue


def a_bomb(width: int, height: int) -> bytes:
    """A PNG that says it is as large as that, of a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        a_picture(kind="GIF"),
        a_picture(kind="TIFF"),
        a_picture(kind="BMP"),
        a_picture(400, 400)[:2_000],
        a_picture(kind="PNG")[:60],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        a_bomb(60_000, 60_000),
        a_bomb(4_001, 4_000),
        a_picture(kind="PNG", mode="I;16", colour=9_000),
    ],
    ids=["none", "svg", "gif", "tiff", "bmp", "cut", "cut-png", "head", "bomb", "too-large", "deep"],
)
def test_what_is_no_picture_for_us_is_refused(content: bytes) -> None:
    with pytest.raises(BadPicture):
        background_of(content, side=1_000)


def test_too_many_bytes_are_not_even_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poster_picture, "BYTES_MOST", 100)
    with pytest.raises(BadPicture):
        read_picture(a_picture(), about=(64, 64))


def test_uploads_are_kept_no_larger_than_they_are_shown() -> None:
    content, size = background_of(a_picture(900, 300, kind="PNG"), side=300)
    face = opened(avatar_of(a_picture(900, 700)))

    assert (size, opened(content).size, opened(content).format) == ((300, 100), (300, 100), "JPEG")
    assert (face.size, face.format) == ((640, 640), "JPEG")
    assert opened(avatar_of(a_picture(30, 50))).size == (30, 30)


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_templates_of_the_demo_can_be_drawn(name: str) -> None:
    design = TEMPLATES[name].checked()
    poster = drawn(design, PosterContent("林小雨", LINK))

    assert opened(poster).size == (design.width, design.height)
    assert holds_code(poster, design.boxes["code"], LINK)
