"""What is outside one's scope is out of reach: every mutation, with the ids of records that are somebody else's.

The documents are made from the schema, so a mutation that comes later is tried too: each id that it takes names a
record outside the caller's scope, by the name of the field.
"""

from datetime import date, timedelta
from typing import Any

from graphql import get_named_type
from strawberry.types.field import StrawberryField

from api.schema import schema
from auth.permissions import Can, IsMember, IsMemberOr, IsMemberOrStaff
from engine.cursor import encode_id
from models.actor import Actor
from models.checkins.squad_diploma import SquadDiploma
from models.checkins.squad_settlement import settle_due as settle_squads
from models.checkins.squad_terms import SquadMode
from models.groups.group import Group
from models.learning.attendance import Attendance
from models.learning.calendar_feed import CalendarFeed
from models.learning.camp_certificate import CampCertificate
from models.learning.camp_settlement import settle_due as settle_camps
from models.learning.camp_task import CampTask
from models.learning.course_terms import CourseKind
from models.learning.enrollment import Enrollment
from models.learning.handing_in import hand_in
from models.learning.holiday import Holiday
from models.learning.material import Material, MaterialTerms
from models.learning.question_standing import QuestionStanding
from models.learning.quiz_answer import Given, QuizAnswer
from models.learning.response import Response
from models.learning.review import ReviewMatrix
from models.learning.warm_up import WarmUpChannel, WarmUpTask, WarmUpTerms
from models.mall.good import Good, GoodKind
from models.members.introduction import Introduction, Lines
from models.members.member import Member
from models.play.draw_result import DrawResult
from models.play.draw_terms import PrizeTerms
from models.play.prize_claim import PrizeClaim
from models.play.red_packet_rain import RedPacketRain
from models.play.red_packet_sender import Sender
from models.points.behaviour import Behaviour
from models.points.earn_rule import EarnRule
from models.points.earn_terms import EarnTerms
from models.points.earning import Earning
from models.points.entry import PointEntry
from models.spread.forward_decision import ForwardDecision, ForwardVerdict, Verdict
from models.spread.introduction_reply import IntroductionReply, ReplyText
from models.staff.colleague import DataScope
from schema.payload import ALLOW
from store.database import dialect, fetch
from tests.build import LONG_AGO, a_member, a_staff, new_key, public_id
from tests.callers import Answer, Caller, Callers
from tests.checkins.squads import DAY, a_challenge, a_running_squad, checked_in, squad_of
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.house.test_permissions import is_required, root_fields
from tests.learning.build import STAFF_ID, a_course, a_session, a_slot, a_teacher
from tests.learning.camps import a_camp, handed_in, joined
from tests.learning.questions import short_text
from tests.learning.quizzes import a_question, a_quiz, begun
from tests.learning.rooms import enrolled, marked
from tests.mall.build import a_buyer, a_good, an_address, an_order
from tests.play.build import a_budget, a_member_packet, terms
from tests.play.draws import MUG, a_draw, chances
from tests.spread.build import a_channel, a_code
from tests.spread.forwarding import a_proof, a_task, claimed

Ids = dict[str, str]

# What is no act on anybody's record: one's own session, and what staff do among themselves.
AMONG_STAFF = {"staff.write", "keys.write"}
NEVER = PrizeTerms("谢谢参与", weight=0, is_fallback=True)
PLAIN: dict[str, object] = {"String": "测试测试", "Int": 1, "BigInt": "1", "Boolean": True, "Date": "2026-11-24"}


