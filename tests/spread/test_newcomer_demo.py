"""The demo's newcomers: some on their way, some heard, some silent to the end, and some whom a word has woken."""

from collections import Counter

from models.spread.introduction_reply import IntroductionReply, ReplyKind
from models.spread.newcomer import Newcomer, NewcomerState
from models.spread.newcomer_change import NewcomerChange
from models.spread.newcomer_notice import NewcomerNotice
from seeds.demo import plant_demo
from tests.conftest import NOON


async def test_the_demo_has_newcomers_of_each_kind(database: str, empty_redis: str) -> None:
    await plant_demo(now=NOON, size=60, days=30)

    states = Counter(one.state for one in await Newcomer.all())
    assert {NewcomerState.UNDERWAY, NewcomerState.SPOKE, NewcomerState.ZOMBIE} <= set(states)
    assert await Newcomer.filter(state=NewcomerState.UNDERWAY, due_at__lte=NOON).count() == 0
    assert await Newcomer.filter(lifted_at__isnull=False).count() > 0
    assert {str(one.kind) for one in await NewcomerChange.all()} >= {"marked", "lifted"}
    replies = {one.kind for one in await IntroductionReply.all()}
    assert ReplyKind.OWNER in replies or ReplyKind.INVITER in replies
    assert await NewcomerNotice.filter(kind="nudged").count() > 0
