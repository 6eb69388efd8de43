"""Personas: the people of the demo community, made up from a fixed seed before anything is written.

A third of them is active, a third passive, a third silent. About half were brought by somebody who came before, so the
referrals make a forest of several depths. The first persona is the one that `make token` logs in: six days in a row
behind it and today still open, so its first check-in completes a cycle.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random

from models.members.introduction import Lines
from seeds.calendar import Calendar
from seeds.names import Name, Names
from seeds.texts import GENERAL_INTERESTS, GOOD_AT, HOPES, INTERESTS, words

THEMES = tuple(INTERESTS)
_THEME_WEIGHTS = (26, 11, 13, 16, 10, 8, 16)
PLACES = (
    ("四川", "成都"),
    ("四川", "绵阳"),
    ("重庆", "渝中"),
    ("上海", "浦东"),
    ("江苏", "苏州"),
    ("浙江", "杭州"),
    ("广东", "广州"),
    ("广东", "深圳"),
    ("湖北", "武汉"),
    ("陕西", "西安"),
    ("北京", "朝阳"),
    ("山东", "青岛"),
)
DEEPEST = 9
"""The longest branch is made to grow by so many steps from the top of its tree."""
OCCUPATIONS = words(
    "装修设计师 中学教师 小学教师 外科医生 护士 律师 汽车修理技师 餐饮店主 会计 软件工程师 产品经理 公务员 "
    "房产中介 全职妈妈 退休职工 快递站长 健身教练 美容师 外贸业务员 银行柜员 自由摄影师 研究生"
)


class Habit(StrEnum):
    """How often somebody comes by."""

    ACTIVE = "active"
    PASSIVE = "passive"
    SILENT = "silent"


@dataclass(frozen=True)
class Persona:
    """One person. `inviter` is the number of the persona who brought it."""

    number: int
    name: Name
    habit: Habit
    theme: str
    region: str
    occupation: str
    interests: list[str]
    birthday: date
    joined_at: datetime
    inviter: int | None
    lines: Lines | None
    phone: str | None

    @property
    def openid(self) -> str:
        """Under which the fake WeChat knows it: the login code is `demo:` and this."""
        return f"member-{self.number + 1:03d}"

    @property
    def city(self) -> str:
        return self.region[-2:]


def cast(size: int, calendar: Calendar, chance: Random) -> list[Persona]:
    """The people, the earliest to join first."""
    names = Names(chance)
    personas: list[Persona] = []
    for number, joined_at in enumerate(_arrivals(size, calendar, chance)):
        personas.append(_persona(number, joined_at, personas, names, chance))
    return personas


def _arrivals(size: int, calendar: Calendar, chance: Random) -> list[datetime]:
    """Two thirds came before the days that are told in full; nobody came today, so everybody has a yesterday."""
    before = (calendar.first_day - calendar.founded_on).days
    offsets = [
        chance.randrange(1, before) if chance.random() < 0.66 else before + chance.randrange(calendar.length - 1)
        for _ in range(size)
    ]
    days = (calendar.founded_on + timedelta(days=offset) for offset in sorted([1, *offsets[1:]]))
    return sorted(calendar.moment(day, chance) for day in days)


def _persona(number: int, joined_at: datetime, earlier: list[Persona], names: Names, chance: Random) -> Persona:
    habit = list(Habit)[number % 3]
    theme = chance.choices(THEMES, _THEME_WEIGHTS)[0]
    province, city = chance.choices(PLACES, range(len(PLACES), 0, -1))[0]
    occupation = chance.choice(OCCUPATIONS)
    birthday = date(chance.randrange(1958, 2004), 1, 1) + timedelta(days=chance.randrange(365))
    name = names.next(city=city, occupation=occupation, birth_year=birthday.year)
    interests = [*chance.sample(INTERESTS[theme], 2), *chance.sample(GENERAL_INTERESTS, chance.randrange(1, 4))]
    introduces_itself = habit is not Habit.SILENT or chance.random() < 0.3
    return Persona(
        number=number,
        name=name,
        habit=habit,
        theme=theme,
        region=province + city,
        occupation=occupation,
        interests=interests,
        birthday=birthday,
        joined_at=joined_at,
        inviter=_inviter(earlier, chance),
        lines=_lines(name, birthday, joined_at, interests, chance) if introduces_itself else None,
        phone=f"1{chance.choice('3578')}{chance.randrange(10)}0000{number:04d}" if chance.random() < 0.5 else None,
    )


def _inviter(earlier: list[Persona], chance: Random) -> int | None:
    """Active people bring most; every fifth goes to the end of the longest branch, so that the forest is deep."""
    talkative = [one for one in earlier if one.habit is not Habit.SILENT]
    if not talkative or chance.random() < 0.45:
        return None
    some = chance.sample(talkative, min(3, len(talkative)))
    chosen = min(some, key=lambda one: (one.habit is not Habit.ACTIVE, chance.random()))
    if len(earlier) % 5 == 0:
        chosen = max(talkative, key=lambda one: (_depth(one, earlier) % DEEPEST, -one.number))
    return chosen.number


def _depth(one: Persona, earlier: list[Persona]) -> int:
    """Steps below the one at the top of its tree, who came alone."""
    return 0 if one.inviter is None else 1 + _depth(earlier[one.inviter], earlier)


def _lines(name: Name, birthday: date, joined_at: datetime, interests: list[str], chance: Random) -> Lines:
    age = joined_at.year - birthday.year
    return Lines(
        name=name.nickname if chance.random() < 0.5 else name.real,
        age=f"{age}" if chance.random() < 0.6 else f"{birthday.year % 100 // 10 * 10:02d}后",
        likes="、".join(interests),
        good_at=chance.choice(GOOD_AT),
        hopes=chance.choice(HOPES),
    )
