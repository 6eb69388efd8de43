"""The five-line introduction of a member. Each publication is a version of its own; the latest is the one shown."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import Invalid, bounded_text
from models.members.member import Member
from models.points.behaviour import Behaviour
from models.points.earning import Earning
from models.record import Record
from models.spread.invite_stage import stage_reached
from models.spread.referral import Referral
from store.database import among, fetch, transaction

LINE_MOST = 100
NAME_MOST = 40


@dataclass(frozen=True)
class Lines:
    """The five lines: who, how old, what it likes, what it is good at, what it hopes for."""

    name: str | None = None
    age: str | None = None
    likes: str | None = None
    good_at: str | None = None
    hopes: str | None = None

    def checked(self) -> "Lines":
        """The same without surrounding space; raises `Invalid` for a line too long or no line at all."""
        found = Lines(
            name=bounded_text(self.name, "name", most=NAME_MOST) or None,
            age=bounded_text(self.age, "age", most=20) or None,
            likes=bounded_text(self.likes, "likes", most=LINE_MOST) or None,
            good_at=bounded_text(self.good_at, "goodAt", most=LINE_MOST) or None,
            hopes=bounded_text(self.hopes, "hopes", most=LINE_MOST) or None,
        )
        if found == Lines():
            raise Invalid("name", zh="请至少写一行", en="at least one of the five lines is needed")
        return found


class Introduction(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    version = fields.IntField()
    is_latest = fields.BooleanField(default=True)
    name = fields.CharField(max_length=NAME_MOST, null=True)
    age = fields.CharField(max_length=20, null=True)
    likes = fields.CharField(max_length=LINE_MOST, null=True)
    good_at = fields.CharField(max_length=LINE_MOST, null=True)
    hopes = fields.CharField(max_length=LINE_MOST, null=True)
    published_at: datetime = fields.DatetimeField()

    class Meta:
        table = "introduction"
        constraints = (
            UniqueConstraint(fields=("member_id", "version"), name="introduction_version_once"),
            UniqueConstraint(fields=("member_id",), condition="is_latest", name="introduction_one_latest"),
            CheckConstraint(check="version > 0", name="introduction_versions_from_one"),
        )

    @classmethod
    async def publish(cls, member_id: UUID, lines: Lines, *, at: datetime) -> Self:
        """Show these lines to the community from now on; it may pay. Raises `Invalid`, `MemberNotActive`."""
        checked = lines.checked()
        async with transaction():
            await Member.touch(member_id, at=at, speaks=True)
            before = await cls.shown(member_id)
            await cls.filter(member_id=member_id, is_latest=True).update(is_latest=False)
            version = before.version + 1 if before else 1
            made = await cls.create(member_id=member_id, version=version, published_at=at, **asdict(checked))
            await Earning.pay(member_id, Behaviour.INTRODUCED, f"introduction:{member_id}", at=at)
            if before is None and await Referral.exists(invitee_id=member_id):
                await stage_reached(member_id, Behaviour.INVITE_INTRODUCED, at=at)
            return made

    @classmethod
    async def shown_of(cls, member_ids: Sequence[UUID]) -> dict[UUID, Self]:
        """The introductions that are shown now, by member; those who have none are left out."""
        wanted = among("member_id", 1, "uuid")
        rows = await fetch(f"SELECT * FROM introduction WHERE {wanted} AND is_latest", list(member_ids))  # noqa: S608 - SQL of the program; values are bound
        return {found.member_id: found for found in map(cls.from_row, rows)}

    @classmethod
    async def shown(cls, member_id: UUID) -> Self | None:
        return await cls.get_or_none(member_id=member_id, is_latest=True)
