"""What stands on the shelves of the demo's mall: forty goods of every kind, and the stores that hand some out."""

from dataclasses import dataclass, field
from typing import Any

from models.mall.good import GoodKind, Lapse
from models.members.audience import Audience


@dataclass(frozen=True)
class Ware:
    """A good, its variants (name → points) and how many there are of each; `terms` are what is special about it."""

    kind: GoodKind
    category: str
    name: str
    summary: str
    prices: dict[str, int]
    stock: int | None = 50
    cash_minor: int = 0
    level_prices: dict[int, int] = field(default_factory=dict)
    codes: int = 0
    terms: dict[str, Any] = field(default_factory=dict)


STORES = (
    ("成都锦里店", "四川 成都", "武侯祠大街 231 号"),
    ("上海徐汇店", "上海 徐汇", "漕溪北路 88 号"),
    ("杭州湖滨店", "浙江 杭州", "延安路 135 号"),
)

_LIFE, _TASTE, _BOOKS, _TECH = "生活好物", "茶酒美食", "图书文创", "数码小件"
_RIGHTS, _LEARNING, _STORE = "卡券权益", "课程活动", "到店自提"

WARES: tuple[Ware, ...] = (
    Ware(GoodKind.PHYSICAL, _LIFE, "真空保温杯 480ml", "316 不锈钢，保温 12 小时", {"雾白": 100, "墨绿": 100}),
    Ware(GoodKind.PHYSICAL, _LIFE, "全自动晴雨伞", "十骨加固，晴雨两用", {"藏青": 120, "豆沙": 120}),
    Ware(GoodKind.PHYSICAL, _LIFE, "新疆长绒棉毛巾两条装", "A 类标准，柔软吸水", {"默认": 80}, 200),
    Ware(GoodKind.PHYSICAL, _LIFE, "香薰蜡烛", "白茶与雪松", {"白茶": 90, "雪松": 90}),
    Ware(GoodKind.PHYSICAL, _LIFE, "多肉植物盆栽", "陶盆一只，随季节发", {"默认": 60}, 30),
    Ware(GoodKind.PHYSICAL, _LIFE, "便携折叠购物袋", "承重 15 公斤", {"默认": 30}, None),
    Ware(GoodKind.PHYSICAL, _LIFE, "颈椎按摩枕", "积分加钱购", {"默认": 200}, 20, cash_minor=9_900),
    Ware(GoodKind.PHYSICAL, _LIFE, "陶瓷马克杯", "社群纪念款", {"默认": 70}, 0),
    Ware(GoodKind.PHYSICAL, _TASTE, "明前龙井 50g", "西湖产区，新茶", {"罐装": 260}, 40, level_prices={3: 230, 4: 200}),
    Ware(GoodKind.PHYSICAL, _TASTE, "云南普洱小青柑", "六颗装", {"默认": 90}, 100),
    Ware(GoodKind.PHYSICAL, _TASTE, "手冲咖啡挂耳包", "埃塞俄比亚 耶加雪菲", {"5 包": 60, "10 包": 110}, 80),
    Ware(GoodKind.PHYSICAL, _TASTE, "每日坚果七日装", "一天一小包", {"默认": 100}, 120),
    Ware(GoodKind.PHYSICAL, _TASTE, "法国干红葡萄酒", "成年会员专享", {"750ml": 600}, 12, terms={"order_most": 2}),
    Ware(GoodKind.PHYSICAL, _TASTE, "阳澄湖大闸蟹礼盒", "积分加钱购，顺丰冷链", {"八只装": 500}, 10, cash_minor=19_900),
    Ware(GoodKind.PHYSICAL, _BOOKS, "《被讨厌的勇气》", "读书会推荐", {"默认": 150}, 25),
    Ware(GoodKind.PHYSICAL, _BOOKS, "手账本套装", "附贴纸与胶带", {"默认": 80}, 60),
    Ware(GoodKind.PHYSICAL, _BOOKS, "书法练习字帖", "楷书入门", {"颜体": 40, "欧体": 40}, 60),
    Ware(GoodKind.PHYSICAL, _BOOKS, "社群周年帆布袋", "限量 100 个", {"默认": 100}, 100, terms={"member_most": 1}),
    Ware(GoodKind.PHYSICAL, _TECH, "磁吸无线充电宝", "5000 毫安时", {"默认": 450}, 15),
    Ware(GoodKind.PHYSICAL, _TECH, "蓝牙音箱", "露营好搭档", {"默认": 520}, 8),
    Ware(GoodKind.PHYSICAL, _TECH, "三合一数据线", "一米二，编织线身", {"默认": 50}, 150, terms={"month_most": 2}),
    Ware(GoodKind.CODE, _RIGHTS, "视频会员月卡", "兑换即得", {"默认": 180}, 12, codes=12, terms={"month_most": 1}),
    Ware(GoodKind.CODE, _RIGHTS, "音乐会员季卡", "兑换后展示兑换码", {"默认": 240}, 12, codes=12),
    Ware(GoodKind.CODE, _RIGHTS, "20 元话费充值码", "三网通用", {"默认": 200}, 12, codes=12, terms={"week_most": 1}),
    Ware(GoodKind.CODE, _RIGHTS, "外卖红包码", "新码到货后按兑换顺序发放", {"默认": 50}, 40),
    Ware(GoodKind.COUPON, _RIGHTS, "门店满 100 减 20 券", "全国门店通用", {"默认": 40}, None, codes=12),
    Ware(GoodKind.COUPON, _RIGHTS, "咖啡买一送一券", "限湖滨店", {"默认": 30}, 12, codes=12, terms={"day_most": 1}),
    Ware(GoodKind.COUPON, _RIGHTS, "新人专享 10 元券", "加入 30 天内可兑", {"默认": 1}, None, codes=12,
         terms={"audience": Audience(new_within_days=30), "member_most": 1}),
    Ware(GoodKind.CARD, _RIGHTS, "补签卡", "补回漏签的一天", {"一张": 50}, None, terms={"month_most": 3}),
    Ware(GoodKind.CHANCE, _RIGHTS, "转盘抽奖机会", "「每日转好运」再转一次，兑换即到账", {"一次": 20}, None,
         level_prices={3: 18, 4: 16}, terms={"day_most": 5}),
    Ware(GoodKind.COURSE, _LEARNING, "基金定投入门课", "周三晚八点，共四讲", {"一席": 150}, 80),
    Ware(GoodKind.COURSE, _LEARNING, "手机摄影训练营", "七天实操，点评作业", {"一席": 200}, 40),
    Ware(GoodKind.COURSE, _LEARNING, "零基础书法体验课", "含纸笔", {"一席": 90}, 20),
    Ware(GoodKind.EVENT, _LEARNING, "周末普洱品鉴会", "锦里店，12 席", {"一席": 120}, 12, terms={"order_most": 2}),
    Ware(GoodKind.EVENT, _LEARNING, "城市骑行日", "二十公里", {"一席": 60}, 30, terms={"is_cancellable": False}),
    Ware(GoodKind.EVENT, _LEARNING, "黄金会员答谢晚宴", "黄金及以上会员", {"一席": 300}, 20,
         terms={"audience": Audience(level_least=4), "member_most": 1}),
    Ware(GoodKind.PICK_UP, _STORE, "现烤可颂一份", "当日出炉，七日内自提", {"原味": 40, "巧克力": 45}, 100,
         terms={"pick_up_days": 7}),
    Ware(GoodKind.PICK_UP, _STORE, "鲜花一束", "到店自提，逾期不退", {"默认": 80}, 30,
         terms={"pick_up_days": 3, "pick_up_lapse": Lapse.KEEP}),
    Ware(GoodKind.PICK_UP, _STORE, "月末福袋", "每月最后三天开兑", {"默认": 66}, 66,
         terms={"month_first_day": -3, "month_last_day": -1, "month_most": 1}),
    Ware(GoodKind.PICK_UP, _STORE, "圈层下午茶双人份", "每圈限量五份", {"默认": 130}, None, terms={"circle_most": 5}),
)  # fmt: skip

PLACES = (
    ("四川省 成都市 武侯区", "一环路南三段 12 号 3 单元 602"),
    ("浙江省 杭州市 西湖区", "文三路 388 号 7 幢 1101"),
    ("上海市 徐汇区", "漕溪北路 88 号 1203 室"),
    ("广东省 深圳市 南山区", "科技园南区 2 栋 905"),
    ("湖北省 武汉市 江汉区", "解放大道 688 号 5 楼"),
)
