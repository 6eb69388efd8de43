"""Refusals in the contract: one enum of all codes, and the error that a payload bears."""

import importlib
import pkgutil
from datetime import datetime
from enum import Enum
from typing import Any, Self

import strawberry

import auth
import models
from models.errors import DomainError

LEFT = {"KIND_NOT_DELIVERED": "Goods of every kind are handed over."}
"""Codes that are given no more, and why; they stay for a while, for clients that decide by them."""


def _declared_codes() -> list[str]:
    """Every refusal that a record or a login declares; importing their modules is what declares them."""
    for package in (models, auth):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)
    return sorted(DomainError.declared)


def _described(code: str) -> object:
    if why := LEFT.get(code):
        return strawberry.enum_value(code, description="Given no more.", deprecation_reason=why)
    return strawberry.enum_value(code, description=DomainError.declared[code].en.replace("{", "").replace("}", ""))


def _code_enum() -> Any:
    """The enum is made from the records, so its members are known only when the program runs."""
    make: Any = Enum
    made: Any = make("UserErrorCode", {code: _described(code) for code in sorted({*_declared_codes(), *LEFT})})
    return strawberry.enum(made, description="Why an act was refused. The list is closed; new codes may be added.")


UserErrorCode = _code_enum()


@strawberry.type(description="A refusal: why an act was not done, in words and as a code.")
class UserError:
    code: object = strawberry.field(graphql_type=UserErrorCode, description="The stable code to decide by.")
    message: str = strawberry.field(description="A sentence in the caller's language, to show.")
    field: str | None = strawberry.field(description="The input field that is at fault.")
    retry_at: datetime | None = strawberry.field(description="When the same act may succeed, where time decides.")

    @classmethod
    def of(cls, refusal: DomainError, locale: str) -> Self:
        return cls(
            code=UserErrorCode[refusal.code],
            message=refusal.sentence(locale),
            field=refusal.field,
            retry_at=refusal.retry_at,
        )
