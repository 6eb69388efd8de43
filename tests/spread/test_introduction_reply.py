"""Replies to introductions: who may, as what it counts, who is told; and whom to mention in them."""

import asyncio
from datetime import timedelta

import pytest

from models.actor import Actor
from models.errors import DomainError, Invalid
from models.groups.group import Group
from models.groups.membership import Membership
from models.groups.moderation import kick, mute
from models.groups.role import Role, RoleAbove
from models.idempotency import Once
from models.members.erasure import erase
from models.members.member import MemberStatus
from models.members.member_tag import MemberTag, TagSource
from models.members.status_change import MemberStatusChange
from models.spread.first_word import FirstWord
from models.spread.introduction_mention import IntroductionMention
from models.spread.introduction_reply import IntroductionReply, ReplyKind, ReplyText
from models.spread.mention_opt_out import MentionOptOut
from models.spread.mention_suggestion import mention_suggestions
from models.spread.newcomer_notice import NewcomerNotice
from models.spread.newcomer_path import paths_of
from models.spread.newcomer_step import NewcomerStep
from models.spread.reply_bounds import REPLIES_MOST
from models.spread.welcomer import WELCOMED_FOR
from models.staff.audit import AuditRow
from store.ids import new_id
from tests.build import a_member
from tests.conftest import NOON
from tests.groups.build import STAFF, a_group, a_place
from tests.groups.conftest import boards_elsewhere  # noqa: F401  # an autouse fixture, for this file as well
from tests.members.build import a_tag
from tests.spread.newcomers import DAY, a_home, a_newcomer, anew, ends, owner_of, replied

LATER = NOON + timedelta(hours=1)


async def test_as_what_a_reply_counts_follows_from_who_writes(database: str) -> None:
    group, inviter = await a_home(), await a_member()
    newcomer = await a_newcomer(group, inviter=inviter, introduced=True)
    guide, other = await a_place(group, role=Role.GUIDE), await a_place(group)
    self_ = await newcomer.member
    authors = [inviter, await owner_of(group), guide, other, self_]

    replies = [await replied(newcomer, author) for author in authors]

    assert [(one.kind, one.is_of_leader) for one in replies] == [
        (ReplyKind.INVITER, False),
        (ReplyKind.OWNER, True),
        (ReplyKind.OWNER, True),
        (ReplyKind.MEMBER, False),
        (ReplyKind.NEWCOMER, False),
    ]


async def test_an_inviter_who_leads_the_group_replies_as_both(database: str) -> None:
    owner = await a_member()
    group = await a_home(owner=owner)
    newcomer = await a_newcomer(group, inviter=owner, introduced=True)

    reply = await replied(newcomer, owner)

    assert (reply.kind, reply.is_of_leader) == (ReplyKind.INVITER, True)
    [path] = await paths_of([newcomer])
    done = {one.step for one in path.steps if one.done_at}
    assert {NewcomerStep.INVITER_REPLIED, NewcomerStep.OWNER_COMMENTED} <= done


async def test_a_reply_is_a_word_of_its_author(database: str) -> None:
    group = await a_home()
    first, second = await a_newcomer(group, introduced=True), await a_newcomer(group)

    await replied(first, await second.member)
    await replied(first, await first.member, at=NOON + DAY)

    assert [(await anew(one)).spoke_at for one in (first, second)] == [NOON + DAY, LATER]
    assert await FirstWord.all().count() == 2


async def test_the_newcomer_and_those_who_are_mentioned_are_told_once(database: str) -> None:
    group = await a_home()
    newcomer = await a_newcomer(group, introduced=True)
    owner, friend = await owner_of(group), await a_place(group)

    reply = await replied(newcomer, owner, mention_ids=[friend.id, friend.id, owner.id])

    mentions = await IntroductionMention.filter(reply_id=reply.id).order_by("position")
    assert [one.member_id for one in mentions] == [friend.id, owner.id]
    told = {(one.member_id, str(one.kind)) for one in await NewcomerNotice.all()}
    assert told == {(newcomer.member_id, "replied"), (friend.id, "mentioned")}


