"""Company: what is asked at the same time is asked as one, and everybody hears what is theirs."""

import asyncio
from collections.abc import Sequence

import pytest

from store.company import Company


class Clerk:
    """Answers each question with its double, slowly; odd ones are refused, and 13 upsets everybody."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.at_once = 0
        self.at_once_most = 0

    async def answer(self, questions: Sequence[int]) -> list[int | BaseException]:
        self.asked.append(list(questions))
        self.at_once += 1
        self.at_once_most = max(self.at_once, self.at_once_most)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        if 13 in questions:
            raise RuntimeError("13")
        return [ValueError(str(one)) if one % 2 else 2 * one for one in questions]


async def test_what_is_asked_in_one_turn_is_asked_as_one() -> None:
    clerk = Clerk()
    company = Company(clerk.answer, under_way=1, size=100)

    found = await asyncio.gather(*(company.ask("line", 2 * n) for n in range(10)))

    assert found == [4 * n for n in range(10)]
    assert clerk.asked == [[2 * n for n in range(10)]]


async def test_who_comes_later_waits_and_is_not_told_what_was_asked_before() -> None:
    clerk = Clerk()
    company = Company(clerk.answer, under_way=1, size=100)
    first = asyncio.create_task(company.ask("line", 2))
    await asyncio.sleep(0.005)

    later = await asyncio.gather(company.ask("line", 2), company.ask("line", 4))

    assert [await first, *later] == [4, 4, 8]
    assert clerk.asked == [[2], [2, 4]]


async def test_a_line_is_asked_so_often_at_once_and_a_group_is_so_large() -> None:
    clerk = Clerk()
    company = Company(clerk.answer, under_way=2, size=3)

    await asyncio.gather(*(company.ask("line", 2 * n) for n in range(10)))

    assert [len(one) for one in clerk.asked] == [3, 3, 3, 1]
    assert clerk.at_once_most == 2


async def test_lines_do_not_wait_for_each_other() -> None:
    clerk = Clerk()
    company = Company(clerk.answer, under_way=1, size=100)

    await asyncio.gather(*(company.ask(n % 2, 2 * n) for n in range(4)))

    assert sorted(clerk.asked) == [[0, 4], [2, 6]]
    assert clerk.at_once_most == 2


async def test_a_refusal_is_told_to_whoever_it_is_about() -> None:
    company = Company(Clerk().answer, under_way=1, size=100)

    found = await asyncio.gather(*(company.ask("line", n) for n in (2, 3, 4)), return_exceptions=True)

    assert [repr(one) for one in found] == ["4", "ValueError('3')", "8"]


async def test_a_failure_is_told_to_all_and_the_line_goes_on() -> None:
    company = Company(Clerk().answer, under_way=1, size=100)

    found = await asyncio.gather(*(company.ask("line", n) for n in (2, 13)), return_exceptions=True)

    assert [repr(one) for one in found] == ["RuntimeError('13')"] * 2
    assert await company.ask("line", 6) == 12


async def test_whoever_gives_up_leaves_the_others_undisturbed() -> None:
    clerk = Clerk()
    company = Company(clerk.answer, under_way=1, size=100)
    asking = [asyncio.create_task(company.ask("line", 2 * n)) for n in range(4)]
    await asyncio.sleep(0)
    asking[1].cancel()

    found = await asyncio.gather(*asking, return_exceptions=True)

    assert [found[n] for n in (0, 2, 3)] == [0, 8, 12]
    with pytest.raises(asyncio.CancelledError):
        await asking[1]
    assert await company.ask("line", 10) == 20


async def test_nothing_is_kept_of_lines_that_are_empty() -> None:
    company = Company(Clerk().answer, under_way=1, size=100)

    await asyncio.gather(*(company.ask(n, 2) for n in range(50)))

    assert company._lines == {}
