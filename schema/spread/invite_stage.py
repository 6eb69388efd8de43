"""The stages of an invitation in the contract."""

from models.spread.invite_stage_name import InviteStage
from schema.enums import publish

__all__ = ["InviteStage"]

publish(
    InviteStage,
    "What somebody invited has done for the first time.",
    registered="It registered.",
    introduced="It introduced itself.",
    first_check_in="It checked in.",
    first_purchase="It bought something.",
)
