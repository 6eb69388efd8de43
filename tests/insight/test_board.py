"""Boards: who stands where, by what, and who stands nowhere."""

from collections.abc import Awaitable
from datetime import UTC, date, datetime, timedelta

import pytest

from models.actor import SYSTEM
from models.checkins.void import CheckInVoid
from models.errors import DomainError
from models.groups.membership import Membership
from models.insight.board import Board, Metric, in_circle, in_group
from models.insight.board_entry import BoardPage
from models.insight.board_period import Window
from models.insight.board_ranking import LiveBoard
from models.insight.board_rebuild import rebuild_missing
from models.insight.standing import standing_changed
from models.members.member import Member, MemberStatus
from models.members.status_change import MemberStatusChange, set_board_visibility
from models.points.account import Account, of_member
from models.spread.referral import Referral
from store.database import transaction
from store.ids import new_id
from tests.build import a_member, a_plan
from tests.conftest import NOON
from tests.groups.build import a_circle, a_group, a_place
from tests.insight.build import CHECK_INS, INVITES, POINTS, STREAK, check_in, places

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


async def test_check_ins_show_on_every_board_at_once(boards: None) -> None:
    plan, wang, li = await a_plan(), await a_member(nickname="王小明"), await a_member(nickname="李思远")

    await check_in(wang, plan, days=2)
    await check_in(li, plan, days=8, at=NOON + SECOND)

    assert await places(POINTS) == [(1, "李思远", 110), (2, "王小明", 20)]
    assert await places(POINTS, Window.DAY) == [(1, "王小明", 10), (2, "李思远", 10)]
    assert await places(POINTS, Window.WEEK) == [(1, "王小明", 10), (2, "李思远", 10)]
    assert await places(POINTS, Window.MONTH) == [(1, "李思远", 110), (2, "王小明", 20)]
    assert await places(CHECK_INS) == [(1, "李思远", 8), (2, "王小明", 2)]
    assert await places(STREAK) == [(1, "李思远", 8), (2, "王小明", 2)]


async def test_among_equals_the_first_to_reach_the_figure_is_ahead(boards: None) -> None:
    plan, early, late = await a_plan(), await a_member(nickname="陈雨桐"), await a_member(nickname="赵子涵")
    await check_in(late, plan, at=NOON - DAY)
    await check_in(early, plan, at=NOON - DAY + SECOND)

    assert await places(POINTS) == [(1, "赵子涵", 10), (2, "陈雨桐", 10)]

    await check_in(early, plan, at=NOON)
    await check_in(late, plan, at=NOON + timedelta(microseconds=1))

    assert await places(POINTS) == [(1, "陈雨桐", 20), (2, "赵子涵", 20)]


async def test_in_the_same_instant_who_came_first_to_the_community_is_ahead(boards: None) -> None:
    plan = await a_plan()
    members = [await a_member(nickname=f"茶友{number}") for number in range(5)]
    for member in reversed(members):
        await check_in(member, plan)

    assert await places(POINTS) == [(rank, f"茶友{rank - 1}", 10) for rank in range(1, 6)]


async def test_invites_count_for_the_inviter(boards: None) -> None:
    inviter, first, second = await a_member(nickname="周嘉怡"), await a_member(), await a_member()

    await Referral.record(inviter.id, first.id, at=NOON - DAY)
    await Referral.record(inviter.id, second.id, at=NOON)

    assert await places(INVITES) == [(1, "周嘉怡", 2)]
    assert await places(INVITES, Window.DAY) == [(1, "周嘉怡", 1)]


async def test_a_void_takes_back_what_hung_on_the_check_in(boards: None) -> None:
    plan, wang, li = await a_plan(), await a_member(nickname="王小明"), await a_member(nickname="李思远")
    made = await check_in(wang, plan, days=7)
    await check_in(li, plan, days=5, at=NOON + SECOND)

    await CheckInVoid.record(made[6].id, staff_id=new_id(), reason="代签", at=NOON + 2 * SECOND, once=None)

    assert await places(POINTS) == [(1, "王小明", 60), (2, "李思远", 50)]
    assert await places(POINTS, Window.DAY) == [(1, "李思远", 10)]
    assert await places(CHECK_INS) == [(1, "王小明", 6), (2, "李思远", 5)]
    assert await places(STREAK) == [(1, "王小明", 6), (2, "李思远", 5)]


async def test_a_void_gives_back_the_instant_at_which_the_rest_was_reached(boards: None) -> None:
    plan, wang, li = await a_plan(), await a_member(nickname="王小明"), await a_member(nickname="李思远")
    await check_in(wang, plan, days=2, at=NOON - DAY)
    await check_in(li, plan, days=2, at=NOON - DAY + SECOND)
    [third] = await check_in(wang, plan, at=NOON)

    await CheckInVoid.record(third.id, staff_id=new_id(), reason="误签", at=NOON + SECOND, once=None)

    assert await places(POINTS) == [(1, "王小明", 20), (2, "李思远", 20)]
    assert await places(CHECK_INS) == [(1, "王小明", 2), (2, "李思远", 2)]


