"""What the ledger promises of lots, in as few lines as it can be said."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from models.points.expiry_policy import ExpiryTerms

Lots = dict[datetime, int]
"""Points by when they lapse."""


@dataclass
class Model:
    """`lots` by member, `taken` by the line that took; `terms` are the policy in force."""

    lots: dict[UUID, Lots] = field(default_factory=dict)
    taken: dict[UUID, Lots] = field(default_factory=dict)
    terms: ExpiryTerms = field(default_factory=ExpiryTerms)

    def put(self, member_id: UUID, amount: int, expires_at: datetime) -> None:
        lots = self.lots[member_id]
        lots[expires_at] = lots.get(expires_at, 0) + amount

    def spendable(self, member_id: UUID, at: datetime) -> int:
        return sum(amount for expires_at, amount in self.lots[member_id].items() if expires_at > at)

    def total(self, member_id: UUID) -> int:
        return sum(self.lots[member_id].values())

    def take(self, member_id: UUID, amount: int, *, at: datetime | None, first: datetime | None = None) -> Lots:
        """Take points that have not lapsed by `at`, or any where it is None; the caller knows that there are enough."""
        lots, parts = self.lots[member_id], Lots()
        for expires_at in sorted(lots, key=lambda one: (one != first, one)):
            part = min(lots[expires_at], amount) if at is None or expires_at > at else 0
            if part:
                parts[expires_at] = part
                lots[expires_at] -= part
                amount -= part
        assert amount == 0
        return parts

    def give_back(self, entry_id: UUID, member_id: UUID, amount: int, *, at: datetime) -> None:
        """Return a part of what a line took, what lapses last first."""
        taken = self.taken[entry_id]
        for expires_at in sorted(taken, reverse=True):
            part = min(taken[expires_at], amount)
            if part:
                taken[expires_at] -= part
                amount -= part
                self.put(member_id, part, expires_at if expires_at > at else self.terms.given_back_until(at))
        assert amount == 0

    def lapse(self, at: datetime) -> int:
        """Forget what has lapsed; returns in how many lots it was."""
        gone = 0
        for lots in self.lots.values():
            for expires_at in [one for one, amount in lots.items() if one <= at and amount]:
                lots[expires_at] = 0
                gone += 1
        return gone
