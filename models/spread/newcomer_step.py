"""The steps by which a newcomer finds its feet in a group, in the order in which they usually come."""

from enum import StrEnum


class NewcomerStep(StrEnum):
    """What a newcomer does, and what is done for it."""

    RULES_ACCEPTED = "rules_accepted"
    INTRODUCED = "introduced"
    INVITER_REPLIED = "inviter_replied"
    OWNER_COMMENTED = "owner_commented"
    SPOKE = "spoke"
    CHECKED_IN = "checked_in"
