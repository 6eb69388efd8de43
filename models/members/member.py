"""A member: one person, with the archive that operators and friends see.

`invite_code` is short and of letters and digits only, because it travels in the scene of a mini-program code.

`version` rises with every act that can change a place on a board (points, check-ins, invites, groups, visibility).
The act takes the member's row first, so the versions of one member are in the order of their commits, and a board can
tell an older reading of the same member from a newer one.
"""

import secrets
import string
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, NotFound
from models.points.account import Account, Currency, of_member
from models.record import Record
from store.clock import as_instant
from store.database import fetch
from store.together import Guard, Write, write


class MemberStatus(StrEnum):
    """Whether a member takes part."""

    NORMAL = "normal"
    MUTED = "muted"
    FROZEN = "frozen"
    LEFT = "left"
    ERASED = "erased"


ACTIVE = (MemberStatus.NORMAL, MemberStatus.MUTED)
"""May take part; somebody muted only may not speak."""

MAY_LOG_IN = (*ACTIVE, MemberStatus.FROZEN)
"""May read; somebody frozen changes nothing but what the law lets everybody do."""

INVITE_CODE_LENGTH = 8
_LETTERS = string.digits + string.ascii_letters


class Gender(StrEnum):
    """As the member says; absent where it does not."""

    MALE = "male"
    FEMALE = "female"
    OTHER = "other"


class MemberMuted(DomainError):
    code = "MEMBER_MUTED"
    zh = "您已被禁言，暂时不能发布内容"
    en = "You are muted and cannot publish anything for now."


class MemberErased(DomainError):
    code = "MEMBER_ERASED"
    zh = "该账号已注销，不能再更改"
    en = "This account was erased and cannot be changed any more."


class MemberNotActive(DomainError):
    code = "MEMBER_NOT_ACTIVE"
    zh = "该成员当前不能参与"
    en = "This member cannot take part at present."


def new_code(length: int) -> str:
    """A code that nobody guesses, of digits and letters."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _new_invite_code() -> str:
    return new_code(INVITE_CODE_LENGTH)


class Member(Record):
    known_streak_days: int | None = None
    """The streak under the default plan, where an act has just made it, so that its answer need not read it."""

    nickname = fields.CharField(max_length=40)
    avatar_url = fields.CharField(max_length=500, null=True)
    real_name = fields.CharField(max_length=40, null=True)
    gender: Gender | None = fields.CharEnumField(Gender, max_length=10, null=True)  # type: ignore[assignment]  # Tortoise types it as never null
    birthday: date | None = fields.DateField(null=True)
    region = fields.CharField(max_length=80, null=True)
    occupation = fields.CharField(max_length=80, null=True)
    interests: list[str] = fields.JSONField(default=list)
    status = fields.CharEnumField(MemberStatus, max_length=10, default=MemberStatus.NORMAL)
    muted_until: datetime | None = fields.DatetimeField(null=True)
    invite_code = fields.CharField(max_length=12, default=_new_invite_code)
    is_returning = fields.BooleanField(
        default=False, description="Closed an account before, so what newcomers get is refused."
    )
    is_hidden_from_boards = fields.BooleanField(default=False)
    is_staff = fields.BooleanField(default=False, description="Works for the brand, so stays off the boards.")
    version = fields.BigIntField(default=0)
    last_active_at: datetime | None = fields.DatetimeField(null=True)
    joined_at: datetime = fields.DatetimeField()

    class Meta:
        table = "member"
        constraints = (UniqueConstraint(fields=("invite_code",), name="member_invite_code"),)
        indexes = (Index(fields=("joined_at", "id"), name="member_by_joined"),)

    @classmethod
    async def touch(
        cls, member_id: UUID, *, at: datetime, speaks: bool = False, beside: Sequence[Write] = ()
    ) -> Mapping[str, Any]:
        """Take the member's row for an act of its own, as a verb's first statement; returns it for `from_row`.

        What is to be written `beside` it goes to the database together with it.
        Raises `MemberNotActive`, and `MemberMuted` where the act shows words or pictures to others (`speaks`).
        """
        return cls.taken(await write(*beside, Write(TOUCH, (at, member_id))), speaks=speaks)

    @classmethod
    def seen(cls, row: Mapping[str, Any], *, at: datetime) -> Guard:
        """What `touch` writes, if the member's row is still the one that was read."""
        return Guard(Write(_TOUCH_SEEN, (at, row["id"], row["version"])), rows=1)

    @classmethod
    def taken(cls, rows: Sequence[Mapping[str, Any]], *, speaks: bool) -> Mapping[str, Any]:
        """The first of the rows that `TOUCH` gave, or the refusals of `touch`."""
        if not rows:
            raise MemberNotActive()
        if speaks and rows[0]["status"] == MemberStatus.MUTED:
            until = rows[0]["muted_until"]
            raise MemberMuted(retry_at=as_instant(until) if until else None)
        return rows[0]

    @classmethod
    async def hold(cls, member_id: UUID) -> None:
        """Take the member's row to give it something or take something from it; raises `NotFound`, `MemberErased`."""
        taken = await fetch("UPDATE member SET version = version + 1 WHERE id = $1 RETURNING status", member_id)
        if not taken:
            raise NotFound(field="memberId")
        if taken[0]["status"] == MemberStatus.ERASED:
            raise MemberErased()

    @classmethod
    async def bump(cls, member_id: UUID) -> None:
        """Take the member's row for an act of somebody else that may change its place on a board."""
        await fetch("UPDATE member SET version = version + 1 WHERE id = $1 RETURNING version", member_id)

    @classmethod
    async def born(
        cls, *, nickname: str | None = None, at: datetime, avatar_url: str | None = None, is_returning: bool = False
    ) -> Self:
        """A new member with its accounts, inside the caller's transaction; without a nickname it gets one of ours."""
        member = await cls.create(
            nickname=nickname or f"微信用户{secrets.randbelow(10_000):04d}",
            joined_at=at,
            last_active_at=at,
            avatar_url=avatar_url,
            is_returning=is_returning,
        )
        await Account.open(of_member(member.id), of_member(member.id, Currency.GROWTH))
        return member


TOUCH = (
    "UPDATE member SET version = version + 1, last_active_at = $1 "  # noqa: S608 - columns of the program
    "WHERE id = $2 AND status IN ('normal', 'muted') RETURNING " + ", ".join(Member._meta.fields_db_projection.values())
)
"""Takes the row of the member `$2` for an act of its own at `$1`, and gives it."""

_TOUCH_SEEN = "UPDATE member SET version = version + 1, last_active_at = $1 WHERE id = $2 AND version = $3 RETURNING id"
