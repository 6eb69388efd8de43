"""Newcomers over HTTP: each sees and does what is its own to see and do, and a list costs as much however long."""

from datetime import timedelta
from typing import Any

import pytest

from models.actor import Actor
from models.groups.group import Group
from models.groups.moderation import kick, mute
from models.groups.role import Role
from models.members.identity import Identity, PlatformName
from models.members.identity_kind import IdentityKind
from models.members.member import MemberStatus
from models.members.registration import issuer_of
from models.members.status_change import MemberStatusChange
from models.spread.first_word import FirstWord
from models.spread.introduction_reply import IntroductionReply
from models.spread.newcomer import Newcomer, settle_newcomers
from models.spread.newcomer_note import NewcomerNote
from models.spread.newcomer_notice import NewcomerNotice
from models.spread.newcomer_time import give_newcomer_time
from models.staff.api_key import ApiKey
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.ids import new_id
from tests.build import a_member, a_staff, new_key, public_id
from tests.callers import Caller, Callers
from tests.conftest import NOON
from tests.groups.build import STAFF, a_place
from tests.spread.newcomers import DAY, a_home, a_newcomer, anew, owner_of, replied, said
from tests.statements import statements

LIST = """
query($group: ID, $state: NewcomerState! = UNDERWAY, $left: Int, $first: Int! = 20, $after: String) {
  newcomers(groupId: $group, state: $state, daysLeft: $left, first: $first, after: $after) {
    totalCount
    edges {
      cursor
      node {
        day
        member { nickname }
        care { state daysLeft isOver lastSeenAt viewerMayNudge }
        path { following inviter { nickname } steps { step isWanted doneAt } }
        welcome { state viewerMaySend redPacket { id } }
      }
    }
    pageInfo { hasNextPage }
  }
}
"""
MINE = """
{ viewer {
    newcomerPaths(first: 5) { edges { node {
      group { name } day viewerHasReplied
      path { following steps { step isWanted isDone doneAt } }
      welcome { state }
      care { state }
      notes(first: 5) { edges { node { text } } }
      changes(first: 5) { edges { node { kind } } }
      replies(first: 5) { edges { node { kind text author { nickname } mentions { member { nickname } } } } }
    } } }
    newcomerNotices(first: 5) { edges { node { kind sender { nickname } newcomer { day } } } }
    isSuggestedForMentions
} }
"""
SEEN = """
query($id: ID!) {
  node(id: $id) { ... on Newcomer {
    id joinedOn days day
    path { following inviter { id } steps { step isWanted isDone doneAt } }
    care { state isOver dueAt daysLeft spokeAt spokeDay }
  } }
}
"""
TO_WELCOME = "{ newcomersToWelcome(first: 10) { totalCount edges { node { member { nickname } viewerHasReplied } } } }"
SUGGESTED = """
query($group: ID!, $member: ID!) {
  mentionSuggestions(groupId: $group, memberId: $member) { member { nickname } score interests tagsShared }
}
"""
REPORT = """
query($by: NewcomerReportPart!, $group: ID) {
  newcomerReport(by: $by, groupId: $group, period: {since: "2026-11-01T00:00:00Z", until: "2026-12-30T00:00:00Z"}) {
    group { name } inviter { nickname } weekOf
    joined stillOpen spared closed zombies woken left medianDays steps { step newcomers }
  }
}
"""
COUNTS = "query($group: ID) { newcomerCounts(groupId: $group) { zombies overdue underway { daysLeft newcomers } } }"
POLICY = "query($group: ID) { newcomerPolicy(groupId: $group) { days steps zone dayStartHour version } }"


async def anyone_else(callers: Callers, group: Group) -> tuple[Caller, Caller]:
    """An ordinary member of the group, who was there before there were newcomers, and somebody who is not in it."""
    member = await a_place(group)
    await Newcomer.filter(member_id=member.id).delete()
    return await callers.member(member), await callers.member(await a_member())


