"""Calendar feeds: who reads which timetable under which address, and what calendars make of changes."""

import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from icalendar import Calendar

from api.logs import open_logs, public_path
from models.groups.membership import Membership
from models.learning.calendar_feed import CalendarFeed
from models.learning.course_session import CourseSession
from models.learning.course_terms import Medium
from models.learning.session_cancel import cancel_session
from models.learning.session_move import move_session
from models.members.member import Member
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from tests.build import a_member, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.learning.build import STAFF_ID, TONIGHT, a_course, a_session, a_teacher
from tests.learning.rooms import enrol
from tests.mall.build import outcomes

DAY = timedelta(days=1)
MAKE, REVOKE = "makeCalendarFeed", "revokeCalendarFeed"


async def made(caller: Any, **input: object) -> str:
    """The path of a feed that the caller makes."""
    answer = await caller.do(MAKE, input, "path feed { kind }")
    assert answer["userErrors"] == []
    return str(answer["path"])


async def read(callers: Callers, path: str, **headers: str) -> httpx2.Response:
    return await callers._http.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def events(callers: Callers, path: str) -> list[Any]:
    answer = await read(callers, path)
    assert answer.status_code == 200
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def uids(found: list[Any]) -> list[str]:
    return [str(one["uid"]).removesuffix("@shequn") for one in found]


async def test_a_member_reads_what_it_is_enrolled_in(callers: Callers) -> None:
    teacher = await a_teacher("周岚")
    course = await a_course(teacher_id=teacher.id, live_url="https://live.example.cn/8")
    member = await a_member()
    await enrol(member, course)
    session = await a_session(course, title="新能源车怎么选", minutes=45)
    await a_session(await a_course(), starts_at=TONIGHT + DAY)

    path = await made(await callers.member(member))
    answer = await read(callers, path)

    assert path.startswith("/calendar/member/")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, max-age=300, must-revalidate"
    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["uid"]) == f"{session.id}@shequn"
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (TONIGHT, TONIGHT + timedelta(minutes=45))
    assert event.decoded("dtstart").utcoffset() == timedelta()
    assert str(event["summary"]) == "周一行业观察：新能源车怎么选"
    assert (str(event["description"]), str(event["url"])) == ("讲师：周岚", "https://live.example.cn/8")
    assert (event["sequence"], str(event["status"])) == (0, "CONFIRMED")
    [alarm] = event.walk("VALARM")
    assert alarm.decoded("trigger") == -timedelta(minutes=10)
    assert b"DTSTART:20261123T120000Z\r\n" in answer.content


async def test_a_change_keeps_the_uid_and_raises_the_sequence(callers: Callers) -> None:
    course, member = await a_course(medium=Medium.OFFLINE, location="徐汇店二楼"), await a_member()
    await enrol(member, course)
    session = await a_session(course)
    path = await made(await callers.member(member))
    [before] = await events(callers, path)

    said: dict[str, Any] = {"staff_id": STAFF_ID, "at": NOON}
    await move_session(session.id, TONIGHT + DAY, reason="讲师出差", expected_version=1, **said)
    [moved] = await events(callers, path)
    await cancel_session(session.id, reason="台风停课", expected_version=2, **said)
    [cancelled] = await events(callers, path)

    assert before["uid"] == moved["uid"] == cancelled["uid"]
    assert [one["sequence"] for one in (before, moved, cancelled)] == [0, 1, 2]
    assert moved.decoded("dtstart") == TONIGHT + DAY
    assert (str(cancelled["status"]), str(cancelled["description"])) == ("CANCELLED", "已取消：台风停课")
    assert str(moved["location"]) == "徐汇店二楼"
    assert cancelled.walk("VALARM") == []


async def test_a_group_reads_its_own_its_circles_and_the_brands(callers: Callers) -> None:
    group, other = await a_group(), await a_group()
    member = await a_place(group)
    own = await a_session(await a_course(group_id=group.id))
    circles = await a_session(await a_course(circle_id=group.circle_id), starts_at=TONIGHT + DAY)
    brands = await a_session(await a_course(), starts_at=TONIGHT + 2 * DAY)
    await a_session(await a_course(group_id=other.id))
    await a_session(await a_course(group_id=group.id, is_published=False))

    path = await made(await callers.member(member), groupId=public_id(group))

    assert uids(await events(callers, path)) == [str(one.id) for one in (own, circles, brands)]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
