"""The archive: changed field by field, bounded, and shown to nobody it does not concern."""

import pytest

from models.members.introduction import Introduction
from models.members.member import Gender, Member
from tests.build import a_member, a_staff, public_id
from tests.callers import Callers

PROFILE = "realName gender birthday occupation interests isHiddenFromBoards"
ARCHIVE = f"{{ viewer {{ member {{ nickname avatarUrl region }} {PROFILE} }} }}"


async def test_what_is_given_changes_and_what_is_absent_stays(callers: Callers) -> None:
    member = await a_member(nickname="李思远", region="杭州", occupation="茶艺师", gender=Gender.MALE)
    caller = await callers.member(member)

    payload = await caller.do(
        "updateProfile",
        {
            "nickname": " 思远 ",
            "avatarUrl": "https://img.example.cn/a.jpg",
            "birthday": "1990-05-20",
            "interests": ["茶", "书法", "茶"],
            "occupation": None,
        },
    )

    assert payload["userErrors"] == []
    assert (await caller.data(ARCHIVE))["viewer"] == {
        "member": {"nickname": "思远", "avatarUrl": "https://img.example.cn/a.jpg", "region": "杭州"},
        "realName": None,
        "gender": "MALE",
        "birthday": "1990-05-20",
        "occupation": None,
        "interests": ["茶", "书法"],
        "isHiddenFromBoards": False,
    }


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"nickname": None}, "nickname"),
        ({"nickname": "  "}, "nickname"),
        ({"nickname": "长" * 31}, "nickname"),
        ({"nickname": "换\n行"}, "nickname"),
        ({"nickname": "倒\u202e写"}, "nickname"),
        ({"avatarUrl": "javascript:alert(1)"}, "avatarUrl"),
        ({"avatarUrl": "http://img.example.cn/a.jpg"}, "avatarUrl"),
        ({"avatarUrl": "//evil.example.cn/a.jpg"}, "avatarUrl"),
        ({"avatarUrl": "/\\evil.example.cn/a.jpg"}, "avatarUrl"),
        ({"region": "远" * 81}, "region"),
        ({"birthday": "2026-11-24"}, "birthday"),
        ({"birthday": "1899-12-31"}, "birthday"),
        ({"interests": [f"爱好{n}" for n in range(21)]}, "interests"),
        ({"interests": ["好" * 21]}, "interests"),
        ({"interests": [""]}, "interests"),
    ],
)
async def test_what_is_out_of_bounds_is_refused_by_name_and_writes_nothing(
    callers: Callers, given: dict[str, object], field: str
) -> None:
    member = await a_member(nickname="李思远", interests=["茶"])
    caller = await callers.member(member)

    [error] = (await caller.do("updateProfile", {"occupation": "厨师", **given}))["userErrors"]

    assert (error["code"], error["field"]) == ("INVALID_INPUT", field)
    assert (await Member.get(id=member.id)).occupation is None


async def test_nobody_changes_an_archive(callers: Callers) -> None:
    query = 'mutation { updateProfile(input: {nickname: "某人"}) { userErrors { code } } }'

    assert await callers.nobody().error(query) == "UNAUTHENTICATED"
    assert await (await callers.staff(await a_staff())).error(query) == "FORBIDDEN"


async def test_hiding_from_boards_raises_the_version_that_boards_go_by(callers: Callers) -> None:
    member = await a_member()
    caller = await callers.member(member)

    await caller.do("setBoardVisibility", {"isHidden": True})

    now = await Member.get(id=member.id)
    assert (now.is_hidden_from_boards, now.version) == (True, member.version + 1)


async def test_an_introduction_is_shown_once_published_and_every_version_is_kept(callers: Callers) -> None:
    member, friend = await a_member(), await a_member()
    caller, other = await callers.member(member), await callers.member(friend)
    query = (
        "query($id: ID!) { node(id: $id) { ... on Member { introduction { name age likes goodAt hopes version } } } }"
    )
    assert (await other.data(query, id=public_id(member)))["node"]["introduction"] is None

    await caller.do("publishIntroduction", {"name": "小明", "likes": "喝茶"})
    await caller.do("publishIntroduction", {"name": "小明", "likes": "喝茶、爬山", "goodAt": "川菜"})

    assert (await other.data(query, id=public_id(member)))["node"]["introduction"] == {
        "name": "小明",
        "age": None,
        "likes": "喝茶、爬山",
        "goodAt": "川菜",
        "hopes": None,
        "version": 2,
    }
    kept = await Introduction.filter(member_id=member.id).order_by("version")
    assert [one.likes for one in kept] == ["喝茶", "喝茶、爬山"]


async def test_an_earlier_introduction_is_seen_by_its_member_only(callers: Callers) -> None:
    member, friend = await a_member(), await a_member()
    caller = await callers.member(member)
    first = await caller.do("publishIntroduction", {"hopes": "认识邻居"}, "introduction { id }")
    await caller.do("publishIntroduction", {"hopes": "多交朋友"})
    query = "query($id: ID!) { node(id: $id) { ... on Introduction { hopes } } }"
    earlier = first["introduction"]["id"]

    assert (await caller.data(query, id=earlier))["node"] == {"hopes": "认识邻居"}
    assert (await (await callers.member(friend)).data(query, id=earlier))["node"] is None


async def test_an_empty_introduction_is_refused(callers: Callers) -> None:
    caller = await callers.member(await a_member())

    assert await caller.refusal("publishIntroduction", {"name": " "}) == "INVALID_INPUT"
    assert await Introduction.all().count() == 0


async def test_wishes_are_kept_and_found_by_staff(callers: Callers) -> None:
    member = await a_member(nickname="周嘉怡")
    caller, staff = await callers.member(member), await callers.staff(await a_staff("members.read"))
    await caller.do("shareWish", {"kind": "EXPECTATION", "text": "希望周末多办线下茶会"})
    await caller.do("shareWish", {"kind": "SUGGESTION", "text": "签到 100% 的人应有奖"})
    query = "query($s: String) { wishes(search: $s, first: 10) { edges { node { kind text member { nickname } } } } }"

    found = await staff.data(query, s="100%")
    every = await staff.data(query)

    assert found["wishes"]["edges"] == [
        {"node": {"kind": "SUGGESTION", "text": "签到 100% 的人应有奖", "member": {"nickname": "周嘉怡"}}}
    ]
    assert len(every["wishes"]["edges"]) == 2
    assert await caller.error(query) == "FORBIDDEN"


async def test_another_members_wish_is_not_there(callers: Callers) -> None:
    caller, other = await callers.member(await a_member()), await callers.member(await a_member())
    wish = await caller.do("shareWish", {"kind": "SUGGESTION", "text": "开个读书群"}, "wish { id }")
    query = "query($id: ID!) { node(id: $id) { ... on Wish { text } } }"

    assert (await caller.data(query, id=wish["wish"]["id"]))["node"] == {"text": "开个读书群"}
    assert (await other.data(query, id=wish["wish"]["id"]))["node"] is None
