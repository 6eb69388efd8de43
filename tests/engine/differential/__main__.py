"""A longer run: `python -m tests.engine.differential --cases 20000 [--seed 1] [--strawberry] [--core]`.

Every case is made from the seed and its number. One that fails is made plainer as long as it fails still, and printed.
"""

import argparse
import asyncio
import sys
import warnings
from collections.abc import Callable, Sequence
from time import perf_counter

from engine.execute import Engine
from tests.engine.differential.choices import Choices, of_record, of_seed, plainest
from tests.engine.differential.compare import (
    Case,
    Difference,
    Executor,
    difference,
    draw_case,
    draw_strawberry_case,
    of_core,
)


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.engine.differential", description=__doc__)
    asked.add_argument("--cases", type=int, default=20_000)
    asked.add_argument("--seed", default="1")
    asked.add_argument("--first", type=int, default=0, help="the number of the first case")
    asked.add_argument("--failures", type=int, default=1, help="how many are looked for before it stops")
    asked.add_argument("--strawberry", action="store_true", help="requests of the one schema with Strawberry")
    asked.add_argument("--core", action="store_true", help="try graphql-core itself")
    given = asked.parse_args()
    warnings.simplefilter("ignore", RuntimeWarning)
    started, failures, number = perf_counter(), 0, given.first
    with asyncio.Runner() as runner:
        trial = _Trial(runner, draw_strawberry_case if given.strawberry else draw_case, is_core=given.core)
        for number in range(given.first, given.first + given.cases):
            choices = of_seed(f"{given.seed}:{number}")
            if (found := trial.of(choices)) is None:
                continue
            failures += 1
            print(f"--- case {number} of seed {given.seed}\n{trial.plainer(choices, found)}", flush=True)
            if failures >= given.failures:
                break
    print(f"{number - given.first + 1} cases in {perf_counter() - started:.0f} s, {failures} failures")
    return 1 if failures else 0


class _Trial:
    def __init__(self, runner: asyncio.Runner, draw: Callable[[Choices], Case], *, is_core: bool) -> None:
        self._runner = runner
        self._draw = draw
        self._is_core = is_core

    def of(self, choices: Choices) -> Difference | None:
        executor: Executor = of_core if self._is_core else lambda schema: Engine(schema).execute
        case = self._draw(choices)
        try:
            return self._runner.run(difference(case, executor, tells_errors_in_turn=not self._is_core))
        except Exception as error:
            texts = "\n".join(f"{one.text}\n{one.variables}" for one in case.requests)
            return Difference(f"raised {type(error).__name__}: {error}", case.waiting, texts, "beside each")

    def plainer(self, choices: Choices, found: Difference) -> Difference:
        """What a plainer case says that fails in the same way."""
        kind = found.found.partition("\n")[0][:40]

        def fails(record: Sequence[int]) -> bool:
            other = self.of(of_record(record))
            return other is not None and other.found.startswith(kind)

        return self.of(of_record(plainest(choices.record, fails))) or found


if __name__ == "__main__":
    sys.exit(main())
