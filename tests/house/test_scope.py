"""What is outside one's scope is out of reach: every mutation, with the ids of records that are somebody else's.

The documents are made from the schema, so a mutation that comes later is tried too: each id that it takes names a
record outside the caller's scope, by the name of the field.
"""

from typing import Any

from graphql import get_named_type
from strawberry.types.field import StrawberryField

from api.schema import schema
from auth.permissions import Can, IsMember, IsMemberOr, IsMemberOrStaff
from models.actor import Actor
from models.checkins.squad_diploma import SquadDiploma
from models.checkins.squad_settlement import settle_due
from models.checkins.squad_terms import SquadMode
from models.groups.group import Group
from models.mall.good import Good, GoodKind
from models.members.member import Member
from models.play.draw_result import DrawResult
from models.play.draw_terms import PrizeTerms
from models.play.prize_claim import PrizeClaim
from models.play.red_packet_rain import RedPacketRain
from models.play.red_packet_sender import Sender
from models.points.behaviour import Behaviour
from models.points.earn_rule import EarnRule
from models.points.earn_terms import EarnTerms
from models.points.earning import Earning
from models.points.entry import PointEntry
from models.staff.colleague import DataScope
from schema.payload import ALLOW
from store.database import dialect, fetch
from tests.build import LONG_AGO, a_member, a_staff, new_key, public_id
from tests.callers import Answer, Caller, Callers
from tests.checkins.squads import DAY, a_challenge, a_running_squad, checked_in, squad_of
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.house.test_permissions import is_required, root_fields
from tests.mall.build import a_buyer, a_good, an_address, an_order
from tests.play.build import a_budget, a_member_packet, terms
from tests.play.draws import MUG, a_draw, chances

Ids = dict[str, str]

# What is no act on anybody's record: one's own session, and what staff do among themselves.
AMONG_STAFF = {"staff.write", "keys.write"}
NEVER = PrizeTerms("谢谢参与", weight=0, is_fallback=True)
PLAIN: dict[str, object] = {"String": "测试测试", "Int": 1, "BigInt": "1", "Boolean": True, "Date": "2026-11-24"}


async def somebody_else() -> tuple[Member, Ids]:
    """A member of another region with one of everything, and the ids of all that by the names of input fields."""
    group = await a_group(region="华东")
    victim = await a_place(group, member=await a_buyer(5_000))
    waiting = await a_good(cash_minor=990)
    address = await an_address(victim)
    sent = await an_order(victim, await a_good(GoodKind.PHYSICAL))
    unpaid = await an_order(victim, waiting)
    packet = await a_member_packet(victim, group, 100, 10)
    rain = await RedPacketRain.send(
        Sender.member(victim.id),
        terms(20, 2, group_id=group.id),
        drops=2,
        seconds_between=5,
        actor=Actor.member(victim.id),
        at=NOON,
        once=None,
    )
    draw = await a_draw(NEVER, MUG)
    await chances(victim, draw, 1)
    await DrawResult.draw_once(victim.id, draw.id, at=NOON)
    await EarnRule.put(Behaviour.POSTED, EarnTerms(30, needs_review=True), at=LONG_AGO)
    earning = await Earning.pay(victim.id, Behaviour.POSTED, "post:1", at=NOON)
    entry = await PointEntry.filter(member_id=victim.id, amount__gt=0).order_by("id").first()
    assert earning
    assert entry
    member, order = public_id(victim), public_id(sent)
    return victim, {
        **dict.fromkeys(("memberId", "memberIds", "newcomerId", "receiverId", "inviteeId", "recipientId"), member),
        **dict.fromkeys(("groupId", "groupIds"), public_id(group)),
        "orderId": order,
        "id": order,
        "orderNumber": unpaid.number,
        "addressId": public_id(address),
        "redPacketId": public_id(packet),
        "rainId": public_id(rain),
        "drawId": public_id(draw),
        "claimId": public_id(await PrizeClaim.get()),
        **await of_squads(victim, group),
        "earningIds": public_id(earning),
        "entryId": public_id(entry),
        "budgetId": public_id(await a_budget(500)),
        "goodId": public_id(await Good.get(id=waiting.good_id)),
        "skuId": public_id(waiting),
        "phone": "13800138000",
    }


