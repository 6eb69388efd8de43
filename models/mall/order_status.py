"""The states of an order, and which of them an act may start from.

    placed → confirmed                      the points are spent
    placed → awaiting_cash → confirmed      points and stock are set aside until a partner confirms the cash
    confirmed → fulfilling → shipped → received → closed
    confirmed → awaiting_code → issued → received → closed
    confirmed → ready → received → closed   a code is shown at the counter
    confirmed → received → closed           what we hand over ourselves at once

Before it is sent it may be cancelled, and until it is closed it may be refunded.
"""

from enum import StrEnum


class OrderStatus(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    AWAITING_CASH = "awaiting_cash"
    CONFIRMED = "confirmed"
    AWAITING_CODE = "awaiting_code"
    FULFILLING = "fulfilling"
    SHIPPED = "shipped"
    ISSUED = "issued"
    READY = "ready"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


UNSENT = (OrderStatus.CONFIRMED, OrderStatus.AWAITING_CODE, OrderStatus.FULFILLING, OrderStatus.READY)
"""Paid, and still with us."""

CANCELLABLE = (OrderStatus.AWAITING_CASH, OrderStatus.CONFIRMED, OrderStatus.AWAITING_CODE, OrderStatus.READY)
"""A member may cancel; not any more once somebody is packing it."""

REFUNDABLE = (*UNSENT, OrderStatus.SHIPPED, OrderStatus.ISSUED, OrderStatus.RECEIVED)
