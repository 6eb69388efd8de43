"""Who sees the rows of courses: members what is published to their groups and circles or what
they have a seat in, staff all with the right.

Staff of a part see the courses of the whole brand too, since they count for their groups; what they may change is asked
by `auth.scope` before each act.
"""

from typing import TYPE_CHECKING

from auth.caller import CallerKind
from auth.scope import groups_in_scope, members_in_scope
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.staff.right import StaffRight

if TYPE_CHECKING:
    from auth.context import Context

_PUBLISHED = (
    "{course}.status IN ('published', 'ended') AND ({course}.group_id IS NULL AND {course}.circle_id IS NULL "
    "OR EXISTS (SELECT 1 FROM membership p JOIN chat_group g ON g.id = p.group_id WHERE p.member_id = ? "
    "AND (g.id = {course}.group_id OR g.circle_id = {course}.circle_id)) "
    "OR EXISTS (SELECT 1 FROM enrollment n WHERE n.course_id = {course}.id AND n.member_id = ? AND n.ended_at IS NULL))"
)
_OF_PUBLISHED = "EXISTS (SELECT 1 FROM course c WHERE c.id = {row}.course_id AND " + _PUBLISHED + ")"  # noqa: S608 - own text, values are bound
_IN_SCOPE = "EXISTS (SELECT 1 FROM course c WHERE c.id = {row}.course_id AND (c.group_id IS NULL OR {scope}))"


def courses_seen(context: "Context") -> Condition:
    """Courses."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition(_PUBLISHED.replace("{course}", "{row}"), (context.caller.id, context.caller.id))
    if not _may_read(context):
        return NO_ROW
    scope = groups_in_scope(context, "group_id")
    return scope if scope == EVERY_ROW else Condition(f"({{row}}.group_id IS NULL OR {scope.sql})", scope.values)


def of_courses_seen(context: "Context") -> Condition:
    """Rows that name a course in `course_id`."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition(_OF_PUBLISHED.replace("{course}", "c"), (context.caller.id, context.caller.id))
    return of_courses_in_scope(context)


def of_courses_in_scope(context: "Context") -> Condition:
    """The same, for staff alone."""
    if context.caller.kind is CallerKind.MEMBER or not _may_read(context):
        return NO_ROW
    scope = groups_in_scope(context, "group_id")
    if scope == EVERY_ROW:
        return EVERY_ROW
    return Condition(_IN_SCOPE.replace("{scope}", scope.sql.replace("{row}", "c")), scope.values)


def to_learners(context: "Context") -> Condition:
    """Rows that are nobody's secret: to every member, and to staff with the right."""
    return EVERY_ROW if context.caller.kind is CallerKind.MEMBER or _may_read(context) else NO_ROW


def own_notices(context: "Context") -> Condition:
    """Rows of `member_id` that are the calling member's own."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition("{row}.member_id = ?", (context.caller.id,))
    return NO_ROW


def feeds_seen(context: "Context") -> Condition:
    """Feeds: a member's own; for staff those of groups in their scope."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition("{row}.member_id = ?", (context.caller.id,))
    if not _may_read(context):
        return NO_ROW
    scope = groups_in_scope(context, "group_id")
    return Condition(f"{{row}}.group_id IS NOT NULL AND {scope.sql}", scope.values)


def _may_read(context: "Context") -> bool:
    return context.caller.kind is CallerKind.STAFF and context.caller.may(StaffRight.COURSES_READ)


_TAUGHT = (
    "EXISTS (SELECT 1 FROM course_session lesson JOIN teacher giver ON giver.id = lesson.teacher_id "
    "WHERE lesson.course_id = {row}.course_id AND giver.member_id = ?)"
)


def own_learning(context: "Context") -> Condition:
    """Rows of `member_id`: a member's own; for staff those of members in their scope."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition("{row}.member_id = ?", (context.caller.id,))
    return members_in_scope(context, "member_id") if _may_read(context) else NO_ROW


def own_or_taught(context: "Context") -> Condition:
    """The same for rows that also name a course: a member who teaches it sees all of them."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition(f"({{row}}.member_id = ? OR {_TAUGHT})", (context.caller.id, context.caller.id))
    return own_learning(context)


def materials_seen(context: "Context") -> Condition:
    """Materials of courses that are seen; members see those only that were not taken away."""
    seen = of_courses_seen(context)
    if context.caller.kind is CallerKind.MEMBER:
        return Condition(f"{{row}}.removed_at IS NULL AND {seen.sql}", seen.values)
    return seen
