"""The terms of a camp as staff write them, and what they do with it."""

from datetime import date, datetime

import strawberry

from models.learning.camp_terms import CampTerms, MissRule
from schema.ids import optional_id_of
from schema.learning.camp import Camp
from schema.learning.camp_task import CampTaskInput
from schema.members.audience import AudienceInput
from schema.payload import Payload, changed


@strawberry.input(description="The terms of a camp, as a whole.")
class CampTermsInput:
    title: str = strawberry.field(description="What it is called, 1 to 60 characters.")
    days: int = strawberry.field(description="How many days it has, 1 to 100.")
    starts_on: date = strawberry.field(description="Its first day.")
    tasks: list[CampTaskInput] = strawberry.field(
        default_factory=list, description="Up to 10 tasks a day; a day without any is a day of rest."
    )
    summary: str | None = strawberry.field(default=None, description="What it is about, up to 500 characters.")
    zone: str = strawberry.field(default="Asia/Shanghai", description="The IANA zone of its days.")
    day_start_hour: int = strawberry.field(default=0, description="The hour at which a day begins, 0 to 23.")
    circle_id: strawberry.ID | None = strawberry.field(default=None, description="The circle that it is for.")
    group_id: strawberry.ID | None = strawberry.field(
        default=None, description="The group that it is for; with neither it is for the whole brand."
    )
    audience: AudienceInput | None = strawberry.field(default=None, description="Whom it is for; absent: all.")
    seats: int | None = strawberry.field(default=None, description="How many may take part; null: everybody.")
    has_waiting_list: bool = strawberry.field(default=False, description="Whether one may wait for a seat.")
    price: int = strawberry.field(default=0, description="Points to take part.")
    signs_up_from: datetime | None = strawberry.field(default=None, description="From when one may sign up.")
    signs_up_until: datetime | None = strawberry.field(
        default=None, description="Until when; at the latest until it begins, or `lateUntilDay` is over."
    )
    late_until_day: int = strawberry.field(default=0, description="The last day on which one may still join.")
    misses_allowed: int = strawberry.field(default=0, description="How many days may be missed.")
    miss_rule: MissRule = strawberry.field(default=MissRule.OUT, description="What becomes of who misses more.")
    allows_late: bool = strawberry.field(default=False, description="Whether missed days may be made up.")
    make_ups_most: int | None = strawberry.field(default=None, description="How many of them; null: any number.")
    finish_points: int = strawberry.field(default=0, description="Points for a finish.")
    gives_certificate: bool = strawberry.field(default=True, description="Whether a finish brings a certificate.")
    certificate_days: int | None = strawberry.field(default=None, description="How long that holds; null: for good.")
    remind_hour: int | None = strawberry.field(
        default=None, description="The hour of the clock at which who is behind is reminded; null: by hand only."
    )

    async def terms(self) -> CampTerms:
        """The terms that were said; `NotFound` and `Invalid` name what of them is wrong."""
        given = {name: getattr(self, name) for name in CampTerms.__dataclass_fields__}
        found = {
            "tasks": tuple(one.value() for one in self.tasks),
            "audience": await AudienceInput.read(self.audience),
            "circle_id": optional_id_of("Circle", self.circle_id, field="circleId"),
            "group_id": optional_id_of("Group", self.group_id, field="groupId"),
        }
        return CampTerms(**{**given, **found})


@strawberry.input(description="A camp to write down.")
class CreateCampInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never creates two.")
    terms: CampTermsInput = strawberry.field(description="Its terms.")


@strawberry.input(description="Other terms for a camp; once it is published, what members count on has to stay.")
class ChangeCampInput:
    camp_id: strawberry.ID = strawberry.field(description="The camp.")
    expected_version: int = strawberry.field(description="The version that was read; refused where another came.")
    terms: CampTermsInput = strawberry.field(description="All its terms; tasks of days that have begun as they are.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.input(description="A draft to publish.")
class PublishCampInput:
    camp_id: strawberry.ID = strawberry.field(description="The camp.")
    expected_version: int = strawberry.field(description="The version that was read; refused where another came.")


@strawberry.input(description="A camp to cancel.")
class CancelCampInput:
    camp_id: strawberry.ID = strawberry.field(description="The camp.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")


@strawberry.input(description="A camp whose members are to be reminded.")
class RemindCampMembersInput:
    camp_id: strawberry.ID = strawberry.field(description="The camp.")


@strawberry.type
class CampPayload(Payload):
    camp: Camp | None = changed("The camp.")


@strawberry.type(description="A camp that was written down.")
class CreateCampPayload(CampPayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A camp whose terms were changed.")
class ChangeCampPayload(CampPayload):
    pass


@strawberry.type(description="A camp that was published.")
class PublishCampPayload(CampPayload):
    pass


@strawberry.type(description="A camp that was cancelled; its members have their points back within the minute.")
class CancelCampPayload(CampPayload):
    pass


@strawberry.type(description="Who was behind was reminded.")
class RemindCampMembersPayload(CampPayload):
    told: int | None = changed("How many were told; those told before today are not told again.")
