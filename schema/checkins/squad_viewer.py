"""What a member can see of its own squads."""

import strawberry

from engine.declare import Connection, connection
from models.checkins.squad_diploma import SquadDiploma as SquadDiplomaRecord
from models.checkins.squad_notice import SquadNotice as SquadNoticeRecord
from models.checkins.squad_place import SquadPlace as SquadPlaceRecord
from schema.checkins.squad import SquadNotice, SquadPlace
from schema.checkins.squad_diploma import SquadDiploma


@strawberry.type
class SquadsViewer:
    squad_places: Connection[SquadPlace] = connection(
        SquadPlaceRecord,
        "member_id",
        order=("-created_at", "-id"),
        description="The challenges that the caller takes or took part in, the newest first.",
    )
    squad_diplomas: Connection[SquadDiploma] = connection(
        SquadDiplomaRecord,
        "member_id",
        order=("-issued_at", "-id"),
        description="The caller's diplomas, the newest first.",
    )
    squad_notices: Connection[SquadNotice] = connection(
        SquadNoticeRecord,
        "member_id",
        order=("-created_at", "-id"),
        description="What the caller was told of challenges, nudges among it, the newest first.",
    )
