"""The house is kept: imports go one way, only the clock tells the time, and files are named for what they hold."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MAY_IMPORT = {
    "api": {"resolvers", "schema", "auth", "models", "store", "engine", "platforms", "jobs", "seeds"},
    "resolvers": {"schema", "auth", "models", "store", "engine"},
    "schema": {"auth", "models", "store", "engine"},
    "auth": {"models", "store", "platforms", "engine"},
    "models": {"store"},
    "store": set[str](),
    "engine": set[str](),
    "platforms": {"store"},
    "jobs": {"models", "platforms", "store"},
    "seeds": {"models", "store"},
}
NAMELESS = {"util", "utils", "helper", "helpers", "common", "service", "services", "manager", "managers", "misc"}
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
THE_CLOCK = ROOT / "store" / "clock.py"


def files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Every module a file imports, also inside functions; a relative import as dots."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def clock_calls(file: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ".".join(ast.unparse(node.func).split(".")[-2:]) in CLOCKS:
            yield node.lineno


def where(file: Path, line: int) -> str:
    return f"{file.relative_to(ROOT)}:{line}"


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_go_one_way(package: str) -> None:
    others = MAY_IMPORT.keys() - MAY_IMPORT[package] - {package} | {"tests", "benchmarks"}
    wrong = [
        f"{where(file, line)} imports {module}"
        for file in files(package)
        for line, module in imports(file)
        if module.startswith(".") or module.split(".")[0] in others
    ]
    assert wrong == []


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_only_the_clock_tells_the_time(package: str) -> None:
    assert [where(file, line) for file in files(package) if file != THE_CLOCK for line in clock_calls(file)] == []


def test_files_are_named_for_what_they_hold() -> None:
    every = [file.relative_to(ROOT) for package in MAY_IMPORT for file in files(package)]
    assert [str(file) for file in every if NAMELESS & {file.stem, *file.parts}] == []


def test_the_reader_of_imports_sees_all_of_them(tmp_path: Path) -> None:
    file = tmp_path / "check_in.py"
    file.write_text("import api.app\ndef late():\n    from store import clock\n    from . import plan\n")
    assert sorted(imports(file)) == [(1, "api.app"), (3, "store"), (4, ".")]


def test_the_reader_of_clocks_sees_all_of_them(tmp_path: Path) -> None:
    file = tmp_path / "check_in.py"
    file.write_text("datetime.now(UTC)\nclock.now()\nstart = time.time()\ndate.today()\n")
    assert list(clock_calls(file)) == [1, 3, 4]
