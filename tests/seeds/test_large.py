"""A large set, in small: its rows keep what the verbs would have kept."""

from collections import Counter

import pytest

import seeds
from models.checkins.check_in import CheckIn
from models.checkins.plan import CheckInPlan
from models.checkins.streak import Progress, Streak
from models.groups.group import Group
from models.groups.membership import Membership
from models.groups.membership_change import MembershipChange
from models.groups.role import Role
from models.insight.board_drift import drift
from models.members.member import Member
from models.points.account import Account
from models.points.entry import PointEntry
from models.points.reconciliation import reconcile
from models.spread.referral import Referral
from seeds.large import plant_large
from store.database import fetch_value
from store.migrations.connection import connection
from store.migrations.schema import read_schema
from tests.conftest import NOON
from tests.seeds.conftest import SCALE


async def test_it_has_what_was_asked_for(large: None) -> None:
    assert (await Member.all().count(), await Membership.all().count()) == (SCALE, 2 * SCALE)
    check_ins = await CheckIn.all().count()
    assert 9 * SCALE < check_ins < 11 * SCALE
    assert await PointEntry.all().count() > 2 * check_ins


async def test_its_ledger_is_balanced(large: None) -> None:
    assert await reconcile() == []
    paid = await fetch_value("SELECT SUM(points_paid) FROM check_in")
    assert paid == await fetch_value("SELECT SUM(balance) FROM account")


async def test_its_boards_equal_sql(own_large: None) -> None:
    assert await drift(at=NOON) == []


async def test_streaks_are_those_of_the_check_ins(large: None) -> None:
    plan = await CheckInPlan.chosen(None)
    streaks = await Streak.all()
    assert len({streak.current_days for streak in streaks}) > 5
    for streak in streaks:
        progress = Progress()
        for check_in in await CheckIn.standing_days(streak.member_id, plan.id):
            progress = progress.advance(check_in.business_day, plan)
            assert (check_in.day_index, check_in.streak_days) == (progress.cycle_done, progress.current_days)
        assert streak.progress == progress


async def test_groups_are_full_and_count_their_members(large: None) -> None:
    for group in await Group.all():
        places = await Membership.filter(group_id=group.id)
        assert group.member_count == len(places) in (80, SCALE % 80)
        assert Counter(place.role for place in places)[Role.OWNER] == 1
    assert await MembershipChange.all().count() == 2 * SCALE


async def test_whoever_brought_members_brought_five_who_came_later(large: None) -> None:
    referrals = await Referral.all().order_by("created_at", "id").prefetch_related("inviter", "invitee")
    brought = Counter(referral.inviter_id for referral in referrals)
    assert len(referrals) == SCALE - 1
    assert sorted(brought.values(), reverse=True) == [5] * (len(brought) - 1) + [4]
    assert all(referral.inviter.joined_at < referral.invitee.joined_at for referral in referrals)


async def test_ids_are_in_the_order_of_time(large: None) -> None:
    by_time = await CheckIn.all().order_by("created_at", "id").values_list("id", flat=True)
    assert by_time == await CheckIn.all().order_by("id").values_list("id", flat=True)


async def test_a_member_can_check_in_today_and_is_paid_like_everybody(own_large: None) -> None:
    first = await Member.all().order_by("joined_at", "id").first()
    assert first is not None
    plan = await CheckInPlan.chosen(None)
    check_in = await CheckIn.record(first.id, plan, at=NOON)
    assert (check_in.plan_version, check_in.streak_days) == (2, 8)
    assert await reconcile() == []
    growth = await Account.get(holder_id=first.id, currency="growth")
    assert growth.balance == 10


async def test_it_takes_another_number_of_days(database: str, empty_redis: str) -> None:
    loaded = await plant_large(42, now=NOON, days=6)
    assert loaded["check_in"] == 14 * 6 + 14 * 3
    assert await reconcile() == []


async def test_the_schema_is_as_it_was(database: str, empty_redis: str) -> None:
    async with connection(database) as server:
        before = await read_schema(server)
        await plant_large(42, now=NOON)
        assert await read_schema(server) == before


async def test_it_is_planted_once(own_large: None) -> None:
    assert await seeds.is_planted()
    with pytest.raises(seeds.AlreadyPlanted):
        await seeds.plant(scale=SCALE)
    with pytest.raises(seeds.AlreadyPlanted):
        await plant_large(SCALE, now=NOON)
    assert await Member.all().count() == SCALE
