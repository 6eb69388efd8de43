"""The copy of everything that is kept about a member, for the member: every row of every table of `models.privacy`.

Phones and addresses come in full, since they are the member's own. Hashes, sealed keys and internal counters stay here.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from tortoise import Model, Tortoise
from tortoise.expressions import Q

from models.mall.order_address import addresses_of
from models.members.identity import Identity
from models.members.identity_kind import IdentityKind
from models.members.member import Member
from models.privacy import PERSONAL, DataClass, PersonalTable

Row = dict[str, object]
Copy = dict[str, object]
TOLD = (DataClass.IDENTITY, DataClass.SENSITIVE, DataClass.BUSINESS)


async def copy_of(member_id: UUID, *, at: datetime) -> Copy:
    """Plain JSON: `exportedAt`, `phones`, `addresses`, and `tables`, whose rows are as they are kept, oldest first."""
    await Member.existing(member_id)
    tables = {name: await _rows(name, table, member_id) for name, table in PERSONAL.items()}
    phones = [identity.phone for identity in await Identity.filter(member_id=member_id, kind=IdentityKind.PHONE)]
    filled = {name: rows for name, rows in tables.items() if rows}
    addresses = await addresses_of(member_id)
    told = {"exportedAt": at, "phones": phones, "addresses": addresses, "tables": filled}
    copy: Copy = orjson.loads(orjson.dumps(told, default=str))
    return copy


def records() -> dict[str, type[Model]]:
    """Every record by the name of its table."""
    return {record._meta.db_table: record for record in (Tortoise.apps or {})["models"].values()}


def about(table: PersonalTable, member_id: UUID) -> Q:
    """The rows of a table that are about a member."""
    return Q(*(_named(owner, member_id) for owner in table.owners), join_type=Q.OR)


def _named(owner: str, member_id: UUID) -> Q:
    condition: dict[str, Any] = {owner: member_id}
    return Q(**condition)


async def _rows(name: str, table: PersonalTable, member_id: UUID) -> list[Row]:
    found: list[Row] = (
        await records()[name].filter(about(table, member_id)).order_by("id").values(*table.of_class(*TOLD))
    )
    return found
