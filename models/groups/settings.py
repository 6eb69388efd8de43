"""The settings of a group: what staff decide about it, and their bounds."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic.alias_generators import to_camel

from models.errors import bounded_text, within

BOUNDS = {
    "member_cap": (2, 500),
    "admin_seats_least": (0, 50),
    "admin_seats_most": (0, 50),
    "guide_seats_most": (0, 50),
    "committee_seats_most": (0, 50),
    "pins_most": (0, 20),
    "reapply_after_hours": (0, 24 * 365),
}
LENGTHS = {"summary": 300, "region": 40, "area": 40}


class JoinMode(StrEnum):
    """How one becomes a member of a group."""

    FREE = "free"
    APPROVAL = "approval"
    INVITATION = "invitation"
    CLOSED = "closed"


@dataclass(frozen=True)
class GroupSettings:
    """What is None stays as it is, or as the default says; an empty summary, region or area clears it."""

    name: str | None = None
    summary: str | None = None
    region: str | None = None
    area: str | None = None
    manager_staff_id: UUID | None = None
    join_mode: JoinMode | None = None
    member_cap: int | None = None
    opens_next: bool | None = None
    members_may_invite: bool | None = None
    nicknames_unique: bool | None = None
    admin_seats_least: int | None = None
    admin_seats_most: int | None = None
    guide_seats_most: int | None = None
    committee_seats_most: int | None = None
    pins_most: int | None = None
    reapply_after_hours: int | None = None

    def checked(self) -> dict[str, Any]:
        """The given settings by column, or `Invalid`."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        for name, (least, most) in BOUNDS.items():
            within(to_camel(name), given.get(name), least, most)
        if "name" in given:
            given["name"] = bounded_text(self.name, "name", least=1, most=60)
        for name, length in LENGTHS.items():
            if name in given:
                given[name] = bounded_text(given[name], name, most=length) or None
        return given
