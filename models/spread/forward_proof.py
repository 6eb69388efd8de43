"""A proof: a picture that a member has handed over to show what it forwarded.

The picture lies in the storage of documents, which has no public address, and is shown to the member itself and to
reviewers alone. A proof is used for one claim, once; one that was handed over and not used goes after a day, its file
with it. A hash of what the picture shows is kept, so the same picture in the hands of two is found.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError
from models.file_removal import remove_files
from models.members.member import Member
from models.record import Record
from store.database import among, fetch, transaction
from store.ids import as_id

HASH_LENGTH = 64
UNUSED_FOR = timedelta(days=1)
FORGOTTEN_AT_ONCE = 200
_SAME_PICTURE = """
SELECT c.id AS id FROM forward_claim c JOIN forward_proof mine ON mine.id = c.proof_id
WHERE {wanted} AND EXISTS (SELECT 1 FROM forward_proof other WHERE other.sha256 = mine.sha256
    AND other.claim_id IS NOT NULL AND other.claim_id <> c.id)
"""


async def with_same_picture(claim_ids: Collection[UUID]) -> set[UUID]:
    """Those of some claims whose proof was handed in for another claim as well."""
    if not claim_ids:
        return set()
    rows = await fetch(_SAME_PICTURE.format(wanted=among("c.id", 1, "uuid")), list(claim_ids))
    return {as_id(row["id"]) for row in rows}


class ForwardProofNeeded(DomainError):
    code = "FORWARD_PROOF_NEEDED"
    zh = "请上传截图"
    en = "Hand in a picture that shows it."
    field = "proofId"


class ForwardProofUsed(DomainError):
    code = "FORWARD_PROOF_USED"
    zh = "该截图已提交过或不存在"
    en = "This picture was used before, or is not yours."
    field = "proofId"


class ForwardProof(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    claim_id: UUID | None = fields.UUIDField(null=True, description="The claim that it was handed in for.")
    storage_key = fields.CharField(max_length=200)
    content_type = fields.CharField(max_length=40)
    sha256 = fields.CharField(max_length=HASH_LENGTH, description="Of the picture's size and colours.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "forward_proof"
        constraints = (UniqueConstraint(fields=("storage_key",), name="forward_proof_by_key"),)
        indexes = (
            Index(fields=("sha256", "claim_id"), name="forward_proof_by_picture"),
            Index(fields=("member_id", "created_at"), name="forward_proof_by_member"),
            Index(fields=("claim_id", "created_at"), name="forward_proof_by_use"),
        )

    @classmethod
    async def take_in(
        cls, id: UUID, member_id: UUID, *, storage_key: str, content_type: str, sha256: str, at: datetime
    ) -> Self:
        """Say that the storage is to hold a picture of a member. Raises `MemberNotActive`."""
        async with transaction():
            await Member.touch(member_id, at=at)
            return await cls.create(
                id=id,
                member_id=member_id,
                storage_key=storage_key,
                content_type=content_type,
                sha256=sha256,
                created_at=at,
            )

    @classmethod
    async def use(cls, id: UUID | None, member_id: UUID, claim_id: UUID) -> None:
        """Hand a picture of the member's own in for a claim. Raises `ForwardProofNeeded`, `ForwardProofUsed`."""
        if id is None:
            raise ForwardProofNeeded()
        unused = cls.filter(id=id, member_id=member_id, claim_id__isnull=True)
        if not await unused.update(claim_id=claim_id):
            raise ForwardProofUsed()

    @classmethod
    async def forget_unused(cls, *, at: datetime) -> int:
        """Forget pictures that were handed over a day ago and used for nothing, and have their files go; how many."""
        async with transaction():
            old = cls.filter(claim_id__isnull=True, created_at__lt=at - UNUSED_FOR)
            some = await old.order_by("created_at").limit(FORGOTTEN_AT_ONCE).select_for_update()
            unused = cls.filter(id__in=[one.id for one in some], claim_id__isnull=True)
            gone = await unused.delete() if some else 0
            await remove_files([one.storage_key for one in some], at=at)
        return gone
