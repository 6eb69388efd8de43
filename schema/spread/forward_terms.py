"""The terms of a forwarding task in the contract: as they are read, and as staff write them."""

from datetime import datetime

import strawberry

from models.spread.forward_terms import (
    Exclusion,
    ForwardProofMode,
    ForwardTarget,
    ForwardTerms,
    Material,
    MaterialKind,
    Measure,
    Milestone,
    SharingProfile,
    Target,
)
from schema.enums import publish
from schema.ids import optional_id_of
from schema.members.audience import AudienceInput

publish(
    ForwardProofMode,
    "What shows that a member has done its part.",
    honour="Its word; a share of the claims is looked at.",
    visits="Visits by its code, which are counted.",
    conversions="What those who registered by its code do, which is counted.",
    screenshot="A picture, which reviewers look at.",
)
publish(
    MaterialKind,
    "What a member is given to send.",
    named="ForwardMaterialKind",
    copy="Words to send.",
    picture="A picture.",
    link="A link.",
    card="A card of the mini-program.",
    poster="A poster that bears the member's code.",
)
publish(
    ForwardTarget,
    "Where something is to be sent.",
    moments="The member's Moments.",
    groups="Chat groups.",
    friend="A friend.",
)
publish(
    Measure,
    "What a milestone counts.",
    named="ForwardMeasure",
    visits="Visitors by the code.",
    registered="Who registered by it.",
    introduced="Who of these has introduced itself.",
    first_check_in="Who of these has checked in.",
    first_purchase="Who of these has bought something.",
)
publish(
    Exclusion,
    "Visits that do not count for a task.",
    named="ForwardExclusion",
    self="Of the member itself.",
    known="Of who came before.",
    device="From a device of another member.",
    burst="One of many from one address.",
    circle_mate="Of somebody of a circle of the member.",
)
publish(
    SharingProfile,
    "By which rules a task is looked at before it is published.",
    strict="The platform's, and that only a deep action of the invitee is rewarded.",
    platform="The platform's alone.",
)


@strawberry.type(description="One thing ready to send.")
class ForwardMaterial:
    kind: MaterialKind = strawberry.field(description="What it is.")
    text: str | None = strawberry.field(description="Its words.")
    picture_url: str | None = strawberry.field(description="Address of its picture.")
    address: str | None = strawberry.field(description="Where a link or a card leads.")


@strawberry.type(description="A place to send it to.")
class ForwardTargetPlace:
    kind: ForwardTarget = strawberry.field(description="What place.")
    count: int = strawberry.field(description="How many of it.")


@strawberry.type(description="So many of a measure pay so many points, once.")
class ForwardMilestone:
    measure: Measure = strawberry.field(description="What is counted.")
    count: int = strawberry.field(description="How many.")
    points: int = strawberry.field(description="Points that it pays.")


@strawberry.input(description="One thing ready to send.")
class ForwardMaterialInput:
    kind: MaterialKind = strawberry.field(description="What it is.")
    text: str | None = strawberry.field(default=None, description="Its words, at most 1000 characters.")
    picture_url: str | None = strawberry.field(default=None, description="Address of its picture.")
    address: str | None = strawberry.field(default=None, description="Where a link or a card leads.")


@strawberry.input(description="A place to send it to.")
class ForwardTargetInput:
    kind: ForwardTarget = strawberry.field(description="What place.")
    count: int = strawberry.field(default=1, description="How many of it, 1 to 50.")


@strawberry.input(description="So many of a measure pay so many points, once.")
class ForwardMilestoneInput:
    measure: Measure = strawberry.field(description="What is counted; visits in the mode of visits alone.")
    count: int = strawberry.field(description="How many.")
    points: int = strawberry.field(description="Points that it pays.")


@strawberry.input(description="The terms of a forwarding task, as a whole.")
class ForwardTermsInput:
    title: str = strawberry.field(description="What it is called.")
    mode: ForwardProofMode = strawberry.field(description="What shows that a member has done its part.")
    starts_at: datetime = strawberry.field(description="From when it can be taken.")
    ends_at: datetime = strawberry.field(description="Until when it can be taken and claimed.")
    materials: list[ForwardMaterialInput] = strawberry.field(description="1 to 20 things ready to send.")
    description: str | None = strawberry.field(default=None, description="Its rules in words, in full.")
    targets: list[ForwardTargetInput] = strawberry.field(
        default_factory=lambda: [ForwardTargetInput(kind=ForwardTarget.FRIEND)], description="Where to send it."
    )
    audience: AudienceInput | None = strawberry.field(default=None, description="Whom it is for; absent: all.")
    total_most: int | None = strawberry.field(default=None, description="Places in all; null: no end.")
    day_most: int | None = strawberry.field(default=None, description="Places a day; null: no end.")
    budget_id: strawberry.ID | None = strawberry.field(
        default=None, description="The budget that pays; absent where points are newly issued."
    )
    points: int = strawberry.field(default=0, description="For a claim of honour or with a screenshot.")
    milestones: list[ForwardMilestoneInput] = strawberry.field(
        default_factory=list, description="What the counted modes pay for; at most 10."
    )
    hold_hours: int = strawberry.field(default=24, description="How long points are pending.")
    sample_percent: int = strawberry.field(
        default=10, description="How many of a hundred claims of honour are looked at."
    )
    proof_hours: int = strawberry.field(default=48, description="Within how long a proof that is asked for is due.")
    bar_days: int = strawberry.field(default=30, description="Days for which who failed takes no task of honour.")
    exclusions: list[Exclusion] = strawberry.field(
        default_factory=lambda: list(Exclusion), description="Visits that do not count."
    )
    profile: SharingProfile = strawberry.field(
        default=SharingProfile.STRICT, description="By which rules it is looked at before it is published."
    )
    in_mini_program: bool = strawberry.field(default=True, description="Whether it is published in the mini-program.")
    promotes_virtual: bool = strawberry.field(
        default=False, description="Whether what is spread is a virtual good or service."
    )
    is_required: bool = strawberry.field(
        default=False, description="Whether members must forward before they may go on elsewhere."
    )
    gives_chance: bool = strawberry.field(
        default=False, description="Whether doing it counts where draws give chances for tasks."
    )
    page: str | None = strawberry.field(default=None, description="The page that codes lead to; null: the usual one.")

    async def terms(self) -> ForwardTerms:
        """The terms that were said; `NotFound` and `Invalid` name what of them is wrong."""
        given = {name: getattr(self, name) for name in ForwardTerms.__dataclass_fields__}
        found = {
            "materials": tuple(Material(**vars(one)) for one in self.materials),
            "targets": tuple(Target(one.kind, one.count) for one in self.targets),
            "milestones": tuple(Milestone(one.measure, one.count, one.points) for one in self.milestones),
            "exclusions": tuple(self.exclusions),
            "audience": await AudienceInput.read(self.audience),
            "budget_id": optional_id_of("Budget", self.budget_id, field="budgetId"),
        }
        return ForwardTerms(**{**given, **found})
