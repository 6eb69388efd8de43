"""Seats of courses in the mall: one lies with its order, from the moment it is placed until it is refunded."""

from datetime import timedelta
from typing import Any

import pytest

from models.actor import Actor
from models.idempotency import Once
from models.learning.course import Course
from models.learning.course_called_off import call_courses_off
from models.learning.course_decision import CourseDecision
from models.learning.course_terms import CourseKind
from models.learning.enrollment import Enrollment, EnrollmentWay
from models.learning.enrollment_change import EnrollmentState
from models.learning.enrollment_end import leave_course, remove_from_course
from models.mall.called_off_seat import refund_called_off_seats
from models.mall.cancellation import cancel
from models.mall.good import GoodKind
from models.mall.moving_on import move_orders_on
from models.mall.order import Order
from models.mall.order_payment import OrderPayment
from models.mall.order_refund import OrderRefund
from models.mall.order_status import OrderStatus
from models.mall.sku import Sku
from models.points.reconciliation import reconcile
from tests.conftest import NOON
from tests.learning.build import STAFF_ID, TONIGHT, a_course, a_session
from tests.learning.rooms import a_room, counts, enrol, enrolled, marked
from tests.mall.build import a_buyer, a_good, an_order, outcomes, points_of, refused, rows_of, stock_of

DAY = timedelta(days=1)


async def a_seat_on_sale(course: Course, **terms: Any) -> Sku:
    return await a_good(GoodKind.COURSE, target_id=course.id, **{"price": 60, **terms})


async def refund(order: Order, *, once: Once | None = None) -> OrderRefund:
    return await OrderRefund.by_staff(
        order.id, None, reason="临时有事", staff_id=STAFF_ID, at=NOON + DAY, once=once, returns_stock=True
    )


async def test_buying_takes_a_seat(database: str) -> None:
    course, member = await a_course(seats=2), await a_buyer(100)
    sku = await a_seat_on_sale(course)

    order = await an_order(member, sku)

    place = await Enrollment.get(member_id=member.id)
    assert (place.state, place.way, place.points) == (EnrollmentState.ENROLLED, EnrollmentWay.ORDER, 0)
    assert (place.order_id, order.status) == (order.id, OrderStatus.RECEIVED)
    assert (await points_of(member), await counts(course)) == (40, (1, 0))


async def test_a_full_course_sells_nothing(database: str) -> None:
    course, members = await a_course(seats=2), [await a_buyer(100) for _ in range(6)]
    sku = await a_seat_on_sale(course)

    told = await outcomes([an_order(member, sku) for member in members])

    assert told == {"done": 2, "COURSE_FULL": 4}
    assert (await counts(course), await stock_of(sku), await rows_of("mall_order")) == ((2, 0), (8, 0, 2), 2)
    assert sum([await points_of(member) for member in members]) == 600 - 120


async def test_what_stands_before_a_seat_stands_before_its_order(database: str) -> None:
    before, course = await a_course(), await a_course()
    await a_room(course, prerequisite_ids=(before.id,))
    free = await a_course()
    member = await a_buyer(1_000)
    await enrol(member, free)

    assert (await refused(an_order(member, await a_seat_on_sale(course)))).code == "PREREQUISITE_MISSING"
    assert (await refused(an_order(member, await a_seat_on_sale(free)))).code == "ALREADY_ENROLLED"
    assert (await refused(an_order(member, await a_seat_on_sale(await a_course()), 2))).code == "ONE_SEAT_AN_ORDER"
    assert (await rows_of("mall_order"), await points_of(member)) == (0, 1_000)


async def test_a_refund_ends_the_seat_unless_it_was_used(database: str) -> None:
    course, unused, used = await a_course(), await a_buyer(100), await a_buyer(100)
    sku, session = await a_seat_on_sale(course), await a_session(course)
    first, second = await an_order(unused, sku), await an_order(used, sku)
    await marked(session, used)

    await refund(first)

    assert (await points_of(unused), await counts(course)) == (100, (1, 0))
    assert (await Enrollment.get(order_id=first.id)).state is EnrollmentState.REMOVED
    assert (await refused(refund(second))).code == "ALREADY_USED"
    assert await Enrollment.has_seat(used.id, course.id)
    assert await reconcile() == []


