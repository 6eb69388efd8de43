"""Members as staff see them: find, read, change the status, reveal a phone."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import StaffCan
from auth.scope import demand_member, members_in_scope
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import Condition
from models.errors import bounded_text
from models.members.identity import Identity, hash_of
from models.members.identity_kind import IdentityKind
from models.members.member import Member as MemberRecord
from models.members.member import MemberStatus
from models.members.phone import is_phone, with_country
from models.members.status_change import MemberStatusChange
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.members.file import (
    SEARCH_MOST,
    ChangeMemberStatusInput,
    ChangeMemberStatusPayload,
    MemberFile,
    found_by,
)
from schema.members.phone import RevealPhoneInput, RevealPhonePayload
from schema.payload import mutation, query

Search = Annotated[
    str | None,
    strawberry.argument(description="A piece of a name or introduction, or a whole phone; up to 40 characters."),
]
Status = Annotated[MemberStatus | None, strawberry.argument(description="Only members of this status.")]
MemberId = Annotated[strawberry.ID, strawberry.argument(description="Which member.")]


@strawberry.type
class MemberFileQueries:
    @query(allow=StaffCan(StaffRight.MEMBERS_READ), description="Members in the caller's scope, newest first.")
    async def members(
        self,
        info: Info,
        search: Search = None,
        status: Status = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[MemberFile]:
        text = bounded_text(search, "search", most=SEARCH_MOST)
        found, scope = found_by(text, status, _phone_hash(text)), members_in_scope(info.context)
        where = Condition(f"({found.sql}) AND ({scope.sql})", found.values + scope.values)
        every = listing(MemberRecord, order=("-joined_at", "-id"), where=where)
        page: Connection[MemberFile] = await info.context.loads.list_page(
            every, PageArguments(first, after, last, before)
        )
        return page

    @query(allow=StaffCan(StaffRight.MEMBERS_READ), description="A member's file; nothing outside the caller's scope.")
    async def member(self, info: Info, id: MemberId) -> MemberFile | None:
        member_id = id_of("Member", id, field="id")
        await demand_member(info.context, member_id, field="id")
        found: MemberFile | None = await info.context.loads.by_id(MemberRecord, member_id)
        return found


@strawberry.type
class MemberFileMutations:
    @mutation(allow=StaffCan(StaffRight.MEMBERS_WRITE), description="Mute, freeze or remove a member, or undo it.")
    async def change_member_status(self, info: Info, input: ChangeMemberStatusInput) -> ChangeMemberStatusPayload:
        context, member_id = info.context, id_of("Member", input.member_id, field="memberId")
        await demand_member(context, member_id)
        change = await MemberStatusChange.by_staff(
            member_id,
            input.status,
            staff_id=context.staff_id,
            reason=input.reason,
            until=input.until,
            at=context.at,
        )
        file = await MemberRecord.get(id=member_id)
        return ChangeMemberStatusPayload(file=mirrored(file), change=mirrored(change))

    @mutation(allow=StaffCan(StaffRight.MEMBERS_REVEAL), description="A member's whole phone; the audit keeps it.")
    async def reveal_phone(self, info: Info, input: RevealPhoneInput) -> RevealPhonePayload:
        context, member_id = info.context, id_of("Member", input.member_id, field="memberId")
        await demand_member(context, member_id)
        phone = await Identity.reveal_phone(member_id, staff_id=context.staff_id, reason=input.reason, at=context.at)
        return RevealPhonePayload(phone=phone)


def _phone_hash(search: str | None) -> str | None:
    """Under which the phone that a search is for is found; None where it is for something else."""
    phone = with_country(search) if search and is_phone(search) else ""
    return hash_of(IdentityKind.PHONE, phone) if phone.startswith("+") else None
