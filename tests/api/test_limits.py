"""What a document may be: bounded before it is read, and costed before it runs."""

from time import process_time

import pytest
from graphql import get_introspection_query, graphql_sync
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.documents import Documents, OperationKind
from engine.limits import Limits
from engine.refusal import DocumentRefused, RefusalCode
from tests.api.toy import toy_schema


@pytest.fixture
def documents() -> Documents:
    return Documents(toy_schema, Limits())


def refusal(documents: Documents, text: str, variables: dict[str, object] | None = None) -> tuple[RefusalCode, str]:
    with pytest.raises(DocumentRefused) as refused:
        documents.get(text).cost(None, variables)
    return refused.value.refusals[0].code, refused.value.refusals[0].message


def bomb(levels: int) -> str:
    fragments = [f"fragment F{i} on Member {{ ...F{i + 1} ...F{i + 1} }}" for i in range(levels)]
    return "{ member { ...F0 } }" + "".join(fragments) + f"fragment F{levels} on Member {{ number }}"


def nested(pairs: int) -> str:
    return "{ member { " + "friends(first: 1) { nodes { " * pairs + "number" + " } }" * pairs + " } }"


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        (nested(6), "QUERY_TOO_COMPLEX", "The document has 14 nested fields; the limit is 12."),
        ("{" + "".join(f" a{i}: hello" for i in range(31)) + "}", "QUERY_TOO_COMPLEX", "31 aliases; the limit is 30"),
        ("{ member { number" + " @skip(if: true)" * 51 + " } }", "QUERY_TOO_COMPLEX", "51 directives; the limit is 50"),
        ("{ hello " * 1 + " hello" * 20 + " }", "QUERY_TOO_COMPLEX", "21 fields of one name side by side"),
        ("{" + "".join(f" f{i}" for i in range(21)) + "}", "QUERY_TOO_COMPLEX", "21 root fields; the limit is 20"),
        ("mutation {" + " checkIn" * 6 + "}", "QUERY_TOO_COMPLEX", "6 mutations; the limit is 5"),
        ("mutation { draw again: draw }", "QUERY_TOO_COMPLEX", "`draw` must be the only mutation of its request."),
        ("mutation { checkIn ...D } fragment D on Mutation { draw }", "QUERY_TOO_COMPLEX", "`draw` must be the only"),
        ("".join(f"query Q{i} {{ hello }}" for i in range(11)), "QUERY_TOO_COMPLEX", "11 operations; the limit is 10"),
        (bomb(20), "QUERY_TOO_COMPLEX", "1048577 fields"),
        ("{ " + "a" * 51_200 + " }", "QUERY_TOO_COMPLEX", "longer than 51200 bytes"),
        ('{ hello(name: "' + "社" * 17_067 + '") }', "QUERY_TOO_COMPLEX", "longer than 51200 bytes"),
        ("{" + " hello" * 2_000 + "}", "GRAPHQL_PARSE_FAILED", "more than 2000 tokens"),
        ("{ member" * 300, "GRAPHQL_PARSE_FAILED", "nested too deeply"),
        ("", "GRAPHQL_PARSE_FAILED", "Unexpected <EOF>"),
        ("{ hello(name: " + "[" * 300, "GRAPHQL_PARSE_FAILED", "nested too deeply"),
        ('{ hello(name: "\\u0000") }', "BAD_USER_INPUT", "NUL"),
        ('query ($n: String = "\\u{0}") { hello(name: $n) }', "BAD_USER_INPUT", "NUL"),
        ("{ hello(name: [" + "1 " * 251 + "]) }", "BAD_USER_INPUT", "251 items; the limit is 250"),
        ("{ helo }", "GRAPHQL_VALIDATION_FAILED", "Cannot query field 'helo' on type 'Query'."),
        ("{ ...A } fragment A on Query { ...A }", "GRAPHQL_VALIDATION_FAILED", "within itself"),
        ("{ members { totalCount } }", "BAD_PAGE_SIZE", "Give exactly one of `first` and `last` for `Query.members`."),
        ("{ members(first: 1, last: 1) { totalCount } }", "BAD_PAGE_SIZE", "Give exactly one"),
        ("{ members(first: 0) { totalCount } }", "BAD_PAGE_SIZE", "from 1 to 100"),
        ("{ members(first: -1) { totalCount } }", "BAD_PAGE_SIZE", "from 1 to 100"),
        ("{ members(first: 101) { totalCount } }", "BAD_PAGE_SIZE", "from 1 to 100"),
        ("{ members(last: 101) { nodes { number } } }", "BAD_PAGE_SIZE", "from 1 to 100"),
        ("{ members(first: null) { nodes { number } } }", "BAD_PAGE_SIZE", "Give exactly one"),
    ],
)
def test_a_document_out_of_bounds_is_refused(documents: Documents, text: str, code: str, sentence: str) -> None:
    assert refusal(documents, text)[0] == code
    assert sentence in refusal(documents, text)[1]


