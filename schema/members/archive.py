"""The archive in the contract: what a member says of itself, as it and staff see it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import Maybe

from engine.declare import batch, derived
from models.members.archive import ArchiveChanges
from models.members.identity import Identity as IdentityRecord
from models.members.identity_kind import IdentityKind
from models.members.ladder import LadderStep
from models.members.member import Gender, MemberStatus
from models.members.member import Member as MemberRecord
from schema.enums import publish
from schema.members.ladder import STEP
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from schema.viewer import Viewer

publish(Gender, "A member's gender, as it says.", male="Male.", female="Female.", other="Neither of the two.")
publish(
    MemberStatus,
    "Whether a member takes part.",
    normal="Takes part.",
    muted="Takes part but may not speak.",
    frozen="Logs in and reads, changes nothing.",
    left="Out of every group, may not log in.",
    erased="Erased at its own wish, for good.",
)
publish(
    IdentityKind,
    "By what a member is recognised.",
    openid="An app's name for the member.",
    unionid="A platform's name for the member, across apps.",
    phone="A phone that a platform vouched for.",
    partner="A partner's name for the member.",
)


async def masked_phones(members: Sequence[MemberRecord], context: object) -> list[str | None]:
    """The masked phones of members, in their order."""
    rows = IdentityRecord.filter(member_id__in=[member.id for member in members], kind=IdentityKind.PHONE)
    found = dict(await rows.values_list("member_id", "masked_phone"))
    return [found.get(member.id) for member in members]


async def kinds_of_identities(members: Sequence[MemberRecord], context: object) -> list[list[IdentityKind]]:
    """The kinds of identities that members have, in the members' order."""
    rows = IdentityRecord.filter(member_id__in=[member.id for member in members])
    found = set(await rows.values_list("member_id", "kind"))
    return [[kind for kind in IdentityKind if (member.id, kind) in found] for member in members]


@strawberry.type
class ArchiveFields:
    status: MemberStatus = strawberry.field(description="Whether the member takes part.")
    muted_until: datetime | None = strawberry.field(description="When a mute ends by itself.")
    real_name: str | None = strawberry.field(description="The name in documents.")
    gender: Gender | None = strawberry.field(description="As the member says.")
    birthday: date | None = strawberry.field(description="The day of birth.")
    occupation: str | None = strawberry.field(description="What the member does.")
    interests: list[str] = strawberry.field(description="What the member is interested in, at most 20.")
    is_hidden_from_boards: bool = strawberry.field(description="Whether the member stays off every board.")
    ladder_step: LadderStep = derived(STEP, description="How close the member is to the brand.")
    invite_code: str = strawberry.field(description="The code with which friends register.")
    phone_masked: str | None = batch(
        masked_phones, needs=("id",), description="The bound phone, such as `138****1234`."
    )
    identity_kinds: list[IdentityKind] = batch(
        kinds_of_identities, needs=("id",), description="By what the member is recognised."
    )


@strawberry.input(description="Changes of one's archive; what is absent stays, what is null goes.")
class UpdateProfileInput:
    nickname: Maybe[str | None] = strawberry.field(default=None, description="1 to 30 characters; cannot be null.")
    avatar_url: Maybe[str | None] = strawberry.field(default=None, description="An https address.")
    real_name: Maybe[str | None] = strawberry.field(default=None, description="Up to 30 characters.")
    gender: Maybe[Gender | None] = strawberry.field(default=None, description="As the member says.")
    birthday: Maybe[date | None] = strawberry.field(default=None, description="A day since 1900 that is not to come.")
    region: Maybe[str | None] = strawberry.field(default=None, description="Up to 80 characters.")
    occupation: Maybe[str | None] = strawberry.field(default=None, description="Up to 80 characters.")
    interests: Maybe[list[str] | None] = strawberry.field(
        default=None, description="At most 20, each of 1 to 20 characters."
    )

    def changes(self) -> ArchiveChanges:
        """What was given, also where it is null."""
        given: Any = {name: some.value for name, some in vars(self).items() if some is not None}
        changes: ArchiveChanges = given
        return changes


@strawberry.input(description="Whether one is to be seen on boards.")
class SetBoardVisibilityInput:
    is_hidden: bool = strawberry.field(description="True takes the caller off every board.")


@strawberry.type
class ViewerPayload(Payload):
    viewer: Annotated["Viewer", strawberry.lazy("schema.viewer")] | None = changed("The caller after it.")


@strawberry.type(description="What came of changing one's archive.")
class UpdateProfilePayload(ViewerPayload):
    pass


@strawberry.type(description="What came of hiding from boards, or showing oneself.")
class SetBoardVisibilityPayload(ViewerPayload):
    pass
