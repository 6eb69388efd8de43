"""Every door is guarded: each root field declares who may ask, and those open to the world stand in one list."""

from collections.abc import Iterator

import pytest
from graphql import get_named_type, is_leaf_type
from strawberry.types.field import StrawberryField

from api.schema import schema
from auth.permissions import Anyone, Permission
from models.staff.api_key import ApiKey
from schema.payload import ALLOW
from tests.callers import Answer, Callers
from tests.conftest import NOON

OPEN_TO_THE_WORLD = {
    "staffLogin",
    "miniProgramLogin",
    "refreshSession",
    "certificate",
    "squadDiploma",
    "recordVisit",
}
ROOTS = ("Query", "Mutation", "Subscription")
# What stands for a required argument of each type where only the guard is asked.
STAND_INS = {"ID": '"x"', "String": '"x"', "Int": "1", "BigInt": "1", "Boolean": "true", "Date": '"2026-11-23"'}


def root_fields() -> Iterator[tuple[str, str, StrawberryField]]:
    for root in ROOTS:
        if definition := schema.get_type_by_name(root):
            for field in definition.fields:  # type: ignore[union-attr]  # roots are objects
                yield root, schema.config.name_converter.get_graphql_name(field), field


@pytest.mark.parametrize(("root", "name", "field"), [pytest.param(*one, id=one[1]) for one in root_fields()])
def test_a_root_field_declares_who_may_ask(root: str, name: str, field: StrawberryField) -> None:
    assert isinstance(field.metadata.get(ALLOW), Permission)


def test_what_is_open_to_the_world_is_listed() -> None:
    assert {name for _, name, field in root_fields() if isinstance(field.metadata[ALLOW], Anyone)} == OPEN_TO_THE_WORLD


def codes_of(answer: Answer) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", [])]


def document(root: str, name: str) -> str:
    """A valid document that asks for a root field with any arguments."""
    graphql = schema._schema
    field = graphql.type_map[root].fields[name]  # type: ignore[attr-defined]  # roots are objects
    arguments = [
        f"{key}: {stand_in(one.type)}" for key, one in field.args.items() if is_required(one) or key == "first"
    ]
    asked = f"({', '.join(arguments)})" if arguments else ""
    below = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    return f"{root.lower()} {{ {name}{asked}{below} }}"


def is_required(argument: object) -> bool:
    kind, default = argument.type, argument.default_value  # type: ignore[attr-defined]  # arguments of the library
    return str(kind).endswith("!") and str(default) == "Undefined"


def stand_in(kind: object) -> str:
    """A value of an input type, as a literal."""
    bare = str(kind).rstrip("!")
    if bare.startswith("["):
        return "[]"
    named = schema._schema.type_map[bare]
    if hasattr(named, "values"):
        return str(next(iter(named.values)))
    if hasattr(named, "fields"):
        return (
            "{"
            + ", ".join(f"{key}: {stand_in(one.type)}" for key, one in named.fields.items() if is_required(one))
            + "}"
        )
    return STAND_INS.get(bare, '"2026-11-23T00:00:00Z"')


async def test_nobody_passes_a_guard(callers: Callers) -> None:
    nobody = callers.nobody()
    guarded = [
        (root, name)
        for root, name, field in root_fields()
        if root != "Subscription" and not isinstance(field.metadata[ALLOW], Anyone)
    ]

    answers = {name: await nobody.ask(document(root, name)) for root, name in guarded}

    assert len(guarded) > 20
    codes = {
        name: [error["extensions"]["code"] for error in answer.get("errors", [])] for name, answer in answers.items()
    }
    assert {name: found for name, found in codes.items() if found != ["UNAUTHENTICATED"]} == {}


async def test_a_partner_passes_only_where_it_is_meant_to(callers: Callers) -> None:
    _, text = await ApiKey.issue(name="门店系统", scopes=["members.read"], days=1, staff_id=None, at=NOON)
    partner = callers.with_token(text)
    passed = set()
    for root, name, field in root_fields():
        if root == "Mutation" and not isinstance(field.metadata[ALLOW], Anyone):
            answer = await partner.ask(document(root, name))
            if codes_of(answer) != ["FORBIDDEN"]:
                passed.add(name)

    assert passed <= {"logOut", "logOutEverywhere"}


def test_what_moves_a_members_points_runs_alone_in_its_request() -> None:
    """Aliases would be as many tries for the price, and the rate, of one request."""
    alone = {name for root, name, field in root_fields() if root == "Mutation" and field.metadata.get("single")}

    assert alone == {
        *("placeOrder", "givePoints", "draw", "enterDraw", "buyDrawChances", "enrolInCourse"),
        *("grabRedPacket", "sendRedPacket", "sendRedPacketRain", "welcomeNewcomer"),
        "joinCamp",
        "handInQuiz",
        *("formSquad", "joinSquad", "enlistForSquad"),
    }
