"""Pictures that came from outside, read so that none of them can hurt.

What a picture says of its size is believed only as far as it is refused for it: nothing is unpacked that is larger than
we would draw. Only three formats are read, of a film its first picture. It comes out as plain red, green and blue, the
right way up as its camera was held, with white behind what was transparent, and with nothing else that it carried.
"""

import hashlib
import io
from dataclasses import dataclass, field

from PIL import Image, ImageOps

PIXELS_MOST = 16_000_000
BYTES_MOST = 10 * 1024 * 1024
QUALITY = 88
AVATAR_SIDE = 640
PROOF_SIDE = 4_000
_FORMATS = ("JPEG", "PNG", "WEBP")

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture upright, by what its camera says of how it was held."""

# A second line behind our own: the library itself refuses to unpack what is more than twice as large.
Image.MAX_IMAGE_PIXELS = PIXELS_MOST


class BadPicture(Exception):
    """Not a picture that is read here, or one too large."""


def read_picture(content: bytes, *, about: tuple[int, int]) -> Image.Image:
    """The picture; it may be unpacked smaller, but never below the size `about`. Raises `BadPicture`."""
    if len(content) > BYTES_MOST:
        raise BadPicture
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            if picture.width * picture.height > PIXELS_MOST or min(picture.size) < 1:
                raise BadPicture
            picture.draft("RGB", about)
            turn = _TURNS.get(_orientation(picture))
            upright = picture.transpose(turn) if turn is not None else picture
            return _plain(upright)
    except Exception:
        raise BadPicture from None


def _orientation(picture: Image.Image) -> int:
    """How the camera was held; upright where what it says cannot be read, for the picture itself may be sound."""
    try:
        said = picture.getexif().get(_ORIENTATION)
    except Exception:
        return 1
    return said if isinstance(said, int) else 1


def jpeg_of(picture: Image.Image) -> bytes:
    """The picture as JPEG; colours are kept at full sharpness, for a code is read by its edges."""
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=QUALITY, subsampling=0)
    return kept.getvalue()


def background_of(content: bytes, *, side: int) -> tuple[bytes, tuple[int, int]]:
    """An upload as it is kept behind posters, no longer than `side`, and its size. Raises `BadPicture`."""
    picture = read_picture(content, about=(side, side))
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return jpeg_of(picture), picture.size


@dataclass(frozen=True)
class Proof:
    """An upload as it is kept of a screen, and a hash of its size and colours, whatever else was in the file."""

    content: bytes = field(repr=False)
    sha256: str


def proof_of(content: bytes) -> Proof:
    """An upload as it is kept of a screen: readable, with nothing that it carried beside. Raises `BadPicture`."""
    picture = read_picture(content, about=(PROOF_SIDE, PROOF_SIDE))
    told = hashlib.sha256(f"{picture.width}x{picture.height}:".encode() + picture.tobytes()).hexdigest()
    picture.thumbnail((PROOF_SIDE, PROOF_SIDE), Image.Resampling.LANCZOS)
    return Proof(jpeg_of(picture), told)


def avatar_of(content: bytes) -> bytes:
    """An upload as it is kept of a face: the middle of it, square. Raises `BadPicture`."""
    picture = read_picture(content, about=(AVATAR_SIDE, AVATAR_SIDE))
    side = min(AVATAR_SIDE, *picture.size)
    return jpeg_of(ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS))


def _plain(picture: Image.Image) -> Image.Image:
    if picture.mode in ("I;16", "I"):
        raise BadPicture  # deeper than a screen shows, and no phone makes them
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        plain = Image.new("RGB", layer.size, "white")
        plain.paste(layer, mask=layer.getchannel("A"))
    else:
        plain = picture.convert("RGB")
    plain.info = {}
    return plain