async def test_what_is_written_stays_text_whatever_lines_it_has(callers: Callers, end: str) -> None:
    text = f"读书会;周一,{end}ATTENDEE:mailto:x@evil.example{end}END:VCALENDAR"
    group = await a_group(name=text)
    course = await a_course(title=text, group_id=group.id, medium=Medium.OFFLINE, location=text)
    session = await a_session(course, title=text)
    said: dict[str, Any] = {"reason": text, "expected_version": 1, "staff_id": STAFF_ID, "at": NOON}
    await cancel_session(session.id, **said)

    answer = await read(callers, await made(await callers.member(await a_place(group)), groupId=public_id(group)))

    assert answer.status_code == 200
    lines = answer.content.decode().replace("\r\n ", "").split("\r\n")
    assert not any("\r" in line or "\n" in line or line.startswith("ATTENDEE") for line in lines)
    assert (lines.count("END:VCALENDAR"), lines[-1]) == (1, "")
    [named] = [line for line in lines if line.startswith("X-WR-CALNAME:")]
    assert r"读书会\;周一\,\nATTENDEE" in named


async def test_a_feed_of_a_group_shows_no_broadcast_but_that_of_a_preview(callers: Callers) -> None:
    group = await a_group()
    course = await a_course(group_id=group.id, live_url="https://live.example.cn/8")
    await a_session(course, is_preview=True)
    await a_session(course, starts_at=TONIGHT + DAY)

    preview, other = await events(
        callers, await made(await callers.member(await a_place(group)), groupId=public_id(group))
    )

    assert str(preview["url"]) == "https://live.example.cn/8"
    assert "url" not in other


async def test_a_feed_of_a_group_ends_with_the_place_in_it(callers: Callers) -> None:
    group = await a_group()
    member, stranger = await a_place(group), await a_member()
    path = await made(await callers.member(member), groupId=public_id(group))

    refusal = await (await callers.member(stranger)).refusal(MAKE, {"groupId": public_id(group)})
    await Membership.filter(member_id=member.id).delete()

    assert refusal == "NOT_FOUND"
    assert (await read(callers, path)).status_code == 404
    assert await CalendarFeed.all().count() == 1


async def test_what_did_not_change_is_not_sent_again(callers: Callers) -> None:
    course, member = await a_course(), await a_member()
    await enrol(member, course)
    session = await a_session(course)
    path = await made(await callers.member(member))
    tag = (await read(callers, path)).headers["etag"]

    same = await read(callers, path, if_none_match=f'"other", W/{tag}')
    await CourseSession.filter(id=session.id).update(version=2)
    changed = await read(callers, path, if_none_match=tag)

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


@pytest.mark.parametrize(
    "path",
    [
        "/calendar/member/unknown.ics",
        "/calendar/staff/unknown.ics",
        "/calendar/member/" + "x" * 200 + ".ics",
        "/calendar/member/.ics",
        "/calendar/member/%E4%B8%AD.ics",
    ],
)
async def test_what_is_no_address_is_not_found(callers: Callers, path: str) -> None:
    assert (await read(callers, path)).status_code == 404


async def test_the_address_of_a_member_is_none_of_a_group(callers: Callers) -> None:
    path = await made(await callers.member(await a_member()))

    assert (await read(callers, path.replace("/member/", "/group/"))).status_code == 404
    assert (await callers._http.post(path)).status_code == 405