async def test_a_newcomer_sees_its_own_path_and_not_how_it_is_judged(callers: Callers) -> None:
    group = await a_home()
    newcomer = await a_newcomer(group, introduced=True)
    friend = await a_place(group, member=await a_member(nickname="老茶客"))
    await replied(newcomer, await owner_of(group), at=NOON + timedelta(minutes=2), mention_ids=[friend.id])
    caller = await callers.member(await newcomer.member)

    found = (await caller.data(MINE))["viewer"]

    [path] = [edge["node"] for edge in found["newcomerPaths"]["edges"]]
    assert path["day"] == 0
    assert [(one["isDone"], one["doneAt"]) for one in path["path"]["steps"]] == [
        (done, None) for done in (False, True, False, True, False, False)
    ]
    assert path["path"]["following"] == "SPOKE"
    assert [one["isWanted"] for one in path["path"]["steps"]] == [False, True, False, True, True, True]
    assert (path["care"], path["notes"]["edges"], path["changes"]["edges"]) == (None, [], [])
    [reply] = [edge["node"] for edge in path["replies"]["edges"]]
    assert (reply["kind"], reply["text"]) == ("OWNER", "欢迎欢迎")
    assert [one["member"]["nickname"] for one in reply["mentions"]] == ["老茶客"]
    assert [edge["node"]["kind"] for edge in found["newcomerNotices"]["edges"]] == ["REPLIED"]
    assert found["isSuggestedForMentions"] is True


async def test_who_sees_a_newcomer_and_who_sees_the_mark(callers: Callers) -> None:
    group, inviter = await a_home(region="华东"), await a_member()
    newcomer = await a_newcomer(group, inviter=inviter, at=NOON - 9 * DAY)
    owner, (member, stranger) = await callers.member(await owner_of(group)), await anyone_else(callers, group)
    staff = await callers.staff(await a_staff("groups.read", scope=DataScope.REGION, region="华东"))
    elsewhere = await callers.staff(await a_staff("groups.read", scope=DataScope.REGION, region="华南"))
    everybody = [await callers.member(await newcomer.member), await callers.member(inviter), owner, staff]

    async def seen(caller: Caller) -> Any:
        return (await caller.data(SEEN, id=public_id(newcomer)))["node"]

    await settle_newcomers(at=NOON)

    told = [await seen(caller) for caller in everybody]
    assert [one["day"] for one in told] == [9] * 4
    # Whoever only brought it is not told what it has not done; itself it knows.
    assert [one["path"] and one["path"]["following"] for one in told] == ["INTRODUCED", None, *["INTRODUCED"] * 2]
    assert [one["care"] and one["care"]["state"] for one in told] == [None, None, "ZOMBIE", "ZOMBIE"]
    assert [await seen(caller) for caller in (member, stranger, elsewhere)] == [None] * 3
    assert await callers.nobody().error(SEEN, id=public_id(newcomer)) == "UNAUTHENTICATED"


