"""What the routes beside GraphQL share: who asks, the file that came, and how a silent storage is told."""

from starlette.datastructures import UploadFile
from starlette.requests import Request

from api.errors import ErrorCode, RequestRefused
from api.guard import exchange_of, headers_of
from auth.context import Context, open_context

FIELDS_MOST = 10


def address_of(request: Request) -> str | None:
    """From where a request came."""
    return request.client.host if request.client else None


async def context_of(request: Request) -> Context:
    """The context of a request; raises `Unauthenticated` for a token that is not good."""
    return await open_context(headers_of(request.scope), address_of(request), exchange_of(request.scope).request_id)


async def file_of(request: Request) -> bytes:
    """The file that a request brings: its body, or the first file of a form, which is what `wx.uploadFile` sends."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    async with request.form(max_files=1, max_fields=FIELDS_MOST) as form:
        for value in form.values():
            if isinstance(value, UploadFile):
                return await value.read()
    raise RequestRefused(ErrorCode.BAD_USER_INPUT, "The form holds no file.")


def unavailable(message: str = "The storage does not answer.", *, seconds: int = 2) -> RequestRefused:
    """To be tried again in so many seconds."""
    return RequestRefused(ErrorCode.SERVICE_UNAVAILABLE, message, {"retry-after": str(seconds)})