async def test_a_feed_is_revoked_by_its_member_alone_and_renewed_by_making_another(callers: Callers) -> None:
    member = await a_member()
    owner, stranger = await callers.member(member), await callers.member(await a_member())
    first = await made(owner)
    second = await made(owner)
    feed = await CalendarFeed.get(revoked_at__isnull=True)

    refusal = await stranger.refusal(REVOKE, {"feedId": public_id(feed)})
    still = await read(callers, second)
    answer = await owner.do(REVOKE, {"feedId": public_id(feed)}, "feed { revokedAt }")
    again = await owner.do(REVOKE, {"feedId": public_id(feed)}, "feed { revokedAt }")

    assert (refusal, still.status_code) == ("NOT_FOUND", 200)
    assert answer["feed"]["revokedAt"] == again["feed"]["revokedAt"] == "2026-11-23T04:00:00Z"
    assert [(await read(callers, path)).status_code for path in (first, second)] == [404, 404]
    listed = await owner.data("{ viewer { calendarFeeds(first: 10) { edges { node { id } } } } }")
    assert listed["viewer"]["calendarFeeds"]["edges"] == []


async def test_of_feeds_made_at_once_one_holds(callers: Callers) -> None:
    member = await a_member()

    ended = await outcomes([CalendarFeed.of_member(member.id, at=NOON) for _ in range(5)])

    assert set(ended) <= {"done", "CALENDAR_FEED_CHANGED"}
    assert await CalendarFeed.filter(revoked_at__isnull=True).count() == 1


async def test_a_frozen_member_reads_nothing(callers: Callers) -> None:
    member = await a_member()
    path = await made(await callers.member(member))
    await Member.filter(id=member.id).update(status="frozen")

    assert (await read(callers, path)).status_code == 404


async def test_staff_hand_on_feeds_of_groups_in_their_scope(callers: Callers) -> None:
    group, other = await a_group(region="华南"), await a_group(region="华东")
    session = await a_session(await a_course(group_id=group.id))
    staff = await callers.staff(await a_staff("courses.read", "courses.write", scope=DataScope.REGION, region="华南"))

    path = await made(staff, groupId=public_id(group))
    foreign = await CalendarFeed.of_group(other.id, staff_id=STAFF_ID, at=NOON)

    assert uids(await events(callers, path)) == [str(session.id)]
    assert await staff.refusal(MAKE, {"groupId": public_id(other)}) == "NOT_FOUND"
    assert await staff.refusal(MAKE, {}) == "NOT_FOUND"
    assert await staff.refusal(REVOKE, {"feedId": public_id(foreign[0])}) == "NOT_FOUND"
    found = await staff.data("{ groupCalendarFeeds(first: 10) { edges { node { kind group { number } } } } }")
    assert len(found["groupCalendarFeeds"]["edges"]) == 1
    own = await CalendarFeed.get(group_id=group.id)
    assert (await staff.do(REVOKE, {"feedId": public_id(own)}, "feed { id }"))["feed"]
    assert (await read(callers, path)).status_code == 404
    assert await AuditRow.filter(subject_id=own.id).count() == 2


async def test_only_the_hash_of_an_address_is_kept(callers: Callers) -> None:
    path = await made(await callers.member(await a_member()))
    token = path.split("/")[-1].removesuffix(".ics")

    feed = await CalendarFeed.get()

    assert len(token) == 43
    assert token not in str(vars(feed))


async def test_no_log_holds_an_address(
    callers: Callers, own_logs: None, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = await made(await callers.member(await a_member()))
    token = path.split("/")[-1].removesuffix(".ics")
    open_logs("info")
    await read(callers, path)
    await read(callers, f"/calendar//{token}.ics")
    written = capsysbinary.readouterr().out.decode()

    assert token not in written
    assert [json.loads(line)["path"] for line in written.splitlines() if '"status"' in line] == ["/calendar/***"] * 2


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/graphql", "/graphql"),
        ("/calendar/member/secret.ics", "/calendar/***"),
        ("//Calendar/secret", "/calendar/***"),
        ("/calendars", "/calendars"),
    ],
)
def test_a_path_is_told_without_its_secret(path: str, told: str) -> None:
    assert public_path(path) == told


async def test_a_feed_shows_two_months_back_and_a_year_ahead(callers: Callers) -> None:
    course, member = await a_course(), await a_member()
    await enrol(member, course)
    for days in (-61, -59, 365, 367):
        await a_session(course, starts_at=NOON + days * DAY)

    found = await events(callers, await made(await callers.member(member)))

    assert [(one.decoded("dtstart") - NOON).days for one in found] == [-59, 365]
