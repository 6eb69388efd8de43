"""The stages that somebody invited goes through, and the behaviour under which each of them pays whom."""

from enum import StrEnum

from models.points.behaviour import Behaviour


class InviteStage(StrEnum):
    """What somebody invited has done for the first time."""

    REGISTERED = "registered"
    INTRODUCED = "introduced"
    FIRST_CHECK_IN = "first_check_in"
    FIRST_PURCHASE = "first_purchase"


INVITEE, INVITER, GRAND_INVITER = 0, 1, 2
"""Levels: how many steps above the invitee somebody stands who is paid for it."""

LEVELS = (INVITEE, INVITER, GRAND_INVITER)
_PREFIX = {INVITEE: "invited_", INVITER: "invite_", GRAND_INVITER: "grand_invite_"}


def behaviour_of(stage: InviteStage, level: int) -> Behaviour:
    """What a stage is for whoever is paid at a level."""
    return Behaviour(_PREFIX[level] + stage)
