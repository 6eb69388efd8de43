"""Newcomers: found by those who look after them and those who welcome them; reminded, noted on, given time."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import IsMember
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import Condition, all_of
from models.errors import Invalid
from models.groups.group import Group as GroupRecord
from models.members.member import Member as MemberRecord
from models.spread.newcomer import Newcomer as NewcomerRecord
from models.spread.newcomer import NewcomerState
from models.spread.newcomer_count import IN_USE, at_risk, due_with, newcomer_counts
from models.spread.newcomer_note import NewcomerNote as NewcomerNoteRecord
from models.spread.newcomer_notice import NewcomerNotice as NewcomerNoticeRecord
from models.spread.newcomer_report import PERIOD_MOST, WIDE_PERIOD_MOST, ReportPart, ReportRow, newcomer_report
from models.spread.newcomer_time import give_newcomer_time
from resolvers.groups.acting import acting
from resolvers.spread.newcomer_scope import ACTING, READING, clause_asked, newcomers_asked
from schema.ids import id_of, optional_id_of
from schema.payload import mutation, query
from schema.spread.newcomer import Newcomer
from schema.spread.newcomer_acts import (
    GiveNewcomerTimeInput,
    GiveNewcomerTimePayload,
    NoteNewcomerInput,
    NoteNewcomerPayload,
    NudgeNewcomerInput,
    NudgeNewcomerPayload,
)
from schema.spread.newcomer_figures import (
    NewcomerCounts,
    NewcomerPeriod,
    NewcomerReportRow,
    NewcomersLeft,
    report_rows,
)

OfGroup = Annotated[
    strawberry.ID | None, strawberry.argument(description="The group; members name one that they look after.")
]
OfCircle = Annotated[strawberry.ID | None, strawberry.argument(description="Only those of groups of this circle.")]
InState = Annotated[NewcomerState, strawberry.argument(description="Where they stand.")]
WithDaysLeft = Annotated[int | None, strawberry.argument(description="Only those with so many days left; 0: today.")]
IntoGroup = Annotated[strawberry.ID | None, strawberry.argument(description="Only those of this group.")]
Part = Annotated[ReportPart, strawberry.argument(description="By what they are told apart.")]
Period = Annotated[NewcomerPeriod, strawberry.argument(description="When they joined.")]

_TO_WELCOME = (
    "{row}.group_id IN (SELECT w.group_id FROM membership w JOIN chat_group h ON h.id = w.group_id "
    "AND h.status = 'active' WHERE w.member_id = ?) "
    "AND {row}.left_at IS NULL AND {row}.ends_at > ? AND {row}.member_id <> ? "
    "AND EXISTS (SELECT 1 FROM member a WHERE a.id = {row}.member_id AND a.status IN ('normal', 'muted')) "
    "AND EXISTS (SELECT 1 FROM introduction i WHERE i.member_id = {row}.member_id AND i.is_latest) "
    "AND {row}.id NOT IN (SELECT r.newcomer_id FROM introduction_reply r WHERE r.author_id = ? "
    "AND r.deleted_at IS NULL)"
)


@strawberry.type
class NewcomerQueries:
    @query(
        allow=READING,
        description="Ordinary members who may speak and have not in their first days, the most urgent first; "
        "or newcomers in another state. "
        "For those who look after the group, and staff within their scope.",
    )
    async def newcomers(
        self,
        info: Info,
        group_id: OfGroup = None,
        circle_id: OfCircle = None,
        state: InState = NewcomerState.UNDERWAY,
        days_left: WithDaysLeft = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Newcomer]:
        context = info.context
        where = [
            await newcomers_asked(context, group_id, circle_id),
            Condition("{row}.state = ?", (state.value,)),
            Condition(IN_USE),
        ]
        if state is NewcomerState.UNDERWAY:
            risky = at_risk(context.at)
            where.append(Condition(risky.sql, risky.values))
        if days_left is not None:
            if state is not NewcomerState.UNDERWAY:
                raise Invalid("daysLeft", zh="仅适用于进行中的新成员", en="only those under way have days left")
            due = await due_with(days_left, await clause_asked(context, group_id, circle_id), at=context.at)
            where.append(Condition(f"{{row}}.due_at IN ({', '.join('?' for _ in due) or 'NULL'})", tuple(due)))
        found = listing(NewcomerRecord, order=("due_at", "id"), where=all_of(where))
        page: Connection[Newcomer] = await context.loads.list_page(found, PageArguments(first, after, last, before))
        return page

    @query(allow=READING, description="How many newcomers have not spoken, by the days that are left to them.")
    async def newcomer_counts(self, info: Info, group_id: OfGroup = None, circle_id: OfCircle = None) -> NewcomerCounts:
        within = await clause_asked(info.context, group_id, circle_id)
        is_narrow = group_id is not None or circle_id is not None
        found = await newcomer_counts(within, with_zombies=is_narrow, at=info.context.at)
        underway = [NewcomersLeft(days_left=one.days_left, newcomers=one.newcomers) for one in found.underway]
        return NewcomerCounts(underway=underway, overdue=found.overdue, zombies=found.zombies)

    @query(
        allow=IsMember(),
        description="Newcomers of the caller's groups who have introduced themselves and whom it has not replied to.",
    )
    async def newcomers_to_welcome(
        self,
        info: Info,
        group_id: IntoGroup = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Newcomer]:
        context = info.context
        me, group = context.member_id, optional_id_of("Group", group_id, field="groupId")
        where = [Condition(_TO_WELCOME, (me, context.at, me, me))]
        if group:
            where.append(Condition("{row}.group_id = ?", (group,)))
        # Not by when the days end with what was given: a cursor tells what its list goes by.
        found = listing(NewcomerRecord, order=("ends_at", "id"), where=all_of(where))
        page: Connection[Newcomer] = await context.loads.list_page(found, PageArguments(first, after, last, before))
        return page

    @query(
        allow=READING, description="What became of the newcomers of a period, at most 100 groups, inviters or weeks."
    )
    async def newcomer_report(
        self,
        info: Info,
        by: Part,
        period: Period,
        group_id: OfGroup = None,
        circle_id: OfCircle = None,
    ) -> list[NewcomerReportRow]:
        context = info.context
        within = await clause_asked(context, group_id, circle_id)
        most = PERIOD_MOST if group_id is not None else WIDE_PERIOD_MOST
        found = await newcomer_report(by, period.since, period.until, within, at=context.at, most=most)
        named: dict[str, object] = {}
        if by is not ReportPart.WEEK:
            record = GroupRecord if by is ReportPart.GROUP else MemberRecord
            named = await _named(info, record, found)
        return report_rows(by, found, named)


@strawberry.type
class NewcomerMutations:
    @mutation(
        allow=ACTING, description="Remind a newcomer who has not spoken, once a day; for those who look after it."
    )
    async def nudge_newcomer(self, info: Info, input: NudgeNewcomerInput) -> NudgeNewcomerPayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        notice = await NewcomerNoticeRecord.nudge(
            group_id,
            id_of("Member", input.member_id, field="memberId"),
            actor=await acting(info.context, group_id),
            at=info.context.at,
        )
        newcomer = await info.context.loads.by_id(NewcomerRecord, notice.newcomer_id)
        return NudgeNewcomerPayload(newcomer=newcomer)

    @mutation(allow=ACTING, description="Note something on a newcomer; for those who look after it.")
    async def note_newcomer(self, info: Info, input: NoteNewcomerInput) -> NoteNewcomerPayload:
        once = info.context.once(input)
        group_id = id_of("Group", input.group_id, field="groupId")
        note = await NewcomerNoteRecord.write(
            group_id,
            id_of("Member", input.member_id, field="memberId"),
            input.text,
            actor=await acting(info.context, group_id),
            at=info.context.at,
            once=once,
        )
        return NoteNewcomerPayload(note=mirrored(note), is_replay=once.replayed)

    @mutation(allow=ACTING, description="Let a newcomer's days end later; a mark that it bears is taken off.")
    async def give_newcomer_time(self, info: Info, input: GiveNewcomerTimeInput) -> GiveNewcomerTimePayload:
        group_id = id_of("Group", input.group_id, field="groupId")
        newcomer = await give_newcomer_time(
            group_id,
            id_of("Member", input.member_id, field="memberId"),
            input.until,
            reason=input.reason,
            actor=await acting(info.context, group_id),
            at=info.context.at,
        )
        return GiveNewcomerTimePayload(newcomer=mirrored(newcomer))


async def _named(
    info: Info, record: type[GroupRecord] | type[MemberRecord], rows: list[ReportRow]
) -> dict[str, object]:
    """The groups or members of a report by their ids: those whose newcomers it tells of, so they are the caller's."""
    found = await record.filter(id__in=[row.part for row in rows if row.part])
    return {str(one.id): mirrored(one) for one in found}
