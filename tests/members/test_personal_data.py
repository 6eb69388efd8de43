"""A copy of everything, and erasure that leaves nothing to know the member by.

A member is given a mark of its own in every column that can tell who it is. The copy holds all of them; after the
erasure the database and Redis hold none, and the ledger still adds up.
"""

import asyncio
from datetime import timedelta
from itertools import count

import pytest
from redis.asyncio import Redis
from tortoise import fields
from tortoise.exceptions import IntegrityError

from models.actor import Actor
from models.checkins.check_in import CheckIn
from models.checkins.squad_diploma import SquadDiploma
from models.groups.block import GroupBlock
from models.groups.join_request import JoinRequest
from models.groups.membership import Membership
from models.groups.waitlist import WaitlistEntry
from models.learning.answer_mark import ByHand, mark_answer
from models.learning.calendar_feed import CalendarFeed
from models.learning.camp_settlement import settle_due
from models.learning.course_notice import CourseNotice
from models.learning.enrollment_end import leave_course
from models.learning.feedback import SessionFeedback
from models.learning.handing_in import hand_in
from models.learning.question_standing import QuestionStanding
from models.learning.quiz_answer import Given, QuizAnswer
from models.learning.quiz_notice import QuizNotice
from models.learning.repractice import Repractice
from models.learning.response import Response
from models.learning.review import ReviewMatrix
from models.learning.roll_call import call_roll
from models.learning.teacher import Teacher, TeacherTerms
from models.learning.watching import Watching
from models.mall.cancellation import cancel
from models.mall.good import GoodKind
from models.mall.restock_notice import RestockNotice
from models.mall.wish_list import WishListEntry
from models.members.consent import Consent
from models.members.consent_document import ConsentDocument, ConsentKind
from models.members.data_copy import about, copy_of, records
from models.members.erasure import ERASED_NICKNAME, erase
from models.members.identity import Identity
from models.members.introduction import Introduction, Lines
from models.members.introduction_draft import IntroductionDraft
from models.members.ladder import LadderChange, LadderStep
from models.members.member import Member, MemberErased, MemberStatus
from models.members.member_tag import MemberTag, TagSource
from models.members.registration import recognise
from models.members.segment_snapshot import SegmentSnapshot
from models.members.session import Session, SubjectKind
from models.members.status_change import MemberStatusChange
from models.members.wish import Wish, WishKind
from models.play.draw_result import DrawResult
from models.play.draw_terms import PrizeKind, PrizeTerms
from models.play.prize_claim import PrizeClaim
from models.play.red_packet_share import RedPacketShare
from models.points.account import Account, of_member
from models.points.expiry_notice import ExpiryNotice
from models.points.gift import PointGift
from models.points.gift_policy import GiftPolicy, GiftReach, GiftTerms
from models.points.grant_batch import GrantBatch
from models.points.grant_row import GivenRow, GrantRow, NamedBy
from models.privacy import PERSONAL, DataClass, Erasure
from models.spread.forward_hand_in import ForwardHandIn
from models.spread.poster import Poster
from models.spread.referral import Referral
from models.spread.referral_finding import FindingKind, ReferralFinding
from models.spread.scene_code import SceneCode
from models.spread.visit import Visit
from models.staff.staff import Staff
from platforms.wechat.fake import FakeWeChat
from store.database import execute, fetch, fetch_value
from store.ids import new_id
from store.redis import redis
from tests.build import a_member, a_plan, a_staff
from tests.callers import Callers
from tests.checkins.squads import a_challenge, a_running_squad, squad_of
from tests.conftest import NOON
from tests.groups.build import a_group
from tests.learning.build import STAFF_ID, a_course, a_session
from tests.learning.camps import MONDAY, STARTS, a_camp, handed_in, joined
from tests.learning.questions import short_text
from tests.learning.quizzes import a_question, a_quiz, begun
from tests.learning.rooms import enrolled
from tests.mall.build import a_good, an_address, an_order
from tests.members.build import a_segment, a_tag
from tests.members.conftest import Login
from tests.play.build import a_member_packet, a_packet, give
from tests.play.draws import THANKS, a_draw, chances
from tests.spread.forwarding import a_task, claimed, screenshot
from tests.spread.posters import a_template

