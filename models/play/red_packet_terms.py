"""The terms of a red packet: what its sender says about it, and what stands against that."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from models.errors import DomainError, Invalid, bounded_text, picture_address
from models.members.audience import Audience
from models.play.red_packet_policy import GREETING_MOST, SHARES_MOST, RedPacketPolicy, SenderLimits
from models.points.posting import POINTS_LIMIT

PASSWORD_MOST = 20
OPENS_WITHIN = timedelta(days=90)
SOURCE_MOST = 80


class PacketMode(StrEnum):
    """How a total is shared out."""

    ORDINARY = "ordinary"
    LUCKY = "lucky"


class Occasion(StrEnum):
    """What a packet is for."""

    ANNOUNCEMENT = "announcement"
    FESTIVAL = "festival"
    BIRTHDAY = "birthday"
    WELCOME = "welcome"
    EVENT = "event"
    OTHER = "other"


class Gate(StrEnum):
    """What a member must have done, or know, to take a share."""

    NONE = "none"
    PASSWORD = "password"  # noqa: S105 - the name of a gate
    CHECKED_IN_TODAY = "checked_in_today"
    QUIZ_PASSED = "quiz_passed"


class TotalDoesNotDivide(DomainError):
    code = "RED_PACKET_TOTAL_DOES_NOT_DIVIDE"
    zh = "总积分需能平分为 {count} 份，最接近的是 {nearest}"
    en = "The total must divide into {count} equal shares; the nearest are {nearest}."
    field = "total"


class TotalTooSmall(DomainError):
    code = "RED_PACKET_TOTAL_TOO_SMALL"
    zh = "{count} 份至少需要 {least} 积分"
    en = "So many shares, {count}, need {least} points at least."
    field = "total"


class TotalTooLarge(DomainError):
    code = "RED_PACKET_TOTAL_TOO_LARGE"
    zh = "单个红包最多 {most} 积分"
    en = "A packet may hold {most} points at most."
    field = "total"


class TooManyShares(DomainError):
    code = "RED_PACKET_TOO_MANY_SHARES"
    zh = "单个红包最多 {most} 份"
    en = "A packet may have {most} shares at most."
    field = "shareCount"


@dataclass(frozen=True)
class PacketTerms:
    """`total` in all, or `share_amount` for each of an ordinary packet; exactly one of the two is given.

    `gate_source` narrows the gate of a quiz to one, `quiz:<its id>`. Without `opens_at` it opens at once,
    without `lasts_hours` it is open as long as the policy says.
    """

    mode: PacketMode
    share_count: int
    total: int | None = None
    share_amount: int | None = None
    share_least: int | None = None
    share_most: int | None = None
    occasion: Occasion = Occasion.OTHER
    greeting: str | None = None
    cover_url: str | None = None
    audience: Audience = field(default_factory=Audience)
    gate: Gate = Gate.NONE
    password: str | None = None
    gate_source: str | None = None
    opens_at: datetime | None = None
    lasts_hours: int | None = None
    group_id: UUID | None = None

    def checked(self, policy: RedPacketPolicy, limits: SenderLimits, *, at: datetime) -> dict[str, object]:
        """The columns of a packet by these terms.

        Raises `Invalid`, `TotalDoesNotDivide`, `TotalTooSmall`, `TotalTooLarge`, `TooManyShares`.
        """
        if not 1 <= self.share_count <= SHARES_MOST:
            raise Invalid("shareCount", zh=f"应为 1–{SHARES_MOST}", en=f"it must be 1 to {SHARES_MOST}")
        if limits.count_most is not None and self.share_count > limits.count_most:
            raise TooManyShares(most=limits.count_most)
        least, most = self._bounds(policy)
        total = self._total(least, most)
        if limits.total_most is not None and total > limits.total_most:
            raise TotalTooLarge(most=limits.total_most)
        opens_at, closes_at = self._open_time(policy, at)
        return {
            "mode": self.mode,
            "occasion": self.occasion,
            "total": total,
            "share_count": self.share_count,
            "share_least": least,
            "share_most": most,
            "greeting": bounded_text(self.greeting, "greeting", most=GREETING_MOST) or None,
            "cover_url": picture_address(self.cover_url, "coverUrl"),
            "audience": self.audience.checked().to_json(),
            "group_id": self.group_id,
            "opens_at": opens_at,
            "closes_at": closes_at,
            **self._gate(),
        }

    def _bounds(self, policy: RedPacketPolicy) -> tuple[int, int | None]:
        least = policy.share_least if self.share_least is None else self.share_least
        if least < policy.share_least:
            raise Invalid("shareLeast", zh=f"不能低于 {policy.share_least}", en=f"it must be {policy.share_least} up")
        if self.share_most is not None and self.share_most < least:
            raise Invalid("shareMost", zh="不能小于最小值", en="it is below the least")
        return least, self.share_most

    def _total(self, least: int, most: int | None) -> int:
        if (self.total is None) == (self.share_amount is None):
            raise Invalid("total", zh="总积分与每份积分填写其一", en="give either the total or the amount of a share")
        if self.share_amount is not None and self.mode is PacketMode.LUCKY:
            raise Invalid("shareAmount", zh="拼手气红包请填写总积分", en="a lucky packet takes a total")
        total = self.total if self.total is not None else (self.share_amount or 0) * self.share_count
        if total > POINTS_LIMIT:
            raise Invalid("total", zh=f"不能超过 {POINTS_LIMIT}", en=f"it must be {POINTS_LIMIT} at most")
        if total < least * self.share_count:
            raise TotalTooSmall(count=self.share_count, least=least * self.share_count)
        if most is not None and total > most * self.share_count:
            raise TotalTooLarge(most=most * self.share_count)
        if self.mode is PacketMode.ORDINARY and total % self.share_count:
            raise TotalDoesNotDivide(count=self.share_count, nearest=self._nearest(total, least, most))
        return total

    def _nearest(self, total: int, least: int, most: int | None) -> str:
        """The totals below and above that divide and keep within the bounds of a share."""
        below = total // self.share_count
        shares = (share for share in (below, below + 1) if share >= least and (most is None or share <= most))
        return " / ".join(str(share * self.share_count) for share in shares)

    def _open_time(self, policy: RedPacketPolicy, at: datetime) -> tuple[datetime, datetime]:
        opens_at = self.opens_at or at
        if not at <= opens_at <= at + OPENS_WITHIN:
            days = OPENS_WITHIN.days
            raise Invalid("opensAt", zh=f"应在今后 {days} 天内", en=f"it must lie within the next {days} days")
        hours = policy.lifetime_hours if self.lasts_hours is None else self.lasts_hours
        if not 1 <= hours <= policy.lifetime_hours_most:
            most = policy.lifetime_hours_most
            raise Invalid("lastsHours", zh=f"应为 1–{most} 小时", en=f"it must be 1 to {most} hours")
        return opens_at, opens_at + timedelta(hours=hours)

    def _gate(self) -> dict[str, object]:
        if (self.gate is Gate.PASSWORD) != bool(self.password):
            raise Invalid("password", zh="口令红包需填写口令", en="a password goes with the gate of that name")
        if self.gate_source and self.gate is not Gate.QUIZ_PASSED:
            raise Invalid("gateSource", zh="仅用于答题红包", en="it goes with the gate of a quiz")
        source = bounded_text(self.gate_source, "gateSource", most=SOURCE_MOST) or None
        if source and quiz_of(source) is None:
            raise Invalid("gateSource", zh="应为 quiz: 加测验编号", en="it is `quiz:` and the quiz's id")
        password = bounded_text(self.password, "password", least=1, most=PASSWORD_MOST) if self.password else None
        return {"gate": self.gate, "password": password, "gate_source": source}


def quiz_of(source: str) -> UUID | None:
    """The quiz that a gate names; None where it names nothing that is one."""
    kind, _, named = source.partition(":")
    try:
        return UUID(named) if kind == "quiz" else None
    except ValueError:
        return None
