"""A vacancy: a seat came free in a group with a waiting list, so the first on the list gets it.

The seat is filled in a transaction of its own after the one that freed it: that one holds another member's row and
then the group's, and taking a second member's row behind the group's would cross with everybody who joins. In between
`waiting_count` keeps walk-ins off, and the outbox keeps the vacancy over a crash.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from models.actor import SYSTEM
from models.errors import DomainError
from models.groups.block import BlockedFromGroup
from models.groups.group import VACANCY, Group
from models.groups.membership import Admission, Membership
from models.groups.membership_change import Scene
from models.groups.settings import JoinMode
from models.groups.waitlist import AlreadyMember, WaitlistEntry
from models.members.member import Member, MemberNotActive
from store.database import transaction
from store.outbox import Payload, effect

_OUT_OF_THE_RUNNING = (MemberNotActive, BlockedFromGroup, AlreadyMember)


@effect(VACANCY)
async def fill_vacancies(payloads: Sequence[Payload]) -> None:
    for payload in payloads:
        await fill(UUID(str(payload["group_id"])), at=datetime.fromisoformat(str(payload["at"])))


async def fill(group_id: UUID, *, at: datetime) -> None:
    """Let those who wait in, first come first served, while there are free seats."""
    while entry := await WaitlistEntry.next_in(group_id):
        try:
            if not await _admit(entry, at=at):
                return
        except _OUT_OF_THE_RUNNING:
            await _strike(entry)
        except DomainError:
            return  # No seat is left, or the group takes nobody any more.


async def _admit(entry: WaitlistEntry, *, at: datetime) -> bool:
    """Seat the one who waits; False where the group is no longer free to join."""
    async with transaction():
        await Member.bump(entry.member_id)
        group = await Group.held(entry.group_id)
        if group.join_mode is not JoinMode.FREE:
            return False
        if await WaitlistEntry.exists(id=entry.id):
            await Membership.enter(entry.member_id, group, Admission(Scene.WAITING_LIST, SYSTEM), at=at)
    return True


async def _strike(entry: WaitlistEntry) -> None:
    """Take one off the list who may not join any more."""
    async with transaction():
        await Member.bump(entry.member_id)
        await WaitlistEntry.drop(entry.member_id, entry.group_id)