REPEATS = 20
OPENID, UNIONID, PHONE = "oMarkOfOpenid", "uMarkOfUnionid", "13612345678"
LEAVING, CANCELLING = "搬到苏州去了", "颜色不合心意"
BOUGHT, RECEIPT = "到店购买", "小雨的小票 0012"
UNENROLLING = "晚上要带孩子"
STANDING_BY = "换了张清楚的截图"
LOGS = {
    "membership_change",
    "order_change",
    "ladder_change",
    "enrollment_change",
    "referral_change",
    "forward_hand_in",
}


async def a_full_life(login: Login) -> Member:
    """A member with a row in every table that erasure has to do with."""
    inviter = await a_member()
    invitation = await IntroductionDraft.write(inviter.id, Lines(name="小雨"), at=NOON)
    known = await recognise(login(OPENID, UNIONID), at=NOON, invite_code=invitation.invite_code)
    member = known.member
    await Identity.bind_phone(member.id, "86", PHONE, at=NOON)
    await Introduction.publish(member.id, Lines("小雨", "28", "弹琴", "川菜", "交朋友"), at=NOON)
    await IntroductionDraft.write(member.id, Lines("闺蜜", "27", "跳舞", "烘焙", "一起玩"), at=NOON)
    await Wish.share(member.id, WishKind.EXPECTATION, "多办茶会", at=NOON)
    staff = await a_staff()
    await ConsentDocument.publish(
        ConsentKind.TERMS, title="协议", url="https://a.cn/", is_required=True, staff_id=staff.id, at=NOON
    )
    await Consent.give(member.id, ConsentKind.TERMS, 1, at=NOON)
    await CheckIn.record(member.id, await a_plan(), at=NOON, content="打卡", photo_url="https://a.cn/1.jpg")
    await _places(member)
    await _shopping(member)
    await _playing(member, staff)
    await _learning(member)
    await _in_a_squad(member)
    await Poster.of(member.id, (await a_template()).id, at=NOON)
    claim = await claimed(await a_task(screenshot()), member)
    await ForwardHandIn.create(claim_id=claim.id, member_id=member.id, round=2, words=STANDING_BY, created_at=NOON)
    await Session.start(SubjectKind.MEMBER, member.id, at=NOON)
    await MemberStatusChange.by_staff(member.id, MemberStatus.MUTED, staff_id=staff.id, reason="刷屏", at=NOON)
    await Referral.record(member.id, (await a_member()).id, at=NOON)
    await ReferralFinding.note(FindingKind.BURST, f"{member.id}:2026-11-23", member.id, [], at=NOON)
    await Visit.record(await SceneCode.of(at=NOON), member_id=member.id, device="phone-1", address="::1", at=NOON)
    friend = await a_member()
    await GiftPolicy.put(GiftTerms(is_open=True, reach=GiftReach.EVERYBODY), staff_id=staff.id, at=NOON)
    await PointGift.give(member.id, friend.id, 5, at=NOON, once=None)
    await ExpiryNotice.create(member_id=member.id, last_day=NOON.date(), days_before=1, amount=5, created_at=NOON)
    await _known_to_staff(member, staff)
    return await Member.get(id=member.id)


async def _known_to_staff(member: Member, staff: Staff) -> None:
    tag = await a_tag()
    await MemberTag.put_on(tag.id, [member.id], source=TagSource.MANUAL, actor=Actor.staff(staff.id), at=NOON)
    await LadderChange.by_staff(
        member.id,
        LadderStep.CUSTOMER,
        expected_step=LadderStep.PROSPECT,
        reason=BOUGHT,
        evidence=[RECEIPT],
        staff_id=staff.id,
        at=NOON,
    )
    segment = await a_segment({"tag_in": [str(tag.id)]})
    await SegmentSnapshot.take(segment.id, staff_id=staff.id, at=NOON)


async def _places(member: Member) -> None:
    left, joined, asked, waited, barred = [await a_group() for _ in range(5)]
    await Membership.join(member.id, left.id, at=NOON)
    await Membership.leave(member.id, left.id, reason=LEAVING, at=NOON)
    await Membership.join(member.id, joined.id, at=NOON)
    await Membership.set_nickname(member.id, joined.id, "雨姐", at=NOON)
    await JoinRequest.create(
        member_id=member.id, group_id=asked.id, message="想加入", reason="再等等", created_at=NOON, expires_at=NOON
    )
    await WaitlistEntry.create(member_id=member.id, group_id=waited.id, created_at=NOON)
    await type(waited).filter(id=waited.id).update(waiting_count=1)
    await GroupBlock.create(member_id=member.id, group_id=barred.id, reason="广告", by_kind="staff", created_at=NOON)