async def somebody_else() -> tuple[Member, Ids]:
    """A member of another region with one of everything, and the ids of all that by the names of input fields."""
    group = await a_group(region="华东")
    victim = await a_place(group, member=await a_buyer(5_000))
    waiting = await a_good(cash_minor=990)
    address = await an_address(victim)
    sent = await an_order(victim, await a_good(GoodKind.PHYSICAL))
    unpaid = await an_order(victim, waiting)
    packet = await a_member_packet(victim, group, 100, 10)
    rain = await RedPacketRain.send(
        Sender.member(victim.id),
        terms(20, 2, group_id=group.id),
        drops=2,
        seconds_between=5,
        actor=Actor.member(victim.id),
        at=NOON,
        once=None,
    )
    draw = await a_draw(NEVER, MUG)
    await chances(victim, draw, 1)
    await DrawResult.draw_once(victim.id, draw.id, at=NOON)
    await EarnRule.put(Behaviour.POSTED, EarnTerms(30, needs_review=True), at=LONG_AGO)
    earning = await Earning.pay(victim.id, Behaviour.POSTED, "post:1", at=NOON)
    text, chosen = await a_question(short_text()), await a_question()
    quiz = await a_quiz(text, chosen, group_id=group.id, review=ReviewMatrix.open_review())
    attempt = await begun(victim, quiz)
    await hand_in(victim.id, attempt.id, [Given(1, Response(text="分散风险"), 1)], at=NOON)
    answer, standing = await QuizAnswer.get(position=1), await QuestionStanding.get(question_id=chosen.id)
    open_attempt = await begun(victim, quiz)
    entry = await PointEntry.filter(member_id=victim.id, amount__gt=0).order_by("id").first()
    learning = await their_planning(group) | await their_learning(victim, group)
    reply = await their_welcome(victim, group)
    assert earning
    assert entry
    member, order = public_id(victim), public_id(sent)
    return victim, {
        **dict.fromkeys(("memberId", "memberIds", "newcomerId", "receiverId", "inviteeId", "recipientId"), member),
        **dict.fromkeys(("groupId", "groupIds"), public_id(group)),
        "orderId": order,
        "id": order,
        "orderNumber": unpaid.number,
        "addressId": public_id(address),
        "redPacketId": public_id(packet),
        "rainId": public_id(rain),
        "drawId": public_id(draw),
        "claimId": public_id(await PrizeClaim.get()),
        **await of_camps(victim, group),
        **await of_squads(victim, group),
        **await of_forwarding(victim),
        "earningIds": public_id(earning),
        "entryId": public_id(entry),
        "budgetId": public_id(await a_budget(500)),
        "goodId": public_id(await Good.get(id=waiting.good_id)),
        "skuId": public_id(waiting),
        "quizId": public_id(quiz),
        "attemptId": public_id(open_attempt),
        "answerId": public_id(answer),
        "wrongAnswerId": encode_id("WrongAnswer", standing.id),
        "phone": "13800138000",
        **await their_codes(victim),
        "replyId": public_id(reply),
        **learning,
    }


async def their_codes(victim: Member) -> Ids:
    """A code by which it invites others, and the channel that it is spread through."""
    channel = await a_channel()
    return {
        "inviterId": public_id(victim),
        "channelId": public_id(channel),
        "codeId": public_id(await a_code(victim, channel)),
    }


async def their_welcome(victim: Member, group: Group) -> IntroductionReply:
    """A reply to the introduction of the victim, who is new in its group."""
    await Introduction.publish(victim.id, Lines(name="小林"), at=NOON)
    friend = await a_place(group)
    return await IntroductionReply.write(friend.id, group.id, victim.id, ReplyText("欢迎"), at=LONG_AGO, once=None)


async def their_planning(group: Group) -> Ids:
    """What hangs on courses of a group, and what staff of the whole brand keep beside them."""
    course = await a_course(CourseKind.FIXED, group_id=group.id, teacher_id=(await a_teacher()).id)
    slot = await a_slot(course, 1, 20 * 60)
    passing = await a_course(CourseKind.TEMPORARY, group_id=group.id)
    poster = WarmUpTerms(-3, "发布海报", WarmUpChannel.GROUP_CHAT)
    [task] = await WarmUpTask.plan(passing.id, [poster], expected_version=2, staff_id=STAFF_ID, at=NOON)
    [holiday] = await Holiday.take_in({date(2026, 12, 25): "店庆"}, staff_id=STAFF_ID, at=NOON)
    feed, _ = await CalendarFeed.of_group(group.id, staff_id=STAFF_ID, at=NOON)
    return {
        "slotId": public_id(slot),
        "taskId": public_id(task),
        "teacherId": public_id(await a_teacher()),
        "holidayId": public_id(holiday),
        "feedId": public_id(feed),
    }


async def their_learning(victim: Member, group: Group) -> Ids:
    """A seat in a course of its group, an attendance of a session and a material beside it."""
    course = await a_course(group_id=group.id, price=10)
    session = await a_session(course, starts_at=NOON - timedelta(hours=1))
    await enrolled(course, victim)
    await marked(session, victim, at=NOON)
    terms = MaterialTerms("讲义", session.id)
    material = await Material.add_link(course.id, terms, "https://docs.example/1", staff_id=STAFF_ID, at=NOON)
    attendance, place = await Attendance.get(member_id=victim.id), await Enrollment.get(member_id=victim.id)
    return {
        "courseId": public_id(course),
        "sessionId": public_id(session),
        "enrollmentId": public_id(place),
        "attendanceId": public_id(attendance),
        "materialId": public_id(material),
    }


async def of_camps(victim: Member, group: Group) -> Ids:
    """A camp of the group that the victim has finished, and another that it takes part in."""
    done = await a_camp(1, group_id=group.id)
    place = await joined(done, victim)
    post = await handed_in(place, 1)
    await settle_camps(at=done.ends_at)
    camp = await a_camp(3, group_id=group.id, misses_allowed=3, allows_late=True)
    return {
        "campId": public_id(camp),
        "placeId": public_id(await joined(camp, victim)),
        "taskId": public_id(await CampTask.get(camp_id=camp.id, day=1)),
        "postId": public_id(post),
        "certificateId": public_id(await CampCertificate.get()),
    }


