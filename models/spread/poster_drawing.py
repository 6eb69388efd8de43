"""Drawing a poster: a background, an avatar in a circle, a name, a slogan, a code, and a line below it.

It is a pure function of what it is given, so that the same poster is the same picture, and it takes some tens of
milliseconds of a processor: whoever calls it does so in a thread, and not in many at once.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from PIL import Image, ImageDraw, ImageOps

from models.qr_code import modules_of, scale_in
from models.spread.poster_design import Alignment, Box, PosterDesign
from models.spread.poster_font import drawable, font
from models.spread.poster_picture import BadPicture, jpeg_of, read_picture
from models.spread.poster_text import LINE_HEIGHT, fitted, shortened

REVISION = 1
"""Of this way of drawing: raised when a poster would look different, so that kept ones are drawn anew."""

NAMELESS = "微信好友"
"""Who has a name of which nothing can be drawn."""

_SMOOTH = 4
"""Circles are drawn so many times as large and made smaller, for a smooth edge."""

_PANEL = 0.06
_TINTS = ("#C8553D", "#588B8B", "#8E6C88", "#6B8F71", "#C98A2B", "#4F6D9A")


@dataclass(frozen=True)
class PosterContent:
    """What stands on one member's poster; pictures as their bytes, the code's text where there is no picture of it."""

    nickname: str
    code_text: str
    code_picture: bytes | None = field(default=None, repr=False)
    avatar: bytes | None = field(default=None, repr=False)
    background: bytes | None = field(default=None, repr=False)


def drawn(design: PosterDesign, content: PosterContent) -> bytes:
    """The poster as JPEG."""
    canvas = _ground(design, content.background)
    name = drawable(content.nickname) or NAMELESS
    boxes = design.boxes
    _draw_avatar(canvas, boxes["avatar"], content.avatar, name=drawable(content.nickname))
    _draw_line(canvas, boxes["nickname"], name, design.text_colour, design.alignment)
    _draw_slogan(canvas, boxes["slogan"], design)
    _draw_code(canvas, boxes["code"], content)
    _draw_line(canvas, boxes["note"], drawable(design.note), design.text_colour, design.alignment)
    return jpeg_of(canvas)


def _ground(design: PosterDesign, background: bytes | None) -> Image.Image:
    size = (design.width, design.height)
    behind = _backdrop(background, size) if background else None
    return (behind or _gradient(size, design.upper_colour, design.lower_colour)).copy()


@lru_cache(maxsize=4)
def _backdrop(background: bytes, size: tuple[int, int]) -> Image.Image | None:
    """Many posters of a template come one after the other, so the last few are remembered: 10 MB each at most."""
    picture = _picture(background, size)
    return ImageOps.fit(picture, size, Image.Resampling.LANCZOS) if picture else None


@lru_cache(maxsize=4)
def _gradient(size: tuple[int, int], upper: str, lower: str) -> Image.Image:
    shade = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, lower), Image.new("RGB", size, upper), shade)


def _draw_avatar(canvas: Image.Image, box: Box, avatar: bytes | None, *, name: str) -> None:
    side = box.width
    picture = _picture(avatar, (side, side))
    face = ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS) if picture else _made_up_face(side, name)
    rim = max(2, side // 30)
    canvas.paste(Image.new("RGB", (side, side), "white"), (box.x, box.y), _circle(side, 0))
    canvas.paste(face, (box.x, box.y), _circle(side, rim))


def _made_up_face(side: int, name: str) -> Image.Image:
    """The first sign of the name on a colour that is the name's own; head and shoulders where there is no name."""
    tint = _TINTS[sum(name.encode()) % len(_TINTS)]
    face = Image.new("RGB", (side, side), tint)
    pen = ImageDraw.Draw(face)
    if name:
        pen.text((side / 2, side / 2), name[0].upper(), "white", font(round(side * 0.48)), anchor="mm")
        return face
    middle = side / 2
    pen.ellipse((middle - side * 0.17, side * 0.22, middle + side * 0.17, side * 0.56), "white")
    pen.ellipse((middle - side * 0.33, side * 0.62, middle + side * 0.33, side * 1.28), "white")
    return face


@lru_cache(maxsize=16)
def _circle(side: int, rim: int) -> Image.Image:
    large = Image.new("L", (side * _SMOOTH, side * _SMOOTH))
    edge = rim * _SMOOTH
    ImageDraw.Draw(large).ellipse((edge, edge, side * _SMOOTH - 1 - edge, side * _SMOOTH - 1 - edge), 255)
    return large.resize((side, side), Image.Resampling.LANCZOS)


def _draw_line(canvas: Image.Image, box: Box, text: str, colour: str, alignment: Alignment) -> None:
    """One line in the middle of its box's height, as large as that allows."""
    letters = font(max(8, round(box.height / LINE_HEIGHT)))
    _put(canvas, box, box.y + box.height / 2, shortened(text, letters, box.width), letters.size, colour, alignment)


def _draw_slogan(canvas: Image.Image, box: Box, design: PosterDesign) -> None:
    # A bold face is drawn by a rim around each sign, which takes room at both ends of a line.
    room = box.width - 2 * _rim(design.slogan_size)
    text = fitted(design.slogan, size=design.slogan_size, width=room, height=box.height)
    rim = _rim(text.size)
    begins = box.y + (box.height - text.height) / 2
    for number, line in enumerate(text.lines):
        middle = begins + (number + 0.5) * text.size * LINE_HEIGHT
        _put(canvas, box, middle, line, text.size, design.slogan_colour, design.alignment, rim=rim)


def _rim(size: int) -> int:
    return max(1, size // 40)


def _put(
    canvas: Image.Image,
    box: Box,
    middle: float,
    text: str,
    size: float,
    colour: str,
    alignment: Alignment,
    *,
    rim: int = 0,
) -> None:
    is_left = alignment is Alignment.LEFT
    place = (box.x + rim if is_left else box.x + box.width / 2, middle)
    anchor = "lm" if is_left else "mm"
    pen = ImageDraw.Draw(canvas)
    pen.text(place, text, colour, font(round(size)), anchor=anchor, stroke_width=rim, stroke_fill=colour)


def _draw_code(canvas: Image.Image, box: Box, content: PosterContent) -> None:
    """The code on white with round corners, whatever lies behind."""
    side = box.width
    panel = Image.new("L", (side, side))
    ImageDraw.Draw(panel).rounded_rectangle((0, 0, side - 1, side - 1), side * _PANEL, 255)
    canvas.paste(Image.new("RGB", (side, side), "white"), (box.x, box.y), panel)
    picture = _picture(content.code_picture, (side, side))
    if picture is None:
        code = _qr(content.code_text, side)
    else:
        inner = side - 2 * round(side * _PANEL)
        code = ImageOps.contain(picture, (inner, inner), Image.Resampling.LANCZOS)
    canvas.paste(code, (box.x + (side - code.width) // 2, box.y + (side - code.height) // 2))


def _qr(text: str, side: int) -> Image.Image:
    rows = modules_of(text)
    code = Image.frombytes("L", (len(rows), len(rows)), b"".join(bytes(255 * (not dark) for dark in r) for r in rows))
    scaled = len(rows) * scale_in(len(rows), side)
    return code.resize((scaled, scaled), Image.Resampling.NEAREST)


def _picture(content: bytes | None, about: tuple[int, int]) -> Image.Image | None:
    """A picture, or none: a poster comes about even where one that belongs on it cannot be read."""
    if content is None:
        return None
    try:
        return read_picture(content, about=about)
    except BadPicture:
        return None
