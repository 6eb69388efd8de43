"""Lists, null, errors and their order; each case is executed by the engine and by graphql-core."""

from itertools import product
from typing import Any

import pytest
from graphql import (
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    Undefined,
)

from engine.documents import Documents
from engine.execute import Engine
from tests.engine.differential.compare import LIMITS
from tests.engine.executing import INT, REQUIRED, Ask, answering, field, later, root, told

LISTS: dict[str, Any] = {
    "[Int]": GraphQLList(INT),
    "[Int]!": GraphQLNonNull(GraphQLList(INT)),
    "[Int!]": GraphQLList(REQUIRED),
    "[Int!]!": GraphQLNonNull(GraphQLList(REQUIRED)),
}
ITEM, WHOLE = ["a", 1], ["a"]
NULL = "Cannot return null for non-nullable field Query.a."


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize(
    ("type_", "value", "data", "error"),
    [
        *((name, [1, 2], {"a": [1, 2]}, None) for name in LISTS),
        *((name, (1, 2), {"a": [1, 2]}, None) for name in LISTS),
        *((name, [], {"a": []}, None) for name in LISTS),
        ("[Int]", [1, None, 2], {"a": [1, None, 2]}, None),
        ("[Int]", None, {"a": None}, None),
        ("[Int]", Undefined, {"a": None}, None),
        ("[Int]!", [1, None, 2], {"a": [1, None, 2]}, None),
        ("[Int]!", None, None, (NULL, WHOLE)),
        ("[Int!]", [1, None, 2], {"a": None}, (NULL, ITEM)),
        ("[Int!]", None, {"a": None}, None),
        ("[Int!]!", [1, None, 2], None, (NULL, ITEM)),
        ("[Int!]!", None, None, (NULL, WHOLE)),
        ("[Int]", [1, ValueError("no"), 2], {"a": [1, None, 2]}, ("no", ITEM)),
        ("[Int!]", [1, ValueError("no"), 2], {"a": None}, ("no", ITEM)),
        ("[Int!]!", [1, ValueError("no"), 2], None, ("no", ITEM)),
        ("[Int]", [1, "x", 2], {"a": [1, None, 2]}, ("Int cannot represent non-integer value: 'x'", ITEM)),
        ("[Int]", "12", {"a": None}, ("Expected Iterable, but did not find one for field 'Query.a'.", WHOLE)),
        ("[Int]", {"k": 1}, {"a": None}, ("Expected Iterable, but did not find one for field 'Query.a'.", WHOLE)),
        ("[Int]!", 7, None, ("Expected Iterable, but did not find one for field 'Query.a'.", WHOLE)),
        ("[Int]", ValueError("no"), {"a": None}, ("no", WHOLE)),
        ("[Int]!", ValueError("no"), None, ("no", WHOLE)),
    ],
)
async def test_a_list_is_null_where_its_type_says(
    ask: Ask, waits: bool, type_: str, value: Any, data: Any, error: Any
) -> None:
    result = await ask(root({"a": field(LISTS[type_], answering(value, waits=waits))}), "{ a }")

    assert (result.data, told(result)) == (data, [error] if error else [])


async def test_what_a_list_holds_may_be_awaited(ask: Ask) -> None:
    items = [later(1), 2, later(ValueError("no")), later(None)]

    result = await ask(root({"a": field(GraphQLList(INT), lambda source, info: items)}), "{ a }")

    assert (result.data, told(result)) == ({"a": [1, 2, None, None]}, [("no", ["a", 2])])


async def test_lists_of_lists_are_null_as_far_as_they_must(ask: Ask) -> None:
    grid = GraphQLList(GraphQLList(REQUIRED))

    result = await ask(root({"a": field(grid, answering([[1], [2, None], None, ["x"]]))}), "{ a }")

    assert result.data == {"a": [[1], None, None, None]}
    assert told(result) == [(NULL, ["a", 1, 1]), ("Int cannot represent non-integer value: 'x'", ["a", 3, 0])]


async def test_a_generator_is_read_once_whatever_is_wrong_in_it(ask: Ask) -> None:
    schema = root({"a": field(GraphQLList(INT), lambda source, info: (one for one in [5, "bad", 7]))})

    result = await ask(schema, "{ a }")

    assert (result.data, [path for _, path in told(result)]) == ({"a": [5, None, 7]}, [["a", 1]])


DEPTHS = ("optional", "required")