async def test_whoever_hides_is_on_no_board_until_they_show_themselves_again(boards: None) -> None:
    plan, wang, li = await a_plan(), await a_member(nickname="王小明"), await a_member(nickname="李思远")
    await check_in(wang, plan)
    await check_in(li, plan, at=NOON + SECOND)

    await set_board_visibility(wang.id, is_hidden=True, at=NOON + SECOND)
    hidden = {board: await places(board) for board in (POINTS, CHECK_INS, STREAK)}
    await set_board_visibility(wang.id, is_hidden=False, at=NOON + 2 * SECOND)

    assert hidden == {POINTS: [(1, "李思远", 10)], CHECK_INS: [(1, "李思远", 1)], STREAK: [(1, "李思远", 1)]}
    assert await places(POINTS) == [(1, "王小明", 10), (2, "李思远", 10)]


@pytest.mark.parametrize("status", [MemberStatus.FROZEN, MemberStatus.LEFT, MemberStatus.ERASED])
async def test_whoever_takes_no_part_is_on_no_board(boards: None, status: MemberStatus) -> None:
    plan, member = await a_plan(), await a_member()
    await check_in(member, plan)

    async with transaction():
        await MemberStatusChange.make(member.id, status, actor=SYSTEM, at=NOON)

    assert [await places(board) for board in (POINTS, CHECK_INS, STREAK)] == [[], [], []]


async def test_a_muted_member_stays_on_the_boards(boards: None) -> None:
    plan, member = await a_plan(), await a_member(nickname="孙浩然")
    await check_in(member, plan)

    async with transaction():
        await MemberStatusChange.make(member.id, MemberStatus.MUTED, actor=SYSTEM, at=NOON)

    assert await places(POINTS) == [(1, "孙浩然", 10)]


async def test_staff_are_on_no_board(boards: None) -> None:
    plan, member = await a_plan(), await a_member(is_staff=True)

    await check_in(member, plan)

    assert await places(POINTS) == []


async def test_a_circle_ranks_those_in_its_groups(boards: None) -> None:
    plan, circle = await a_plan(), await a_circle()
    group, other = await a_group(circle=circle), await a_group()
    await rebuild_missing(at=NOON)
    inside, outside = await a_member(nickname="吴梓轩"), await a_member(nickname="郑雅婷")
    await check_in(inside, plan)
    await check_in(outside, plan, days=2)
    board = in_circle(Metric.POINTS, circle.id)

    await a_place(group, member=inside, at=NOON)
    await a_place(other, member=outside, at=NOON)
    joined = await places(board)
    await Membership.leave(inside.id, group.id, at=NOON + SECOND)
    left = await places(board)
    await Membership.join(inside.id, group.id, at=NOON + 2 * SECOND)

    assert (joined, left) == ([(1, "吴梓轩", 10)], [])
    assert await places(board) == [(1, "吴梓轩", 10)]
    assert await places(POINTS) == [(1, "郑雅婷", 20), (2, "吴梓轩", 10)]


async def test_a_member_of_two_groups_stands_once_in_their_circle(boards: None) -> None:
    plan, circle = await a_plan(), await a_circle()
    first, second = await a_group(circle=circle, name="车友会"), await a_group(circle=circle, name="改装派")
    await rebuild_missing(at=NOON)
    member = await a_member(nickname="吴梓轩")
    await a_place(first, member=member)
    await a_place(second, member=member)
    await check_in(member, plan)
    board = in_circle(Metric.POINTS, circle.id)

    await Membership.leave(member.id, first.id, at=NOON + SECOND)

    assert await places(board) == [(1, "吴梓轩", 10)]


async def test_a_group_ranks_its_members_without_keys_of_its_own(boards: None) -> None:
    plan, group = await a_plan(), await a_group()
    names = ["王小明", "李思远", "陈雨桐"]
    for days, name in enumerate(names, start=1):
        member = await a_member(nickname=name)
        await a_place(group, member=member)
        await check_in(member, plan, days=days, at=NOON + days * SECOND)
    await check_in(await a_member(nickname="外人"), plan, days=9)
    board = LiveBoard.of(in_group(Metric.POINTS, group.id), Window.ALL, at=NOON)

    assert await places(board.board) == [(1, "陈雨桐", 30), (2, "李思远", 20), (3, "王小明", 10)]
    assert [one.rank for one in (await board.page(first=2, after=1)).entries] == [2, 3]
    assert [one.rank for one in (await board.last_page(last=2)).entries] == [2, 3]
    assert [one.rank for one in (await board.last_page(last=2, before=2)).entries] == [1]


