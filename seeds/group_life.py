"""What happens in the groups: announcements, rules that became stricter, people who leave or are made to."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from models.groups.announcement import Announcement
from models.groups.group import Group
from models.groups.membership import Membership
from models.groups.moderation import kick, mute
from models.groups.rules import GroupRules
from models.groups.rules_acceptance import RulesAcceptance
from seeds.community import Act, Community
from seeds.personas import Habit, Persona
from seeds.texts import ANNOUNCEMENTS, LEAVE_REASONS, STRICTER_RULES


def acts(community: Community) -> Iterator[Act]:
    yield from _announcements(community)
    third = community.calendar.today - timedelta(days=community.calendar.length // 3)
    yield Act(community.calendar.at(third, 11), partial(_new_rules, community, community.groups["finance"]))
    yield from _departures(community)


def _announcements(community: Community) -> Iterator[Act]:
    calendar = community.calendar
    for number, group in enumerate(community.groups.values()):
        for back in (1 + number % 3, 9 + number):
            title, body = ANNOUNCEMENTS[(number + back) % len(ANNOUNCEMENTS)]
            day = max(calendar.today - timedelta(days=back), calendar.first_day)
            yield Act(
                calendar.at(day, 10 + number / 4),
                partial(
                    Announcement.publish,
                    group.id,
                    title=title,
                    body=body,
                    actor=community.brand,
                    is_pinned=back < 9,
                ),
            )


async def _new_rules(community: Community, group: Group, *, at: datetime) -> None:
    """Half of those who were there before have accepted them since."""
    rules = await GroupRules.publish(group.id, STRICTER_RULES, actor=community.brand, at=at)
    community.rules_version[group.id] = rules.version
    for place in (await Membership.filter(group_id=group.id).order_by("joined_at", "id"))[::2]:
        await RulesAcceptance.record(place.member_id, group.id, rules.version, at=at)


def _departures(community: Community) -> Iterator[Act]:
    """A few of the silent have left their group, one was removed from it and one is muted."""
    calendar = community.calendar
    before = calendar.first_day + timedelta(days=calendar.length // 2)
    silent = [one for one in community.with_habit(Habit.SILENT, joined_before=before) if one.theme != "finance"][2:]
    for number, persona in enumerate(silent[: 2 + len(community.personas) // 60]):
        at = calendar.at(calendar.today - timedelta(days=2 + number), 20.5)
        yield Act(at, partial(_depart, community, persona, number))


async def _depart(community: Community, persona: Persona, number: int, *, at: datetime) -> None:
    member_id, circle = community.member_of(persona).id, community.circles[persona.theme]
    place = await Membership.get(member_id=member_id, group__circle_id=circle.id)
    if number == 0:
        await kick(place.group_id, member_id, reason="加好友推销产品", actor=community.brand, at=at)
    elif number == 1:
        until = community.calendar.now + timedelta(days=2)
        await mute(place.group_id, member_id, until=until, reason="深夜刷屏", actor=community.brand, at=at)
    else:
        reason = LEAVE_REASONS[number % len(LEAVE_REASONS)]
        await Membership.leave(member_id, place.group_id, at=at, reason=reason)
