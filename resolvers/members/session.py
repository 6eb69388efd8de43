"""Logging in from a mini-program, staying in, logging out."""

import strawberry
from strawberry import Info

from auth.login import mini_program_login, refresh
from auth.permissions import Anyone, IsMemberOrStaff
from models.members.session import Session, SubjectKind
from schema.members.session import (
    LogOutInput,
    LogOutPayload,
    MiniProgramLoginInput,
    MiniProgramLoginPayload,
    RefreshSessionInput,
    RefreshSessionPayload,
)
from schema.payload import mutation


@strawberry.type
class SessionMutations:
    @mutation(allow=Anyone(), description="Log in with a platform's code; whoever is new becomes a member.")
    async def mini_program_login(self, info: Info, input: MiniProgramLoginInput) -> MiniProgramLoginPayload:
        context = info.context
        done = await mini_program_login(
            input.platform,
            input.code,
            address=context.address,
            at=context.at,
            invite_code=input.invite_code,
            comer=input.comer(context),
        )
        return await MiniProgramLoginPayload.of(done)

    @mutation(allow=Anyone(), description="Trade a refresh token for new tokens.")
    async def refresh_session(self, info: Info, input: RefreshSessionInput) -> RefreshSessionPayload:
        context = info.context
        return RefreshSessionPayload.of(await refresh(input.refresh_token, address=context.address, at=context.at))

    @mutation(allow=IsMemberOrStaff(), description="Log out here, or everywhere.")
    async def log_out(self, info: Info, input: LogOutInput) -> LogOutPayload:
        caller, at = info.context.caller, info.context.at
        kind = SubjectKind(caller.kind)
        if input.everywhere:
            return LogOutPayload(sessions_ended=await Session.end_all(kind, caller.id, at=at))
        return LogOutPayload(sessions_ended=await Session.end(caller.session_id, at=at))