async def test_leaders_and_staff_list_who_is_at_risk_the_most_urgent_first(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    group, other = await a_home(region="华东"), await a_home(region="华南")
    inviter = await a_member(nickname="介绍人")
    for nickname, ago, home in (
        ("三", 1, group),
        ("一", 6, group),
        ("二", 4, group),
        ("外", 5, other),
        ("老", 9, group),
    ):
        await a_newcomer(home, at=NOON - ago * DAY, inviter=inviter, nickname=nickname)
    await said(await a_newcomer(group, nickname="言"), NOON)
    await settle_newcomers(at=NOON)
    owner, (member, stranger) = await callers.member(await owner_of(group)), await anyone_else(callers, group)
    staff = await callers.staff(await a_staff("groups.read"))
    part = await callers.staff(await a_staff("groups.read", scope=DataScope.REGION, region="华南"))
    asked = public_id(group)

    async def names(caller: Caller, **asked: object) -> list[str]:
        found = (await caller.data(LIST, **asked))["newcomers"]
        return [edge["node"]["member"]["nickname"] for edge in found["edges"]]

    risky = (await owner.data(LIST, group=asked))["newcomers"]
    nodes = [edge["node"] for edge in risky["edges"]]
    assert [(one["member"]["nickname"], one["care"]["daysLeft"], one["day"]) for one in nodes[:3]] == [
        ("一", 1, 6),
        ("二", 3, 4),
        ("三", 6, 1),
    ]
    assert nodes[0]["care"] == {
        "state": "UNDERWAY",
        "daysLeft": 1,
        "isOver": False,
        "lastSeenAt": (NOON - 6 * DAY - timedelta(minutes=5)).isoformat().replace("+00:00", "Z"),
        "viewerMayNudge": True,
    }
    assert nodes[0]["path"]["inviter"] == {"nickname": "介绍人"}
    assert nodes[0]["welcome"]["state"] == "WAITING"
    assert await names(owner, group=asked, left=3) == ["二"]
    assert await names(owner, group=asked, left=5) == []
    assert await names(owner, group=asked, state="ZOMBIE") == ["老"]
    assert (await names(staff))[:4] == ["一", "外", "二", "三"]
    assert (await names(part))[:1] == ["外"]
    assert await part.error(LIST, group=asked) == "NOT_FOUND"
    assert await member.error(LIST, group=asked) == "NOT_ALLOWED"
    assert await stranger.error(LIST, group=asked) == "NOT_FOUND"
    assert await owner.error(LIST) == "INVALID_INPUT"
    assert await (await callers.staff(await a_staff("mall.read"))).error(LIST) == "FORBIDDEN"
    page = (await owner.data(LIST, group=asked, first=1))["newcomers"]
    following = await names(owner, group=asked, first=1, after=page["edges"][0]["cursor"])
    assert (following, page["pageInfo"]["hasNextPage"]) == (["二"], True)
    with statements(monkeypatch) as few:
        await owner.data(LIST, group=asked, first=1)
    with statements(monkeypatch) as many:
        await owner.data(LIST, group=asked, first=20)
    assert len(many) == len(few)
    counts = (await owner.data(COUNTS, group=asked))["newcomerCounts"]
    assert counts["zombies"] == 1
    assert {"daysLeft": 3, "newcomers": 1} in counts["underway"]
    assert await member.error(COUNTS, group=asked) == "NOT_ALLOWED"
    assert (await part.data(COUNTS))["newcomerCounts"]["zombies"] is None
    assert await owner.error(LIST, group=asked, state="ZOMBIE", left=0) == "INVALID_INPUT"


async def test_members_find_whom_to_welcome_until_they_have(callers: Callers) -> None:
    group = await a_home()
    newcomer = await a_newcomer(group, introduced=True, nickname="小林")
    await a_newcomer(group, nickname="未介绍")
    await a_newcomer(await a_home(), introduced=True, nickname="别群")
    member, stranger = await anyone_else(callers, group)
    values = {
        "idempotencyKey": new_key(),
        "groupId": public_id(group),
        "memberId": public_id(await newcomer.member),
        "text": "欢迎小林",
    }

    found = (await member.data(TO_WELCOME))["newcomersToWelcome"]
    assert [edge["node"]["member"]["nickname"] for edge in found["edges"]] == ["小林"]
    assert (await stranger.data(TO_WELCOME))["newcomersToWelcome"]["totalCount"] == 0
    assert await stranger.refusal("replyToIntroduction", values) == "NOT_FOUND"
    mutation = "mutation($input: ReplyToIntroductionInput!) { replyToIntroduction(input: $input) { __typename } }"
    assert await callers.nobody().error(mutation, input=values) == "UNAUTHENTICATED"
    assert await (await callers.staff(await a_staff())).error(mutation, input=values) == "FORBIDDEN"
    assert await IntroductionReply.all().count() == 0

    done = await member.do("replyToIntroduction", values, "reply { id kind text } isReplay")
    again = await member.do("replyToIntroduction", values, "reply { id } isReplay")

    assert (done["reply"]["kind"], done["reply"]["text"], done["isReplay"]) == ("MEMBER", "欢迎小林", False)
    assert (again["reply"]["id"], again["isReplay"]) == (done["reply"]["id"], True)
    assert await member.refusal("replyToIntroduction", {**values, "text": "你好"}) == "IDEMPOTENCY_MISMATCH"
    assert (await member.data(TO_WELCOME))["newcomersToWelcome"]["totalCount"] == 0
    taken = {"replyId": done["reply"]["id"]}
    assert await stranger.refusal("deleteIntroductionReply", taken) == "NOT_FOUND"
    assert (await member.do("deleteIntroductionReply", taken, "replyId"))["replyId"] == taken["replyId"]
    assert (await IntroductionReply.get()).deleted_at == NOON


async def test_leaders_and_staff_remind_note_and_give_time(callers: Callers) -> None:
    group = await a_home(region="华东")
    newcomer = await a_newcomer(group)
    guide = await callers.member(await a_place(group, role=Role.GUIDE))
    member, stranger = await anyone_else(callers, group)
    staff = await callers.staff(await a_staff("groups.write", "groups.read"))
    part = await callers.staff(await a_staff("groups.write", scope=DataScope.REGION, region="华南"))
    who: dict[str, object] = {"groupId": public_id(group), "memberId": public_id(await newcomer.member)}
    acts: dict[str, dict[str, object]] = {
        "nudgeNewcomer": who,
        "noteNewcomer": {**who, "text": "周末才有空", "idempotencyKey": new_key()},
        "giveNewcomerTime": {**who, "until": "2026-12-05", "reason": "出差"},
    }
    before = await AuditRow.all().count()

    for name, values in acts.items():
        kind = name[0].upper() + name[1:]
        mutation = f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename }} }}"
        assert await callers.nobody().error(mutation, input=values) == "UNAUTHENTICATED"
        assert await member.refusal(name, values) == "NOT_ALLOWED"
        assert await stranger.refusal(name, values) == "NOT_FOUND"
        assert await part.refusal(name, values) == "NOT_FOUND"
    assert await NewcomerNotice.all().count() == 0
    assert (await anew(newcomer)).due_at == newcomer.due_at
    assert await AuditRow.all().count() == before

    nudged = await guide.do("nudgeNewcomer", acts["nudgeNewcomer"], "newcomer { care { viewerMayNudge } }")
    assert nudged["newcomer"]["care"]["viewerMayNudge"] is False
    [refusal] = (await guide.do("nudgeNewcomer", acts["nudgeNewcomer"]))["userErrors"]
    assert (refusal["code"], refusal["retryAt"]) == ("NEWCOMER_NUDGED", "2026-11-23T16:00:00Z")
    assert (await staff.do("nudgeNewcomer", acts["nudgeNewcomer"]))["userErrors"] == []
    noted = await guide.do("noteNewcomer", acts["noteNewcomer"], "note { text byKind }")
    assert noted["note"] == {"text": "周末才有空", "byKind": "MEMBER"}
    again = await guide.do("noteNewcomer", acts["noteNewcomer"], "note { text } isReplay")
    assert (again["isReplay"], await NewcomerNote.all().count()) == (True, 1)
    given = await staff.do("giveNewcomerTime", acts["giveNewcomerTime"], "newcomer { care { daysLeft dueAt } }")
    assert given["newcomer"]["care"] == {"daysLeft": 12, "dueAt": "2026-12-05T16:00:00Z"}
    assert {row.action for row in await AuditRow.all().offset(before)} == {"nudge_newcomer", "give_newcomer_time"}
    notices = (await (await callers.member(await newcomer.member)).data(MINE))["viewer"]["newcomerNotices"]["edges"]
    assert [edge["node"]["kind"] for edge in notices] == ["NUDGED", "NUDGED"]
    await said(newcomer, NOON)
    assert await staff.refusal("nudgeNewcomer", acts["nudgeNewcomer"]) == "NEWCOMER_HAS_SPOKEN"


