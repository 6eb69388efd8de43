"""Camps in the contract."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import strawberry

from auth.caller import CallerKind
from engine.declare import Connection, Node, batch, connection, one, record_type
from engine.relation import Condition
from models.groups.circle import Circle as CircleRecord
from models.groups.group import Group as GroupRecord
from models.learning.camp import Camp as CampRecord
from models.learning.camp import CampStatus
from models.learning.camp_place import CampPlace as CampPlaceRecord
from models.learning.camp_post import CampPost as CampPostRecord
from models.learning.camp_progress import RANKED
from models.learning.camp_tally import PlaceState
from models.learning.camp_task import CampTask as CampTaskRecord
from models.learning.camp_terms import MissRule
from schema.enums import publish
from schema.groups.circle import Circle
from schema.groups.group import Group
from schema.learning.camp_place import CampPlace
from schema.learning.camp_post import CampPost
from schema.learning.camp_sight import camps_seen
from schema.learning.camp_task import CampTask
from schema.members.audience import Audience, audience_field

if TYPE_CHECKING:
    from auth.context import Context

publish(
    CampStatus,
    "What has become of a camp.",
    draft="Members do not see it yet.",
    published="Members see it, and take part in its time.",
    ended="It is over, and everybody is settled.",
    cancelled="It was cancelled; points go back.",
)
publish(
    MissRule,
    "What becomes of who misses more days than are allowed.",
    named="CampMissRule",
    out="The member is out.",
    go_on="The member goes on, without a certificate.",
)
_STATES = ", ".join(f"'{state}'" for state in RANKED)
IN_RANKING = Condition(
    f"{{row}}.state IN ({_STATES}) AND NOT EXISTS (SELECT 1 FROM member m WHERE m.id = {{row}}.member_id "  # noqa: S608 - own text
    "AND (m.is_hidden_from_boards OR m.is_staff))"
)
STANDING = Condition("{row}.voided_at IS NULL")
SHOWCASED = Condition("{row}.is_showcase AND {row}.voided_at IS NULL")


async def viewer_places(camps: Sequence[CampRecord], context: "Context") -> list[CampPlaceRecord | None]:
    """The calling member's own places."""
    if context.caller.kind is not CallerKind.MEMBER:
        return [None] * len(camps)
    mine = CampPlaceRecord.filter(member_id=context.member_id, camp_id__in=[camp.id for camp in camps])
    found = {place.camp_id: place for place in await mine.exclude(state=PlaceState.LEFT)}
    return [found.get(camp.id) for camp in camps]


@record_type(CampRecord, description="A camp: so many days in a row, each with its tasks.", visible=camps_seen)
class Camp(Node):
    title: str = strawberry.field(description="What it is called.")
    summary: str | None = strawberry.field(description="What it is about.")
    status: CampStatus = strawberry.field(description="What has become of it.")
    version: int = strawberry.field(description="Rises with every change.")
    days: int = strawberry.field(description="How many days it has.")
    starts_on: date = strawberry.field(description="Its first day.")
    zone: str = strawberry.field(description="The IANA zone of its days.")
    day_start_hour: int = strawberry.field(description="The hour of the clock at which a day begins.")
    starts_at: datetime = strawberry.field(description="When its first day begins.")
    ends_at: datetime = strawberry.field(description="When its last day has ended.")
    circle: Circle | None = one(CircleRecord, "circle_id", description="The circle whose members it is for.")
    group: Group | None = one(GroupRecord, "group_id", description="The group whose members it is for.")
    audience: Audience | None = audience_field()
    seats: int | None = strawberry.field(description="How many may take part; absent: everybody.")
    taken: int = strawberry.field(description="How many seats are taken.")
    has_waiting_list: bool = strawberry.field(description="Whether one may wait for a seat.")
    waiting_count: int = strawberry.field(description="How many wait.")
    price: int = strawberry.field(description="Points to take part; 0: free of charge.")
    signs_up_from: datetime | None = strawberry.field(description="From when one may sign up.")
    joins_until: datetime = strawberry.field(description="Until when one may sign up.")
    late_until_day: int = strawberry.field(description="The last day on which one may still join; 0: none.")
    misses_allowed: int = strawberry.field(description="How many days may be missed.")
    miss_rule: MissRule = strawberry.field(description="What becomes of who misses more.")
    allows_late: bool = strawberry.field(description="Whether missed days may be made up.")
    make_ups_most: int | None = strawberry.field(description="How many of them; absent: any number.")
    finish_points: int = strawberry.field(description="Points for a finish.")
    gives_certificate: bool = strawberry.field(description="Whether a finish brings a certificate.")
    certificate_days: int | None = strawberry.field(description="How long that holds; absent: for good.")
    remind_hour: int | None = strawberry.field(description="The hour at which who is behind is reminded.")
    published_at: datetime | None = strawberry.field(description="When it was published.")
    closed_at: datetime | None = strawberry.field(description="When it ended or was cancelled.")
    tasks: Connection[CampTask] = connection(
        CampTaskRecord, "camp_id", order=("day", "position", "id"), description="Its tasks; for members the unlocked."
    )
    places: Connection[CampPlace] = connection(
        CampPlaceRecord,
        "camp_id",
        order=("signed_up_at", "id"),
        description="Who takes part, the first in front; for those who do and staff, who see also who waits or left.",
    )
    ranking: Connection[CampPlace] = connection(
        CampPlaceRecord,
        "camp_id",
        order=("-done_days", "-id"),
        where=IN_RANKING,
        description="Who takes part by days done; for those who do and staff.",
    )
    posts: Connection[CampPost] = connection(
        CampPostRecord,
        "camp_id",
        order=("-created_at", "-id"),
        where=STANDING,
        description="What was handed in and stands, the newest first; for those who take part and staff.",
    )
    showcase: Connection[CampPost] = connection(
        CampPostRecord,
        "camp_id",
        order=("-created_at", "-id"),
        where=SHOWCASED,
        description="What staff show as examples, the newest first; for those who take part and staff.",
    )
    viewer_place: CampPlace | None = batch(viewer_places, needs=("id",), description="The calling member's place.")
