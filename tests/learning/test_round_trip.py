"""What is written to a file and read again is the same, or the file says of what it left out why."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from models.learning.bank_row import BankRow
from models.learning.gift_reading import read_gift
from models.learning.gift_writing import written_gift
from models.learning.moodle_reading import read_moodle
from models.learning.moodle_writing import written_moodle
from models.learning.question_terms import QuestionTerms
from models.learning.sheet_reading import read_sheet
from models.learning.sheet_writing import written_sheet
from tests.learning.any_question import any_terms


class NoPictures:
    """A gallery that takes none: the files of these tests have none inside."""

    def take(self, content: bytes) -> str | None:
        return None


Writer = Callable[[list[QuestionTerms]], tuple[bytes, list[BankRow]]]
Reader = Callable[[bytes], Iterator[BankRow]]
WRITTEN: dict[str, Writer] = {"xlsx": written_sheet, "gift": written_gift, "moodle": written_moodle}
READ: dict[str, Reader] = {
    "xlsx": read_sheet,
    "gift": read_gift,
    "moodle": partial(read_moodle, gallery=NoPictures()),
}
many = st.lists(any_terms(), min_size=1, max_size=3)


@pytest.mark.parametrize("format", WRITTEN)
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(said=many)
def test_nothing_is_lost_in_silence(format: str, said: list[QuestionTerms]) -> None:
    content, left_out = WRITTEN[format](said)
    missing = {row.place - 1 for row in left_out}
    assert all(row.problem for row in left_out)
    rows = list(READ[format](content))
    assert [row.problem for row in rows] == [None] * len(rows)
    assert [row.terms for row in rows] == [one for place, one in enumerate(said) if place not in missing]
    event(f"left out: {bool(missing)}")
