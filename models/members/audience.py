"""An audience: whom something is for, said as conditions that a member must all meet.

It is a value, kept as JSON on the record that it opens or closes (a good, a red packet, a draw, an earn rule), and
asked in one place, so that a gate means the same everywhere. A condition that is empty does not hold.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from models.errors import DomainError, Invalid, NotFound
from models.groups.circle import Circle
from models.groups.group import Group
from models.groups.membership import Membership
from models.members.member import Member
from models.points.account import Account, Currency, of_member
from models.points.level import Level

NAMED_MOST = 100
DAYS_MOST = 3_660


class NotInAudience(DomainError):
    code = "NOT_IN_AUDIENCE"
    zh = "当前活动不面向您"
    en = "This is not for you."


class LevelTooLow(DomainError):
    code = "LEVEL_TOO_LOW"
    zh = "需要达到等级「{level}」"
    en = "This needs the level {level}."


class NewMembersOnly(DomainError):
    code = "NEW_MEMBERS_ONLY"
    zh = "仅限加入 {days} 天以内的新成员"
    en = "This is for members of at most {days} days."


@dataclass(frozen=True)
class Audience:
    """`level_least` is a level's position; of the ids of circles and of groups, one is enough."""

    level_least: int | None = None
    circle_ids: tuple[UUID, ...] = ()
    group_ids: tuple[UUID, ...] = ()
    new_within_days: int | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The audience of a column; of an empty one, everybody."""
        lists = {name: tuple(UUID(one) for one in stored.get(name, ())) for name in ("circle_ids", "group_ids")}
        return cls(**{**stored, **lists})

    def to_json(self) -> dict[str, Any]:
        return {name: _plain(value) for name, value in asdict(self).items() if value not in (None, ())}

    def checked(self, field: str = "audience") -> Self:
        """This audience, or `Invalid`."""
        if len(self.circle_ids) > NAMED_MOST or len(self.group_ids) > NAMED_MOST:
            raise Invalid(field, zh=f"最多 {NAMED_MOST} 个", en=f"at most {NAMED_MOST} of a kind")
        if self.new_within_days is not None and not 1 <= self.new_within_days <= DAYS_MOST:
            raise Invalid(field, zh=f"天数应为 1–{DAYS_MOST}", en=f"the days must be 1 to {DAYS_MOST}")
        return self

    async def known(self, field: str = "audience") -> Self:
        """This audience, or `NotFound` where it names what does not exist."""
        if self.level_least is not None and not await Level.exists(position=self.level_least):
            raise NotFound(field=f"{field}.levelLeast")
        for part, record, ids in (("circleIds", Circle, self.circle_ids), ("groupIds", Group, self.group_ids)):
            if ids and await record.filter(id__in=ids).count() < len(set(ids)):
                raise NotFound(field=f"{field}.{part}")
        return self

    async def refusals(self, member_id: UUID, *, at: datetime) -> list[DomainError]:
        """Every condition that the member does not meet; nothing where it belongs to the audience."""
        found: list[DomainError] = []
        if self.level_least is not None and (missing := await _level_above(member_id, self.level_least)):
            found.append(LevelTooLow(level=missing.name))
        if self.new_within_days is not None:
            member = await Member.existing(member_id)
            if at >= member.joined_at + timedelta(days=self.new_within_days):
                found.append(NewMembersOnly(days=self.new_within_days))
        if (self.circle_ids or self.group_ids) and not await self._is_in_place(member_id):
            found.append(NotInAudience())
        return found

    async def demand(self, member_id: UUID, *, at: datetime) -> None:
        """Raise the first of the refusals."""
        for refusal in await self.refusals(member_id, at=at):
            raise refusal

    async def _is_in_place(self, member_id: UUID) -> bool:
        places = await Membership.active_groups(member_id)
        return any(place.group_id in self.group_ids or place.circle_id in self.circle_ids for place in places)


def _plain(value: object) -> object:
    return [str(one) for one in value] if isinstance(value, tuple) else value


async def _level_above(member_id: UUID, position: int) -> Level | None:
    """The level of that position, where the member's growth does not reach it."""
    level = await Level.at(position)
    account = await Account.get_or_none(id=of_member(member_id, Currency.GROWTH).id)
    return level if (account.balance if account else 0) < level.threshold else None
