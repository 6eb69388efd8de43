"""Figures about newcomers in the contract: how many are at risk, and conversion."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.spread.newcomer_report import ReportPart, ReportRow
from models.spread.newcomer_step import NewcomerStep
from schema.enums import publish
from schema.members.member import Member

if TYPE_CHECKING:
    from schema.groups.group import Group

publish(
    ReportPart,
    "By what newcomers are told apart.",
    named="NewcomerReportPart",
    group="By the group that they joined.",
    inviter="By who brought them.",
    week="By the week, from Monday on, in which they joined.",
)


@strawberry.type(description="Newcomers who have not spoken, with as many days left.")
class NewcomersLeft:
    days_left: int = strawberry.field(description="How many days follow today; 0: today is the last.")
    newcomers: int = strawberry.field(description="How many they are.")


@strawberry.type(description="How many newcomers have not spoken.")
class NewcomerCounts:
    underway: list[NewcomersLeft] = strawberry.field(
        description="Those whose days are not over, the most urgent first; ordinary members who may speak."
    )
    overdue: int = strawberry.field(description="Those whose days are over, and who are about to be judged.")
    zombies: int | None = strawberry.field(
        description="Those who count as zombies; counted for one group or circle only."
    )


@strawberry.type(description="How many newcomers did a step within their days.")
class NewcomerStepCount:
    step: NewcomerStep = strawberry.field(description="Which step.")
    newcomers: int = strawberry.field(description="How many did it, or had done it before.")


@strawberry.type(description="What became of the newcomers of a group, an inviter or a week.")
class NewcomerReportRow:
    group: Annotated["Group", strawberry.lazy("schema.groups.group")] | None = strawberry.field(
        description="The group, where they are told apart by it."
    )
    inviter: Member | None = strawberry.field(description="Who brought them; absent for those who came alone.")
    week_of: date | None = strawberry.field(description="The Monday of the week, where they are told apart by it.")
    joined: int = strawberry.field(description="How many joined.")
    still_open: int = strawberry.field(
        description="Of these, whose days are not over, whether they have spoken or not."
    )
    spared: int = strawberry.field(description="Of these, who were silent to the end for a good reason.")
    closed: int = strawberry.field(description="All others: whose days are over. Shares are of these.")
    steps: list[NewcomerStepCount] = strawberry.field(
        description="How many of those who are `closed` did each step within their days."
    )
    zombies: int = strawberry.field(description="How many count as zombies now.")
    woken: int = strawberry.field(description="How many did, until a word or more time lifted that.")
    left: int = strawberry.field(description="How many are gone.")
    median_days: float | None = strawberry.field(
        description="The day on which half of those of `closed` who ever spoke had spoken, 0 being that of joining."
    )


@strawberry.input(
    description="A period in which newcomers joined: of at most 366 days for one group, 92 days for more."
)
class NewcomerPeriod:
    since: datetime = strawberry.field(description="Its first instant.")
    until: datetime = strawberry.field(description="The instant after its last one.")


def report_rows(by: ReportPart, found: Sequence[ReportRow], named: Mapping[str, Any]) -> list[NewcomerReportRow]:
    """The rows of a report; `named` are its groups or members by their ids."""
    return [
        NewcomerReportRow(
            group=named.get(row.part) if by is ReportPart.GROUP else None,
            inviter=named.get(row.part) if by is ReportPart.INVITER else None,
            week_of=date.fromisoformat(row.part) if by is ReportPart.WEEK else None,
            joined=row.joined,
            still_open=row.still_open,
            spared=row.spared,
            closed=row.closed,
            steps=[NewcomerStepCount(step=step, newcomers=count) for step, count in row.steps.items()],
            zombies=row.zombies,
            woken=row.woken,
            left=row.gone,
            median_days=row.median_days,
        )
        for row in found
    ]
