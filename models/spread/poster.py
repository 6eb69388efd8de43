"""A poster: one member's code on one template, under an address that nobody guesses.

The row comes first and the picture when somebody loads it, so that asking costs a statement and drawing happens once.
The picture is kept in the storage together with a fingerprint of all that is on it: as soon as the name, the avatar,
the template or the code says otherwise it is drawn anew, under the same address. It shows a name and a face, so it goes
when its member goes, and after a month in any case; the next one who loads it has it drawn again.

Everything of a poster lies in a folder of its own, so that nothing is left behind whenever a process dies.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from time import monotonic
from typing import Any, Self
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import NotFound
from models.file_removal import forget_pictures
from models.members.member import ACTIVE, Member, MemberNotActive
from models.record import Record
from models.spread.poster_design import CodeKind, PosterDesign
from models.spread.poster_drawing import REVISION
from models.spread.poster_template import PosterTemplate
from models.spread.scene_code import SceneCode
from store.clock import as_instant
from store.database import execute, fetch, transaction
from store.ids import as_id, new_id
from store.together import insertion

FOLDER = "posters"
KEPT_FOR = timedelta(days=30)
FORGOTTEN_AT_ONCE = 200
FORGETTING_SECONDS = 20.0

_COLUMNS = ("id", "member_id", "template_id", "code_id", "address", "created_at")
_MAKE = insertion("poster", _COLUMNS) + " ON CONFLICT DO NOTHING"
_FORGET = """
UPDATE poster SET fingerprint = NULL, drawn_at = NULL WHERE drawn_at < $1
    AND id IN (SELECT p.id FROM poster p WHERE p.drawn_at < $1 ORDER BY p.drawn_at, p.id LIMIT $2) RETURNING id
"""
_SHOWN = """
SELECT p.id, p.member_id, p.fingerprint, p.drawn_at, m.nickname, m.avatar_url, t.design, t.version, t.id AS template_id,
    c.code, c.page, c.expires_at, c.withdrawn_at
FROM poster p JOIN member m ON m.id = p.member_id JOIN poster_template t ON t.id = p.template_id
JOIN scene_code c ON c.id = p.code_id
WHERE p.address = $1 AND t.is_enabled AND m.status IN ('normal', 'muted')
"""


class Poster(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    template: fields.ForeignKeyRelation[PosterTemplate] = fields.ForeignKeyField(
        "models.PosterTemplate", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    template_id: UUID
    code: fields.ForeignKeyRelation[SceneCode] = fields.ForeignKeyField(
        "models.SceneCode", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    code_id: UUID
    address = fields.CharField(max_length=40, description="The last part of where its picture is loaded.")
    fingerprint = fields.CharField(max_length=40, null=True, description="Of the picture that is kept.")
    drawn_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "poster"
        constraints = (
            UniqueConstraint(fields=("code_id", "template_id"), name="poster_once"),
            UniqueConstraint(fields=("address",), name="poster_address_once"),
        )
        indexes = (
            Index(fields=("member_id", "created_at", "id"), name="poster_by_member"),
            Index(fields=("drawn_at", "id"), name="poster_by_drawn"),
        )

    @classmethod
    async def of(cls, member_id: UUID, template_id: UUID, code_id: UUID | None = None, *, at: datetime) -> Self:
        """A member's poster of a template with a code of its own, its plain one unless said; made where there is none.

        Raises `NotFound` for a code that is not the member's or a template that is not enabled, `MemberNotActive`,
        `SceneCodeWithdrawn`, `SceneCodeExpired`.
        """
        if not await Member.exists(id=member_id, status__in=ACTIVE):
            raise MemberNotActive()
        await PosterTemplate.enabled(template_id)
        code = await SceneCode.of(inviter_id=member_id, at=at) if code_id is None else await _own(code_id, member_id)
        code.leading_in(at)
        async with transaction():
            values = (new_id(), member_id, template_id, code.id, secrets.token_urlsafe(18), at)
            await execute(_MAKE, *values)
        return await cls.get(code_id=code.id, template_id=template_id)

    @classmethod
    async def shown(cls, address: str, *, at: datetime) -> "PosterFacts | None":
        """What stands on the poster of an address; None where there is none, or where it is not to be shown."""
        rows = await fetch(_SHOWN, address)
        facts = PosterFacts.from_row(rows[0]) if rows else None
        return facts if facts and facts.holds(at) else None

    @classmethod
    async def note(cls, poster_id: UUID, fingerprint: str, *, at: datetime) -> bool:
        """Note which picture is kept now; False where the poster is gone meanwhile, and its picture has to go too."""
        return bool(await cls.filter(id=poster_id).update(fingerprint=fingerprint, drawn_at=at))

    @classmethod
    async def forget_old(cls, *, at: datetime) -> int:
        """Let go of pictures that were drawn long ago; returns how many."""
        forgotten, end = 0, monotonic() + FORGETTING_SECONDS
        while True:
            async with transaction():
                old = await fetch(_FORGET, at - KEPT_FOR, FORGOTTEN_AT_ONCE)
                await forget_pictures([folder_of(as_id(row["id"])) for row in old], at=at)
            forgotten += len(old)
            if len(old) < FORGOTTEN_AT_ONCE or monotonic() > end:
                return forgotten

    @classmethod
    async def folders_of(cls, member_id: UUID) -> list[str]:
        """Where in the storage the pictures of a member lie."""
        mine = await cls.filter(member_id=member_id).values_list("id", flat=True)
        return [folder_of(as_id(one)) for one in mine]


@dataclass(frozen=True)
class PosterFacts:
    """All that decides how a poster looks."""

    poster_id: UUID
    member_id: UUID
    template: tuple[UUID, int]
    design: PosterDesign
    nickname: str
    avatar_url: str | None
    code: SceneCode
    fingerprint: str | None
    drawn_at: datetime | None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        design = row["design"] if isinstance(row["design"], dict) else orjson.loads(row["design"])
        code = SceneCode(code=row["code"], page=row["page"])
        code.expires_at = as_instant(row["expires_at"]) if row["expires_at"] else None
        code.withdrawn_at = as_instant(row["withdrawn_at"]) if row["withdrawn_at"] else None
        return cls(
            as_id(row["id"]),
            as_id(row["member_id"]),
            (as_id(row["template_id"]), row["version"]),
            PosterDesign.from_json(design),
            row["nickname"],
            row["avatar_url"],
            code,
            row["fingerprint"],
            as_instant(row["drawn_at"]) if row["drawn_at"] else None,
        )

    def holds(self, at: datetime) -> bool:
        """Whether it leads anywhere still."""
        return self.code.holds(at)

    def fingerprint_with(self, code_text: str, kind: CodeKind, *, is_final: bool = True) -> str:
        """The name of the picture with one sort of code: another one as soon as anything on it differs.

        One that is not final lacks an avatar that could not be had.
        """
        template_id, version = self.template
        facts = (
            *(REVISION, template_id.hex, version, self.nickname, self.avatar_url, code_text, self.code.page, kind),
            *(() if is_final else ("without its avatar",)),
        )
        return blake2b(orjson.dumps(facts), digest_size=16).hexdigest()


def folder_of(poster_id: UUID) -> str:
    """Where in the storage the pictures of a poster lie."""
    return f"{FOLDER}/{poster_id.hex}"


async def _own(code_id: UUID, member_id: UUID) -> SceneCode:
    code = await SceneCode.get_or_none(id=code_id, inviter_id=member_id)
    if code is None:
        raise NotFound(field="codeId")
    return code