async def test_a_partners_bot_reports_words_by_member_or_openid(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Mini:
        app_id = "wx-test"

    monkeypatch.setattr("resolvers.spread.word.platform", lambda name: Mini())
    group = await a_home()
    first, second = await a_newcomer(group, at=NOON - DAY), await a_newcomer(group, at=NOON - DAY)
    issuer = issuer_of(PlatformName.WECHAT, "wx-test")
    await Identity.link(second.member_id, IdentityKind.OPENID, issuer, "oSecond", at=NOON)
    _, text = await ApiKey.issue(name="群机器人", scopes=["words.report"], days=1, staff_id=None, at=NOON)
    _, other = await ApiKey.issue(name="商城", scopes=["members.read"], days=1, staff_id=None, at=NOON)
    stranger = await a_member()
    said_at = (NOON - timedelta(hours=1)).isoformat()
    values = {
        "groupId": public_id(group),
        "words": [
            {"memberId": public_id(await first.member), "saidAt": said_at},
            {"openid": "oSecond", "saidAt": said_at},
            {"openid": "oNobody", "saidAt": said_at},
            {"memberId": public_id(stranger), "saidAt": said_at},
            {"memberId": public_id(await first.member), "saidAt": "2026-12-01T00:00:00Z"},
        ],
    }
    mutation = "mutation($input: ReportWordsInput!) { reportWords(input: $input) { __typename } }"
    assert await callers.nobody().error(mutation, input=values) == "UNAUTHENTICATED"
    assert await callers.with_token(other).error(mutation, input=values) == "FORBIDDEN"
    assert await (await callers.member(await first.member)).error(mutation, input=values) == "FORBIDDEN"
    assert await FirstWord.all().count() == 0
    bot = callers.with_token(text)

    done = await bot.do("reportWords", values, "results { memberId isNews error { code field } }")
    again = await bot.do("reportWords", values, "results { isNews }")

    assert [(one["isNews"], one["error"] and one["error"]["code"]) for one in done["results"]] == [
        (True, None),
        (True, None),
        (False, "NOT_FOUND"),
        (False, "NOT_FOUND"),
        (False, "INVALID_INPUT"),
    ]
    # Whose an openid is, nobody is told; who named a member gets its id again.
    named = [public_id(await first.member), None, None, public_id(stranger), public_id(await first.member)]
    assert [one["memberId"] for one in done["results"]] == named
    assert not any(one["isNews"] for one in again["results"])
    assert [(await anew(one)).spoke_day for one in (first, second)] == [1, 1]
    assert await AuditRow.filter(action="report_word", actor="partner").count() == 2
    assert await bot.refusal("reportWords", {"groupId": public_id(group), "words": []}) == "INVALID_INPUT"
    staff = await callers.staff(await a_staff("words.report", scope=DataScope.REGION, region="华南"))
    assert await staff.refusal("reportWords", values) == "NOT_FOUND"


async def test_mentions_are_suggested_to_those_who_may_reply(callers: Callers) -> None:
    group, inviter = await a_home(), await a_member()
    newcomer = await a_newcomer(group, inviter=inviter, interests=["喝茶"])
    friend = await a_place(group, member=await a_member(nickname="老茶客", interests=["喝茶"]))
    await Newcomer.filter(member_id=friend.id).delete()
    owner, (member, stranger) = await callers.member(await owner_of(group)), await anyone_else(callers, group)
    asked = {"group": public_id(group), "member": public_id(await newcomer.member)}
    expected = [{"member": {"nickname": "老茶客"}, "score": 2, "interests": ["喝茶"], "tagsShared": 0}]

    assert (await owner.data(SUGGESTED, **asked))["mentionSuggestions"] == expected
    staff = await callers.staff(await a_staff("groups.read"))
    assert (await staff.data(SUGGESTED, **asked))["mentionSuggestions"] == expected
    plain = [dict.fromkeys(("score", "interests", "tagsShared")) | {"member": {"nickname": "老茶客"}}]
    for caller in (await callers.member(inviter), await callers.member(await newcomer.member), member):
        assert (await caller.data(SUGGESTED, **asked))["mentionSuggestions"] == plain
    # Nobody is asked about who is not new.
    assert await member.error(SUGGESTED, **{**asked, "member": public_id(friend)}) == "NOT_FOUND"
    assert await stranger.error(SUGGESTED, **asked) == "NOT_FOUND"
    assert await owner.error(SUGGESTED, **{**asked, "member": public_id(inviter)}) == "NOT_FOUND"
    await kick(group.id, (await a_place(group, member=inviter)).id, reason="广告", actor=STAFF, at=NOON)
    assert await (await callers.member(inviter)).error(SUGGESTED, **asked) == "BLOCKED_FROM_GROUP"
    me = await callers.member(friend)
    chosen = await me.do("setMentionSuggestions", {"isSuggested": False}, "isSuggested")
    assert chosen["isSuggested"] is False
    assert (await me.data("{ viewer { isSuggestedForMentions } }"))["viewer"]["isSuggestedForMentions"] is False
    assert (await owner.data(SUGGESTED, **asked))["mentionSuggestions"] == []
    mutation = "mutation($input: SetMentionSuggestionsInput!) { setMentionSuggestions(input: $input) { __typename } }"
    assert await callers.nobody().error(mutation, input={"isSuggested": True}) == "UNAUTHENTICATED"


async def test_the_report_is_read_by_leaders_for_their_group_and_staff_for_their_scope(callers: Callers) -> None:
    group, other, inviter = await a_home(region="华东"), await a_home(region="华南"), await a_member(nickname="介绍人")
    await said(await a_newcomer(group, inviter=inviter, at=NOON - 9 * DAY), NOON - 8 * DAY)
    await a_newcomer(other)
    owner, (member, _) = await callers.member(await owner_of(group)), await anyone_else(callers, group)
    part = await callers.staff(await a_staff("groups.read", scope=DataScope.REGION, region="华南"))

    async def rows(caller: Caller, by: str, **asked: object) -> list[Any]:
        return list((await caller.data(REPORT, by=by, **asked))["newcomerReport"])

    [one] = await rows(owner, "GROUP", group=public_id(group))
    assert (one["group"]["name"], one["weekOf"], one["medianDays"]) == (group.name, None, 1)
    assert [one[name] for name in ("joined", "stillOpen", "spared", "closed")] == [1, 0, 0, 1]
    assert [step["newcomers"] for step in one["steps"] if step["step"] == "SPOKE"] == [1]
    named = [
        row["inviter"] and row["inviter"]["nickname"] for row in await rows(owner, "INVITER", group=public_id(group))
    ]
    assert named == ["介绍人"]
    assert [row["joined"] for row in await rows(part, "GROUP")] == [1]
    assert {row["weekOf"] for row in await rows(part, "WEEK")} == {"2026-11-23"}
    assert await member.error(REPORT, by="GROUP", group=public_id(group)) == "NOT_ALLOWED"
    assert await part.error(REPORT, by="GROUP", group=public_id(group)) == "NOT_FOUND"


async def test_other_members_cannot_tell_the_mark_by_what_is_missing(callers: Callers) -> None:
    """Whatever becomes of newcomers who joined together, another member is shown the same of each."""
    group = await a_home()
    at, later = NOON - 9 * DAY, NOON - 5 * DAY
    silent, heard, woken, given, muted, annulled = [await a_newcomer(group, at=at, introduced=True) for _ in range(6)]
    fresh, talkative = [await a_newcomer(group, at=later, introduced=True) for _ in "12"]
    member, _ = await anyone_else(callers, group)
    await said(heard, at + DAY)
    await said(talkative, later + DAY)
    until = (NOON + 5 * DAY).date()
    await give_newcomer_time(group.id, given.member_id, until, reason="出差", actor=STAFF, at=at + DAY)
    await give_newcomer_time(group.id, fresh.member_id, until, reason="出差", actor=STAFF, at=later + DAY)
    await mute(group.id, muted.member_id, until=NOON, reason="刷屏", actor=STAFF, at=at + DAY)
    everybody = (silent, heard, woken, given, muted, annulled, fresh, talkative)
    before = [await member.data(SEEN, id=public_id(one)) for one in everybody]
    await settle_newcomers(at=NOON - timedelta(minutes=1))
    await said(woken, NOON - timedelta(minutes=1))
    await said(annulled, NOON - timedelta(minutes=1), said_at=at + DAY)
    places = """query($id: ID!) { group(id: $id) { members(first: 20) { edges {
      node { id } newcomer { id } } } } }"""

    assert [await member.data(SEEN, id=public_id(one)) for one in everybody] == before
    assert [found["node"] for found in before[:6]] == [None] * 6
    for one in (fresh, talkative):
        found = (await member.data(SEEN, id=public_id(one)))["node"]
        assert (found["day"], found["days"], found["care"]) == (5, 7, None)
        assert [step["doneAt"] for step in found["path"]["steps"]] == [None] * 6
    edges = (await member.data(places, id=public_id(group)))["group"]["members"]["edges"]
    shown = {edge["newcomer"]["id"] for edge in edges if edge["newcomer"]}
    assert shown == {public_id(fresh), public_id(talkative)}
    whom = (await member.data(TO_WELCOME))["newcomersToWelcome"]
    assert whom["totalCount"] == 2


async def test_the_list_to_welcome_leaves_out_who_cannot_be_welcomed(callers: Callers) -> None:
    group, closed = await a_home(), await a_home()
    open_, frozen = [await a_newcomer(group, introduced=True) for _ in "12"]
    await a_newcomer(closed, introduced=True)
    friend = await a_place(group)
    await a_place(closed, member=friend)
    await Newcomer.filter(member_id=friend.id).delete()
    member = await callers.member(friend)
    await MemberStatusChange.by_staff(frozen.member_id, MemberStatus.FROZEN, staff_id=new_id(), reason="核查", at=NOON)
    await Group.archive(closed.id, reason="合并", actor=STAFF, at=NOON)

    async def count() -> int:
        return int((await member.data(TO_WELCOME))["newcomersToWelcome"]["totalCount"])

    assert await count() == 1
    reply = await replied(open_, friend, at=NOON + timedelta(minutes=2))
    assert await count() == 0
    await IntroductionReply.delete_it(reply.id, actor=Actor.member(friend.id), at=NOON + timedelta(minutes=3))
    assert await count() == 1


async def test_a_report_of_many_groups_is_of_a_shorter_period(callers: Callers) -> None:
    group = await a_home()
    await a_newcomer(group)
    staff = await callers.staff(await a_staff("groups.read"))
    query = """query($group: ID, $until: DateTime!) { newcomerReport(
      by: WEEK, groupId: $group, period: {since: "2026-01-01T00:00:00Z", until: $until}) { joined } }"""

    assert await staff.error(query, until="2026-05-01T00:00:00Z") == "INVALID_INPUT"
    assert (await staff.data(query, until="2026-04-01T00:00:00Z"))["newcomerReport"] == []
    assert (await staff.data(query, until="2026-12-31T00:00:00Z", group=public_id(group)))["newcomerReport"] != []


async def test_staff_decide_the_policy_and_members_read_it(callers: Callers) -> None:
    group = await a_home(region="华东")
    member, staff = await callers.member(await a_member()), await callers.staff(await a_staff("groups.write"))
    part = await callers.staff(await a_staff("groups.write", scope=DataScope.REGION, region="华南"))
    rules = {"zone": "Europe/Berlin", "days": 5, "steps": ["SPOKE", "INTRODUCED"]}
    values = {"groupId": public_id(group), "rules": rules, "expectedVersion": 1, "reason": "试行"}
    of_circle = {"circleId": public_id(await group.circle), "rules": rules, "expectedVersion": 0, "reason": "试行"}
    mutation = "mutation($input: PutNewcomerPolicyInput!) { putNewcomerPolicy(input: $input) { __typename } }"

    assert await callers.nobody().error(mutation, input=values) == "UNAUTHENTICATED"
    assert await member.error(mutation, input=values) == "FORBIDDEN"
    assert await part.refusal("putNewcomerPolicy", values) == "NOT_FOUND"
    assert await part.refusal("putNewcomerPolicy", of_circle) == "NOT_FOUND"
    assert await staff.refusal("putNewcomerPolicy", {**values, **of_circle}) == "INVALID_INPUT"
    put = await staff.do("putNewcomerPolicy", values, "policy { days zone version steps }")
    assert put["policy"] == {"days": 5, "zone": "Europe/Berlin", "version": 2, "steps": ["INTRODUCED", "SPOKE"]}
    assert (await staff.do("putNewcomerPolicy", of_circle, "policy { version }"))["policy"] == {"version": 1}
    assert await staff.refusal("putNewcomerPolicy", values) == "NEWCOMER_POLICY_CHANGED"
    read = (await member.data(POLICY, group=public_id(group)))["newcomerPolicy"]
    assert (read["days"], read["version"]) == (5, 2)
    removed = {"groupId": public_id(group), "expectedVersion": 2, "reason": "统一"}
    assert (await staff.do("putNewcomerPolicy", removed, "policy { days version }"))["policy"] == {
        "days": 5,
        "version": 3,
    }


async def test_the_mark_shows_on_the_place_for_leaders_and_in_segments(callers: Callers) -> None:
    group = await a_home()
    await a_newcomer(group, at=NOON - 9 * DAY, nickname="静静")
    await settle_newcomers(at=NOON)
    owner, (member, _) = await callers.member(await owner_of(group)), await anyone_else(callers, group)
    query = """query($id: ID!) { group(id: $id) { members(first: 10) { edges {
      node { nickname } newcomer { care { state } } } } } }"""

    async def marked(caller: Caller) -> list[str]:
        edges = (await caller.data(query, id=public_id(group)))["group"]["members"]["edges"]
        care = [(edge["node"]["nickname"], (edge["newcomer"] or {}).get("care")) for edge in edges]
        return [nickname for nickname, found in care if found and found["state"] == "ZOMBIE"]

    assert await marked(owner) == ["静静"]
    assert await marked(member) == []
    staff = await callers.staff(await a_staff("segments.read", "members.read"))
    asked = (
        "query($c: MemberConditionInput!) { membersMeeting(condition: $c, first: 5) { edges { node { nickname } } } }"
    )
    found = await staff.data(asked, c={"zombieIn": {"groupIds": [public_id(group)]}})
    assert [edge["node"]["nickname"] for edge in found["membersMeeting"]["edges"]] == ["静静"]
    assert (await staff.data(asked, c={"zombieIn": {"roles": ["OWNER"]}}))["membersMeeting"]["edges"] == []
