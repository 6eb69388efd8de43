"""A cause: what a member did that a rule might pay, with its facts and what came of it, paid or not.

Payments stand in the ledger for ever. Causes are kept for a season, so that a changed rule can be replayed over what
really happened, also over what no rule paid, before it is published. A check-in is kept by its own row, whether or not
a rule was asked about it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError
from models.points.behaviour import Behaviour
from models.points.earn_decision import Cause
from models.record import Record
from store.database import execute
from store.ids import new_id
from store.together import insertion

KEPT_FOR = timedelta(days=100)
FORGOTTEN_AT_ONCE = 5_000

_COLUMNS = (
    *("id", "member_id", "behaviour", "source", "facts", "target", "pair_id", "circle_id"),
    *("refusal", "created_at"),
)
_KEEP = insertion("earn_cause", _COLUMNS) + (
    " ON CONFLICT (member_id, behaviour, source) DO UPDATE SET refusal = excluded.refusal, facts = excluded.facts, "
    "target = excluded.target, pair_id = excluded.pair_id, circle_id = excluded.circle_id, "
    "created_at = excluded.created_at"
)


class EarnCause(Record):
    member_id: UUID = fields.UUIDField()
    behaviour = fields.CharEnumField(Behaviour, max_length=40)
    source = fields.CharField(max_length=80)
    facts: Mapping[str, Any] = fields.JSONField(default=dict)
    target = fields.CharField(max_length=80, null=True)
    pair_id: UUID | None = fields.UUIDField(null=True, description="The other member.")
    circle_id: UUID | None = fields.UUIDField(null=True, description="Where it happened, if that is known.")
    refusal = fields.CharField(max_length=60, null=True, description="The code of why nothing was paid.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "earn_cause"
        constraints = (UniqueConstraint(fields=("member_id", "behaviour", "source"), name="earn_cause_once"),)
        indexes = (Index(fields=("created_at", "id"), name="earn_cause_by_time"),)

    @classmethod
    async def keep(
        cls, member_id: UUID, source: str, cause: Cause, refusal: DomainError | None, *, circle_id: UUID | None
    ) -> None:
        """Note what became of a cause that no other row tells of; a cause that comes again is noted anew."""
        if cause.behaviour is Behaviour.CHECKED_IN:
            return
        facts = orjson.dumps(dict(cause.facts)).decode()
        code = refusal.code if refusal else None
        about = (cause.behaviour, source, facts, cause.target, cause.pair_id, circle_id, code, cause.at)
        await execute(_KEEP, new_id(), member_id, *about)

    @classmethod
    async def forget_old(cls, *, at: datetime) -> int:
        """Delete the causes that are kept no longer; returns how many."""
        forgotten = 0
        while True:
            old = cls.filter(created_at__lt=at - KEPT_FOR).order_by("created_at", "id").limit(FORGOTTEN_AT_ONCE)
            ids = await old.values_list("id", flat=True)
            forgotten += await cls.filter(id__in=ids).delete() if ids else 0
            if len(ids) < FORGOTTEN_AT_ONCE:
                return forgotten
