"""How newcomers came: by the scene of their registration, and by the visits of their device before it."""

import asyncio
from datetime import timedelta

import pytest

from models.members.member import Member, MemberStatus
from models.members.registration import Comer, recognise
from models.spread.arrival import Arrival
from models.spread.member_device import MemberDevice, device_hash
from models.spread.referral import Referral
from models.spread.referral_change import ReferralChange
from models.spread.scene_code import SceneCode
from models.spread.visit import Visit, VisitDoubt
from tests.build import a_member, a_staff
from tests.conftest import NOON
from tests.spread.build import a_channel, a_code, a_login, a_visit
from tests.statements import statements

pytestmark = pytest.mark.usefixtures("database", "empty_redis")

DAY = timedelta(days=1)


async def registered(name: str, scene: str | None = None, device: str | None = None, **more: object) -> Member:
    comer = Comer(scene=scene, device=device, address="203.0.113.9", agent="MicroMessenger")
    return (await recognise(a_login(name), **{"at": NOON, "comer": comer, **more})).member  # type: ignore[arg-type]  # a test's login


async def test_a_scene_with_an_inviter_binds_and_is_a_visit() -> None:
    inviter = await a_member()
    code = await a_code(inviter)

    member = await registered("Lin", code.scene, "phone-1")

    assert (await Referral.get(invitee_id=member.id)).inviter_id == inviter.id
    [visit] = await Visit.all()
    assert (visit.code_id, visit.member_id, visit.counts) == (code.id, member.id, True)
    [known] = await MemberDevice.all()
    assert (known.member_id, known.hash) == (member.id, device_hash("phone-1"))
    arrival = await Arrival.get(member_id=member.id)
    assert (arrival.first_code_id, arrival.last_code_id) == (code.id, code.id)


async def test_visits_of_the_device_are_tied_and_tell_first_and_last_touch() -> None:
    early, first, middle, last = [await a_code(channel=await a_channel()) for _ in range(4)]
    await a_visit(early, "phone-1", at=NOON - 31 * DAY)
    await a_visit(first, "phone-1", at=NOON - 29 * DAY)
    await a_visit(middle, "phone-1", at=NOON - 5 * DAY)
    await a_visit(last, "phone-1", at=NOON - DAY)
    await a_visit(middle, "phone-2", at=NOON)

    member = await registered("Lin", device="phone-1")

    arrival = await Arrival.get(member_id=member.id)
    assert (arrival.first_code_id, arrival.first_at) == (first.id, NOON - 29 * DAY)
    assert (arrival.last_code_id, arrival.last_at) == (last.id, NOON - DAY)
    assert await Visit.filter(member_id=member.id).count() == 4
    assert await Referral.all().count() == 0


async def test_the_scene_of_the_registration_is_the_last_touch() -> None:
    inviter = await a_member()
    channel, invitation = await a_code(channel=await a_channel()), await a_code(inviter)
    await a_visit(channel, "phone-1", at=NOON - DAY)

    member = await registered("Lin", invitation.scene, "phone-1")

    arrival = await Arrival.get(member_id=member.id)
    assert (arrival.first_code_id, arrival.last_code_id) == (channel.id, invitation.id)
    assert await Visit.filter(reason=VisitDoubt.KNOWN, code_id=invitation.id).count() == 1


async def test_a_visit_of_the_same_day_is_not_made_twice() -> None:
    code = await a_code(await a_member())
    visit = await a_visit(code, "phone-1", at=NOON - timedelta(hours=1))

    member = await registered("Lin", code.scene, "phone-1")

    [found] = await Visit.all()
    assert (found.id, found.member_id, found.counts) == (visit.id, member.id, True)


async def test_the_scene_of_the_registration_is_the_last_touch_though_it_was_opened_before() -> None:
    invitation, channel = await a_code(await a_member()), await a_code(channel=await a_channel())
    await a_visit(invitation, "phone-1", at=NOON - timedelta(hours=2))
    await a_visit(channel, "phone-1", at=NOON - timedelta(hours=1))

    member = await registered("Lin", invitation.scene, "phone-1")

    arrival = await Arrival.get(member_id=member.id)
    assert (arrival.first_code_id, arrival.last_code_id) == (invitation.id, invitation.id)


async def test_a_newcomer_without_a_device_is_who_opened_its_code_from_there_that_day() -> None:
    code = await a_code(await a_member())
    for agent in ("MicroMessenger", "another"):
        await Visit.record(code, address="203.0.113.9", agent=agent, at=NOON - timedelta(minutes=1))

    member, second = await registered("Lin", code.scene), await registered("Chen", code.scene)

    visits = await Visit.all().order_by("visited_at", "id")
    assert sorted(str(one.member_id) for one in visits) == sorted([str(member.id), str(second.id), "None"])
    assert len({one.visitor_no for one in visits}) == 3
    assert await Arrival.all().count() == 2


async def test_a_login_ties_the_visits_of_its_device_that_are_nobodys() -> None:
    code, other = await a_code(), await a_member()
    member = await registered("Lin")
    await a_visit(code, "phone-1", at=NOON)
    await a_visit(code, "shared", at=NOON)
    await MemberDevice.seen(other.id, device_hash("shared") or "", at=NOON)

    for device in ("phone-1", "shared"):
        await registered("Lin", device=device)

    tied = await Visit.filter(member_id=member.id)
    assert [one.device_hash for one in tied] == [device_hash("phone-1")]


