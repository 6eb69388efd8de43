"""Text checks, media checks, notices and mini-program codes."""

import pytest

from platforms.errors import Cause, NotGranted, Refused, Unavailable
from platforms.platform import Advice, MediaKind, Scene, Verdict
from platforms.wechat.fake import FakeWeChat
from platforms.wechat.notice import fitted
from platforms.wechat.wechat import WeChat

CHECK = "/wxa/msg_sec_check"
SEND = "/cgi-bin/message/subscribe/send"
CODE = "/wxa/getwxacodeunlimit"


@pytest.mark.parametrize(
    ("text", "advice", "label"),
    [
        ("今天的插花课真好", Advice.PASS, 100),
        ("加我微信领红包", Advice.REVIEW, 10001),
        ("澳门赌场上线", Advice.RISKY, 20001),
        ("加我微信去赌场", Advice.RISKY, 20001),
    ],
)
async def test_the_verdict_is_the_platforms(
    fake: FakeWeChat, wechat: WeChat, text: str, advice: Advice, label: int
) -> None:
    fake.words = {"加我微信": Advice.REVIEW, "赌场": Advice.RISKY}
    verdict = await wechat.check_text("oLinXiaoyu", Scene.FORUM, text, nickname="小雨", title="周三茶会")
    assert (verdict.advice, verdict.label) == (advice, label)
    assert verdict.trace_id
    assert dict(fake.calls[-1].body) == {
        "version": 2,
        "openid": "oLinXiaoyu",
        "scene": 3,
        "content": text,
        "nickname": "小雨",
        "title": "周三茶会",
    }


async def test_a_long_text_is_checked_in_pieces_and_no_cut_hides_a_word(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.words = {"赌场": Advice.RISKY}
    verdict = await wechat.check_text("oLinXiaoyu", Scene.JOURNAL, "好" * 2499 + "赌场" + "好" * 3000)
    assert verdict.advice is Advice.RISKY
    assert [len(str(call.body["content"])) for call in fake.calls if call.path == CHECK] == [2500, 2500, 601]


async def test_a_text_of_the_longest_length_is_one_piece(fake: FakeWeChat, wechat: WeChat) -> None:
    await wechat.check_text("oLinXiaoyu", Scene.JOURNAL, "好" * 2500)
    assert fake.count(CHECK) == 1


async def test_a_blank_text_needs_no_check(fake: FakeWeChat, wechat: WeChat) -> None:
    assert await wechat.check_text("oLinXiaoyu", Scene.COMMENT, " \n") == Verdict(Advice.PASS, 100, None)
    assert not fake.calls


async def test_half_a_surrogate_pair_is_sent_as_a_question_mark(fake: FakeWeChat, wechat: WeChat) -> None:
    await wechat.check_text("oLinXiaoyu", Scene.COMMENT, "早\ud83d安\x00")
    assert fake.calls[-1].body["content"] == "早?安\x00"


async def test_a_stranger_is_refused(wechat: WeChat) -> None:
    with pytest.raises(Refused) as refusal:
        await wechat.check_text("oNobody", Scene.COMMENT, "早安")
    assert refusal.value.errcode == 40003


@pytest.mark.parametrize("result", [b'{"suggest": "maybe", "label": 100}', b"{}", b"null"])
async def test_an_unknown_verdict_is_not_a_pass(fake: FakeWeChat, wechat: WeChat, result: bytes) -> None:
    fake.fail(CHECK, garbage=b'{"errcode": 0, "result": ' + result + b"}")
    with pytest.raises(Unavailable):
        await wechat.check_text("oLinXiaoyu", Scene.COMMENT, "早安")


async def test_a_media_check_answers_its_trace(fake: FakeWeChat, wechat: WeChat) -> None:
    picture = "https://img.example.com/a.jpg"
    assert await wechat.check_media("oLinXiaoyu", Scene.FORUM, picture, MediaKind.IMAGE)
    assert fake.calls[-1].body["media_url"] == picture
    assert fake.calls[-1].body["media_type"] == 2


async def test_one_grant_pays_for_one_notice(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.grants["oLinXiaoyu", "tpl-check-in"] = 1
    values = {"thing1": "连续签到七天，奖励三十积分，明天请继续加油哦", "date3": "2026年11月23日"}
    assert await wechat.send_notice("oLinXiaoyu", "tpl-check-in", values, page="pages/home/index")
    sent = dict(fake.calls[-1].body)
    assert sent["data"] == {
        "thing1": {"value": "连续签到七天，奖励三十积分，明天请继续…"},
        "date3": {"value": "2026年11月23日"},
    }
    assert (sent["miniprogram_state"], sent["page"]) == ("formal", "pages/home/index")
    with pytest.raises(NotGranted):
        await wechat.send_notice("oLinXiaoyu", "tpl-check-in", values)
    assert fake.count(SEND) == 2


async def test_a_notice_is_never_sent_twice(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.grants["oLinXiaoyu", "tpl-check-in"] = 2
    fake.fail(SEND, errcode=-1)
    with pytest.raises(Exception, match="busy"):
        await wechat.send_notice("oLinXiaoyu", "tpl-check-in", {"thing1": "签到成功"})
    assert fake.count(SEND) == 1


@pytest.mark.parametrize("values", [{"thing": "少了号码"}, {"thing1": ""}, {"symbol1": "!" * 6}, {"number2": "9" * 33}])
def test_a_value_that_wechat_would_refuse_is_our_mistake(values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="notice"):
        fitted(values)


async def test_a_code_is_a_picture(fake: FakeWeChat, wechat: WeChat) -> None:
    picture = await wechat.mini_program_code("i=7kQ2&c=a9", "pages/invite/index", must_exist=False)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert dict(fake.calls[-1].body) == {
        "scene": "i=7kQ2&c=a9",
        "page": "pages/invite/index",
        "width": 430,
        "check_path": False,
        "env_version": "release",
    }


@pytest.mark.parametrize(
    ("scene", "page", "width"),
    [("", None, 430), ("a" * 33, None, 430), ("邀请", None, 430), ("a%", None, 430), ("a", "/p", 430), ("a", None, 99)],
)
async def test_a_code_that_wechat_would_refuse_is_our_mistake(
    fake: FakeWeChat, wechat: WeChat, scene: str, page: str | None, width: int
) -> None:
    with pytest.raises(ValueError, match="scene"):
        await wechat.mini_program_code(scene, page, width=width)
    assert not fake.calls


async def test_a_refused_code_is_no_picture(fake: FakeWeChat, wechat: WeChat) -> None:
    fake.fail(CODE, errcode=40169)
    with pytest.raises(Refused):
        await wechat.mini_program_code("i=7kQ2")
    fake.fail(CODE, garbage=b'{"errcode": 0}')
    with pytest.raises(Unavailable) as refusal:
        await wechat.mini_program_code("i=7kQ2")
    assert refusal.value.cause is Cause.GARBAGE
