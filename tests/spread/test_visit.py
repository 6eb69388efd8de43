"""Visits: each visitor once a day by a code, what counts and why another does not, and what is kept how long."""

import asyncio
from datetime import timedelta

import pytest

from models.groups.circle import Circle
from models.members.erasure import erase
from models.spread import visit_forgetting
from models.spread.code_figures import figures_of
from models.spread.member_device import KEPT_FOR, MemberDevice, device_hash
from models.spread.scene_code import SceneCode
from models.spread.visit import ADDRESS_DAY_MOST, Visit, VisitDoubt
from models.spread.visit_forgetting import forget_visitors
from models.spread.visit_policy import VisitPolicy, VisitPolicyChanged, VisitRules
from store.brand_day import brand_day
from tests.build import a_member, a_staff
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.spread.build import a_code, a_visit

pytestmark = pytest.mark.usefixtures("database")

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


async def with_rules(**rules: object) -> None:
    staff = await a_staff()
    await VisitPolicy.put(VisitRules(**rules), expected_version=0, staff_id=staff.id, reason="试行", at=NOON)  # type: ignore[arg-type]  # a test's rules


async def doubt(code: SceneCode, **who: object) -> VisitDoubt | None:
    visit = await Visit.record(code, **{"at": NOON, **who})  # type: ignore[arg-type]  # a test's visitor
    assert visit is not None
    return visit.reason


async def test_a_visitor_makes_one_visit_a_day_by_a_code_however_often_it_comes() -> None:
    code = await a_code()

    visits = [await a_visit(code, "phone-1", at=NOON + n * MINUTE) for n in range(5)]

    assert {one.id for one in visits} == {visits[0].id}
    assert visits[0].counts
    assert visits[0].visited_at == NOON


async def test_many_visits_of_a_device_at_once_by_many_codes_count_once() -> None:
    codes = [await a_code(await a_member()) for _ in range(6)]

    await asyncio.gather(*(a_visit(code, "phone-1", at=NOON) for code in codes for _ in range(3)))

    assert await Visit.all().count() == len(codes)
    assert await Visit.filter(counts=True).count() == 1
    assert await Visit.filter(reason=VisitDoubt.KNOWN).count() == len(codes) - 1


async def test_somebody_who_came_of_late_is_known_and_counts_again_after_the_window() -> None:
    one, other = await a_code(await a_member()), await a_code(await a_member())
    await a_visit(one, "phone-1", at=NOON)

    assert (await a_visit(other, "phone-1", at=NOON + DAY)).reason is VisitDoubt.KNOWN
    assert (await a_visit(one, "phone-1", at=NOON + 29 * DAY)).reason is VisitDoubt.KNOWN
    assert (await a_visit(one, "phone-1", at=NOON + 31 * DAY)).counts


async def test_a_member_is_known_on_its_second_device() -> None:
    member, code = await a_member(), await a_code()
    await a_visit(code, "phone-1", member=member, at=NOON)

    assert (await a_visit(code, "phone-2", member=member, at=NOON + DAY)).reason is VisitDoubt.KNOWN


async def test_the_inviter_itself_counts_not_logged_in_or_on_its_own_device() -> None:
    inviter = await a_member()
    code = await a_code(inviter)
    hashed = device_hash("her-phone")
    assert hashed
    await MemberDevice.seen(inviter.id, hashed, at=NOON)

    assert await doubt(code, member_id=inviter.id, device="any") is VisitDoubt.SELF
    assert await doubt(code, device="her-phone") is VisitDoubt.SELF


async def test_a_device_of_another_member_counts_not_and_ones_own_does() -> None:
    code, member, other = await a_code(await a_member()), await a_member(), await a_member()
    hashed = device_hash("phone-1")
    assert hashed
    await MemberDevice.seen(member.id, hashed, at=NOON)

    assert await doubt(code, member_id=other.id, device="phone-1") is VisitDoubt.DEVICE
    assert await doubt(code, device="phone-1", at=NOON + DAY) is VisitDoubt.DEVICE
    assert await doubt(await a_code(other), device="phone-1", at=NOON + DAY) is VisitDoubt.SELF


async def test_a_members_own_device_counts_and_is_remembered() -> None:
    code, member = await a_code(await a_member()), await a_member()

    assert await doubt(code, member_id=member.id, device="phone-1") is None
    assert await doubt(await a_code(), member_id=member.id, device="phone-1", at=NOON + 40 * DAY) is None
    [known] = await MemberDevice.all()
    assert (known.member_id, known.hash) == (member.id, device_hash("phone-1"))


@pytest.mark.parametrize("agent", ["Mozilla/5.0 (compatible; Baiduspider/2.0)", "curl/8.1", "python-requests/2", "Bot"])
async def test_a_program_counts_not(agent: str) -> None:
    assert await doubt(await a_code(), device="d", agent=agent) is VisitDoubt.BOT


async def test_a_phone_is_no_program() -> None:
    agent = "Mozilla/5.0 (Linux; Android 14; CUBOT X30) MicroMessenger/8.0.50 MiniProgramEnv/android"

    assert await doubt(await a_code(), device="d", agent=agent) is None