@pytest.mark.parametrize(
    ("text", "variables", "cost"),
    [
        ("{ hello }", None, 0),
        ("{ member { number } }", None, 1),
        ("{ members(first: 10) { edges { node { number } } pageInfo { hasNextPage } totalCount } }", None, 10),
        ("{ members(first: 10) { edges { node { number } } nodes { number } } }", None, 20),
        ("{ members(last: 10) { nodes { friends(first: 5) { nodes { number } } } } }", None, 60),
        ("{ member { tags { name } } }", None, 4),
        ("query ($n: Int = 7) { members(first: $n) { nodes { number } } }", None, 7),
        ("query ($n: Int = 7) { members(first: $n) { nodes { number } } }", {"n": 100}, 100),
        ("query ($n: Int) { members(first: $n) { nodes { tags { name } } } }", {"n": 10.0}, 40),
        ("query ($n: Int, $m: Int) { members(first: $n, last: $m) { nodes { number } } }", {"m": 4}, 4),
        ("{ members(first: 3) { ...M } } fragment M on MemberConnection { nodes { number } }", None, 3),
        (
            "{ a: members(first: 3) { ...M } b: members(first: 9) { ...M } } "
            "fragment M on MemberConnection { nodes { number } }",
            None,
            12,
        ),
        ("{ members(first: 2) { nodes { ... on Member { friends(first: 3) { nodes { number } } } } } }", None, 8),
        ("mutation { draw }", None, 0),
        (get_introspection_query(), None, 0),
    ],
)
def test_the_cost_is_the_product_of_the_page_sizes(
    documents: Documents, text: str, variables: dict[str, object] | None, cost: int
) -> None:
    assert documents.get(text).cost(None, variables) == cost


@pytest.mark.parametrize("size", [0, -1, 101, 2**40, None])
def test_a_page_size_in_a_variable_is_held_to_the_same_bounds(documents: Documents, size: int | None) -> None:
    text = "query ($n: Int) { members(first: $n) { totalCount } }"
    assert refusal(documents, text, {"n": size})[0] == RefusalCode.BAD_PAGE_SIZE


def test_a_page_size_that_is_no_number_counts_as_the_largest(documents: Documents) -> None:
    text = "query ($n: Int) { members(first: $n) { nodes { number } } }"
    assert documents.get(text).cost(None, {"n": "many"}) == 100


@pytest.mark.parametrize("levels", [60, 180])
def test_a_bomb_of_fragments_is_refused_at_once(documents: Documents, levels: int) -> None:
    def seconds(text: str) -> float:
        started = process_time()
        assert refusal(documents, text)[0] == RefusalCode.QUERY_TOO_COMPLEX
        return process_time() - started

    # The least of three, since the machine may have other work; each text is new to the documents.
    assert min(seconds(bomb(levels + more)) for more in range(3)) < 0.1


def test_validation_says_at_most_five_things_and_suggests_nothing(documents: Documents) -> None:
    with pytest.raises(DocumentRefused) as refused:
        documents.get("{" + "".join(f" hell{letter}" for letter in "abcdefgh") + " member(circle: TEE) { nickname } }")
    assert len(refused.value.refusals) == 5
    assert not any("mean" in one.message for one in refused.value.refusals)


@pytest.mark.parametrize("text", ["{ helo }", "{ member(circle: TEE) { number } }", "{ ... on Memer { number } }"])
def test_no_refusal_suggests_a_name(documents: Documents, text: str) -> None:
    assert "mean" not in refusal(documents, text)[1]


