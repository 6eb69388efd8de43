"""The types of the contract that are measured, with a resolver for each relation."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry
from strawberry import Info

from benchmarks.naive_loaders import Loaders
from engine.cursor import encode_cursor, encode_id
from engine.relation import Order
from models.groups.membership import Membership as MembershipRecord
from models.groups.role import Role
from models.insight.board import Metric
from models.insight.board_period import Window
from models.insight.board_score import id_from_text
from models.members.member import Member as MemberRecord
from models.points.account import Account as AccountRecord
from models.spread.referral import Referral as ReferralRecord
from schema.scalars import BigInt
from store.redis import redis

_INSTANT_DIGITS = 13
_BY_JOINING = Order.by("joined_at", "id")

strawberry.enum(Role, name="GroupRole")
strawberry.enum(Metric, name="BoardMetric")
strawberry.enum(Window, name="BoardWindow")


def loaders(info: Info) -> Loaders:
    found: Loaders = info.context["loaders"]
    return found


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Introduction:
    likes: str | None
    good_at: str | None


@strawberry.type
class Member:
    record: strawberry.Private[MemberRecord]
    nickname: str

    @classmethod
    def of(cls, record: MemberRecord) -> "Member":
        return cls(record=record, nickname=record.nickname)

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(encode_id("Member", self.record.id))

    @strawberry.field
    async def points_earned(self, info: Info) -> BigInt | None:
        if self.record.is_hidden_from_boards:
            return None
        account = await loaders(info).accounts.load(self.record.id)
        return BigInt(account.earned_total if account else 0)

    @strawberry.field
    async def introduction(self, info: Info) -> Introduction | None:
        found = await loaders(info).introductions.load(self.record.id)
        return Introduction(likes=found.likes, good_at=found.good_at) if found else None


@strawberry.type
class CheckIn:
    member_id: strawberry.Private[UUID]
    created_at: datetime
    business_day: date
    day_index: int
    streak_days: int
    points_paid: int

    @classmethod
    def of(cls, record: Any) -> "CheckIn":
        return cls(
            member_id=record.member_id,
            created_at=record.created_at,
            business_day=record.business_day,
            day_index=record.day_index,
            streak_days=record.streak_days,
            points_paid=record.points_paid,
        )

    @strawberry.field
    async def member(self, info: Info) -> Member:
        return Member.of(await loaders(info).members.load(self.member_id))


@strawberry.type
class CheckInEdge:
    node: CheckIn


@strawberry.type
class CheckInConnection:
    edges: list[CheckInEdge]


@strawberry.type
class GroupMemberEdge:
    record: strawberry.Private[MembershipRecord]
    role: Role
    joined_at: datetime

    @strawberry.field
    def cursor(self) -> str:
        return encode_cursor(_BY_JOINING, self.record)

    @strawberry.field
    async def node(self, info: Info) -> Member:
        return Member.of(await loaders(info).members.load(self.record.member_id))


@strawberry.type
class GroupMemberConnection:
    edges: list[GroupMemberEdge]
    page_info: PageInfo


@strawberry.type
class Group:
    key: strawberry.Private[UUID]
    id: strawberry.ID
    name: str
    member_count: int

    @classmethod
    async def load(cls, info: Info, group_id: UUID) -> "Group":
        record = await loaders(info).groups.load(group_id)
        public = strawberry.ID(encode_id("Group", record.id))
        return cls(key=record.id, id=public, name=record.name, member_count=record.member_count)

    @strawberry.field
    async def check_ins(self, info: Info, first: int) -> CheckInConnection:
        found = await loaders(info).check_ins_of_group.load((self.key, first))
        return CheckInConnection(edges=[CheckInEdge(node=CheckIn.of(one)) for one in found])

    @strawberry.field
    async def members(self, info: Info, first: int) -> GroupMemberConnection:
        is_inside = await MembershipRecord.exists(group_id=self.key, member_id=info.context["member_id"])
        found = await loaders(info).members_of_group.load((self.key, first + 1)) if is_inside else []
        edges = [GroupMemberEdge(record=one, role=one.role, joined_at=one.joined_at) for one in found[:first]]
        end = encode_cursor(_BY_JOINING, edges[-1].record) if edges else None
        return GroupMemberConnection(edges=edges, page_info=PageInfo(has_next_page=len(found) > first, end_cursor=end))


@strawberry.type
class MemberGroupEdge:
    group_id: strawberry.Private[UUID]

    @strawberry.field
    async def node(self, info: Info) -> Group:
        return await Group.load(info, self.group_id)


@strawberry.type
class MemberGroupConnection:
    edges: list[MemberGroupEdge]


@strawberry.type
class PointsAccount:
    available: BigInt

    @classmethod
    def of(cls, record: AccountRecord | None) -> "PointsAccount":
        return cls(available=BigInt(record.balance if record else 0))


@strawberry.type
class Referral:
    invitee_id: strawberry.Private[UUID]
    created_at: datetime

    @strawberry.field
    async def member(self, info: Info) -> Member:
        return Member.of(await loaders(info).members.load(self.invitee_id))

    @strawberry.field
    async def referrals(self, info: Info, first: int) -> "ReferralConnection":
        return ReferralConnection.of(await loaders(info).referrals_of_member.load((self.invitee_id, first)))


@strawberry.type
class ReferralEdge:
    node: Referral


@strawberry.type
class ReferralConnection:
    edges: list[ReferralEdge]

    @classmethod
    def of(cls, records: list[ReferralRecord]) -> "ReferralConnection":
        nodes = [Referral(invitee_id=one.invitee_id, created_at=one.created_at) for one in records]
        return cls(edges=[ReferralEdge(node=node) for node in nodes])


@strawberry.type
class Viewer:
    key: strawberry.Private[UUID]

    @strawberry.field
    async def member(self, info: Info) -> Member:
        return Member.of(await loaders(info).members.load(self.key))

    @strawberry.field
    async def account(self, info: Info) -> PointsAccount:
        return PointsAccount.of(await loaders(info).accounts.load(self.key))

    @strawberry.field
    async def streak_days(self, info: Info) -> int:
        return await loaders(info).streak_days.load(self.key)

    @strawberry.field
    async def groups(self, info: Info, first: int) -> MemberGroupConnection:
        found = await loaders(info).groups_of_member.load((self.key, first))
        return MemberGroupConnection(edges=[MemberGroupEdge(group_id=one.group_id) for one in found])

    @strawberry.field
    async def referrals(self, info: Info, first: int) -> ReferralConnection:
        return ReferralConnection.of(await loaders(info).referrals_of_member.load((self.key, first)))


@strawberry.type
class BoardMemberEdge:
    member_id: strawberry.Private[UUID]
    rank: int
    score: BigInt

    @strawberry.field
    async def node(self, info: Info) -> Member:
        return Member.of(await loaders(info).members.load(self.member_id))


@strawberry.type
class BoardMemberConnection:
    edges: list[BoardMemberEdge]


@strawberry.type
class Board:
    key: strawberry.Private[str]

    @strawberry.field
    async def entries(self, first: int) -> BoardMemberConnection:
        places: list[Any] = await redis().call(
            lambda client: client.zrange(self.key, 0, first - 1, desc=True, withscores=True)
        )
        edges = [
            BoardMemberEdge(member_id=id_from_text(name[_INSTANT_DIGITS:]), rank=rank, score=BigInt(int(float(score))))
            for rank, (name, score) in enumerate(places, start=1)
        ]
        return BoardMemberConnection(edges=edges)
