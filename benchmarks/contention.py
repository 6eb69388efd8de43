"""Orders and grabs where all want one row, and where they spread over many: `--workload place-order,grab`.

Our server is put under load as for the other workloads. Beside it pgbench runs the statements of one such act, captured
from our application, over as many connections: what the database can do at most, with nobody to decide anything.
"""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from benchmarks import pgbench
from benchmarks.database import Databases, connected
from benchmarks.extras import token_of
from benchmarks.load import Load, put_load
from benchmarks.pgbench import Names, Row
from benchmarks.servers import Contender, Server, running
from benchmarks.statements import Statement, listening
from engine.cursor import encode_id
from models.actor import SYSTEM
from models.mall.good import Good, GoodKind, GoodStatus, GoodTerms
from models.mall.shelf import shelve
from models.mall.sku import Sku
from models.play.red_packet import RedPacket
from models.play.red_packet_policy import SHARES_MOST
from models.play.red_packet_sender import Sender
from models.play.red_packet_terms import PacketMode, PacketTerms
from models.points.account import Bucket, of_member, of_packet, of_platform
from models.points.entry import Move, PointEntry
from store.clock import SystemClock
from store.database import close_database, open_database, transaction
from store.ids import new_id

ROWS = 50
BUYERS = 5_000
POINTS = 1_000_000
STOCK = 1_000_000_000
RATE_MOST = 2_000
"""Acts a second that are kept ready, so that none is asked for twice."""
CLOCK = SystemClock()

ORDER = (
    "mutation Act($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id number } userErrors { code } } }"
)
GRAB = (
    "mutation Act($input: GrabRedPacketInput!) "
    "{ grabRedPacket(input: $input) { share { id amount } userErrors { code } } }"
)


@dataclass(frozen=True)
class Contest:
    """An act, and what makes something to do it to: the ids of a row that all want, with names for pgbench."""

    name: str
    document: str
    field: str
    make: Callable[[], Awaitable[Row]]


async def _sku() -> Row:
    terms, staff_id, at = GoodTerms("压测商品", "压测"), new_id(), CLOCK.now()
    good = await Good.draft(GoodKind.PICK_UP, terms, staff_id=staff_id, at=at)
    sku = await Sku.add(
        good.id, name="默认", price=1, level_prices={}, cash_minor=0, stock=STOCK, staff_id=staff_id, at=at
    )
    await shelve(good.id, GoodStatus.ON_SHELF, staff_id=staff_id, at=at)
    return {"target": sku.id, "good": good.id}


async def _packet() -> Row:
    terms = PacketTerms(PacketMode.ORDINARY, SHARES_MOST, share_amount=1)
    packet = await RedPacket.send(Sender.brand(), terms, actor=SYSTEM, at=CLOCK.now(), once=None)
    return {"target": packet.id, "account": of_packet(packet.id, Bucket.ISSUED).id}


CONTESTS = {
    one.name: one
    for one in (Contest("place-order", ORDER, "skuId", _sku), Contest("grab", GRAB, "redPacketId", _packet))
}
_KINDS = {"skuId": "Sku", "redPacketId": "RedPacket"}


@dataclass(frozen=True)
class Field:
    """Who acts on what, the `n`th time: never the same pair twice. Hot: all on one row, on the next after a wave."""

    buyers: Sequence[UUID]
    targets: Sequence[Row]
    is_hot: bool

    def pair(self, n: int) -> tuple[UUID, Row]:
        size = len(self.buyers)
        place = n // size if self.is_hot else (n // size + n) % len(self.targets)
        return self.buyers[n % size], self.targets[place % len(self.targets)]

    def names(self) -> Names:
        """The same, as pgbench reckons it."""
        size = len(self.buyers)
        place = f":k / {size}" if self.is_hot else f"(:k / {size} + :k) % {len(self.targets)}"
        buyers = [{"member": one, "purse": of_member(one).id} for one in self.buyers]
        return Names(buyers, list(self.targets), place)


