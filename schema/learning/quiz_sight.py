"""Who sees what of quizzes: members what is published in their places and their own attempts, staff their scope."""

from typing import TYPE_CHECKING

from auth.caller import CallerKind
from auth.scope import groups_in_scope, members_in_scope
from engine.relation import NO_ROW, Condition
from models.learning.quiz import IN_PLACE
from models.learning.review import SHOWS_CORRECTNESS
from models.staff.right import StaffRight

if TYPE_CHECKING:
    from auth.context import Context

_NOT_ASKED_NOW = (
    "NOT EXISTS (SELECT 1 FROM quiz_answer qo JOIN quiz_attempt qa ON qa.id = qo.attempt_id "
    "WHERE qa.member_id = {row}.member_id AND qo.question_id = {row}.question_id AND qa.state = 'open')"
)


def quizzes_seen(context: "Context") -> Condition:
    """Quizzes: those of a member's places and courses that were ever published; for staff those in scope."""
    caller = context.caller
    if caller.kind is CallerKind.MEMBER:
        return Condition("{row}.version > 0 AND " + IN_PLACE.replace("{member}", "?"), (caller.id,) * 3)
    return groups_in_scope(context, "group_id") if caller.may(StaffRight.QUIZZES_READ) else NO_ROW


def attempts_seen(context: "Context") -> Condition:
    """Rows about a member: its own; for staff those of the members in their scope."""
    caller = context.caller
    if caller.kind is CallerKind.MEMBER:
        return Condition("{row}.member_id = ?", (caller.id,))
    may_see = caller.may(StaffRight.QUIZZES_READ) or caller.may(StaffRight.QUIZZES_MARK)
    return members_in_scope(context, "member_id") if may_see else NO_ROW


def changes_seen(context: "Context") -> Condition:
    """What staff did to attempts, for staff."""
    return NO_ROW if context.caller.kind is CallerKind.MEMBER else attempts_seen(context)


def regrades_seen(context: "Context") -> Condition:
    """Regrades of the quizzes that staff see."""
    if context.caller.kind is CallerKind.MEMBER:
        return NO_ROW
    seen = quizzes_seen(context)
    quiz = seen.sql.replace("{row}", "qz")
    return Condition(f"EXISTS (SELECT 1 FROM quiz qz WHERE qz.id = {{row}}.quiz_id AND {quiz})", seen.values)  # noqa: S608 - own text, values are bound


def book_seen(context: "Context") -> Condition:
    """A member's own book: what its attempts show as wrong by now, and is not being asked elsewhere."""
    if context.caller.kind is not CallerKind.MEMBER:
        return NO_ROW
    sql = f"{{row}}.member_id = ? AND {SHOWS_CORRECTNESS} AND {_NOT_ASKED_NOW}"
    return Condition(sql, (context.caller.id, context.at, context.at))
