"""The engine and graphql-core say the same of random schemas and documents; longer by `tests.engine.differential`."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from graphql import GraphQLSchema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.documents import Documents
from engine.execute import Engine
from tests.engine.differential.choices import Choices, of_hypothesis, of_record, of_seed, plainest
from tests.engine.differential.compare import (
    LIMITS,
    Case,
    Execute,
    Executor,
    compared,
    difference,
    draw_case,
    draw_strawberry_case,
    in_turn,
    is_left_to_core,
    of_core,
)
from tests.engine.differential.schemas import Asking

SEEDS = 250
"""Cases of each kind beside those of Hypothesis: a schema with one to four documents, each run one to three times."""


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as found:
        yield found


def of_engine(schema: GraphQLSchema) -> Execute:
    return Engine(schema).execute


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Whole cases, which Hypothesis shrinks by their choices."""
    return draw_case(of_hypothesis(draw))


@settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_any_schema_is_executed_as_by_graphql_core(runner: asyncio.Runner, case: Case) -> None:
    assert str(runner.run(difference(case, of_engine))) == "None"


@pytest.mark.parametrize("draw", [draw_case, draw_strawberry_case])
@pytest.mark.parametrize("executor", [of_core, of_engine])
def test_cases_by_number_are_executed_as_by_graphql_core(
    runner: asyncio.Runner, executor: Executor, draw: Callable[[Choices], Case]
) -> None:
    """By graphql-core too, whose order of errors is another where resolvers wait: so the cases themselves hold."""
    is_engine = executor is of_engine
    for number in range(SEEDS if is_engine else SEEDS // 10):
        case = draw(of_seed(f"suite:{number}"))
        found = runner.run(difference(case, executor, tells_errors_in_turn=is_engine))
        assert found is None, f"case {number}: {found}"


def test_plans_cover_all_but_what_is_known(runner: asyncio.Runner) -> None:
    told: list[str] = []
    for number in range(60):
        case = draw_case(of_seed(f"covered:{number}"))
        engine, documents = Engine(case.waiting, on_execution=told.append), Documents(case.twin, LIMITS)
        for request in case.requests:
            operation = documents.get(request.text).operation(request.operation_name)
            for variables in request.variables:
                told.clear()
                runner.run(engine.execute(operation, variables, Asking()))
                assert "fallback" not in told or is_left_to_core(request.text, variables), request


def test_requests_of_one_engine_do_not_disturb_each_other(runner: asyncio.Runner) -> None:
    async def together(case: Case) -> None:
        engine, documents = Engine(case.waiting), Documents(case.twin, LIMITS)
        asked = [
            (documents.get(request.text).operation(request.operation_name), variables)
            for request in case.requests
            for variables in request.variables
            if not is_left_to_core(request.text, variables)
        ]
        said = await asyncio.gather(*(engine.execute(*one, Asking()) for one in asked for _ in range(2)))
        for n, result in enumerate(said):
            assert compared(in_turn(case, *asked[n // 2], Asking()), result) is None

    for number in range(60):
        runner.run(together(draw_case(of_seed(f"together:{number}"))))


def test_a_failing_case_is_made_plainer() -> None:
    def fails(record: object) -> bool:
        choices = of_record(list(record))  # type: ignore[call-overload]  # any sequence of numbers
        drawn = [choices.below(100) for _ in range(choices.below(10))]
        return any(one > 50 for one in drawn)

    assert plainest([9, 3, 77, 12, 99, 0, 1, 2, 3, 4], fails) == [1, 51]
