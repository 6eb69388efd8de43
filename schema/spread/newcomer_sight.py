"""Who sees what of newcomers.

A newcomer is seen by itself, whoever brought it, those who look after its group, staff within their scope; and by the
other members of the group, who are to welcome it, for as many days as everybody has. Whether it has spoken by then, was
given time, or counts as a zombie changes nothing for them, or the mark could be told by what is missing.
"""

from typing import TYPE_CHECKING

from auth.caller import CallerKind
from auth.scope import groups_in_scope
from engine.relation import NO_ROW, Condition
from models.spread.newcomer_care import WELCOMING_ROLES
from models.staff.right import StaffRight

if TYPE_CHECKING:
    from auth.context import Context

_OF_GROUP = "EXISTS (SELECT 1 FROM membership v WHERE v.group_id = {row}.group_id AND v.member_id = ?"
_LED = f"{_OF_GROUP} AND v.role IN ({WELCOMING_ROLES}))"
_BROUGHT = "EXISTS (SELECT 1 FROM referral f WHERE f.invitee_id = {row}.member_id AND f.inviter_id = ?)"
_STANDING = "{row}.deleted_at IS NULL AND {row}.text IS NOT NULL"


def newcomers_seen(context: "Context") -> Condition:
    """Newcomers, as the module says."""
    if context.caller.kind is CallerKind.MEMBER:
        open_to_all = f"{{row}}.left_at IS NULL AND {{row}}.ends_at > ? AND {_OF_GROUP})"
        sql = f"({{row}}.member_id = ? OR {_BROUGHT} OR {_LED} OR ({open_to_all}))"
        return Condition(sql, (*(context.caller.id,) * 3, context.at, context.caller.id))
    return _to_staff(context)


def for_those_who_welcome(context: "Context") -> Condition:
    """Rows of the groups that the caller looks after."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition(_LED, (context.caller.id,))
    return _to_staff(context)


def replies_seen(context: "Context") -> Condition:
    """Replies that stand, for their group, author and newcomer; staff see those that were taken back as well."""
    if context.caller.kind is CallerKind.MEMBER:
        sql = f"({_STANDING} AND ({{row}}.author_id = ? OR {{row}}.member_id = ? OR {_BROUGHT} OR {_OF_GROUP})))"
        return Condition(sql, (context.caller.id,) * 4)
    return _to_staff(context)


def mentions_seen(context: "Context") -> Condition:
    """With the reply."""
    found = replies_seen(context)
    if found is NO_ROW:
        return found
    sql = found.sql.replace("{row}", "whole")
    return Condition(
        f"EXISTS (SELECT 1 FROM introduction_reply whole WHERE whole.id = {{row}}.reply_id AND {sql})",  # noqa: S608 - own text, values are bound
        found.values,
    )


def own_notices(context: "Context") -> Condition:
    """A member's own."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition("{row}.member_id = ?", (context.caller.id,))
    return NO_ROW


def _to_staff(context: "Context") -> Condition:
    if context.caller.kind is CallerKind.STAFF and context.caller.may(StaffRight.GROUPS_READ):
        return groups_in_scope(context, "group_id")
    return NO_ROW
