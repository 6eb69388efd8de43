"""What an operation would do, as text: `python -m api explain`."""

from collections.abc import Mapping

from graphql import GraphQLError

from api.app import documents, engine
from api.schema import schema
from auth.caller import Caller, CallerKind
from auth.context import Context
from engine.execute import Engine
from engine.refusal import DocumentRefused
from models.staff.right import EVERYTHING
from schema.scalars import SQL_FORMS
from store.clock import SystemClock
from store.ids import new_id

__all__ = ["DocumentRefused", "GraphQLError", "explained"]


async def explained(
    text: str, variables: Mapping[str, object], *, name: str | None, as_staff: bool, source: bool
) -> str:
    """The plan of an operation for some member, or for a staff member with every right; raises `DocumentRefused`."""
    operation = documents.get(text).operation(name)
    kind, rights = (CallerKind.STAFF, frozenset({EVERYTHING})) if as_staff else (CallerKind.MEMBER, frozenset[str]())
    context = Context(Caller(kind, new_id(), new_id(), rights), "zh-CN", None, "explain", SystemClock())
    used = engine or Engine(schema._schema, forms=SQL_FORMS)
    told = used.explain(operation, variables, context, source=source)
    return f"{told}\nCost: at most {operation.cost(variables)} nodes of {documents.limits.nodes}."
