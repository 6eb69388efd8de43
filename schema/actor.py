"""Who did something, in the contract."""

from models.actor import ActorKind
from schema.enums import publish

publish(
    ActorKind,
    "On whose word something was done.",
    member="A member's.",
    staff="A staff member's.",
    partner="A partner's system.",
    system="A rule's, by itself.",
)

__all__ = ["ActorKind"]
