"""What a member can see of its own points."""

import strawberry

from engine.declare import Connection, batch, connection, itself
from models.points.entry import PointEntry as PointEntryRecord
from schema.points.account import PointsAccount
from schema.points.entry import PointEntry
from schema.points.level import LevelStanding, level_standings


@strawberry.type
class PointsViewer:
    account: PointsAccount = itself(description="The caller's points and growth.")
    point_entries: Connection[PointEntry] = connection(
        PointEntryRecord,
        "member_id",
        order=("-posted_at", "-id"),
        description="The caller's statement, newest first.",
    )
    level: LevelStanding = batch(
        level_standings, needs=("id",), description="The caller's level, and what is missing to the next."
    )
