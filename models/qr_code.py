"""QR codes: black on white with the quiet zone that readers need, so that they are read on a dark screen as well.

The level is M, by which a seventh of a code may be hidden; a code that has room to spare gets a higher one.
"""

import io

import segno

QUIET_ZONE = 4
"""Modules of white around the code."""


def svg_of(text: str) -> str:
    """The code of a text as SVG of whatever size, to be shown as it is."""
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(
        drawn,
        kind="svg",
        border=QUIET_ZONE,
        light="#fff",
        omitsize=True,
        xmldecl=False,
        nl=False,
        svgclass=None,
        lineclass=None,
    )
    return drawn.getvalue().decode()


def png_of(text: str, width: int) -> bytes:
    """The code of a text as PNG, as wide as whole pixels for each module allow within `width`."""
    code = segno.make_qr(text, error="m")
    drawn = io.BytesIO()
    code.save(drawn, kind="png", border=QUIET_ZONE, scale=scale_in(len(code.matrix) + 2 * QUIET_ZONE, width))
    return drawn.getvalue()


def modules_of(text: str) -> list[bytes]:
    """The code of a text with its quiet zone, row by row: 1 is dark."""
    return [bytes(row) for row in segno.make_qr(text, error="m").matrix_iter(border=QUIET_ZONE)]


def scale_in(modules: int, width: int) -> int:
    """How many pixels wide each module is: whole ones, for a blurred edge is read badly."""
    return max(1, width // modules)
