"""From rounds to figures."""

import pytest

from benchmarks.load import Load, LoadFailed, read_wrk
from benchmarks.report import Round, lines, table
from benchmarks.usage import spent


def a_round(rate: float, *, errors: int = 0) -> Round:
    return Round(rate=rate, p50=2.0, p99=9.0, server=400.0, postgres=200.0, errors=errors)


def test_processor_time_is_told_for_each_request() -> None:
    load = Load(requests=2_000, errors=1, seconds=4.0, p50=10.0, p99=30.0)
    found = Round.of(load, server_seconds=1.5, postgres_seconds=0.5)
    assert found == Round(rate=500.0, p50=10.0, p99=30.0, server=750.0, postgres=250.0, errors=1)


def test_a_line_is_the_median_of_its_rounds_and_a_ratio_to_the_hand_written_server() -> None:
    ours = [a_round(300), a_round(900, errors=2), a_round(400)]
    bare = [a_round(800), a_round(100), a_round(1_000)]
    first, second = lines({("home", "ours"): ours, ("home", "bare"): bare})
    assert (first.server, first.median.rate, first.ratio, first.median.errors) == ("ours", 400, 0.5, 2)
    assert (second.server, second.median.rate, second.ratio) == ("bare", 800, 1.0)


def test_the_table_is_markdown() -> None:
    [head, rule, row] = table(lines({("home", "bare"): [a_round(1_234.4)]})).splitlines()
    assert head.count("|") == rule.count("|") == row.count("|")
    assert row == "| home | bare | 1,234 | 1.00 | 2.0 | 9.0 | 400 | 200 | 0 |"


def test_what_wrk_prints_is_read() -> None:
    output = "Running 4s test\n  32 connections\nmeasured 8123 4001234 2 15200 61000\nsample 500 boom\n"
    assert read_wrk(output) == Load(8_123, 2, 4.001234, 15.2, 61.0, "500 boom")


def test_a_tool_that_measured_nothing_has_failed() -> None:
    with pytest.raises(LoadFailed, match="unable to connect"):
        read_wrk("unable to connect to 127.0.0.1:1 Connection refused\n")


def test_a_process_that_came_later_counts_from_its_beginning() -> None:
    assert spent({1: 2.0, 2: 5.0}, {1: 2.5, 3: 0.25}) == 0.75
