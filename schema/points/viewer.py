"""What a member can see of its own points."""

from typing import Annotated, Any

import strawberry
from strawberry import Info

from engine.declare import Connection, batch, computed, connection, itself
from models.points.earning import Earning as EarningRecord
from models.points.entry import PointEntry as PointEntryRecord
from models.points.expiry_notice import ExpiryNotice as ExpiryNoticeRecord
from models.points.gift import PointGift as PointGiftRecord
from models.points.hold import PointHold as PointHoldRecord
from models.points.level_change import LevelChange as LevelChangeRecord
from models.points.outlook import lapsing
from schema.points.account import PointsAccount
from schema.points.earning import Earning
from schema.points.entry import PointEntry
from schema.points.gift import PointGift
from schema.points.hold import PointHold
from schema.points.level import LevelChange, LevelStanding, level_standings
from schema.points.lot import ExpiryNotice, PointExpiries, PointLot, point_lots

Days = Annotated[int, strawberry.argument(description="How many days ahead, 1 to 366.")]


@strawberry.type
class PointsViewer:
    account: PointsAccount = itself(description="The caller's points and growth.")
    point_entries: Connection[PointEntry] = connection(
        PointEntryRecord,
        "member_id",
        order=("-posted_at", "-id"),
        description="The caller's statement, newest first.",
    )
    earnings: Connection[Earning] = connection(
        EarningRecord,
        "member_id",
        order=("-created_at", "-id"),
        description="What earn rules paid the caller, newest first.",
    )
    level: LevelStanding = batch(
        level_standings, needs=("id",), description="The caller's level, what is missing to the next and to keep it."
    )
    level_changes: Connection[LevelChange] = connection(
        LevelChangeRecord,
        "member_id",
        order=("-changed_at", "-id"),
        description="How the caller came to its levels, newest first.",
    )
    point_lots: list[PointLot] = batch(
        point_lots, needs=("id",), description="What the caller can spend by when it lapses, the earliest first."
    )
    expiry_notices: Connection[ExpiryNotice] = connection(
        ExpiryNoticeRecord,
        "member_id",
        order=("-created_at", "-id"),
        description="What the caller was told of points about to lapse, newest first.",
    )
    point_holds: Connection[PointHold] = connection(
        PointHoldRecord,
        "member_id",
        order=("-created_at", "-id"),
        description="The caller's points that are or were set aside, newest first.",
    )
    gifts_sent: Connection[PointGift] = connection(
        PointGiftRecord, "sender_id", order=("-created_at", "-id"), description="What the caller gave, newest first."
    )
    gifts_received: Connection[PointGift] = connection(
        PointGiftRecord, "receiver_id", order=("-created_at", "-id"), description="What the caller got, newest first."
    )

    @computed(needs=("id",), description="What of the caller's points lapses within some days, day by day.")
    async def point_expiries(self: Any, info: Info, days: Days = 30) -> PointExpiries:
        return PointExpiries.of(await lapsing(days, at=info.context.at, member_id=self.id))
