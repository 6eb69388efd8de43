"""Every mutation of groups over HTTP: nobody, the wrong caller, the right caller."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from models.actor import Actor
from models.groups.announcement import Announcement
from models.groups.circle import Circle
from models.groups.group import Group
from models.groups.invitation import Invitation
from models.groups.join_request import JoinRequest
from models.groups.membership import Membership
from models.groups.moderation import kick, mute
from models.groups.role import Role
from models.groups.rules import GroupRules
from models.groups.settings import GroupSettings, JoinMode
from models.groups.waitlist import WaitlistEntry
from models.members.member import Member
from models.record import Record
from models.staff.colleague import DataScope
from models.staff.staff import Staff
from store.database import fetch
from tests.build import a_member, a_staff, public_id
from tests.callers import Answer, Callers
from tests.conftest import NOON
from tests.groups.build import STAFF, a_circle, a_group, a_place

LATER = (NOON + timedelta(days=1)).isoformat()
TABLES = (
    "circle",
    "chat_group",
    "membership",
    "membership_change",
    "join_request",
    "group_invitation",
    "group_block",
    "waitlist_entry",
    "group_rules",
    "group_rules_acceptance",
    "announcement",
)


@dataclass
class Stage:
    """A group with its people, an outsider, and staff who may write groups here, elsewhere and nowhere."""

    circle: Circle
    group: Group
    owner: Member
    admin: Member
    member: Member
    outsider: Member
    staff: Staff
    staff_elsewhere: Staff
    staff_reading: Staff

    @property
    def group_id(self) -> str:
        return public_id(self.group)

    async def change(self, settings: GroupSettings) -> None:
        await Group.change(self.group.id, settings, actor=STAFF, at=NOON)


@pytest.fixture
async def stage(database: str) -> Stage:
    circle = await a_circle()
    group = await a_group(circle=circle, region="华东", member_cap=4)
    return Stage(
        circle,
        group,
        owner=await a_place(group, role=Role.OWNER),
        admin=await a_place(group, role=Role.ADMIN),
        member=await a_place(group),
        outsider=await a_member(),
        staff=await a_staff("groups.write", "groups.read", scope=DataScope.REGION, region="华东"),
        staff_elsewhere=await a_staff("groups.write", "groups.read", scope=DataScope.REGION, region="华南"),
        staff_reading=await a_staff("groups.read"),
    )


Given = Callable[[Stage], Awaitable[Answer]]


def of_member(who: str, **others: object) -> Given:
    async def given(stage: Stage) -> Answer:
        return {"groupId": stage.group_id, "memberId": public_id(getattr(stage, who)), **others}

    return given


def of_group(**others: object) -> Given:
    async def given(stage: Stage) -> Answer:
        return {"groupId": stage.group_id, **others}

    return given


def of(key: str, make: Callable[[Stage], Awaitable[Record]], **others: object) -> Given:
    async def given(stage: Stage) -> Answer:
        return {key: public_id(await make(stage)), **others}

    return given


def after(prepare: Callable[[Stage], Awaitable[object]], given: Given) -> Given:
    async def prepared(stage: Stage) -> Answer:
        await prepare(stage)
        return await given(stage)

    return prepared


async def a_request(stage: Stage) -> JoinRequest:
    await stage.change(GroupSettings(join_mode=JoinMode.APPROVAL))
    return await JoinRequest.apply(stage.outsider.id, stage.group.id, at=NOON)


async def an_invitation(stage: Stage) -> Invitation:
    expires_at = NOON + timedelta(days=1)
    return await Invitation.create_for(
        stage.group.id, actor=Actor.member(stage.admin.id), at=NOON, expires_at=expires_at
    )


async def an_announcement(stage: Stage) -> Announcement:
    return await Announcement.publish(stage.group.id, title="周六自驾", body="八点集合。", actor=STAFF, at=NOON)


async def by_approval(stage: Stage) -> None:
    await stage.change(GroupSettings(join_mode=JoinMode.APPROVAL))


async def full(stage: Stage) -> None:
    await a_place(stage.group)


async def waiting(stage: Stage) -> None:
    await full(stage)
    await WaitlistEntry.enter(stage.outsider.id, stage.group.id, at=NOON)


async def muted(stage: Stage) -> None:
    until = NOON + timedelta(hours=8)
    await mute(stage.group.id, stage.member.id, until=until, reason="刷屏", actor=STAFF, at=NOON)


async def kicked(stage: Stage) -> None:
    await kick(stage.group.id, stage.member.id, reason="发布广告", actor=STAFF, at=NOON)


async def ruled(stage: Stage) -> None:
    await GroupRules.publish(stage.group.id, "文明发言。", actor=STAFF, at=NOON)


async def archived(stage: Stage) -> None:
    await Group.archive(stage.group.id, reason="停用", actor=STAFF, at=NOON)


MEMBER_ACTS: list[tuple[str, Given, str, str, str]] = [
    ("joinGroup", of_group(), "outsider", "member", "ALREADY_MEMBER"),
    ("leaveGroup", of_group(reason="太忙"), "member", "outsider", "NOT_FOUND"),
    ("setGroupNickname", of_group(nickname="老司机"), "member", "outsider", "NOT_FOUND"),
    ("applyToJoinGroup", after(by_approval, of_group(message="想加入")), "outsider", "member", "ALREADY_MEMBER"),
    ("withdrawJoinRequest", of("requestId", a_request), "outsider", "member", "NOT_FOUND"),
    ("decideJoinRequest", of("requestId", a_request, isApproved=True), "admin", "member", "NOT_ALLOWED"),
    (
        "decideJoinRequest",
        of("requestId", a_request, isApproved=False, reason="资料不全"),
        "owner",
        "outsider",
        "NOT_FOUND",
    ),
    ("joinWaitingList", after(full, of_group()), "outsider", "member", "ALREADY_MEMBER"),
    ("leaveWaitingList", after(waiting, of_group()), "outsider", "member", "NOT_FOUND"),
    ("createInvitation", of_group(expiresAt=LATER), "member", "outsider", "NOT_FOUND"),
    ("revokeInvitation", of("invitationId", an_invitation), "admin", "member", "NOT_ALLOWED"),
    ("handOverGroup", of_member("member"), "owner", "admin", "NOT_ALLOWED"),
    ("changeMemberRole", of_member("member", role="GUIDE"), "owner", "admin", "NOT_ALLOWED"),
    ("kickMember", of_member("member", reason="发布广告"), "admin", "outsider", "NOT_FOUND"),
    ("liftBlock", after(kicked, of_member("member")), "admin", "outsider", "NOT_FOUND"),
    ("muteMember", of_member("member", until=LATER, reason="刷屏"), "admin", "outsider", "NOT_FOUND"),
    ("unmuteMember", after(muted, of_member("member")), "admin", "outsider", "NOT_FOUND"),
    ("publishGroupRules", of_group(body="文明发言。"), "owner", "admin", "NOT_ALLOWED"),
    ("acceptGroupRules", after(ruled, of_group(version=1)), "member", "owner", ""),
    ("publishAnnouncement", of_group(title="周六自驾", body="八点集合。"), "admin", "member", "NOT_ALLOWED"),
    ("pinAnnouncement", of("announcementId", an_announcement, isPinned=True), "admin", "outsider", "NOT_FOUND"),
    ("withdrawAnnouncement", of("announcementId", an_announcement), "admin", "member", "NOT_ALLOWED"),
]


async def everything() -> list[list[tuple[object, ...]]]:
    """Every row of the area, to see that nothing was written."""
    return [
        [tuple(row.values()) for row in await fetch(f"SELECT * FROM {table} ORDER BY id")]  # one of the names above
        for table in TABLES
    ]


def operation(mutation: str) -> str:
    kind = mutation[0].upper() + mutation[1:]
    return f"mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ __typename }} }}"


@pytest.mark.parametrize(
    ("mutation", "given", "right", "wrong", "code"),
    [pytest.param(*act, id=f"{act[0]}-{act[2]}") for act in MEMBER_ACTS],
)
async def test_what_members_do(
    callers: Callers, stage: Stage, mutation: str, given: Given, right: str, wrong: str, code: str
) -> None:
    values = await given(stage)
    before = await everything()

    assert await callers.nobody().error(operation(mutation), input=values) == "UNAUTHENTICATED"
    if code:
        assert await (await callers.member(getattr(stage, wrong))).refusal(mutation, values) == code
    assert await everything() == before
    payload = await (await callers.member(getattr(stage, right))).do(mutation, values)

    assert payload["userErrors"] == []
    assert await everything() != before


async def settings_of(stage: Stage) -> Answer:
    return {"circleId": public_id(stage.circle), "settings": {"name": "自驾群"}}


STAFF_ACTS: list[tuple[str, Given]] = [
    ("updateGroup", of_group(settings={"memberCap": 50}, reason="扩容")),
    ("archiveGroup", of_group(reason="长期不活跃")),
    ("reopenGroup", after(archived, of_group())),
    ("decideJoinRequest", of("requestId", a_request, isApproved=True)),
    ("createInvitation", of_group(expiresAt=LATER)),
    ("revokeInvitation", of("invitationId", an_invitation)),
    ("handOverGroup", of_member("member")),
    ("changeMemberRole", of_member("member", role="COMMITTEE")),
    ("kickMember", of_member("member", reason="发布广告")),
    ("liftBlock", after(kicked, of_member("member"))),
    ("muteMember", of_member("member", until=LATER, reason="刷屏")),
    ("unmuteMember", after(muted, of_member("member"))),
    ("publishGroupRules", of_group(body="文明发言。")),
    ("publishAnnouncement", of_group(title="周六自驾", body="八点集合。")),
    ("pinAnnouncement", of("announcementId", an_announcement, isPinned=True)),
    ("withdrawAnnouncement", of("announcementId", an_announcement)),
]


@pytest.mark.parametrize(("mutation", "given"), [pytest.param(*act, id=act[0]) for act in STAFF_ACTS])
async def test_what_staff_do_within_their_scope(callers: Callers, stage: Stage, mutation: str, given: Given) -> None:
    values = await given(stage)
    before = await everything()

    assert await (await callers.staff(stage.staff_reading)).error(operation(mutation), input=values) == "FORBIDDEN"
    assert await (await callers.staff(stage.staff_elsewhere)).refusal(mutation, values) == "NOT_FOUND"
    assert await everything() == before
    payload = await (await callers.staff(stage.staff)).do(mutation, values)

    assert payload["userErrors"] == []
    assert await everything() != before
    rows = await fetch("SELECT actor_id FROM audit_row WHERE actor_id = $1", stage.staff.id)
    assert len(rows) >= 1


@pytest.mark.parametrize("mutation", ["openGroup", "updateGroup", "archiveGroup", "reopenGroup", "addGroupMember"])
async def test_what_only_staff_do_is_forbidden_to_members(callers: Callers, stage: Stage, mutation: str) -> None:
    values = {
        "openGroup": await settings_of(stage),
        "updateGroup": {"groupId": stage.group_id, "settings": {}},
        "archiveGroup": {"groupId": stage.group_id, "reason": "停用"},
        "reopenGroup": {"groupId": stage.group_id},
        "addGroupMember": {"groupId": stage.group_id, "memberId": public_id(stage.outsider)},
    }[mutation]
    before = await everything()

    assert await callers.nobody().error(operation(mutation), input=values) == "UNAUTHENTICATED"
    assert await (await callers.member(stage.owner)).error(operation(mutation), input=values) == "FORBIDDEN"
    assert await everything() == before


async def test_staff_of_a_region_open_groups_there_only(callers: Callers, stage: Stage) -> None:
    caller, values = await callers.staff(stage.staff), await settings_of(stage)

    opened = await caller.do("openGroup", values, "group { title region memberCap joinMode }")
    refused = await caller.do("openGroup", values | {"settings": {"name": "自驾群", "region": "华南"}})
    moved = await caller.do("updateGroup", {"groupId": stage.group_id, "settings": {"region": "华南"}})

    assert opened["group"] == {"title": "自驾群 1群", "region": "华东", "memberCap": 80, "joinMode": "FREE"}
    assert [error["code"] for error in refused["userErrors"]] == ["NOT_ALLOWED"]
    assert moved["userErrors"][0] == {
        "code": "NOT_ALLOWED",
        "field": "region",
        "retryAt": None,
        "message": "没有权限进行此操作",
    }
    assert await Group.filter(region="华南").count() == 0


async def test_staff_put_members_of_their_scope_into_groups(callers: Callers, stage: Stage) -> None:
    other = await a_group(name="自驾群", region="华东")
    values = {"groupId": public_id(other), "memberId": public_id(stage.member)}

    assert await (await callers.staff(stage.staff_elsewhere)).refusal("addGroupMember", values) == "NOT_FOUND"
    foreign = await (await callers.staff(stage.staff)).refusal(
        "addGroupMember", values | {"memberId": public_id(stage.outsider)}
    )
    payload = await (await callers.staff(stage.staff)).do("addGroupMember", values, "membership { role }")

    assert foreign == "NOT_FOUND"
    assert payload == {"membership": {"role": "MEMBER"}, "userErrors": []}


async def test_circles_are_the_whole_brands(callers: Callers, stage: Stage) -> None:
    everybodys = await a_staff("groups.write")
    opening = {"slug": "tea", "name": "茶友圈"}
    changing = {"circleId": public_id(stage.circle), "summary": "聊车、用车、养车"}

    for mutation, values in (("openCircle", opening), ("updateCircle", changing)):
        assert await callers.nobody().error(operation(mutation), input=values) == "UNAUTHENTICATED"
        assert await (await callers.member(stage.owner)).error(operation(mutation), input=values) == "FORBIDDEN"
        assert await (await callers.staff(stage.staff)).refusal(mutation, values) == "NOT_FOUND"
    caller = await callers.staff(everybodys)
    opened = await caller.do("openCircle", opening, "circle { slug name position isOfficial }")
    changed = await caller.do("updateCircle", changing, "circle { summary }")

    assert opened["circle"] == {"slug": "tea", "name": "茶友圈", "position": 0, "isOfficial": False}
    assert changed["circle"] == {"summary": "聊车、用车、养车"}


async def test_an_invitation_made_and_used_over_http(callers: Callers, stage: Stage) -> None:
    await stage.change(GroupSettings(join_mode=JoinMode.INVITATION))
    inviter, guest = await callers.member(stage.member), await callers.member(stage.outsider)

    made = await inviter.do(
        "createInvitation", {"groupId": stage.group_id, "expiresAt": LATER}, "invitation { code uses usesMost }"
    )
    code = made["invitation"]["code"]
    wrong = await guest.refusal("joinGroup", {"invitationCode": "2222222222"})
    without = await guest.refusal("joinGroup", {"groupId": stage.group_id})
    neither = await guest.refusal("joinGroup", {})
    joined = await guest.do("joinGroup", {"invitationCode": code}, "membership { role group { memberCount } }")

    assert (wrong, without, neither) == ("INVITATION_NOT_VALID", "JOIN_NEEDS_INVITATION", "INVALID_INPUT")
    assert joined["membership"] == {"role": "MEMBER", "group": {"memberCount": 4}}


@pytest.mark.parametrize(
    "text", ["", "x", "群\x7f", "R3JvdXA6MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA", "9" * 5000, "../../etc/passwd"]
)
async def test_ids_that_are_none_of_ours_are_not_found(callers: Callers, stage: Stage, text: str) -> None:
    caller = await callers.member(stage.outsider)
    before = await everything()

    assert await caller.refusal("joinGroup", {"groupId": text}) == "NOT_FOUND"
    assert await caller.refusal("kickMember", {"groupId": text, "memberId": text, "reason": "测试"}) == "NOT_FOUND"
    assert await everything() == before


async def test_the_id_of_another_type_is_not_found(callers: Callers, stage: Stage) -> None:
    caller = await callers.member(stage.outsider)

    assert await caller.refusal("joinGroup", {"groupId": public_id(stage.circle)}) == "NOT_FOUND"


async def test_a_refusal_speaks_the_callers_language(callers: Callers, stage: Stage) -> None:
    await full(stage)
    chinese = await callers.member(stage.outsider)
    english = await callers.member(stage.outsider, language="en-GB,en;q=0.9")

    said = [
        (await caller.do("joinGroup", {"groupId": stage.group_id}))["userErrors"][0]["message"]
        for caller in (chinese, english)
    ]

    assert said == ["该社群已满员", "This group is full."]
    assert not await Membership.exists(member_id=stage.outsider.id)