async def test_a_seat_of_an_order_is_given_up_by_its_order_alone(database: str) -> None:
    course, member = await a_course(), await a_buyer(100)
    order = await an_order(member, await a_seat_on_sale(course))
    place = await Enrollment.get(order_id=order.id)
    remove = remove_from_course(place.id, refunds=True, reason="退", staff_id=STAFF_ID, at=NOON, once=None)

    assert (await refused(leave_course(member.id, course.id, at=NOON, once=None))).code == "BOUGHT_IN_MALL"
    assert (await refused(remove)).code == "BOUGHT_IN_MALL"
    assert await Enrollment.has_seat(member.id, course.id)


async def test_a_seat_is_kept_while_its_cash_is_waited_for(database: str) -> None:
    course, member, late = await a_course(seats=1), await a_buyer(100), await a_buyer(100)
    sku = await a_seat_on_sale(course, cash_minor=990)

    order = await an_order(member, sku)
    kept = await Enrollment.get(order_id=order.id)

    assert (kept.state, kept.seated_at, await counts(course)) == (EnrollmentState.RESERVED, None, (1, 0))
    assert not await Enrollment.has_seat(member.id, course.id)
    assert (await refused(an_order(late, sku))).code == "COURSE_FULL"
    assert (await refused(enrol(member, course))).code == "ALREADY_ENROLLED"
    await OrderPayment.confirm(order.number, "wx-1", 990, actor=Actor.staff(STAFF_ID), at=NOON)
    paid = await Enrollment.get(id=kept.id)
    assert (paid.state, paid.seated_at, await counts(course)) == (EnrollmentState.ENROLLED, NOON, (1, 0))


@pytest.mark.parametrize("by_member", [True, False])
async def test_a_seat_whose_cash_does_not_come_goes_to_the_next(database: str, by_member: bool) -> None:
    course, member, waiting = await a_course(seats=1), await a_buyer(100), await a_buyer(100)
    order = await an_order(member, await a_seat_on_sale(course, cash_minor=990))
    await enrolled(course, waiting, waits=True)

    if by_member:
        await cancel(member.id, order.id, at=NOON, once=None)
    else:
        await move_orders_on(at=NOON + DAY)

    assert (await points_of(member), await counts(course)) == (100, (1, 0))
    assert await Enrollment.has_seat(waiting.id, course.id)


async def test_a_course_that_is_called_off_refunds_its_orders(database: str) -> None:
    decides_at = NOON + 30 * DAY
    course = await a_course(CourseKind.TEMPORARY, sign_up_target=5, decides_at=decides_at)
    member, sku = await a_buyer(100), await a_seat_on_sale(course)
    await an_order(member, sku)

    await move_orders_on(at=decides_at)
    assert await CourseDecision.decide_due(at=decides_at) == 1
    await call_courses_off(at=decides_at)
    assert await refund_called_off_seats(at=decides_at) == 1
    assert await refund_called_off_seats(at=decides_at) == 0

    order = await Order.get()
    assert (order.status, order.refunded_points) == (OrderStatus.REFUNDED, 60)
    assert (await points_of(member), await stock_of(sku)) == (100, (10, 0, 0))
    assert await reconcile() == []


async def test_a_course_that_is_not_shown_is_not_put_on_the_shelf(database: str) -> None:
    draft = await a_course(is_published=False)

    assert (await refused(a_seat_on_sale(draft))).code == "NOT_FOUND"


async def test_without_a_course_it_is_a_ticket(database: str) -> None:
    member = await a_buyer(100)

    order = await an_order(member, await a_good(GoodKind.COURSE, price=60))
    await a_session(await a_course(), starts_at=TONIGHT)

    assert (order.status, await rows_of("pick_up"), await rows_of("enrollment")) == (OrderStatus.READY, 1, 0)
