"""A member's rights over its data: a copy of everything, and erasure."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from models.members.data_copy import Copy
from schema.payload import Payload, changed


@strawberry.type(description="Everything that is kept about the caller.")
class PersonalData:
    exported_at: datetime = strawberry.field(description="When the copy was made.")
    document: JSON = strawberry.field(description="`phones`, and `tables`: every row about the caller, by table.")

    @classmethod
    def of(cls, copy: Copy, *, at: datetime) -> Self:
        return cls(exported_at=at, document=JSON(copy))


@strawberry.input(description="The wish to be erased for good.")
class EraseMeInput:
    confirm: bool = strawberry.field(description="Must be true; nothing brings the account back.")


@strawberry.type(description="What came of the wish to be erased.")
class EraseMePayload(Payload):
    erased_at: datetime | None = changed("When the account was erased; its tokens are worthless from then on.")
