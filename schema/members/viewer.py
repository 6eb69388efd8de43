"""What a member sees of itself: its archive, introductions, consents and wishes."""

from typing import Any

import strawberry

from engine.declare import Connection, batch, computed, connection, many, mirrored
from models.members.introduction_draft import IntroductionDraft as IntroductionDraftRecord
from models.members.wish import Wish as WishRecord
from schema.members.archive import ArchiveFields
from schema.members.consent import ConsentState, states_of
from schema.members.introduction import IntroductionDraft
from schema.members.wish import Wish


@strawberry.type
class MembersViewer(ArchiveFields):
    consents: list[ConsentState] = batch(
        states_of, needs=("id",), description="The documents to consent to, and what was agreed to."
    )
    introduction_drafts: list[IntroductionDraft] = many(
        IntroductionDraftRecord,
        "inviter_id",
        order=("-drafted_at", "-id"),
        bound=50,
        description="What the caller drafted for friends, newest first.",
    )
    wishes: Connection[Wish] = connection(
        WishRecord, "member_id", order=("-shared_at", "-id"), description="The caller's wishes, newest first."
    )

    @computed(needs=("id",), description="The introduction that whoever brought the caller drafted for it.")
    async def introduction_draft(self: Any) -> IntroductionDraft | None:
        found: IntroductionDraft | None = mirrored(await IntroductionDraftRecord.get_or_none(invitee_id=self.id))
        return found
