"""Challenges for squads: found by members, written and run by staff; who is missing today, for leaders and staff."""

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from auth.context import Context
from auth.permissions import IsMember
from auth.scope import demand_group
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import NO_ROW, Condition
from models.actor import Actor
from models.checkins.squad_challenge import ChallengeStatus
from models.checkins.squad_challenge import SquadChallenge as SquadChallengeRecord
from models.checkins.squad_challenge_version import (
    cancel_challenge,
    change_challenge,
    create_challenge,
    publish_challenge,
)
from models.checkins.squad_place import SquadPlace as SquadPlaceRecord
from models.checkins.squad_progress import challenge_eligibility, missing_today, squad_today
from models.groups.role import Right, authorize
from resolvers.checkins.squad_scope import READING, WRITING, demand_challenge, demand_home
from schema.checkins.squad import SquadPlace
from schema.checkins.squad_challenge import SquadChallenge
from schema.checkins.squad_terms import (
    CancelSquadChallengeInput,
    CancelSquadChallengePayload,
    ChangeSquadChallengeInput,
    ChangeSquadChallengePayload,
    CreateSquadChallengeInput,
    CreateSquadChallengePayload,
    PublishSquadChallengeInput,
    PublishSquadChallengePayload,
)
from schema.checkins.squad_today import SquadToday
from schema.eligibility import Eligibility
from schema.ids import id_of, optional_id_of
from schema.payload import mutation, query

ChallengeId = Annotated[strawberry.ID, strawberry.argument(description="The challenge.")]
Status = Annotated[ChallengeStatus | None, strawberry.argument(description="Only challenges of this status.")]
GroupId = Annotated[strawberry.ID | None, strawberry.argument(description="Only challenges of this group.")]
LedGroupId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only members of this group; members name one they lead.")
]

_OPEN = "{row}.status = 'published' AND {row}.forms_until > ? AND ({row}.forms_from IS NULL OR {row}.forms_from <= ?)"


def _id(text: str) -> UUID:
    return id_of("SquadChallenge", text, field="challengeId")