async def _shopping(member: Member) -> None:
    sold, gone = await a_good(GoodKind.PHYSICAL, price=0), await a_good(stock=0)
    await an_address(member)
    order = await an_order(member, sold, note="请放前台")
    await cancel(member.id, order.id, reason=CANCELLING, at=NOON, once=None)
    await WishListEntry.put(member.id, gone.good_id, at=NOON)
    await RestockNotice.ask(member.id, gone.id, at=NOON)


async def _playing(member: Member, staff: Staff) -> None:
    """Points by a grant to many, a red packet sent, thanks for another one, and a prize that was claimed."""
    batch = await GrantBatch.draft(name="双十一补贴", reason="活动奖励", staff_id=staff.id, at=NOON)
    await GrantRow.add(batch.id, [GivenRow(NamedBy.MEMBER_ID, str(member.id), 100)], staff_id=staff.id, at=NOON)
    group = await a_group()
    await Membership.join(member.id, group.id, at=NOON)
    await give(of_member(member.id), 100)
    await a_member_packet(member, group, 10, 2, greeting="大家好")
    packet = await a_packet(10, 2)
    await RedPacketShare.grab(member.id, packet.id, at=NOON, once=None)
    await RedPacketShare.thank(member.id, packet.id, "谢谢", at=NOON)
    draw = await a_draw(PrizeTerms("马克杯", kind=PrizeKind.GOOD, weight=9_000, stock=1), THANKS)
    await chances(member, draw, 40)
    while not (won := await PrizeClaim.filter(member_id=member.id).first()):
        await DrawResult.draw_once(member.id, draw.id, at=NOON)
    await PrizeClaim.claim(member.id, won.id, note="寄到苏州", at=NOON)


async def _learning(member: Member) -> None:
    """A camp of one day, finished and told of."""
    place = await joined(await a_camp(1, starts_on=MONDAY, late_until_day=1), member)
    await handed_in(place, 1, at=NOON)
    await settle_due(at=STARTS)
    """A seat that was given up and taken again, a session attended, watched and thought of, and one taught."""
    teaching = TeacherTerms("小雨老师", bio="弹琴十年", picture="https://a.cn/2.jpg", member_id=member.id)
    await Teacher.add(teaching, staff_id=STAFF_ID, at=NOON)
    course = await a_course()
    session = await a_session(course, starts_at=NOON - timedelta(hours=1), replay_url="https://video.example/1")
    await enrolled(course, member)
    await leave_course(member.id, course.id, reason=UNENROLLING, at=NOON, once=None)
    await enrolled(course, member)
    await call_roll(session.id, [member.id], actor=Actor.staff(STAFF_ID), at=NOON)
    await SessionFeedback.give(member.id, session.id, 5, words="讲得真好", at=NOON)
    await Watching.report(member.id, session.id, 0, 30, client_at=NOON, at=NOON)
    await CalendarFeed.of_member(member.id, at=NOON)
    await CourseNotice.create(
        member_id=member.id, course_id=course.id, subject_id=course.id, kind="no_go", mark=0, created_at=NOON
    )
    """A text that was handed in and marked, and a question of the book practised again."""
    text, chosen = await a_question(short_text()), await a_question()
    attempt = await begun(member, await a_quiz(text, chosen, review=ReviewMatrix.open_review()))
    answer = await QuizAnswer.get(attempt_id=attempt.id, position=1)
    await hand_in(member.id, attempt.id, [Given(1, Response(text="分散风险"), 1)], at=NOON)
    await mark_answer(answer.id, ByHand(points=40, words="再举个例子"), staff_id=new_id(), at=NOON)
    standing = await QuestionStanding.get(member_id=member.id, question_id=chosen.id)
    await Repractice.record(member.id, standing.id, Response(options=("1",)), at=NOON)
    await a_quiz(await a_question(), closes_at=NOON + timedelta(hours=1))
    await QuizNotice.remind(at=NOON)


async def _in_a_squad(member: Member) -> None:
    """A squad with its notices, and a diploma."""
    place, _ = await a_running_squad(await a_challenge(), members=[member])
    await SquadDiploma.issue(place, (await squad_of(place)).id, at=NOON)


