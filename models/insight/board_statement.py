"""The text of the one statement that reads members' places; `board_reading` runs it.

The text depends on how many periods are read, never on their dates, so a database plans it once. Its values come in the
order `members, at (with totals), since (with history), then for every period its bounds, then the outer bounds`, where
bounds are two instants and two days.

With history it also tells the circles that a member was in before, and the groups that it joined or left at `since` or
later: a leaver is nowhere else to be found, and has to be taken off a circle's board.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

from models.insight.board import Metric
from models.insight.board_period import Period
from models.insight.board_source import SELDOM_LOST, SOURCES, Source
from models.insight.board_streak import columns, joined, listed
from store.database import among
from store.engines.guards import Dialect

_BOUNDS = 4
_PRESENT = (
    "SELECT s.member_id, s.group_id, n.circle_id, NULL AS past_circle_id, NULL AS moved_group_id "
    "FROM membership s JOIN chat_group n ON n.id = s.group_id WHERE {members}"
)
_PAST = (
    " UNION ALL SELECT h.member_id, NULL, NULL, n.circle_id, CASE WHEN h.happened_at >= {since} THEN h.group_id END "
    "FROM membership_change h JOIN chat_group n ON n.id = h.group_id "
    "WHERE h.kind IN ('joined', 'left', 'kicked') AND {members}"
)
_PLACES = ("circle_id", "group_id", "past_circle_id", "moved_group_id")


@lru_cache(maxsize=64)
def statement(spans: int, *, has_totals: bool, has_history: bool, dialect: Dialect) -> str:
    """The text for that many periods, and for all time where it `has_totals`."""
    members = among("{0}", 1, "uuid")
    at, since, bounds = "$2", f"${2 + has_totals}", 1 + has_totals + has_history
    selected = [
        "c.id, c.version, c.joined_at, g.circle_ids, g.group_ids, g.past_circle_ids, g.moved_group_ids",
        "(c.status IN ('normal', 'muted') AND NOT c.is_hidden_from_boards AND NOT c.is_staff) AS is_ranked",
    ]
    tables = [f"member c LEFT JOIN ({_places(members, since if has_history else None)}) g ON g.member_id = c.id"]
    for metric, source in SOURCES.items():
        if spans:
            selected += [f"{metric}.{metric}_{n}, {metric}.{metric}_{n}_at" for n in range(spans)]
            sums = _sums(metric, source, members, spans, bounds)
            tables.append(f"LEFT JOIN ({sums}) {metric} ON {metric}.member_id = c.id")
        if has_totals:
            selected.append(f"({source.total}) AS {metric}_all, ({source.total_at}) AS {metric}_all_at")
    if has_history:
        selected += [f"({lost}) AS {metric}_lost" for metric, lost in SELDOM_LOST.items()]
    if has_totals:
        selected.append(columns(at=at))
        tables.append(joined(members.format("s.member_id")))
    return f"SELECT {', '.join(selected)} FROM {' '.join(tables)} WHERE {members.format('c.id')}"  # noqa: S608 - SQL of the program; values are bound


def bounds_of(spans: Sequence[Period]) -> list[datetime | date]:
    """The values for the periods, in the order of the text."""
    each = [(span.starts_at, span.ends_at, span.first_day, span.following_day) for span in spans]
    if not each:
        return []
    starts, ends, first_days, following_days = zip(*each, strict=True)
    return [*(bound for span in each for bound in span), min(starts), max(ends), min(first_days), max(following_days)]


def _places(members: str, since: str | None) -> str:
    """The circles and groups of each member."""
    places = _PRESENT.format(members=members.format("s.member_id"))
    if since:
        places += _PAST.format(members=members.format("h.member_id"), since=since)
    columns = (f"{listed(f'p.{name}', distinct=True)} AS {name}s" for name in _PLACES)
    return f"SELECT p.member_id, {', '.join(columns)} FROM ({places}) p GROUP BY p.member_id"  # noqa: S608 - SQL of the program; values are bound


def _sums(metric: Metric, source: Source, members: str, spans: int, bounds: int) -> str:
    """For each member and period, the sum of the facts in it and the instant of the last one."""
    of_kind = 3 if source.counts_days else 1
    first, last = (f"${bounds + spans * _BOUNDS + of_kind + n}" for n in (0, 1))
    where = f"{members.format(source.member)} AND {source.counted_at} >= {first} AND {source.counted_at} < {last}"
    sums = []
    for n in range(spans):
        start, end = (f"${bounds + n * _BOUNDS + of_kind + m}" for m in (0, 1))
        inside = f"f.counted_at >= {start} AND f.counted_at < {end}"
        sums.append(f"CAST(sum(CASE WHEN {inside} THEN f.amount END) AS bigint) AS {metric}_{n}")
        sums.append(f"max(CASE WHEN {inside} THEN f.reached_at END) AS {metric}_{n}_at")
    facts = source.facts.format(where=where)
    return f"SELECT f.member_id, {', '.join(sums)} FROM ({facts}) f GROUP BY f.member_id"  # noqa: S608 - SQL of the program; values are bound
