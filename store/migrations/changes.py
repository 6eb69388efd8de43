"""From one schema to another, as SQL where it can be said safely and as a line for a human where it cannot.

Nothing that loses data is ever written: dropped tables and columns, and columns that old rows have no value for, are
named instead. SQLite cannot alter most of a table, so there it is rebuilt in the order SQLite's manual recommends; the
runner keeps foreign keys switched off meanwhile and checks them before the commit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from store.engines.guards import Dialect
from store.migrations.records import Declared
from store.migrations.tables import Column, Schema, Table


@dataclass
class Changes:
    statements: list[str] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)

    def text(self) -> str:
        return "\n".join([*self.statements, *(f"-- BY HAND: {line}" for line in self.by_hand)]) + "\n"


def changes(old: Schema, new: Schema, declared: Declared, dialect: Dialect) -> Changes:
    """What leads from `old` to `new`, which is the schema that `declared` makes."""
    result = Changes()
    result.statements += [sql for name, sql in declared.tables.items() if name not in old]
    result.by_hand += [f"table {name} is gone from the records" for name in old if name not in new]
    for name in declared.tables:
        if name not in old or old[name] == new[name]:
            continue
        _name_losses(name, old[name], new[name], result)
        if dialect == "sqlite":
            _sqlite(name, old[name], new[name], result)
            continue
        _postgres(name, old[name], new[name], result)
        if _gained(old[name].triggers, new[name].triggers):
            result.statements += declared.guards[name]
    return result


def _name_losses(name: str, old: Table, new: Table, result: Changes) -> None:
    result.by_hand += [f"column {name}.{one} is gone from the records" for one in old.columns if one not in new.columns]
    for column, value in _added(old, new):
        if _needs_value(value):
            result.by_hand.append(f"column {name}.{column} is new and old rows have no value for it")


def _added(old: Table, new: Table) -> Iterator[tuple[str, Column]]:
    return ((name, column) for name, column in new.columns.items() if name not in old.columns)


def _needs_value(column: Column) -> bool:
    return not column.is_nullable and column.default is None


def _postgres(name: str, old: Table, new: Table, result: Changes) -> None:
    alter = f'ALTER TABLE "{name}"'
    say = result.statements.append
    for part in _lost(old.triggers, new.triggers):
        say(f'DROP TRIGGER "{part}" ON "{name}";')
    for part in _lost(old.constraints, new.constraints):
        say(f'{alter} DROP CONSTRAINT "{part}";')
    for part in _lost(old.indexes, new.indexes):
        say(f'DROP INDEX "{part}";')
    for column, value in new.columns.items():
        if column not in old.columns:
            if not _needs_value(value):
                say(f'{alter} ADD COLUMN "{column}" {value.definition};')
        elif (before := old.columns[column]) != value:
            result.statements += _altered(f'{alter} ALTER COLUMN "{column}"', before, value)
    for part, text in _gained(old.constraints, new.constraints):
        say(f'{alter} ADD CONSTRAINT "{part}" {text};')
    for _, text in _gained(old.indexes, new.indexes):
        say(f"{text};")


def _altered(alter: str, before: Column, after: Column) -> Iterator[str]:
    if before.type != after.type:
        yield f"{alter} TYPE {after.type};"
    if before.default != after.default:
        yield f"{alter} SET DEFAULT {after.default};" if after.default is not None else f"{alter} DROP DEFAULT;"
    if before.is_nullable != after.is_nullable:
        yield f"{alter} DROP NOT NULL;" if after.is_nullable else f"{alter} SET NOT NULL;"


def _sqlite(name: str, old: Table, new: Table, result: Changes) -> None:
    added = dict(_added(old, new))
    same_columns = {one: value for one, value in new.columns.items() if one not in added} == old.columns
    if same_columns and old.constraints == new.constraints:
        result.statements += [f'DROP TRIGGER "{part}";' for part in _lost(old.triggers, new.triggers)]
        result.statements += [f'DROP INDEX "{part}";' for part in _lost(old.indexes, new.indexes)]
        result.statements += [
            f'ALTER TABLE "{name}" ADD COLUMN "{column}" {value.definition};'
            for column, value in added.items()
            if not _needs_value(value)
        ]
        gained = [*_gained(old.indexes, new.indexes), *_gained(old.triggers, new.triggers)]
        result.statements += [f"{text};" for _, text in gained]
    else:
        result.statements += _rebuilt(name, old, new)


def _rebuilt(name: str, old: Table, new: Table) -> Iterator[str]:
    """The table under another name, its rows, and then the old name: children refer to the name all along."""
    start = new.source.index("(")
    kept = ", ".join(f'"{column}"' for column in new.columns if column in old.columns)
    yield f'CREATE TABLE "new_{name}" {new.source[start:]};'
    yield f'INSERT INTO "new_{name}" ({kept}) SELECT {kept} FROM "{name}";'  # noqa: S608 - names of our own columns
    yield f'DROP TABLE "{name}";'
    yield f'ALTER TABLE "new_{name}" RENAME TO "{name}";'
    yield from (f"{text};" for text in [*new.indexes.values(), *new.triggers.values()])


def _lost(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return [part for part, text in old.items() if new.get(part) != text]


def _gained(old: Mapping[str, str], new: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(part, text) for part, text in new.items() if old.get(part) != text]
