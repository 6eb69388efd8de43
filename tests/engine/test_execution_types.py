"""Abstract types, directives and selections that merge; each case is executed by the engine and by graphql-core."""

from collections.abc import Callable
from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
)

from tests.engine.executing import INT, Ask, answering, field, later, root, told


def being(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "name": kind.lower(), **more}


def zoo(resolve_type: Any, pets: Any, is_type_of: Callable[[str], Any] = lambda kind: None) -> GraphQLSchema:
    """Cats and dogs are pets, rocks are not."""
    name = {"name": field(GraphQLString)}
    pet = GraphQLInterfaceType("Pet", name, resolve_type=resolve_type)
    cat = GraphQLObjectType("Cat", {**name, "meows": field(INT)}, interfaces=[pet], is_type_of=is_type_of("Cat"))
    dog = GraphQLObjectType("Dog", {**name, "barks": field(INT)}, interfaces=[pet], is_type_of=is_type_of("Dog"))
    rock = GraphQLObjectType("Rock", {"weight": field(INT)})
    either = GraphQLUnionType("CatOrDog", [cat, dog], resolve_type=resolve_type)
    fields = {"pets": field(GraphQLList(pet), answering(pets)), "either": field(GraphQLList(either), answering(pets))}
    return root(fields, types=[cat, dog, rock])


BY_KIND = {
    "resolve_type": (lambda value, info, abstract: value["kind"], lambda kind: None),
    "awaited resolve_type": (lambda value, info, abstract: later(value["kind"]), lambda kind: None),
    "is_type_of": (None, lambda kind: lambda value, info: value["kind"] == kind),
    "awaited is_type_of": (None, lambda kind: lambda value, info: later(value["kind"] == kind)),
    "both": (
        lambda value, info, abstract: later(value["kind"], 2),
        lambda kind: lambda value, info: later(value["kind"] == kind),
    ),
}


@pytest.mark.parametrize("way", BY_KIND)
async def test_an_object_of_an_abstract_type_is_asked_what_its_own_type_has(ask: Ask, way: str) -> None:
    schema = zoo(BY_KIND[way][0], [being("Cat", meows=1), being("Dog", barks=2), None], BY_KIND[way][1])
    text = """
        { pets { __typename name ... on Dog { barks } ...C } either { ... on Pet { name } ...C ... on Dog { barks } } }
        fragment C on Cat { meows name }
    """

    result = await ask(schema, text)

    assert told(result) == []
    assert [list(one) for one in (result.data or {})["pets"][:2]] == [
        ["__typename", "name", "meows"],
        ["__typename", "name", "barks"],
    ]
    assert result.data == {
        "pets": [
            {"__typename": "Cat", "name": "cat", "meows": 1},
            {"__typename": "Dog", "name": "dog", "barks": 2},
            None,
        ],
        "either": [{"name": "cat", "meows": 1}, {"name": "dog", "barks": 2}, None],
    }


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("Rock", "Runtime Object type 'Rock' is not a possible type for 'Pet'."),
        ("Pet", "Abstract type 'Pet' was resolved to a non-object type 'Pet'."),
        ("Cow", "Abstract type 'Pet' was resolved to a type 'Cow' that does not exist inside the schema."),
        (
            7,
            "Abstract type 'Pet' must resolve to an Object type at runtime for field 'Query.pets' with value {'kind':"
            " 'Cat', 'name': 'cat'}, received '7', which is not a valid Object type name.",
        ),
        (
            None,
            "Abstract type 'Pet' must resolve to an Object type at runtime for field 'Query.pets'. Either the 'Pet'"
            " type should provide a 'resolve_type' function or each possible type should provide an 'is_type_of'"
            " function.",
        ),
        (ValueError("who knows"), "who knows"),
    ],
)
async def test_an_object_of_no_type_that_fits_is_null(ask: Ask, waits: bool, answer: Any, message: str) -> None:
    schema = zoo(answering(answer, waits=waits), [being("Cat")])

    result = await ask(schema, "{ pets { name } }")

    assert (result.data, told(result)) == ({"pets": [None]}, [(message, ["pets", 0])])


