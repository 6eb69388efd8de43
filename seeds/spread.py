"""The daily briefs of the last days; who brought whom comes about when the members register."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from models.spread.daily_brief import DailyBrief
from seeds.community import Act, Community
from seeds.texts import BRIEF_TITLES, BRIEFS

DAYS = 7


def acts(community: Community) -> Iterator[Act]:
    calendar = community.calendar
    for back in range(DAYS):
        day = calendar.today - timedelta(days=back)
        at = calendar.at(day, 6.5) if back else min(calendar.at(day, 6.5), calendar.now - timedelta(seconds=1))
        for number, slug in enumerate(community.circles):
            title = f"{BRIEF_TITLES[(number + back) % len(BRIEF_TITLES)]} · {day.month} 月 {day.day} 日"
            yield Act(
                at,
                partial(
                    DailyBrief.publish,
                    community.circles[slug].id,
                    day,
                    title=title,
                    body=BRIEFS[slug],
                    actor=community.brand,
                ),
            )
