"""Believable questions of every kind, as content and key."""

from decimal import Decimal

from models.learning.answer_key import AnswerKey, Criterion, right_options
from models.learning.question_content import Content, Option
from models.learning.question_kind import QuestionKind
from models.learning.written_key import Accepted, AcceptedNumber

Pair = tuple[Content, AnswerKey]


def options(*texts: str) -> tuple[Option, ...]:
    """Options a, b, c … of these texts."""
    return tuple(Option("abcdefghijklmnop"[place], text) for place, text in enumerate(texts))


def choices(*texts: str) -> tuple[Option, ...]:
    """Choices p, q, r … of these texts."""
    return tuple(Option("pqrstuvwxyz"[place], text) for place, text in enumerate(texts))


def single(stem: str = "机油的主要作用不包括哪一项？", **shares: int) -> Pair:
    content = Content(QuestionKind.SINGLE, stem, options=options("润滑", "冷却", "清洁", "提高油品标号"))
    return content, AnswerKey(shares={one: Decimal(share) for one, share in (shares or {"d": 100}).items()})


def multiple(stem: str = "下列属于绿茶的有：", **shares: int) -> Pair:
    content = Content(QuestionKind.MULTIPLE, stem, options=options("龙井", "碧螺春", "祁门红茶", "铁观音", "太平猴魁"))
    given = {one: Decimal(share) for one, share in shares.items()}
    return content, AnswerKey(shares=given or right_options("a", "b", "e"))


def judge(stem: str = "电动汽车不需要更换机油。", *, truth: bool = True) -> Pair:
    return Content(QuestionKind.JUDGE, stem), AnswerKey(truth=truth)


def blank(*blanks: tuple[Accepted, ...], stem: str = "“葡萄美酒{{1}}”出自唐代诗人{{2}}的《凉州词》。") -> Pair:
    given = blanks or ((Accepted("夜光杯"),), (Accepted("王翰"), Accepted("子羽", share=Decimal(50))))
    places = stem if len(given) == 2 else "请填空："
    return Content(QuestionKind.BLANK, places, blanks=len(given)), AnswerKey(blanks=given)


def number(*numbers: AcceptedNumber, unit: str | None = "公里") -> Pair:
    content = Content(QuestionKind.NUMBER, "全程马拉松约多少公里？", unit=unit)
    return content, AnswerKey(numbers=numbers or (AcceptedNumber("42.195", "0.2"),))


def order() -> Pair:
    content = Content(QuestionKind.ORDER, "按冲泡的先后排序：", options=options("出汤", "温杯", "注水", "投茶"))
    return content, AnswerKey(order=("b", "d", "c", "a"))


def match() -> Pair:
    content = Content(
        QuestionKind.MATCH,
        "将画作与画家配对：",
        options=options("《星月夜》", "《睡莲》", "《呐喊》", "《格尔尼卡》"),
        choices=choices("莫奈", "梵高", "毕加索", "蒙克", "塞尚"),
    )
    return content, AnswerKey(pairs={"a": "q", "b": "p", "c": "s", "d": "r"})


def short_text() -> Pair:
    rubric = (Criterion("说出分散风险", Decimal(60)), Criterion("举出例子", Decimal(40)))
    content = Content(QuestionKind.SHORT_TEXT, "为什么不要把鸡蛋放在一个篮子里？")
    return content, AnswerKey(rubric=rubric, sample="分散投资可以降低单一资产的风险。")


EVERY_KIND = (single, multiple, judge, blank, number, order, match, short_text)
