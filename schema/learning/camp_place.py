"""Places in camps in the contract: who takes part, and how it stands."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.declare import Node, derived, one, one_by, record_type
from models.learning.camp import Camp as CampRecord
from models.learning.camp_certificate import CampCertificate as CampCertificateRecord
from models.learning.camp_finish import CampFinish as CampFinishRecord
from models.learning.camp_notice import CampNotice as CampNoticeRecord
from models.learning.camp_notice import NoticeKind
from models.learning.camp_place import CampPlace as CampPlaceRecord
from models.learning.camp_progress import RANKED
from models.learning.camp_tally import PlaceState
from models.members.member import Member as MemberRecord
from schema.enums import publish
from schema.learning.camp_certificate import CampCertificate
from schema.learning.camp_sight import own, places_seen
from schema.members.member import Member
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from schema.learning.camp import Camp
    from schema.viewer import Viewer

publish(
    PlaceState,
    "Where a member stands in a camp.",
    named="CampPlaceState",
    waiting="On the waiting list.",
    joined="Taking part.",
    left="Given up before the start, or waited in vain.",
    failed="Out: too many days were missed.",
    finished="Finished.",
    ended="Came to the end, with too many days missed.",
    cancelled="The camp was cancelled.",
)
publish(
    NoticeKind,
    "What a member is told of a camp.",
    named="CampNoticeKind",
    behind="Today's tasks are open.",
    seated="A seat came free; the member takes part.",
    finished="The member has finished.",
    out="Too many days were missed; the member is out.",
    cancelled="The camp was cancelled, and the points went back.",
)
_STATES = ", ".join(f"'{state}'" for state in RANKED)
_RANK = (
    "(SELECT COUNT(*) + 1 FROM camp_place r WHERE r.camp_id = {row}.camp_id AND r.done_days > {row}.done_days "  # noqa: S608 - own text
    f"AND r.state IN ({_STATES}))"
)

_POSITION = (
    "CASE WHEN {row}.state = 'waiting' THEN (SELECT COUNT(*) + 1 FROM camp_place w WHERE w.camp_id = {row}.camp_id "
    "AND w.state = 'waiting' AND (w.signed_up_at, w.id) < ({row}.signed_up_at, {row}.id)) END"
)


@record_type(CampFinishRecord, description="A finish of a camp, recorded and paid once.", visible=own)
class CampFinish(Node):
    points: int = strawberry.field(description="What it paid.")
    finished_at: datetime = strawberry.field(description="When the last day had ended.")


@record_type(CampPlaceRecord, description="A member in a camp.", visible=places_seen)
class CampPlace(Node):
    camp: Annotated["Camp", strawberry.lazy("schema.learning.camp")] = one(
        CampRecord, "camp_id", description="The camp."
    )
    member: Member = one(MemberRecord, "member_id", description="Who it is.")
    state: PlaceState = strawberry.field(description="Where the member stands, by the days that are settled.")
    first_day: int = strawberry.field(description="The first day that the member owes.")
    settled_through: int = strawberry.field(description="The last day that is settled.")
    done_days: int = strawberry.field(description="Settled days that were done, those made up included.")
    missed_days: int = strawberry.field(description="Settled days that were missed and not made up.")
    made_up_days: int = strawberry.field(description="Missed days that were made up.")
    signed_up_at: datetime = strawberry.field(description="When the member signed up.")
    joined_at: datetime | None = strawberry.field(description="When it got its seat.")
    ended_at: datetime | None = strawberry.field(description="When it was over for the member.")
    rank: int = derived(_RANK, description="Its place by days done, from 1; equal ones share it.")
    waiting_position: int | None = derived(
        _POSITION, description="Its place on the waiting list, from 1; absent where it does not wait."
    )
    finish: CampFinish | None = one_by(
        CampFinishRecord, "place_id", description="Its finish; for the member and staff."
    )
    certificate: CampCertificate | None = one_by(
        CampCertificateRecord, "place_id", description="Its certificate; for the member and staff."
    )


@record_type(CampNoticeRecord, description="What a member was told of a camp.", visible=own)
class CampNotice(Node):
    camp: Annotated["Camp", strawberry.lazy("schema.learning.camp")] = one(
        CampRecord, "camp_id", description="The camp."
    )
    kind: NoticeKind = strawberry.field(description="What it was told.")
    day: int = strawberry.field(description="The day that was open; 0 where it is about none.")
    created_at: datetime = strawberry.field(description="When.")


@strawberry.input(description="A camp to sign up for.")
class JoinCampInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never joins twice.")
    camp_id: strawberry.ID = strawberry.field(description="The camp.")
    waits: bool = strawberry.field(
        default=False, description="Whether to wait where no seat is free; the price is set aside meanwhile."
    )


@strawberry.input(description="A place to give up.")
class LeaveCampInput:
    place_id: strawberry.ID = strawberry.field(description="The place; given up twice, its points come back once.")


@strawberry.input(description="A missed day whose tasks were done late.")
class MakeUpCampDayInput:
    camp_id: strawberry.ID = strawberry.field(description="The camp.")
    day: int = strawberry.field(description="The day, from 1.")


@strawberry.type
class PlacePayload(Payload):
    place: CampPlace | None = changed("The caller's place.")


@strawberry.type(description="A place in a camp, or on its waiting list.")
class JoinCampPayload(PlacePayload):
    viewer: Annotated["Viewer", strawberry.lazy("schema.viewer")] | None = changed("The caller after it.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A place that was given up.")
class LeaveCampPayload(PlacePayload):
    viewer: Annotated["Viewer", strawberry.lazy("schema.viewer")] | None = changed("The caller after it.")


@strawberry.type(description="A day that was made up.")
class MakeUpCampDayPayload(PlacePayload):
    pass
