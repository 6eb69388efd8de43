"""Codes of ways in: the same four have the same code, and what it says holds until it ends or is taken back."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from models.errors import Invalid, NotFound
from models.members.member import MemberNotActive, MemberStatus
from models.spread.channel import Channel, ChannelArchived, ChannelKind
from models.spread.scene_code import PREFIX, SceneCode, SceneCodeExpired, SceneCodeWithdrawn
from models.staff.audit import AuditRow
from tests.build import a_member, a_staff
from tests.conftest import NOON
from tests.spread.build import a_channel, a_code

pytestmark = pytest.mark.usefixtures("database")

SCENE_MOST = 32
DAY = timedelta(days=1)


async def test_the_same_four_have_the_same_code_and_any_other_has_another() -> None:
    member, other, channel = await a_member(), await a_member(), await a_channel()
    ways: list[tuple[UUID | None, UUID | None, str | None, str | None]] = [
        (member.id, channel.id, "forward_task:7", "pages/join/join"),
        (None, channel.id, "forward_task:7", "pages/join/join"),
        (member.id, None, "forward_task:7", "pages/join/join"),
        (member.id, channel.id, None, "pages/join/join"),
        (member.id, channel.id, "forward_task:7", None),
        (other.id, channel.id, "forward_task:7", "pages/join/join"),
        (None, None, None, None),
    ]

    async def make() -> list[UUID]:
        return [(await SceneCode.of(inviter_id=a, channel_id=b, campaign=c, page=d, at=NOON)).id for a, b, c, d in ways]

    first = await make()

    assert await make() == first
    assert len(set(first)) == len(ways) == await SceneCode.all().count()


async def test_many_who_ask_at_once_get_one_code() -> None:
    member = await a_member()

    found = await asyncio.gather(*(SceneCode.of(inviter_id=member.id, at=NOON) for _ in range(20)))

    assert len({one.code for one in found}) == 1
    assert await SceneCode.all().count() == 1


async def test_a_code_fits_the_scene_of_the_platform_and_is_read_with_and_without_its_prefix() -> None:
    code = await a_code()

    assert len(code.scene) <= SCENE_MOST
    assert code.code.isascii()
    assert code.code.isalnum()
    for scene in (code.code, PREFIX + code.code, f" {code.scene} "):
        found = await SceneCode.found(scene)
        assert found is not None
        assert found.id == code.id
    for wrong in ("", None, "s=", "x" * 10, code.code + "0", f"t={code.code}", "秘密" * 5):
        assert await SceneCode.found(wrong) is None


@pytest.mark.parametrize("page", ["/pages/index/index", "pages/index/index?x=1", "pages/secret", "", "../x"])
async def test_a_page_that_no_code_leads_to_is_refused(page: str) -> None:
    with pytest.raises(Invalid) as refused:
        await SceneCode.of(page=page, at=NOON)

    assert refused.value.field == "page"
    assert await SceneCode.all().count() == 0


@pytest.mark.parametrize("campaign", ["Forward", "forward task", "a:b:c", "活动", "x" * 81, "a:"])
async def test_a_campaign_that_is_no_word_is_refused(campaign: str) -> None:
    with pytest.raises(Invalid) as refused:
        await SceneCode.of(campaign=campaign, at=NOON)

    assert refused.value.field == "campaign"
    assert await SceneCode.all().count() == 0


async def test_who_is_gone_and_what_is_archived_make_no_new_codes() -> None:
    gone, staff = await a_member(status=MemberStatus.FROZEN), await a_staff()
    channel = await a_channel()
    await Channel.put(
        channel_id=channel.id,
        kind=ChannelKind.SMS,
        name="短信",
        owner=None,
        notes=None,
        is_archived=True,
        staff_id=staff.id,
        reason=None,
        at=NOON,
    )

    with pytest.raises(MemberNotActive):
        await SceneCode.of(inviter_id=gone.id, at=NOON)
    with pytest.raises(ChannelArchived):
        await SceneCode.of(channel_id=channel.id, at=NOON)
    with pytest.raises(NotFound):
        await SceneCode.of(channel_id=gone.id, at=NOON)
    assert await SceneCode.all().count() == 0


async def test_staff_take_a_code_back_and_give_it_back_and_the_audit_is_told() -> None:
    member, staff = await a_member(), await a_staff()
    code = await SceneCode.of(inviter_id=member.id, at=NOON)

    async def decide(*, withdrawn: bool) -> SceneCode:
        return await SceneCode.decide(
            code.id, expires_at=NOON + DAY, is_withdrawn=withdrawn, reason="刷量", staff_id=staff.id, at=NOON
        )

    assert not (await decide(withdrawn=True)).holds(NOON)
    with pytest.raises(SceneCodeWithdrawn):
        await SceneCode.of(inviter_id=member.id, at=NOON)
    back = await decide(withdrawn=False)
    assert back.holds(NOON)
    assert not back.holds(NOON + DAY)
    rows = await AuditRow.filter(subject_id=code.id).order_by("id")
    assert [(row.action, row.reason) for row in rows] == [("decide_scene_code", "刷量")] * 2
    assert rows[0].before == {"expires_at": None, "withdrawn_at": None}


async def test_a_code_without_a_reason_is_not_taken_back() -> None:
    code, staff = await a_code(), await a_staff()

    with pytest.raises(Invalid):
        await SceneCode.decide(code.id, expires_at=None, is_withdrawn=True, reason=" ", staff_id=staff.id, at=NOON)

    assert (await SceneCode.get(id=code.id)).withdrawn_at is None
    assert await AuditRow.all().count() == 0


async def test_a_code_that_has_ended_is_not_handed_out_again_until_staff_say_so() -> None:
    staff, channel = await a_staff(), await a_channel()
    code = await SceneCode.of(channel_id=channel.id, expires_at=NOON + DAY, at=NOON)

    with pytest.raises(SceneCodeExpired):
        await SceneCode.of(channel_id=channel.id, expires_at=NOON + 9 * DAY, at=NOON + DAY)
    with pytest.raises(Invalid) as refused:
        await SceneCode.of(expires_at=NOON - DAY, at=NOON)
    assert refused.value.field == "expiresAt"
    with pytest.raises(Invalid):
        await SceneCode.decide(
            code.id, expires_at=NOON - DAY, is_withdrawn=False, reason="补记", staff_id=staff.id, at=NOON
        )
    await SceneCode.decide(
        code.id, expires_at=NOON + 5 * DAY, is_withdrawn=False, reason="延期", staff_id=staff.id, at=NOON
    )

    assert (await SceneCode.of(channel_id=channel.id, at=NOON + DAY)).id == code.id


async def test_taking_a_code_back_leaves_its_end_and_of_two_who_decide_one_is_told() -> None:
    staff = await a_staff()
    code = await SceneCode.of(expires_at=NOON + DAY, at=NOON)

    async def take_back() -> SceneCode:
        return await SceneCode.decide(
            code.id,
            keeps_end=True,
            is_withdrawn=True,
            expected_version=1,
            reason="误发",
            staff_id=staff.id,
            at=NOON,
        )

    found = await asyncio.gather(*(take_back() for _ in range(4)), return_exceptions=True)

    assert sorted(type(one).__name__ for one in found) == ["SceneCode"] + ["SceneCodeChanged"] * 3
    kept = await SceneCode.get(id=code.id)
    assert (kept.expires_at, kept.withdrawn_at, kept.version) == (NOON + DAY, NOON, 2)
    assert await AuditRow.filter(action="decide_scene_code").count() == 1
