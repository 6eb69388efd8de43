"""Operations that are registered at start: read from a folder or a JSON file, whole or not at all."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from engine.documents import Documents, Operation
from engine.limits import Limits
from engine.registered import MOST, CannotRegister, register
from tests.api.toy import toy_schema

HELLO = "query Hello { hello }\n"
PAIR = "query One { hello }\r\nmutation Two { checkIn }"


@pytest.fixture
def documents() -> Documents:
    return Documents(toy_schema, Limits())


def name_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def written(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def faults(documents: Documents, path: Path) -> str:
    with pytest.raises(CannotRegister) as refused:
        register(documents, path)
    return str(refused.value)


def test_a_folder_is_registered_byte_for_byte_with_what_lies_below(documents: Documents, tmp_path: Path) -> None:
    written(tmp_path / "home" / "hello.graphql", HELLO)
    written(tmp_path / "pair.graphql", PAIR)
    written(tmp_path / "README.md", "No operation.")
    warmed: list[Operation] = []

    found = register(documents, tmp_path, on_warm=warmed.append)

    assert [(one.source, one.document.hash.hex()) for one in found] == [
        ("home/hello.graphql", name_of(HELLO)),
        ("pair.graphql", name_of(PAIR)),
    ]
    assert [operation.name for operation in warmed] == ["Hello", "One", "Two"]
    assert list(documents.registered) == [one.document.hash for one in found]


def test_a_json_file_is_registered(documents: Documents, tmp_path: Path) -> None:
    path = written(tmp_path / "m.json", json.dumps({name_of(HELLO): HELLO, f"sha256:{name_of(PAIR)}": PAIR}))

    assert [one.document.hash.hex() for one in register(documents, path)] == [name_of(HELLO), name_of(PAIR)]


def test_a_registered_document_outlives_the_others(tmp_path: Path) -> None:
    documents = Documents(toy_schema, Limits(), size=2)
    written(tmp_path / "hello.graphql", HELLO)
    [one] = register(documents, tmp_path)

    for number in range(10):
        documents.get(f"{{ a{number}: hello }}")

    assert documents.named(one.document.hash) is one.document
    assert len(documents) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("query A { helo }", "bad.graphql:1:11: Cannot query field 'helo' on type 'Query'."),
        ("query A {\n  hello\n", "bad.graphql:3:1: Syntax Error: Expected Name, found <EOF>."),
        ("", "bad.graphql:1:1: Syntax Error: Unexpected <EOF>."),
        ("query A { members { totalCount } }", "bad.graphql: Give exactly one of `first` and `last`"),
        ("mutation A { draw again: draw }", "bad.graphql: `draw` must be the only mutation of its request."),
        ("query A { " + "a" * 51_200 + " }", "bad.graphql: The document is longer than 51200 bytes."),
        (
            "query A { members(first: 100) { nodes { friends(first: 100) { nodes { number } } } } }",
            "bad.graphql: It may read 10100 nodes; the limit is 10000.",
        ),
        (b"query A { hello } # \xff", "bad.graphql: It is not UTF-8."),
    ],
)
def test_a_file_that_may_not_run_is_named(
    documents: Documents, tmp_path: Path, text: str | bytes, sentence: str
) -> None:
    written(tmp_path / "bad.graphql", text)
    written(tmp_path / "good.graphql", HELLO)

    assert faults(documents, tmp_path).startswith(sentence)


def test_every_fault_is_told_at_once(documents: Documents, tmp_path: Path) -> None:
    written(tmp_path / "a.graphql", "{ x y }")
    written(tmp_path / "b.graphql", "{")

    assert [line.split(":")[0] for line in faults(documents, tmp_path).splitlines()] == ["a.graphql"] * 2 + [
        "b.graphql"
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "It is neither a folder nor JSON."),
        ("[]", "It must be an object that gives each document by its hash."),
        (json.dumps({name_of(HELLO): 7}), "It must be an object that gives each document by its hash."),
        (json.dumps({name_of(PAIR): HELLO}), f"{name_of(PAIR)}: This is not the hash of its document."),
        (json.dumps({name_of(HELLO).upper(): HELLO}), "This is not the hash of its document."),
        (json.dumps({"hello.graphql": HELLO}), "hello.graphql: This is not the hash of its document."),
        ("{}", "It holds 0 documents; there may be from 1 to 2000."),
    ],
)
def test_a_json_file_with_a_fault_is_refused(documents: Documents, tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in faults(documents, written(tmp_path / "m.json", text))


def test_a_path_without_operations_is_refused(documents: Documents, tmp_path: Path) -> None:
    assert faults(documents, tmp_path / "absent") == f"{tmp_path / 'absent'}: No such file or directory."
    assert "It holds 0 documents" in faults(documents, tmp_path)


def test_the_number_of_documents_is_bounded(documents: Documents, tmp_path: Path) -> None:
    texts = [f"{{ a{number}: hello }}" for number in range(MOST + 1)]
    path = written(tmp_path / "m.json", json.dumps({name_of(text): text for text in texts}))

    assert "It holds 2001 documents" in faults(documents, path)
    assert documents.registered == {}
