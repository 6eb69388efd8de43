"""Rights: what a role of staff, or a partner's key, can be allowed; and the roles every deployment begins with."""

from collections.abc import Iterable
from enum import StrEnum

from models.errors import Invalid

EVERYTHING = "*"
"""Stands for every right, also for those that later versions bring."""


class StaffRight(StrEnum):
    """A right of staff or a scope of a partner's key, named `what.how`."""

    MEMBERS_READ = "members.read"
    MEMBERS_WRITE = "members.write"
    MEMBERS_REVEAL = "members.reveal"
    MEMBERS_EXPORT = "members.export"
    TAGS_WRITE = "tags.write"
    SEGMENTS_READ = "segments.read"
    SEGMENTS_WRITE = "segments.write"
    GROUPS_READ = "groups.read"
    GROUPS_WRITE = "groups.write"
    CHECKINS_READ = "checkins.read"
    CHECKINS_WRITE = "checkins.write"
    CHECKINS_VOID = "checkins.void"
    POINTS_READ = "points.read"
    POINTS_GRANT = "points.grant"
    POINTS_RULES = "points.rules"
    POINTS_BUDGETS = "points.budgets"
    POINTS_REVIEW = "points.review"
    POINTS_APPROVE = "points.approve"
    MALL_READ = "mall.read"
    MALL_WRITE = "mall.write"
    ORDERS_READ = "orders.read"
    ORDERS_WRITE = "orders.write"
    ORDERS_CONFIRM = "orders.confirm"
    PACKETS_READ = "packets.read"
    PACKETS_SEND = "packets.send"
    DRAWS_READ = "draws.read"
    DRAWS_WRITE = "draws.write"
    COURSES_READ = "courses.read"
    COURSES_WRITE = "courses.write"
    QUIZZES_READ = "quizzes.read"
    QUIZZES_WRITE = "quizzes.write"
    QUIZZES_MARK = "quizzes.mark"
    SPREAD_READ = "spread.read"
    SPREAD_WRITE = "spread.write"
    SPREAD_REVIEW = "spread.review"
    WORDS_REPORT = "words.report"
    BOARDS_READ = "boards.read"
    BOARDS_WRITE = "boards.write"
    STAFF_READ = "staff.read"
    STAFF_WRITE = "staff.write"
    AUDIT_READ = "audit.read"
    KEYS_WRITE = "keys.write"


PARTNER_SCOPES = frozenset({StaffRight.MEMBERS_READ, StaffRight.ORDERS_CONFIRM, StaffRight.WORDS_REPORT})
"""The scopes that a partner's key may bear."""

_READING = frozenset(one for one in StaffRight if one.endswith(".read"))
_OPERATING = frozenset(
    {
        StaffRight.MEMBERS_WRITE,
        StaffRight.TAGS_WRITE,
        StaffRight.SEGMENTS_WRITE,
        StaffRight.GROUPS_WRITE,
        StaffRight.CHECKINS_WRITE,
        StaffRight.CHECKINS_VOID,
        StaffRight.POINTS_GRANT,
        StaffRight.POINTS_REVIEW,
        StaffRight.MALL_WRITE,
        StaffRight.ORDERS_WRITE,
        StaffRight.PACKETS_SEND,
        StaffRight.DRAWS_WRITE,
        StaffRight.COURSES_WRITE,
        StaffRight.QUIZZES_WRITE,
        StaffRight.QUIZZES_MARK,
        StaffRight.SPREAD_WRITE,
        StaffRight.SPREAD_REVIEW,
        StaffRight.WORDS_REPORT,
    }
)

BUILT_IN_ROLES: dict[str, tuple[str, frozenset[str]]] = {
    "owner": ("负责人", frozenset({EVERYTHING})),
    "operator": ("运营", _OPERATING | _READING - {StaffRight.STAFF_READ, StaffRight.AUDIT_READ}),
    "auditor": ("审计", _READING),
}
"""Name → title and rights."""


def known_rights(given: Iterable[str], *, field: str) -> list[str]:
    """The rights in one order, without doubles; raises `Invalid` for one that nobody checks."""
    rights = sorted(set(given))
    if unknown := [right for right in rights if right not in {*StaffRight, EVERYTHING}]:
        raise Invalid(field, zh=f"没有 {unknown[0]} 这种权限", en=f"there is no right named {unknown[0]}")
    return rights


def exceeds(wanted: Iterable[str], held: Iterable[str]) -> bool:
    """Whether `wanted` holds a right that `held` does not."""
    own = set(held)
    return EVERYTHING not in own and not set(wanted) <= own
