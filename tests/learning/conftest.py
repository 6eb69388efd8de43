"""What the tests of learning share."""

from collections.abc import Sequence

import pytest

from models.insight.standing import TOPIC
from store import outbox


@pytest.fixture(autouse=True)
def boards_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boards have tests of their own. Here it counts that they are told, which the outbox shows; no Redis is needed."""

    async def told(payloads: Sequence[outbox.Payload]) -> None:
        return None

    monkeypatch.setitem(outbox._effects, TOPIC, told)
