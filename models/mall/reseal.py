"""After a rotation of the secret key: what the mall keeps sealed is sealed under the new one, and found again by it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from models.mall import good_code, pick_up, sealed_address
from models.mall.address import Address
from models.mall.good_code import GoodCode
from models.mall.order_address import OrderAddress
from models.mall.pick_up import PickUp
from models.record import Record
from store.vault import vault

AT_ONCE = 500

Hashes = Mapping[str, Callable[[str], str]]

SEALED: tuple[tuple[type[Record], str, str, Hashes], ...] = (
    (Address, "sealed", sealed_address.PURPOSE, {}),
    (OrderAddress, "sealed", sealed_address.PURPOSE, {}),
    (GoodCode, "sealed_code", good_code.PURPOSE, {"code_hash": good_code.hash_of}),
    (PickUp, "sealed_code", pick_up.PURPOSE, {"code_hash": pick_up.hash_of}),
)
"""Records, their sealed column, its purpose, and the columns by which the sealed text is found."""


async def reseal_mall() -> int:
    """Seal anew what an earlier key sealed; returns how many rows were changed. Running it again changes nothing."""
    return sum([await _reseal(*kept) for kept in SEALED])


async def _reseal(record: type[Record], column: str, purpose: str, hashes: Hashes) -> int:
    changed, last = 0, UUID(int=0)
    while rows := await record.filter(id__gt=last).order_by("id").limit(AT_ONCE):
        for row in rows:
            sealed = getattr(row, column)
            if not vault().is_current(sealed):
                text = vault().decrypt(sealed, purpose=purpose)
                columns: dict[str, Any] = {name: hashed(text) for name, hashed in hashes.items()}
                columns[column] = vault().encrypt(text, purpose=purpose)
                # What its owner has written anew meanwhile stays as it is.
                still: dict[str, Any] = {"id": row.id, column: sealed}
                changed += await record.filter(**still).update(**columns)
        last = rows[-1].id
    return changed
