"""`python -m api operations`, and a start with operations that may not run."""

import json
from hashlib import sha256
from pathlib import Path

from typer.testing import CliRunner

from api.__main__ import app
from api.app import documents
from engine.documents import Documents
from engine.limits import Limits
from engine.registered import register
from store.settings import SHIPPED_OPERATIONS
from tests.api.test_serve import server

HOME = SHIPPED_OPERATIONS / "mini-program" / "home.graphql"


def told(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["operations", *arguments])
    return result.exit_code, result.output


def test_hash_name_and_file_of_each_operation_are_printed() -> None:
    status, output = told(str(SHIPPED_OPERATIONS))

    lines = output.splitlines()
    assert status == 0
    assert f"{sha256(HOME.read_bytes()).hexdigest()}  Home  mini-program/home.graphql" in lines
    assert len(lines) == len(list(SHIPPED_OPERATIONS.rglob("*.graphql")))


def test_what_is_printed_as_json_is_what_a_server_reads(tmp_path: Path) -> None:
    status, output = told(str(SHIPPED_OPERATIONS), "--json")
    path = tmp_path / "operations.json"
    path.write_text(output, encoding="utf-8")

    assert status == 0
    assert json.loads(output)[sha256(HOME.read_bytes()).hexdigest()] == HOME.read_text(encoding="utf-8")
    assert len(register(Documents(documents.schema, Limits()), path)) == len(json.loads(output))


def test_an_operation_that_the_schema_does_not_know_is_told(tmp_path: Path) -> None:
    (tmp_path / "old.graphql").write_text("query Old {\n  viewer { nope }\n}\n", encoding="utf-8")

    assert told(str(tmp_path)) == (1, "old.graphql:2:12: Cannot query field 'nope' on type 'Viewer'.\n")


def test_a_start_with_a_broken_operation_names_it_and_ends(tmp_path: Path) -> None:
    (tmp_path / "old.graphql").write_text("query Old { viewer { nope } }", encoding="utf-8")

    with server(tmp_path / "data", OPERATIONS=str(tmp_path), OPERATIONS_MODE="registered") as (process, output):
        assert process.returncode == 2
    assert output == "OPERATIONS: old.graphql:1:22: Cannot query field 'nope' on type 'Viewer'.\n"
