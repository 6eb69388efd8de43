"""A newcomer: a member's first days in a group, from joining until it has spoken, and what becomes of it if it has not.

Whoever has said nothing by the end of its last business day, in the group's zone, counts as a zombie until its first
word. Each day is judged as of its end: by the roles, mutes and statuses that held then, which the logs tell. So what
becomes of a newcomer does not depend on when the job runs: it may come every minute or after days of standing still,
and whatever else is done with a newcomer settles it first. The newcomer's row is taken before, after its member's and
ahead of its first word's.

    underway ──────── word ────────> spoke        (for good, also after leaving and coming again)
        ├─── silent at the end ────> zombie ── word ──> spoke
        ├─ has an office, is staff ─> spared
        ├─── may not speak ────────> underway, with as many days again, and so on until it may
        └─── leaves ───────────────> left      ── comes again ──> what it was before

Whoever leaves unheard and comes again within as many days as it had goes on where it was: the days away do not count,
and a mark stays. After a longer absence it begins anew, in a row of its own.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.actor import SYSTEM, Actor
from models.errors import NotFound
from models.groups.group import Group
from models.members.member import Member
from models.one_by_one import OneByOne
from models.record import Record
from models.spread.newcomer_change import NewcomerChange, NewcomerChangeKind
from models.spread.newcomer_policy import IN_FORCE, ZONE_MOST, NewcomerPolicy, NewcomerRules
from models.spread.newcomer_step import NewcomerStep
from models.spread.newcomer_verdict import Verdict, verdict_on
from store.clock import as_instant
from store.database import fetch, transaction

SETTLED_AT_ONCE = 100
SETTLED_IN_A_RUN = 5_000
_DAY = timedelta(days=1)
_BEGINNING = (
    "SELECT p.*, EXISTS (SELECT 1 FROM newcomer n WHERE n.group_id = g.id AND n.member_id = $2) AS was_here, "  # noqa: S608 - own text
    "(SELECT w.said_at FROM first_word w WHERE w.group_id = g.id AND w.member_id = $2) AS first_said_at "
    f"FROM chat_group g LEFT JOIN newcomer_policy p ON {IN_FORCE} WHERE g.id = $1 ORDER BY p.group_id IS NULL LIMIT 1"
)
"""All that a beginning asks for, by one statement: most who join were never in the group."""


class NewcomerState(StrEnum):
    """Where a newcomer stands, by the days that are settled."""

    UNDERWAY = "underway"
    SPOKE = "spoke"
    ZOMBIE = "zombie"
    SPARED = "spared"
    LEFT = "left"


class Newcomer(Record):
    group: fields.ForeignKeyRelation[Group] = fields.ForeignKeyField(
        "models.Group", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    group_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    membership_id: UUID | None = fields.UUIDField(null=True, description="Its place in the group, while it has one.")
    zone = fields.CharField(max_length=ZONE_MOST)
    day_start_hour = fields.SmallIntField()
    days = fields.SmallIntField(description="The number of its last day; the day of joining is 0.")
    steps: list[str] = fields.JSONField(description="Which steps are wanted of it.")
    state = fields.CharEnumField(NewcomerState, max_length=10, default=NewcomerState.UNDERWAY)
    joined_at: datetime = fields.DatetimeField()
    joined_on: date = fields.DateField(description="The business day of joining.")
    ends_at: datetime = fields.DatetimeField(description="When its days were to end.")
    due_at: datetime = fields.DatetimeField(description="When they do end, with what it was given beside.")
    spoke_at: datetime | None = fields.DatetimeField(null=True)
    spoke_day: int | None = fields.IntField(null=True, description="On which day, 0 being that of joining.")
    marked_at: datetime | None = fields.DatetimeField(null=True, description="When it became a zombie.")
    lifted_at: datetime | None = fields.DatetimeField(null=True, description="When that was over.")
    left_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "newcomer"
        constraints = (
            UniqueConstraint(
                fields=("group_id", "member_id"), condition="left_at IS NULL", name="newcomer_present_once"
            ),
            UniqueConstraint(fields=("membership_id",), name="newcomer_one_of_membership"),
            CheckConstraint(check="(state = 'left') = (left_at IS NOT NULL)", name="newcomer_left_at_an_instant"),
            CheckConstraint(check="(spoke_at IS NULL) = (spoke_day IS NULL)", name="newcomer_spoke_on_a_day"),
            CheckConstraint(check="state <> 'zombie' OR marked_at IS NOT NULL", name="newcomer_marked_at_an_instant"),
            CheckConstraint(check="state <> 'spoke' OR spoke_at IS NOT NULL", name="newcomer_spoke_at_an_instant"),
        )
        indexes = (
            Index(fields=("state", "due_at", "id"), name="newcomer_by_due"),
            Index(fields=("group_id", "state", "due_at", "id"), name="newcomer_by_group"),
            Index(fields=("group_id", "ends_at", "id"), name="newcomer_by_end"),
            Index(fields=("member_id", "joined_at", "id"), name="newcomer_by_member"),
            Index(fields=("joined_at", "id"), name="newcomer_by_joined"),
        )

    @property
    def rules(self) -> NewcomerRules:
        """The rules that it came under."""
        return NewcomerRules(
            self.zone, self.day_start_hour, self.days, tuple(NewcomerStep(step) for step in self.steps)
        )

    @property
    def is_marked(self) -> bool:
        return self.marked_at is not None and self.lifted_at is None

    def day_of(self, at: datetime) -> int:
        """The number of the day that an instant lies in; the day of joining is 0."""
        return (self.rules.day_of(at) - self.joined_on).days

    @classmethod
    async def begin(cls, membership_id: UUID, member_id: UUID, group_id: UUID, *, at: datetime) -> None:
        """Whoever joins is new, or goes on where it was; inside the transaction that seats it, which holds its row."""
        [row] = await fetch(_BEGINNING, group_id, member_id)
        policy = dict(row)
        was_here, first_said_at = policy.pop("was_here"), policy.pop("first_said_at")
        known = None
        if was_here:
            earlier = cls.filter(group_id=group_id, member_id=member_id).order_by("-joined_at", "-id")
            known = await earlier.select_for_update(no_key=True).first()
        if known and known._goes_on(at):
            await known._come_back(membership_id, as_instant(first_said_at) if first_said_at else None, at=at)
        elif not first_said_at:
            rules = NewcomerPolicy.from_row(policy).rules if policy["id"] else NewcomerRules.default()
            await cls._new(membership_id, member_id, group_id, rules, at=at)

    @classmethod
    async def _new(
        cls, membership_id: UUID, member_id: UUID, group_id: UUID, rules: NewcomerRules, *, at: datetime
    ) -> None:
        today = rules.day_of(at)
        ends_at = rules.end_of(today + rules.days * _DAY)
        await cls.create(
            group_id=group_id,
            member_id=member_id,
            membership_id=membership_id,
            **rules.told(),
            joined_at=at,
            joined_on=today,
            ends_at=ends_at,
            due_at=ends_at,
        )

    @classmethod
    async def leave(cls, member_id: UUID, group_id: UUID, *, at: datetime) -> None:
        """Its place has ended; inside the transaction that ends it."""
        found = await cls.present(member_id, group_id)
        if found:
            await found.settle(at=at)
            await found._turn(NewcomerState.LEFT, left_at=at, membership_id=None)

    @classmethod
    async def present(cls, member_id: UUID, group_id: UUID) -> Self | None:
        """The row of a newcomer who is there, taken until the caller's transaction ends."""
        found = cls.filter(group_id=group_id, member_id=member_id, left_at__isnull=True)
        return await found.select_for_update(no_key=True).first()

    @classmethod
    async def existing_present(cls, member_id: UUID, group_id: UUID, *, field: str = "memberId") -> Self:
        """The same, or `NOT_FOUND`."""
        found = await cls.present(member_id, group_id)
        if found is None:
            raise NotFound(field=field)
        return found

    async def hear(self, said_at: datetime, *, actor: Actor, at: datetime) -> None:
        """It has spoken; a mark is lifted, and one that came after the word was never due. The caller holds the row."""
        await self.settle(at=at)
        if self.spoke_at is not None and self.spoke_at <= said_at:
            return
        said: dict[str, Any] = {"spoke_at": said_at, "spoke_day": max(self.day_of(said_at), 0)}
        if self.marked_at is not None and said_at < self.marked_at:
            await self.note(NewcomerChangeKind.ANNULLED, actor, at=at)
            said |= {"marked_at": None, "lifted_at": None}
        elif self.is_marked:
            await self.note(NewcomerChangeKind.LIFTED, actor, at=at)
            said["lifted_at"] = at
        await self._turn(NewcomerState.SPOKE, **said)

    async def settle(self, *, at: datetime) -> None:
        """Judge it at the end of its days, if they are over by `at`; the caller's transaction holds the row."""
        while self.state is NewcomerState.UNDERWAY and self.due_at <= at:
            ended_at = self.due_at
            found = await verdict_on(self.member_id, self.group_id, as_of=ended_at)
            since = ended_at if found.verdict is Verdict.SILENCED else self._voice_regained(found.may_speak_since)
            if since:
                await self.postpone(self.rules.day_of(since), SYSTEM, at=ended_at)
            elif found.verdict is Verdict.SPARED:
                await self.note(NewcomerChangeKind.SPARED, SYSTEM, at=ended_at)
                await self._turn(NewcomerState.SPARED)
            else:
                await self.note(NewcomerChangeKind.MARKED, SYSTEM, at=ended_at)
                await self._turn(NewcomerState.ZOMBIE, marked_at=ended_at, lifted_at=None)

    async def postpone(
        self, since: date, actor: Actor, *, at: datetime, days: int | None = None, reason: str | None = None
    ) -> None:
        """Give it so many days (as many as it had) after the day `since`; the caller's transaction holds the row."""
        until = self.rules.end_of(since + (self.days if days is None else days) * _DAY)
        await self.note(NewcomerChangeKind.POSTPONED, actor, at=at, until=until, reason=reason)
        await self._turn(NewcomerState.UNDERWAY, due_at=until)

    async def lift(self, actor: Actor, *, at: datetime) -> None:
        """Take the mark off, where it bears one; the caller's transaction holds the row and turns its state."""
        if self.is_marked:
            await self.note(NewcomerChangeKind.LIFTED, actor, at=at)
            self.lifted_at = at
            await self.save(update_fields=["lifted_at"])

    async def note(
        self,
        kind: NewcomerChangeKind,
        actor: Actor,
        *,
        at: datetime,
        until: datetime | None = None,
        reason: str | None = None,
    ) -> NewcomerChange:
        return await NewcomerChange.create(
            newcomer_id=self.id,
            group_id=self.group_id,
            member_id=self.member_id,
            kind=kind,
            until=until,
            reason=reason,
            by_kind=actor.kind,
            by_id=actor.id,
            happened_at=at,
        )

    def _voice_regained(self, since: datetime | None) -> datetime | None:
        """When it could speak again, where that was after its own days and so many days after are not over yet."""
        if since is None or since <= self.ends_at:
            return None
        return since if self.rules.end_of(self.rules.day_of(since) + self.days * _DAY) > self.due_at else None

    def _goes_on(self, at: datetime) -> bool:
        """Whether it is not new again: it was heard, or was away for no more days than it had."""
        away = 0 if self.left_at is None else self.day_of(at) - self.day_of(self.left_at)
        return self.spoke_at is not None or away <= self.days

    async def _come_back(self, membership_id: UUID, first_said_at: datetime | None, *, at: datetime) -> None:
        left_at, back = self.left_at or at, {"membership_id": membership_id, "left_at": None}
        if self.spoke_at is not None:
            await self._turn(NewcomerState.SPOKE, **back)
        elif self.is_marked:
            await self._turn(NewcomerState.ZOMBIE, **back)
        elif self.due_at <= left_at:
            # Its days were over and it was not marked, so it had been spared.
            await self._turn(NewcomerState.SPARED, **back)
        else:
            away = self.day_of(at) - self.day_of(left_at)
            last_day = self.rules.day_of(self.due_at) + (away - 1) * _DAY
            await self._turn(NewcomerState.UNDERWAY, due_at=self.rules.end_of(last_day), **back)
        if first_said_at is not None and self.spoke_at is None:
            await self.hear(first_said_at, actor=SYSTEM, at=at)

    async def _turn(self, state: NewcomerState, **changes: Any) -> None:
        self.update_from_dict({"state": state, **changes})
        await self.save(update_fields=["state", *changes])


async def settle_newcomers(*, at: datetime) -> int:
    """Settle whose days are over by `at`, the longest over first, some thousands a run; returns how many."""
    done, run = 0, OneByOne("settle newcomer")
    due = Newcomer.filter(state=NewcomerState.UNDERWAY, due_at__lte=at).order_by("due_at", "id")
    while done + len(run.failed) < SETTLED_IN_A_RUN:
        some = await due.exclude(id__in=run.failed).limit(SETTLED_AT_ONCE)
        if not some:
            break
        for one in some:
            done += bool(await run.do(one.id, _settled(one.id, at=at)))
    return done


async def _settled(newcomer_id: UUID, *, at: datetime) -> bool:
    async with transaction():
        found = await Newcomer.select_for_update(no_key=True).get(id=newcomer_id)
        await found.settle(at=at)
    return True
