"""What a member can see of those whom it brought."""

import strawberry

from engine.declare import Connection, batch, connection
from models.spread.poster import Poster as PosterRecord
from models.spread.referral import Referral as ReferralRecord
from models.spread.scene_code import SceneCode as SceneCodeRecord
from schema.spread.poster import Poster
from schema.spread.referral import NEWEST_FIRST, Referral
from schema.spread.referral_team import ReferralGeneration, generations_of
from schema.spread.scene_code import SceneCode


@strawberry.type
class SpreadViewer:
    referrals: Connection[Referral] = connection(
        ReferralRecord,
        "inviter_id",
        order=NEWEST_FIRST,
        description="Whom the caller brought, newest first.",
    )
    posters: Connection[Poster] = connection(
        PosterRecord, "member_id", order=("-created_at", "-id"), description="The caller's posters, newest first."
    )
    referral_team: list[ReferralGeneration] = batch(
        generations_of, needs=("id",), description="How many came through the caller, generation by generation."
    )
    scene_codes: Connection[SceneCode] = connection(
        SceneCodeRecord,
        "inviter_id",
        order=NEWEST_FIRST,
        description="The caller's own codes, newest first.",
    )