@strawberry.type
class SquadChallengeQueries:
    @query(allow=READING, description="Challenges, the latest to begin in front; for staff those in their scope.")
    async def squad_challenges(
        self,
        info: Info,
        status: Status = None,
        group_id: GroupId = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SquadChallenge]:
        parts = list(_asked(status, optional_id_of("Group", group_id, field="groupId")))
        where = Condition(
            " AND ".join(part.sql for part in parts) or "1 = 1", tuple(value for part in parts for value in part.values)
        )
        found = listing(SquadChallengeRecord, order=("-starts_at", "-id"), where=where)
        page: Connection[SquadChallenge] = await info.context.loads.list_page(
            found, PageArguments(first, after, last, before)
        )
        return page

    @query(allow=IsMember(), description="Challenges of the caller's for which squads form now.")
    async def open_squad_challenges(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[SquadChallenge]:
        where = Condition(_OPEN, (info.context.at, info.context.at))
        found = listing(SquadChallengeRecord, order=("starts_at", "id"), where=where)
        page: Connection[SquadChallenge] = await info.context.loads.list_page(
            found, PageArguments(first, after, last, before)
        )
        return page

    @query(allow=READING, description="A challenge; nothing where it is absent or not for the caller to see.")
    async def squad_challenge(self, info: Info, id: ChallengeId) -> SquadChallenge | None:
        challenge_id = id_of("SquadChallenge", id, field="id")
        found: SquadChallenge | None = await info.context.loads.by_id(SquadChallengeRecord, challenge_id)
        return found

    @query(allow=IsMember(), description="Whether the caller may take part now, every reason, and what a finish pays.")
    async def squad_eligibility(self, info: Info, challenge_id: ChallengeId) -> Eligibility:
        found = await challenge_eligibility(info.context.member_id, _id(challenge_id), at=info.context.at)
        return Eligibility.of(found, info.context.locale)

    @query(allow=IsMember(), description="The caller's squad in a challenge as it stands now; nothing without one.")
    async def my_squad(self, info: Info, challenge_id: ChallengeId) -> SquadToday | None:
        found = await squad_today(info.context.member_id, _id(challenge_id), at=info.context.at)
        return SquadToday.of(found) if found else None

    @query(allow=READING, description="Who owes today's check-in, for leaders of the members' group and staff.")
    async def squad_members_missing(
        self,
        info: Info,
        challenge_id: ChallengeId,
        group_id: LedGroupId = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SquadPlace]:
        group = optional_id_of("Group", group_id, field="groupId")
        await _demand_led(info.context, group)
        clause = await missing_today(_id(challenge_id), group, at=info.context.at)
        where = Condition(clause.sql, clause.values) if clause else NO_ROW
        found = listing(SquadPlaceRecord, order=("created_at", "id"), where=where)
        page: Connection[SquadPlace] = await info.context.loads.list_page(
            found, PageArguments(first, after, last, before)
        )
        return page


def _asked(status: ChallengeStatus | None, group_id: UUID | None) -> Iterator[Condition]:
    if status:
        yield Condition("{row}.status = ?", (status.value,))
    if group_id:
        yield Condition("{row}.group_id = ?", (group_id,))


async def _demand_led(context: Context, group_id: UUID | None) -> None:
    """Raise for members unless they lead the group, which they have to name, and for staff if it is out of scope."""
    if context.caller.kind is CallerKind.MEMBER:
        # Whoever may announce something to a group looks after its members.
        await authorize(Actor.member(context.member_id), group_id or UUID(int=0), Right.ANNOUNCE)
    elif group_id:
        await demand_group(context, group_id)


@strawberry.type
class SquadChallengeMutations:
    @mutation(allow=WRITING, description="Write a challenge for squads down as a draft.")
    async def create_squad_challenge(self, info: Info, input: CreateSquadChallengeInput) -> CreateSquadChallengePayload:
        context, once = info.context, info.context.once(input)
        terms = await input.terms.terms()
        await demand_home(context, terms.group_id)
        challenge = await create_challenge(terms, staff_id=context.staff_id, at=context.at, once=once)
        return CreateSquadChallengePayload(challenge=mirrored(challenge), is_replay=once.replayed)

    @mutation(allow=WRITING, description="Say all of a challenge anew.")
    async def change_squad_challenge(self, info: Info, input: ChangeSquadChallengeInput) -> ChangeSquadChallengePayload:
        context = info.context
        await demand_challenge(context, _id(input.challenge_id))
        terms = await input.terms.terms()
        await demand_home(context, terms.group_id)
        challenge = await change_challenge(
            _id(input.challenge_id),
            terms,
            expected_version=input.expected_version,
            reason=input.reason,
            staff_id=context.staff_id,
            at=context.at,
        )
        return ChangeSquadChallengePayload(challenge=mirrored(challenge))

    @mutation(allow=WRITING, description="Show a challenge to members, who may form squads from now on.")
    async def publish_squad_challenge(
        self, info: Info, input: PublishSquadChallengeInput
    ) -> PublishSquadChallengePayload:
        context, challenge_id = info.context, _id(input.challenge_id)
        await demand_challenge(context, challenge_id)
        challenge = await publish_challenge(
            challenge_id, expected_version=input.expected_version, staff_id=context.staff_id, at=context.at
        )
        return PublishSquadChallengePayload(challenge=mirrored(challenge))

    @mutation(allow=WRITING, description="Call a challenge off; everybody has the stake back.")
    async def cancel_squad_challenge(self, info: Info, input: CancelSquadChallengeInput) -> CancelSquadChallengePayload:
        context, challenge_id = info.context, _id(input.challenge_id)
        await demand_challenge(context, challenge_id)
        challenge = await cancel_challenge(challenge_id, reason=input.reason, staff_id=context.staff_id, at=context.at)
        return CancelSquadChallengePayload(challenge=mirrored(challenge))
