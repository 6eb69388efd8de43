"""The contract keeps its own rules: everything is described, lists are bounded, mutations are sentences."""

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_list_type,
    is_non_null_type,
    is_specified_scalar_type,
)

from api.schema import schema

TYPES = {
    name: found
    for name, found in schema._schema.type_map.items()
    if not name.startswith("__") and not is_specified_scalar_type(found)
}
ROOTS = ("Query", "Mutation", "Subscription")


def described_parts(found: GraphQLNamedType) -> dict[str, str | None]:
    """Every part of a type that a client meets, and its description."""
    parts = {} if found.name in ROOTS else {found.name: found.description}
    if isinstance(found, GraphQLEnumType):
        parts |= {f"{found.name}.{name}": value.description for name, value in found.values.items()}
    if isinstance(found, GraphQLInputObjectType):
        parts |= {f"{found.name}.{name}": field.description for name, field in found.fields.items()}
    if isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in found.fields.items():
            parts[f"{found.name}.{name}"] = field.description
            parts |= {f"{found.name}.{name}({key}:)": argument.description for key, argument in field.args.items()}
    return parts


@pytest.mark.parametrize("name", TYPES)
def test_everything_is_described(name: str) -> None:
    parts = described_parts(TYPES[name])

    assert [part for part, description in parts.items() if not description] == []


def test_a_mutation_takes_one_input_and_answers_a_payload_of_its_name() -> None:
    mutations = schema._schema.mutation_type
    assert mutations is not None
    for name, field in mutations.fields.items():
        sentence = name[0].upper() + name[1:]
        assert list(field.args) == ["input"], name
        assert str(field.args["input"].type) == f"{sentence}Input!", name
        assert str(field.type) == f"{sentence}Payload!", name
        payload = get_named_type(field.type)
        assert isinstance(payload, GraphQLObjectType)
        assert str(payload.fields["userErrors"].type) == "[UserError!]!", name
        others = {key: part for key, part in payload.fields.items() if key not in ("userErrors", "isReplay")}
        assert [key for key, part in others.items() if is_non_null_type(part.type)] == [], name


def test_connections_are_paged_by_cursor() -> None:
    for found in TYPES.values():
        if not isinstance(found, GraphQLObjectType):
            continue
        for name, field in found.fields.items():
            if get_named_type(field.type).name.endswith("Connection"):
                assert {"first", "after"} <= set(field.args), f"{found.name}.{name}"


def test_a_root_field_never_answers_a_bare_list_of_records() -> None:
    query = schema._schema.query_type
    assert query is not None
    records = [
        name
        for name, field in query.fields.items()
        if is_list_type(getattr(field.type, "of_type", field.type))
        and "id" in getattr(get_named_type(field.type), "fields", {})
    ]

    assert records == []
