"""The daily briefs of the last days, and the policy of referrals; who brought whom comes about at registration.

Two bonds were changed by staff: one was named late, with proof, and one was cleared.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from models.spread.daily_brief import DailyBrief
from models.spread.referral_change import ReferralChange
from models.spread.referral_policy import BindMode, ReferralPolicy, ReferralRules, Tier
from seeds.community import Act, Community
from seeds.personas import Persona
from seeds.texts import BRIEF_TITLES, BRIEFS

DAYS = 7
RULES = ReferralRules(BindMode.PROTECT_DAYS, levels_paid=2, tiers=(Tier(3), Tier(5), Tier(10)), lost_voids_assist=True)


async def found(community: Community) -> None:
    await ReferralPolicy.put(
        RULES, expected_version=0, staff_id=community.owner.id, reason="邀请计划上线", at=community.founded_at
    )


def _changes(community: Community) -> Iterator[Act]:
    """Of those who came before the story: somebody who came alone, and the last of those who were brought."""
    calendar = community.calendar
    before = [one for one in community.personas if one.joined_at < calendar.at(calendar.first_day)]
    alone = [one for one in before[1:] if one.inviter is None][:1]
    brought = [one for one in reversed(before) if one.inviter not in (None, 0)][:1]
    day = calendar.today - timedelta(days=3)
    for some, inviter, hour in ((alone, community.personas[0], 10), (brought, None, 11)):
        for persona in some:
            yield Act(calendar.at(day, hour), partial(_change, community, persona, inviter))


async def _change(community: Community, persona: Persona, inviter: Persona | None, *, at: datetime) -> None:
    await ReferralChange.by_staff(
        community.member_of(persona).id,
        community.member_of(inviter).id if inviter else None,
        reason="线下活动登记时漏填邀请人" if inviter else "本人说明并非受邀加入",
        proof="活动登记表第 3 页" if inviter else None,
        staff_id=community.owner.id,
        at=at,
        once=None,
    )


def acts(community: Community) -> Iterator[Act]:
    yield from _changes(community)
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
