"""The questions of the homework, by the topic of the session that they come after: easy on purpose.

A line is a statement that is true or not, or a stem with its options, of which those that begin with `*` are right.
"""

from decimal import Decimal

from models.learning.answer_key import AnswerKey, Criterion, right_options
from models.learning.question_content import Content, Option, option_id
from models.learning.question_kind import QuestionKind
from models.learning.question_terms import QuestionTerms

CATEGORY = "课后作业"

Line = tuple[str, bool] | tuple[str, str]

TOPICS: dict[int, dict[str, tuple[Line, ...]]] = {
    1: {
        "新能源车怎么选": (
            ("插电混动车型既能充电也能加油。", True),
            ("纯电车续航标称值通常在什么条件下测得？", "*统一的测试工况|冬季高速|满载爬坡|开着空调怠速"),
            ("选车时影响日常使用成本的有：", "*每百公里电耗|*保险费用|车漆的名字|*保养间隔"),
        ),
        "社区商业的第二春": (
            ("社区店最重要的客源来自步行可达的居民。", True),
            ("社区店常说的“三公里”指什么？", "*主要服务半径|门店总面积|最低日销售额|员工通勤距离"),
            ("下列适合做成社区店的有：", "*早餐铺|*生鲜店|大型家居卖场|*洗衣店"),
        ),
        "直播电商退潮之后": (
            ("退货率越高，直播间的实际利润越低。", True),
            ("“复购率”衡量的是什么？", "*同一批客人再次购买的比例|直播间在线人数|商品的折扣力度|主播的粉丝数"),
            ("直播间的成本包括：", "*流量投放|*主播佣金|观众的时间|*退货损耗"),
        ),
        "县城里的咖啡馆": (
            ("县城门店的房租通常低于一线城市。", True),
            ("“坪效”是用销售额除以什么？", "*营业面积|员工人数|杯数|座位的价格"),
            ("提升小店复购的做法有：", "*会员储值|*记住熟客口味|频繁换招牌|*稳定的出品"),
        ),
        "储能到底储什么": (
            ("抽水蓄能是目前规模最大的储能方式之一。", True),
            ("储能最直接的作用是什么？", "*把电挪到需要的时候用|让电变便宜|替代全部火电|提高电压"),
            ("下列属于储能方式的有：", "*锂电池|*抽水蓄能|光伏板|*压缩空气"),
        ),
    },
    3: {
        "一杯好茶的水温": (
            ("冲泡细嫩绿茶宜用刚烧开的沸水。", False),
            ("冲泡龙井较适宜的水温是？", "*80℃ 左右|100℃|60℃ 以下|常温"),
            ("用沸水冲泡更合适的有：", "*普洱熟茶|*岩茶|明前龙井|*老白茶"),
        ),
        "瓶花入门": (
            ("插花前将花枝斜剪可以增大吸水面。", True),
            ("水中的叶子为什么要去掉？", "*避免腐败影响水质|为了好看|减轻重量|防止虫害"),
            ("能让瓶花更久的做法有：", "*每天换水|*远离水果|放在暖气旁|*剪去腐根"),
        ),
        "认识建盏": (
            ("建盏属于黑釉瓷。", True),
            ("建盏的产地在今天的哪里？", "*福建建阳|江西景德镇|浙江龙泉|河北曲阳"),
            ("常见的建盏斑纹有：", "*兔毫|*油滴|青花|*鹧鸪斑"),
        ),
        "家常餐桌的摆法": (
            ("餐桌中央的花不宜高过坐着的人的视线。", True),
            ("中餐里公筷的主要作用是？", "*分餐取菜，更卫生|装饰|压桌布|给客人纪念"),
            ("摆桌时应当考虑的有：", "*人数|*上菜的顺序|客人的车型|*器物的大小"),
        ),
        "香道初识": (
            ("隔火熏香时香料直接放在明火上。", False),
            ("沉香的香气主要来自什么？", "*树木受伤后结出的树脂|树叶|花朵|人工染料"),
            ("传统用香的方式有：", "*焚香|*熏香|油炸|*佩香"),
        ),
    },
    5: {
        "川西自驾十日": (
            ("初到高原的第一天适合剧烈运动。", False),
            ("下长坡时正确的做法是？", "*挂低挡用发动机制动|一路踩刹车|空挡滑行|关掉发动机"),
            ("川西自驾应当带上的有：", "*防晒用品|*常用药|大号冰箱|*防滑链"),
        ),
        "第一次跑半马": (
            ("半程马拉松的距离约为 21.1 公里。", True),
            ("比赛前一晚较合适的安排是？", "*早睡、清淡饮食|试穿新跑鞋|大量饮酒|再跑一个半马"),
            ("跑步中应当立即停下的信号有：", "*胸痛|*头晕|出汗|*关节剧痛"),
        ),
        "记账三年的收获": (
            ("应急备用金适合放在随时能取的地方。", True),
            ("应急备用金一般建议准备多少？", "*三到六个月的开支|一天的开支|全部存款|不需要"),
            ("属于固定支出的有：", "*房租|*保险费|临时聚餐|*车贷"),
        ),
        "手机拍出好照片": (
            ("逆光时点一下人脸可以让手机重新测光。", True),
            ("“三分法”说的是什么？", "*构图|修图软件|曝光时间|存储空间"),
            ("能让照片更稳的做法有：", "*双手持机|*靠墙支撑|边走边拍|*用定时拍摄"),
        ),
        "开一家小店要想清楚的事": (
            ("毛利率高就一定赚钱。", False),
            ("盈亏平衡点是指？", "*收入刚好抵掉成本|库存为零|没有员工|开业当天"),
            ("开店前应当算清的有：", "*房租|*人工|邻居的爱好|*损耗"),
        ),
    },
}
"""By the weekday of the course: the topic of a session, and its questions."""

TEXT = "请用两三句话说说：您家里的茶是怎样存放的？为什么？"
RUBRIC = (Criterion("说出避光、防潮、防异味中的至少两点", Decimal(70)), Criterion("说明了原因", Decimal(30)))


def terms_of(line: Line, topic: str) -> QuestionTerms:
    """The terms of a question of the homework."""
    content, key = _said(line)
    return QuestionTerms(content, key, category=f"{CATEGORY}/{topic}"[:120], tags=(CATEGORY,), difficulty=1)


def text_terms() -> QuestionTerms:
    """A text that somebody has to mark."""
    content = Content(QuestionKind.SHORT_TEXT, TEXT)
    key = AnswerKey(rubric=RUBRIC, sample="密封后放在阴凉避光处，远离厨房，因为茶叶容易吸潮和串味。")
    return QuestionTerms(content, key, category="酒茶/存茶", tags=("存茶",), difficulty=2)


def _said(line: Line) -> tuple[Content, AnswerKey]:
    stem, rest = line
    if isinstance(rest, bool):
        return Content(QuestionKind.JUDGE, stem), AnswerKey(truth=rest)
    texts = rest.split("|")
    options = tuple(Option(option_id(place), text.removeprefix("*")) for place, text in enumerate(texts))
    right = [option.id for option, text in zip(options, texts, strict=True) if text.startswith("*")]
    kind = QuestionKind.MULTIPLE if len(right) > 1 else QuestionKind.SINGLE
    return Content(kind, stem, options=options), AnswerKey(shares=right_options(*right))
