"""A member's standing on the boards changes in many verbs; each says so with one line, inside its transaction.

After the commit the figures are read from SQL and written to Redis, as absolute figures under the member's version, so
that it may happen twice and in any order. What comes while a batch is under way waits and goes out with the next one:
a lone act goes out at once, and a rush of them shares statements and round trips.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from models.insight.board_projection import Change, project
from store.outbox import Noted, Outbox, Payload, effect
from store.together import Write

TOPIC = "standing"
BATCH_MOST = 200


async def standing_changed(member_ids: Sequence[UUID], *, at: datetime, beside: Sequence[Write] = ()) -> None:
    """Have the boards of these members brought up to date after the commit; `beside` as in `Outbox.put`.

    The caller has raised the members' `version` before, and `at` is the act's instant.
    """
    await Outbox.put(TOPIC, _payload(member_ids, at), at=at, beside=beside)


def standing_noted(member_ids: Sequence[UUID], *, at: datetime) -> Noted | None:
    """What `standing_changed` writes and does, for whoever does both itself."""
    return Outbox.noted(TOPIC, _payload(member_ids, at), at=at)


def _payload(member_ids: Sequence[UUID], at: datetime) -> Payload:
    return {"member_ids": [str(one) for one in member_ids], "at": at.isoformat()}


@effect(TOPIC)
async def publish(payloads: Sequence[Payload]) -> None:
    """Bring boards up to date. Raises `RedisUnavailable`, upon which the outbox tries again later."""
    await _batches.send(changes_of(payloads))


class _Batches:
    """One batch goes out at a time; what comes meanwhile makes up the next."""

    def __init__(self) -> None:
        self._waiting: list[tuple[list[Change], asyncio.Future[None]]] = []
        self._sender: asyncio.Task[None] | None = None

    async def send(self, changes: list[Change]) -> None:
        sent = asyncio.get_running_loop().create_future()
        self._waiting.append((changes, sent))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.ensure_future(self._send_waiting())
        # A caller that gives up leaves its changes in the batch; they are written down and have to go out anyway.
        await asyncio.shield(sent)

    async def _send_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH_MOST], self._waiting[BATCH_MOST:]
            error: BaseException | None = None
            try:
                await project([change for changes, _ in batch for change in changes])
            except BaseException as raised:
                error = raised
            for _, sent in batch:
                _settle(sent, error)
            if error is not None and not isinstance(error, Exception):
                raise error


def _settle(sent: "asyncio.Future[None]", error: BaseException | None) -> None:
    if sent.cancelled():
        return
    if error is None:
        sent.set_result(None)
        return
    sent.set_exception(error if isinstance(error, Exception) else ConnectionAbortedError("the sender was stopped"))
    sent.exception()  # Whoever still waits hears of it; where nobody does, there is nothing to warn about.


_batches = _Batches()


def changes_of(payloads: Sequence[Payload]) -> list[Change]:
    """What the outbox's rows of this topic say."""
    changes = []
    for payload in payloads:
        member_ids, at = payload["member_ids"], datetime.fromisoformat(str(payload["at"]))
        assert isinstance(member_ids, list)
        changes += [Change(UUID(one), at) for one in member_ids]
    return changes
