"""What a member can see of those whom it brought."""

import strawberry

from engine.declare import Connection, connection
from models.spread.referral import Referral as ReferralRecord
from schema.spread.referral import NEWEST_FIRST, Referral


@strawberry.type
class SpreadViewer:
    referrals: Connection[Referral] = connection(
        ReferralRecord,
        "inviter_id",
        order=NEWEST_FIRST,
        description="Whom the caller brought, newest first.",
    )
