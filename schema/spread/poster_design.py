"""How a poster looks, in the contract."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import strawberry

from models.spread.poster_design import BOXES, PLAIN_BOXES, Alignment, Box, CodeKind, PosterDesign
from schema.enums import publish

publish(
    Alignment,
    "Where in its box a text of a poster stands.",
    named="PosterAlignment",
    left="At the left edge.",
    centre="In the middle.",
)
publish(
    CodeKind,
    "Which sort of code stands on a poster.",
    named="PosterCodeKind",
    mini_program="A mini-program code; a QR code as long as the platform gives none.",
    qr="A QR code, for posters that are scanned outside of the mini-program's platform.",
)

_USUAL = PosterDesign()


@strawberry.type(name="PosterBox", description="A part of a poster, in pixels from its upper left corner.")
class PosterBox:
    x: int = strawberry.field(description="From the left.")
    y: int = strawberry.field(description="From above.")
    width: int = strawberry.field(description="How wide.")
    height: int = strawberry.field(description="How high.")


@strawberry.type(name="PosterDesign", description="How a poster looks.")
class PosterDesignType:
    width: int = strawberry.field(description="Of the whole, in pixels.")
    height: int = strawberry.field(description="Of the whole, in pixels.")
    background: str | None = strawberry.field(description="The key of the picture behind it; absent: a gradient.")
    upper_colour: str = strawberry.field(description="Where the gradient begins, as #RRGGBB.")
    lower_colour: str = strawberry.field(description="Where the gradient ends, as #RRGGBB.")
    text_colour: str = strawberry.field(description="Of name and note, as #RRGGBB.")
    slogan_colour: str = strawberry.field(description="Of the slogan, as #RRGGBB.")
    alignment: Alignment = strawberry.field(description="Of all texts.")
    code_kind: CodeKind = strawberry.field(description="Which sort of code.")
    slogan: str = strawberry.field(description="The large text.")
    slogan_size: int = strawberry.field(description="How high its signs are at most, in pixels.")
    note: str = strawberry.field(description="The line below the code.")
    avatar: PosterBox = strawberry.field(description="Where the avatar stands.")
    nickname: PosterBox = strawberry.field(description="Where the name stands.")
    slogan_box: PosterBox = strawberry.field(description="Where the slogan stands.")
    code: PosterBox = strawberry.field(description="Where the code stands.")
    note_box: PosterBox = strawberry.field(description="Where the line below stands.")

    @classmethod
    def of(cls, stored: Mapping[str, object]) -> "PosterDesignType":
        design = PosterDesign.from_json(stored)
        said: dict[str, Any] = {one.name: getattr(design, one.name) for one in fields(design) if one.name != "boxes"}
        return cls(**(said | {_field(name): _told(design.boxes[name]) for name in BOXES}))


@strawberry.input(description="A part of a poster, in pixels from its upper left corner.")
class PosterBoxInput:
    x: int = strawberry.field(description="From the left.")
    y: int = strawberry.field(description="From above.")
    width: int = strawberry.field(description="How wide.")
    height: int = strawberry.field(description="How high.")


@strawberry.input(description="How a poster looks; what is absent is as on a plain one of 1080 × 1920.")
class PosterDesignInput:
    width: int = strawberry.field(default=_USUAL.width, description="300 to 2700 pixels.")
    height: int = strawberry.field(default=_USUAL.height, description="300 to 2700; three million pixels in all.")
    background: str | None = strawberry.field(
        default=None, description="The key that the upload of a background gave; absent: a gradient."
    )
    upper_colour: str = strawberry.field(default=_USUAL.upper_colour, description="Where the gradient begins, #RRGGBB.")
    lower_colour: str = strawberry.field(default=_USUAL.lower_colour, description="Where the gradient ends, #RRGGBB.")
    text_colour: str = strawberry.field(default=_USUAL.text_colour, description="Of name and note, #RRGGBB.")
    slogan_colour: str = strawberry.field(default=_USUAL.slogan_colour, description="Of the slogan, #RRGGBB.")
    alignment: Alignment = strawberry.field(default=_USUAL.alignment, description="Of all texts.")
    code_kind: CodeKind = strawberry.field(default=_USUAL.code_kind, description="Which sort of code.")
    slogan: str = strawberry.field(
        default="", description="The large text, at most 120 characters; it may break lines."
    )
    slogan_size: int = strawberry.field(
        default=_USUAL.slogan_size, description="16 to 200 pixels; it may come out smaller."
    )
    note: str = strawberry.field(default=_USUAL.note, description="The line below the code, at most 40 characters.")
    avatar: PosterBoxInput | None = strawberry.field(default=None, description="Where the avatar stands: a square.")
    nickname: PosterBoxInput | None = strawberry.field(default=None, description="Where the name stands.")
    slogan_box: PosterBoxInput | None = strawberry.field(default=None, description="Where the slogan stands.")
    code: PosterBoxInput | None = strawberry.field(
        default=None, description="Where the code stands: a square of at least 160 pixels."
    )
    note_box: PosterBoxInput | None = strawberry.field(default=None, description="Where the line below stands.")

    def design(self) -> PosterDesign:
        said = {one.name: getattr(self, one.name) for one in fields(PosterDesign) if one.name != "boxes"}
        given = {name: getattr(self, _field(name)) for name in BOXES}
        boxes = {
            name: Box(box.x, box.y, box.width, box.height) if box else PLAIN_BOXES[name] for name, box in given.items()
        }
        return PosterDesign(**said, boxes=boxes)


def _field(box: str) -> str:
    """The field of a box; those beside a text of the same name say that they are boxes."""
    return f"{box}_box" if box in ("slogan", "note") else box


def _told(box: Box) -> PosterBox:
    return PosterBox(x=box.x, y=box.y, width=box.width, height=box.height)
