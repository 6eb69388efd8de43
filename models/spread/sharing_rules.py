"""The rule check: which clauses of the platform's sharing rules a task would break, told before it is published.

The platform's own rules forbid to force sharing, to pay for the act of it, for a mere visit or for anything in Moments,
to leave the outcome to chance, and to let newcomers of a virtual business profit from being new. The strict profile,
which holds unless staff say otherwise, asks beyond that for a deep action of whoever was invited. It is pure: terms and
what stands around them in, clauses out, always in the same order.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from models.spread.forward_terms import ForwardTarget, ForwardTerms, Measure, SharingProfile

PLATFORM_RULES = "微信小程序平台运营规范 5.1 滥用分享行为"
STRICT_PROFILE = "默认严格模式：奖励只给受邀人的深度行为"
NO_PYRAMID = "禁止传销条例；微信小程序平台运营规范 5.1"

RULES_LEAST = 20
"""Characters that rules in words have at least."""

_FORCED = re.compile(
    r"(转发|分享).{0,8}(后|才|方可|即可)(能|可)?.{0,4}(解锁|查看|继续|观看|使用|领取)|不(转发|分享|转)不|必须(转发|分享)"
)
_CHANCE = re.compile(r"抽奖|随机|手气|盲盒|大转盘|刮刮乐|碰运气|lucky|lottery", re.IGNORECASE)
_LURE = re.compile(
    r"(点开|点击|打开).{0,6}(就送|即送|有奖|得积分|领红包|领钱)|转发(就|即)?(送|有奖|领|得)|分享(就|即)(送|领|得)"
)


@dataclass(frozen=True)
class Surroundings:
    """What decides beside the task itself: what newcomers are paid for being new, how far up an invitation pays, and
    whether a draw that is open gives chances for invitations."""

    pays_newcomers: bool = False
    levels_paid: int = 1
    draws_for_invites: bool = False


@dataclass(frozen=True)
class Clause:
    """A clause with its stable code, in our own words, and where it comes from."""

    code: str
    zh: str
    en: str
    source: str = PLATFORM_RULES
    profiles: tuple[SharingProfile, ...] = tuple(SharingProfile)

    def sentence(self, locale: str) -> str:
        return self.en if locale.lower().startswith("en") else self.zh


_Breaks = Callable[[ForwardTerms, Surroundings], bool]

RULES: tuple[tuple[Clause, _Breaks], ...] = (
    (
        Clause(
            "MUST_SHARE_TO_CONTINUE",
            "不得要求用户先分享才能继续使用功能、查看内容或领取权益",
            "Nobody may be made to share before they can go on, see something or get something.",
        ),
        lambda terms, around: terms.is_required or _says(terms, _FORCED),
    ),
    (
        Clause(
            "REWARD_FOR_SHARING",
            "不得对分享动作本身即时给予奖励（含凭截图或自述领取）",
            "The act of sharing itself may not be rewarded, by one's word or a screenshot either.",
        ),
        lambda terms, around: terms.points > 0,
    ),
    (
        Clause(
            "REWARD_FOR_VISIT",
            "不得因他人仅仅打开或浏览就给予分享者奖励",
            "Whoever shares may not be rewarded because others merely open it.",
        ),
        lambda terms, around: any(one.measure is Measure.VISITS for one in terms.milestones),
    ),
    (
        Clause(
            "REWARD_FOR_MOMENTS",
            "不得对分享到朋友圈给予任何奖励",
            "Nothing whatever may be given for sharing to Moments.",
        ),
        lambda terms, around: _is_rewarded(terms) and any(one.kind is ForwardTarget.MOMENTS for one in terms.targets),
    ),
    (
        Clause(
            "RANDOM_OUTCOME",
            "分享活动的收益不得随机或不确定（如抽奖机会、拼手气红包）",
            "What sharing brings may not be left to chance, such as a chance in a draw or a lucky packet.",
        ),
        lambda terms, around: (
            terms.gives_chance or _says(terms, _CHANCE) or (around.draws_for_invites and _pays_for_invites(terms))
        ),
    ),
    (
        Clause(
            "NEWCOMER_PROFIT",
            "虚拟业务中，受邀人不得仅因新注册身份获利",
            "In a virtual business nobody may profit merely from being a newcomer.",
        ),
        lambda terms, around: terms.promotes_virtual and around.pays_newcomers,
    ),
    (
        Clause(
            "MULTI_LEVEL_PAY",
            "邀请收益不得向上多级计提",
            "An invitation may not pay several levels up.",
            source=NO_PYRAMID,
        ),
        lambda terms, around: _is_rewarded(terms) and around.levels_paid > 1,
    ),
    (
        Clause(
            "RULES_NOT_SHOWN",
            "活动规则须完整展示：时间、条件、奖励与发放方式",
            "The rules must be shown in full: when, what for, how much and how it is paid.",
        ),
        lambda terms, around: len(terms.description or "") < RULES_LEAST,
    ),
    (
        Clause(
            "LURING_COPY",
            "文案不得以打开或转发即得利益来诱导他人",
            "Copy may not lure others with a gain for opening or forwarding it.",
        ),
        lambda terms, around: _says(terms, _LURE),
    ),
    (
        Clause(
            "SHALLOW_ACTION",
            "奖励须以受邀人的深度行为为条件，仅注册不足",
            "A reward must hang on a deep action of the invitee; registering alone is none.",
            source=STRICT_PROFILE,
            profiles=(SharingProfile.STRICT,),
        ),
        lambda terms, around: any(one.measure is Measure.REGISTERED for one in terms.milestones),
    ),
)


def violated(terms: ForwardTerms, around: Surroundings) -> list[Clause]:
    """The clauses that a task with these terms would break."""
    return [clause for clause, breaks in RULES if terms.profile in clause.profiles and breaks(terms, around)]


CLAUSES = {clause.code: clause for clause, _ in RULES}


def _is_rewarded(terms: ForwardTerms) -> bool:
    return terms.points_most > 0 or terms.gives_chance


def _pays_for_invites(terms: ForwardTerms) -> bool:
    return any(one.measure is not Measure.VISITS for one in terms.milestones)


def _says(terms: ForwardTerms, pattern: re.Pattern[str]) -> bool:
    """Whether the words that members and their friends read say something of the kind."""
    words = (terms.title, terms.description, *(one.text for one in terms.materials))
    return any(pattern.search(text) for text in words if text)