async def test_a_newcomer_on_a_device_of_another_has_come_by_its_code() -> None:
    code, other = await a_code(await a_member()), await a_member()
    await MemberDevice.seen(other.id, device_hash("shared") or "", at=NOON)
    await a_visit(code, "shared", at=NOON - timedelta(minutes=1))

    member = await registered("Lin", code.scene, "shared")

    assert (await Visit.get()).member_id == member.id
    assert (await Arrival.get(member_id=member.id)).last_code_id == code.id


async def test_whoever_came_by_no_code_has_no_arrival() -> None:
    member = await registered("Lin", device="phone-1")

    assert await Arrival.all().count() == 0
    assert await Visit.all().count() == 0
    assert (await MemberDevice.get()).member_id == member.id


async def test_a_device_alone_that_came_by_an_invitation_binds_nobody() -> None:
    code = await a_code(await a_member())
    await a_visit(code, "phone-1", at=NOON - DAY)

    await registered("Lin", device="phone-1")

    assert await Referral.all().count() == 0
    assert (await Arrival.get()).last_code_id == code.id


@pytest.mark.parametrize(
    "archive",
    [
        {"status": MemberStatus.FROZEN},
        {"status": MemberStatus.LEFT},
        {"status": MemberStatus.ERASED},
        {"is_staff": True},
    ],
)
async def test_a_code_of_somebody_who_brings_nobody_still_counts_for_its_channel(archive: dict[str, object]) -> None:
    inviter, channel = await a_member(), await a_channel()
    code = await a_code(inviter, channel)
    await inviter.update_from_dict(archive).save()

    member = await registered("Lin", code.scene)

    assert await Referral.all().count() == 0
    assert (await Visit.get()).counts
    assert (await Arrival.get(member_id=member.id)).last_code_id == code.id


@pytest.mark.parametrize(("withdrawn", "reason"), [(True, VisitDoubt.WITHDRAWN), (False, VisitDoubt.EXPIRED)])
async def test_a_code_that_holds_no_more_binds_nobody(withdrawn: bool, reason: VisitDoubt) -> None:
    code, staff = await a_code(await a_member()), await a_staff()
    await SceneCode.decide(
        code.id, expires_at=NOON, is_withdrawn=withdrawn, reason="结束", staff_id=staff.id, at=NOON - DAY
    )

    await registered("Lin", code.scene)

    assert await Referral.all().count() == 0
    assert (await Visit.get()).reason is reason
    assert await Arrival.all().count() == 0


async def test_an_invite_code_goes_before_a_scene_and_a_bad_one_does_not() -> None:
    one, other = await a_member(), await a_member()
    code = await a_code(other)

    member = await registered("Lin", code.scene, invite_code=one.invite_code)
    second = await registered("Chen", code.scene, invite_code="unknown1")

    assert (await Referral.get(invitee_id=member.id)).inviter_id == one.id
    assert (await Referral.get(invitee_id=second.id)).inviter_id == other.id


@pytest.mark.parametrize("scene", ["", "s=", "x" * 500, "AAAAAAAAAA", "s=秘密"])
async def test_a_scene_of_no_code_is_passed_over(scene: str) -> None:
    member = await registered("Lin", scene, "d" * 101)

    assert await Member.get_or_none(id=member.id) is not None
    assert await Visit.all().count() == await MemberDevice.all().count() == 0


async def test_a_member_that_logs_in_again_is_bound_by_no_scene() -> None:
    code = await a_code(await a_member())
    member = await registered("Lin")

    again = await registered("Lin", code.scene, "phone-1")

    assert again.id == member.id
    assert await Referral.all().count() == await Visit.all().count() == 0
    assert (await MemberDevice.get()).member_id == member.id


async def test_one_person_registering_many_times_at_once_comes_once() -> None:
    code = await a_code(await a_member())

    members = await asyncio.gather(*(registered("Lin", code.scene, "phone-1") for _ in range(8)))

    assert len({one.id for one in members}) == 1
    assert await Visit.all().count() == await Arrival.all().count() == await Referral.all().count() == 1


async def test_a_member_may_name_its_inviter_by_a_scene() -> None:
    inviter, member = await a_member(), await a_member()
    code = await a_code(inviter)

    await ReferralChange.by_member(member.id, code.scene, at=NOON, once=None)

    assert (await Referral.get(invitee_id=member.id)).inviter_id == inviter.id


async def test_a_login_that_names_a_device_costs_two_statements_more(monkeypatch: pytest.MonkeyPatch) -> None:
    await registered("Lin")
    await registered("Lin", device="phone-1")

    with statements(monkeypatch) as plain:
        await recognise(a_login("Lin"), at=NOON)
    with statements(monkeypatch) as told:
        await registered("Lin", "s=AAAAAAAAAA", "phone-1")

    assert len(told) <= len(plain) + 2
    assert not [sql for sql in plain if "visit" in sql or "scene_code" in sql or "member_device" in sql]