async def test_what_stands_against_a_reply(database: str) -> None:
    group = await a_home()
    newcomer, silent = await a_newcomer(group, introduced=True), await a_newcomer(group)
    member, stranger, muted = await a_place(group), await a_member(), await a_place(group)
    await mute(group.id, muted.id, until=NOON + DAY, reason="刷屏", actor=STAFF, at=NOON)
    banned = await a_place(group)
    await MemberStatusChange.by_staff(banned.id, MemberStatus.MUTED, staff_id=new_id(), reason="广告", at=NOON)
    codes = []
    for target, author, words in (
        (newcomer, stranger, {}),
        (silent, member, {}),
        (newcomer, muted, {}),
        (newcomer, banned, {}),
        (newcomer, member, {"text": " "}),
        (newcomer, member, {"text": "好" * 301}),
        (newcomer, member, {"text": "欢迎\u202e林小"}),
        (newcomer, member, {"mention_ids": [stranger.id]}),
        (newcomer, member, {"mention_ids": [new_id() for _ in range(11)]}),
    ):
        with pytest.raises(DomainError) as refused:
            await replied(target, author, **words)
        codes.append((refused.value.code, refused.value.field))

    assert codes == [
        ("NOT_FOUND", "groupId"),
        ("NOT_INTRODUCED_YET", "memberId"),
        ("MUTED_IN_GROUP", None),
        ("MEMBER_MUTED", None),
        ("INVALID_INPUT", "text"),
        ("INVALID_INPUT", "text"),
        ("INVALID_INPUT", "text"),
        ("NOT_FOUND", "mentionIds"),
        ("INVALID_INPUT", "mentionIds"),
    ]
    assert await IntroductionReply.all().count() + await NewcomerNotice.all().count() == 0
    assert await FirstWord.all().count() == 0


async def test_an_inviter_who_was_muted_or_kicked_has_no_say_from_outside(database: str) -> None:
    group = await a_home()
    muted, kicked, outside = [await a_member() for _ in range(3)]
    for one in (muted, kicked):
        await a_place(group, member=one)
    newcomers = [await a_newcomer(group, inviter=one, introduced=True) for one in (muted, kicked, outside)]
    await mute(group.id, muted.id, until=NOON + DAY, reason="刷屏", actor=STAFF, at=NOON)
    await Membership.leave(muted.id, group.id, at=NOON)
    await kick(group.id, kicked.id, reason="广告", actor=STAFF, at=NOON)

    for newcomer, author, code in zip(
        newcomers, (muted, kicked), ("MUTED_IN_GROUP", "BLOCKED_FROM_GROUP"), strict=False
    ):
        with pytest.raises(DomainError) as refused:
            await replied(newcomer, author)
        assert refused.value.code == code
    assert await IntroductionReply.all().count() + await NewcomerNotice.all().count() == 0

    assert (await replied(newcomers[2], outside)).kind is ReplyKind.INVITER
    assert (await replied(newcomers[0], muted, at=NOON + DAY)).kind is ReplyKind.INVITER


async def test_nobody_replies_in_an_archived_group_nor_long_after_the_days(database: str) -> None:
    group = await a_home()
    newcomer, member = await a_newcomer(group, introduced=True), await a_place(group)
    over = newcomer.due_at + WELCOMED_FOR

    with pytest.raises(DomainError) as refused:
        await replied(newcomer, member, at=over)
    assert refused.value.code == "NEWCOMER_DAYS_OVER"
    await replied(newcomer, member, at=over - timedelta(seconds=1))
    await Group.archive(group.id, reason="合并", actor=STAFF, at=NOON)
    with pytest.raises(DomainError) as refused:
        await replied(newcomer, member)
    assert refused.value.code == "GROUP_ARCHIVED"
    assert await IntroductionReply.all().count() == 1


