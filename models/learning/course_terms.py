"""What staff say of a course: whom it is for, how it is taught, when it reminds, and what a temporary one is about."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfoNotFoundError

from models.errors import Invalid, bounded_text, picture_address, within
from models.groups.circle import Circle
from models.groups.group import Group
from models.learning.teacher import Teacher
from models.members.audience import Audience
from store.clock import zone_named
from store.settings import settings

TITLE_MOST = 60
SUMMARY_MOST = 2_000
PLACE_MOST = 200
WORD_MOST = 200
MINUTES_MOST = 24 * 60
SEATS_MOST = 100_000
PRICE_MOST = 10_000_000
REMINDERS_MOST = 5
REMINDER_MINUTES_MOST = 14 * 24 * 60
REMINDERS = (24 * 60, 60, 10)


class CourseKind(StrEnum):
    """Whether a course comes back every week, or is held for once."""

    FIXED = "fixed"
    TEMPORARY = "temporary"


class Medium(StrEnum):
    """Where a course is held."""

    ONLINE = "online"
    OFFLINE = "offline"
    HYBRID = "hybrid"


@dataclass(frozen=True)
class CourseTerms:
    """All that staff say of a course but its kind. It is a group's, a circle's or, with neither, the brand's.

    `seats` of None are unlimited, a `price` of None is nothing. The last four are said of temporary courses only;
    `decides_at` is the go / no-go instant, at which the target is looked at.
    """

    title: str
    summary: str | None = None
    picture: str | None = None
    group_id: UUID | None = None
    circle_id: UUID | None = None
    teacher_id: UUID | None = None
    medium: Medium = Medium.ONLINE
    minutes: int = 40
    zone: str | None = None
    seats: int | None = None
    price: int | None = None
    audience: Audience = field(default_factory=Audience)
    live_url: str | None = None
    location: str | None = None
    reminders: tuple[int, ...] = REMINDERS
    purpose: str | None = None
    theme: str | None = None
    sign_up_target: int | None = None
    decides_at: datetime | None = None

    async def columns(self, kind: CourseKind) -> dict[str, Any]:
        """What the columns hold. Raises `Invalid`, and `NotFound` for what is named and not there."""
        self._check_numbers()
        self._check_purpose(kind)
        await self._check_named()
        return asdict(self) | {
            "title": bounded_text(self.title, "title", least=1, most=TITLE_MOST),
            "summary": bounded_text(self.summary, "summary", most=SUMMARY_MOST) or None,
            "picture": picture_address(self.picture, "picture"),
            "zone": known_zone(self.zone or settings().brand_zone),
            "audience": self.audience.checked().to_json(),
            "live_url": picture_address(self.live_url, "liveUrl"),
            "location": bounded_text(self.location, "location", most=PLACE_MOST) or None,
            "reminders": known_reminders(self.reminders),
            "purpose": bounded_text(self.purpose, "purpose", most=WORD_MOST) or None,
            "theme": bounded_text(self.theme, "theme", most=WORD_MOST) or None,
        }

    def _check_numbers(self) -> None:
        within("minutes", self.minutes, 1, MINUTES_MOST)
        within("seats", self.seats, 1, SEATS_MOST)
        within("price", self.price, 1, PRICE_MOST)
        within("signUpTarget", self.sign_up_target, 1, SEATS_MOST)

    def _check_purpose(self, kind: CourseKind) -> None:
        said = {"signUpTarget": self.sign_up_target, "decidesAt": self.decides_at}
        if kind is CourseKind.FIXED and (wrong := [name for name, value in said.items() if value is not None]):
            raise Invalid(wrong[0], zh="仅用于临时课程", en="only temporary courses have it")
        if self.decides_at is not None and self.sign_up_target is None:
            raise Invalid("signUpTarget", zh="请填写报名目标", en="a decision needs a target")

    async def _check_named(self) -> None:
        if self.group_id and self.circle_id:
            raise Invalid("circleId", zh="社群与圈层只能选其一", en="name a group or a circle, not both")
        if self.group_id:
            await Group.existing(self.group_id, field="groupId")
        if self.circle_id:
            await Circle.existing(self.circle_id, field="circleId")
        if self.teacher_id:
            await Teacher.existing(self.teacher_id, field="teacherId")


def known_zone(name: str) -> str:
    """The name of an IANA zone, or `Invalid`."""
    try:
        return zone_named(name.strip()).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("zone", zh="没有这个时区", en="no such time zone") from None


def known_reminders(minutes: tuple[int, ...]) -> list[int]:
    """Distances before a session in minutes, the longest first, without doubles; or `Invalid`."""
    found = sorted(set(minutes), reverse=True)
    if len(found) > REMINDERS_MOST:
        raise Invalid("reminders", zh=f"最多 {REMINDERS_MOST} 个", en=f"at most {REMINDERS_MOST}")
    for one in found:
        within("reminders", one, 1, REMINDER_MINUTES_MOST)
    return found
