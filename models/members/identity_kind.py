"""The kinds of identities."""

from enum import StrEnum


class IdentityKind(StrEnum):
    """By what a member is recognised."""

    OPENID = "openid"
    UNIONID = "unionid"
    PHONE = "phone"
    PARTNER = "partner"
