"""`GET /calendar/member/<token>.ics` and `/calendar/group/<token>.ics`: a timetable for calendar programs.

They cannot log in, so the address itself is the secret: it is found by its hash, is the same as one that never was once
it does not hold any more, and the log keeps it without its last part (`api.logs.public_path`). A calendar that has what
it would be sent is told so by the ETag.
"""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from auth import context
from models.errors import NotFound
from models.learning.calendar import timetable_of
from models.learning.calendar_feed import CalendarFeed, FeedKind

CALENDAR = "text/calendar; charset=utf-8"
TOKEN_MOST = 100
CACHED = "private, max-age=300, must-revalidate"


async def calendar(request: Request) -> Response:
    """The route. An address that does not hold is answered as one that never was."""
    kind, token = request.path_params["kind"], request.path_params["token"]
    at = context.CLOCK.now()
    try:
        if kind not in tuple(FeedKind) or len(token) > TOKEN_MOST:
            raise NotFound()
        feed = await CalendarFeed.opened(FeedKind(kind), token)
    except NotFound:
        raise HTTPException(404) from None
    timetable = await timetable_of(feed, at=at)
    headers = {"etag": f'"{timetable.tag}"', "cache-control": CACHED}
    if headers["etag"] in _known(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    text = await asyncio.to_thread(timetable.text)
    return Response(text, media_type=CALENDAR, headers=headers)


def _known(header: str) -> set[str]:
    """The tags that the caller has, strong or weak."""
    return {one.strip().removeprefix("W/") for one in header.split(",")}
