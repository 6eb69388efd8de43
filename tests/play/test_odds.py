"""The pure figures: fair numbers, odds that hold, picks without repeats."""

import re
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from models.play.odds import Odds, PrizeOdds
from models.play.picking import picks
from models.play.roll import commitment_of, entrants_hash, new_seed, number_below, roll_message
from store.ids import new_id

SEED = "5e" * 32
WEIGHTS = (700, 200, 80, 15, 5)
CHI_SQUARE_4 = 18.47
"""Exceeded by chance once in a thousand, with four degrees of freedom; the seed is fixed, so it holds or not."""


def chi_square(counts: Counter[int], expected: dict[int, float]) -> float:
    return sum((counts[key] - mean) ** 2 / mean for key, mean in expected.items())


def test_a_hundred_thousand_rolls_keep_the_odds() -> None:
    ids = [new_id() for _ in WEIGHTS]
    odds = Odds(tuple(PrizeOdds(one, weight) for one, weight in zip(ids, WEIGHTS, strict=True)), ids[0])
    draw_id, entrant = UUID(int=7), "ab" * 32

    counts = Counter(
        ids.index(odds.roll(SEED, roll_message(draw_id, entrant, n, None), segment=None, pity=0).prize_id)
        for n in range(100_000)
    )

    assert chi_square(counts, {place: weight * 100 for place, weight in enumerate(WEIGHTS)}) < CHI_SQUARE_4


def test_numbers_are_fair_where_the_bound_does_not_divide() -> None:
    """Three quarters of the range would give the lower third twice as often without throwing numbers away."""
    bound = 3 * 2**62

    counts = Counter(number_below(bound, SEED, str(n)) // 2**62 for n in range(30_000))

    assert chi_square(counts, dict.fromkeys(range(3), 10_000.0)) < 13.8


def test_the_message_is_what_the_documentation_says() -> None:
    """A number computed with openssl; were it to change, old results could not be checked."""
    assert commitment_of("00" * 32) == "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
    assert roll_message(UUID(int=1), "e", 3, None) == "00000000-0000-0000-0000-000000000001:e:3:"
    assert number_below(1_000_000, "00" * 32, "00000000-0000-0000-0000-000000000001:e:3:") == 549_036
    assert len({new_seed() for _ in range(100)}) == 100


def test_the_program_in_the_documentation_runs() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "draws.md").read_text(encoding="utf-8")
    [program] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)

    exec(compile(program, "draws.md", "exec"), {})


def test_each_entrant_is_picked_once_in_proportion_to_its_tickets() -> None:
    tickets = [1, 3, 1, 5]

    first = Counter(next(iter(picks(UUID(int=n), "list", tickets, SEED, 1))).index for n in range(20_000))
    every = [pick.index for pick in picks(UUID(int=1), "list", tickets, SEED, 10)]

    assert chi_square(first, {place: one * 2_000 for place, one in enumerate(tickets)}) < 16.3
    assert sorted(every) == [0, 1, 2, 3]


def test_the_hash_of_a_list_depends_on_everything_in_it() -> None:
    lists: tuple[list[tuple[str, int]], ...] = ([("a", 1), ("b", 2)], [("a", 1), ("b", 3)], [("b", 2), ("a", 1)], [])

    assert len({entrants_hash(one) for one in lists}) == len(lists)


@pytest.mark.parametrize(("pity", "tier", "after"), [(3, 1, 0), (3, 2, 0), (3, 3, 4), (0, None, 1)])
def test_only_the_tier_or_a_better_one_resets_the_guarantee(pity: int, tier: int | None, after: int) -> None:
    prize = PrizeOdds(new_id(), 1, tier)

    assert Odds((prize,), prize.id, pity_tier=2, pity_after=9).pity_next(pity, prize.id) == after
