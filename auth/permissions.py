"""Permissions: each class asks one question in one line."""

from auth.caller import CallerKind
from auth.context import Context


class PermissionRefused(Exception):
    """The caller may not ask for this. `code` is UNAUTHENTICATED for nobody, FORBIDDEN for the wrong somebody."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Permission:
    """One question about a caller."""

    def allows(self, context: Context) -> bool:
        raise NotImplementedError

    def demand(self, context: Context) -> None:
        """Let the caller pass, or raise `PermissionRefused`."""
        if not self.allows(context):
            raise PermissionRefused("UNAUTHENTICATED" if context.caller.kind is CallerKind.NOBODY else "FORBIDDEN")


class Anyone(Permission):
    """Open to the world; the test of the schema lists every field that is."""

    def allows(self, context: Context) -> bool:
        return True


class IsMember(Permission):
    def allows(self, context: Context) -> bool:
        return context.caller.kind is CallerKind.MEMBER


class IsStaff(Permission):
    def allows(self, context: Context) -> bool:
        return context.caller.kind is CallerKind.STAFF


class IsMemberOrStaff(Permission):
    def allows(self, context: Context) -> bool:
        return context.caller.kind in (CallerKind.MEMBER, CallerKind.STAFF)


class IsKnown(Permission):
    """Anybody with a token."""

    def allows(self, context: Context) -> bool:
        return context.caller.kind is not CallerKind.NOBODY


class Can(Permission):
    """A staff member with the right, or a partner's key with the scope."""

    def __init__(self, right: str) -> None:
        self.right = right

    def allows(self, context: Context) -> bool:
        return context.caller.may(self.right)


class StaffCan(Can):
    """A staff member with the right; a partner's key does not do, whatever its scopes."""

    def allows(self, context: Context) -> bool:
        return context.caller.kind is CallerKind.STAFF and super().allows(context)


class IsMemberOr(StaffCan):
    """A member, or a staff member with the right."""

    def allows(self, context: Context) -> bool:
        return context.caller.kind is CallerKind.MEMBER or super().allows(context)
