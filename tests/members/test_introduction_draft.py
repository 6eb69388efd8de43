"""A draft for a friend: found by whoever registers with its code, and by nobody else."""

import asyncio

from models.members.introduction import Lines
from models.members.introduction_draft import OPEN_DRAFTS_MOST, IntroductionDraft
from models.members.member import Member
from models.members.registration import recognise
from models.spread.referral import Referral
from platforms.wechat.fake import FakeWeChat
from tests.build import a_member
from tests.callers import Callers
from tests.conftest import NOON
from tests.members.conftest import Login

DRAFT = "draft { inviteCode name likes }"


async def test_a_newcomer_finds_what_its_inviter_drafted_and_publishes_it(callers: Callers, wechat: FakeWeChat) -> None:
    inviter = await a_member(nickname="陈阿姨")
    caller = await callers.member(inviter)
    draft = (await caller.do("draftIntroduction", {"name": "小雨", "likes": "弹琴"}, DRAFT))["draft"]

    login = await callers.nobody().do(
        "miniProgramLogin",
        {"code": wechat.login_code("oLinXiaoyu"), "inviteCode": draft["inviteCode"]},
        "accessToken inviter { nickname } member { introduction { name } }",
    )

    newcomer = callers.with_token(login["accessToken"])
    assert login["inviter"] == {"nickname": "陈阿姨"}
    assert login["member"] == {"introduction": None}
    found = await newcomer.data("{ viewer { introductionDraft { name likes } } }")
    assert found["viewer"]["introductionDraft"] == {"name": "小雨", "likes": "弹琴"}
    await newcomer.do("publishIntroduction", {"name": "小雨", "likes": "弹琴、旅行"})
    shown = await newcomer.data("{ viewer { member { introduction { likes } } } }")
    assert shown["viewer"]["member"]["introduction"] == {"likes": "弹琴、旅行"}


async def test_a_draft_is_its_writers_until_it_is_claimed(callers: Callers) -> None:
    inviter, other = await callers.member(await a_member()), await callers.member(await a_member())
    made = await inviter.do("draftIntroduction", {"name": "老赵"}, "draft { id }")
    query = "query($id: ID!) { node(id: $id) { ... on IntroductionDraft { name } } }"

    assert (await inviter.data(query, id=made["draft"]["id"]))["node"] == {"name": "老赵"}
    assert (await other.data(query, id=made["draft"]["id"]))["node"] is None
    assert (await other.data("{ viewer { introductionDrafts { name } introductionDraft { name } } }"))["viewer"] == {
        "introductionDrafts": [],
        "introductionDraft": None,
    }


async def test_a_draft_goes_to_one_newcomer_of_two_at_once(database: str, empty_redis: str, login: Login) -> None:
    inviter = await a_member()
    draft = await IntroductionDraft.write(inviter.id, Lines(name="小雨"), at=NOON)

    await asyncio.gather(*(recognise(login(f"oFriend{n}"), at=NOON, invite_code=draft.invite_code) for n in range(5)))

    assert await IntroductionDraft.filter(invitee_id__isnull=False).count() == 1
    assert await Member.all().count() == 6
    assert await Referral.filter(inviter_id=inviter.id).count() >= 1


async def test_drafts_that_wait_are_bounded(callers: Callers) -> None:
    inviter = await a_member()
    for _ in range(OPEN_DRAFTS_MOST):
        await IntroductionDraft.write(inviter.id, Lines(name="朋友"), at=NOON)

    refused = await (await callers.member(inviter)).refusal("draftIntroduction", {"name": "又一位"})

    assert refused == "TOO_MANY_DRAFTS"
    assert await IntroductionDraft.all().count() == OPEN_DRAFTS_MOST
