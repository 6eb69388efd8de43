"""Rules that staff decide, kept in versions: one is never changed, a new one takes its place and the audit is told.

The table of such a rule has the unique constraints `<table>_version_once` and, over the active ones,
`<table>_one_active`; both cover the columns that tell one rule from another, where the table holds several.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.errors import DomainError
from models.record import Record
from models.staff.audit import AuditRow
from store.database import transaction, violates


class Versioned(Record):
    version: int
    is_active: bool

    changed: ClassVar[type[DomainError]]
    """The refusal to whoever decides on a version that holds no more."""

    class Meta:
        abstract = True

    def told(self) -> dict[str, object]:
        """What the audit keeps of a version."""
        raise NotImplementedError

    @classmethod
    async def succeed(
        cls,
        columns: Mapping[str, Any],
        *,
        staff_id: UUID | None,
        at: datetime,
        expected_version: int | None,
        reason: str | None,
        **which: Any,
    ) -> Self:
        """Make a new version hold from now on, of the rule that `which` tells from others; unaudited without staff.

        Raises `changed` where the version that holds is not the expected one (0: none), also when somebody else's came
        at the same moment.
        """
        table = cls._meta.db_table
        try:
            async with transaction():
                earlier = await cls.get_or_none(is_active=True, **which)
                version = earlier.version if earlier else 0
                if expected_version is not None and expected_version != version:
                    raise cls.changed()
                await cls.filter(is_active=True, **which).update(is_active=False)
                found = await cls.create(version=version + 1, created_at=at, **which, **columns)
                if staff_id:
                    await AuditRow.write(
                        staff_id=staff_id,
                        action=f"put_{table}",
                        subject=found,
                        before=earlier.told() if earlier else None,
                        after=found.told(),
                        reason=reason,
                        at=at,
                    )
        except IntegrityError as error:
            if any(violates(error, cls, f"{table}_{name}") for name in ("version_once", "one_active")):
                raise cls.changed() from None
            raise
        return found
