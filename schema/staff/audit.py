"""The audit in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
import strawberry

from engine.cursor import encode_id
from engine.declare import Node, computed, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.staff.audit import AuditActor
from models.staff.audit import AuditRow as AuditRowRecord
from models.staff.colleague import DataScope
from models.staff.right import StaffRight
from schema.enums import publish

if TYPE_CHECKING:
    from auth.context import Context

publish(AuditActor, "Who acted.", staff="A staff member.", partner="A partner's system.")


def _audited(context: "Context") -> Condition:
    """Only those who see the whole brand read the audit, since it tells of everybody."""
    caller = context.caller
    return EVERY_ROW if caller.may(StaffRight.AUDIT_READ) and caller.scope is DataScope.ALL else NO_ROW


@strawberry.type(description="One fact that an act changed, each side as JSON.")
class AuditChange:
    name: str = strawberry.field(description="Its name.")
    before: str | None = strawberry.field(description="As it was; absent where there was nothing.")
    after: str | None = strawberry.field(description="As it became; absent where nothing is left.")


@record_type(AuditRowRecord, description="What a staff member or a partner changed, and why.", visible=_audited)
class AuditRow(Node):
    actor: AuditActor = strawberry.field(description="Whether staff or a partner acted.")
    action: str = strawberry.field(description="What was done, such as `void_check_in`.")
    subject_type: str = strawberry.field(description="The kind of thing that was changed.")
    reason: str | None = strawberry.field(description="Why.")
    created_at: datetime = strawberry.field(description="When.")

    @computed(description="The id of the staff member or key that acted.")
    def actor_id(self: Any) -> strawberry.ID:
        return _public("Staff" if self.actor is AuditActor.STAFF else "ApiKey", self.actor_id)

    @computed(description="The id of what was changed.")
    def subject_id(self: Any) -> strawberry.ID:
        return _public(self.subject_type, self.subject_id)

    @computed(description="Every fact that the act touched, by name.")
    def changes(self: Any) -> list[AuditChange]:
        before, after = self.before or {}, self.after or {}
        return [
            AuditChange(name=name, before=_text(before, name), after=_text(after, name))
            for name in sorted(before.keys() | after.keys())
        ]


def _public(type_name: str, id: UUID) -> strawberry.ID:
    return strawberry.ID(encode_id(type_name, id))


def _text(facts: dict[str, object], name: str) -> str | None:
    return orjson.dumps(facts[name]).decode() if name in facts else None
