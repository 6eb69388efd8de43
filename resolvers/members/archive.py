"""Changing one's own archive, phone and place on boards."""

import strawberry
from strawberry import Info

from auth.login import bind_phone
from auth.permissions import IsMember
from engine.declare import mirrored
from models.members.archive import update_archive
from models.members.member import Member as MemberRecord
from models.members.status_change import set_board_visibility
from schema.members.archive import (
    SetBoardVisibilityInput,
    SetBoardVisibilityPayload,
    UpdateProfileInput,
    UpdateProfilePayload,
)
from schema.members.phone import BindPhoneInput, BindPhonePayload
from schema.payload import mutation


@strawberry.type
class ArchiveMutations:
    @mutation(allow=IsMember(), description="Change one's archive; what is absent stays, what is null goes.")
    async def update_profile(self, info: Info, input: UpdateProfileInput) -> UpdateProfilePayload:
        member = await update_archive(info.context.member_id, input.changes(), at=info.context.at)
        return UpdateProfilePayload(viewer=mirrored(member))

    @mutation(allow=IsMember(), description="Bind the phone behind a platform's phone code, instead of an earlier one.")
    async def bind_phone(self, info: Info, input: BindPhoneInput) -> BindPhonePayload:
        context = info.context
        await bind_phone(context.member_id, input.platform, input.code, address=context.address, at=context.at)
        return BindPhonePayload(viewer=mirrored(await MemberRecord.get(id=context.member_id)))

    @mutation(allow=IsMember(), description="Stay off every board, or come back to them.")
    async def set_board_visibility(self, info: Info, input: SetBoardVisibilityInput) -> SetBoardVisibilityPayload:
        member = await set_board_visibility(info.context.member_id, is_hidden=input.is_hidden, at=info.context.at)
        return SetBoardVisibilityPayload(viewer=mirrored(member))
