"""Where the avatars lie that members put into our storage: each member's in a folder of its own, which goes with it."""

from uuid import UUID

AVATARS = "avatars"


def avatar_folder(member_id: UUID) -> str:
    return f"{AVATARS}/{member_id.hex}"
