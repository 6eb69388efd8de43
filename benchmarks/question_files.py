"""`python -m benchmarks.question_files`: how long files of many questions take, into the bank and out of it.

Each format is written once from the demo's questions, repeated with other words until there are enough, then read,
looked through, taken in and taken out again, on the embedded database or on that of `TEST_DATABASE_URL`.
"""

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from time import perf_counter

from models.learning.bank_row import BankRow
from models.learning.gift_reading import read_gift
from models.learning.gift_writing import written_gift
from models.learning.moodle_reading import read_moodle
from models.learning.moodle_writing import written_moodle
from models.learning.question import QuestionStatus
from models.learning.question_export import exported
from models.learning.question_import import BankFormat, QuestionImport
from models.learning.question_kind import QuestionKind
from models.learning.question_terms import QuestionTerms
from models.learning.sheet_reading import read_sheet
from models.learning.sheet_writing import written_sheet
from seeds.learning_bank import questions_in
from seeds.learning_bank_texts import CIRCLES
from store.clock import SystemClock
from store.database import close_database, open_database
from store.ids import new_id
from store.migrations.connection import scratch_database
from store.migrations.runner import migrate


class NoPictures:
    def take(self, content: bytes) -> str | None:
        return None


Read = Callable[[bytes], list[BankRow]]
FORMATS: dict[BankFormat, tuple[Callable[[list[QuestionTerms]], tuple[bytes, list[BankRow]]], Read]] = {
    BankFormat.XLSX: (written_sheet, lambda content: list(read_sheet(content))),
    BankFormat.GIFT: (written_gift, lambda content: list(read_gift(content))),
    BankFormat.MOODLE_XML: (written_moodle, lambda content: list(read_moodle(content, NoPictures()))),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=10_000)
    asyncio.run(_run(parser.parse_args().questions))


async def _run(count: int) -> None:
    many = _questions(count)
    for written_as, (write, read) in FORMATS.items():
        content, left_out = write(many)
        async with scratch_database(os.environ.get("TEST_DATABASE_URL")) as url:
            await migrate(url)
            await open_database(url)
            told = await _measured(written_as, content, read)
            await close_database()
        print(f"{written_as:<10} {len(content) / 1e6:5.1f} MB, {len(left_out)} left out | {told}", flush=True)


async def _measured(format: BankFormat, content: bytes, read: Read) -> str:
    at, staff_id, spent = SystemClock().now(), new_id(), dict[str, float]()

    async def timed(name: str, act: Awaitable[object]) -> object:
        started = perf_counter()
        found = await act
        spent[name] = perf_counter() - started
        return found

    rows = await timed("read", asyncio.to_thread(read, content))
    assert isinstance(rows, list)
    assert not any(row.problem for row in rows)
    found = await timed("look through", QuestionImport.check(rows, format=format, name=None, staff_id=staff_id, at=at))
    assert isinstance(found, QuestionImport)
    taking = partial(QuestionImport.take_in, found.id, status=QuestionStatus.ACTIVE, staff_id=staff_id, at=at)
    await timed("take in", taking())
    await timed("take out", exported("q.status = $1", ("active",)))
    whole = sum(spent[name] for name in ("read", "look through", "take in"))
    parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in spent.items())
    return f"{len(rows)} questions in {whole:.1f} s ({parts})"


def _questions(count: int) -> list[QuestionTerms]:
    """The demo's questions over and over, each time with other words; blanks in a row stay out, for GIFT has none."""
    bank = [terms for text in CIRCLES.values() for terms in questions_in(text)]
    bank = [one for one in bank if one.content.kind is not QuestionKind.BLANK]
    found = []
    for number in range(count):
        terms = bank[number % len(bank)]
        stem = f"第 {number + 1} 题：{terms.content.stem}"
        found.append(replace(terms, content=replace(terms.content, stem=stem)))
    return found


if __name__ == "__main__":
    main()
