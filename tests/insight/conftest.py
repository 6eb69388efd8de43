"""Boards that are complete and empty."""

import pytest

from models.insight.board_rebuild import rebuild_missing
from tests.conftest import NOON


@pytest.fixture
async def boards(database: str, empty_redis: str) -> None:
    """The boards of everybody, built; those of a circle are built by `rebuild_missing` once there is one."""
    await rebuild_missing(at=NOON)
