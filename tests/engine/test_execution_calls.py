"""Mutations in their order, and what resolvers are told; each case is executed by the engine and by graphql-core."""

from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
)
from strawberry.types.field import StrawberryField

from tests.engine.executing import INT, REQUIRED, Ask, answering, field, later, root, told


class Ledger:
    """What happened, in order."""

    def __init__(self) -> None:
        self.number = 6
        self.lines: list[str] = []


def ledger_schema() -> GraphQLSchema:
    holder = GraphQLObjectType("Holder", {"number": field(INT, lambda source, info: info.context.number)})

    def at_once(source: Any, info: Any, to: int) -> Any:
        info.context.lines.append(f"{info.path.key} to {to}")
        if to < 0:
            raise ValueError("below zero")
        info.context.number = to
        return {}

    async def at_last(source: Any, info: Any, to: int) -> Any:
        info.context.lines.append(f"{info.path.key} begins")
        await later(None, 3)
        return at_once(source, info, to)

    fields = {
        "now": field(holder, at_once, to=REQUIRED),
        "soon": field(holder, at_last, to=REQUIRED),
        "surely": field(GraphQLNonNull(holder), at_last, to=REQUIRED),
    }
    return root({"a": field(INT)}, mutation=GraphQLObjectType("Mutation", fields))


async def test_mutations_run_one_after_the_other_with_all_that_is_asked_of_them(ask: Ask) -> None:
    text = """mutation {
        one: soon(to: 1) { number } two: now(to: 2) { number } bad: soon(to: -3) { number } ...Rest
    } fragment Rest on Mutation { four: surely(to: 4) { number } one: soon(to: 1) { __typename } }"""
    ledger = Ledger()

    result = await ask(ledger_schema(), text, context=ledger)

    assert str(result.data) == (
        "{'one': {'number': 1, '__typename': 'Holder'}, 'two': {'number': 2}, 'bad': None, 'four': {'number': 4}}"
    )
    assert told(result) == [("below zero", ["bad"])]
    assert ledger.lines == [
        "one begins",
        "one to 1",
        "two to 2",
        "bad begins",
        "bad to -3",
        "four begins",
        "four to 4",
    ]


async def test_mutations_stop_where_no_data_are_left(ask: Ask) -> None:
    ledger = Ledger()

    result = await ask(
        ledger_schema(),
        "mutation { now(to: 1) { number } surely(to: -1) { number } soon(to: 2) { number } }",
        context=ledger,
    )

    assert (result.data, told(result)) == (None, [("below zero", ["surely"])])
    assert ledger.lines == ["now to 1", "surely begins", "surely to -1"]


async def test_a_resolver_is_told_where_and_for_whom_it_resolves(ask: Ask) -> None:
    seen: list[Any] = []

    def resolve(source: Any, info: Any, **arguments: Any) -> Any:
        seen.append((source, info, arguments))
        return 1

    thing = GraphQLObjectType("Thing", {"a": field(REQUIRED, resolve, n=INT)})
    schema = root({"things": field(GraphQLList(GraphQLList(thing)), answering([["x"], ["y"]]))})
    text = "query Told($n: Int = 3) { things { k: a(n: $n) ...F } } fragment F on Thing { k: a(n: $n) }"
    context = object()

    result = await ask(schema, text, context=context)

    assert result.data == {"things": [[{"k": 1}], [{"k": 1}]]}
    assert [(source, arguments) for source, _, arguments in seen] == [("x", {"n": 3}), ("y", {"n": 3})]
    info = seen[1][1]
    assert (info.field_name, info.return_type, info.parent_type) == ("a", REQUIRED, thing)
    assert (info.path.as_list(), info.path.typename) == (["things", 1, 0, "k"], "Thing")
    assert (info.context is context, info.schema is schema, info.root_value) == (True, True, None)
    assert info.variable_values.coerced == {"n": 3}
    assert (len(info.field_nodes), info.operation.name.value, list(info.fragments)) == (2, "Told", ["F"])
    assert info.is_awaitable(_Awaitable())


class _Awaitable:
    """What nobody has to await."""

    def __await__(self) -> Any:
        yield


