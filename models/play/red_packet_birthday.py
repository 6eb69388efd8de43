"""Red packets for birthdays: each morning of the brand's zone, one share for each member whose birthday it is.

A day's round is worked off in pieces until nobody is left, and is written down then; days that were missed while the
system stood still are made up for, the oldest first, as far as a week back and as the policy that holds is old. They
count under the brand's limits of a day like what staff send. The cause `birthday:<member>:<year>` is
unique, so a round that runs twice, or a birthday that is moved after the packet came, brings nothing more that year.
Whoever was born on 29 February is greeted on the 28th in common years.
"""

from calendar import isleap
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import UniqueConstraint

from models.actor import SYSTEM
from models.errors import DomainError
from models.play.red_packet import RedPacket
from models.play.red_packet_policy import RedPacketPolicy
from models.play.red_packet_sender import Sender
from models.play.red_packet_terms import Occasion, PacketMode, PacketTerms
from models.record import Record
from store.clock import business_day, day_start
from store.database import among, dialect, fetch, transaction, violates
from store.ids import as_id, new_id
from store.settings import settings

DAYS_BACK = timedelta(days=7)
AT_ONCE = 200
ROUNDS_MOST = 25

_log = structlog.get_logger("red packets")


class BirthdayRound(Record):
    """A day whose birthdays have all been greeted."""

    day: date = fields.DateField()
    finished_at: datetime = fields.DatetimeField()

    class Meta:
        table = "birthday_round"
        constraints = (UniqueConstraint(fields=("day",), name="birthday_round_once"),)


async def send_birthday_packets(*, at: datetime) -> int:
    """Send what is due by `at`; returns how many packets.

    A used-up budget ends the run, and so does a day with more birthdays than one run serves; the next goes on there.
    """
    policy, sent = await RedPacketPolicy.current(), 0
    if policy.birthday_points is None:
        return 0
    for day in await _days_due(policy, at):
        after: UUID | None = None
        for _ in range(ROUNDS_MOST):
            born = await _ungreeted(day, after)
            try:
                for after in born:
                    sent += await _greet(policy, after, day, at)
            except DomainError as refusal:
                _log.warning("birthday packets stopped", day=day.isoformat(), code=refusal.code)
                return sent
            if len(born) < AT_ONCE:
                await BirthdayRound.bulk_create([BirthdayRound(day=day, finished_at=at)], ignore_conflicts=True)
                break
        else:
            # Whoever is left of this day is served by the next run; a later day that is finished would hide them.
            return sent
    return sent


async def _days_due(policy: RedPacketPolicy, at: datetime) -> list[date]:
    """The days whose hour has come and whose round is not finished, since this policy holds."""
    zone, hour = settings().brand_zone, settings().day_start_hour
    today = business_day(at, zone, hour)
    is_time = at >= day_start(today, zone, max(policy.birthday_hour, hour))
    latest = today if is_time else today - timedelta(days=1)
    last = await BirthdayRound.all().order_by("-day").first()
    first = max(business_day(policy.created_at, zone, hour), today - DAYS_BACK)
    if last is not None:
        first = max(first, last.day + timedelta(days=1))
    return [first + timedelta(days=n) for n in range((latest - first).days + 1)]


async def _ungreeted(day: date, after: UUID | None) -> list[UUID]:
    """Members who take part, were born on that day of a year, and have no packet for that year; the next few."""
    keys = [f"{day:%m-%d}"] + (["02-29"] if (day.month, day.day) == (2, 28) and not isleap(day.year) else [])
    born = "to_char(c.birthday, 'MM-DD')" if dialect() == "postgres" else "strftime('%m-%d', c.birthday)"
    id_text = "c.id::text" if dialect() == "postgres" else "c.id"
    rows = await fetch(
        f"SELECT c.id FROM member c WHERE c.birthday IS NOT NULL AND {among(born, 1, 'text')} "  # noqa: S608 - SQL of the program; values are bound
        "AND c.id > $3 AND c.status IN ('normal', 'muted') AND NOT EXISTS (SELECT 1 FROM red_packet p "
        f"WHERE p.cause = 'birthday:' || {id_text} || $2) ORDER BY c.id LIMIT {AT_ONCE}",
        keys,
        f":{day.year}",
        after or UUID(int=0),
    )
    return [as_id(row["id"]) for row in rows]


async def _greet(policy: RedPacketPolicy, member_id: UUID, day: date, at: datetime) -> bool:
    """Send one member its packet; False where another process has just done so."""
    terms = PacketTerms(
        PacketMode.ORDINARY,
        share_count=1,
        total=policy.birthday_points,
        occasion=Occasion.BIRTHDAY,
        greeting=policy.birthday_greeting,
    )
    try:
        async with transaction():
            await RedPacket.make(
                {new_id(): terms},
                Sender.brand(policy.birthday_budget_id),
                actor=SYSTEM,
                at=at,
                recipient_id=member_id,
                cause=f"birthday:{member_id}:{day.year}",
            )
    except IntegrityError as error:
        if violates(error, RedPacket, "red_packet_one_per_cause"):
            return False
        raise
    return True
