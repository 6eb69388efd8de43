"""Where the figures of each metric come from: one entry of a table for each, so that a new metric is a new entry.

The fragments are SQL for both databases. `facts` yields rows of (member_id, counted_at, amount, reached_at), from which
any period is cut by `counted_at`; `total` and `total_at` give the figure since the beginning from what is kept anyway.
"""

from dataclasses import dataclass

from models.insight.board import Metric


@dataclass(frozen=True)
class Source:
    """`{where}` in `facts` is the place for the conditions on `member` and `counted_at`, two of its columns.

    Where something is taken back so seldom that whoever has nothing mostly never had anything, `lost` says of whom it
    ever was.
    """

    member: str
    counted_at: str
    facts: str
    total: str
    total_at: str
    counts_days: bool = False
    lost: str | None = None


SOURCES = {
    # A reversal bears the instant of what it takes back, so an instant that was taken back as a whole adds up to
    # nothing, and the last instant that is left is the one at which the figure was reached.
    Metric.POINTS: Source(
        member="e.member_id",
        counted_at="e.earned_at",
        facts="SELECT e.member_id, e.earned_at AS counted_at, sum(e.amount) AS amount, e.earned_at AS reached_at "
        "FROM point_entry e WHERE e.currency = 'points' AND {where} "
        "GROUP BY e.member_id, e.earned_at HAVING sum(e.amount) <> 0",
        total="SELECT a.earned_total FROM account a WHERE a.holder_id = c.id AND a.holder = 'member' "
        "AND a.currency = 'points' AND a.bucket = 'available'",
        total_at="SELECT e.earned_at FROM point_entry e WHERE e.member_id = c.id AND e.currency = 'points' "
        "AND e.earned_at IS NOT NULL GROUP BY e.earned_at HAVING sum(e.amount) > 0 ORDER BY e.earned_at DESC LIMIT 1",
    ),
    Metric.CHECK_INS: Source(
        member="k.member_id",
        counted_at="k.business_day",
        counts_days=True,
        facts="SELECT k.member_id, k.business_day AS counted_at, 1 AS amount, k.created_at AS reached_at "
        "FROM check_in k WHERE k.voided_at IS NULL AND {where}",
        total="SELECT sum(s.total_days) FROM streak s WHERE s.member_id = c.id",
        total_at="SELECT max(k.created_at) FROM check_in k WHERE k.member_id = c.id AND k.voided_at IS NULL",
    ),
    Metric.INVITES: Source(
        member="r.inviter_id",
        counted_at="r.created_at",
        facts="SELECT r.inviter_id AS member_id, r.created_at AS counted_at, 1 AS amount, r.created_at AS reached_at "
        "FROM referral r WHERE {where}",
        total="SELECT count(*) FROM referral r WHERE r.inviter_id = c.id",
        total_at="SELECT max(r.created_at) FROM referral r WHERE r.inviter_id = c.id",
        lost="EXISTS (SELECT 1 FROM referral_change l WHERE l.inviter_before_id = c.id)",
    ),
}
"""The metrics that are sums of facts. A streak is none: `board_streak` reads it."""

SELDOM_LOST = {metric: source.lost for metric, source in SOURCES.items() if source.lost}
"""The metrics of which nothing is told for those who have nothing, unless they had something once."""