async def test_a_code_that_ended_or_was_taken_back_counts_not() -> None:
    staff = await a_staff()
    ended, taken = await a_code(await a_member()), await a_code(await a_member())
    ended = await SceneCode.decide(
        ended.id, expires_at=NOON, is_withdrawn=False, reason="到期", staff_id=staff.id, at=NOON
    )
    taken = await SceneCode.decide(
        taken.id, expires_at=None, is_withdrawn=True, reason="刷量", staff_id=staff.id, at=NOON
    )

    assert await doubt(ended, device="a") is VisitDoubt.EXPIRED
    assert await doubt(taken, device="b") is VisitDoubt.WITHDRAWN


async def test_many_devices_of_one_address_in_minutes_are_a_burst() -> None:
    await with_rules(burst_count=3, burst_minutes=10)
    code, other = await a_code(await a_member()), await a_code(await a_member())

    found = [await doubt(code, device=f"d{n}", address="203.0.113.9", at=NOON) for n in range(5)]

    assert found == [None, None, None, VisitDoubt.BURST, VisitDoubt.BURST]
    assert await doubt(code, device="x", address="203.0.113.10") is None
    assert await doubt(other, device="y", address="203.0.113.9") is None
    assert await doubt(code, device="z", address="203.0.113.9", at=NOON + 11 * MINUTE) is None


async def test_being_in_the_official_circle_together_says_nothing() -> None:
    await with_rules(excludes_circle_mates=True)
    inviter, other = await a_member(), await a_member()
    group = await a_group()
    await Circle.filter(id=group.circle_id).update(is_official=True)
    await a_place(group, member=inviter)
    await a_place(group, member=other)

    assert await doubt(await a_code(inviter), member_id=other.id) is None


@pytest.mark.parametrize(("excludes", "expected"), [(True, VisitDoubt.CIRCLE_MATE), (False, None)])
async def test_circle_mates_of_the_inviter_count_not_where_the_policy_says_so(
    excludes: bool, expected: VisitDoubt | None
) -> None:
    await with_rules(excludes_circle_mates=excludes)
    inviter, mate = await a_member(), await a_member()
    group = await a_group()
    await a_place(group, member=inviter)
    await a_place(group, member=mate)

    assert await doubt(await a_code(inviter), member_id=mate.id) is expected


async def test_an_address_that_comes_too_often_in_a_day_is_written_down_no_more() -> None:
    code = await a_code()
    first = await a_visit(code, "first", at=NOON)
    template = await Visit.record(code, device="second", address="203.0.113.9", at=NOON)
    assert template is not None
    await Visit.bulk_create(
        [
            Visit(
                code_id=code.id,
                address_hash=template.address_hash,
                visitor=f"v{n}",
                visitor_no=template.id,
                day=brand_day(NOON),
                counts=False,
                reason=VisitDoubt.BURST,
                visited_at=NOON,
                last_at=NOON,
            )
            for n in range(ADDRESS_DAY_MOST - 1)
        ]
    )

    assert await Visit.record(code, device="third", address="203.0.113.9", at=NOON) is None
    assert await Visit.all().count() == ADDRESS_DAY_MOST + 1
    again = await Visit.record(code, device="second", address="203.0.113.9", at=NOON + MINUTE)
    assert again is not None
    assert (again.id, again.last_at) == (template.id, NOON + MINUTE)
    newcomer = await a_member()
    member_id = newcomer.id
    assert await Visit.record(code, member_id=member_id, address="203.0.113.9", is_registration=True, at=NOON)
    assert await Visit.record(code, device="third", address="203.0.113.9", at=NOON + DAY) is not None
    assert first.counts


async def test_devices_of_one_household_have_one_address_however_they_choose_it() -> None:
    code = await a_code()

    for address in ("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1"):
        await Visit.record(code, device=address, address=address, at=NOON)

    assert len(set(await Visit.all().values_list("address_hash", flat=True))) == 2


async def test_without_a_device_an_address_and_its_program_are_the_visitor() -> None:
    code = await a_code()

    assert await doubt(code, address="203.0.113.9", agent="Safari") is None
    assert await doubt(code, address="203.0.113.9", agent="Safari", at=NOON + DAY) is VisitDoubt.KNOWN
    assert await doubt(code, address="203.0.113.9", agent="Chrome") is None


async def test_what_is_kept_of_a_visitor_are_hashes_only() -> None:
    visit = await Visit.record(await a_code(), device="phone-1", address="203.0.113.9", agent="Safari", at=NOON)

    assert visit is not None
    kept = [visit.device_hash, visit.address_hash, visit.visitor]
    assert all(one and len(one) == 64 for one in kept)
    assert len(set(kept)) == 3


