"""The audit says who did what, before and after, and keeps neither secrets nor whole phone numbers."""

import pytest
from tortoise.exceptions import IntegrityError

from models.errors import Invalid
from models.staff.audit import AuditRow, shown
from store.database import execute, transaction
from store.ids import new_id
from tests.build import a_member
from tests.conftest import NOON


async def a_row(**facts: object) -> AuditRow:
    member = await a_member(nickname="李思远")
    return await AuditRow.write(
        staff_id=new_id(),
        action="freeze_member",
        subject=member,
        before={"status": "normal"},
        after={"status": "frozen", **facts},
        reason="多次刷屏，联系 13812345678 无效",
        at=NOON,
    )


async def test_a_row_tells_the_act(database: str) -> None:
    row = await AuditRow.get(id=(await a_row()).id)

    assert (row.action, row.subject_type, row.before, row.after) == (
        "freeze_member",
        "Member",
        {"status": "normal"},
        {"status": "frozen"},
    )
    assert row.reason == "多次刷屏，联系 138****5678 无效"


def test_secrets_are_blacked_out_and_phones_masked_wherever_they_stand() -> None:
    given = {"password_hash": "$argon2id$", "phone": "13812345678", "notes": [{"text": "电话13912345678"}], "at": NOON}

    assert shown(given) == {
        "password_hash": "***",
        "phone": "***",
        "notes": [{"text": "电话139****5678"}],
        "at": "2026-11-23T04:00:00+00:00",
    }


async def test_a_rolled_back_act_leaves_no_row(database: str) -> None:
    async def fail() -> None:
        async with transaction():
            await a_row()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    assert await AuditRow.all().count() == 0


async def test_a_reason_has_its_bounds(database: str) -> None:
    member = await a_member()

    with pytest.raises(Invalid):
        await AuditRow.write(
            staff_id=new_id(), action="x", subject=member, before=None, after=None, reason="长" * 201, at=NOON
        )


@pytest.mark.parametrize("change", ["UPDATE audit_row SET reason = 'x'", "DELETE FROM audit_row"])
async def test_the_database_refuses_to_alter_the_audit(database: str, change: str) -> None:
    await a_row()

    with pytest.raises(IntegrityError, match="append-only"):
        await execute(change)
