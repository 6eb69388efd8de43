"""Leases: of all processes, one runs a job at a time; if it dies, another goes on when its lease has run out."""

from datetime import datetime, timedelta
from uuid import UUID

from tortoise import Model, fields

from store.database import fetch


class JobLease(Model):
    name = fields.CharField(max_length=60, primary_key=True)
    holder: UUID = fields.UUIDField()
    until: datetime = fields.DatetimeField()

    class Meta:
        table = "job_lease"

    @classmethod
    async def take(cls, name: str, holder: UUID, *, at: datetime, lasting: timedelta) -> bool:
        """Whether `holder` may run the job now; true again for the one that holds the lease already."""
        rows = await fetch(
            "INSERT INTO job_lease (name, holder, until) VALUES ($1, $2, $3) "
            "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until "
            "WHERE job_lease.until < $4 OR job_lease.holder = excluded.holder RETURNING name",
            name,
            holder,
            at + lasting,
            at,
        )
        return bool(rows)
