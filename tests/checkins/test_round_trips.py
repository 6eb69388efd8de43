"""How many statements a check-in takes, and that an answer from what is known says what reading again would say."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from models.checkins.check_in import CheckIn
from models.idempotency import Once
from models.points.expiry_policy import ExpiryPolicy
from store.database import dialect
from store.engines import postgres, sqlite
from tests.build import a_member, a_plan, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place

CHECK_IN = {"postgres": 2, "sqlite": 9}
WHOLE_REQUEST = {"postgres": 5, "sqlite": 12}
"""Beside it: the token, the plan, and what the boards are told. On SQLite BEGIN and COMMIT are counted in neither.

Nor is the expiry policy, which a process reads every few seconds.
"""

ANSWER = """
    checkIn { businessDay dayIndex streakDays pointsPaid } nextAt
    entries { id amount balanceAfter reason currency ruleVersion } nextRewards { reason points }
    viewer { streakDays member { nickname } }
"""
TEXTS = ("execute_query", "execute_insert", "execute_many")


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that reaches the database meanwhile."""
    seen: list[str] = []
    watched: list[tuple[type[Any], str]] = [(sqlite._Queries, "_counted"), *((sqlite._Queries, one) for one in TEXTS)]
    watched += [(postgres._Queries, one) for one in ("rows", "affected", *TEXTS)]
    with monkeypatch.context() as patch:
        for owner, name in watched:
            if (owner, name) == (sqlite._Queries, "execute_query"):
                continue  # It asks `_counted`.
            plain = getattr(owner, name)

            async def counted(self: Any, sql: str, *rest: Any, _plain: Any = plain) -> Any:
                seen.append(sql)
                return await _plain(self, sql, *rest)

            patch.setattr(owner, name, counted)
        yield seen


@pytest.mark.parametrize("days", [1, 7])
async def test_a_check_in_takes_no_more_statements_than_it_needs(
    database: str, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    group, plan = await a_group(), await a_plan(cumulative_ladder=[{"days": 7, "points": 5}])
    member = await a_place(group)
    for day in range(days - 1):
        await CheckIn.record(member.id, plan, at=NOON + timedelta(days=day))
    once = Once.of(f"member:{member.id}", "CheckIn", new_key(), {})
    await ExpiryPolicy.in_force()

    with statements(monkeypatch) as seen:
        made = await CheckIn.record(
            member.id, plan, at=NOON + timedelta(days=days - 1), once=once, content="早上好", group_id=group.id
        )

    assert made.streak_days == days
    assert len([one for one in seen if " outbox " in one]) == 1
    # What the boards are told is read after the commit.
    assert len(seen) - 1 == CHECK_IN[dialect()], seen


async def test_a_request_reads_nothing_again_for_its_answer(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    await a_plan()
    caller = await callers.member(await a_place(await a_group()))
    await ExpiryPolicy.in_force()

    with statements(monkeypatch) as seen:
        payload = await caller.do("checkIn", {"idempotencyKey": new_key()}, ANSWER)

    assert payload["userErrors"] == []
    assert len(seen) == WHOLE_REQUEST[dialect()], seen


async def test_the_first_answer_says_what_is_read_again_for_a_replay(callers: Callers) -> None:
    plan = await a_plan(cumulative_ladder=[{"days": 7, "points": 5}], consecutive_ladder=[{"days": 7, "points": 3}])
    member = await a_place(await a_group())
    for day in range(6, 0, -1):
        await CheckIn.record(member.id, plan, at=NOON - timedelta(days=day))
    caller, given = await callers.member(member), {"idempotencyKey": new_key()}

    first = await caller.do("checkIn", given, ANSWER)
    again = await caller.do("checkIn", given, ANSWER)

    assert again == first
    assert [(entry["reason"], entry["amount"]) for entry in first["entries"]] == [
        ("check_in", "10"),
        ("check_in", "10"),
        ("streak_ladder", "3"),
        ("total_ladder", "5"),
        ("cycle_bonus", "30"),
    ]


async def test_the_viewers_streak_is_that_of_the_default_plan(callers: Callers) -> None:
    default = await a_plan()
    other = await a_plan(name="晨跑", is_default=False)
    member = await a_member()
    for day in (2, 1):
        await CheckIn.record(member.id, default, at=NOON - timedelta(days=day))
    caller = await callers.member(member)

    payload = await caller.do("checkIn", {"idempotencyKey": new_key(), "planId": public_id(other)}, ANSWER)

    assert payload["checkIn"]["streakDays"] == 1
    assert payload["viewer"]["streakDays"] == 2


async def test_what_one_request_does_twice_is_told_as_each_left_it(callers: Callers) -> None:
    default, other = await a_plan(), await a_plan(name="晨跑", is_default=False)
    caller = await callers.member(await a_member())
    fields = "checkIn { streakDays } viewer { streakDays account { available growth } }"
    inputs = {
        "first": {"idempotencyKey": new_key(), "planId": public_id(other)},
        "second": {"idempotencyKey": new_key(), "planId": public_id(default)},
    }

    found = await caller.data(
        "mutation($first: CheckInInput!, $second: CheckInInput!) { "
        f"first: checkIn(input: $first) {{ {fields} }} second: checkIn(input: $second) {{ {fields} }} }}",
        **inputs,
    )

    assert found["first"]["viewer"] == {"streakDays": 0, "account": {"available": "10", "growth": "10"}}
    assert found["second"]["viewer"] == {"streakDays": 1, "account": {"available": "20", "growth": "20"}}
