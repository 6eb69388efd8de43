"""A proof: a picture that a member has handed over to show what it forwarded.

The picture lies in the storage under a key of ours and is shown to the member itself and to reviewers alone. A proof is
used for one claim, once. The hash of its bytes is kept, so the same picture in the hands of two is found.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError
from models.members.member import Member
from models.record import Record
from store.database import transaction

HASH_LENGTH = 64
SAME_PICTURE = (
    "EXISTS (SELECT 1 FROM forward_proof mine JOIN forward_proof other ON other.sha256 = mine.sha256 "
    "WHERE mine.id = {row}.proof_id AND other.claim_id IS NOT NULL AND other.claim_id <> {row}.id)"
)
"""Whether the proof of a claim, `{row}`, was handed in for another claim as well."""


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
    sha256 = fields.CharField(max_length=HASH_LENGTH, description="Of the picture's bytes.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "forward_proof"
        constraints = (UniqueConstraint(fields=("storage_key",), name="forward_proof_by_key"),)
        indexes = (
            Index(fields=("sha256", "claim_id"), name="forward_proof_by_picture"),
            Index(fields=("member_id", "created_at"), name="forward_proof_by_member"),
        )

    @classmethod
    async def take_in(
        cls, id: UUID, member_id: UUID, *, storage_key: str, content_type: str, sha256: str, at: datetime
    ) -> Self:
        """Say that the storage holds a picture of a member. Raises `MemberNotActive`."""
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
