"""The versions of a draw: its rules and odds as they stood, which every result names; and the verbs that make them.

A draft is written as a whole, again and again; its version rises each time, so that of two who edit at once the second
reads what the first has written. Publishing closes the first version that is kept and makes the seeds. Afterwards a
change is a new version with a reason in the audit: whoever has drawn can still look up under which odds. What members
count on (the kind, the time, the seeds) does not change any more.
"""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, Invalid, NotFound, bounded_text
from models.idempotency import Once, perform_once
from models.mall.code_batch import WITH_CODES, NoCodePool
from models.mall.good import Good
from models.mall.sku import Sku
from models.one_by_one import OneByOne
from models.play.draw import Draw, DrawOver, DrawState
from models.play.draw_prize import DrawPrize, terms_of
from models.play.draw_seed import DrawSeed, reveal_seeds
from models.play.draw_terms import DrawTerms
from models.play.drawing import Drawing
from models.points.budget import Budget
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.database import transaction
from store.engines.guards import AppendOnly

FIXED = ("kind", "starts_at", "ends_at", "seed_hours", "counts_tickets", "alternates")
RULES = tuple(name for name in DrawTerms.__dataclass_fields__ if name != "prizes")


class DrawChanged(DomainError):
    code = "DRAW_CHANGED"
    zh = "该抽奖刚被他人修改，请刷新后重试"
    en = "Somebody changed this draw meanwhile; read it again."
    field = "expectedVersion"


class DrawPublished(DomainError):
    code = "DRAW_PUBLISHED"
    zh = "该抽奖已发布"
    en = "This draw was published before."