async def contended(
    contests: Sequence[Contest], ours: Contender, databases: Databases, *, connections: int, seconds: int, folder: Path
) -> AsyncIterator[str]:
    """A table for people, line by line."""
    yield "| act | row | server | acts/s | p50 ms | p99 ms | errors |"
    yield "|---|---|---|---:|---:|---:|---:|"
    buyers = await _buyers(databases)
    for contest in contests:
        for is_hot in (True, False):
            acts = RATE_MOST * seconds
            field = await _field(contest, buyers, databases, acts, is_hot=is_hot)
            row = f"| {contest.name} | {'one, hot' if is_hot else f'{ROWS}'}"
            own = {"DATABASE_URL": databases.url, "REDIS_URL": databases.redis_url}
            async with running(ours, own, folder / "contended.log") as server:
                load = await _loaded(contest, field, server, acts, connections, seconds, folder)
            rate = load.requests / load.seconds
            yield f"{row} | ours | {rate:,.0f} | {load.p50:.1f} | {load.p99:.1f} | {load.errors} |"
            if shutil.which("pgbench"):
                field = await _field(contest, buyers, databases, 4 * acts, is_hot=is_hot)
                text = await _script(contest, field, databases)
                found = await pgbench.run(
                    text, field.names(), databases.url, connections=connections, seconds=seconds, folder=folder
                )
                yield f"{row} | pgbench | {found.rate:,.0f} | {found.average:.1f} (mean) | – | {found.failed} |"


async def _buyers(databases: Databases) -> list[UUID]:
    """Members that have points to spend."""
    async with connected(databases.url) as connection:
        rows = await connection.fetch("SELECT id FROM member WHERE status = 'normal' ORDER BY id LIMIT $1", BUYERS)
    ids = [row["id"] for row in rows]
    await open_database(databases.url)
    try:
        for start in range(0, len(ids), 500):
            moves = [
                Move(of_platform(Bucket.ISSUED), of_member(one), POINTS, "bench", f"bench:{new_id()}")
                for one in ids[start : start + 500]
            ]
            async with transaction():
                await PointEntry.post(moves, at=CLOCK.now())
    finally:
        await close_database()
    return ids


async def _field(contest: Contest, buyers: Sequence[UUID], databases: Databases, acts: int, *, is_hot: bool) -> Field:
    await open_database(databases.url)
    try:
        rows = acts // len(buyers) + 2 if is_hot else ROWS
        return Field(buyers, [await contest.make() for _ in range(rows)], is_hot)
    finally:
        await close_database()


def _lines(contest: Contest, field: Field, numbers: range) -> Iterator[str]:
    for n in numbers:
        member_id, row = field.pair(n)
        given = {"idempotencyKey": str(new_id()), contest.field: encode_id(_KINDS[contest.field], row["target"])}
        body = {"query": contest.document, "variables": {"input": given}}
        yield f"{token_of(member_id)}\t{orjson.dumps(body).decode()}"


async def _loaded(
    contest: Contest, field: Field, server: Server, acts: int, connections: int, seconds: int, folder: Path
) -> Load:
    file = folder / f"{contest.name}.tsv"
    file.write_text("\n".join(_lines(contest, field, range(acts))), encoding="utf-8")
    return await put_load(f"{server.url}/graphql", file, connections=connections, seconds=seconds)


async def _script(contest: Contest, field: Field, databases: Databases) -> str:
    """The statements of one act, captured from our application, as a script of pgbench."""
    captured = Field(field.buyers, [field.targets[-1]], is_hot=True)
    _, row = captured.pair(0)
    async with connected(databases.url) as connection:
        if contest.name == "grab":
            # So that the share's place is known among the numbers of the statements.
            await connection.execute("UPDATE red_packet SET taken = $1 WHERE id = $2", pgbench.PLACE - 2, row["target"])
    async with listening() as (client, heard):
        for line in _lines(contest, captured, range(2)):
            heard.clear()
            began = CLOCK.now()
            token, _, body = line.partition("\t")
            headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
            answer = await client.post("/graphql", content=body.encode(), headers=headers)
    member_id, row = captured.pair(1)
    numbers = [one["number"] for one in _objects(answer.json()) if "number" in one]
    known = {"member": member_id, "purse": of_member(member_id).id, **row}
    return pgbench.script([one for one in heard if _is_own(one)], known, numbers, began)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from _objects(one)


def _is_own(statement: Statement) -> bool:
    return "typeinfo_tree" not in statement.sql and "set_config" not in statement.sql
