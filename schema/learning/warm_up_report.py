"""The report on a warm-up in the contract."""

from datetime import date
from typing import Self

import strawberry

from engine.cursor import encode_id
from models.learning.warm_up_report import WarmUpEffect as WarmUpEffectValue
from models.learning.warm_up_report import WarmUpFigures as WarmUpFiguresValue
from models.learning.warm_up_report import WarmUpReport as WarmUpReportValue


@strawberry.type(description="What came of a temporary course.")
class WarmUpFigures:
    course_id: strawberry.ID = strawberry.field(description="The course.")
    title: str = strawberry.field(description="What it is called.")
    target: int | None = strawberry.field(description="How many seats were to be taken.")
    tasks: int = strawberry.field(description="Tasks of its warm-up plan.")
    done: int = strawberry.field(description="How many of them were done.")
    done_percent: int | None = strawberry.field(description="The same in percent; absent without a plan.")
    sign_ups: int = strawberry.field(description="How many members signed up, also those who left again.")
    seated: int = strawberry.field(description="How many had a seat when its first session began.")
    attended: int = strawberry.field(description="How many came to any of its sessions.")
    turnout_percent: int | None = strawberry.field(description="Who came of those with a seat, in percent.")

    @classmethod
    def of(cls, value: WarmUpFiguresValue) -> Self:
        names = ("title", "target", "tasks", "done", "done_percent", "sign_ups", "seated", "attended")
        return cls(
            course_id=strawberry.ID(encode_id("Course", value.course_id)),
            turnout_percent=value.turnout_percent,
            **{name: getattr(value, name) for name in names},
        )


@strawberry.type(description="A day ahead of a course.")
class WarmUpDay:
    day: int = strawberry.field(description="-14 to 0, counted from the first session.")
    local_date: date = strawberry.field(description="The day in the course's zone.")
    due: int = strawberry.field(description="Tasks that were planned for it.")
    done: int = strawberry.field(description="Tasks that were done on it.")
    sign_ups: int = strawberry.field(description="How many signed up on it.")


@strawberry.type(description="What came of several courses together.")
class WarmUpEffect:
    courses: int = strawberry.field(description="How many they are.")
    seated: int = strawberry.field(description="How many had a seat.")
    attended: int = strawberry.field(description="How many came.")
    turnout_percent: int | None = strawberry.field(description="Who came of those with a seat, in percent.")
    sign_ups_per_course: int | None = strawberry.field(description="How many signed up for one, on average.")

    @classmethod
    def of(cls, value: WarmUpEffectValue) -> Self:
        return cls(
            courses=value.courses,
            seated=value.seated,
            attended=value.attended,
            turnout_percent=value.turnout_percent,
            sign_ups_per_course=value.sign_ups_per_course,
        )


@strawberry.type(description="What was done ahead of a temporary course and what came of it, beside other courses.")
class WarmUpReport:
    course: WarmUpFigures = strawberry.field(description="What came of it.")
    days: list[WarmUpDay] = strawberry.field(description="The fifteen days up to its first session; none without one.")
    others: list[WarmUpFigures] = strawberry.field(
        description="Of the last 20 other temporary courses that have begun those that the caller sees."
    )
    well_warmed: WarmUpEffect = strawberry.field(description="Those of which four fifths of the tasks were done.")
    less_warmed: WarmUpEffect = strawberry.field(description="The rest of them.")

    @classmethod
    def of(cls, value: WarmUpReportValue) -> Self:
        return cls(
            course=WarmUpFigures.of(value.figures),
            days=[
                WarmUpDay(day=one.day, local_date=one.local_date, due=one.due, done=one.done, sign_ups=one.sign_ups)
                for one in value.days
            ],
            others=[WarmUpFigures.of(one) for one in value.others],
            well_warmed=WarmUpEffect.of(value.well_warmed),
            less_warmed=WarmUpEffect.of(value.less_warmed),
        )
