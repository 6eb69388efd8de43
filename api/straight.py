"""The way of most requests: straight to their application, past the layers that look for a route."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send


class Straight:
    """HTTP requests for one of `paths` go to its application, which answers every error itself; all else goes on."""

    def __init__(self, app: ASGIApp, *, paths: Mapping[str, ASGIApp]) -> None:
        self._app = app
        self._paths = dict(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._paths.get(scope["path"]) if scope["type"] == "http" else None
        await (found or self._app)(scope, receive, send)
