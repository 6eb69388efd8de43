"""The welcome red packet on a newcomer's path: whether its inviter may send one, or has sent it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from models.members.member import ACTIVE
from models.play.red_packet_policy import RedPacketPolicy
from models.spread.newcomer import Newcomer
from models.spread.newcomer_path import DONE_AT, INVITER
from models.spread.newcomer_step import NewcomerStep
from store.clock import as_instant
from store.database import among, fetch
from store.ids import as_id

_READ = (
    f"SELECT n.id, {INVITER} AS inviter_id, {DONE_AT[NewcomerStep.INTRODUCED]} AS introduced_at, p.id AS packet_id, "  # noqa: S608 - own text
    "m.status FROM newcomer n JOIN member m ON m.id = n.member_id "
    "LEFT JOIN red_packet p ON p.cause = 'welcome:' || CAST(n.member_id AS TEXT) WHERE {among}"
)


class WelcomeState(StrEnum):
    """How a newcomer's welcome red packet stands."""

    NO_INVITER = "no_inviter"
    WAITING = "waiting"
    OPEN = "open"
    SENT = "sent"
    OVER = "over"


@dataclass(frozen=True)
class NewcomerWelcome:
    """The packet, once it was sent, and who may send it."""

    state: WelcomeState
    inviter_id: UUID | None
    packet_id: UUID | None
    is_here: bool
    """Whether the newcomer takes part, or may be given nothing."""

    def may_be_sent_by(self, member_id: UUID | None) -> bool:
        return self.is_here and self.state is WelcomeState.OPEN and self.inviter_id == member_id


async def welcomes_of(newcomers: Sequence[Newcomer], *, at: datetime) -> list[NewcomerWelcome]:
    """How the welcome packets of newcomers stand, in their order; the rules are those of `Welcome`."""
    within = timedelta(days=(await RedPacketPolicy.current()).welcome_within_days)
    rows = await fetch(_READ.format(among=among("n.id", 1, "uuid")), [one.id for one in newcomers])
    found = {}
    for row in rows:
        introduced_at = as_instant(row["introduced_at"]) if row["introduced_at"] else None
        ends_at = introduced_at + within if introduced_at else None
        found[as_id(row["id"])] = NewcomerWelcome(
            _state(row["packet_id"], row["inviter_id"], ends_at, at=at),
            as_id(row["inviter_id"]) if row["inviter_id"] else None,
            as_id(row["packet_id"]) if row["packet_id"] else None,
            is_here=row["status"] in ACTIVE,
        )
    return [found[one.id] for one in newcomers]


def _state(packet_id: object, inviter_id: object, ends_at: datetime | None, *, at: datetime) -> WelcomeState:
    if packet_id:
        return WelcomeState.SENT
    if inviter_id is None:
        return WelcomeState.NO_INVITER
    if ends_at is None:
        return WelcomeState.WAITING
    return WelcomeState.OPEN if at < ends_at else WelcomeState.OVER
