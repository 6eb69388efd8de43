"""The contract may lose only what it said it would lose."""

import pytest

from api.sdl import broken_promises

BEFORE = """
type Query { member(id: ID!, nickname: String @deprecated(reason: "Use id.")): Member  card: Card @deprecated }
interface Node { id: ID! }
type Member implements Node { id: ID!  nickname: String!  nick: String @deprecated(reason: "Use it.") state: State }
type Card { number: Int! }
enum State { NORMAL MUTED  GONE @deprecated(reason: "Use LEFT.") }
"""


@pytest.mark.parametrize(
    ("lost", "instead"),
    [
        (' nickname: String @deprecated(reason: "Use id.")', ""),
        ('nick: String @deprecated(reason: "Use it.")', ""),
        ('GONE @deprecated(reason: "Use LEFT.")', "LEFT"),
        ("card: Card @deprecated", ""),
        ("type Card { number: Int! }", "type Card { serial: Int! }"),
    ],
)
def test_what_was_deprecated_may_go(lost: str, instead: str) -> None:
    assert lost in BEFORE
    assert broken_promises(BEFORE, BEFORE.replace(lost, instead)) == []


def test_a_type_that_only_a_deprecated_field_led_to_may_go_with_it() -> None:
    after = BEFORE.replace("card: Card @deprecated", "").replace("type Card { number: Int! }", "")
    assert broken_promises(BEFORE, after) == []


@pytest.mark.parametrize(
    ("lost", "instead", "named"),
    [
        ("nickname: String!  nick", "nick", "Member.nickname"),
        ("nickname: String!  nick", "nickname: String  nick", "Member.nickname"),
        ("NORMAL MUTED", "NORMAL", "State.MUTED"),
        ("id: ID!, nick", "id: ID!, circle: ID!, nick", "circle"),
        ("implements Node ", "", "Node"),
    ],
)
def test_what_was_promised_may_not(lost: str, instead: str, named: str) -> None:
    assert lost in BEFORE
    broken = broken_promises(BEFORE, BEFORE.replace(lost, instead))
    assert len(broken) == 1
    assert named in broken[0]


def test_more_may_be_promised_at_any_time() -> None:
    after = BEFORE.replace("nickname: String!", "nickname: String!  avatar: String").replace("MUTED", "MUTED FROZEN")
    assert broken_promises(BEFORE, after) == []
