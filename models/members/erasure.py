"""Erasure: a member takes itself out of the community for good.

Who it was goes: identities, texts, pictures, sessions, places in groups. What it did and was paid stays as the rows of
somebody nobody can name, so that the ledger and the figures of groups keep adding up. Of its identities only hashes are
kept, apart from it, by which whoever comes back is known as no newcomer.
"""

from datetime import datetime
from uuid import UUID

from tortoise import Model, fields

from models.actor import Actor
from models.file_removal import forget_pictures, remove_files
from models.members.avatar import avatar_folder
from models.members.data_copy import about, records
from models.members.former_identity import FormerIdentity
from models.members.identity import Identity
from models.members.member import Member, MemberErased, MemberStatus
from models.members.status_change import MemberStatusChange
from models.privacy import PERSONAL, DataClass, Erasure, PersonalTable
from models.spread.poster import Poster
from models.spread.visit_forgetting import forget_devices
from store.database import transaction

ERASED_NICKNAME = "已注销用户"
STORED_UNDER = "storage_key"
"""The column of rows that stand for a file, which goes with them."""


async def erase(member_id: UUID, *, at: datetime) -> None:
    """Erase a member at its own wish, in one transaction. Raises `MemberErased`, `NotFound`."""
    async with transaction():
        await Member.bump(member_id)
        member = await Member.existing(member_id)
        if member.status is MemberStatus.ERASED:
            raise MemberErased()
        await MemberStatusChange.make(member_id, MemberStatus.ERASED, actor=Actor.member(member_id), at=at)
        known = await Identity.filter(member_id=member_id)
        await FormerIdentity.remember([(one.kind, one.issuer, one.value_hash) for one in known], at=at)
        await forget_pictures([avatar_folder(member_id), *await Poster.folders_of(member_id)], at=at)
        await forget_devices(member_id)
        for name, table in PERSONAL.items():
            await _erase_rows(records()[name], table, member_id, at=at)
        await Member.filter(id=member_id).update(nickname=ERASED_NICKNAME, is_hidden_from_boards=True)


async def _erase_rows(record: type[Model], table: PersonalTable, member_id: UUID, *, at: datetime) -> None:
    rows = record.filter(about(table, member_id))
    if table.erased is Erasure.DELETE and STORED_UNDER in table.columns:
        await remove_files([str(key) for key in await rows.values_list(STORED_UNDER, flat=True)], at=at)
    if table.erased is Erasure.DELETE:
        await rows.delete()
    elif table.erased is Erasure.CLEAR:
        columns = table.of_class(DataClass.IDENTITY, DataClass.SENSITIVE)
        await rows.update(**{column: _nothing(record, column) for column in columns})


def _nothing(record: type[Model], column: str) -> object:
    """What an emptied column holds."""
    field = record._meta.fields_map[column]
    if field.null:
        return None
    return [] if isinstance(field, fields.JSONField) else ""
