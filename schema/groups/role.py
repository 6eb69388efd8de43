"""Roles in groups, in the contract."""

from models.groups.role import Role as Role
from schema.enums import publish

publish(
    Role,
    "What a member is in a group.",
    named="GroupRole",
    owner="Runs the group; there is one at most.",
    admin="Keeps order among ordinary members.",
    guide="Welcomes, hosts and announces.",
    committee="Has the highest say on rules and people, the owner excepted.",
    member="An ordinary member.",
)
