"""The levels of the story: with a validity, a growth that keeps them, faster points and gifts; and what time does."""

from collections.abc import Iterator
from datetime import timedelta

from models.points.level import LevelTerms
from models.points.level_ladder import LevelLadder
from models.points.level_upkeep import lower_due
from seeds.community import Act, Community

LEVELS = (
    LevelTerms("新芽", 0, benefits=("参与全部社群活动",)),
    LevelTerms(
        *("青铜", 100, 14, 50, 3),
        speed_percent=105,
        gift_points=20,
        benefits=("兑换入门好物", "每月一次幸运抽奖"),
    ),
    LevelTerms(
        *("白银", 500, 60, 200, 7),
        speed_percent=110,
        gift_points=50,
        benefits=("商城白银价", "生日红包"),
    ),
    LevelTerms(
        *("黄金", 2_000, 90, 500, 15),
        speed_percent=120,
        gift_points=120,
        benefits=("商城黄金价", "线下活动优先报名"),
    ),
    LevelTerms(
        *("铂金", 6_000, 180, 1_200, 15),
        speed_percent=135,
        gift_points=300,
        benefits=("商城铂金价", "新品试用", "专属顾问"),
    ),
    LevelTerms(
        *("钻石", 20_000, 365, 3_000, 30),
        speed_percent=150,
        gift_points=800,
        benefits=("商城钻石价", "年度答谢晚宴", "专属顾问"),
    ),
)


async def found(community: Community) -> None:
    await LevelLadder.put(
        LEVELS, expected_version=0, reason="社群成立", staff_id=community.owner.id, at=community.founded_at
    )


def acts(community: Community) -> Iterator[Act]:
    calendar = community.calendar
    day = calendar.founded_on
    while day <= calendar.today:
        yield Act(calendar.at(day, 4), lower_due)
        day += timedelta(days=1)
