"""Anybody can recompute a draw: the shipped operation reads the log, and the program that checks it needs only that."""

import json
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from models.play.draw import Draw
from models.play.draw_entry import DrawEntry
from models.play.draw_prize import DrawPrize
from models.play.draw_result import DrawResult
from models.play.draw_terms import DrawKind, PrizeKind, PrizeTerms
from models.play.draw_version import change_draw, end_due
from models.play.drawing import draw_due
from tests.build import a_member, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.play.draws import DAY, STAFF, THANKS, a_draw, chances, terms
from tests.play.verify import Log, faults

ROOT = Path(__file__).resolve().parents[2]
OPERATION = (ROOT / "operations" / "mini-program" / "draw-log.graphql").read_text(encoding="utf-8")
TEN = PrizeTerms("10 积分", kind=PrizeKind.POINTS, amount=10, weight=300, tier=2, member_most=3)
MUG = PrizeTerms("马克杯", kind=PrizeKind.GOOD, weight=5, tier=1, stock=3)
CUP = PrizeTerms("搪瓷杯", kind=PrizeKind.GOOD, weight=60, stock=1)


async def log_of(callers: Callers, draw: Draw) -> Log:
    """The log of a draw as a client reads it, page by page."""
    client, log, after = await callers.member(await a_member()), dict[str, Any](), dict[str, str]()
    while True:
        node = (await client.data(OPERATION, id=public_id(draw), **after))["node"]
        ended = True
        for name in ("seeds", "versions", "results", "entries"):
            page = node[name]
            log.setdefault(name, []).extend(edge["node"] for edge in page["edges"])
            after[name] = page["pageInfo"]["endCursor"] or after.get(name, "")
            ended &= not page["pageInfo"]["hasNextPage"]
        if ended:
            return log | {name: node[name] for name in ("kind", "countsTickets", "drawing")} | {"key": node["rollKey"]}
        after = {name: cursor for name, cursor in after.items() if cursor}


async def played(callers: Callers) -> Log:
    """Seven members draw until pieces, caps and the guarantee have all decided something, under two versions."""
    draw = await a_draw(THANKS, TEN, MUG, CUP, pity_tier=1, pity_after=6, seed_hours=24)
    members = [await a_member() for _ in range(7)]
    for member in members:
        await chances(member, draw, 20)
    for n in range(20):
        if n == 10:
            await _reweighed(draw)
        for member in members:
            text = f"{member.nickname and n}" if n % 2 else None
            await DrawResult.draw_once(member.id, draw.id, at=NOON + DAY * n / 10, client_text=text)
    await end_due(at=draw.ends_at)
    return await log_of(callers, draw)


async def _reweighed(draw: Draw) -> None:
    by_name = {prize.name: prize.id for prize in await DrawPrize.offered(draw.id)}
    prizes = [PrizeTerms(**{**vars(one), "id": by_name[one.name]}) for one in (THANKS, TEN, MUG, CUP)]
    rules = {"pity_tier": 1, "pity_after": 4, "seed_hours": 24}
    await change_draw(
        draw.id, terms(*prizes, **rules), expected_version=1, reason="提高保底", staff_id=STAFF, at=NOON + DAY
    )


async def test_every_result_follows_from_the_seeds(callers: Callers) -> None:
    log = await played(callers)

    assert len(log["results"]) == 140
    assert {one["version"] for one in log["results"]} == {1, 2}
    assert {one["seedNumber"] for one in log["results"]} == {0, 1}
    assert {"OUT_OF_STOCK", "MEMBER_CAP"} <= {one["wanting"] for one in log["results"]}
    assert any(one["isForced"] for one in log["results"])
    assert any(one["unmet"] for one in log["results"])
    assert faults(log) == []


def _with_another_text(log: Log, mine: int, text: str) -> bool:
    """Whether it is noticed; one text in some hundred rolls the same number."""
    forged = deepcopy(log)
    forged["results"][mine]["clientText"] = text
    return faults(forged) != []


async def test_whatever_is_tampered_with_is_noticed(callers: Callers) -> None:
    log = await played(callers)
    prizes = log["versions"][0]["prizes"]
    mine = next(n for n, one in enumerate(log["results"]) if one["sequence"] == 5 and one["wanting"] is None)
    other = next(one["id"] for one in prizes if one["id"] != log["results"][mine]["rolledPrizeId"])
    changes: list[tuple[Any, ...]] = [
        ("results", mine, "rollNumber", str(int(log["results"][mine]["rollNumber"]) ^ 1)),
        ("results", mine, "prizeId", other),
        ("results", mine, "rolledPrizeId", other),
        ("results", mine, "pityBefore", 99),
        ("results", mine, "pityAfter", 98),
        ("seeds", 0, "seed", "00" * 32),
    ]

    for name, index, field, value in changes:
        forged = deepcopy(log)
        forged[name][index][field] = value
        assert faults(forged) != [], field
    assert any(_with_another_text(log, mine, text) for text in ("another", "one", "and", "a", "third"))
    del log["results"][mine]
    assert faults(log) != []


async def test_winners_of_a_scheduled_draw_follow_from_the_frozen_list(callers: Callers) -> None:
    prize = PrizeTerms("马克杯", kind=PrizeKind.GOOD, stock=3)
    draw = await a_draw(prize, kind=DrawKind.SCHEDULED, alternates=2)
    for tickets in (1, 4, 2, 1, 3, 1):
        member = await a_member()
        await chances(member, draw, tickets)
        for _ in range(tickets):
            await DrawEntry.enter(member.id, draw.id, at=NOON)
    await end_due(at=draw.ends_at)
    await draw_due(at=draw.ends_at)

    log = await log_of(callers, draw)
    forged = deepcopy(log)
    forged["entries"].pop()

    assert (len(log["entries"]), len(log["results"])) == (12, 5)
    assert faults(log) == []
    assert faults(forged) != []


async def test_the_seed_stays_secret_while_it_is_used(callers: Callers) -> None:
    draw = await a_draw(THANKS, TEN)

    log = await log_of(callers, draw)

    assert [one["seed"] for one in log["seeds"]] == [None]
    assert len(log["seeds"][0]["commitment"]) == 64


@pytest.mark.parametrize(("forged", "code"), [(False, 0), (True, 1)])
async def test_the_program_checks_a_log_that_it_is_given(callers: Callers, forged: bool, code: int) -> None:
    log = await played(callers)
    if forged:
        log["results"][0]["rollNumber"] = "99999"

    done = subprocess.run(  # noqa: ASYNC221 - the program is what is tested
        [sys.executable, "-m", "tests.play.verify"], input=json.dumps(log), text=True, capture_output=True, cwd=ROOT
    )

    assert done.returncode == code, done.stdout
    assert ("Every result follows" in done.stdout) is not forged
