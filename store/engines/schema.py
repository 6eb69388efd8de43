"""What Tortoise's schema generators leave out: `Meta.constraints` and `Meta.guards`.

Tortoise keeps both for its own migrations only, so a database made by `generate_schemas()` would accept what the
records promise to refuse. Checks and unique constraints become named table constraints; a unique constraint with a
condition becomes a partial unique index, which is what both databases have for it.
"""

from collections.abc import Iterable
from dataclasses import replace

from tortoise import Model
from tortoise.backends.base.schema_generator import BaseSchemaGenerator
from tortoise.exceptions import ConfigurationError
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from store.engines.guards import AppendOnly, Dialect, Guard

# PostgreSQL cuts longer names off in silence, and a refusal is recognized by its name.
NAME_BYTES_MAX = 63


class ConstraintSchema(BaseSchemaGenerator):
    """Mixed into the generator of each database."""

    dialect: Dialect
    _inner: list[str] = []

    def _get_table_sql(self, model: type[Model], safe: bool = True) -> dict[str, object]:
        self._inner = [_table_constraint(model, one) for one in model._meta.constraints if not _is_partial(one)]
        try:
            table: dict[str, object] = super()._get_table_sql(model, safe)
        finally:
            self._inner = []
        partial = [_partial_index(model, one, safe) for one in model._meta.constraints if _is_partial(one)]
        rules = [statement for guard in guards(model) for statement in guard.sql(self.dialect)]
        table["table_creation_string"] = "\n".join([str(table["table_creation_string"]), *partial, *rules])
        return table

    def _get_inner_statements(self) -> list[str]:
        return self._inner


def guards(model: type[Model]) -> Iterable[Guard]:
    """The guards of a record; Tortoise forgets what it does not know of `Meta`, the class does not."""
    found: tuple[Guard, ...] = tuple(getattr(vars(model).get("Meta"), "guards", ()))
    known = tuple(model._meta.fields_db_projection.values())
    return tuple(replace(guard, columns=known) if isinstance(guard, AppendOnly) else guard for guard in found)


def columns(model: type[Model], fields: Iterable[str]) -> list[str]:
    """The columns of fields that a constraint names either way: `member` or `member_id`."""
    return [_column(model, field) for field in fields]


def _column(model: type[Model], field: str) -> str:
    known = model._meta.fields_map.get(field)
    if known is None:
        raise ConfigurationError(f"{model.__name__} has no field {field!r} that its constraints name")
    source: str | None = known.source_field
    return source or field


def _is_partial(constraint: object) -> bool:
    return isinstance(constraint, UniqueConstraint) and constraint.condition is not None


def _table_constraint(model: type[Model], constraint: object) -> str:
    if isinstance(constraint, CheckConstraint):
        return f'CONSTRAINT "{_name(model, constraint)}" CHECK ({constraint.check})'
    if isinstance(constraint, UniqueConstraint):
        return f'CONSTRAINT "{_name(model, constraint)}" UNIQUE ({_listed(model, constraint)})'
    raise ConfigurationError(f"{model.__name__}: {constraint!r} is neither a check nor a unique constraint")


def _partial_index(model: type[Model], constraint: UniqueConstraint, safe: bool) -> str:
    exists = "IF NOT EXISTS " if safe else ""
    return (
        f'CREATE UNIQUE INDEX {exists}"{_name(model, constraint)}" ON "{model._meta.db_table}"'
        f" ({_listed(model, constraint)}) WHERE {constraint.condition};"
    )


def _listed(model: type[Model], constraint: UniqueConstraint) -> str:
    return ", ".join(f'"{column}"' for column in columns(model, constraint.fields))


def _name(model: type[Model], constraint: UniqueConstraint | CheckConstraint) -> str:
    if not constraint.name:
        raise ConfigurationError(f"{model.__name__}: {constraint!r} needs a name, or its refusal cannot be recognized")
    if len(constraint.name.encode()) > NAME_BYTES_MAX:
        raise ConfigurationError(f"{model.__name__}: {constraint.name} is longer than {NAME_BYTES_MAX} bytes")
    return constraint.name
