"""A member as others see it."""

from datetime import datetime

import strawberry

from engine.declare import Node, derived, many, one_by, record_type
from models.members.introduction import Introduction as IntroductionRecord
from models.members.member import Member as MemberRecord
from models.members.member_tag import MemberTag as MemberTagRecord
from schema.members.introduction import LATEST, Introduction
from schema.members.tag import MemberTag
from schema.points.account import SHOWN_EARNED_TOTAL
from schema.scalars import BigInt


@record_type(MemberRecord, description="A member of the community, as other members see it.")
class Member(Node):
    nickname: str = strawberry.field(description="The name shown.")
    avatar_url: str | None = strawberry.field(description="Address of the avatar.")
    region: str | None = strawberry.field(description="Where the member lives, as the member says.")
    joined_at: datetime = strawberry.field(description="When the member came to the community.")
    introduction: Introduction | None = one_by(
        IntroductionRecord,
        "member_id",
        where=LATEST,
        description="The member's introduction in five lines, once it has published one.",
    )
    tags: list[MemberTag] = many(
        MemberTagRecord,
        "member_id",
        order=("created_at", "id"),
        bound=100,
        description="Its tags: all of them for staff and partners who may read members, public ones for members.",
    )
    points_earned: BigInt | None = derived(
        SHOWN_EARNED_TOTAL, description="All points ever earned, as the boards count them; hidden by the member's wish."
    )
