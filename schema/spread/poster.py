"""Posters and their templates in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from auth.caller import CallerKind
from auth.scope import own_or_in_scope
from engine.declare import Node, computed, one, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.spread.poster import Poster as PosterRecord
from models.spread.poster_template import PosterTemplate as PosterTemplateRecord
from models.staff.right import StaffRight
from schema.payload import Payload, changed
from schema.spread.poster_design import PosterDesignInput, PosterDesignType

if TYPE_CHECKING:
    from auth.context import Context

ADDRESS = "/files/posters/{}.jpg"


def _templates_seen(context: "Context") -> Condition:
    """Members see those that are enabled; staff with the right see drafts as well."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition("{row}.is_enabled", ())
    return EVERY_ROW if context.caller.may(StaffRight.SPREAD_READ) else NO_ROW


def _posters_seen(context: "Context") -> Condition:
    return own_or_in_scope(context, StaffRight.SPREAD_READ)


@record_type(PosterTemplateRecord, description="How posters look.", visible=_templates_seen)
class PosterTemplate(Node):
    name: str = strawberry.field(description="Its name.")
    is_enabled: bool = strawberry.field(description="Whether members have posters of it; a draft otherwise.")
    version: int = strawberry.field(description="Rises with every change.")
    created_at: datetime = strawberry.field(description="When it was drafted.")

    @computed(needs=("design",), description="How a poster of it looks.")
    def design(self: Any) -> PosterDesignType:
        return PosterDesignType.of(self.design)


@record_type(PosterRecord, description="A member's code on a template.", visible=_posters_seen)
class Poster(Node):
    template: PosterTemplate | None = one(PosterTemplateRecord, "template_id", description="How it looks.")
    created_at: datetime = strawberry.field(description="When it was asked for first.")

    @computed(needs=("address",), description="Where its picture is loaded, a JPEG; it stays, whatever changes on it.")
    def address(self: Any) -> str:
        return ADDRESS.format(self.address)


@strawberry.input(description="A poster of the caller.")
class MakePosterInput:
    template_id: strawberry.ID = strawberry.field(description="How it is to look.")
    code_id: strawberry.ID | None = strawberry.field(
        default=None, description="A code of the caller's own; absent: the one that is for inviting friends."
    )


@strawberry.type(description="A poster, the same as before where the same was asked for.")
class MakePosterPayload(Payload):
    poster: Poster | None = changed("The poster.")


@strawberry.input(description="A template that no member sees yet.")
class DraftPosterTemplateInput:
    name: str = strawberry.field(description="Its name, 1 to 40 characters; no two share one.")
    design: PosterDesignInput = strawberry.field(description="How posters look.")


@strawberry.input(description="All of a template anew.")
class ChangePosterTemplateInput:
    template_id: strawberry.ID = strawberry.field(description="The template.")
    expected_version: int = strawberry.field(description="The version that was read.")
    name: str = strawberry.field(description="Its name, 1 to 40 characters.")
    design: PosterDesignInput = strawberry.field(description="How posters look.")
    reason: str = strawberry.field(description="Why, for the audit, 1 to 200 characters.")


@strawberry.input(description="Whether members have posters of a template.")
class EnablePosterTemplateInput:
    template_id: strawberry.ID = strawberry.field(description="The template.")
    is_enabled: bool = strawberry.field(default=True, description="False takes its posters away.")
    reason: str = strawberry.field(description="Why, for the audit, 1 to 200 characters.")


@strawberry.type
class PosterTemplatePayload(Payload):
    template: PosterTemplate | None = changed("The template.")


@strawberry.type(description="A template that was drafted.")
class DraftPosterTemplatePayload(PosterTemplatePayload):
    pass


@strawberry.type(description="A template that was changed.")
class ChangePosterTemplatePayload(PosterTemplatePayload):
    pass


@strawberry.type(description="A template that members have posters of, or have them no more.")
class EnablePosterTemplatePayload(PosterTemplatePayload):
    pass
