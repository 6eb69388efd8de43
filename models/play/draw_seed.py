"""The seeds of a draw: made and committed to when it is published, sealed while they are used, revealed afterwards.

All seeds of a draw exist, with their commitments, before its first chance does, so nobody can choose one to please
somebody. A seed is revealed by a change of its row that happens once; whoever still wanted to roll with it shares the
draw and is refused from then on.
"""

from datetime import datetime, timedelta
from math import ceil
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.one_by_one import OneByOne
from models.play.draw import Draw, DrawOver
from models.play.draw_terms import DrawKind
from models.play.roll import commitment_of, new_seed
from models.record import Record
from store.database import transaction
from store.vault import vault

PURPOSE = "draw_seed"
REVEALED_AT_ONCE = 100
REVEALED_AFTER = timedelta(minutes=10)
"""How long after its last instant a seed is revealed: no request takes that long."""


class DrawSeed(Record):
    draw: fields.ForeignKeyRelation[Draw] = fields.ForeignKeyField(
        "models.Draw", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    draw_id: UUID
    number = fields.SmallIntField(description="From 0, in the order of their use.")
    commitment = fields.CharField(max_length=64, description="SHA-256 of the seed.")
    sealed_seed = fields.CharField(max_length=300)
    seed = fields.CharField(max_length=64, null=True, description="In hexadecimal digits, once it is revealed.")
    used_from: datetime = fields.DatetimeField()
    used_until: datetime = fields.DatetimeField()
    committed_at: datetime = fields.DatetimeField()
    revealed_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "draw_seed"
        constraints = (UniqueConstraint(fields=("draw_id", "number"), name="draw_seed_number_once"),)
        indexes = (Index(fields=("revealed_at", "used_until"), name="draw_seed_by_reveal"),)

    @classmethod
    async def commit(cls, draw: Draw, *, at: datetime) -> list[Self]:
        """Make the seeds of a draw that is being published, inside the caller's transaction."""
        length = timedelta(hours=draw.seed_hours) if draw.seed_hours else draw.ends_at - draw.starts_at
        seeds = []
        for number in range(ceil((draw.ends_at - draw.starts_at) / length)):
            secret, used_from = new_seed(), draw.starts_at + number * length
            seeds.append(
                cls(
                    draw_id=draw.id,
                    number=number,
                    commitment=commitment_of(secret),
                    sealed_seed=vault().encrypt(secret, purpose=PURPOSE),
                    used_from=used_from,
                    used_until=min(used_from + length, draw.ends_at),
                    committed_at=at,
                )
            )
        await cls.bulk_create(seeds)
        return seeds

    @classmethod
    async def in_use(cls, draw: Draw, *, at: datetime) -> Self:
        """The seed of an instant; raises `DrawOver` where it was revealed already."""
        found = await cls.get(draw_id=draw.id, number=draw.seed_number(at))
        if found.revealed_at:
            raise DrawOver()
        return found

    @property
    def secret(self) -> str:
        """The seed itself, for a roll."""
        return vault().decrypt(self.sealed_seed, purpose=PURPOSE)

    async def reveal(self, *, at: datetime) -> None:
        """Publish the seed, inside a transaction that holds the draw; what was revealed stays as it is."""
        await type(self).filter(id=self.id, revealed_at__isnull=True).update(seed=self.secret, revealed_at=at)


async def reveal_seeds(draw: Draw, *, at: datetime) -> None:
    """Publish all seeds of a draw in which nobody can draw any more; the caller holds it."""
    for seed in await DrawSeed.filter(draw_id=draw.id, revealed_at__isnull=True).order_by("number"):
        await seed.reveal(at=at)


async def reveal_due(*, at: datetime) -> int:
    """Publish the seeds whose time is over in draws that go on; returns how many.

    A scheduled draw's only seed is published by its drawing, those that are left at the end by the end itself.
    """
    revealed, run = 0, OneByOne("reveal seed")
    due = DrawSeed.filter(revealed_at__isnull=True, used_until__lte=at - REVEALED_AFTER)
    due = due.exclude(draw__kind=DrawKind.SCHEDULED).order_by("used_until", "id")
    while seeds := await due.exclude(id__in=run.failed).limit(REVEALED_AT_ONCE):
        for seed in seeds:
            revealed += bool(await run.do(seed.id, _reveal_held(seed, at=at)))
    return revealed


async def _reveal_held(seed: DrawSeed, *, at: datetime) -> bool:
    async with transaction():
        await Draw.held(seed.draw_id)
        await seed.reveal(at=at)
    return True


async def reseal_seeds() -> int:
    """Encrypt anew what an earlier secret key sealed; returns how many seeds."""
    changed = 0
    for seed in await DrawSeed.filter(revealed_at__isnull=True).order_by("id"):
        if not vault().is_current(seed.sealed_seed):
            sealed = vault().encrypt(seed.secret, purpose=PURPOSE)
            changed += await DrawSeed.filter(id=seed.id).update(sealed_seed=sealed)
    return changed