async def test_variables_that_do_not_fit_leave_nothing_to_run(ask: Ask) -> None:
    schema = root({"a": field(INT, answering(1), n=INT, m=REQUIRED)})

    result = await ask(schema, "query ($n: Int,\n $m: Int!) { a(n: $n, m: $m) }", {"n": "x"})

    assert result.data is None
    assert [
        (one.message, one.path, [(at.line, at.column) for at in one.locations or ()]) for one in result.errors or ()
    ] == [
        ("Variable '$n' has invalid value: Int cannot represent non-integer value: 'x'", None, [(1, 8)]),
        ("Variable '$m' has invalid value: Expected a value of non-null type 'Int!' to be provided.", None, [(2, 2)]),
    ]


async def test_nothing_is_suggested(ask: Ask) -> None:
    color = GraphQLEnumType("Color", {"RED": 1})
    schema = root({"a": field(INT, answering(1), color=color)})

    result = await ask(schema, "query ($c: Color) { a(color: $c) }", {"c": "RAD"})

    assert told(result) == [("Variable '$c' has invalid value: Value 'RAD' does not exist in 'Color' enum.", None)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [("{ held }", []), ("{ held one }", []), ("{ one held two }", ["one"]), ("{ one two held }", ["one", "two"])],
)
async def test_a_mutation_stops_behind_what_its_root_does_not_hold(ask: Ask, text: str, lines: list[str]) -> None:
    held = StrawberryField(python_name="held")
    fields = {name: field(INT, lambda source, info: info.context.append(info.field_name)) for name in ("one", "two")}
    fields["held"] = GraphQLField(REQUIRED, None, lambda source, info: source.held)
    fields["held"].extensions = {"strawberry-definition": held}
    schema = root({"a": field(INT)}, mutation=GraphQLObjectType("Mutation", fields))
    log: list[str] = []

    result = await ask(schema, f"mutation {text}", context=log)

    assert (result.data, log) == (None, lines)
    assert told(result) == [("'NoneType' object has no attribute 'held'", ["held"])]


async def test_a_variable_that_is_absent_is_as_if_nothing_were_written(ask: Ask) -> None:
    argument = GraphQLArgument(INT, default_value=7)
    echo = GraphQLField(GraphQLString, {"n": argument}, lambda source, info, **arguments: repr(arguments))
    schema = root({"a": echo})
    text = "query ($n: Int) { a(n: $n) }"

    given = [(await ask(schema, text, variables)).data for variables in ({}, {"n": None}, {"n": 2})]

    assert given == [{"a": "{'n': 7}"}, {"a": "{'n': None}"}, {"a": "{'n': 2}"}]


async def test_what_a_resolver_does_to_its_arguments_is_its_own_affair(ask: Ask) -> None:
    def resolve(source: Any, info: Any, numbers: list[int]) -> list[int]:
        numbers.append(source)
        return numbers

    thing = GraphQLObjectType("Thing", {"a": field(GraphQLList(INT), resolve, numbers=GraphQLList(INT))})
    schema = root({"things": field(GraphQLList(thing), answering([1, 2]))})

    result = await ask(schema, "{ things { a(numbers: [0]) } }")

    assert result.data == {"things": [{"a": [0, 1]}, {"a": [0, 2]}]}


async def test_a_source_is_read_by_key_by_attribute_or_by_calling(ask: Ask) -> None:
    class Source:
        plain = 1

        def called(self, info: Any, n: int = 0) -> int:
            return n + len(info.field_name)

    thing = GraphQLObjectType("Thing", {"plain": field(INT), "called": field(INT, n=INT), "absent": field(INT)})
    sources = [Source(), {"plain": 2, "called": lambda info, n=0: n}, 7]
    schema = root({"things": field(GraphQLList(thing), answering(sources))})

    result = await ask(schema, "{ things { plain called(n: 5) absent } }")

    assert result.data == {
        "things": [
            {"plain": 1, "called": 11, "absent": None},
            {"plain": 2, "called": 5, "absent": None},
            {"plain": None, "called": None, "absent": None},
        ]
    }


async def test_introspection_stands_beside_fields(ask: Ask) -> None:
    result = await ask(root({"a": field(INT, answering(1, waits=True))}), "{ __schema { queryType { name } } a }")

    assert result.data == {"__schema": {"queryType": {"name": "Query"}}, "a": 1}
