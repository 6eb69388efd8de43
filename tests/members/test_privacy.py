"""Nothing about a member is kept that export and erasure do not know of."""

import pytest

from models.members.data_copy import records
from models.members.member import Member
from models.privacy import IMPERSONAL, PERSONAL, DataClass, Erasure


def columns(table: str) -> set[str]:
    return set(records()[table]._meta.fields_db_projection.values())


async def test_every_table_is_about_members_or_says_why_not(database: str) -> None:
    unclassified = records().keys() - PERSONAL.keys() - IMPERSONAL.keys()

    assert unclassified == set(), "name these tables in models/privacy.py"
    assert PERSONAL.keys() & IMPERSONAL.keys() == set()
    assert (PERSONAL.keys() | IMPERSONAL.keys()) - records().keys() == set(), "these tables are no more"


async def test_every_column_about_members_has_a_class(database: str) -> None:
    differing = {name: set(table.columns) ^ columns(name) for name, table in PERSONAL.items()}

    assert {name: found for name, found in differing.items() if found} == {}, "name these in models/privacy.py"


async def test_no_table_called_impersonal_refers_to_a_member(database: str) -> None:
    referring = [
        f"{name}.{key}"
        for name in IMPERSONAL
        for key in records()[name]._meta.fk_fields
        if getattr(records()[name]._meta.fields_map[key], "related_model", None) is Member
    ]

    assert referring == []
    assert [f"{name}.{one}" for name in IMPERSONAL for one in columns(name) if one.endswith("member_id")] == []


@pytest.mark.parametrize("name", [name for name, table in PERSONAL.items() if table.erased is Erasure.KEEP])
def test_what_is_kept_after_erasure_names_nobody(name: str) -> None:
    assert PERSONAL[name].of_class(DataClass.IDENTITY, DataClass.SENSITIVE) == []


@pytest.mark.parametrize("name", PERSONAL)
def test_the_owner_of_a_row_is_one_of_its_columns(name: str) -> None:
    assert set(PERSONAL[name].owners) <= PERSONAL[name].columns.keys()