async def test_a_flood_of_replies_and_mentions_is_held_back(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    group = await a_home()
    first, second = [await a_newcomer(group, introduced=True) for _ in "12"]
    author, friends = await a_place(group), [await a_place(group) for _ in range(3)]
    ids = [one.id for one in friends]
    monkeypatch.setattr("models.spread.reply_bounds.REPLIES_A_DAY", 3)
    monkeypatch.setattr("models.spread.reply_bounds.MENTIONS_A_DAY", 4)

    await replied(first, author, mention_ids=ids[:2])
    await replied(first, author, text="欢迎\n👨‍👩‍👧", mention_ids=ids[:1])
    told = await NewcomerNotice.filter(sender_id=author.id)
    assert sorted(one.member_id for one in told) == sorted([first.member_id, *ids[:2]])
    with pytest.raises(DomainError) as refused:
        await replied(second, author, mention_ids=ids[:2])
    assert (refused.value.code, refused.value.retry_at) == ("MENTIONS_OF_DAY_REACHED", ends(NOON.date()))
    await replied(second, author, mention_ids=ids[2:])
    with pytest.raises(DomainError) as refused:
        await replied(second, author)
    assert (refused.value.code, refused.value.retry_at) == ("REPLIES_OF_DAY_REACHED", ends(NOON.date()))

    assert await IntroductionReply.all().count() == 3
    await replied(second, author, at=NOON + DAY, mention_ids=ids)


async def test_replies_of_one_member_are_bounded(database: str) -> None:
    group = await a_home()
    newcomer, member = await a_newcomer(group, introduced=True), await a_place(group)
    for number in range(REPLIES_MOST):
        await replied(newcomer, member, text=f"第 {number} 句")

    with pytest.raises(DomainError, match=str(REPLIES_MOST)):
        await replied(newcomer, member)

    assert await IntroductionReply.all().count() == REPLIES_MOST


async def test_the_same_key_replies_once_however_often_it_is_sent(database: str) -> None:
    group = await a_home()
    newcomer, member = await a_newcomer(group, introduced=True), await a_place(group)

    async def send() -> IntroductionReply:
        once = Once.of(f"member:{member.id}", "ReplyToIntroduction", "the-same-key", {"text": "欢迎"})
        words = ReplyText("欢迎")
        return await IntroductionReply.write(member.id, group.id, newcomer.member_id, words, at=LATER, once=once)

    replies = await asyncio.gather(*(send() for _ in range(5)))

    assert len({one.id for one in replies}) == 1
    assert await IntroductionReply.all().count() == await NewcomerNotice.all().count() == 1


async def test_a_reply_that_is_taken_back_counts_for_no_step_but_was_a_word(database: str) -> None:
    group = await a_home()
    newcomer = await a_newcomer(group, introduced=True)
    owner = await owner_of(group)
    reply = await replied(newcomer, owner)

    again = [await IntroductionReply.delete_it(reply.id, actor=Actor.member(owner.id), at=NOON + DAY) for _ in "12"]

    assert [one.deleted_at for one in again] == [NOON + DAY] * 2
    [path] = await paths_of([newcomer])
    assert {one.step for one in path.steps if one.done_at} == {NewcomerStep.INTRODUCED}
    assert await FirstWord.exists(member_id=owner.id)


async def test_who_may_take_a_reply_back(database: str) -> None:
    group = await a_home()
    newcomer, author, other = await a_newcomer(group, introduced=True), await a_place(group), await a_place(group)
    reply = await replied(newcomer, author)

    for actor, code in ((Actor.member(other.id), "NOT_ALLOWED"), (Actor.member((await a_member()).id), "NOT_FOUND")):
        with pytest.raises(DomainError) as refused:
            await IntroductionReply.delete_it(reply.id, actor=actor, at=NOON + DAY)
        assert refused.value.code == code
    guide = await a_place(group, role=Role.GUIDE)
    of_owner = await replied(newcomer, await owner_of(group))
    with pytest.raises(RoleAbove):
        await IntroductionReply.delete_it(of_owner.id, actor=Actor.member(guide.id), at=NOON + DAY)
    assert (await IntroductionReply.get(id=of_owner.id)).deleted_at is None
    await IntroductionReply.filter(id=of_owner.id).delete()
    with pytest.raises(Invalid):
        await IntroductionReply.delete_it(reply.id, actor=STAFF, at=NOON + DAY)
    assert (await IntroductionReply.get()).deleted_at is None

    await IntroductionReply.delete_it(reply.id, actor=STAFF, reason="含广告", at=NOON + DAY)
    row = await AuditRow.get(action="delete_introduction_reply")
    assert (row.reason, row.before) == ("含广告", {"deleted_at": None})


async def test_erasing_a_member_clears_what_it_wrote_and_what_was_written_to_it(database: str) -> None:
    group = await a_home()
    newcomer, author = await a_newcomer(group, introduced=True), await a_place(group)
    await replied(newcomer, author)

    await erase(newcomer.member_id, at=NOON + DAY)

    assert (await IntroductionReply.get()).text is None
    assert await NewcomerNotice.filter(member_id=newcomer.member_id).count() == 0


async def test_those_who_like_the_same_are_suggested_the_most_alike_first(database: str) -> None:
    group = await a_home()
    newcomer = await a_newcomer(group, interests=["喝茶", "爬山", "Jazz"])
    tag, hidden = await a_tag(is_public=True), await a_tag()
    two = await a_place(group, member=await a_member(interests=["jazz", "爬山", "钓鱼"]))
    one = await a_place(group, member=await a_member(interests=["喝茶"]))
    tagged = await a_place(group, member=await a_member(interests=["喝茶"]))
    await a_place(group, member=await a_member(interests=["钓鱼"]))
    for each in (newcomer.member_id, tagged.id, one.id):
        await MemberTag.put_on(hidden.id, [each], source=TagSource.MANUAL, actor=STAFF, at=NOON)
    for each in (newcomer.member_id, tagged.id):
        await MemberTag.put_on(tag.id, [each], source=TagSource.MANUAL, actor=STAFF, at=NOON)

    found = await mention_suggestions(group.id, newcomer.member_id, most=5, at=LATER)

    assert [(each.member_id, each.score) for each in found] == [(two.id, 4), (tagged.id, 3), (one.id, 2)]
    assert [list(each.interests) for each in found] == [["爬山", "Jazz"], ["喝茶"], ["喝茶"]]
    few = await mention_suggestions(group.id, newcomer.member_id, most=1, at=LATER)
    assert [each.member_id for each in few] == [two.id]


async def test_of_equal_ones_whoever_was_here_last_goes_first(database: str) -> None:
    group = await a_group()
    newcomer = await a_newcomer(group, interests=["喝茶"])
    seen = [
        await a_place(group, member=await a_member(interests=["喝茶"], last_active_at=at))
        for at in (NOON - DAY, None, NOON)
    ]

    found = await mention_suggestions(group.id, newcomer.member_id, most=5, at=LATER)

    assert [each.member_id for each in found] == [seen[2].id, seen[0].id, seen[1].id]


async def test_who_may_not_speak_is_gone_or_does_not_want_it_is_not_suggested(database: str) -> None:
    group = await a_home()
    newcomer = await a_newcomer(group, interests=["喝茶"])
    muted, banned, opted, gone, back = [
        await a_place(group, member=await a_member(interests=["喝茶"])) for _ in range(5)
    ]
    await a_member(interests=["喝茶"])
    await mute(group.id, muted.id, until=NOON + DAY, reason="刷屏", actor=STAFF, at=NOON)
    await MemberStatusChange.by_staff(banned.id, MemberStatus.MUTED, staff_id=new_id(), reason="广告", at=NOON)
    for is_suggested in (False, False):
        await MentionOptOut.choose(opted.id, is_suggested=is_suggested, at=NOON)
    await erase(gone.id, at=NOON)
    for is_suggested in (False, True):
        await MentionOptOut.choose(back.id, is_suggested=is_suggested, at=NOON)

    found = await mention_suggestions(group.id, newcomer.member_id, most=5, at=LATER)

    assert [each.member_id for each in found] == [back.id]
    with pytest.raises(Invalid):
        await mention_suggestions(group.id, newcomer.member_id, most=21, at=LATER)