@pytest.mark.parametrize(("waits", "is_null"), list(product([False, True], [False, True])))
@pytest.mark.parametrize(
    ("text", "data", "path"),
    [
        ("{ optional { leaf } }", {"optional": {"leaf": None}}, ["optional", "leaf"]),
        ("{ optional { must } }", {"optional": None}, ["optional", "must"]),
        ("{ required { leaf } }", {"required": {"leaf": None}}, ["required", "leaf"]),
        ("{ required { must } }", None, ["required", "must"]),
        ("{ optional { required { must } } }", {"optional": None}, ["optional", "required", "must"]),
        (
            "{ optional { optional { required { must } } fine } }",
            {"optional": {"optional": None, "fine": 1}},
            ["optional", "optional", "required", "must"],
        ),
        ("{ required { required { must } } }", None, ["required", "required", "must"]),
        ("{ required { optional { must } fine } }", {"required": {"optional": None, "fine": 1}}, None),
    ],
)
async def test_null_climbs_to_the_nearest_place_that_may_be_null(
    ask: Ask, waits: bool, is_null: bool, text: str, data: Any, path: Any
) -> None:
    broken = answering(None if is_null else ValueError("broken"), waits=waits)
    node = GraphQLObjectType(
        "Node",
        lambda: {
            "optional": field(node, answering({}, waits=waits)),
            "required": field(GraphQLNonNull(node), answering({}, waits=waits)),
            "leaf": field(INT, broken),
            "must": field(REQUIRED, broken),
            "fine": field(INT, answering(1)),
        },
    )
    schema = root(node.fields)

    result = await ask(schema, text)

    assert result.data == data
    if is_null and " leaf " in text:
        assert told(result) == []
    else:
        message = "Cannot return null for non-nullable field Node.must." if is_null else "broken"
        assert told(result) == [(message, path or ["required", "optional", "must"])]


async def test_errors_are_told_in_the_order_of_the_document(ask: Ask) -> None:
    thing = GraphQLObjectType("Thing", {"no": field(INT, answering(ValueError("below")))})
    fields = {
        "a": field(INT, answering(ValueError("first"))),
        "b": field(GraphQLList(thing), answering([{}, {}])),
        "c": field(INT, answering(ValueError("last"))),
    }

    result = await ask(root(fields), "{ a b { no } c }")

    assert result.data == {"a": None, "b": [{"no": None}, {"no": None}], "c": None}
    assert told(result) == [
        ("first", ["a"]),
        ("below", ["b", 0, "no"]),
        ("below", ["b", 1, "no"]),
        ("last", ["c"]),
    ]


async def test_what_comes_after_a_fatal_error_is_not_told(ask: Ask) -> None:
    thing = GraphQLObjectType(
        "Thing",
        {
            "soft": field(INT, answering(ValueError("told"))),
            "hard": field(REQUIRED, answering(ValueError("fatal"))),
            "late": field(INT, answering(ValueError("in vain"))),
        },
    )

    result = await ask(root({"a": field(thing, answering({}))}), "{ a { soft hard late } }")

    assert result.data == {"a": None}
    assert told(result) == [("told", ["a", "soft"]), ("fatal", ["a", "hard"])]


async def test_the_engine_tells_waiting_errors_in_the_order_of_the_document() -> None:
    schema = root({"a": field(REQUIRED, answering(ValueError("slow"), waits=True)), "b": field(REQUIRED)})
    operation = Documents(schema, LIMITS).get("{ a b }").operation(None)

    result = await Engine(schema).execute(operation, None, None)

    assert told(result) == [("slow", ["a"])]


async def test_an_error_keeps_what_it_says_of_itself(ask: Ask) -> None:
    fields = {
        "coded": field(INT, answering(GraphQLError("coded", extensions={"code": "X"}))),
        "placed": field(INT, answering(GraphQLError("placed", path=["else", 0]))),
        "returned": field(INT, lambda source, info: ValueError("returned")),
    }

    result = await ask(root(fields), "{ coded placed returned }")

    assert told(result) == [("coded", ["coded"]), ("placed", ["else", 0]), ("returned", ["returned"])]
    assert [one.extensions for one in result.errors or ()] == [{"code": "X"}, {}, {}]


async def test_an_error_stands_at_every_place_where_its_field_is_asked(ask: Ask) -> None:
    result = await ask(root({"a": field(INT, answering(ValueError("no")))}), "{ a ...F }\nfragment F on Query { a }")

    assert [(place.line, place.column) for one in result.errors or () for place in one.locations or ()] == [
        (1, 3),
        (2, 23),
    ]