@pytest.mark.parametrize("waits", [False, True])
async def test_a_type_refuses_what_is_not_of_it(ask: Ask, waits: bool) -> None:
    thing = GraphQLObjectType("Thing", {"a": field(INT)}, is_type_of=answering(False, waits=waits))

    result = await ask(root({"thing": field(thing, answering({"a": 1}))}), "{ thing { a } }")

    assert result.data == {"thing": None}
    assert told(result) == [("Expected value of type 'Thing' but got: {'a': 1}.", ["thing"])]


@pytest.mark.parametrize(
    ("directives", "variables", "is_there"),
    [
        ("@include(if: true)", {}, True),
        ("@include(if: false)", {}, False),
        ("@skip(if: false)", {}, True),
        ("@skip(if: true)", {}, False),
        ("@include(if: true) @skip(if: false)", {}, True),
        ("@include(if: true) @skip(if: true)", {}, False),
        ("@include(if: false) @skip(if: false)", {}, False),
        ("@include(if: $yes)", {"yes": True}, True),
        ("@include(if: $yes)", {"yes": False}, False),
        ("@skip(if: $yes) @include(if: $yes)", {"yes": True}, False),
        ("@skip(if: $no)", {}, True),
        ("@skip(if: $no)", {"no": True}, False),
    ],
)
@pytest.mark.parametrize("asked", ["b {}", "... {} {{ b }}", "... on Query {} {{ b }}", "...F {}"])
async def test_directives_leave_out_and_take_in(
    ask: Ask, asked: str, directives: str, variables: dict[str, Any], is_there: bool
) -> None:
    needed = [f"${name}" for name in ("yes: Boolean!", "no: Boolean = false") if f"${name[:2]}" in directives]
    fragment = "fragment F on Query { b }" if "...F" in asked else ""
    text = f"query {'(' + ', '.join(needed) + ')' if needed else ''} {{ a {asked.format(directives)} }} {fragment}"

    result = await ask(root({"a": field(INT, answering(1)), "b": field(INT, answering(2))}), text, variables)

    assert (result.data, result.errors) == ({"a": 1, "b": 2} if is_there else {"a": 1}, None)


@pytest.mark.parametrize("text", ["{ a { b @skip(if: $no) } }", "{ as { b @skip(if: $no) } }"])
async def test_null_for_a_directive_is_an_error_of_the_field_around(ask: Ask, text: str) -> None:
    thing = GraphQLObjectType("Thing", {"b": field(INT)})
    schema = root({"a": field(thing, answering({})), "as": field(GraphQLList(thing), answering([{}, {}]))})

    result = await ask(schema, f"query ($no: Boolean = false) {text}", {"no": None})

    (name,) = result.data or {"": None}
    paths = [["a"]] if name == "a" else [["as", 0], ["as", 1]]
    message = (
        "Argument 'if' has invalid value: Expected variable '$no' provided to non-null type 'Boolean!' not to be None."
    )
    assert result.data == ({"a": None} if name == "a" else {"as": [None, None]})
    assert told(result) == [(message, path) for path in paths]


async def test_a_field_that_is_asked_several_times_is_resolved_once(ask: Ask) -> None:
    calls: list[int] = []
    thing = GraphQLObjectType(
        "Thing", lambda: {"a": field(INT), "b": field(INT), "c": field(INT), "inner": field(thing)}
    )

    def resolve(source: Any, info: Any) -> Any:
        calls.append(len(info.field_nodes))
        return {"a": 1, "b": 2, "c": 3, "inner": {"a": 4, "b": 5}}

    text = "{ t { b inner { b } } ... { t { a } } ...F } fragment F on Query { t { b c inner { a b } } }"
    result = await ask(root({"t": field(thing, resolve)}), text)

    assert calls == [3]
    assert str(result.data) == "{'t': {'b': 2, 'inner': {'b': 5, 'a': 4}, 'a': 1, 'c': 3}}"


async def test_one_operation_of_several_is_run(ask: Ask) -> None:
    schema = root({"a": field(INT, answering(1)), "b": field(INT, answering(2))})

    result = await ask(schema, "query A { ...F } query B { b ...F } fragment F on Query { a }", None, "B")

    assert str(result.data) == "{'b': 2, 'a': 1}"