async def of_squads(victim: Member, group: Group) -> Ids:
    """A challenge of the group that the victim has finished, and another that its squad has missed a day of."""
    mate = await a_place(group, member=await a_buyer(100))
    done = await a_challenge(1, group_id=group.id)
    for place in await a_running_squad(done, members=[victim, mate]):
        await checked_in(place, 1)
    await settle_due(at=done.ends_at)
    rules: dict[str, Any] = {"mode": SquadMode.TOTAL_DAYS, "misses_allowed": 3, "substitutes_until_day": 3}
    going = await a_challenge(group_id=group.id, starts_on=NOON.date() - DAY, forms_until=NOON - 2 * DAY, **rules)
    place = (await a_running_squad(going, members=[mate, victim]))[1]
    await settle_due(at=NOON)
    return {
        "challengeId": public_id(going),
        "squadId": public_id(await squad_of(place)),
        "squadPlaceId": public_id(place),
        "diplomaId": public_id(await SquadDiploma.get(member_id=victim.id)),
    }


def filled(kind: Any, name: str, ids: Ids) -> object:
    """A value of an input type: what is required, and every id, those of somebody else."""
    bare = str(kind).rstrip("!")
    if bare.startswith("["):
        return [filled(kind.of_type.of_type if bare != str(kind) else kind.of_type, name, ids)]
    named = get_named_type(kind)
    if hasattr(named, "values"):
        return next(iter(named.values))
    if hasattr(named, "fields"):
        wanted = {key: one for key, one in named.fields.items() if is_required(one) or key in ids}
        return {key: filled(one.type, key, ids) for key, one in wanted.items()}
    if name == "idempotencyKey":
        return new_key()
    return ids.get(name) or PLAIN.get(bare, "2026-11-24T00:00:00Z")


async def tried(caller: Caller, name: str, ids: Ids) -> Answer:
    field = schema._schema.type_map["Mutation"].fields[name]  # type: ignore[attr-defined]  # a root is an object
    arguments = {key: filled(one.type, key, ids) for key, one in field.args.items()}
    heads = ", ".join(f"${key}: {one.type}" for key, one in field.args.items())
    given = ", ".join(f"{key}: ${key}" for key in field.args)
    query = f"mutation({heads}) {{ {name}({given}) {{ userErrors {{ code field message }} }} }}"
    return await caller.ask(query, **arguments)


async def all_there_is(of: Member | None = None) -> dict[str, list[str]]:
    """Every row of every table, or those that are about one member."""
    of_tables = (
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()"
        if dialect() == "postgres"
        else "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    found = {}
    for table in sorted(str(row["name"]) for row in await fetch(of_tables)):
        rows = [dict(row) for row in await fetch(f'SELECT * FROM "{table}"')]
        if of:
            rows = [row for row in rows if str(of.id) in {str(value) for key, value in row.items() if key != "id"}]
        found[table] = sorted(map(str, rows))
    return found


def mutations(*permissions: type) -> list[tuple[str, StrawberryField]]:
    return [
        (name, field)
        for root, name, field in root_fields()
        if root == "Mutation" and isinstance(field.metadata[ALLOW], permissions)
    ]


async def test_staff_of_one_region_reach_nothing_of_another(callers: Callers) -> None:
    _, ids = await somebody_else()
    staff = await callers.staff(await a_staff(scope=DataScope.REGION, region="华南"))
    before, effects = await all_there_is(), dict[str, object]()

    for name, field in mutations(Can, IsMemberOr):
        if getattr(field.metadata[ALLOW], "right", None) not in AMONG_STAFF:
            answer = await tried(staff, name, ids)
            after = await all_there_is()
            if after != before:
                effects[name] = (answer, {table for table in after if after[table] != before[table]})
                before = after

    assert effects == {}


async def test_a_member_changes_nothing_of_another(callers: Callers) -> None:
    victim, ids = await somebody_else()
    before, effects = await all_there_is(victim), dict[str, object]()

    for name, _ in mutations(IsMember, IsMemberOr, IsMemberOrStaff):
        # Somebody new each time, since some of these end the caller's session.
        answer = await tried(await callers.member(await a_member()), name, ids)
        after = await all_there_is(victim)
        if after != before:
            effects[name] = (answer, {table for table in after if after[table] != before[table]})
            before = after

    assert effects == {}
