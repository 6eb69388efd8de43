"""The audiences that staff keep: whom to greet, to wake, to thank and to win."""

from typing import Any

from models.members.condition import Condition
from models.members.segment import Segment
from models.members.segment_snapshot import SegmentSnapshot
from models.members.tag import Tag
from seeds.community import Community


async def found(community: Community) -> None:
    """The segments, once there are tags to name."""
    rich = await Tag.get(name="高消费")
    keen = await _make(
        community,
        "签到达人",
        {"any": [{"streak_least": 7}, {"check_ins_least": 40}]},
        "连续签到一周以上，或累计签到 40 次",
    )
    for name, condition, summary in (
        (
            "新人未签到",
            {"all": [{"joined_within_days": 7}, {"not": {"checked_in_within_days": 7}}]},
            "入群一周内还没有签到，需要欢迎",
        ),
        (
            "青铜以上沉默中",
            {"all": [{"level_least": 2}, {"not": {"checked_in_within_days": 3}}]},
            "三天没有签到的青铜及以上成员",
        ),
        (
            "川渝女性",
            {"all": [{"region_in": ["四川", "重庆"]}, {"gender_in": ["female"]}]},
            "线下沙龙的邀约名单",
        ),
        (
            "本月寿星",
            {"birthday_month_in": [community.calendar.today.month]},
            "发放生日红包",
        ),
        (
            "合伙人候选",
            {
                "all": [
                    {"segment": str(keen.id)},
                    {"ladder_in": ["customer", "member"]},
                    {"any": [{"tag_in": [str(rich.id)]}, {"points_earned": {"least": 500}}]},
                ]
            },
            "活跃、有消费力、还不是合伙人",
        ),
    ):
        await _make(community, name, condition, summary)


async def freeze(community: Community) -> None:
    """At the end of the story one of them is frozen for a campaign."""
    segment = await Segment.get(name="川渝女性")
    await SegmentSnapshot.take(segment.id, note="春季沙龙邀约", staff_id=community.owner.id, at=community.calendar.now)


async def _make(community: Community, name: str, condition: dict[str, Any], summary: str) -> Segment:
    return await Segment.make(
        name=name,
        summary=summary,
        condition=Condition.parsed(condition),
        staff_id=community.owner.id,
        at=community.founded_at,
    )
