"""Asking the engine and graphql-core the same."""

from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLSchema

from engine.documents import Documents
from engine.execute import Engine
from tests.engine.differential.compare import LIMITS, Executor, of_core
from tests.engine.executing import Ask


def _of_engine(schema: GraphQLSchema) -> Any:
    return Engine(schema).execute


@pytest.fixture(params=[_of_engine, of_core], ids=["engine", "graphql-core"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """`await ask(schema, text, variables, operation_name, context)`."""
    executor: Executor = request.param

    async def asked(
        schema: GraphQLSchema,
        text: str,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
        context: Any = None,
    ) -> ExecutionResult:
        operation = Documents(schema, LIMITS).get(text).operation(operation_name)
        return await executor(schema)(operation, variables, context)

    return asked