async def test_hashes_go_after_some_months_and_no_figure_changes() -> None:
    one, other = await a_code(await a_member()), await a_code(await a_member())
    later = NOON + KEPT_FOR + timedelta(hours=1)
    for code in (one, other):
        for device, day in (("phone-1", 0), ("phone-1", 1), ("phone-2", 0), ("phone-3", 0)):
            await a_visit(code, device, at=NOON + day * timedelta(minutes=50) * 24)
    new = await a_visit(one, "phone-1", at=later - DAY)
    before = await figures_of([one.id, other.id], at=later)

    assert await forget_visitors(at=later) == 6
    assert await forget_visitors(at=later) == 0
    old = await Visit.filter(visited_at=NOON)
    assert {(row.device_hash, row.address_hash, row.visitor, row.is_forgotten) for row in old} == {
        (None, None, None, True)
    }
    assert await figures_of([one.id, other.id], at=later) == before
    assert [row.visitors for row in before] == [3, 3]
    assert (await Visit.get(id=new.id)).device_hash == device_hash("phone-1")
    assert await forget_visitors(at=later + KEPT_FOR) == 3
    assert await figures_of([one.id, other.id], at=later) == before


async def test_a_run_of_forgetting_goes_on_from_batch_to_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit_forgetting, "BATCH", 2)
    code = await a_code()
    for n in range(5):
        await a_visit(code, f"phone-{n}", at=NOON)

    assert await forget_visitors(at=NOON + KEPT_FOR + DAY) == 5


async def test_an_erased_member_leaves_visits_without_hashes() -> None:
    member, code = await a_member(), await a_code()
    await a_visit(code, "phone-1", member=member, at=NOON)
    await a_visit(code, "phone-2", member=member, at=NOON)

    await erase(member.id, at=NOON)

    rows = await Visit.all()
    assert [(row.device_hash, row.address_hash, row.visitor) for row in rows] == [(None, None, None)] * 2
    assert await forget_visitors(at=NOON + KEPT_FOR + DAY) == 2


async def test_an_erased_member_leaves_no_hash_of_its_devices_on_visits_of_nobody() -> None:
    member, other, code = await a_member(), await a_member(), await a_code()
    for device in ("phone-1", "shared", "strange"):
        await a_visit(code, device, at=NOON)
    for owner, device in ((member, "phone-1"), (member, "shared"), (other, "shared")):
        await MemberDevice.seen(owner.id, device_hash(device) or "", at=NOON)

    await erase(member.id, at=NOON)

    hashes = {device_hash("shared"), device_hash("strange"), None}
    assert {visit.device_hash for visit in await Visit.all()} == hashes
    assert await Visit.filter(visitor=None).count() == 1


async def test_many_of_one_address_at_once_count_no_more_than_one_by_one() -> None:
    await with_rules(burst_count=3)
    code = await a_code(await a_member())

    found = await asyncio.gather(*(doubt(code, device=f"d{n}", address="203.0.113.9") for n in range(12)))

    assert found.count(None) == 3
    assert found.count(VisitDoubt.BURST) == 9


async def test_a_patient_address_counts_so_often_a_day_by_a_code() -> None:
    await with_rules(address_day_count=4, burst_minutes=1)
    code, other = await a_code(await a_member()), await a_code(await a_member())

    found = [await doubt(code, device=f"d{n}", address="203.0.113.9", at=NOON + 2 * n * MINUTE) for n in range(6)]

    assert found == [None] * 4 + [VisitDoubt.BURST] * 2
    assert await doubt(other, device="o", address="203.0.113.9") is None
    assert await doubt(code, device="next", address="203.0.113.9", at=NOON + DAY) is None


async def test_a_visit_that_was_no_way_in_gives_place_to_one_that_is() -> None:
    code, staff = await a_code(await a_member()), await a_staff()
    for is_withdrawn in (True, False):
        await SceneCode.decide(
            code.id, expires_at=None, is_withdrawn=is_withdrawn, reason="误停", staff_id=staff.id, at=NOON
        )
        code = await SceneCode.get(id=code.id)
        found = await a_visit(code, "phone-1", at=NOON + (0 if is_withdrawn else 5) * MINUTE)

    assert (found.counts, found.reason, found.visited_at) == (True, None, NOON + 5 * MINUTE)
    assert await doubt(code, device="phone-1", agent="curl/8", at=NOON + 9 * MINUTE) is None
    assert (await Visit.get()).last_at == NOON + 5 * MINUTE


async def test_ones_own_device_is_oneself_before_one_logs_in() -> None:
    code, member = await a_code(await a_member()), await a_member()
    await MemberDevice.seen(member.id, device_hash("phone-1") or "", at=NOON)

    visit = await a_visit(code, "phone-1", at=NOON)

    assert (visit.member_id, visit.counts) == (None, True)
    assert await doubt(await a_code(member), device="phone-1") is VisitDoubt.SELF


async def test_a_policy_follows_the_one_that_was_read() -> None:
    staff = await a_staff()
    await VisitPolicy.put(VisitRules(window_days=7), expected_version=0, staff_id=staff.id, reason="缩短", at=NOON)

    with pytest.raises(VisitPolicyChanged):
        await VisitPolicy.put(VisitRules(), expected_version=0, staff_id=staff.id, reason="还原", at=NOON)
    assert (await VisitPolicy.current()).window_days == 7