async def marked(member: Member) -> set[str]:
    """Put a mark of its own into every free text of the member that says who it is; returns the marks.

    Logs cannot be written on afterwards; there the words on leaving a group or a course, on cancelling an order and on
    buying are the marks. The audit keeps the reasons of what staff did.
    """
    marks, numbers = {LEAVING, CANCELLING, RECEIPT, UNENROLLING, STANDING_BY}, count()
    for name, table in PERSONAL.items():
        if table.erased is Erasure.KEEP or name in LOGS:
            continue
        record = records()[name]
        assert await record.filter(about(table, member.id)).exists(), f"a full life has no row in {name}"
        for column in table.of_class(DataClass.IDENTITY, DataClass.SENSITIVE):
            field = record._meta.fields_map[column]
            if type(field) not in (fields.CharField, fields.JSONField):
                continue
            marks.add(mark := f"印记{next(numbers):03d}。")
            value = [mark] if isinstance(field, fields.JSONField) else mark
            # One row of several is enough, and some texts are unique.
            first = await record.filter(about(table, member.id)).first()
            assert first is not None
            await record.filter(pk=first.pk).update(**{column: value})
    return marks


async def whole_database() -> str:
    return "\n".join([str([dict(row) for row in await fetch(f'SELECT * FROM "{table}"')]) for table in records()])


async def whole_redis() -> str:
    return await redis().call(_everything_in)


async def _everything_in(client: Redis) -> str:
    commands = {"string": "GET {}", "hash": "HGETALL {}", "set": "SMEMBERS {}", "zset": "ZRANGE {} 0 -1"}
    found: list[object] = []
    for key in await client.keys("*"):
        command = commands[str(await client.type(key))]
        found.append((key, await client.execute_command(*command.format(key).split())))  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
    return repr(found)


async def test_the_copy_holds_every_mark_and_the_database_none_after_erasure(
    database: str, empty_redis: str, login: Login
) -> None:
    member = await a_full_life(login)
    key = (await Identity.filter(sealed_session_key__isnull=False).first()).sealed_session_key  # type: ignore[union-attr]  # there is one
    plain = str(await copy_of(member.id, at=NOON))
    assert all(text in plain for text in (OPENID, UNIONID, PHONE))
    marks = await marked(member)

    copy = str(await copy_of(member.id, at=NOON))
    before = await whole_database()
    await erase(member.id, at=NOON)

    after, in_redis = await whole_database(), await whole_redis()
    assert len(marks) > 20
    assert {mark for mark in marks if mark not in copy} == set()
    assert {mark for mark in marks if mark not in before} == set(), "the dump would not show a mark"
    assert {mark for mark in marks if mark in after + in_redis} == set()
    assert [text for text in (OPENID, UNIONID, PHONE, key or "") if text in after + in_redis] == []


async def test_the_copy_keeps_hashes_and_keys_here(database: str, empty_redis: str, login: Login) -> None:
    member = await a_full_life(login)

    copy = str(await copy_of(member.id, at=NOON))

    for identity in await Identity.filter(member_id=member.id):
        assert identity.value_hash not in copy
    assert "session-key-of" not in copy
    assert (await Session.filter(subject_id=member.id).first()).access_hash not in copy  # type: ignore[union-attr]  # there is one


async def test_the_copy_is_about_nobody_else(database: str, empty_redis: str, login: Login) -> None:
    member = await a_full_life(login)
    other = await a_member(nickname="隔壁老王", real_name="王建国")
    await Wish.share(other.id, WishKind.SUGGESTION, "别人的心愿", at=NOON)

    copy = str(await copy_of(member.id, at=NOON))

    assert [text for text in ("隔壁老王", "王建国", "别人的心愿", str(other.id)) if text in copy] == []


async def test_erasure_leaves_the_ledger_as_it_was(database: str, empty_redis: str, login: Login) -> None:
    member = await a_full_life(login)
    entries = await fetch("SELECT * FROM point_entry ORDER BY id")
    balance = (await Account.get(id=of_member(member.id).id)).balance

    await erase(member.id, at=NOON)

    assert [dict(row) for row in await fetch("SELECT * FROM point_entry ORDER BY id")] == [dict(row) for row in entries]
    assert await fetch_value("SELECT sum(amount) FROM point_entry") == 0
    assert (await Account.get(id=of_member(member.id).id)).balance == balance > 0


