"""Behaviours that can be paid for, and the figures about a cause that a rule may go by."""

from enum import StrEnum


class Behaviour(StrEnum):
    """What a member can be paid for. A check-in is paid by its plan; a rule for it pays a bonus beside that."""

    CHECKED_IN = "checked_in"
    PROFILE_COMPLETED = "profile_completed"
    INTRODUCED = "introduced"
    INVITE_REGISTERED = "invite_registered"
    INVITE_INTRODUCED = "invite_introduced"
    INVITE_FIRST_CHECK_IN = "invite_first_check_in"
    INVITE_FIRST_PURCHASE = "invite_first_purchase"
    INVITE_TIER = "invite_tier"
    INVITED_REGISTERED = "invited_registered"
    INVITED_INTRODUCED = "invited_introduced"
    INVITED_FIRST_CHECK_IN = "invited_first_check_in"
    INVITED_FIRST_PURCHASE = "invited_first_purchase"
    GRAND_INVITE_REGISTERED = "grand_invite_registered"
    GRAND_INVITE_INTRODUCED = "grand_invite_introduced"
    GRAND_INVITE_FIRST_CHECK_IN = "grand_invite_first_check_in"
    GRAND_INVITE_FIRST_PURCHASE = "grand_invite_first_purchase"
    POSTED = "posted"
    INTERACTED = "interacted"
    PLAYED = "played"
    TASK_DONE = "task_done"
    PURCHASED = "purchased"
    COURSE_ATTENDED = "course_attended"
    QUIZ_PASSED = "quiz_passed"
    EVENT_ATTENDED = "event_attended"


OF_NEWCOMERS = frozenset({Behaviour.PROFILE_COMPLETED, Behaviour.INTRODUCED})
"""What somebody who closed an account and came again is not paid for a second time."""


class Fact(StrEnum):
    """A whole number that a cause brings along."""

    SPENT_MINOR = "spent_minor"
    MINUTES = "minutes"
    SCORE = "score"
    COUNT = "count"
    WORDS = "words"
    STREAK_DAYS = "streak_days"
    CYCLE_DAY = "cycle_day"
