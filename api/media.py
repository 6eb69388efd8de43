"""Which request is read, and in which media type it is answered."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from api.errors import ErrorCode, RequestRefused


class Media(StrEnum):
    GRAPHQL = "application/graphql-response+json"
    JSON = "application/json"
    EVENTS = "text/event-stream"


def accepted(method: str, headers: Mapping[str, str]) -> Media:
    """The media type to answer in; raises `RequestRefused` for a request that is not a POST of JSON."""
    if method != "POST":
        raise RequestRefused(ErrorCode.METHOD_NOT_ALLOWED, "Send a POST.", {"allow": "POST"})
    if not _is_json(headers.get("content-type", "")):
        message = "Send the body as `application/json` in UTF-8."
        raise RequestRefused(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message, {"accept-post": "application/json"})
    media = _best(headers.get("accept", "*/*"))
    if media is None:
        raise RequestRefused(ErrorCode.NOT_ACCEPTABLE, f"The answer can be {', '.join(Media)}.")
    return media


@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [value.strip('"') for name, _, value in (p.partition("=") for p in parameters) if name == "charset"]
    return kind == "application/json" and all(charset in ("utf-8", "utf8") for charset in charsets)


@lru_cache(maxsize=64)
def _best(accept: str) -> Media | None:
    """The acceptable media type of the highest quality, the first of equals; a wildcard means legacy JSON."""
    wildcards = {"*/*": Media.JSON, "application/*": Media.JSON, "text/*": Media.EVENTS}
    found: list[tuple[float, Media]] = []
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        media = wildcards.get(name) or (Media(name) if name in tuple(Media) else None)
        quality = next((value for key, _, value in (p.partition("=") for p in parameters) if key == "q"), "1")
        weight = float(quality) if quality.replace(".", "", 1).isdecimal() else 0.0
        if media and weight > 0:
            found.append((weight, media))
    return max(found, key=lambda one: one[0])[1] if found else None
