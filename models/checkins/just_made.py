"""What making a check-in brought to light, so that its answer reads nothing again that is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.checkins.streak import Progress
from models.members.member import Member
from models.points.entry import PointEntry
from models.points.posting import Posting


@dataclass(frozen=True)
class JustMade:
    """What making a check-in brought to light: its answer need not read it again.

    `member_row` is the member's row, `progress` where the member stands.
    """

    member_row: Mapping[str, Any]
    progress: Progress
    posting: Posting

    def member(self, *, is_default_plan: bool) -> Member:
        """The member after it."""
        found = Member.from_row(self.member_row)
        if is_default_plan:
            found.known_streak_days = self.progress.current_days
        return found

    @property
    def entries(self) -> list[PointEntry]:
        """What it paid the member, oldest first."""
        return [entry for entry in PointEntry.posted(self.posting) if entry.amount > 0]
