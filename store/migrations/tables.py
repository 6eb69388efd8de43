"""A schema as plain values that compare, and the difference of two of them in words.

Texts of definitions are the database's own, so schemas compare within one database. The order of columns means
nothing: a column that was added later stands at the end.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import unified_diff


@dataclass(frozen=True)
class Column:
    type: str
    is_nullable: bool
    default: str | None

    @property
    def definition(self) -> str:
        default = f" DEFAULT {self.default}" if self.default is not None else ""
        return f"{self.type}{'' if self.is_nullable else ' NOT NULL'}{default}"


@dataclass
class Table:
    """What a table is made of, by name. `source` is SQLite's own text of it and takes no part in a comparison."""

    columns: dict[str, Column] = field(default_factory=dict)
    constraints: dict[str, str] = field(default_factory=dict)
    indexes: dict[str, str] = field(default_factory=dict)
    triggers: dict[str, str] = field(default_factory=dict)
    source: str = field(default="", compare=False)


Schema = dict[str, Table]


def difference(old: Schema, new: Schema, *, old_name: str, new_name: str) -> str:
    """A readable difference, empty when both are the same."""
    return "\n".join(unified_diff(_lines(old), _lines(new), old_name, new_name, lineterm="", n=0))


def _lines(schema: Schema) -> list[str]:
    return [line for name, table in sorted(schema.items()) for line in _table_lines(name, table)]


def _table_lines(name: str, table: Table) -> list[str]:
    columns = {column: value.definition for column, value in table.columns.items()}
    kinds: dict[str, Mapping[str, str]] = {
        "column": columns,
        "constraint": table.constraints,
        "index": table.indexes,
        "trigger": table.triggers,
    }
    parts = [f"{name} {kind} {part}: {text}" for kind, texts in kinds.items() for part, text in sorted(texts.items())]
    return [f"table {name}", *parts]


def one_line(text: str) -> str:
    """A definition without what does not change its meaning."""
    return re.sub(r"IF NOT EXISTS ", "", " ".join(text.split()))
