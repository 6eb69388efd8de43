"""Chances to draw: a ledger of what gave them, and of how many of each gift are used.

A cause gives once: the unique key decides, however often it is told. What a member does gives what the rules of draws
say as soon as it is told of (`deed_chance.py`). Chances are used under the member's row, the ones that run out
first in front, by a conditional statement. What days give (a free chance for today, one for each check-in since the
draw began) is worked out when the member comes to draw and written down then, so a check-in costs nothing more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.expressions import F, Q
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.checkins.check_in import CheckIn
from models.errors import DomainError, Invalid, bounded_text, within
from models.idempotency import Once, perform_once
from models.insight.standing import standing_changed
from models.members.member import ACTIVE, Member
from models.play.draw import Draw, DrawLimitReached, DrawState
from models.play.draw_terms import ChanceRule, ChanceSource
from models.points.account import Bucket, of_member, of_platform
from models.points.entry import Move, PointEntry
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.brand_day import Windows, brand_day
from store.database import execute, fetch, transaction
from store.ids import new_id
from store.together import insertion

GIVEN_MOST = 100
REASON = "draw_chance"
_CHECK_IN = ChanceSource.CHECK_IN
_COLUMNS = ("id", "member_id", "draw_id", "source", "cause", "count", "used", "given_back", "expires_at", "created_at")
_GIVE = f"{insertion('draw_chance', _COLUMNS)} ON CONFLICT (member_id, draw_id, source, cause) DO NOTHING RETURNING id"
_LEFT = "draw_id = $1 AND member_id = $2 AND used - given_back < count AND (expires_at IS NULL OR expires_at > $3)"


class NoDrawChance(DomainError):
    code = "NO_DRAW_CHANCE"
    zh = "没有抽奖机会了"
    en = "You have no chance left."


class ChancesNotSold(DomainError):
    code = "CHANCES_NOT_SOLD"
    zh = "该抽奖不出售抽奖机会"
    en = "This draw sells no chances."


@dataclass(frozen=True)
class DueChance:
    """A gift that is due for the day and not yet written down."""

    source: ChanceSource
    cause: str
    count: int
    expires_at: datetime | None


class DrawChance(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    draw: fields.ForeignKeyRelation[Draw] = fields.ForeignKeyField(
        "models.Draw", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    draw_id: UUID
    source = fields.CharEnumField(ChanceSource, max_length=10)
    cause = fields.CharField(max_length=80, description="What gave it, such as `2026-11-23` or `quiz:<id>`.")
    count = fields.IntField()
    used = fields.IntField(default=0)
    given_back = fields.IntField(default=0, description="Used in a draw that was voided.")
    expires_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()
    refunded_at: datetime | None = fields.DatetimeField(null=True, description="When what it cost was given back.")

    class Meta:
        table = "draw_chance"
        constraints = (
            UniqueConstraint(fields=("member_id", "draw_id", "source", "cause"), name="draw_chance_once_per_cause"),
            CheckConstraint(
                check="count > 0 AND given_back >= 0 AND given_back <= used AND used - given_back <= count",
                name="draw_chance_within_count",
            ),
        )
        indexes = (
            Index(fields=("draw_id", "source", "refunded_at"), name="draw_chance_by_draw"),
            Index(fields=("member_id", "created_at", "id"), name="draw_chance_by_member"),
        )

    @property
    def left(self) -> int:
        return self.count - self.used + self.given_back

    @classmethod
    async def give(
        cls,
        member_id: UUID,
        draw_id: UUID,
        *,
        source: ChanceSource,
        cause: str,
        at: datetime,
        count: int | None = None,
        expires_at: datetime | None = None,
    ) -> UUID | None:
        """Give chances for a cause, in the caller's transaction or one of its own; returns the id of the gift.

        Without a `count` the draw's rule for the source decides. None where nothing is due: no rule, its limit of the
        day reached, a draw that is not going on, a cause that gave before. It never refuses, so it can hang on any
        act; it takes the member's row, so call it before other rows are taken.
        """
        async with transaction():
            await Member.bump(member_id)
            draw = await Draw.get_or_none(id=draw_id)
            if draw is None or draw.state is not DrawState.PUBLISHED or at >= draw.ends_at:
                return None
            if count is None:
                return await cls._give_by_rule(member_id, draw, source, cause, at=at)
            return await cls.write_down(member_id, draw_id, DueChance(source, cause, count, expires_at), at=at)

    @classmethod
    async def give_by_rules(cls, member_id: UUID, source: ChanceSource, cause: str, *, at: datetime) -> int:
        """Give a member who takes part what every draw that is going on gives for a behaviour; returns in how many.

        The caller's transaction holds the member's row.
        """
        going_on = await Draw.filter(state=DrawState.PUBLISHED, ends_at__gt=at, starts_at__lte=at).order_by("id")
        ruled = [draw for draw in going_on if draw.rule_of(source)]
        if not ruled or not await Member.exists(id=member_id, status__in=ACTIVE):
            return 0
        given = [await cls._give_by_rule(member_id, draw, source, cause, at=at) for draw in ruled]
        return sum(one is not None for one in given)

    @classmethod
    async def _give_by_rule(
        cls, member_id: UUID, draw: Draw, source: ChanceSource, cause: str, *, at: datetime
    ) -> UUID | None:
        rule = draw.rule_of(source)
        if rule is None or not await cls._has_room(member_id, draw.id, source, rule, at=at):
            return None
        return await cls.write_down(member_id, draw.id, DueChance(source, cause, rule.count, None), at=at)

    @classmethod
    async def grant(
        cls,
        member_id: UUID,
        draw_id: UUID,
        count: int,
        *,
        reason: str,
        staff_id: UUID,
        at: datetime,
        once: Once | None,
        expires_at: datetime | None = None,
    ) -> Self:
        """Staff give chances. Raises `Invalid`, `NotFound`, `MemberErased`, `DrawOver`, `DrawVoided`."""

        async def write(id: UUID) -> Self:
            why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
            within("count", count, 1, GIVEN_MOST)
            if expires_at and expires_at <= at:
                raise Invalid("expiresAt", zh="应晚于现在", en="it must lie ahead")
            await Member.hold(member_id)
            draw = await Draw.shared(draw_id)
            draw.refuse_closed(at=max(at, draw.starts_at))
            due = DueChance(ChanceSource.GRANT, f"grant:{id}", count, expires_at)
            await cls.write_down(member_id, draw_id, due, at=at, id=id)
            made = await cls.get(id=id)
            after = {"member_id": member_id, "draw_id": draw_id, "count": count}
            await AuditRow.write(
                staff_id=staff_id,
                action="grant_draw_chances",
                subject=made,
                before=None,
                after=after,
                reason=why,
                at=at,
            )
            return made

        return await perform_once(once, cls, write, at=at)

    @classmethod
    async def buy(cls, member_id: UUID, draw_id: UUID, count: int, *, at: datetime, once: Once | None) -> Self:
        """Buy chances for points, no more than the member may still use.

        Raises `ChancesNotSold`, `DrawLimitReached`, `InsufficientPoints`, the refusals of a closed draw and audience.
        """

        async def write(id: UUID) -> Self:
            within("count", count, 1, GIVEN_MOST)
            await Member.touch(member_id, at=at)
            draw = await Draw.shared(draw_id)
            draw.refuse_closed(at=at)
            await draw.for_whom.demand(member_id, at=at)
            if draw.total_most is not None:
                await cls._refuse_useless(member_id, draw, count, at=at)
            return await cls.bought(member_id, draw, count, at=at, id=id)

        return await perform_once(once, cls, write, at=at)

    @classmethod
    async def bought(cls, member_id: UUID, draw: Draw, count: int, *, at: datetime, id: UUID | None = None) -> Self:
        """Sell chances inside the caller's transaction, which has taken the member's row and the draw's."""
        if draw.price is None:
            raise ChancesNotSold()
        chance_id = id or new_id()
        due = DueChance(ChanceSource.PURCHASE, f"purchase:{chance_id}", count, None)
        await cls.write_down(member_id, draw.id, due, at=at, id=chance_id)
        source = f"{REASON}:{chance_id}"
        move = Move(of_member(member_id), of_platform(Bucket.SPENT), draw.price * count, REASON, source)
        await PointEntry.post([move], at=at)
        await standing_changed([member_id], at=at)
        return await cls.get(id=chance_id)

    @classmethod
    async def use(cls, member_id: UUID, draw: Draw, *, at: datetime, buys: bool) -> UUID:
        """Use a chance, the one that runs out first, or buy one and use it; returns the gift that it was of.

        Raises `NoDrawChance`. The caller holds the member's row.
        """
        for one in await cls.due(member_id, draw, at=at):
            await cls.write_down(member_id, draw.id, one, at=at)
        order = "CASE WHEN expires_at IS NULL THEN 1 ELSE 0 END, expires_at, created_at, id"
        rows = await fetch(
            f"UPDATE draw_chance SET used = used + 1 WHERE id = (SELECT id FROM draw_chance WHERE {_LEFT} "  # noqa: S608 - own text
            f"ORDER BY {order} LIMIT 1) AND used - given_back < count RETURNING id",
            draw.id,
            member_id,
            at,
        )
        if rows:
            return UUID(str(rows[0]["id"]))
        if not buys or draw.price is None:
            raise NoDrawChance(retry_at=next_free_at(draw, at))
        made = await cls.bought(member_id, draw, 1, at=at)
        await cls.filter(id=made.id).update(used=F("used") + 1)
        return made.id

    @classmethod
    async def give_back(cls, id: UUID) -> None:
        """Give a used chance back, because the draw it was used in is void."""
        await execute("UPDATE draw_chance SET given_back = given_back + 1 WHERE id = $1 AND given_back < used", id)

    @classmethod
    async def held(cls, member_id: UUID, draw: Draw, *, at: datetime) -> int:
        """The chances that a member can use, those that are due for the day as well."""
        unexpired = cls.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at), member_id=member_id, draw_id=draw.id)
        written = sum(one.left for one in await unexpired)
        return written + sum(one.count for one in await cls.due(member_id, draw, at=at))

    @classmethod
    async def due(cls, member_id: UUID, draw: Draw, *, at: datetime) -> Sequence[DueChance]:
        """What days give a member, that of `at` and those of its check-ins, and is not written down yet."""
        free, rule = draw.free_per_day, draw.rule_of(_CHECK_IN)
        if not free and not rule:
            return ()
        known = cls.filter(member_id=member_id, draw_id=draw.id, source__in=[ChanceSource.FREE, _CHECK_IN])
        written = {(one.source, one.cause): one.count for one in await known}
        today, due = f"{brand_day(at)}", list[DueChance]()
        if free and (ChanceSource.FREE, today) not in written:
            due.append(DueChance(ChanceSource.FREE, today, free, Windows.at(at).day_until))
        if rule and at >= draw.starts_at:
            days = await CheckIn.default_days(member_id, since=draw.starts_at, at=min(at, draw.ends_at))
            causes = [cause for cause in (f"check_in:{day}" for day in days) if (_CHECK_IN, cause) not in written]
            given = sum(count for (source, _), count in written.items() if source is _CHECK_IN)
            room = len(causes) if rule.total_most is None else max(rule.total_most - given, 0) // rule.count
            due += [DueChance(_CHECK_IN, cause, rule.count, None) for cause in causes[:room]]
        return due

    @classmethod
    async def write_down(
        cls, member_id: UUID, draw_id: UUID, due: DueChance, *, at: datetime, id: UUID | None = None
    ) -> UUID | None:
        values = (member_id, draw_id, due.source, due.cause, due.count, 0, 0, due.expires_at, at)
        rows = await fetch(_GIVE, id or new_id(), *values)
        return UUID(str(rows[0]["id"])) if rows else None

    @classmethod
    async def _has_room(
        cls, member_id: UUID, draw_id: UUID, source: ChanceSource, rule: ChanceRule, *, at: datetime
    ) -> bool:
        """Whether a rule gives once more: within the limit of the brand's day of `at`, and that of the draw."""
        today = brand_day(at)
        every = await cls.filter(member_id=member_id, draw_id=draw_id, source=source)
        given = sum(one.count for one in every)
        given_today = sum(one.count for one in every if brand_day(one.created_at) == today)
        is_over = rule.total_most is not None and given + rule.count > rule.total_most
        return not is_over and given_today + rule.count <= rule.day_most

    @classmethod
    async def _refuse_useless(cls, member_id: UUID, draw: Draw, count: int, *, at: datetime) -> None:
        rows = await fetch(
            "SELECT count(*) AS n FROM draw_result WHERE draw_id = $1 AND member_id = $2", draw.id, member_id
        )
        if int(rows[0]["n"]) + await cls.held(member_id, draw, at=at) + count > (draw.total_most or 0):
            raise DrawLimitReached(most=draw.total_most)


def next_free_at(draw: Draw, at: datetime) -> datetime | None:
    """When the next free chance comes, if the draw still goes on then."""
    tomorrow = Windows.at(at).day_until
    return tomorrow if draw.free_per_day and tomorrow < draw.ends_at else None