async def test_ranks_are_compared_with_the_period_before(boards: None) -> None:
    plan = await a_plan()
    wang, li, new = [await a_member(nickname=name) for name in ("王小明", "李思远", "新来的")]
    await check_in(wang, plan, days=2, at=NOON - 7 * DAY)
    await check_in(li, plan, days=3, at=NOON - 7 * DAY)
    await check_in(wang, plan, at=NOON)
    await check_in(li, plan, at=NOON + SECOND)
    await check_in(new, plan, at=NOON + 2 * SECOND)
    now = NOON + 3 * SECOND

    page = await LiveBoard.of(POINTS, Window.WEEK, at=now).page(first=10)
    before = await LiveBoard.of(POINTS, Window.WEEK, day=date(2026, 11, 16), at=now).page(first=10)

    assert [(one.member_id, one.rank_change) for one in page.entries] == [(wang.id, 0), (li.id, 0), (new.id, None)]
    assert [(one.member_id, one.score) for one in before.entries] == [(wang.id, 10), (li.id, 10)]
    month = await LiveBoard.of(POINTS, Window.MONTH, at=now).page(first=10)
    assert [(one.member_id, one.rank_change) for one in month.entries] == [
        (li.id, None),
        (wang.id, None),
        (new.id, None),
    ]


async def test_pages_and_neighbours_count_from_the_rank(boards: None) -> None:
    plan = await a_plan()
    members = [await a_member() for _ in range(7)]
    for place, member in enumerate(members):
        await check_in(member, plan, at=NOON + place * SECOND)
    board = LiveBoard.of(POINTS, Window.DAY, at=NOON)
    by_rank = {rank: member.id for rank, member in enumerate(members, start=1)}

    async def ranks(page: Awaitable[BoardPage]) -> list[int]:
        entries = (await page).entries
        assert [one.member_id for one in entries] == [by_rank[one.rank] for one in entries]
        return [one.rank for one in entries]

    assert await ranks(board.page(first=3)) == [1, 2, 3]
    assert await ranks(board.page(first=3, after=6)) == [7]
    assert await ranks(board.page(first=3, after=7)) == []
    assert await ranks(board.last_page(last=2)) == [6, 7]
    assert await ranks(board.last_page(last=20)) == [1, 2, 3, 4, 5, 6, 7]
    assert await ranks(board.last_page(last=2, before=3)) == [1, 2]
    assert await ranks(board.last_page(last=5, before=1)) == []
    assert await ranks(board.around(by_rank[1], count=2)) == [1, 2, 3]
    assert await ranks(board.around(by_rank[4], count=1)) == [3, 4, 5]
    assert await ranks(board.around(by_rank[7], count=2)) == [5, 6, 7]
    assert await ranks(board.around(new_id(), count=2)) == []
    assert (await board.page(first=1)).size == 7
    assert await board.place(new_id()) is None
    fifth = await board.place(by_rank[5])
    assert fifth is not None
    assert (fifth.rank, fifth.score, fifth.reached_at) == (5, 10, NOON + 4 * SECOND)


async def test_scores_are_exact_up_to_what_an_account_may_hold(boards: None) -> None:
    member = await a_member(nickname="大户")
    async with transaction():
        await Member.bump(member.id)
        await Account.filter(id=of_member(member.id).id).update(earned_total=2**53 - 1)
        await standing_changed([member.id], at=NOON)

    assert await places(POINTS) == [(1, "大户", 9007199254740991)]


async def test_a_window_that_a_metric_lacks_and_a_period_long_past_are_refused(boards: None) -> None:
    with pytest.raises(DomainError) as window:
        LiveBoard.of(STREAK, Window.WEEK, at=NOON)
    with pytest.raises(DomainError) as period:
        LiveBoard.of(POINTS, Window.DAY, day=date(2026, 11, 21), at=NOON)
    with pytest.raises(DomainError) as future:
        LiveBoard.of(POINTS, Window.DAY, day=date(2026, 11, 24), at=NOON)

    assert [one.value.code for one in (window, period, future)] == [
        "BOARD_WINDOW_NOT_OFFERED",
        "BOARD_PERIOD_NOT_LIVE",
        "BOARD_PERIOD_NOT_LIVE",
    ]


async def test_a_midnight_parts_two_days(boards: None) -> None:
    plan, member = await a_plan(), await a_member(nickname="夜猫子")
    last_moment = datetime(2026, 11, 23, 15, 59, 59, 999999, tzinfo=UTC)
    await check_in(member, plan, at=last_moment)
    await check_in(member, plan, at=last_moment + timedelta(microseconds=1))

    assert await places(POINTS, Window.DAY, at=last_moment) == [(1, "夜猫子", 10)]
    assert await places(POINTS, Window.DAY, at=last_moment + SECOND) == [(1, "夜猫子", 10)]
    assert await places(POINTS, Window.WEEK, at=last_moment + SECOND) == [(1, "夜猫子", 20)]


async def test_the_keys_of_a_board_share_a_slot() -> None:
    board = in_circle(Metric.POINTS, new_id())

    tags = {key[key.index("{") : key.index("}") + 1] for key in (board.keys.about, board.keys.state, board.keys.lock)}

    assert tags == {f"{{{board.name}}}"}
    assert Board(Metric.POINTS).keys.tag == in_group(Metric.POINTS, new_id()).keys.tag
