"""Who comes by a code, as far as it is kept: keyed hashes by which one visitor is told from another.

A visitor is a device where the client names one, or else a member, or else an address with its program. Who is not
logged in, on a device that one member alone has come from, is judged as that member; the visit becomes the member's
only once it has logged in there, for somebody new may hold the device.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from uuid import UUID

from models.spread.member_device import MemberDevice, device_hash
from store.database import dialect, fetch
from store.vault import vault

# Phones named Cubot are no robots.
_BOT = re.compile(
    r"(?<!cu)bot\b|spider|crawl|slurp|curl/|wget/|python-|go-http|java/|okhttp$|headless|preview|monitor",
    re.IGNORECASE,
)
_TURN = "SELECT pg_advisory_xact_lock($1::int, hashtext($2)), pg_advisory_xact_lock($3::int, hashtext($4))"
_OF_VISITOR, _OF_ADDRESS = 1_701, 1_702


@dataclass(frozen=True)
class Visitor:
    """`member_id` is whose visit it is, `taken_for` whom it is judged as. `key` tells it from others; `unnamed` is the
    key that it has where it is not logged in and names no device."""

    member_id: UUID | None
    taken_for: UUID | None
    device_hash: str | None
    address_hash: str | None
    key: str
    unnamed: str
    is_bot: bool

    @classmethod
    async def of(cls, member_id: UUID | None, device: str | None, address: str | None, agent: str | None) -> "Visitor":
        hashed = device_hash(device)
        owner = await MemberDevice.only_owner(hashed) if hashed and member_id is None else None
        unnamed = f"{household(address) if address else None}|{(agent or '')[:200]}"
        whose = hashed or (f"member:{member_id}" if member_id else unnamed)
        return cls(
            member_id,
            member_id or owner,
            hashed,
            vault().keyed_hash(f"address:{household(address)}") if address else None,
            vault().keyed_hash(f"visitor:{whose}"),
            vault().keyed_hash(f"visitor:{unnamed}"),
            bool(agent and _BOT.search(agent)),
        )

    async def take_turn(self) -> None:
        """Wait for the visits of this visitor and of its address that are being decided on, before any row is taken.

        In a statement of its own, so that the next one sees what they did. On SQLite a transaction is alone from its
        first statement.
        """
        if dialect() == "postgres":
            await fetch(_TURN, _OF_VISITOR, self.key, _OF_ADDRESS, self.address_hash or self.key)


def household(address: str) -> str:
    """What stands for an address: of IPv6 the network of a household, whose devices choose the rest as they like."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