class DrawVersion(Record):
    draw: fields.ForeignKeyRelation[Draw] = fields.ForeignKeyField(
        "models.Draw", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    draw_id: UUID
    version = fields.IntField()
    rules: dict[str, Any] = fields.JSONField(description="The draw's rules, and under `prizes` all that it offers.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "draw_version"
        constraints = (UniqueConstraint(fields=("draw_id", "version"), name="draw_version_once"),)
        guards = (AppendOnly("draw_version"),)

    @classmethod
    async def close(cls, draw: Draw, *, at: datetime) -> Self:
        """Keep the rules that hold from now on under the draw's version."""
        return await cls.create(draw_id=draw.id, version=draw.version, rules=await told(draw), created_at=at)


async def create_draw(terms: DrawTerms, *, staff_id: UUID, at: datetime, once: Once | None) -> Draw:
    """A new draft. Raises `Invalid`, `NotFound` and `BudgetClosed` for its budget, `NoCodePool` for its codes."""

    async def write(id: UUID) -> Draw:
        kept = terms.checked()
        await Budget.demand_open(kept.budget_id)
        await _demand_pools(kept)
        draw = await Draw.create(id=id, created_at=at, **kept.columns())
        await _put_prizes(draw, kept)
        await _audit("create_draw", draw, None, staff_id=staff_id, reason=None, at=at)
        return draw

    return await perform_once(once, Draw, write, at=at)


async def change_draw(
    id: UUID, terms: DrawTerms, *, expected_version: int, reason: str | None, staff_id: UUID, at: datetime
) -> Draw:
    """Write a draft anew, or give a published draw a new version of its rules, for which a reason is needed.

    Raises `Invalid`, `NotFound`, `BudgetClosed`, `NoCodePool`, `DrawChanged`, and `DrawOver` for one that has ended or
    was voided.
    """
    terms = terms.checked()
    await _demand_pools(terms)
    async with transaction():
        draw = await Draw.held(id)
        if draw.version != expected_version:
            raise DrawChanged()
        before = await told(draw)
        if terms.budget_id != draw.budget_id:
            await Budget.demand_open(terms.budget_id)
        if draw.state is not DrawState.DRAFT:
            _refuse_fixed(draw, terms)
            bounded_text(reason or "", "reason", least=1, most=REASON_MOST)
        draw.version += 1
        draw.update_from_dict(terms.columns())
        await draw.save()
        await _put_prizes(draw, terms)
        if draw.state is not DrawState.DRAFT:
            await DrawVersion.close(draw, at=at)
        await _audit("change_draw", draw, before, staff_id=staff_id, reason=reason, at=at)
    return draw


async def publish_draw(id: UUID, *, staff_id: UUID, at: datetime, expected_version: int | None = None) -> Draw:
    """Open a draw to members: its first version and the commitments to its seeds hold from now on.

    Raises `DrawPublished`, `NotFound`, `DrawChanged` where the draft is not the one that was read, and `Invalid` where
    its time has begun, because then a chance might exist.
    """
    async with transaction():
        draw = await Draw.held(id)
        if draw.state is not DrawState.DRAFT:
            raise DrawPublished()
        if expected_version not in (None, draw.version):
            raise DrawChanged()
        if draw.starts_at < at:
            raise Invalid("startsAt", zh="开始时间已过", en="it lies in the past")
        draw.state, draw.version, draw.published_at = DrawState.PUBLISHED, draw.version + 1, at
        await draw.save(update_fields=["state", "version", "published_at"])
        await DrawVersion.close(draw, at=at)
        await DrawSeed.commit(draw, at=at)
        await _audit("publish_draw", draw, {"state": DrawState.DRAFT}, staff_id=staff_id, reason=None, at=at)
    return draw


async def end_draw(id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> Draw:
    """End a draw before its time; its seeds are revealed, and a scheduled one is drawn among who has entered.

    Raises `DrawOver`, `Invalid`, `NotFound`.
    """
    why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
    async with transaction():
        draw = await Draw.held(id)
        if draw.state is DrawState.DRAFT:
            raise NotFound(field="drawId")
        if draw.state is not DrawState.PUBLISHED:
            raise DrawOver()
        await end(draw, at=at)
        await _audit("end_draw", draw, {"state": DrawState.PUBLISHED}, staff_id=staff_id, reason=why, at=at)
    return draw


async def end(draw: Draw, *, at: datetime) -> None:
    """Let nobody draw any more, and reveal the seeds; the caller holds the draw. The drawing has its own reveal."""
    draw.state, draw.ended_at = DrawState.ENDED, at
    await draw.save(update_fields=["state", "ended_at"])
    await (Drawing.freeze(draw, at=at) if draw.is_scheduled else reveal_seeds(draw, at=at))


async def end_due(*, at: datetime) -> int:
    """End the draws whose time is over; returns how many."""
    ended, run = 0, OneByOne("end draw")
    due = Draw.filter(state=DrawState.PUBLISHED, ends_at__lte=at).order_by("ends_at", "id")
    while draws := await due.exclude(id__in=run.failed).limit(100):
        for one in draws:
            ended += bool(await run.do(one.id, _end_once(one.id, at=at)))
    return ended


async def _end_once(draw_id: UUID, *, at: datetime) -> bool:
    async with transaction():
        draw = await Draw.held(draw_id)
        if draw.state is DrawState.PUBLISHED:
            await end(draw, at=at)
            return True
    return False


async def told(draw: Draw) -> dict[str, Any]:
    """The rules of a draw as they stand, as plain JSON."""
    prizes = [prize.told() for prize in await DrawPrize.offered(draw.id)]
    rules = {name: getattr(draw, name) for name in RULES} | {"prizes": prizes}
    plain: dict[str, Any] = orjson.loads(orjson.dumps(rules, default=str))
    return plain


def _refuse_fixed(draw: Draw, terms: DrawTerms) -> None:
    if draw.state is not DrawState.PUBLISHED:
        raise DrawOver()
    for name in FIXED:
        if getattr(draw, name) != getattr(terms, name):
            raise Invalid(name, zh="发布后不能更改", en="it does not change once the draw is published")


async def _demand_pools(terms: DrawTerms) -> None:
    """Raise `NotFound` or `NoCodePool` for a code that there is no pool of."""
    for sku_id in {one.sku_id for one in terms.prizes if one.sku_id}:
        sku = await Sku.existing(sku_id, field="prizes.skuId")
        if (await Good.get(id=sku.good_id)).kind not in WITH_CODES:
            raise NoCodePool(field="prizes.skuId")


async def _put_prizes(draw: Draw, terms: DrawTerms) -> None:
    """Keep the prizes that are named by their id, add the others, and offer no more those that are missing."""
    is_draft = draw.state is DrawState.DRAFT
    known = {prize.id: prize for prize in await DrawPrize.filter(draw_id=draw.id)}
    kept = {one.id for one in terms.prizes if one.id}
    if kept - known.keys():
        raise NotFound(field="prizes.id")
    for position, one in enumerate(terms.prizes):
        if one.id is None:
            await DrawPrize.made(draw.id, position, one).save(force_create=True)
            continue
        prize = known[one.id]
        if not is_draft and (prize.kind, prize.amount, prize.sku_id) != (one.kind, one.amount, one.sku_id):
            raise Invalid("prizes.kind", zh="已发布的奖品内容不能更改", en="a published prize stays what it is")
        if one.stock is not None and prize.is_counted and one.stock < prize.taken - prize.returned:
            raise Invalid("prizes.stock", zh="少于已发出的数量", en="more than that have been won")
        changes = {**terms_of(one), "position": position, "is_offered": True}
        await DrawPrize.filter(id=prize.id).update(**changes)
    gone = DrawPrize.filter(draw_id=draw.id, id__in=list(known.keys() - kept))
    await (gone.delete() if is_draft else gone.update(is_offered=False))


async def _audit(
    action: str, draw: Draw, before: dict[str, Any] | None, *, staff_id: UUID, reason: str | None, at: datetime
) -> None:
    after = {"state": draw.state, "version": draw.version, **await told(draw)}
    await AuditRow.write(
        staff_id=staff_id, action=action, subject=draw, before=before, after=after, reason=reason, at=at
    )
