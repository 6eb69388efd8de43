"""Names of people: a family name and a given name, and a nickname as people take one in chat groups."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from models.members.member import Gender
from seeds.texts import words

# The most frequent family names, roughly by their frequency.
FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗" * 3
    + "郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢姜崔钟谭陆范石廖贾韦夏付方白邹孟熊秦江"
)
GIVEN_FEMALE = words(
    "丽娟 秀英 婷婷 雨桐 佳怡 欣悦 思琪 雅琴 晓燕 海霞 春梅 玉兰 静怡 诗涵 梦瑶 若曦 文静 丹丹 倩 敏 洁 慧 美玲 "
    "淑芬 小红 莉莉 佩瑶 紫萱 语嫣 可欣 晨曦 晓雯 月华 素珍 桂芳 凤英 嘉怡 芷若 安琪 艳 璐 云 霞 颖 琳"
)
GIVEN_MALE = words(
    "伟 强 磊 军 勇 涛 超 明 刚 平 建国 志强 国庆 海涛 浩然 子轩 宇航 俊杰 天佑 博文 思远 鹏飞 文博 晓东 振华 "
    "立新 永强 少华 家豪 梓轩 一鸣 泽宇 嘉伟 志远 承志 卫东 光明 学文 建平 晓峰 海波 宏伟 宇 凯 斌 鑫 波"
)
PHRASES = words(
    "晴天不打伞 半糖去冰 山里有座小木屋 慢慢来比较快 一只快乐的橘猫 听风说往事 今天也要早睡 春风十里 人间烟火 "
    "岁月静好 云朵收集者 不加香菜 风吹麦浪 日落大道 星河入梦 且听风吟 南方有嘉木 一蓑烟雨 平平淡淡才是真 "
    "知足常乐 阳光总在风雨后 路过的蒲公英 咖啡续命 三分甜 向阳而生 随遇而安 橘子汽水 海边的卡夫卡 小满胜万全 "
    "心静自然凉 月下独酌 梧桐更兼细雨 天道酬勤 上善若水 老友记 爱笑的眼睛 葡萄美酒 追风的人 爱吃小笼包 胖虎本虎 "
    "一米阳光 白开水 清茶一盏 雪落无声 早起的鸟儿 万事胜意 花开半夏 十年一剑 微风不燥 浅笑安然"
)
LATIN = {
    Gender.FEMALE: ("Lily", "Amy", "Cindy", "Jenny", "Vivian", "Grace", "Linda", "Emma"),
    Gender.MALE: ("Kevin", "Jack", "Tony", "David", "Leo", "Eric", "Andy", "Frank", "Jason"),
}
TRADES = {
    "装修设计师": "装修{0}工",
    "中学教师": "{0}老师",
    "小学教师": "{0}老师",
    "外科医生": "{0}医生",
    "护士": "护士小{0}",
    "律师": "{0}律师",
    "汽车修理技师": "修车{0}师傅",
    "餐饮店主": "{0}老板",
}


@dataclass(frozen=True)
class Name:
    """What somebody is called, in life and in the community."""

    real: str
    nickname: str
    gender: Gender


class Names:
    """Hands out names, no nickname twice."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._taken: set[str] = set()

    def next(self, *, city: str, occupation: str, birth_year: int) -> Name:
        gender = Gender.FEMALE if self._chance.random() < 0.56 else Gender.MALE
        family = self._chance.choice(FAMILY)
        given = self._chance.choice(GIVEN_FEMALE if gender is Gender.FEMALE else GIVEN_MALE)
        for nickname in self._nicknames(family, given, gender, city, occupation, birth_year):
            if nickname not in self._taken:
                self._taken.add(nickname)
                return Name(family + given, nickname, gender)
        raise AssertionError("the nicknames never end")

    def _nicknames(
        self, family: str, given: str, gender: Gender, city: str, occupation: str, birth_year: int
    ) -> Iterator[str]:
        """Believable ones first; the last ones bear a number, as people do when theirs is taken."""
        last = given[-1]
        elder = ("姐" if gender is Gender.FEMALE else "哥") if birth_year < 1985 else "同学"
        kinds = [
            f"{city}-小{last}",
            self._chance.choice(PHRASES),
            f"{last}{last}",
            f"老{family}" if birth_year < 1980 and gender is Gender.MALE else f"阿{last}",
            TRADES.get(occupation, "{0}" + elder).format(family),
            f"{self._chance.choice(LATIN[gender])}{family}{given}",
            f"{city}{family}{elder}",
            family + given,
        ]
        self._chance.shuffle(kinds)
        yield from kinds
        while True:
            yield f"{self._chance.choice(kinds)}{self._chance.randrange(10, 100)}"
