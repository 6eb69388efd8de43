"""Hearing which statements reach the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from store.engines import postgres, sqlite
from store.settings import settings

WITH_PLANS = pytest.mark.skipif(not settings().engine, reason="without the engine each relation is read by itself")
"""For a test that counts the statements of plans."""


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that reaches the database meanwhile."""
    seen: list[str] = []
    watched = [(sqlite._Queries, "_counted"), (postgres._Queries, "rows"), (postgres._Queries, "execute_query")]
    with monkeypatch.context() as patch:
        for owner, name in watched:
            plain = getattr(owner, name)

            async def counted(self: Any, sql: str, *rest: Any, _plain: Any = plain) -> Any:
                seen.append(sql)
                return await _plain(self, sql, *rest)

            patch.setattr(owner, name, counted)
        yield seen
