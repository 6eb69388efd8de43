"""Introducing oneself, and a friend who is to come."""

import strawberry
from strawberry import Info

from auth.permissions import IsMember
from engine.declare import mirrored
from models.members.introduction import Introduction as IntroductionRecord
from models.members.introduction_draft import IntroductionDraft as IntroductionDraftRecord
from schema.members.introduction import (
    DraftIntroductionInput,
    DraftIntroductionPayload,
    PublishIntroductionInput,
    PublishIntroductionPayload,
    lines_of,
)
from schema.payload import mutation


@strawberry.type
class IntroductionMutations:
    @mutation(allow=IsMember(), description="Draft the introduction of a friend, for the friend to find on joining.")
    async def draft_introduction(self, info: Info, input: DraftIntroductionInput) -> DraftIntroductionPayload:
        context = info.context
        draft = await IntroductionDraftRecord.write(context.member_id, lines_of(input), at=context.at)
        return DraftIntroductionPayload(draft=mirrored(draft))

    @mutation(allow=IsMember(), description="Show these five lines to the community from now on.")
    async def publish_introduction(self, info: Info, input: PublishIntroductionInput) -> PublishIntroductionPayload:
        context = info.context
        introduction = await IntroductionRecord.publish(context.member_id, lines_of(input), at=context.at)
        return PublishIntroductionPayload(introduction=mirrored(introduction))
