"""What a member can see of its own forwarding tasks."""

import strawberry

from engine.declare import Connection, connection
from models.spread.forward_claim import ForwardClaim as ForwardClaimRecord
from schema.spread.forward_claim import ForwardClaim


@strawberry.type
class ForwardingViewer:
    forward_claims: Connection[ForwardClaim] = connection(
        ForwardClaimRecord,
        "member_id",
        order=("-taken_at", "-id"),
        description="Forwarding tasks that the caller has taken, the newest first.",
    )