def test_a_document_is_read_once(documents: Documents) -> None:
    first, second = documents.get("{ hello }"), documents.get("{ hello }")
    assert first is second
    assert (documents.hits, documents.misses) == (1, 1)


def test_a_refusal_is_kept_too(documents: Documents) -> None:
    assert refusal(documents, "{ helo }") == refusal(documents, "{ helo }")
    assert (documents.hits, documents.misses) == (1, 1)


def test_the_least_used_document_goes_first() -> None:
    documents = Documents(toy_schema, Limits(), size=2)
    for text in ("{ hello }", "{ member { number } }", "{ hello }", "{ member { nickname } }", "{ hello }"):
        documents.get(text)
    assert (documents.hits, documents.misses, len(documents)) == (2, 3, 2)


def test_the_text_kept_is_bounded() -> None:
    documents = Documents(toy_schema, Limits(), text=60)
    for number in range(10):
        documents.get(f"query Members{number} {{ hello }}")
    assert len(documents) == 2


def test_an_operation_knows_its_name_kind_and_whether_it_introspects(documents: Documents) -> None:
    document = documents.get("query A { hello } mutation B { draw } query C { __schema { types { name } } }")
    told = [(one.name, one.kind, one.introspects) for one in document.operations]
    assert told == [
        ("A", OperationKind.QUERY, False),
        ("B", OperationKind.MUTATION, False),
        ("C", OperationKind.QUERY, True),
    ]


def test_typename_is_not_introspection(documents: Documents) -> None:
    assert documents.get("{ __typename }").operation(None).introspects is False


@pytest.mark.parametrize("name", [None, "C"])
def test_an_operation_that_is_not_there_is_refused(documents: Documents, name: str | None) -> None:
    with pytest.raises(DocumentRefused) as refused:
        documents.get("query A { hello } query B { hello }").operation(name)
    assert refused.value.refusals[0].code == RefusalCode.OPERATION_NOT_FOUND


# --- the bound holds for whatever is asked

pages = st.integers(1, 4).flatmap(lambda n: st.sampled_from([f"first: {n}", f"last: {n}"]))


@st.composite
def members(draw: st.DrawFn, depth: int) -> str:
    parts = ["number"]
    if draw(st.booleans()):
        parts.append("tags { name }")
    if depth and draw(st.booleans()):
        alias = draw(st.sampled_from(["", "others: "]))
        parts.append(f"{alias}friends({draw(pages)}) {{ {draw(connections(depth - 1))} }}")
    if draw(st.booleans()):
        parts = [f"... on Member {{ {' '.join(parts)} }}"]
    return " ".join(parts)


@st.composite
def connections(draw: st.DrawFn, depth: int = 1) -> str:
    inner = draw(members(depth))
    shapes = [
        f"nodes {{ {inner} }}",
        f"edges {{ cursor node {{ {inner} }} }}",
        f"totalCount pageInfo {{ hasNextPage }} edges {{ node {{ {inner} }} }} nodes {{ number }}",
    ]
    return draw(st.sampled_from(shapes))


def nodes_in(value: object, name: str = "") -> int:
    """The objects of an answer, without what only carries them."""
    if isinstance(value, list):
        return sum(nodes_in(item, name) for item in value)
    if not isinstance(value, dict):
        return 0
    carries = name in ("data", "edges", "pageInfo") or name.startswith(("members", "friends", "others"))
    return (not carries) + sum(nodes_in(inner, key) for key, inner in value.items())


@settings(max_examples=80, deadline=None)
@given(connections(), pages, st.integers(1, 4))
def test_no_query_reads_more_nodes_than_its_cost(shape: str, page: str, size: int) -> None:
    text = f"query ($n: Int) {{ members({page}) {{ {shape} }} members2: members(first: $n) {{ {shape} }} }}"
    variables: dict[str, object] = {"n": size}
    cost = Documents(toy_schema, Limits()).get(text).cost(None, variables)
    answer = graphql_sync(toy_schema, text, variable_values=variables)
    assert answer.errors is None
    assert nodes_in(answer.data, "data") <= cost
