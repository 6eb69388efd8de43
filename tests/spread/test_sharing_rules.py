"""The rule check: every clause has a task that breaks it, and one beside it that does not."""

from dataclasses import replace

import pytest

from models.spread.forward_terms import (
    ForwardProofMode,
    ForwardTarget,
    ForwardTerms,
    Material,
    MaterialKind,
    Measure,
    Milestone,
    SharingProfile,
    Target,
)
from models.spread.sharing_rules import CLAUSES, Surroundings, violated
from tests.conftest import NOON
from tests.spread.forwarding import COPY, DAY, RULES

DEEP = Milestone(Measure.FIRST_CHECK_IN, 1, 50)
GOOD = ForwardTerms(
    title="邀请好友一起打卡",
    mode=ForwardProofMode.CONVERSIONS,
    description=RULES,
    starts_at=NOON,
    ends_at=NOON + DAY,
    materials=(COPY,),
    milestones=(DEEP,),
)
PAID_BY_WORD = replace(GOOD, mode=ForwardProofMode.HONOUR, milestones=(), points=20)
BY_VISITS = replace(GOOD, mode=ForwardProofMode.VISITS, milestones=(Milestone(Measure.VISITS, 10, 5),))
REGISTERING = replace(GOOD, milestones=(Milestone(Measure.REGISTERED, 3, 30),))
TO_MOMENTS = replace(GOOD, targets=(Target(ForwardTarget.MOMENTS),))
ALONE = Surroundings()
GENEROUS = Surroundings(pays_newcomers=True)
TWO_LEVELS = Surroundings(levels_paid=2)
DRAWING = Surroundings(draws_for_invites=True)


def saying(text: str) -> ForwardTerms:
    return replace(GOOD, materials=(Material(MaterialKind.COPY, text=text),))


Case = tuple[str, ForwardTerms, Surroundings, ForwardTerms, Surroundings]
CASES: list[Case] = [
    ("MUST_SHARE_TO_CONTINUE", replace(GOOD, is_required=True), ALONE, GOOD, ALONE),
    ("MUST_SHARE_TO_CONTINUE", saying("转发后即可解锁全部课程"), ALONE, saying("课程已全部开放，欢迎转发"), ALONE),
    ("MUST_SHARE_TO_CONTINUE", saying("不转不是中国人"), ALONE, saying("转不转都欢迎"), ALONE),
    ("REWARD_FOR_SHARING", PAID_BY_WORD, ALONE, replace(PAID_BY_WORD, points=0), ALONE),
    (
        "REWARD_FOR_SHARING",
        replace(PAID_BY_WORD, mode=ForwardProofMode.SCREENSHOT),
        ALONE,
        replace(PAID_BY_WORD, mode=ForwardProofMode.SCREENSHOT, points=0),
        ALONE,
    ),
    ("REWARD_FOR_VISIT", BY_VISITS, ALONE, GOOD, ALONE),
    (
        "REWARD_FOR_MOMENTS",
        TO_MOMENTS,
        ALONE,
        replace(TO_MOMENTS, mode=ForwardProofMode.HONOUR, milestones=(), points=0),
        ALONE,
    ),
    ("RANDOM_OUTCOME", replace(GOOD, gives_chance=True), ALONE, GOOD, ALONE),
    ("RANDOM_OUTCOME", saying("转发得拼手气红包"), ALONE, saying("邀请成功得 50 积分"), ALONE),
    ("RANDOM_OUTCOME", GOOD, DRAWING, replace(PAID_BY_WORD, points=0), DRAWING),
    ("NEWCOMER_PROFIT", replace(GOOD, promotes_virtual=True), GENEROUS, GOOD, GENEROUS),
    ("NEWCOMER_PROFIT", replace(GOOD, promotes_virtual=True), GENEROUS, replace(GOOD, promotes_virtual=True), ALONE),
    ("MULTI_LEVEL_PAY", GOOD, TWO_LEVELS, GOOD, ALONE),
    ("RULES_NOT_SHOWN", replace(GOOD, description=None), ALONE, GOOD, ALONE),
    ("RULES_NOT_SHOWN", replace(GOOD, description="详见群公告"), ALONE, GOOD, ALONE),
    ("LURING_COPY", saying("点开就送 10 积分"), ALONE, saying("点开看看这周的茶会"), ALONE),
    ("LURING_COPY", saying("转发即得好礼"), ALONE, saying("转发给爱喝茶的朋友"), ALONE),
    ("SHALLOW_ACTION", REGISTERING, ALONE, GOOD, ALONE),
    ("SHALLOW_ACTION", REGISTERING, ALONE, replace(REGISTERING, profile=SharingProfile.PLATFORM), ALONE),
]


@pytest.mark.parametrize(("code", "breaking", "around", "keeping", "beside"), CASES)
def test_a_task_breaks_a_clause_and_one_beside_it_does_not(
    code: str, breaking: ForwardTerms, around: Surroundings, keeping: ForwardTerms, beside: Surroundings
) -> None:
    assert code in [one.code for one in violated(breaking.checked(), around)]
    assert code not in [one.code for one in violated(keeping.checked(), beside)]


def test_every_clause_has_a_case() -> None:
    assert {case[0] for case in CASES} == set(CLAUSES)


def test_a_task_that_rewards_a_deep_action_breaks_nothing() -> None:
    assert violated(GOOD.checked(), ALONE) == []


def test_all_that_is_broken_is_named_in_one_order() -> None:
    bad = replace(PAID_BY_WORD, targets=(Target(ForwardTarget.MOMENTS),), description=None, is_required=True)

    assert [one.code for one in violated(bad, TWO_LEVELS)] == [
        "MUST_SHARE_TO_CONTINUE",
        "REWARD_FOR_SHARING",
        "REWARD_FOR_MOMENTS",
        "MULTI_LEVEL_PAY",
        "RULES_NOT_SHOWN",
    ]


def test_every_clause_has_words_in_both_languages_and_a_source() -> None:
    for clause in CLAUSES.values():
        assert clause.sentence("zh-CN") != clause.sentence("en-GB")
        assert clause.source