async def of_squads(victim: Member, group: Group) -> Ids:
    """A challenge of the group that the victim has finished, and another that its squad has missed a day of."""
    mate = await a_place(group, member=await a_buyer(100))
    done = await a_challenge(1, group_id=group.id)
    for place in await a_running_squad(done, members=[victim, mate]):
        await checked_in(place, 1)
    await settle_squads(at=done.ends_at)
    rules: dict[str, Any] = {"mode": SquadMode.TOTAL_DAYS, "misses_allowed": 3, "substitutes_until_day": 3}
    going = await a_challenge(group_id=group.id, starts_on=NOON.date() - DAY, forms_until=NOON - 2 * DAY, **rules)
    place = (await a_running_squad(going, members=[mate, victim]))[1]
    await settle_squads(at=NOON)
    return {
        "challengeId": public_id(going),
        "squadId": public_id(await squad_of(place)),
        "squadPlaceId": public_id(place),
        "diplomaId": public_id(await SquadDiploma.get(member_id=victim.id)),
    }


async def of_forwarding(victim: Member) -> Ids:
    """A claim that a proof is asked for, and a picture that was not handed in yet."""
    task = await a_task(sample_percent=100)
    claim = await claimed(task, victim)
    given = Verdict(claim.id, ForwardVerdict.PROOF_ASKED)
    decision = await ForwardDecision.decide(given, staff_id=STAFF_ID, at=NOON)
    return {
        "forwardTaskId": public_id(task),
        "forwardClaimId": public_id(claim),
        "forwardDecisionId": public_id(decision),
        "proofId": public_id(await a_proof(victim.id)),
    }


def filled(kind: Any, name: str, ids: Ids) -> object:
    """A value of an input type: what is required, and every id, those of somebody else."""
    bare = str(kind).rstrip("!")
    if bare.startswith("["):
        return [filled(kind.of_type.of_type if bare != str(kind) else kind.of_type, name, ids)]
    named = get_named_type(kind)
    if hasattr(named, "values"):
        return next(iter(named.values))
    if hasattr(named, "fields"):
        wanted = {key: one for key, one in named.fields.items() if is_required(one) or key in ids}
        return {key: filled(one.type, key, ids) for key, one in wanted.items()}
    if name == "idempotencyKey":
        return new_key()
    return ids.get(name) or PLAIN.get(bare, "2026-11-24T00:00:00Z")


async def tried(caller: Caller, name: str, ids: Ids) -> Answer:
    field = schema._schema.type_map["Mutation"].fields[name]  # type: ignore[attr-defined]  # a root is an object
    arguments = {key: filled(one.type, key, ids) for key, one in field.args.items()}
    heads = ", ".join(f"${key}: {one.type}" for key, one in field.args.items())
    given = ", ".join(f"{key}: ${key}" for key in field.args)
    query = f"mutation({heads}) {{ {name}({given}) {{ userErrors {{ code field message }} }} }}"
    return await caller.ask(query, **arguments)


async def all_there_is(of: Member | None = None) -> dict[str, list[str]]:
    """Every row of every table, or those that are about one member."""
    of_tables = (
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()"
        if dialect() == "postgres"
        else "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    found = {}
    for table in sorted(str(row["name"]) for row in await fetch(of_tables)):
        rows = [dict(row) for row in await fetch(f'SELECT * FROM "{table}"')]
        if of:
            rows = [row for row in rows if str(of.id) in {str(value) for key, value in row.items() if key != "id"}]
        found[table] = sorted(map(str, rows))
    return found


def mutations(*permissions: type) -> list[tuple[str, StrawberryField]]:
    return [
        (name, field)
        for root, name, field in root_fields()
        if root == "Mutation" and isinstance(field.metadata[ALLOW], permissions)
    ]


async def test_staff_of_one_region_reach_nothing_of_another(callers: Callers) -> None:
    _, ids = await somebody_else()
    staff = await callers.staff(await a_staff(scope=DataScope.REGION, region="华南"))
    before, effects = await all_there_is(), dict[str, object]()

    for name, field in mutations(Can, IsMemberOr):
        if getattr(field.metadata[ALLOW], "right", None) not in AMONG_STAFF:
            answer = await tried(staff, name, ids)
            after = await all_there_is()
            if after != before:
                effects[name] = (answer, {table for table in after if after[table] != before[table]})
                before = after

    assert effects == {}


async def test_a_member_changes_nothing_of_another(callers: Callers) -> None:
    victim, ids = await somebody_else()
    before, effects = await all_there_is(victim), dict[str, object]()

    for name, _ in mutations(IsMember, IsMemberOr, IsMemberOrStaff):
        # Somebody new each time, since some of these end the caller's session.
        answer = await tried(await callers.member(await a_member()), name, ids)
        after = await all_there_is(victim)
        if after != before:
            effects[name] = (answer, {table for table in after if after[table] != before[table]})
            before = after

    assert effects == {}
