"""Reading the audit."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import Can
from auth.scope import demand_whole_brand
from engine.cursor import decode_id
from engine.declare import After, Before, Connection, First, Last, listing
from engine.read import PageArguments
from engine.relation import Condition, all_of
from models.errors import NotFound
from models.staff.audit import AuditRow as AuditRowRecord
from models.staff.right import StaffRight
from schema.payload import query
from schema.staff.audit import AuditRow

SubjectId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only what was done to this; everything if absent.")
]
ActorId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only what this staff member or key did; all if absent.")
]


@strawberry.type
class AuditQueries:
    @query(allow=Can(StaffRight.AUDIT_READ), description="What staff and partners changed, newest first.")
    async def audit_rows(
        self,
        info: Info,
        subject_id: SubjectId = None,
        actor_id: ActorId = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AuditRow]:
        demand_whole_brand(info.context)
        relation = listing(AuditRowRecord, order=("-created_at", "-id"), where=_asked(subject_id, actor_id))
        page: Connection[AuditRow] = await info.context.loads.list_page(
            relation, PageArguments(first, after, last, before)
        )
        return page


def _asked(subject_id: str | None, actor_id: str | None) -> Condition:
    asked = [(column, text) for column, text in (("subject_id", subject_id), ("actor_id", actor_id)) if text]
    ids = [decode_id(text) for _, text in asked]
    if None in ids:
        raise NotFound(field="subjectId")
    pairs = zip(asked, ids, strict=True)
    return all_of(Condition(f"{{row}}.{column} = ?", (found[1],)) for (column, _), found in pairs if found)
