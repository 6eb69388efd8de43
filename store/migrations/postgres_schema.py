"""The schema of a PostgreSQL database, from its catalogue."""

from store.migrations.connection import Connection
from store.migrations.tables import Column, Schema, Table, one_line

_TABLES = """
SELECT c.relname AS name FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
"""
_COLUMNS = """
SELECT c.relname AS name, a.attname AS part, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid) AS preset
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
_CONSTRAINTS = """
SELECT c.relname AS name, k.conname AS part, pg_get_constraintdef(k.oid) AS text
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relnamespace = current_schema()::regnamespace AND k.contype IN ('p', 'u', 'c', 'f', 'x')
"""
_INDEXES = """
SELECT c.relname AS name, x.relname AS part, pg_get_indexdef(i.indexrelid) AS text
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_class x ON x.oid = i.indexrelid
WHERE c.relnamespace = current_schema()::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
"""
_TRIGGERS = """
SELECT c.relname AS name, t.tgname AS part, pg_get_triggerdef(t.oid) || ' AS ' || p.prosrc AS text
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_proc p ON p.oid = t.tgfoid
WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal
"""


async def read_postgres(database: Connection) -> Schema:
    """Every table of the current schema."""
    schema = {row["name"]: Table() for row in await database.rows(_TABLES)}
    for row in await database.rows(_COLUMNS):
        schema[row["name"]].columns[row["part"]] = Column(row["type"], not row["attnotnull"], row["preset"])
    for row in await database.rows(_CONSTRAINTS):
        schema[row["name"]].constraints[row["part"]] = row["text"]
    for row in await database.rows(_INDEXES):
        schema[row["name"]].indexes[row["part"]] = row["text"]
    for row in await database.rows(_TRIGGERS):
        schema[row["name"]].triggers[row["part"]] = one_line(row["text"])
    return schema
