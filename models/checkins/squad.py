"""A squad (小组): a few members who go through a challenge together.

It forms around its captain, by its code and by matching, until the challenge's deadline; then it is dissolved for being
too small, or on its way. From that on it has `seats`, of which some may become `vacant` and be taken over. Its row is
taken before those of its members, whoever acts on it.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.checkins.squad_challenge import SquadChallenge
from models.checkins.squad_tally import Rules, SquadState
from models.errors import DomainError, NotFound
from models.groups.invitation import ALPHABET
from models.members.member import Member
from models.record import Record
from store.database import execute

NAME_MOST = 20
CODE_LENGTH = 8

_TAKE = "UPDATE squad SET taken = taken + 1 WHERE id = $1 AND state = 'forming' AND taken < size_most"
_TAKE_OVER = "UPDATE squad SET vacant = vacant - 1 WHERE id = $1 AND state = 'running' AND vacant > 0"


class SquadFull(DomainError):
    code = "SQUAD_FULL"
    zh = "该小组人数已满"
    en = "There is no room in this squad."


class SquadOver(DomainError):
    code = "SQUAD_OVER"
    zh = "该小组已解散或已结束"
    en = "This squad is over."


class SquadNotRunning(DomainError):
    code = "SQUAD_NOT_RUNNING"
    zh = "小组当前不在挑战中"
    en = "This squad is not on its way."


class NotCaptain(DomainError):
    code = "NOT_CAPTAIN"
    zh = "只有组长可以进行此操作"
    en = "Only the captain may do this."


class Squad(Record):
    challenge: fields.ForeignKeyRelation[SquadChallenge] = fields.ForeignKeyField(
        "models.SquadChallenge", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    challenge_id: UUID
    name = fields.CharField(max_length=NAME_MOST)
    code = fields.CharField(max_length=CODE_LENGTH, description="What lets others in.")
    captain: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    captain_id: UUID
    state = fields.CharEnumField(SquadState, max_length=10, default=SquadState.FORMING)
    is_open = fields.BooleanField(default=True, description="Whether matching may fill it.")
    is_matched = fields.BooleanField(default=False, description="Whether matching made it.")
    size_most = fields.SmallIntField()
    taken = fields.SmallIntField(default=0, description="How many are in it while it forms.")
    seats = fields.SmallIntField(default=0, description="How many it set out with.")
    vacant = fields.SmallIntField(default=0, description="Of these, how many nobody holds.")
    settled_through = fields.SmallIntField(default=0, description="The last day that was settled.")
    done_days = fields.IntField(default=0, description="Check-ins of all seats that count.")
    missed_days = fields.IntField(default=0)
    is_whole = fields.BooleanField(default=False, description="Whether every member finished.")
    created_at: datetime = fields.DatetimeField()
    started_at: datetime | None = fields.DatetimeField(null=True)
    ended_at: datetime | None = fields.DatetimeField(null=True)
    due_at: datetime | None = fields.DatetimeField(
        null=True, description="When it sets out, or its next day is settled."
    )

    class Meta:
        table = "squad"
        constraints = (
            UniqueConstraint(fields=("code",), name="squad_code_once"),
            CheckConstraint(check="taken BETWEEN 0 AND size_most", name="squad_within_size"),
            CheckConstraint(check="vacant BETWEEN 0 AND seats", name="squad_vacant_seats"),
            CheckConstraint(check="done_days >= 0 AND missed_days >= 0", name="squad_counts"),
        )
        indexes = (
            Index(fields=("challenge_id", "done_days", "id"), name="squad_by_done"),
            Index(fields=("challenge_id", "state", "id"), name="squad_by_state"),
            Index(fields=("due_at", "id"), name="squad_by_due"),
        )

    @classmethod
    async def held(cls, id: UUID) -> Self:
        """The squad with its row taken until the caller's transaction ends."""
        return await cls.locked(id, field="squadId")

    @classmethod
    async def coded(cls, code: str) -> Self:
        """The squad that a code lets into; raises `NotFound`."""
        text = code.strip().upper()
        squad = await cls.get_or_none(code=text) if len(text) == CODE_LENGTH and set(text) <= set(ALPHABET) else None
        if squad is None:
            raise NotFound(field="code")
        return squad

    @property
    def is_forming(self) -> bool:
        return self.state is SquadState.FORMING

    @property
    def is_running(self) -> bool:
        return self.state is SquadState.RUNNING

    async def take_place(self) -> None:
        """Take a place while the squad forms; raises `SquadFull`."""
        if not await execute(_TAKE, self.id):
            raise SquadFull()

    async def take_over(self) -> None:
        """Take an empty seat over; raises `SquadFull`."""
        if not await execute(_TAKE_OVER, self.id):
            raise SquadFull()

    async def vacate(self, count: int = 1) -> None:
        """Leave seats empty, for others to take over."""
        await execute("UPDATE squad SET vacant = vacant + $1 WHERE id = $2", count, self.id)
        self.vacant += count

    def refuse_other_than_captain(self, member_id: UUID) -> None:
        if self.captain_id != member_id:
            raise NotCaptain()

    def rules(self, challenge: SquadChallenge) -> Rules:
        return Rules(
            challenge.days,
            challenge.mode,
            self.seats,
            challenge.misses_allowed,
            challenge.team_misses_allowed,
            challenge.goal_percent,
            challenge.substitutes_until_day,
        )


async def take_rows(member_ids: Iterable[UUID]) -> None:
    """Take the rows of members in the order of their ids; the squad's was taken before."""
    for member_id in sorted(set(member_ids)):
        await Member.bump(member_id)


def new_squad_code() -> str:
    """A code that nobody guesses, without letters that are mistaken for others."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
