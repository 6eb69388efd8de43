"""What kinds of goods there are, in the contract."""

from models.mall.good import GoodKind
from schema.enums import publish

publish(
    GoodKind,
    "What a good is, which decides how it reaches its buyer.",
    physical="A thing that is sent.",
    pick_up="A thing that is collected in a store by a code.",
    code="A code out of a pool.",
    coupon="A coupon's code out of a pool.",
    course="A place in a course: a seat where it names one, or else a code that is shown at the door.",
    event="A place at an event; a code is shown at the door.",
    card="A make-up card for check-ins.",
    chance="A chance in a draw.",
)

__all__ = ["GoodKind"]
