"""The design of a poster: how large it is, and where on it what stands, in pixels from its upper left corner.

Everything is bounded before anything is drawn: a canvas of at most three million pixels, and boxes that lie on it.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Self

from models.errors import Invalid, bounded_text, within

SIDE_LEAST, SIDE_MOST = 300, 2_700
PIXELS_MOST = 3_000_000
BOX_LEAST = 24
CODE_LEAST = 160
"""A code is scanned from a screen held in another hand, or from paper."""

SLOGAN_MOST, NOTE_MOST = 120, 40
SLOGAN_SIZE_LEAST, SLOGAN_SIZE_MOST = 16, 200
BACKGROUNDS = "poster-backgrounds"
"""The folder of the pictures that staff put behind posters."""

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_BACKGROUND = re.compile(rf"{BACKGROUNDS}/[0-9a-f]{{40}}\.jpg")


class Alignment(StrEnum):
    """Where in its box a text stands."""

    LEFT = "left"
    CENTRE = "centre"


class CodeKind(StrEnum):
    """Which sort of code stands on a poster."""

    MINI_PROGRAM = "mini_program"
    QR = "qr"


@dataclass(frozen=True)
class Box:
    """A part of the canvas; x and y are those of its upper left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def corners(self) -> tuple[int, int, int, int]:
        return self.x, self.y, self.x + self.width, self.y + self.height


BOXES = ("avatar", "nickname", "slogan", "code", "note")


@dataclass(frozen=True)
class PosterDesign:
    """A portrait of 1080 × 1920 unless said otherwise, which fills the screen of a phone."""

    width: int = 1080
    height: int = 1920
    background: str | None = None
    upper_colour: str = "#FBF4E6"
    lower_colour: str = "#F0D9B5"
    text_colour: str = "#4A3B2A"
    slogan_colour: str = "#8C2F1B"
    alignment: Alignment = Alignment.CENTRE
    code_kind: CodeKind = CodeKind.MINI_PROGRAM
    slogan: str = ""
    slogan_size: int = 84
    note: str = "长按识别，一起加入"
    boxes: Mapping[str, Box] = field(default_factory=lambda: PLAIN_BOXES)

    def checked(self) -> Self:
        """This design, or `Invalid`."""
        within("width", self.width, SIDE_LEAST, SIDE_MOST)
        within("height", self.height, SIDE_LEAST, SIDE_MOST)
        if self.width * self.height > PIXELS_MOST:
            raise Invalid("height", zh=f"画布不得超过 {PIXELS_MOST} 像素", en=f"at most {PIXELS_MOST} pixels in all")
        if self.background is not None and not _BACKGROUND.fullmatch(self.background):
            raise Invalid("background", zh="请先上传背景图", en="upload the picture first, and give its key")
        for name in ("upper_colour", "lower_colour", "text_colour", "slogan_colour"):
            if not _COLOUR.fullmatch(getattr(self, name)):
                raise Invalid(_camel(name), zh="应为 #RRGGBB", en="write it as #RRGGBB")
        within("sloganSize", self.slogan_size, SLOGAN_SIZE_LEAST, SLOGAN_SIZE_MOST)
        bounded_text(self.slogan, "slogan", most=SLOGAN_MOST)
        bounded_text(self.note, "note", most=NOTE_MOST)
        for name in BOXES:
            self._check_box(name, self.boxes[name])
        return self

    def _check_box(self, name: str, box: Box) -> None:
        field = {"slogan": "sloganBox", "note": "noteBox"}.get(name, name)
        left, upper, right, lower = box.corners
        least = CODE_LEAST if name == "code" else BOX_LEAST
        if min(left, upper) < 0 or right > self.width or lower > self.height:
            raise Invalid(field, zh="超出画布", en="it lies outside the canvas")
        if min(box.width, box.height) < least:
            raise Invalid(field, zh=f"宽高至少 {least} 像素", en=f"at least {least} pixels wide and high")
        if name in ("avatar", "code") and box.width != box.height:
            raise Invalid(field, zh="应为正方形", en="it is a square")

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """A design as it was kept; what it does not say is as usual."""
        known = {one.name for one in fields(cls)}
        said: dict[str, Any] = {name: value for name, value in stored.items() if name in known}
        boxes = {**PLAIN_BOXES, **{name: Box(**box) for name, box in stored.get("boxes", {}).items() if name in BOXES}}
        for name, enum in (("alignment", Alignment), ("code_kind", CodeKind)):
            if name in said:
                said[name] = enum(said[name])
        return cls(**{**said, "boxes": boxes})

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "alignment": str(self.alignment), "code_kind": str(self.code_kind)}


PLAIN_BOXES: Mapping[str, Box] = {
    "avatar": Box(450, 180, 180, 180),
    "nickname": Box(120, 390, 840, 72),
    "slogan": Box(100, 560, 880, 480),
    "code": Box(340, 1160, 400, 400),
    "note": Box(120, 1610, 840, 56),
}
"""Where everything stands on a plain poster."""


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
