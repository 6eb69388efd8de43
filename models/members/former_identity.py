"""Former identities: of a closed account only the hashes of its identities are kept, and not whose they were.

Whoever comes back is welcome as a new member, but what newcomers are rewarded with has been given once.
"""

from datetime import datetime

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.members.identity_kind import IdentityKind
from models.record import Record


class FormerIdentity(Record):
    kind = fields.CharEnumField(IdentityKind, max_length=10)
    issuer = fields.CharField(max_length=80)
    value_hash = fields.CharField(max_length=64)
    closed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "former_identity"
        constraints = (UniqueConstraint(fields=("kind", "issuer", "value_hash"), name="former_identity_once"),)

    @classmethod
    async def knows(cls, kind: IdentityKind, issuer: str, value_hash: str) -> bool:
        return await cls.exists(kind=kind, issuer=issuer, value_hash=value_hash)

    @classmethod
    async def remember(cls, known: list[tuple[IdentityKind, str, str]], *, at: datetime) -> None:
        """Keep the (kind, issuer, hash) of identities inside the caller's transaction, which deletes them."""
        rows = [
            cls(kind=kind, issuer=issuer, value_hash=value_hash, closed_at=at) for kind, issuer, value_hash in known
        ]
        await cls.bulk_create(rows, ignore_conflicts=True)
