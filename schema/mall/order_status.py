"""The states of an order in the contract."""

from models.mall.order_status import OrderStatus
from schema.enums import publish

publish(
    OrderStatus,
    "Where an order stands.",
    placed="It was placed; it never stays here.",
    awaiting_cash="Its points and stock wait for its cash.",
    confirmed="It is paid.",
    awaiting_code="It is paid, and waits for codes to be filled in.",
    fulfilling="It is being packed.",
    shipped="It is on its way.",
    issued="Its codes can be read.",
    ready="It waits to be collected, or to be shown at the door.",
    received="Its member has it.",
    closed="It is over.",
    cancelled="It was called off, and all went back.",
    refunded="It was refunded.",
)

__all__ = ["OrderStatus"]
