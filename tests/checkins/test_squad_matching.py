"""Matching: everybody goes somewhere once, squads are even, newcomers are spread, and families are kept apart."""

from collections import Counter
from random import Random
from uuid import UUID

import pytest

from models.checkins.squad_matching import Candidate, Matching, OpenSquad, dealt, how_many, matched


def an_id(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128))


def people(chance: Random, count: int, families: int) -> list[Candidate]:
    named = [an_id(chance) for _ in range(families)]
    share = chance.random()
    return [Candidate(an_id(chance), chance.random() < share, chance.choice(named)) for _ in range(count)]


def spread(counts: list[int]) -> int:
    return max(counts) - min(counts)


def told(found: Matching) -> list[Candidate]:
    return [*(one for some in found.joins.values() for one in some), *(one for some in found.squads for one in some)]


@pytest.mark.parametrize("seed", range(200))
def test_squads_are_as_even_as_can_be(seed: int) -> None:
    chance = Random(seed)
    least = chance.randint(2, 6)
    most, count = chance.randint(least, 9), chance.randint(0, 60)
    asked = people(chance, count, chance.randint(1, max(count, 1)))

    found = matched(asked, [], least=least, most=most, seed=seed)

    assert Counter(one.id for one in [*told(found), *found.left]) == Counter(one.id for one in asked)
    assert all(least <= len(squad) <= most for squad in found.squads)
    if count >= least:
        assert len(found.squads) >= 1
    if found.squads:
        assert spread([len(squad) for squad in found.squads]) <= 1
        assert spread([sum(one.is_new for one in squad) for squad in found.squads]) <= 1
        for family in {one.family for one in asked}:
            assert spread([sum(one.family == family for one in squad) for squad in found.squads]) <= 1


def test_those_whom_one_member_brought_meet_in_no_squad() -> None:
    chance = Random(7)
    asked = people(chance, 40, 20)
    largest = max(Counter(one.family for one in asked).values())

    squads = dealt(asked, 8)

    assert largest <= 8
    assert all(max(Counter(one.family for one in squad).values()) == 1 for squad in squads)


@pytest.mark.parametrize("seed", range(20))
def test_the_same_people_are_matched_the_same_in_whatever_order_they_come(seed: int) -> None:
    chance = Random(seed)
    asked = people(chance, 23, 9)
    homes = [OpenSquad(an_id(chance), tuple(people(chance, 2, 2)), 3) for _ in range(2)]
    mixed = asked[:]
    chance.shuffle(mixed)

    assert matched(asked, homes, least=3, most=5, seed=5) == matched(mixed, homes[::-1], least=3, most=5, seed=5)
    assert matched(asked, homes, least=3, most=5, seed=5) != matched(asked, homes, least=3, most=5, seed=6)


@pytest.mark.parametrize("seed", range(50))
def test_squads_that_are_too_small_are_saved_first_and_none_grows_too_large(seed: int) -> None:
    chance = Random(seed)
    homes = [OpenSquad(an_id(chance), tuple(people(chance, size, 2)), 5 - size) for size in (1, 2, 4)]
    asked = people(chance, chance.randint(0, 30), 6)

    found = matched(asked, homes, least=3, most=5, seed=seed)

    assert Counter(one.id for one in [*told(found), *found.left]) == Counter(one.id for one in asked)
    sizes = [len(home.members) + len(found.joins.get(home.id, ())) for home in homes]
    assert all(size <= 5 for size in sizes)
    if len(asked) >= 3:
        assert min(sizes) >= 3


def test_a_small_squad_gets_the_kind_it_lacks_and_nobodys_friend() -> None:
    chance = Random(1)
    family, other, third = (an_id(chance) for _ in range(3))
    old = Candidate(an_id(chance), False, family)
    friend, veteran, newcomer = (
        Candidate(an_id(chance), True, family),
        Candidate(an_id(chance), False, other),
        Candidate(an_id(chance), True, third),
    )
    home = OpenSquad(an_id(chance), (old,), 1)

    found = matched([friend, veteran, newcomer], [home], least=2, most=2, seed=3)

    assert found.joins == {home.id: [newcomer]}


@pytest.mark.parametrize(
    ("count", "squads"), [(0, 0), (2, 0), (3, 1), (5, 1), (6, 2), (7, 2), (8, 2), (12, 3), (20, 5), (21, 5)]
)
def test_squads_are_of_the_middle_size_where_that_goes(count: int, squads: int) -> None:
    assert how_many(count, 3, 5) == squads


def test_who_fits_in_no_squad_is_left_over_rather_than_a_squad_too_large() -> None:
    assert (how_many(7, 5, 6), len(matched(people(Random(4), 7, 7), [], least=5, most=6, seed=1).left)) == (1, 1)


def test_who_is_too_few_for_a_squad_is_left_over() -> None:
    asked = people(Random(2), 2, 2)

    found = matched(asked, [], least=3, most=5, seed=1)

    assert (found.squads, found.joins, Counter(found.left)) == ([], {}, Counter(asked))


def test_ten_thousand_are_matched_within_seconds() -> None:
    found = matched(people(Random(3), 10_000, 4_000), [], least=3, most=5, seed=1)

    assert sum(map(len, found.squads)) == 10_000
