"""What the routes beside GraphQL share: who asks, and how a storage that does not answer is told."""

from starlette.requests import Request

from api.errors import ErrorCode, RequestRefused
from api.guard import exchange_of, headers_of
from auth.context import Context, open_context


def address_of(request: Request) -> str | None:
    """From where a request came."""
    return request.client.host if request.client else None


async def context_of(request: Request) -> Context:
    """The context of a request; raises `Unauthenticated` for a token that is not good."""
    return await open_context(headers_of(request.scope), address_of(request), exchange_of(request.scope).request_id)


def unavailable(message: str = "The storage does not answer.", *, seconds: int = 2) -> RequestRefused:
    """To be tried again in so many seconds."""
    return RequestRefused(ErrorCode.SERVICE_UNAVAILABLE, message, {"retry-after": str(seconds)})
