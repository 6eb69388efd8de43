"""The versions as they lie in their folder, and a script cut into statements."""

import re
import sqlite3
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from store.engines.guards import Dialect

VERSIONS = Path(__file__).parent / "versions"
_FILE = re.compile(r"(?P<number>\d{4})_(?P<name>[a-z0-9_]+)\.(?P<dialect>postgres|sqlite)\.sql")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


class MigrationError(Exception):
    """The database and the versions of the code do not belong together, or a version cannot be applied."""


@dataclass(frozen=True)
class Version:
    number: int
    name: str
    sql: str

    @property
    def label(self) -> str:
        return f"{self.number:04}_{self.name}"

    @property
    def checksum(self) -> str:
        return sha256(self.sql.encode()).hexdigest()


def versions(dialect: Dialect, folder: Path = VERSIONS) -> list[Version]:
    """The versions of a database in order; raises `MigrationError` when a number is missing or taken twice."""
    found = []
    for path in sorted(folder.glob(f"*.{dialect}.sql")):
        match = _FILE.fullmatch(path.name)
        if match is None:
            raise MigrationError(f"{path.name} is not named like 0001_initial.{dialect}.sql")
        # Git may check the file out with other line ends, which is no change of the version.
        sql = path.read_text(encoding="utf-8").replace("\r\n", "\n")
        found.append(Version(int(match["number"]), match["name"], sql))
    numbers = [version.number for version in found]
    if numbers != list(range(1, len(found) + 1)):
        raise MigrationError(f"The versions for {dialect} are not numbered 1, 2, 3 …: {numbers}")
    return found


def sqlite_statements(script: str) -> list[str]:
    """The statements of a script for SQLite, which itself knows where strings, comments and trigger bodies end."""
    statements, start = [], 0
    for semicolon in re.finditer(";", script):
        candidate = script[start : semicolon.end()]
        if sqlite3.complete_statement(candidate):
            statements.append(candidate.strip())
            start = semicolon.end()
    rest = _COMMENT.sub("", script[start:]).strip()
    if rest:
        raise MigrationError(f"The script ends inside a statement: {rest[:80]!r}")
    return statements
