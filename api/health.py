"""`/healthz` says that the process lives; `/readyz` says whether it can do its work, and what is missing if not."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse

log = structlog.get_logger("api")
CHECK_SECONDS = 2.0

Check = Callable[[], Awaitable[object]]
"""Answers false or raises where its part does not work."""


async def alive(request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


class Readiness:
    """The route of `/readyz`, over named checks."""

    def __init__(self, checks: Mapping[str, Check], *, seconds: float = CHECK_SECONDS) -> None:
        self._checks = dict(checks)
        self._seconds = seconds

    async def answer(self, request: Request) -> JSONResponse:
        results = await asyncio.gather(*(self._passes(name, check) for name, check in self._checks.items()))
        told = {name: "ok" if passes else "failed" for name, passes in zip(self._checks, results, strict=True)}
        is_ready = all(results)
        return JSONResponse({"status": "ok" if is_ready else "failed", "checks": told}, 200 if is_ready else 503)

    async def _passes(self, name: str, check: Check) -> bool:
        try:
            async with asyncio.timeout(self._seconds):
                return await check() is not False
        except Exception as error:
            # The answer names the part only; what it said may hold addresses.
            log.warning("not ready", check=name, error=type(error).__name__)
            return False
