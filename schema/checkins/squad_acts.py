"""What members do with squads: they form them, come in, go out, lead them and remind each other."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.checkins.squad import Squad, SquadPlace
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from schema.viewer import Viewer

REPLAY = "Whether this key had been answered before."


@strawberry.input(description="A squad to form, as its captain.")
class FormSquadInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never forms two.")
    challenge_id: strawberry.ID = strawberry.field(description="The challenge.")
    name: str = strawberry.field(description="What it is to be called, 1 to 20 characters.")
    is_open: bool = strawberry.field(default=True, description="Whether matching may fill it.")


@strawberry.input(description="A squad to come into, while it forms or as a substitute.")
class JoinSquadInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never joins twice.")
    code: str = strawberry.field(description="The code that a mate has handed on.")


@strawberry.input(description="A challenge to be matched for when squads are closed.")
class EnlistForSquadInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never enlists twice.")
    challenge_id: strawberry.ID = strawberry.field(description="The challenge.")


@strawberry.input(description="A place to give up while squads form.")
class LeaveSquadChallengeInput:
    squad_place_id: strawberry.ID = strawberry.field(
        description="The place; given up twice, its stake comes back once."
    )


@strawberry.input(description="A squad on its way to quit.")
class QuitSquadInput:
    squad_id: strawberry.ID = strawberry.field(description="The squad; quit twice, it costs once.")


@strawberry.input(description="A mate to remind of today's check-in.")
class NudgeSquadMateInput:
    squad_id: strawberry.ID = strawberry.field(description="The squad.")
    member_id: strawberry.ID = strawberry.field(description="The mate.")


@strawberry.input(description="What a captain changes about a squad; what is left out stays.")
class ChangeSquadInput:
    squad_id: strawberry.ID = strawberry.field(description="The squad.")
    name: str | None = strawberry.field(default=None, description="What it is to be called, 1 to 20 characters.")
    is_open: bool | None = strawberry.field(default=None, description="Whether matching may fill it.")


@strawberry.input(description="A squad to hand over to a mate.")
class HandSquadOverInput:
    squad_id: strawberry.ID = strawberry.field(description="The squad.")
    member_id: strawberry.ID = strawberry.field(description="Who leads it from now on.")
    reason: str | None = strawberry.field(default=None, description="Why; staff have to say it.")


@strawberry.input(description="A mate to let go.")
class RelieveSquadMateInput:
    squad_id: strawberry.ID = strawberry.field(description="The squad.")
    member_id: strawberry.ID = strawberry.field(description="The mate; on the way one who has missed days.")


@strawberry.type
class SquadPlacePayload(Payload):
    place: SquadPlace | None = changed("The place.")


@strawberry.type
class OwnSquadPlacePayload(SquadPlacePayload):
    viewer: Annotated["Viewer", strawberry.lazy("schema.viewer")] | None = changed("The caller after it.")


@strawberry.type(description="A squad that was formed, by its captain's place.")
class FormSquadPayload(OwnSquadPlacePayload):
    is_replay: bool = strawberry.field(default=False, description=REPLAY)


@strawberry.type(description="A place in a squad.")
class JoinSquadPayload(OwnSquadPlacePayload):
    is_replay: bool = strawberry.field(default=False, description=REPLAY)


@strawberry.type(description="A place that waits for matching.")
class EnlistForSquadPayload(OwnSquadPlacePayload):
    is_replay: bool = strawberry.field(default=False, description=REPLAY)


@strawberry.type(description="A place that was given up.")
class LeaveSquadChallengePayload(OwnSquadPlacePayload):
    pass


@strawberry.type(description="A place that was quit.")
class QuitSquadPayload(OwnSquadPlacePayload):
    pass


@strawberry.type(description="A mate who was reminded.")
class NudgeSquadMatePayload(Payload):
    mate: SquadPlace | None = changed("The mate's place.")


@strawberry.type(description="A squad after a change.")
class ChangeSquadPayload(Payload):
    squad: Squad | None = changed("The squad.")


@strawberry.type(description="A squad with another captain.")
class HandSquadOverPayload(Payload):
    squad: Squad | None = changed("The squad.")


@strawberry.type(description="A mate who was let go.")
class RelieveSquadMatePayload(SquadPlacePayload):
    pass
