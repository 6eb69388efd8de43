"""Pictures for tests of posters, made where they are needed."""

import io

from PIL import Image, ImageDraw

from models.qr_code import modules_of
from models.spread.poster_design import Box


def a_picture(
    width: int = 64, height: int = 64, *, kind: str = "JPEG", mode: str = "RGB", colour: object = "teal", **said: object
) -> bytes:
    """A picture of one colour; `said` goes to the encoder."""
    made = io.BytesIO()
    Image.new(mode, (width, height), colour).save(made, kind, **said)  # type: ignore[arg-type]  # a colour of the mode
    return made.getvalue()


def two_halves(*, orientation: int) -> bytes:
    """40 × 20, red at its left and blue at its right, as a camera held some way writes it down."""
    picture = Image.new("RGB", (40, 20), "red")
    ImageDraw.Draw(picture).rectangle((20, 0, 39, 19), "blue")
    exif = Image.Exif()
    exif[0x0112] = orientation
    made = io.BytesIO()
    picture.save(made, "JPEG", exif=exif, quality=95)
    return made.getvalue()


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def holds_code(poster: bytes, box: Box, text: str) -> bool:
    """Whether a poster bears the QR code of a text, module by module, in the middle of a box."""
    rows = modules_of(text)
    scale = box.width // len(rows)
    side = len(rows) * scale
    left, upper = box.x + (box.width - side) // 2, box.y + (box.height - side) // 2
    picture = opened(poster).convert("L")
    middles = range(scale // 2, side, scale)
    found = [
        [picture.getpixel((left + x, upper + y)) < 128 for x in middles]  # type: ignore[operator]  # one channel
        for y in middles
    ]
    return found == [[bool(dark) for dark in row] for row in rows]
