"""The steps of the ladder in the contract."""

from models.members.ladder import LadderStep as LadderStep
from schema.enums import publish

publish(
    LadderStep,
    "How close a member is to the brand.",
    prospect="Might buy one day.",
    customer="Has bought.",
    member="Belongs.",
    partner="Works with the brand.",
)
