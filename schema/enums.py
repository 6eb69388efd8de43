"""Enums of the records, published with a description for the enum and for every value."""

from enum import StrEnum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition


def publish(enum: type[StrEnum], description: str, /, *, named: str | None = None, **values: str) -> None:
    """Put a record's enum into the contract, under its own name or as `named`; `values` describes each by its value."""
    if set(values) != {str(member) for member in enum}:
        raise TypeError(f"describe each value of {enum.__name__}")
    strawberry.enum(enum, name=named, description=description)
    definition: StrawberryEnumDefinition = enum.__strawberry_definition__  # type: ignore[attr-defined]  # set by the line above
    for value in definition.values:
        value.description = values[value.value]
