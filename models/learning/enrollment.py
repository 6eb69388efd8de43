"""An enrolment: a member's seat in a course, or its place on the waiting list for one.

A member has at most one that has not ended in a course (`enrollment_open_once`); after it ended the member may come
again under a new one. Locks are taken in one order: the member's row, the course's, the accounts. What a seat costs is
spent when it is taken; for a place on the waiting list it is set aside, so that a seat that comes is never lost for
want of points, and what is given back returns to the lots it came from.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.actor import Actor
from models.errors import DomainError, NotFound
from models.idempotency import Once, perform_claiming
from models.insight.standing import standing_changed
from models.learning import seat_price
from models.learning.course import Course
from models.learning.course_seat import CourseFull, take_seat, wait_for_seat
from models.learning.enrolling import AlreadyEnrolled, enrolment_refusals
from models.learning.enrollment_change import EnrollmentChange, EnrollmentState
from models.members.member import Member
from models.record import Record
from store.database import among, fetch, violates
from store.ids import as_id
from store.together import Write

PAYS, REFUND = "course", "course_refund"
"""The reason of the lines that pay for seats."""


class EnrollmentWay(StrEnum):
    """By which way a member came in."""

    SELF = "self"
    STAFF = "staff"
    GROUP = "group"
    ORDER = "order"


class CoursePriceChanged(DomainError):
    code = "COURSE_PRICE_CHANGED"
    zh = "报名价格已变为 {points} 积分，请确认后重新提交"
    en = "A seat costs {points} points now; confirm it and enrol again."
    field = "expectedPoints"


class Enrollment(Record):
    course: fields.ForeignKeyRelation[Course] = fields.ForeignKeyField(
        "models.Course", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    course_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    state = fields.CharEnumField(EnrollmentState, max_length=12)
    way = fields.CharEnumField(EnrollmentWay, max_length=10)
    points = fields.BigIntField(default=0, description="What the seat costs.")
    debit_entry_id: UUID | None = fields.UUIDField(null=True, description="The line that took or set aside the points.")
    order_id: UUID | None = fields.UUIDField(null=True, description="The order of the mall that it was bought by.")
    created_at: datetime = fields.DatetimeField()
    seated_at: datetime | None = fields.DatetimeField(null=True)
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "enrollment"
        constraints = (
            UniqueConstraint(
                fields=("course_id", "member_id"), condition="ended_at IS NULL", name="enrollment_open_once"
            ),
            CheckConstraint(check="points >= 0", name="enrollment_price_from_zero"),
            CheckConstraint(
                check="(ended_at IS NULL) = (state IN ('waiting', 'reserved', 'enrolled'))",
                name="enrollment_ends_somehow",
            ),
        )
        indexes = (
            Index(fields=("course_id", "state", "created_at", "id"), name="enrollment_by_course"),
            Index(fields=("member_id", "created_at", "id"), name="enrollment_by_member"),
        )

    @classmethod
    async def enrol(
        cls,
        member_id: UUID,
        course_id: UUID,
        *,
        at: datetime,
        once: Once | None,
        waits: bool = False,
        expected_points: int | None = None,
    ) -> Self:
        """Take a seat for a member or, where there is none and it `waits`, a place on the waiting list.

        Raises everything that `enrolment_refusals` finds, `CourseFull`, `CoursePriceChanged`, `InsufficientPoints`,
        `MemberNotActive`, `NotFound`.
        """

        async def act(id: UUID, claim: Sequence[Write]) -> Self:
            await Member.touch(member_id, at=at, beside=claim)
            course = await Course.existing(course_id, field="courseId")
            for refusal in (await enrolment_refusals(member_id, [course], at=at))[course.id]:
                raise refusal
            price = course.price or 0
            if expected_points is not None and expected_points != price:
                raise CoursePriceChanged(points=price)
            place = cls(id=id, course_id=course.id, member_id=member_id, way=EnrollmentWay.SELF, points=price)
            return await place.begin(Actor.member(member_id), waits=waits, at=at)

        try:
            return await perform_claiming(once, cls, act, at=at)
        except IntegrityError as error:
            raise refusal_of(error) from None

    async def begin(self, actor: Actor, *, waits: bool, at: datetime, reserves: bool = False) -> Self:
        """Write it down inside the caller's transaction, which holds the member's row: with a seat, or waiting.

        Nobody passes those who wait but whom staff enrol by hand. A seat of an order that is not paid yet is reserved.
        Raises `CourseFull`.
        """
        self.created_at = at
        if await self._seated(is_walk_in=self.way is not EnrollmentWay.STAFF):
            self.state = EnrollmentState.RESERVED if reserves else EnrollmentState.ENROLLED
            self.seated_at = None if reserves else at
        elif waits:
            await wait_for_seat(self.course_id)
            self.state = EnrollmentState.WAITING
        else:
            raise CourseFull()
        await (seat_price.pay(self, PAYS, at=at) if self.is_seated else seat_price.set_aside(self, at=at))
        await self.save(force_create=True)
        await EnrollmentChange.record(self, actor, at=at)
        await standing_changed([self.member_id], at=at)
        return self

    async def _seated(self, *, is_walk_in: bool) -> bool:
        """Take a seat; where none was free the course's row is held, so that nobody waits beside a free seat."""
        if await take_seat(self.course_id, is_walk_in=is_walk_in):
            return True
        await Course.held(self.course_id)
        return await take_seat(self.course_id, is_walk_in=is_walk_in)

    @classmethod
    async def open_of(cls, member_id: UUID, course_id: UUID) -> Self:
        """A member's enrolment in a course that has not ended, or `NOT_FOUND`."""
        found = await cls.get_or_none(member_id=member_id, course_id=course_id, ended_at__isnull=True)
        if found is None:
            raise NotFound(field="courseId")
        return found

    @classmethod
    async def has_seat(cls, member_id: UUID, course_id: UUID) -> bool:
        return await cls.exists(member_id=member_id, course_id=course_id, state=EnrollmentState.ENROLLED)

    @classmethod
    async def positions(cls, ids: Sequence[UUID]) -> dict[UUID, int]:
        """The places of these enrolments on their waiting lists, from 1."""
        if not ids:
            return {}
        mine = among("id", 1, "uuid")
        rows = await fetch(
            "SELECT id, place FROM (SELECT id, row_number() "  # noqa: S608 - own text
            "OVER (PARTITION BY course_id ORDER BY created_at, id) AS place FROM enrollment WHERE state = 'waiting' "
            f"AND course_id IN (SELECT course_id FROM enrollment WHERE {mine})) AS listed WHERE {mine}",
            list(ids),
        )
        return {as_id(row["id"]): int(row["place"]) for row in rows}

    @property
    def is_seated(self) -> bool:
        return self.state is EnrollmentState.ENROLLED

    @property
    def holds_seat(self) -> bool:
        """Whether it counts among the seats that are taken."""
        return self.state in (EnrollmentState.ENROLLED, EnrollmentState.RESERVED)

    @property
    def source(self) -> str:
        """The cause of its lines in the ledger."""
        return f"enrollment:{self.id}"


def refusal_of(error: IntegrityError) -> Exception:
    """What somebody is told who came a second time at the same instant."""
    return AlreadyEnrolled() if violates(error, Enrollment, "enrollment_open_once") else error
