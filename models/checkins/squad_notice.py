"""A notice: what a member is told of a squad, once for each thing; and the nudge, by which mates remind each other.

The client reads its notices; whatever sends them on (a message, a mail) can work them off by their id.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.checkins.squad import Squad, SquadNotRunning
from models.checkins.squad_challenge import SquadChallenge
from models.checkins.squad_place import SquadPlace
from models.checkins.squad_proof import done_on
from models.errors import DomainError, Invalid
from models.members.member import Member
from models.record import Record
from store.database import transaction, violates


class SquadNoticeKind(StrEnum):
    """What a member is told."""

    NUDGED = "nudged"
    MATCHED = "matched"
    UNMATCHED = "unmatched"
    STARTED = "started"
    DISSOLVED = "dissolved"
    SEAT_EMPTY = "seat_empty"
    SUBSTITUTED = "substituted"
    RELIEVED = "relieved"
    CAPTAIN = "captain"
    MILESTONE = "milestone"
    OUT = "out"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class AlreadyNudged(DomainError):
    code = "ALREADY_NUDGED"
    zh = "今天已经提醒过这位组员"
    en = "You have reminded this mate today."


class MateCheckedIn(DomainError):
    code = "MATE_CHECKED_IN"
    zh = "这位组员今天已经打卡"
    en = "This mate has checked in today."


class SquadNotice(Record):
    challenge: fields.ForeignKeyRelation[SquadChallenge] = fields.ForeignKeyField(
        "models.SquadChallenge", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    challenge_id: UUID
    squad_id: UUID | None = fields.UUIDField(null=True)
    member_id: UUID = fields.UUIDField()
    sender_id: UUID | None = fields.UUIDField(null=True, description="The mate whose nudge it is.")
    kind = fields.CharEnumField(SquadNoticeKind, max_length=12)
    day = fields.SmallIntField(default=0, description="The day that it is about; 0 where it is about none.")
    key = fields.CharField(max_length=60, description="What it is told of once.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "squad_notice"
        constraints = (UniqueConstraint(fields=("challenge_id", "member_id", "key"), name="squad_notice_once"),)
        indexes = (Index(fields=("member_id", "created_at", "id"), name="squad_notice_by_member"),)

    @classmethod
    async def tell(
        cls,
        member_ids: Sequence[UUID],
        kind: SquadNoticeKind,
        *,
        challenge_id: UUID,
        squad_id: UUID | None,
        at: datetime,
        day: int = 0,
        about: UUID | None = None,
    ) -> None:
        """Tell members something once for each day and each row that it is `about`."""
        notices = [
            cls(
                challenge_id=challenge_id,
                squad_id=squad_id,
                member_id=one,
                kind=kind,
                day=day,
                key=f"{kind}:{day}:{about}" if about else f"{kind}:{day}",
                created_at=at,
            )
            for one in member_ids
        ]
        await cls.bulk_create(notices, ignore_conflicts=True)

    @classmethod
    async def nudge(cls, sender_id: UUID, squad_id: UUID, member_id: UUID, *, at: datetime) -> Self:
        """Remind a mate of today's check-in, once a day.

        Raises `AlreadyNudged`, `MateCheckedIn`, `SquadNotRunning`, `NotFound` where the two are no mates,
        `MemberNotActive`, `Invalid`.
        """
        if sender_id == member_id:
            raise Invalid("memberId", zh="不能提醒自己", en="nobody reminds themselves")
        try:
            async with transaction():
                await Member.touch(sender_id, at=at)
                await SquadPlace.in_squad(squad_id, sender_id, field="squadId")
                await SquadPlace.in_squad(squad_id, member_id)
                squad = await Squad.get(id=squad_id)
                challenge = await SquadChallenge.get(id=squad.challenge_id)
                day = challenge.number_of(at)
                if not (squad.is_running and challenge.is_published and 1 <= day <= challenge.days):
                    raise SquadNotRunning()
                if member_id in await done_on(challenge, [member_id], day, until=at):
                    raise MateCheckedIn()
                return await cls.create(
                    challenge_id=challenge.id,
                    squad_id=squad_id,
                    member_id=member_id,
                    sender_id=sender_id,
                    kind=SquadNoticeKind.NUDGED,
                    day=day,
                    key=nudge_key(sender_id, day),
                    created_at=at,
                )
        except IntegrityError as error:
            if violates(error, cls, "squad_notice_once"):
                raise AlreadyNudged() from None
            raise


def nudge_key(sender_id: UUID, day: int) -> str:
    """By what a nudge is sent once: its sender and the day."""
    return f"{sender_id}:{day}"
