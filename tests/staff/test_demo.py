"""The demo's tokens: one word, one caller."""

import pytest

from auth import demo
from auth.caller import CallerKind
from auth.token import caller_of
from models.staff.api_key import ApiKey
from models.staff.role import StaffRole
from models.staff.staff import Staff
from store.clock import SystemClock
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON


@pytest.mark.parametrize("who", ["member", "staff", "partner"])
async def test_a_demo_token_is_good(database: str, who: str) -> None:
    await a_member()
    await StaffRole.plant_built_in(at=LONG_AGO)
    role = await StaffRole.named("owner")
    await Staff.born(name=demo.DEMO_STAFF, display_name="演示", password="demo-owner-2026", role=role, at=LONG_AGO)
    await ApiKey.issue(name=demo.DEMO_KEY, scopes=["members.read"], days=None, staff_id=None, at=NOON)

    caller = await caller_of(await demo.token(who), at=SystemClock().now())

    assert caller is not None
    assert caller.kind is CallerKind(who)
    assert caller.may("members.read") is (who != "member")


@pytest.mark.parametrize("who", ["member", "staff", "partner"])
async def test_without_a_demo_it_says_what_to_do(database: str, who: str) -> None:
    with pytest.raises(demo.NoDemo, match="make seed"):
        await demo.token(who)