@pytest.mark.parametrize(
    "change", ["reason = '改过的话'", "role = 'owner'", "reason = NULL, role = 'owner'", "happened_at = NULL"]
)
async def test_the_log_of_groups_gives_up_a_reason_and_nothing_else(
    database: str, empty_redis: str, change: str
) -> None:
    member, group = await a_member(), await a_group()
    await Membership.join(member.id, group.id, at=NOON)
    await Membership.leave(member.id, group.id, reason=LEAVING, at=NOON)

    with pytest.raises(IntegrityError, match="membership_change is append-only"):
        await execute(f"UPDATE membership_change SET {change} WHERE reason IS NOT NULL")
    with pytest.raises(IntegrityError, match="membership_change is append-only"):
        await execute("DELETE FROM membership_change")

    assert await execute("UPDATE membership_change SET reason = NULL") == 2


async def test_an_erased_member_is_nobody_anywhere(callers: Callers, login: Login) -> None:
    member = await a_full_life(login)
    caller = await callers.member(member)

    payload = await caller.do("eraseMe", {"confirm": True}, "erasedAt")

    assert payload == {"erasedAt": "2026-11-23T04:00:00Z", "userErrors": []}
    assert await caller.error("{ viewer { status } }") == "UNAUTHENTICATED"
    now = await Member.get(id=member.id)
    assert (now.nickname, now.status, now.is_hidden_from_boards) == (ERASED_NICKNAME, MemberStatus.ERASED, True)
    assert await Membership.filter(member_id=member.id).count() == 0
    assert str(member.id) not in await whole_redis()


async def test_without_the_confirmation_nobody_is_erased(callers: Callers) -> None:
    member = await a_member()

    assert await (await callers.member(member)).refusal("eraseMe", {"confirm": False}) == "INVALID_INPUT"
    assert (await Member.get(id=member.id)).status is MemberStatus.NORMAL


async def test_a_frozen_member_may_take_its_copy_and_be_erased(callers: Callers) -> None:
    member = await a_member(status=MemberStatus.FROZEN)
    caller = await callers.member(member)

    document = (await caller.data("{ exportMyData { exportedAt document } }"))["exportMyData"]["document"]

    assert document["tables"]["member"][0]["nickname"] == member.nickname
    assert (await caller.do("eraseMe", {"confirm": True}))["userErrors"] == []


async def test_of_two_erasures_at_one_instant_one_is_done(database: str, empty_redis: str) -> None:
    for _ in range(REPEATS):
        member = await a_member()

        outcomes = await asyncio.gather(*(erase(member.id, at=NOON) for _ in range(2)), return_exceptions=True)

        assert sorted(type(one).__name__ for one in outcomes) == sorted([MemberErased.__name__, "NoneType"])
        assert await MemberStatusChange.filter(member_id=member.id).count() == 1


async def test_a_login_during_erasure_is_wholly_before_or_after(database: str, empty_redis: str, login: Login) -> None:
    for repeat in range(REPEATS):
        known = login(f"{OPENID}{repeat}")
        member = (await recognise(known, at=NOON)).member

        await asyncio.gather(erase(member.id, at=NOON), recognise(known, at=NOON), return_exceptions=True)

        assert (await Member.get(id=member.id)).status is MemberStatus.ERASED
        assert await Identity.filter(member_id=member.id).count() == 0


async def test_whoever_erased_itself_comes_back_as_somebody_new(callers: Callers, wechat: FakeWeChat) -> None:
    async def logged_in() -> dict[str, object]:
        code = wechat.login_code("oLinXiaoyu")
        return await callers.nobody().do("miniProgramLogin", {"code": code}, "accessToken isNewMember member { id }")

    first = await logged_in()
    await callers.with_token(str(first["accessToken"])).do("eraseMe", {"confirm": True})

    second = await logged_in()

    assert second["isNewMember"] is True
    assert second["member"] != first["member"]
    assert (await Member.get(status=MemberStatus.NORMAL)).is_returning is True


async def test_the_rights_over_data_are_members_own(callers: Callers) -> None:
    staff = await callers.staff(await a_staff())

    for query in ("{ exportMyData { document } }", "mutation { eraseMe(input: {confirm: true}) { erasedAt } }"):
        assert await callers.nobody().error(query) == "UNAUTHENTICATED"
        assert await staff.error(query) == "FORBIDDEN"
