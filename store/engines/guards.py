"""Guards: rules of a table that only a trigger can keep. A record names them in `Meta.guards`."""

from dataclasses import dataclass
from typing import Literal, Protocol

Dialect = Literal["postgres", "sqlite"]


class Guard(Protocol):
    """Anything that can say itself in SQL; the statements may run again on a database that has them."""

    def sql(self, dialect: Dialect) -> list[str]: ...


@dataclass(frozen=True)
class AppendOnly:
    """Rows of the table are written once: UPDATE, DELETE and TRUNCATE are refused, whoever asks.

    The refusal arrives as Tortoise's `IntegrityError` with the text "<table> is append-only" on both databases.
    `erasable` columns hold personal words that their owner may have erased: an update that empties all of them, and
    changes nothing else, is let through. `columns` are all columns of the table, filled in from the record.
    """

    table: str
    erasable: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def sql(self, dialect: Dialect) -> list[str]:
        return self._postgres() if dialect == "postgres" else self._sqlite()

    def _postgres(self) -> list[str]:
        function = (
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$\n"
            "BEGIN\n"
            "    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n"
            "END\n"
            "$$;"
        )
        return [
            function,
            *self._postgres_change(),
            f'CREATE OR REPLACE TRIGGER "{self.table}_refuses_truncate" BEFORE TRUNCATE ON "{self.table}"'
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();",
        ]

    def _postgres_change(self) -> list[str]:
        trigger = f'CREATE OR REPLACE TRIGGER "{self.table}_refuses_change" BEFORE'
        refuse = "FOR EACH ROW EXECUTE FUNCTION refuse_change();"
        if not self.erasable:
            return [f'{trigger} UPDATE OR DELETE ON "{self.table}" {refuse}']
        emptied = "".join(f", '{column}', NULL" for column in self.erasable).removeprefix(", ")
        differs = f"to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD) || jsonb_build_object({emptied})"
        return [
            f'{trigger} DELETE ON "{self.table}" {refuse}',
            f'CREATE OR REPLACE TRIGGER "{self.table}_refuses_rewriting" BEFORE UPDATE ON "{self.table}" '
            f"FOR EACH ROW WHEN ({differs}) EXECUTE FUNCTION refuse_change();",
        ]

    def _sqlite(self) -> list[str]:
        if not self.erasable:
            return [self._sqlite_trigger(act.lower(), act) for act in ("UPDATE", "DELETE")]
        fixed = ", ".join(f'"{column}"' for column in self.columns if column not in self.erasable)
        filled = " OR ".join(f'NEW."{column}" IS NOT NULL' for column in self.erasable)
        return [
            self._sqlite_trigger("update", f"UPDATE OF {fixed}"),
            self._sqlite_trigger("rewriting", "UPDATE", f" WHEN {filled}"),
            self._sqlite_trigger("delete", "DELETE"),
        ]

    def _sqlite_trigger(self, name: str, act: str, condition: str = "") -> str:
        return (
            f'CREATE TRIGGER IF NOT EXISTS "{self.table}_refuses_{name}" BEFORE {act} ON "{self.table}"{condition}\n'
            f"BEGIN\n    SELECT RAISE(ABORT, '{self.table} is append-only');\nEND;"
        )
