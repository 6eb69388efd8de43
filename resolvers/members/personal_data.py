"""A member's rights over its data."""

import strawberry
from strawberry import Info

from auth.permissions import IsMember
from auth.rate_limit import Rate, limit
from models.errors import Invalid
from models.members.data_copy import copy_of
from models.members.erasure import erase
from schema.members.personal_data import EraseMeInput, EraseMePayload, PersonalData
from schema.payload import mutation, query

COPIES = Rate("data-copy", 10, seconds=3600)


@strawberry.type
class PersonalDataQueries:
    @query(allow=IsMember(), description="A copy of everything that is kept about the caller.")
    async def export_my_data(self, info: Info) -> PersonalData:
        context = info.context
        await limit(COPIES, f"member:{context.member_id}", at=context.at)
        return PersonalData.of(await copy_of(context.member_id, at=context.at), at=context.at)


@strawberry.type
class PersonalDataMutations:
    @mutation(allow=IsMember(), description="Erase the caller's account for good; its points are forfeited.")
    async def erase_me(self, info: Info, input: EraseMeInput) -> EraseMePayload:
        if not input.confirm:
            raise Invalid("confirm", zh="请确认注销", en="confirm the erasure")
        await erase(info.context.member_id, at=info.context.at)
        return EraseMePayload(erased_at=info.context.at)
