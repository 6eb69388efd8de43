"""The archive: what a member says of itself, changed field by field. What is not given stays."""

import unicodedata
from datetime import date, datetime
from typing import TypedDict
from uuid import UUID

from models.errors import Invalid, bounded_text, picture_address
from models.insight.standing import standing_changed
from models.members.member import Gender, Member
from models.points.behaviour import Behaviour
from models.points.earning import Earning
from store.database import transaction

NICKNAME_MOST = 30
INTERESTS_MOST = 20
INTEREST_MOST = 20
TEXT_MOST = 80
OLDEST = date(1900, 1, 1)
COMPLETE = ("avatar_url", "gender", "birthday", "region", "occupation", "interests")


class ArchiveChanges(TypedDict, total=False):
    """The columns to change; an absent one stays as it is."""

    nickname: str | None
    avatar_url: str | None
    real_name: str | None
    gender: Gender | None
    birthday: date | None
    region: str | None
    occupation: str | None
    interests: list[str] | None


async def update_archive(member_id: UUID, changes: ArchiveChanges, *, at: datetime) -> Member:
    """Change a member's archive; completing it may pay. Raises `Invalid` (naming the field) and `MemberNotActive`."""
    checked = _checked(changes, today=at.date())
    async with transaction():
        await Member.touch(member_id, at=at, speaks="nickname" in checked or "avatar_url" in checked)
        if checked:
            await Member.filter(id=member_id).update(**checked)
        if "nickname" in checked or "avatar_url" in checked:
            await standing_changed([member_id], at=at)
        member = await Member.get(id=member_id)
        if checked and is_complete(member):
            await Earning.pay(member_id, Behaviour.PROFILE_COMPLETED, f"profile:{member_id}", at=at)
    return member


def is_complete(member: Member) -> bool:
    """Whether everything is said that others get to know a member by; the real name stays its own business."""
    return all(getattr(member, column) for column in COMPLETE)


def _checked(changes: ArchiveChanges, *, today: date) -> dict[str, object]:
    checked: dict[str, object] = dict(changes)
    if "nickname" in changes:
        checked["nickname"] = _nickname(changes["nickname"])
    if "avatar_url" in changes:
        checked["avatar_url"] = picture_address(changes["avatar_url"], "avatarUrl")
    if "real_name" in changes:
        checked["real_name"] = bounded_text(changes["real_name"], "realName", most=NICKNAME_MOST) or None
    if "region" in changes:
        checked["region"] = bounded_text(changes["region"], "region", most=TEXT_MOST) or None
    if "occupation" in changes:
        checked["occupation"] = bounded_text(changes["occupation"], "occupation", most=TEXT_MOST) or None
    if "birthday" in changes:
        checked["birthday"] = _birthday(changes["birthday"], today)
    if "interests" in changes:
        checked["interests"] = _interests(changes["interests"] or [])
    return checked


def _nickname(nickname: str | None) -> str:
    text = bounded_text(unicodedata.normalize("NFC", nickname or ""), "nickname", least=1, most=NICKNAME_MOST) or ""
    if not text.isprintable():
        raise Invalid("nickname", zh="不能含有控制字符", en="it must not contain control characters")
    return text


def _birthday(birthday: date | None, today: date) -> date | None:
    if birthday is not None and not OLDEST <= birthday <= today:
        raise Invalid("birthday", zh="日期超出范围", en="the date is out of range")
    return birthday


def _interests(interests: list[str]) -> list[str]:
    texts = [bounded_text(one, "interests", least=1, most=INTEREST_MOST) or "" for one in interests]
    found = list(dict.fromkeys(texts))
    if len(found) > INTERESTS_MOST:
        raise Invalid("interests", zh=f"最多 {INTERESTS_MOST} 个", en=f"at most {INTERESTS_MOST} are kept")
    return found
