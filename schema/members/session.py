"""Sessions in the contract: logging in, staying in, logging out."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

import strawberry

from auth.login import LoggedIn
from engine.declare import mirrored
from models.members.member import Member as MemberRecord
from models.members.registration import Comer
from models.members.session import Tokens
from schema.members.member import Member
from schema.members.platform import PlatformName
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context


@strawberry.input(description="A login from a mini-program.")
class MiniProgramLoginInput:
    code: str = strawberry.field(description="The one-use code of the platform's login call.")
    platform: PlatformName = strawberry.field(default=PlatformName.WECHAT, description="Whose code it is.")
    invite_code: str | None = strawberry.field(
        default=None, description="The code of whoever brought a newcomer; passed over for those who are members."
    )
    scene: str | None = strawberry.field(
        default=None,
        description="The scene that the mini-program was opened with, for a newcomer; one of no code is passed over.",
    )
    device: str | None = strawberry.field(
        default=None,
        description="What the client calls its device, 1 to 100 characters, the same as for `recordVisit`.",
    )

    def comer(self, context: "Context") -> Comer:
        return Comer(self.scene, self.device, context.address, context.agent)


@strawberry.input(description="New tokens for a refresh token.")
class RefreshSessionInput:
    refresh_token: str = strawberry.field(description="The token; it is used up by this.")


@strawberry.input(description="A logout.")
class LogOutInput:
    everywhere: bool = strawberry.field(default=False, description="Whether every other device is logged out as well.")


@strawberry.type
class TokenFields:
    access_token: str | None = changed("The bearer token of requests, for two hours.")
    refresh_token: str | None = changed("Good for one renewal within thirty days; a second use ends the session.")
    expires_at: datetime | None = changed("When the access token ends.")


@strawberry.type(description="What came of a login.")
class MiniProgramLoginPayload(TokenFields, Payload):
    is_new_member: bool | None = changed("Whether this login made the member.")
    member: Member | None = changed("Who logged in.")
    inviter: Member | None = changed("Who brought the new member.")

    @classmethod
    async def of(cls, done: LoggedIn) -> Self:
        found = done.recognised
        inviter = await MemberRecord.get_or_none(id=found.inviter_id) if found.inviter_id else None
        return cls(
            access_token=done.tokens.access,
            refresh_token=done.tokens.refresh,
            expires_at=done.tokens.expires_at,
            is_new_member=found.is_new,
            member=mirrored(found.member),
            inviter=mirrored(inviter),
        )


@strawberry.type(description="What came of a renewal.")
class RefreshSessionPayload(TokenFields, Payload):
    @classmethod
    def of(cls, tokens: Tokens) -> Self:
        return cls(access_token=tokens.access, refresh_token=tokens.refresh, expires_at=tokens.expires_at)


@strawberry.type(description="What came of a logout.")
class LogOutPayload(Payload):
    sessions_ended: int | None = changed("How many sessions ended.")
